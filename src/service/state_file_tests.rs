use super::*;
use std::time::Duration;

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("monit-rs-state-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a folder");
    path
}

fn state(monitored: bool) -> SavedState {
    let values =
        vec![("test.00ff".into(), "F 3 0 0".into()), ("memory.last line".into(), "a b\\\nc\r".into())];
    let service = SavedService { name: "cron d".into(), kind: 3, monitored, values };
    SavedState { boot_id: Some("x-1".into()), services: vec![service, SavedService::default()] }
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn what_was_written_is_read() {
    let path = folder("roundtrip").join("state");
    assert!(load(&path, at(0)).state.is_none(), "nothing there is no problem");
    write(&path, &state(true), true).expect("written");
    let loaded = load(&path, at(0));
    assert_eq!(loaded.state, Some(state(true)));
    assert!(loaded.problems.is_empty());
}

#[test]
fn a_damaged_file_is_set_aside_and_the_one_before_is_used() {
    let folder = folder("damaged");
    let path = folder.join("state");
    write(&path, &state(false), true).expect("written");
    write(&path, &state(true), true).expect("written");
    let whole = fs::read(&path).expect("the file");
    for cut in [1, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..cut]).expect("damage");
        let loaded = load(&path, at(77));
        assert_eq!(loaded.state, Some(state(false)), "cut at {cut}");
        assert!(matches!(loaded.problems.as_slice(), [Problem::Damaged(..)]));
        assert!(folder.join("state.damaged-77").exists());
        assert!(!path.exists());
    }
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    fs::write(&path, &flipped).expect("damage");
    assert_eq!(load(&path, at(78)).state, Some(state(false)));
}

#[test]
fn an_empty_file_of_the_reference_is_no_damage() {
    let path = folder("empty").join("state");
    fs::write(&path, b"").expect("an empty file");
    let loaded = load(&path, at(0));
    assert!(loaded.state.is_none() && loaded.problems.is_empty());
}

#[test]
fn what_cannot_be_written_is_said() {
    let path = folder("folder-in-the-way");
    let problem = write(&path, &state(true), true).expect_err("a folder is in the way");
    assert!(problem.to_string().contains("cannot write"), "{problem}");
    assert!(
        load(&path, at(0)).problems.iter().any(|problem| problem.to_string().contains("not a regular file"))
    );
}

#[test]
fn a_fifo_is_no_state_and_nobody_waits_for_its_writer() {
    let folder = folder("fifo");
    let path = folder.join("state");
    nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let loaded = load(&path, SystemTime::now());
    assert!(loaded.state.is_none());
    assert!(matches!(&loaded.problems[..], [Problem::Read(..)]), "{:?}", loaded.problems);
    assert!(matches!(write(&path, &SavedState::default(), true), Err(Problem::Write(..))));
    fs::remove_dir_all(folder).expect("removal");
}

#[test]
fn no_state_is_kept_on_dev_null() {
    let null = Path::new("/dev/null");
    let loaded = load(null, SystemTime::now());
    assert!(loaded.state.is_none() && loaded.problems.is_empty());
    write(null, &SavedState::default(), true).unwrap();
    assert!(!Path::new("/dev/null.previous").exists());
}

#[test]
fn what_is_not_on_the_disk_yet_replaces_no_fallback() {
    let path = folder("durable").join("state");
    write(&path, &state(true), true).expect("first");
    write(&path, &state(false), true).expect("the first becomes the previous one");
    let kept = fs::read(previous(&path)).expect("previous");
    write(&path, &state(true), false).expect("in a hurry");
    assert_eq!(fs::read(previous(&path)).expect("previous"), kept);
}

/// A state whose only service is monitored or not, and has a name.
fn named(name: &str, monitored: bool) -> SavedService {
    SavedService { name: name.into(), kind: 3, monitored, values: vec![("restarts".into(), "1 2".into())] }
}

#[test]
fn what_is_added_takes_the_place_of_what_was_there() {
    let path = folder("added").join("state");
    let before = SavedState { boot_id: Some("b".into()), services: vec![named("a", true), named("b", true)] };
    let mut written = write(&path, &before, true).expect("written");
    assert!(written.append(&path, [named("B", false), named("c", true)]).expect("added"));
    assert!(written.append(&path, Vec::<SavedService>::new()).expect("nothing to add"));
    assert!(written.append(&path, [named("c", false)]).expect("added"));
    let loaded = load(&path, at(0));
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    let services = vec![named("a", true), named("B", false), named("c", false)];
    assert_eq!(loaded.state, Some(SavedState { boot_id: Some("b".into()), services }));
}

#[test]
fn what_was_never_finished_does_not_count_and_spoils_nothing() {
    let path = folder("torn").join("state");
    let before = SavedState { boot_id: None, services: vec![named("a", true)] };
    let mut written = write(&path, &before, true).expect("written");
    let base = fs::read(&path).expect("the file").len();
    assert!(written.append(&path, [named("a", false)]).expect("added"));
    let all = fs::read(&path).expect("the file");
    for cut in base + 1..all.len() {
        fs::write(&path, &all[..cut]).expect("a tear");
        let loaded = load(&path, at(0));
        assert_eq!(loaded.state.as_ref(), Some(&before), "cut at {cut}");
        assert!(matches!(loaded.problems.as_slice(), [Problem::Torn(_)]), "cut at {cut}");
    }
    for at_byte in base..all.len() {
        let mut flipped = all.clone();
        flipped[at_byte] ^= 0x81;
        fs::write(&path, &flipped).expect("damage");
        assert_eq!(load(&path, at(0)).state.as_ref(), Some(&before), "wrong at {at_byte}");
    }
}

#[test]
fn nothing_is_added_to_a_file_that_is_not_the_one_written() {
    let path = folder("another").join("state");
    let state = SavedState { boot_id: None, services: vec![named("a", true)] };
    let mut written = write(&path, &state, true).expect("written");
    fs::remove_file(&path).expect("removal");
    assert!(!written.append(&path, [named("a", false)]).expect("no error"));
    assert!(!path.exists());
    let other = SavedState { boot_id: None, services: vec![named("b", true)] };
    write(&path, &other, true).expect("another one, of the same length");
    assert!(!written.append(&path, [named("a", false)]).expect("no error"));
    let mut written = write(&path, &state, true).expect("written");
    fs::write(&path, b"edited").expect("an edit in place");
    assert!(!written.append(&path, [named("a", false)]).expect("no error"));
}

#[test]
fn a_file_written_in_pieces_is_the_same_and_an_unfinished_one_leaves_no_trace() {
    let folder = folder("pieces");
    let path = folder.join("state");
    let old = SavedState { boot_id: None, services: vec![named("old", true)] };
    write(&path, &old, true).expect("written");
    let mut given_up = Rewrite::begin(&path, None).expect("begun");
    given_up.add([named("x", true)]).expect("a piece");
    drop(given_up);
    assert_eq!(load(&path, at(0)).state, Some(old));
    assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 1);
    let mut rewrite = Rewrite::begin(&path, Some("b")).expect("begun");
    rewrite.add([named("a", true), named("b", true)]).expect("a piece");
    rewrite.add([named("c", true), named("a", false)]).expect("a piece, one service overtaken");
    rewrite.finish(true).expect("finished");
    let services = vec![named("a", false), named("b", true), named("c", true)];
    assert_eq!(load(&path, at(0)).state, Some(SavedState { boot_id: Some("b".into()), services }));
    assert!(previous(&path).exists());
}

#[test]
fn a_file_that_is_mostly_out_of_date_is_to_be_written_anew() {
    let path = folder("long").join("state");
    let mut written = write(&path, &state(true), true).expect("written");
    let mut times = 0;
    while !written.is_long() {
        assert!(written.append(&path, [named("a", true)]).expect("added"));
        times += 1;
        assert!(times < 10_000);
    }
    assert!(times > 10);
    assert!(fs::metadata(&path).expect("the file").len() < 100 * 1024);
}

/// A state file of Monit 6.0.0 with seven services that are not monitored, of a boot at this time.
fn of_monit(boot: u64) -> Vec<u8> {
    let mut bytes = include_bytes!("../../tests/data/monit_state/6.0.0").to_vec();
    bytes[8..16].copy_from_slice(&boot.to_le_bytes());
    bytes
}

#[test]
fn a_file_of_monit_is_taken_over_and_kept_under_names_of_its_own() {
    let path = folder("takeover").join("state");
    let kept = |suffix: &str| fs::read(with_suffix(&path, suffix)).ok();
    write(&path, &state(true), true).expect("written");
    write(&path, &state(true), true).expect("written");
    let now = SystemTime::now();
    let boot = localtime::unix_secs(now) as u64 - crate::sys::clock::uptime().as_secs();
    fs::write(with_suffix(&path, ".monit"), "somebody's").expect("a file");
    for (boot, same, name) in [(boot + 2, true, ".monit.1"), (boot - 100, false, ".monit.2")] {
        fs::remove_file(&path).expect("removed");
        fs::write(&path, of_monit(boot)).expect("a file of Monit");
        // The second time is the start after one that failed.
        for _ in 0..2 {
            let loaded = load(&path, now);
            let found = loaded.state.expect("a state, not the one before");
            assert_eq!(found.boot_id.is_some(), same);
            assert_eq!(found.services.iter().filter(|service| !service.monitored).count(), 7);
            assert!(loaded.takeover.is_some() && loaded.foreign && loaded.problems.is_empty());
            assert_eq!(kept(name), Some(of_monit(boot)));
        }
        assert!(path.exists(), "nothing is lost before ours is written");
        write(&path, &state(true), false).expect("written");
        assert_eq!(kept(name), Some(of_monit(boot)), "ours does not go into what is kept");
    }
    assert_eq!(kept(".monit").as_deref(), Some(&b"somebody's"[..]));
    assert_eq!(kept(".monit.3"), None);
}

#[test]
fn a_file_of_monit_that_is_not_understood_is_kept_and_the_one_before_not_used() {
    let path = folder("foreign").join("state");
    write(&path, &state(false), true).expect("written");
    write(&path, &state(true), true).expect("written");
    fs::remove_file(&path).expect("removed");
    let mut bytes = of_monit(0);
    bytes[4] = 9;
    fs::write(&path, &bytes).expect("a file of Monit");
    let loaded = load(&path, at(77));
    assert!(loaded.state.is_none() && loaded.takeover.is_none() && loaded.foreign);
    let said = loaded.problems.first().expect("a word").to_string();
    let kept = with_suffix(&path, ".monit");
    let expected = format!(
        "State file '{}': The state of another Monit cannot be taken over -- its format has version 9, only 4 is \
         understood; it is kept as '{}', and all services begin as without state",
        path.display(),
        kept.display()
    );
    assert_eq!(said, expected);
    assert_eq!(fs::read(kept).ok(), Some(bytes));
}

#[test]
fn one_that_cannot_be_read_now_is_not_written_over() {
    if crate::sys::ran_alone() {
        return;
    }
    let folder = folder("unread");
    let path = folder.join("state");
    write(&path, &state(true), false).expect("written");
    let before = fs::read(&path).expect("a state");
    let loaded = crate::sys::without_descriptors(|| load(&path, at(0)));
    let kept = folder.join("state.unread-0");
    let [problem, ..] = &loaded.problems[..] else { panic!("it was read") };
    assert!(problem.to_string().ends_with(&format!("kept as '{}'", kept.display())), "{problem}");
    write(&path, &SavedState::default(), true).expect("written");
    assert_eq!(fs::read(&kept).expect("what was there"), before);
    fs::remove_dir_all(folder).expect("removal");
}

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

use super::*;
use crate::config::Listen;
use crate::control::outside::{Live, Replay};
use crate::sys::Scratch;
use crate::sys::poll::{READ, wait_for};

fn overrides(folder: &Scratch, text: &str) -> Overrides {
    use std::os::unix::fs::PermissionsExt;
    let control = folder.join("monitrc");
    std::fs::write(&control, text.replace("@D@", &folder.display().to_string())).unwrap();
    std::fs::set_permissions(&control, std::fs::Permissions::from_mode(0o600)).unwrap();
    Overrides { control, ..Overrides::default() }
}

fn result(reading: &mut Reading) -> Heard {
    loop {
        wait_for(reading.helper.output(), READ);
        match reading.on_ready() {
            Heard::Busy => {}
            other => return other,
        }
    }
}

#[test]
fn what_the_helper_has_read_is_what_a_start_reads() {
    if crate::sys::ran_alone() {
        return;
    }
    let folder = Scratch::new();
    // More than the pipe holds.
    let text = "check file f@N@ path @D@/f\n".repeat(10_000);
    let text: String = text
        .split("@N@")
        .enumerate()
        .map(|(n, part)| if n > 0 { format!("{n}{part}") } else { part.into() })
        .collect();
    let head = "set daemon 7\nset httpd port 1 address not..a.host allow localhost\nset idfile @D@/id\n";
    let overrides = overrides(&folder, &format!("{head}{text}"));
    let mut live = load::load_from(&overrides, Rc::new(Live), Audience::Log).unwrap();
    load::look_up(&mut live.config, &Live);
    assert!(matches!(live.config.settings.httpd.listen, Listen::Nowhere(_)));

    let mut reading = Reading::begin(&overrides, false, Instant::now()).unwrap();
    let Heard::Done(Report::Answers(tape)) = result(&mut reading) else { panic!("no answers") };
    let replay = Rc::new(Replay::new(tape));
    let mut loaded = load::load_from(&overrides, replay.clone(), Audience::Log).unwrap();
    load::look_up(&mut loaded.config, &*replay);
    assert!(replay.is_faithful());
    assert_eq!((loaded.config, loaded.paths), (live.config, live.paths));
}

#[test]
fn a_broken_file_comes_back_as_lines_for_the_log() {
    if crate::sys::ran_alone() {
        return;
    }
    let folder = Scratch::new();
    let overrides = overrides(
        &folder,
        "set daemon 5\nset logfile syslog\nbogus\ncheck file f path @D@/f\n  if frob then alert\n",
    );
    let mut reading = Reading::begin(&overrides, false, Instant::now()).unwrap();
    let Heard::Done(Report::Broken { errors: lines, warnings }) = result(&mut reading) else {
        panic!("not broken")
    };
    let expected = load::load_from(&overrides, Rc::new(Live), Audience::Log).unwrap_err();
    assert_eq!((&lines, &warnings), (&expected.lines, &expected.warnings));
    assert!(warnings.iter().any(|line| line.contains("deprecated")), "{warnings:?}");
    assert_eq!(lines.len(), 2, "{lines:?}");
}

/// A helper of this kind, at work since `now`.
fn with_helper(task: impl FnOnce(&mut File, &Board), now: Instant) -> Reading {
    let board = Board::new().unwrap();
    let helper = run_in_child(|pipe| task(pipe, &board)).unwrap();
    Reading { helper, board, incoming: Incoming::default(), alive: now, seen: 0, began: now, renewed: false }
}

fn sleep() {
    std::thread::sleep(Duration::from_secs(600));
}

#[test]
fn a_helper_that_waits_in_vain_is_given_up_and_said_to_wait_for_what() {
    if crate::sys::ran_alone() {
        return;
    }
    let now = Instant::now();
    let mut reading = with_helper(
        |pipe, board| {
            let recorder_says: &[&[u8]] = &[b"the ", b"user", b" '", b"jo\ne", b"'"];
            board.write(recorder_says);
            pipe.write_all(b"A").unwrap();
            sleep();
        },
        now,
    );
    wait_for(reading.helper.output(), READ);
    assert_eq!(reading.on_ready(), Heard::Busy);
    let later = now + PATIENCE / 2;
    assert_eq!(reading.on_tick(later), Heard::Busy, "it has got on");
    assert_eq!(reading.on_tick(now + PATIENCE), Heard::Busy, "which was seen only later");
    let expected = "no answer within 60 s about the user 'jo e'".to_owned();
    assert_eq!(reading.on_tick(later + PATIENCE), Heard::Failed(expected));
}

#[test]
fn a_helper_that_goes_on_is_waited_for() {
    if crate::sys::ran_alone() {
        return;
    }
    let mut now = Instant::now();
    let mut reading = with_helper(|_, _| sleep(), now);
    for _ in 0..10 {
        now += PATIENCE;
        reading.board.progress();
        assert_eq!(reading.on_tick(now), Heard::Busy);
    }
    assert!(matches!(reading.on_tick(now + PATIENCE), Heard::Failed(_)));
}

#[test]
fn a_helper_that_dies_or_babbles_is_a_failure() {
    if crate::sys::ran_alone() {
        return;
    }
    let mut died = with_helper(|_, _| (), Instant::now());
    assert_eq!(result(&mut died), Heard::Failed("the helper that reads it has ended without a word".into()));
    let mut babbles = with_helper(|pipe, _| pipe.write_all(b"Hello").unwrap(), Instant::now());
    assert_eq!(result(&mut babbles), Heard::Failed("the helper that reads it talks nonsense".into()));
}

#[test]
fn a_reload_takes_the_place_of_one_in_flight_but_not_for_ever() {
    if crate::sys::ran_alone() {
        return;
    }
    let now = Instant::now();
    let mut reading = with_helper(|_, _| sleep(), now);
    assert!(reading.may_be_renewed(now));
    reading.renewed = true;
    assert!(!reading.may_be_renewed(now));
    reading.board.progress();
    let later = now + STUCK;
    assert!(!reading.may_be_renewed(later), "it gets on");
    assert!(reading.may_be_renewed(later + STUCK), "it hangs");
    reading.board.progress();
    assert!(reading.may_be_renewed(now + PATIENCE), "it has had its time");
}

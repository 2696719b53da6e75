use super::disk::LATE;
use super::writer;
use super::*;
use crate::config::EventKind;
use crate::event::{ActionName, State};
use crate::sys::Scratch;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// When all events of these tests, and of those of mail, happened. Deliveries by mail take place at the same time: what is
/// said of an event's age must not depend on the date of the run.
pub fn then() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_221_943)
}

/// A missing process.
pub fn event(service: &str, count: u32) -> Event {
    Event {
        id: 1,
        time: then(),
        kind: EventKind::NonExist,
        state: State::Failed,
        service: service.into(),
        service_index: Some(0),
        service_type: 3,
        test: 0,
        action: ActionName::Alert,
        description: "process is not running".into(),
        evidence: Box::default(),
        count,
    }
}

/// The one destination of most of these tests.
pub(super) const ONE: Destination = Destination(0);

/// An outbox with one destination.
pub(super) fn open(settings: Option<&EventQueue>, log: &mut Log) -> Outbox {
    let mut outbox = Outbox::new(true);
    assert_eq!(outbox.enlist("one"), ONE);
    outbox.configure(settings, log);
    outbox
}

pub(super) fn push(outbox: &mut Outbox, event: &Event, log: &mut Log) {
    outbox.push(event, Destinations::NONE.with(ONE), Instant::now(), log);
}

/// An outbox with a folder, where the events of these services are.
pub(super) fn written(folder: &Path, names: &[&str], log: &mut Log) -> Outbox {
    let mut outbox = open(Some(&settings(folder, None)), log);
    names.iter().for_each(|name| push(&mut outbox, &event(name, 1), log));
    flush(&mut outbox, log);
    outbox
}

/// The oldest event that waits.
pub(super) fn oldest(outbox: &Outbox) -> u64 {
    outbox.entries.next(None, ONE).unwrap()
}

pub fn settings(folder: &Path, slots: Option<u32>) -> EventQueue {
    EventQueue { basedir: folder.into(), slots }
}

/// Gives the outbox turns until its helpers are done.
pub(super) fn flush(outbox: &mut Outbox, log: &mut Log) {
    flush_at(outbox, Instant::now, log);
}

/// The same when the time is another one.
pub fn flush_at(outbox: &mut Outbox, now: impl Fn() -> Instant, log: &mut Log) {
    let mut set = PollSet::new();
    outbox.on_tick(now(), log);
    while outbox.wants_disk() {
        set.clear();
        outbox.register(&mut set);
        set.wait(now()).unwrap();
        outbox.on_tick(now(), log);
    }
}

pub(super) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub(super) fn services(outbox: &mut Outbox, log: &mut Log) -> Vec<String> {
    let mut found = Vec::new();
    outbox.set_position(ONE, None);
    while let Some(key) = outbox.next(ONE) {
        outbox.set_position(ONE, Some(key));
        found.extend(outbox.get(ONE, key, log).map(|record| record.event.service.to_string()));
    }
    outbox.set_position(ONE, None);
    found
}

pub(super) fn errors(log: &Log) -> Vec<&str> {
    let bad = log.captured().iter().filter(|(level, _)| *level == crate::log::Level::Error);
    bad.map(|(_, text)| text.as_str()).collect()
}

#[test]
fn events_survive_the_daemon_in_order() {
    if crate::sys::ran_alone() {
        return;
    }
    let scratch = Scratch::new();
    let folder = scratch.join("q");
    let mut log = Log::capture();
    let mut outbox = open(Some(&settings(&folder, Some(10))), &mut log);
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    for name in ["a", "b", "c"] {
        // All in the same moment: no file may replace another.
        push(&mut outbox, &event(name, 1), &mut log);
    }
    assert_eq!(outbox.unsaved(), 3);
    flush(&mut outbox, &mut log);
    assert_eq!((outbox.unsaved(), outbox.entries.held(), names(&folder).len()), (0, 0, 3));
    drop(outbox);

    let mut outbox = open(Some(&settings(&folder, Some(10))), &mut log);
    // A clock that was set back does not turn the order round.
    let mut earlier = event("d", 1);
    earlier.time -= Duration::from_secs(1_000_000);
    push(&mut outbox, &earlier, &mut log);
    assert_eq!(services(&mut outbox, &mut log), ["a", "b", "c", "d"]);
    flush(&mut outbox, &mut log);
    while let Some(key) = outbox.next(ONE) {
        outbox.done(ONE, key, &mut log);
    }
    assert!(outbox.is_empty() && names(&folder).is_empty());
    assert!(errors(&log).is_empty());
}

#[test]
fn slots_are_exact_and_drops_are_counted() {
    if crate::sys::ran_alone() {
        return;
    }
    let scratch = Scratch::new();
    let mut log = Log::capture();
    let mut outbox = open(Some(&settings(&scratch, Some(4))), &mut log);
    for n in 0..6 {
        push(&mut outbox, &event(&format!("s{n}"), 1), &mut log);
    }
    flush(&mut outbox, &mut log);
    assert_eq!((outbox.len(), outbox.dropped(), names(&scratch).len()), (4, 2, 4));
    assert_eq!(errors(&log).len(), 2);
}

#[test]
fn memory_is_bounded_without_a_folder() {
    let mut log = Log::capture();
    let mut outbox = open(None, &mut log);
    for _ in 0..EVENTS + 5 {
        push(&mut outbox, &event("s", 1), &mut log);
    }
    assert!(outbox.len() <= EVENTS && outbox.entries.held() <= BYTES + 1024);
    assert_eq!(outbox.len() as u64 + outbox.dropped(), EVENTS as u64 + 5);
    let long = Event { description: "x".repeat(30_000).into(), ..event("s", 1) };
    let mut outbox = open(None, &mut log);
    for _ in 0..100 {
        push(&mut outbox, &long, &mut log);
    }
    assert!(outbox.entries.held() < BYTES + 40_000);
    assert!(!outbox.wants_disk());
}

#[test]
fn a_file_from_the_end_of_time_does_not_stop_what_is_raised() {
    let (scratch, mut log) = (Scratch::new(), Log::capture());
    let record = Record { event: event("last", 1), delivered: Vec::new(), only: None };
    fs::write(writer::path(&scratch, u64::MAX), record.encode()).unwrap();
    let mut outbox = open(Some(&settings(&scratch, None)), &mut log);
    for service in ["a", "b", "c"] {
        push(&mut outbox, &event(service, 1), &mut log);
    }
    let found = services(&mut outbox, &mut log);
    assert!(["a", "b", "c"].iter().all(|raised| found.iter().any(|service| service == raised)), "{found:?}");
}

#[test]
fn damaged_files_are_set_aside_and_reported_once() {
    if crate::sys::ran_alone() {
        return;
    }
    let scratch = Scratch::new();
    let mut log = Log::capture();
    let outbox = written(&scratch, &["a", "b", "c"], &mut log);
    let files = names(&scratch);
    fs::write(scratch.join(&files[0]), b"").unwrap();
    let whole = fs::read(scratch.join(&files[1])).unwrap();
    fs::write(scratch.join(&files[1]), &whole[..whole.len() - 40]).unwrap();
    fs::write(scratch.join("1795221943_55d0c8a0b2c0"), b"of another program").unwrap();
    fs::write(scratch.join("id"), b"none of our business").unwrap();
    drop(outbox);
    let mut outbox = open(Some(&settings(&scratch, None)), &mut log);
    assert_eq!(services(&mut outbox, &mut log), ["c"]);
    assert_eq!(errors(&log).len(), 3, "{:?}", errors(&log));
    assert_eq!(services(&mut outbox, &mut log), ["c"]);
    drop(outbox);
    let mut outbox = open(Some(&settings(&scratch, None)), &mut log);
    assert_eq!(services(&mut outbox, &mut log), ["c"]);
    assert_eq!(errors(&log).len(), 3, "reported again");
    assert_eq!(names(&scratch).iter().filter(|name| name.ends_with(".damaged")).count(), 3);
    assert!(scratch.join("id").exists());
}

#[test]
fn who_has_it_already_is_remembered() {
    if crate::sys::ran_alone() {
        return;
    }
    let scratch = Scratch::new();
    let mut log = Log::capture();
    let mut outbox = written(&scratch, &["a"], &mut log);
    let key = oldest(&outbox);
    outbox.mark(key, "x@y", &mut log);
    flush(&mut outbox, &mut log);
    drop(outbox);
    let mut outbox = open(Some(&settings(&scratch, None)), &mut log);
    assert_eq!(&*outbox.get(ONE, key, &mut log).unwrap().delivered[0], "x@y");
    assert_eq!(names(&scratch).len(), 1);
}

#[test]
fn delivered_while_it_was_being_written() {
    if crate::sys::ran_alone() {
        return;
    }
    let scratch = Scratch::new();
    let mut log = Log::capture();
    let mut outbox = open(Some(&settings(&scratch, None)), &mut log);
    push(&mut outbox, &event("a", 1), &mut log);
    outbox.on_tick(Instant::now(), &mut log);
    outbox.done(ONE, oldest(&outbox), &mut log);
    assert!(outbox.is_empty());
    // Killed now, the next daemon does not bring it up again, however late the helper is.
    let mut next = open(Some(&settings(&scratch, None)), &mut log);
    assert!(next.is_empty());
    flush(&mut outbox, &mut log);
    assert!(names(&scratch).is_empty(), "{:?}", names(&scratch));
    flush(&mut next, &mut log);
    assert!(next.is_empty());
}

#[test]
fn a_tombstone_outlives_a_crash_but_not_for_long() {
    let scratch = Scratch::new();
    let mut log = Log::capture();
    let bytes = Record { event: event("late", 1), delivered: Vec::new(), only: None }.encode();
    fs::write(writer::path(&scratch, 42), &bytes).unwrap();
    fs::write(writer::tombstone_path(&scratch, 42), b"").unwrap();
    let mut outbox = open(Some(&settings(&scratch, None)), &mut log);
    assert!(outbox.is_empty());
    outbox.on_tick(Instant::now(), &mut log);
    // The helper of the daemon that crashed comes to it only now.
    fs::write(writer::path(&scratch, 42), &bytes).unwrap();
    outbox.on_tick(Instant::now() + LATE, &mut log);
    assert!(outbox.is_empty() && names(&scratch).is_empty(), "{:?}", names(&scratch));
}

#[test]
fn a_disk_that_refuses_is_said_once_and_tried_again() {
    if crate::sys::ran_alone() {
        return;
    }
    let scratch = Scratch::new();
    let folder = scratch.join("q");
    let mut log = Log::capture();
    let mut outbox = open(Some(&settings(&folder, None)), &mut log);
    // What is there is no folder.
    fs::remove_dir(&folder).unwrap();
    fs::write(&folder, "").unwrap();
    push(&mut outbox, &event("a", 1), &mut log);
    flush(&mut outbox, &mut log);
    push(&mut outbox, &event("b", 1), &mut log);
    flush(&mut outbox, &mut log);
    assert_eq!((outbox.unsaved(), errors(&log).len()), (2, 1), "{:?}", errors(&log));
    assert_eq!(services(&mut outbox, &mut log), ["a", "b"]);
    fs::remove_file(&folder).unwrap();
    outbox.hurry(Instant::now());
    outbox.on_tick(Instant::now(), &mut log);
    flush(&mut outbox, &mut log);
    assert_eq!((outbox.unsaved(), names(&folder).len()), (0, 2));
}

#[test]
fn a_new_folder_takes_the_events_along() {
    if crate::sys::ran_alone() {
        return;
    }
    let (first, second) = (Scratch::new(), Scratch::new());
    let mut log = Log::capture();
    let mut outbox = open(Some(&settings(&first, None)), &mut log);
    push(&mut outbox, &event("a", 1), &mut log);
    flush(&mut outbox, &mut log);
    outbox.configure(Some(&settings(&second, None)), &mut log);
    flush(&mut outbox, &mut log);
    assert!(names(&first).is_empty());
    assert_eq!((names(&second).len(), services(&mut outbox, &mut log)), (1, vec!["a".to_owned()]));
    // No folder any more: what is there is delivered from there, what is new stays in memory.
    outbox.configure(None, &mut log);
    push(&mut outbox, &event("b", 1), &mut log);
    flush(&mut outbox, &mut log);
    assert_eq!(services(&mut outbox, &mut log), ["a", "b"]);
    outbox.done(ONE, oldest(&outbox), &mut log);
    assert!(names(&second).is_empty());
}

#[test]
fn a_helper_that_outlived_its_daemon_is_waited_for() {
    let scratch = Scratch::new();
    let mut log = Log::capture();
    let mut outbox = open(Some(&settings(&scratch, None)), &mut log);
    outbox.on_tick(Instant::now(), &mut log);
    let bytes = Record { event: event("late", 1), delivered: Vec::new(), only: None }.encode();
    fs::write(writer::path(&scratch, 42), bytes).unwrap();
    assert!(outbox.is_empty());
    outbox.on_tick(Instant::now() + LATE, &mut log);
    assert_eq!(services(&mut outbox, &mut log), ["late"]);
}

fn set(destinations: &[Destination]) -> Destinations {
    destinations.iter().fold(Destinations::NONE, |set, one| set.with(*one))
}

#[test]
fn a_file_of_an_earlier_version_is_read() {
    if crate::sys::ran_alone() {
        return;
    }
    let scratch = Scratch::new();
    let name = "1795760212_37e3aed0";
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/outbox");
    fs::copy(data.join(name), scratch.join(name)).unwrap();
    let mut log = Log::capture();
    let mut outbox = open(Some(&settings(&scratch, None)), &mut log);
    let Record { event: found, delivered, .. } = outbox.get(ONE, oldest(&outbox), &mut log).unwrap();
    let expected = Event {
        id: 2,
        time: UNIX_EPOCH + Duration::new(1_795_760_212, 937_668_304),
        service_type: 2,
        description: "file doesn't exist".into(),
        ..event("größe", 1)
    };
    assert_eq!((found, delivered), (expected, vec!["first@box.test".into()]));
    // What is written of it is the same, for the version that wrote it.
    let before = fs::read_to_string(scratch.join(name)).unwrap();
    outbox.mark(oldest(&outbox), "second@box.test", &mut log);
    flush(&mut outbox, &mut log);
    let after = fs::read_to_string(scratch.join(name)).unwrap();
    let (head, _) = before.split_once("end ").unwrap();
    assert!(after.starts_with(&format!("{head}delivered 15\nsecond@box.test\nend ")), "{after}");
}

#[test]
fn each_destination_gets_what_it_is_owed_and_goes_its_own_pace() {
    if crate::sys::ran_alone() {
        return;
    }
    let scratch = Scratch::new();
    let mut log = Log::capture();
    let mut outbox = Outbox::new(true);
    let (mail, hook) = (outbox.enlist("mail"), outbox.enlist("@ops"));
    assert_eq!(outbox.enlist("@ops"), hook);
    outbox.configure(Some(&settings(&scratch, None)), &mut log);
    for (name, owed) in [("both", set(&[mail, hook])), ("mail", set(&[mail])), ("hook", set(&[hook]))] {
        outbox.push(&event(name, 1), owed, Instant::now(), &mut log);
    }
    outbox.push(&event("nobody", 1), Destinations::NONE, Instant::now(), &mut log);
    assert_eq!((outbox.len(), outbox.waiting(mail), outbox.waiting(hook)), (3, 2, 2));
    let now = Instant::now();
    outbox.clock_mut(hook).unwrap().back_off(now);
    assert!(outbox.is_due(mail, now) && !outbox.is_due(hook, now));
    flush(&mut outbox, &mut log);
    while let Some(key) = outbox.next(mail) {
        outbox.done(mail, key, &mut log);
    }
    assert_eq!((outbox.len(), outbox.waiting(mail), outbox.waiting(hook)), (2, 0, 2));
    flush(&mut outbox, &mut log);
    drop(outbox);

    // The next daemon does not know who is owed what, but who has it.
    let mut outbox = Outbox::new(true);
    let (hook, mail) = (outbox.enlist("@ops"), outbox.enlist("mail"));
    outbox.configure(Some(&settings(&scratch, None)), &mut log);
    assert_eq!((outbox.waiting(mail), outbox.waiting(hook)), (2, 2));
    let key = outbox.next(mail).unwrap();
    assert!(outbox.get(mail, key, &mut log).is_none(), "it has had it");
    assert_eq!(&*outbox.get(hook, key, &mut log).unwrap().event.service, "both");
    outbox.done(hook, key, &mut log);
    // A destination that is there no longer keeps nothing.
    outbox.dismiss(hook);
    assert_eq!((outbox.len(), outbox.waiting(mail)), (1, 1));
    outbox.dismiss(mail);
    flush(&mut outbox, &mut log);
    assert!(outbox.is_empty() && names(&scratch).is_empty(), "{:?}", names(&scratch));
    let late = outbox.enlist("late");
    assert_eq!((late, outbox.waiting(late)), (hook, 0));
}

#[test]
fn a_dead_destination_gives_way_when_the_outbox_is_full() {
    if crate::sys::ran_alone() {
        return;
    }
    let scratch = Scratch::new();
    let mut log = Log::capture();
    let mut outbox = Outbox::new(true);
    let (live, dead) = (outbox.enlist("live"), outbox.enlist("dead"));
    outbox.configure(Some(&settings(&scratch, Some(3))), &mut log);
    for number in 0..10 {
        outbox.push(&event(&number.to_string(), 1), set(&[live, dead]), Instant::now(), &mut log);
        let key = outbox.next(live).unwrap();
        assert_eq!(&*outbox.get(live, key, &mut log).unwrap().event.service, number.to_string());
        outbox.done(live, key, &mut log);
    }
    assert_eq!((outbox.waiting(live), outbox.waiting(dead), outbox.dropped()), (0, 3, 7));
    let said = "Event queue is full -- the oldest alert for dead is dropped (7 dropped so far)";
    assert_eq!(errors(&log).last(), Some(&said));
    // What both are owed alike is kept, and the new event dropped.
    for _ in 0..5 {
        outbox.push(&event("both", 1), set(&[live, dead]), Instant::now(), &mut log);
    }
    assert_eq!((outbox.waiting(live), outbox.waiting(dead), outbox.dropped()), (3, 3, 12));
    outbox.push(&event("one", 1), set(&[dead]), Instant::now(), &mut log);
    assert_eq!((outbox.waiting(live), outbox.waiting(dead), outbox.dropped()), (3, 3, 13));
}

#[test]
fn one_destination_too_many_is_owed_nothing() {
    let mut log = Log::capture();
    let mut outbox = Outbox::new(true);
    for number in 0..MOST {
        outbox.enlist(&number.to_string());
    }
    let more = outbox.enlist("more");
    outbox.push(&event("x", 1), set(&[more]), Instant::now(), &mut log);
    assert!(outbox.is_empty() && outbox.next(more).is_none() && outbox.clock(more).is_none());
}

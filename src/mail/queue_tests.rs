use super::*;
use crate::mail::tests::event;
use crate::sys::Scratch;
use std::os::unix::fs::PermissionsExt;

fn settings(folder: &Path, slots: Option<u32>) -> EventQueue {
    EventQueue { basedir: folder.into(), slots }
}

/// Gives the queue turns until its helpers are done.
fn flush(queue: &mut Queue, log: &mut Log) {
    let mut set = PollSet::new();
    let token = Token { source: crate::reactor::Source::Mail, id: 0, part: 1 };
    queue.on_tick(Instant::now(), log);
    while queue.wants_disk() {
        set.clear();
        queue.register(&mut set, token);
        set.wait(Instant::now()).unwrap();
        queue.on_tick(Instant::now(), log);
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn services(queue: &mut Queue, log: &mut Log) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = None;
    while let Some(key) = queue.next(cursor) {
        cursor = Some(key);
        found.extend(queue.get(key, log).map(|record| record.event.service.to_string()));
    }
    found
}

fn errors(log: &Log) -> Vec<&str> {
    let bad = log.captured().iter().filter(|(level, _)| *level == crate::log::Level::Error);
    bad.map(|(_, text)| text.as_str()).collect()
}

#[test]
fn events_survive_the_daemon_in_order() {
    let scratch = Scratch::new();
    let folder = scratch.join("q");
    let mut log = Log::capture();
    let mut queue = Queue::open(Some(&settings(&folder, Some(10))), true, &mut log);
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    for name in ["a", "b", "c"] {
        // All in the same moment: no file may replace another.
        queue.push(event(name, 1), &mut log);
    }
    assert_eq!(queue.unsaved(), 3);
    flush(&mut queue, &mut log);
    assert_eq!((queue.unsaved(), queue.held, names(&folder).len()), (0, 0, 3));
    drop(queue);

    let mut queue = Queue::open(Some(&settings(&folder, Some(10))), true, &mut log);
    // A clock that was set back does not turn the order round.
    let mut earlier = event("d", 1);
    earlier.time -= Duration::from_secs(1_000_000);
    queue.push(earlier, &mut log);
    assert_eq!(services(&mut queue, &mut log), ["a", "b", "c", "d"]);
    flush(&mut queue, &mut log);
    while let Some(key) = queue.next(None) {
        queue.remove(key);
    }
    assert!(queue.is_empty() && names(&folder).is_empty());
    assert!(errors(&log).is_empty());
}

#[test]
fn slots_are_exact_and_drops_are_counted() {
    let scratch = Scratch::new();
    let mut log = Log::capture();
    let mut queue = Queue::open(Some(&settings(&scratch, Some(4))), true, &mut log);
    for n in 0..6 {
        queue.push(event(&format!("s{n}"), 1), &mut log);
    }
    flush(&mut queue, &mut log);
    assert_eq!((queue.len(), queue.dropped(), names(&scratch).len()), (4, 2, 4));
    assert_eq!(errors(&log).len(), 2);
    // One that will never be delivered makes room.
    let key = queue.next(queue.next(None)).unwrap();
    queue.mark_refused(key);
    queue.push(event("new", 1), &mut log);
    assert_eq!(services(&mut queue, &mut log), ["s0", "s2", "s3", "new"]);
    assert_eq!(queue.dropped(), 3);
}

#[test]
fn memory_is_bounded_without_a_folder() {
    let mut log = Log::capture();
    let mut queue = Queue::open(None, true, &mut log);
    for _ in 0..EVENTS + 5 {
        queue.push(event("s", 1), &mut log);
    }
    assert!(queue.len() <= EVENTS && queue.held <= BYTES + 1024);
    assert_eq!(queue.len() as u64 + queue.dropped(), EVENTS as u64 + 5);
    let long = Event { description: "x".repeat(30_000).into(), ..event("s", 1) };
    let mut queue = Queue::open(None, true, &mut log);
    for _ in 0..100 {
        queue.push(long.clone(), &mut log);
    }
    assert!(queue.held < BYTES + 40_000);
    assert!(!queue.wants_disk());
}

#[test]
fn damaged_files_are_set_aside_and_reported_once() {
    let scratch = Scratch::new();
    let mut log = Log::capture();
    let mut queue = Queue::open(Some(&settings(&scratch, None)), true, &mut log);
    for name in ["a", "b", "c"] {
        queue.push(event(name, 1), &mut log);
    }
    flush(&mut queue, &mut log);
    let files = names(&scratch);
    fs::write(scratch.join(&files[0]), b"").unwrap();
    let whole = fs::read(scratch.join(&files[1])).unwrap();
    fs::write(scratch.join(&files[1]), &whole[..whole.len() - 40]).unwrap();
    fs::write(scratch.join("1795221943_55d0c8a0b2c0"), b"of another program").unwrap();
    fs::write(scratch.join("id"), b"none of our business").unwrap();
    drop(queue);
    let mut queue = Queue::open(Some(&settings(&scratch, None)), true, &mut log);
    assert_eq!(services(&mut queue, &mut log), ["c"]);
    assert_eq!(errors(&log).len(), 3, "{:?}", errors(&log));
    assert_eq!(services(&mut queue, &mut log), ["c"]);
    drop(queue);
    let mut queue = Queue::open(Some(&settings(&scratch, None)), true, &mut log);
    assert_eq!(services(&mut queue, &mut log), ["c"]);
    assert_eq!(errors(&log).len(), 3, "reported again");
    assert_eq!(names(&scratch).iter().filter(|name| name.ends_with(".damaged")).count(), 3);
    assert!(scratch.join("id").exists());
}

#[test]
fn who_has_it_already_is_remembered() {
    let scratch = Scratch::new();
    let mut log = Log::capture();
    let mut queue = Queue::open(Some(&settings(&scratch, None)), true, &mut log);
    queue.push(event("a", 1), &mut log);
    flush(&mut queue, &mut log);
    let key = queue.next(None).unwrap();
    let mut record = queue.get(key, &mut log).unwrap();
    record.delivered.push("x@y".into());
    queue.update(key, &record);
    flush(&mut queue, &mut log);
    drop(queue);
    let mut queue = Queue::open(Some(&settings(&scratch, None)), true, &mut log);
    assert_eq!(&*queue.get(key, &mut log).unwrap().delivered[0], "x@y");
    assert_eq!(names(&scratch).len(), 1);
}

#[test]
fn delivered_while_it_was_being_written() {
    let scratch = Scratch::new();
    let mut log = Log::capture();
    let mut queue = Queue::open(Some(&settings(&scratch, None)), true, &mut log);
    queue.push(event("a", 1), &mut log);
    queue.on_tick(Instant::now(), &mut log);
    queue.remove(queue.next(None).unwrap());
    assert!(queue.is_empty());
    // Killed now, the next daemon does not bring it up again, however late the helper is.
    let mut next = Queue::open(Some(&settings(&scratch, None)), true, &mut log);
    assert!(next.is_empty());
    flush(&mut queue, &mut log);
    assert!(names(&scratch).is_empty(), "{:?}", names(&scratch));
    flush(&mut next, &mut log);
    assert!(next.is_empty());
}

#[test]
fn a_tombstone_outlives_a_crash_but_not_for_long() {
    let scratch = Scratch::new();
    let mut log = Log::capture();
    let bytes = Record { event: event("late", 1), delivered: Vec::new() }.encode();
    fs::write(writer::path(&scratch, 42), &bytes).unwrap();
    fs::write(writer::tombstone_path(&scratch, 42), b"").unwrap();
    let mut queue = Queue::open(Some(&settings(&scratch, None)), true, &mut log);
    assert!(queue.is_empty());
    queue.on_tick(Instant::now(), &mut log);
    // The helper of the daemon that crashed comes to it only now.
    fs::write(writer::path(&scratch, 42), &bytes).unwrap();
    queue.on_tick(Instant::now() + LATE, &mut log);
    assert!(queue.is_empty() && names(&scratch).is_empty(), "{:?}", names(&scratch));
}

#[test]
fn a_disk_that_refuses_is_said_once_and_tried_again() {
    let scratch = Scratch::new();
    let folder = scratch.join("q");
    let mut log = Log::capture();
    let mut queue = Queue::open(Some(&settings(&folder, None)), true, &mut log);
    fs::remove_dir(&folder).unwrap();
    queue.push(event("a", 1), &mut log);
    flush(&mut queue, &mut log);
    queue.push(event("b", 1), &mut log);
    flush(&mut queue, &mut log);
    assert_eq!((queue.unsaved(), errors(&log).len()), (2, 1), "{:?}", errors(&log));
    assert_eq!(services(&mut queue, &mut log), ["a", "b"]);
    fs::create_dir(&folder).unwrap();
    queue.hurry(Instant::now());
    queue.on_tick(Instant::now(), &mut log);
    flush(&mut queue, &mut log);
    assert_eq!((queue.unsaved(), names(&folder).len()), (0, 2));
}

#[test]
fn a_new_folder_takes_the_events_along() {
    let (first, second) = (Scratch::new(), Scratch::new());
    let mut log = Log::capture();
    let mut queue = Queue::open(Some(&settings(&first, None)), true, &mut log);
    queue.push(event("a", 1), &mut log);
    flush(&mut queue, &mut log);
    queue.configure(Some(&settings(&second, None)), &mut log);
    flush(&mut queue, &mut log);
    assert!(names(&first).is_empty());
    assert_eq!((names(&second).len(), services(&mut queue, &mut log)), (1, vec!["a".to_owned()]));
    // No folder any more: what is there is delivered from there, what is new stays in memory.
    queue.configure(None, &mut log);
    queue.push(event("b", 1), &mut log);
    flush(&mut queue, &mut log);
    assert_eq!(services(&mut queue, &mut log), ["a", "b"]);
    queue.remove(queue.next(None).unwrap());
    assert!(names(&second).is_empty());
}

#[test]
fn a_helper_that_outlived_its_daemon_is_waited_for() {
    let scratch = Scratch::new();
    let mut log = Log::capture();
    let mut queue = Queue::open(Some(&settings(&scratch, None)), true, &mut log);
    queue.on_tick(Instant::now(), &mut log);
    let bytes = Record { event: event("late", 1), delivered: Vec::new() }.encode();
    fs::write(writer::path(&scratch, 42), bytes).unwrap();
    assert!(queue.is_empty());
    queue.on_tick(Instant::now() + LATE, &mut log);
    assert_eq!(services(&mut queue, &mut log), ["late"]);
}

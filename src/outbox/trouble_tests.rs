//! A disk in trouble: what that says about events, and what it does not.

use super::super::tests::{
    ONE, errors, event, flush, names, oldest, open, push, services, settings, written,
};
use super::super::*;
use crate::outbox::unread::PAUSE;
use crate::sys::Scratch;
use crate::sys::without_descriptors;
use std::fs;

#[test]
fn a_file_that_cannot_be_read_now_is_no_damage() {
    if crate::sys::ran_alone() {
        return;
    }
    let scratch = Scratch::new();
    let mut log = Log::capture();
    let mut outbox = written(&scratch, &["a", "b", "c"], &mut log);
    without_descriptors(|| {
        assert!(services(&mut outbox, &mut log).is_empty());
        // Somebody has it whose word cannot be written now.
        outbox.mark(oldest_of_all(&outbox), "x@y", &mut log);
    });
    assert_eq!(errors(&log).len(), 1, "{:?}", errors(&log));
    assert!(errors(&log)[0].ends_with("cannot read -- Too many open files; it stays, and is tried again"));
    assert_eq!((outbox.len(), outbox.waiting(ONE), names(&scratch).len()), (3, 0, 3));
    assert_eq!(outbox.next(ONE), None, "nobody asks for it again and again");

    let now = Instant::now();
    outbox.on_tick(now, &mut log);
    let mut set = PollSet::new();
    outbox.register(&mut set);
    assert!(set.deadline().is_some_and(|at| at > now && at <= now + PAUSE));
    outbox.on_tick(now + PAUSE, &mut log);
    assert_eq!(services(&mut outbox, &mut log), ["a", "b", "c"]);
    let first = outbox.get(ONE, oldest(&outbox), &mut log).unwrap();
    assert_eq!(*first.delivered, ["x@y".into()]);
    let said = log.captured().iter().filter(|(_, text)| text.ends_with("files can be read again")).count();
    assert_eq!((said, errors(&log).len()), (1, 1));
}

fn oldest_of_all(outbox: &Outbox) -> u64 {
    outbox.entries.iter().next().unwrap().key
}

#[test]
fn a_destination_that_goes_leaves_nothing_that_was_put_off() {
    if crate::sys::ran_alone() {
        return;
    }
    let scratch = Scratch::new();
    let mut log = Log::capture();
    let mut outbox = written(&scratch, &["a"], &mut log);
    without_descriptors(|| assert!(services(&mut outbox, &mut log).is_empty()));
    assert_eq!((outbox.waiting(ONE), outbox.owes(ONE)), (0, 1));
    outbox.dismiss(ONE);
    assert_eq!(outbox.owes(ONE), 0);
    assert!(outbox.is_empty() && names(&scratch).is_empty());
}

#[test]
fn what_a_folder_has_is_found_once_it_can_be_looked_at() {
    if crate::sys::ran_alone() {
        return;
    }
    let scratch = Scratch::new();
    let mut log = Log::capture();
    let outbox = written(&scratch, &["a"], &mut log);
    drop(outbox);
    let mut outbox = without_descriptors(|| open(Some(&settings(&scratch, None)), &mut log));
    assert!(outbox.is_empty());
    assert_eq!(errors(&log).iter().filter(|text| text.contains("cannot look what is in it")).count(), 1);
    let now = Instant::now();
    outbox.on_tick(now, &mut log);
    outbox.on_tick(now + super::super::disk::LATE, &mut log);
    assert_eq!(services(&mut outbox, &mut log), ["a"]);
}

#[test]
fn a_folder_that_is_gone_is_made_again() {
    if crate::sys::ran_alone() {
        return;
    }
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new();
    let mut log = Log::capture();
    let folder = scratch.join("q");
    let mut outbox = open(Some(&settings(&folder, None)), &mut log);
    push(&mut outbox, &event("lost", 1), &mut log);
    flush(&mut outbox, &mut log);
    fs::remove_dir_all(&folder).unwrap();
    for name in ["a", "b"] {
        push(&mut outbox, &event(name, 1), &mut log);
        flush(&mut outbox, &mut log);
    }
    assert_eq!((outbox.unsaved(), names(&folder).len()), (0, 2));
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(services(&mut outbox, &mut log), ["a", "b"]);
    let (made, gone) = ("was gone and is made again", "is gone, and with it its alert (1 dropped so far)");
    for said in [made, gone] {
        assert_eq!(errors(&log).iter().filter(|text| text.ends_with(said)).count(), 1, "{:?}", errors(&log));
    }
    assert_eq!(errors(&log).len(), 2);
}

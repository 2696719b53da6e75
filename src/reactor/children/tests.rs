use super::*;
use crate::sys::Scratch;
use std::ffi::OsString;
use std::path::Path;

const NO_LIMIT: Limits = Limits { output: 512, end: 0, timeout: None };

/// A tiny loop around the children, as the daemon has one.
struct Loop {
    children: Children,
    set: PollSet,
}

impl Loop {
    fn new() -> Loop {
        Loop { children: Children::new(), set: PollSet::new() }
    }

    fn start(&mut self, argv: &[&str], limits: Limits) -> ChildId {
        let argv: Vec<OsString> = argv.iter().map(OsString::from).collect();
        self.children.start(&Program::new(&argv), limits, Instant::now()).unwrap()
    }

    fn shell(&mut self, script: &str, limits: Limits) -> ChildId {
        self.start(&["/bin/sh", "-c", script], limits)
    }

    fn turn(&mut self) {
        self.set.clear();
        self.children.register(&mut self.set);
        let now = Instant::now();
        self.set.wake_at(now + Duration::from_millis(200));
        self.set.wait(now).unwrap();
        let now = Instant::now();
        for (token, readiness) in self.set.ready() {
            self.children.on_ready(token, readiness, now);
        }
        self.children.on_tick(now);
    }

    fn next(&mut self) -> Finished {
        let give_up = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(finished) = self.children.finished().next() {
                return finished;
            }
            assert!(Instant::now() < give_up, "no child finished");
            self.turn();
        }
    }

    fn until(&mut self, mut reached: impl FnMut(&Children) -> bool) {
        let give_up = Instant::now() + Duration::from_secs(60);
        while !reached(&self.children) {
            assert!(Instant::now() < give_up, "not reached");
            self.turn();
        }
    }
}

/// Whether a process runs; an unreaped one does not.
fn alive(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
}

fn number_in(path: &Path) -> i32 {
    loop {
        if let Ok(Ok(pid)) = std::fs::read_to_string(path).map(|text| text.trim().parse()) {
            return pid;
        }
        std::thread::yield_now();
    }
}

#[test]
fn status_and_output_arrive_together() {
    let mut l = Loop::new();
    let id = l.shell("echo out; echo err >&2; exit 7", NO_LIMIT);
    let finished = l.next();
    assert_eq!(finished.id, id);
    assert_eq!(finished.outcome, Ending::Exited(7));
    assert_eq!((finished.stdout.as_slice(), finished.stderr.as_slice()), (&b"out\n"[..], &b"err\n"[..]));
    assert!(!finished.timed_out && finished.dropped == 0);
    assert!(l.children.is_empty());
}

#[test]
fn much_output_is_bounded_and_does_not_stop_the_program() {
    let mut l = Loop::new();
    l.shell("head -c 500000 /dev/zero; echo done >&2", Limits { output: 1000, end: 0, timeout: None });
    let finished = l.next();
    assert_eq!(finished.outcome, Ending::Exited(0));
    assert_eq!(finished.stdout, vec![0u8; 1000]);
    assert_eq!(finished.stderr, b"done\n");
    assert_eq!(finished.dropped, 499_000);
}

#[test]
fn of_much_output_the_end_is_kept_where_that_is_wanted() {
    let mut l = Loop::new();
    let limits = Limits { output: 10, end: 8, timeout: None };
    l.shell("printf 0123456789; head -c 500000 /dev/zero; printf the-end; echo 0123456789ab >&2", limits);
    let finished = l.next();
    assert_eq!(finished.stdout, b"0123456789\0the-end");
    assert_eq!(finished.stderr, b"0123456789ab\n");
    assert_eq!(finished.dropped, 500_007 - 8);
}

#[test]
fn a_deadline_ends_the_whole_group() {
    let folder = Scratch::new();
    let file = folder.join("pid");
    let mut l = Loop::new();
    let script = format!("sleep 600 & echo $! > {}; wait", file.display());
    l.shell(&script, Limits { output: 512, end: 0, timeout: Some(Duration::from_millis(300)) });
    let grandchild = number_in(&file);
    let finished = l.next();
    assert!(finished.timed_out);
    // By the request, and not by what follows one that is ignored.
    assert_eq!(finished.outcome, Ending::Signalled(15));
    l.until(|_| !alive(grandchild));
}

#[test]
fn who_ignores_the_request_is_killed() {
    let folder = Scratch::new();
    let file = folder.join("pid");
    let mut l = Loop::new();
    let script = format!("trap '' TERM; sleep 600 & echo $! > {}; wait; sleep 600", file.display());
    l.shell(&script, Limits { output: 512, end: 0, timeout: Some(Duration::from_millis(200)) });
    let grandchild = number_in(&file);
    let finished = l.next();
    assert!(finished.timed_out);
    assert_eq!(finished.outcome, Ending::Signalled(9));
    l.until(|_| !alive(grandchild));
    l.until(Children::is_empty);
}

#[test]
fn a_stubborn_grandchild_is_killed_after_a_polite_child_has_gone() {
    let folder = Scratch::new();
    let file = folder.join("pid");
    let mut l = Loop::new();
    let script =
        format!("(trap '' TERM; echo $$ >/dev/null; exec sleep 600) & echo $! > {}; wait", file.display());
    let id = l.shell(&script, NO_LIMIT);
    let grandchild = number_in(&file);
    let pid = l.children.pid(id).unwrap();
    // The trap is set when sleep runs.
    while !std::fs::read(format!("/proc/{grandchild}/cmdline")).unwrap_or_default().starts_with(b"sleep") {
        std::thread::yield_now();
    }
    l.children.stop(id, Instant::now());
    let finished = l.next();
    assert_eq!((finished.outcome, finished.timed_out), (Ending::Signalled(15), false));
    assert!(l.children.is_empty(), "it has ended, and that is told at once");
    assert!(alive(grandchild), "has its grace");
    l.until(|_| !alive(grandchild) && !process::exists(pid));
}

#[test]
fn a_background_process_does_not_delay_the_end() {
    let folder = Scratch::new();
    let file = folder.join("pid");
    let mut l = Loop::new();
    l.shell(&format!("echo started; sleep 600 & echo $! > {}", file.display()), NO_LIMIT);
    let started = Instant::now();
    let finished = l.next();
    assert_eq!((finished.outcome, finished.stdout.as_slice()), (Ending::Exited(0), &b"started\n"[..]));
    assert!(started.elapsed() < Duration::from_secs(10));
    let background = number_in(&file);
    assert!(alive(background), "a service that was started lives on");
    process::kill(background, process::KILL).unwrap();
}

#[test]
fn a_program_that_is_not_there_is_an_error_at_once_or_later() {
    let mut children = Children::new();
    let argv = [OsString::from("/no/such/program")];
    // Impatient: the answer comes through the loop.
    children.impatient_until = Some(Instant::now() + Duration::from_secs(60));
    let mut l = Loop { children, set: PollSet::new() };
    match l.children.start(&Program::new(&argv), NO_LIMIT, Instant::now()) {
        Ok(_) => {
            let text = "No such file or directory".to_string();
            assert_eq!(l.next().outcome, Ending::Failed(text));
        }
        Err(error) => assert_eq!(error.kind(), io::ErrorKind::NotFound),
    }
    assert!(l.children.is_empty());
}

#[test]
fn a_forgotten_child_runs_on_and_writes_on() {
    let folder = Scratch::new();
    let file = folder.join("done");
    let mut l = Loop::new();
    let script = format!("sleep 0.05; head -c 300000 /dev/zero; echo x > {}", file.display());
    let limits = Limits { output: 512, end: 0, timeout: Some(Duration::from_millis(1)) };
    let id = l.shell(&script, limits);
    l.children.forget(id);
    l.until(Children::is_empty);
    assert!(file.exists(), "not ended by its deadline, not stopped by a full pipe");
    assert_eq!(l.children.finished().count(), 0);
}

#[test]
fn without_pidfds_the_end_is_seen_too() {
    let mut l = Loop::new();
    l.shell("exit 4", NO_LIMIT);
    l.children.running[0].pidfd = None;
    l.until(|children| !children.finished.is_empty());
    assert_eq!(l.next().outcome, Ending::Exited(4));

    l.shell("exit 5", NO_LIMIT);
    l.children.running[0].pidfd = None;
    while l.children.finished.is_empty() {
        l.children.reap(Instant::now());
        std::thread::yield_now();
    }
    assert_eq!(l.next().outcome, Ending::Exited(5));
}

#[test]
fn a_thousand_children_leave_nothing_behind() {
    let own = process::own_pid();
    let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let before = descriptors();
    let mut l = Loop::new();
    let mut pids = Vec::new();
    for round in 0..1000 {
        let id = if round % 2 == 0 {
            l.start(&["/bin/true"], NO_LIMIT)
        } else {
            l.start(&["/bin/false"], NO_LIMIT)
        };
        pids.push(l.children.pid(id).unwrap());
        assert_eq!(l.next().outcome, Ending::Exited(round % 2));
    }
    assert!(l.children.running.capacity() == 0);
    // Other tests open descriptors, too, but not a thousand.
    assert!(descriptors() < before + 500);
    for pid in pids {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let parent = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
        let zombie = stat.contains(") Z ");
        assert!(!(zombie && parent == Some(own)), "zombie {pid}");
    }
}

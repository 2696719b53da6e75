//! Which daemon runs, if one does: found by what cannot be forged or go stale.
//!
//! No number in a file is believed. The process is the one that listens on the control socket or holds the name of the
//! lock, if the kernel says that it belongs to our user or to root. A Monit of another make knows none of that; it is
//! recognised by the program that the process named in its pid file runs, so that ours does not start beside it, and is
//! never signalled.

use super::lock;
use super::paths::Paths;
use crate::sys;
use crate::sys::socket::peer_at;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a daemon may take to say which process it is, or to go.
const SETTLING: Duration = Duration::from_secs(5);
/// For how long a daemon that is stopped may be so by chance.
const CHANCE: Duration = Duration::from_secs(1);

/// A daemon that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Running {
    /// One of ours; its process, if the kernel tells which it is.
    Ours(Option<i32>),
    /// A Monit of another make.
    Other(i32),
}

/// The daemon of this pid file and control socket.
pub fn running(paths: &Paths) -> Option<Running> {
    if let Some(pid) = listener(&paths.socket).or_else(|| lock::holder_of_name(&paths.pidfile)) {
        // A process of another container has no number here. One that has ended may have left a child that has not
        // closed yet what it was born with.
        return Some(Running::Ours(Some(pid).filter(|pid| *pid > 0 && !has_ended(*pid))));
    }
    if lock::is_held(&paths.pidfile) {
        return Some(Running::Ours(None));
    }
    other_monit(&paths.pidfile).map(Running::Other)
}

/// The same, once it is known which process it is or that there is none: a daemon may be about to begin or to end.
pub fn settled(paths: &Paths) -> Option<Running> {
    let give_up = Instant::now() + SETTLING;
    loop {
        match running(paths) {
            Some(Running::Ours(None)) if Instant::now() < give_up => {
                std::thread::sleep(Duration::from_millis(20));
            }
            known => return known,
        }
    }
}

/// Whether a process is no more, or only its parent's note of its end is missing.
fn has_ended(pid: i32) -> bool {
    !sys::process::exists(pid) || state(pid).is_some_and(|state| matches!(state, 'Z' | 'X' | 'x'))
}

/// The letter of proc(5); `None` where we may not see it.
fn state(pid: i32) -> Option<char> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("State:"))?.trim_start().chars().next()
}

/// A daemon that is stopped, by a signal or a debugger: it answers nothing and obeys nothing until it is continued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped(i32);

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stopped(pid) = self;
        write!(
            f,
            "The monit daemon with pid {pid} is stopped (SIGSTOP or a debugger) and does nothing until it is continued: \
             kill -CONT {pid}"
        )
    }
}

/// Whether a daemon is stopped and stays so for a second, which is more than a debugger's glance.
pub fn stays_stopped(pid: i32) -> Result<(), Stopped> {
    let give_up = Instant::now() + CHANCE;
    while is_stopped(pid) {
        if Instant::now() > give_up {
            return Err(Stopped(pid));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn is_stopped(pid: i32) -> bool {
    matches!(state(pid), Some('T' | 't'))
}

/// Who listens on the control socket. A stranger's socket under this name is not our daemon.
fn listener(socket: &Path) -> Option<i32> {
    let peer = peer_at(socket).ok()?;
    (peer.uid == 0 || peer.uid == sys::process::own_uid()).then_some(peer.pid)
}

/// The process named in the pid file, if it is a Monit of another make that our user or root runs. Two monits on the same
/// services would fight over them. A mere name or number proves nothing: any user can call a process `monit`.
pub fn other_monit(pidfile: &Path) -> Option<i32> {
    let pid = read_pid(pidfile)?;
    let read = |what: &str| std::fs::read_to_string(format!("/proc/{pid}/{what}"));
    is_trusted(&read("status").ok()?, sys::process::own_uid()).then_some(())?;
    let maps = read("maps").unwrap_or_default();
    let mut programs: Vec<&str> = maps.lines().filter_map(program).collect();
    programs.dedup();
    let opened = |path: &str| match path.strip_suffix(" (deleted)") {
        // An upgrade has taken it away; the process still runs it.
        Some(_) => File::open(format!("/proc/{pid}/exe")),
        None => File::open(path),
    };
    programs.into_iter().filter_map(|path| opened(path).ok()).any(is_monit).then_some(pid)
}

/// The file of a line of `/proc/PID/maps`, if it is code and might be a Monit by its name.
fn program(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once(' ')?;
    let path = rest.get(rest.find('/')?..)?;
    let name = path.rsplit('/').next()?;
    (rest.get(2..3)? == "x" && name.contains("monit")).then_some(path)
}

fn read_pid(path: &Path) -> Option<i32> {
    let mut text = String::new();
    sys::file::open_existing_nofollow(path).ok()?.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok().filter(|pid| *pid > 0)
}

/// Real, effective, saved and filesystem user alike: a set-user-ID program that somebody else has started is theirs.
fn is_trusted(status: &str, own: u32) -> bool {
    let users = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap_or_default();
    let mut users = users.split_whitespace().peekable();
    users.peek().is_some() && users.all(|user| user.parse().is_ok_and(|user: u32| user == 0 || user == own))
}

/// Whether a program is a Monit but not one of ours: its text names the author, as `monit -V` prints it.
fn is_monit(mut program: File) -> bool {
    const AUTHOR: &[u8] = b"Tildeslash";
    const OURS: &[u8] = b"monit-rs";
    /// Several times the size of any.
    const LONGEST: u64 = 64 * 1024 * 1024;
    let overlap = AUTHOR.len().max(OURS.len()) - 1;
    let mut program = program.by_ref().take(LONGEST);
    let (mut window, mut author) = (Vec::new(), false);
    let mut buffer = [0u8; 16 * 1024];
    loop {
        let count = match program.read(&mut buffer) {
            Ok(0) => return author,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return true,
        };
        window.extend_from_slice(buffer.get(..count).unwrap_or_default());
        let has = |word: &[u8]| window.windows(word.len()).any(|piece| piece == word);
        if has(OURS) {
            return false;
        }
        author |= has(AUTHOR);
        window.drain(..window.len().saturating_sub(overlap));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_under_our_name_is_a_stranger() {
        let status = |users: &str| format!("Name:\tmonit\nState:\tS (sleeping)\nUid:\t{users}\n");
        assert!(is_trusted(&status("0\t0\t0\t0"), 1000));
        assert!(is_trusted(&status("1000\t1000\t1000\t1000"), 1000));
        assert!(!is_trusted(&status("65534\t65534\t65534\t65534"), 0));
        assert!(!is_trusted(&status("65534\t0\t0\t0"), 0), "a set-user-ID program of a stranger");
        assert!(!is_trusted("Name:\tmonit\n", 0));
    }

    #[test]
    fn code_is_found_among_the_maps() {
        let line = "5581-5582 r-xp 00002000 08:01 131 /usr/bin/monit";
        assert_eq!(program(line), Some("/usr/bin/monit"));
        assert_eq!(
            program("5581-5582 r-xp 0 08:01 131    /a b/monit (deleted)"),
            Some("/a b/monit (deleted)")
        );
        assert_eq!(program(&line.replace("r-xp", "r--p")), None);
        assert_eq!(program(&line.replace("/monit", "/sleep")), None);
        assert_eq!(program("7ffd-7ffe rw-p 0 00:00 0 [stack]"), None);
    }

    #[test]
    fn programs_are_told_apart_by_what_they_say() {
        let folder = sys::Scratch::new();
        let path = folder.join("program");
        let says = |text: &[u8]| {
            std::fs::write(&path, text).unwrap();
            is_monit(File::open(&path).unwrap())
        };
        let mut far = vec![b'x'; 16 * 1024 - 5];
        far.extend_from_slice(b"Tildeslash Ltd");
        assert!(says(&far), "across two pieces");
        assert!(!says(b"sleep from GNU"));
        assert!(!says(b"Tildeslash, but monit-rs"));
        assert!(!is_monit(File::open("/proc/self/exe").unwrap()));
    }
}

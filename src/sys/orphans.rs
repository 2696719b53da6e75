//! Children that nobody here has started. As process 1, as a subreaper, or executed by a shell that had children, a
//! monitor is the parent of processes it knows nothing of; unreaped they stay zombies for ever.
//!
//! Whoever starts a child notes it here ([`note`]) and reaps it itself, when it wants to: until then its number, and that
//! of its process group, belong to nobody else. Only what is not noted is reaped.

use super::process;
use std::cell::RefCell;
use std::io;

/// Zombies reaped in one call; a storm of them must not hold up the loop.
const AT_ONCE: usize = 500;

thread_local! {
    static NOTED: RefCell<Vec<i32>> = const { RefCell::new(Vec::new()) };
}

/// This child has an owner, who will reap it.
pub(super) fn note(pid: i32) {
    NOTED.with_borrow_mut(|list| list.push(pid));
}

/// This child is reaped, or has no owner any more.
pub(super) fn forget(pid: i32) {
    NOTED.with_borrow_mut(|list| {
        if let Some(at) = list.iter().position(|noted| *noted == pid) {
            list.swap_remove(at);
        }
        if list.is_empty() {
            *list = Vec::new();
        }
    });
}

fn is_noted(pid: i32) -> bool {
    NOTED.with_borrow(|list| list.contains(&pid))
}

/// Reaps children that have ended and that nobody has noted. `true`: there may be more. Not for a process whose other
/// threads or libraries start children by themselves.
pub fn reap() -> bool {
    for _ in 0..AT_ONCE {
        match first_zombie() {
            Ok(Some(pid)) if !is_noted(pid) => drop(process::wait_nohang(pid)),
            // It stands before those behind it until its owner reaps it.
            Ok(Some(_)) => return reap_one_by_one(),
            Ok(None) | Err(_) => return false,
        }
    }
    true
}

/// A child that has ended, left as it is.
fn first_zombie() -> io::Result<Option<i32>> {
    // SAFETY: an all-zero siginfo is valid, and ours to be written to; the rest are integers. With `WNOHANG` and nothing
    // to tell the kernel leaves the process number at 0. nix does not know the real-time signals that end some.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
        super::check(libc::waitid(libc::P_ALL, 0, &mut info, flags))?;
        Ok(Some(info.si_pid()).filter(|pid| *pid > 0))
    }
}

fn reap_one_by_one() -> bool {
    let mut left = AT_ONCE;
    for pid in children() {
        if left == 0 {
            return true;
        }
        if !is_noted(pid) && matches!(process::wait_nohang(pid), Ok(Some(_))) {
            left -= 1;
        }
    }
    false
}

/// The children of this process. Where the kernel keeps no list of them, every process of the machine is asked.
fn children() -> Vec<i32> {
    let own = process::own_pid();
    if let Some(list) = children_of(own) {
        return list;
    }
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let all = all.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    all.filter(|pid| parent(*pid) == Some(own)).collect()
}

/// The children of a process with one thread. `None`: it is gone, or the kernel keeps no list of them.
pub(super) fn children_of(pid: i32) -> Option<Vec<i32>> {
    let list = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    Some(list.split_whitespace().filter_map(|word| word.parse().ok()).collect())
}

fn parent(pid: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

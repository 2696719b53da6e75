//! The child between fork and exec.
//!
//! **Between fork and exec** the child makes only async-signal-safe calls on memory prepared before the fork. One
//! exception, made on purpose: when a user is given, his groups and home are looked up in the child. A directory
//! server that does not answer then stalls that one child (which its deadline ends) and not the loop, and the libraries
//! nsswitch loads stay out of the daemon's memory. The lookup allocates, which after fork is legal in a process with one
//! thread, where nobody else can have held the allocator's lock; `spawn` refuses it in any other.

use super::{Prepared, Program, variable};
use crate::sys::descriptors::{self, Fate};
use crate::sys::process::{own_uid, reset_signals, set_disposition};
use crate::sys::{limits, user};
use std::ffi::{CString, OsStr};
use std::os::fd::{AsRawFd, RawFd};

/// The step that failed and the number of its error.
pub(super) const FRONT: usize = 5;
/// What the child reports: that, and how a program begins that cannot be executed.
pub(super) const MESSAGE: usize = FRONT + super::interpreter::HEAD;

/// A step of the child that can fail; the number travels through the pipe.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Preparation {
    Session = 1,
    Descriptors,
    Folder,
    User,
    Groups,
    Gid,
    Uid,
    Exec,
}

impl Preparation {
    pub(super) fn attempted(number: u8) -> &'static str {
        match number {
            1 => "new session for",
            2 => "redirect the output of",
            3 => "change to the working folder of",
            4 => "look up the user of",
            5 => "set the groups of",
            6 => "set the group of",
            7 => "set the user of",
            _ => super::EXECUTE,
        }
    }
}

/// The child's side: never returns.
pub(super) fn become_program(
    program: &Program,
    prepared: &Prepared,
    argv: &[*const libc::c_char],
    environment: &mut [*const libc::c_char],
    outputs: [RawFd; 2],
    report: RawFd,
) -> ! {
    let mut message = [0u8; MESSAGE];
    let mut length = FRONT;
    let (step, error) = match steps(program, prepared, outputs) {
        Err(failed) => failed,
        Ok(home) => {
            if let (Some(home), [.., last, _null]) = (&home, &mut *environment) {
                *last = home.as_ptr();
            }
            // SAFETY: both arrays end with a null pointer and point to NUL-terminated texts that are still alive.
            unsafe { libc::execve(argv[0], argv.as_ptr(), environment.as_ptr()) };
            let error = last_error();
            length += beginning(argv[0], &mut message[FRONT..]);
            (Preparation::Exec, error)
        }
    };
    message[0] = step as u8;
    message[1..FRONT].copy_from_slice(&(error as i32).to_ne_bytes());
    // SAFETY: writes `length` bytes of ours, which are in one piece in a pipe, to a descriptor we own, then ends without
    // running any destructor.
    unsafe {
        libc::write(report, message.as_ptr().cast(), length);
        libc::_exit(127)
    }
}

/// How the program begins, if it is there and executable; 0 if that cannot be read. For whoever is to say why the kernel
/// did not execute it.
fn beginning(program: *const libc::c_char, into: &mut [u8]) -> usize {
    // SAFETY: a NUL-terminated path that is still alive; the buffer is ours and as long as is said. These calls are
    // async-signal-safe.
    unsafe {
        if libc::faccessat(libc::AT_FDCWD, program, libc::X_OK, libc::AT_EACCESS) < 0 {
            return 0;
        }
        let file = libc::open(program, libc::O_RDONLY | libc::O_NONBLOCK | libc::O_CLOEXEC);
        if file < 0 {
            return 0;
        }
        usize::try_from(libc::read(file, into.as_mut_ptr().cast(), into.len())).unwrap_or(0)
    }
}

type Failed = (Preparation, nix::errno::Errno);

fn last_error() -> nix::errno::Errno {
    nix::errno::Errno::last()
}

/// Everything between fork and exec. On success returns the value for `HOME`, if it is to be set.
fn steps(program: &Program, prepared: &Prepared, outputs: [RawFd; 2]) -> Result<Option<CString>, Failed> {
    reset_signals();
    if program.ignore_broken_pipe {
        set_disposition(libc::SIGPIPE, libc::SIG_IGN);
    }
    nix::unistd::setsid().map_err(|error| (Preparation::Session, error))?;
    for (from, to) in [(prepared.null.as_raw_fd(), 0), (outputs[0], 1), (outputs[1], 2)] {
        // SAFETY: plain descriptor numbers; `from` is above 2, so no source is overwritten before its turn.
        if unsafe { libc::dup2(from, to) } < 0 {
            return Err((Preparation::Descriptors, last_error()));
        }
    }
    close_others_on_exec();
    limits::restore_for_program();
    // SAFETY: umask takes and returns an integer and cannot fail.
    unsafe { libc::umask(program.umask as libc::mode_t) };
    let home = take_identity(program.uid, program.gid)?;
    // As the user himself: a folder he may not enter is not his to run in.
    if let Some(folder) = &prepared.cwd {
        // SAFETY: the path is NUL-terminated.
        if unsafe { libc::chdir(folder.as_ptr()) } < 0 {
            return Err((Preparation::Folder, last_error()));
        }
    }
    Ok(home)
}

/// Marks everything above standard error to be closed by exec: our own descriptors are so already, those we inherited
/// from whoever started us are not.
fn close_others_on_exec() {
    descriptors::all_between(3, libc::c_uint::MAX, Fate::ClosedByExec);
}

/// Becomes the user and group, in the order that leaves no way back: groups, gid, uid.
fn take_identity(uid: Option<u32>, gid: Option<u32>) -> Result<Option<CString>, Failed> {
    if uid.is_none() && gid.is_none() {
        return Ok(None);
    }
    let mut home = None;
    let mut group = gid;
    let mut groups: Vec<libc::gid_t> = gid.into_iter().collect();
    if let Some(uid) = uid {
        let user = nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(uid))
            .map_err(|error| (Preparation::User, error))?;
        if let Some(user) = user {
            let primary = *group.get_or_insert(user.gid.as_raw());
            groups = user::groups(&user.name, primary).map_err(|error| {
                (Preparation::Groups, nix::errno::Errno::from_raw(error.raw_os_error().unwrap_or(0)))
            })?;
            home = variable(OsStr::new("HOME"), user.dir.as_os_str()).ok();
        }
    }
    // A user without an entry and without a group given: to keep our own group would be a surprise.
    let group = group.ok_or((Preparation::User, nix::errno::Errno::ENOENT))?;
    if own_uid() != 0 && is_already(uid, group) {
        return Ok(home);
    }
    // SAFETY: the list's pointer and length belong together.
    if unsafe { libc::setgroups(groups.len() as _, groups.as_ptr()) } < 0 {
        return Err((Preparation::Groups, last_error()));
    }
    // SAFETY: three integers.
    if unsafe { libc::setresgid(group, group, group) } < 0 {
        return Err((Preparation::Gid, last_error()));
    }
    if let Some(uid) = uid {
        // SAFETY: three integers.
        if unsafe { libc::setresuid(uid, uid, uid) } < 0 {
            return Err((Preparation::Uid, last_error()));
        }
    }
    Ok(home)
}

/// An unprivileged monitor may "become" what it already is.
fn is_already(uid: Option<u32>, gid: u32) -> bool {
    uid.is_none_or(|uid| uid == own_uid()) && gid == nix::unistd::getegid().as_raw()
}

//! Into the background, with word back: the command that started us ends only when the daemon is ready, or says why
//! it is not.

use super::fork::{exit_now, null_standard_descriptors};
use super::process::{self, BlockedSignals};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;

/// Longest explanation taken from a child that failed.
const LONGEST: u64 = 4096;

/// Which side of the fork this is.
#[derive(Debug)]
pub enum Detached {
    /// The command: waits for the daemon's word, reports and exits.
    Parent(Readiness),
    /// The daemon.
    Child(ReadyPipe),
}

/// Why the daemon is not up.
#[derive(Debug)]
pub enum Unready {
    /// Its own explanation.
    Said(String),
    /// It ended before it was ready.
    Ended,
    /// What it said could not be read.
    Unheard(io::Error),
}

impl fmt::Display for Unready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unready::Said(text) => f.write_str(text),
            Unready::Ended => f.write_str("the daemon ended before it was ready"),
            Unready::Unheard(error) => write!(f, "no word from the daemon: {}", super::error_text(error)),
        }
    }
}

/// The command's end of the pipe.
#[derive(Debug)]
pub struct Readiness(OwnedFd);

/// The daemon's end of the pipe. Dropped without a word, the command is told that the daemon ended early.
#[derive(Debug)]
pub struct ReadyPipe(OwnedFd);

/// Forks twice: the result is a process in a session of its own, not its leader (so it can never acquire a terminal),
/// in `/`, with umask 022, adopted by init. Call it before signals, listeners and children; with several threads it
/// fails.
///
/// The standard descriptors stay open until [`ReadyPipe::ready`], so that start-up messages reach the terminal.
pub fn detach() -> io::Result<Detached> {
    super::threads::only_one()?;
    let (read, write) = super::spawn::pipe()?;
    let _blocked = BlockedSignals::new();
    // SAFETY: this process has one thread, so both sides may go on with ordinary code.
    let first = super::check(unsafe { libc::fork() })?;
    if first != 0 {
        drop(write);
        // It forks and exits at once.
        let _ = process::wait_blocking(first);
        return Ok(Detached::Parent(Readiness(read)));
    }
    drop(read);
    let pipe = ReadyPipe(write);
    if let Err(error) = nix::unistd::setsid() {
        pipe.say(b'F', &format!("cannot start a session: {}", super::error_text(&error.into())));
        exit_now(1);
    }
    // SAFETY: as above.
    match super::check(unsafe { libc::fork() }) {
        Err(error) => {
            pipe.say(b'F', &format!("cannot fork: {}", super::error_text(&error)));
            exit_now(1)
        }
        Ok(0) => {}
        Ok(_) => exit_now(0),
    }
    let _ = std::env::set_current_dir("/");
    // SAFETY: umask takes and returns an integer and cannot fail.
    unsafe { libc::umask(0o022) };
    Ok(Detached::Child(pipe))
}

/// Closes every descriptor above the standard ones. Before a daemon opens its first: what a package script, a shell or
/// an ssh session left open would otherwise stay open as long as the daemon lives, and they wait for its end.
pub fn close_inherited() {
    super::descriptors::all_between(3, u32::MAX, super::descriptors::Fate::Closed);
}

impl Readiness {
    /// Waits for the daemon's word.
    ///
    /// # Errors
    /// It is not up.
    pub fn wait(self) -> Result<(), Unready> {
        let mut message = Vec::new();
        let read = File::from(self.0).take(LONGEST).read_to_end(&mut message);
        match (read, message.split_first()) {
            (Ok(_), Some((b'R', _))) => Ok(()),
            (Ok(_), Some((_, text))) => Err(Unready::Said(String::from_utf8_lossy(text).into_owned())),
            (Ok(_), None) => Err(Unready::Ended),
            (Err(error), _) => Err(Unready::Unheard(error)),
        }
    }
}

impl ReadyPipe {
    /// The daemon is ready: standard descriptors go to `/dev/null`, and the command exits with success.
    pub fn ready(self) {
        null_standard_descriptors();
        self.say(b'R', "");
    }

    /// The daemon cannot start, for this reason; the command prints it and exits with 1. The caller then ends.
    pub fn failed(self, reason: &str) {
        self.say(b'F', reason);
    }

    fn say(&self, verdict: u8, text: &str) {
        let mut message = vec![verdict];
        message.extend_from_slice(text.as_bytes());
        message.truncate(LONGEST as usize);
        // Through this very descriptor: where there is none left for a copy, the word would be lost with which the
        // command ends. A message of this size fits into the pipe. Nobody may be listening any more; that is no reason
        // not to run.
        let _ = super::file::write_once(&self.0, &message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// Daemonises inside a helper, so that the test process itself stays where it is; returns what the "command" heard.
    fn daemon(run: impl FnOnce(ReadyPipe)) -> String {
        let task = super::super::fork::run_in_child(|out| match detach().unwrap() {
            Detached::Parent(readiness) => {
                let heard = readiness.wait();
                out.write_all(format!("{heard:?}").as_bytes()).unwrap();
            }
            Detached::Child(pipe) => {
                run(pipe);
                exit_now(0);
            }
        })
        .unwrap();
        String::from_utf8(super::super::fork::all_output(&task)).unwrap()
    }

    #[test]
    fn a_ready_daemon_is_a_success() {
        if crate::sys::ran_alone() {
            return;
        }
        assert_eq!(daemon(|pipe| pipe.ready()), "Ok(())");
    }

    #[test]
    fn a_failure_is_explained_to_the_command() {
        if crate::sys::ran_alone() {
            return;
        }
        assert_eq!(daemon(|pipe| pipe.failed("port 2812 is taken")), "Err(Said(\"port 2812 is taken\"))");
    }

    #[test]
    fn the_word_gets_through_without_a_descriptor_to_spare() {
        if crate::sys::ran_alone() {
            return;
        }
        let heard = daemon(|pipe| {
            let (_, hard) = crate::sys::limits::nofile().unwrap();
            nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE, 0, hard).unwrap();
            pipe.failed(&"x".repeat(9000));
        });
        assert_eq!(heard, format!("Err(Said({:?}))", "x".repeat(4095)));
    }

    #[test]
    fn a_daemon_that_dies_silently_is_noticed() {
        if crate::sys::ran_alone() {
            return;
        }
        let heard = daemon(|_pipe| {
            exit_now(3);
        });
        assert_eq!(heard, "Err(Ended)");
    }

    #[test]
    fn the_daemon_is_nobodys_session_leader() {
        if crate::sys::ran_alone() {
            return;
        }
        let heard = daemon(|pipe| {
            let own = nix::unistd::getpid();
            let session = nix::unistd::getsid(None).unwrap();
            let folder = std::env::current_dir().unwrap();
            pipe.failed(&format!("{} {}", own != session, folder.display()));
        });
        assert_eq!(heard, "Err(Said(\"true /\"))");
    }
}

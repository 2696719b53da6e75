//! The programs of `exec` actions: they run beside everything else, and nobody waits for them.

use super::environment::{self, Reason};
use super::notify::News;
use super::one::One;
use super::turn::{Note, Owner, Turn};
use crate::config::{Command, Exec};
use crate::event::words;
use crate::log::Level;
use crate::reactor::children::{ChildId, Ending, Finished, Limits};
use crate::sys::spawn::{self, Program};
use std::ffi::OsString;
use std::io;

/// Programs run by `exec` at the same time; more than this is a storm that must not take the machine along.
const EXECS: usize = 200;

impl One<'_> {
    /// Runs the program of an `exec` action.
    pub(super) fn exec(&mut self, exec: &Exec, news: News<'_>, turn: &mut Turn<'_>) {
        let text = command_text(&exec.command.argv);
        self.say(Level::Info, format_args!("exec: '{text}'"), turn);
        let running = self.common.execs;
        if running >= EXECS {
            let text = format_args!("exec failed -- {running} programs run already, '{text}' is left out");
            return self.say(Level::Error, text, turn);
        }
        let reason = Reason { event: words::of(news.kind).title(news.state), description: news.description };
        let limits = Limits { output: 0, end: 0, timeout: exec.command.timeout };
        match self.start(&exec.command, Some(reason), limits, turn) {
            Ok(child) => {
                self.common.execs += 1;
                turn.note(Note::Runs(child, Owner::Exec(Some(self.index))));
            }
            Err(error) => {
                let why = why_not(&error);
                self.say(Level::Error, format_args!("exec failed -- '{text}' {why}"), turn);
            }
        }
    }

    /// The program of an `exec` has ended.
    pub(super) fn exec_finished(&self, finished: &Finished, turn: &mut Turn<'_>) {
        match &finished.outcome {
            Ending::Failed(why) => self.say(Level::Error, format_args!("exec failed -- {why}"), turn),
            _ if finished.timed_out => {
                let text = "exec failed -- the program was over its time limit and ended";
                self.say(Level::Error, text, turn);
            }
            _ => {}
        }
    }

    /// Starts a program for the service. Without a `reason` it is a check program.
    pub(super) fn start(
        &self,
        command: &Command,
        reason: Option<Reason<'_>>,
        limits: Limits,
        turn: &mut Turn<'_>,
    ) -> io::Result<ChildId> {
        let environment = environment::variables(self.service, self.unit, self.host(), reason, turn.now);
        let program = Program {
            environment: &environment,
            uid: command.uid,
            gid: command.gid,
            ..Program::new(&command.argv)
        };
        turn.world.start(&program, limits, turn.now)
    }
}

fn why_not(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => {
            "no longer exist or is not executable".to_string()
        }
        _ => format!("cannot be run: {}", spawn::reason(error)),
    }
}

/// A command as people read it.
pub(super) fn command_text(argv: &[OsString]) -> String {
    argv.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

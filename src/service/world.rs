//! The way out of the services: everything they ask of or do to the world goes through [`World`].
//!
//! The daemon implements it with the machine, the loop's children, the log and the mail; tests implement it with a
//! script.

use super::listen::Listener;
use crate::config;
use crate::event::Event;
use crate::log::Level;
use crate::reactor::Now;
use crate::reactor::children::{ChildId, Limits};
use crate::service_test::{Facts, Identity};
use crate::sys::spawn::Program;
use std::fmt;
use std::io;

/// Names a network probe from its start to its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProbeId(pub u32);

/// Names the watch on the end of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WatchId(pub u32);

/// What a network probe is to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Probe<'a> {
    /// `if failed port …`. `answered`: the server did the last time, or was not asked yet.
    Connection {
        /// What to do.
        test: &'a std::rc::Rc<config::Connection>,
        /// Servers that answer come before those that do not.
        answered: bool,
    },
    /// `if failed ping …`.
    Ping {
        /// What to do.
        test: &'a config::Ping,
        /// As above.
        answered: bool,
    },
}

/// The answer to [`World::watch`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// [`super::Services::watched_exit`] will be called once.
    On(WatchId),
    /// The process has ended already.
    Gone,
    /// This kernel cannot do it.
    Unsupported,
    /// Something was short of something; try again.
    NotNow,
}

/// What the services need of the world. Nothing here may block.
pub trait World {
    /// The machine's facts.
    fn facts(&mut self) -> &mut dyn Facts;
    /// Has this turn of the loop taken so long that others should have theirs? Asked between one piece of work and the
    /// next. What work costs is estimated as well ([`crate::service_test::CycleFacts`]); this is for what no estimate
    /// foresees: a slow machine, a log on a slow disk, a processor taken away.
    fn late(&mut self) -> bool;
    /// One line for the log.
    fn log(&mut self, level: Level, text: fmt::Arguments<'_>);
    /// The same about an action: that somebody asks for it, that it is done. Whoever has just asked may leave it out.
    fn announce(&mut self, level: Level, text: fmt::Arguments<'_>) {
        self.log(level, text);
    }
    /// Are debug lines wanted? Spares making them.
    fn verbose(&self) -> bool;
    /// Starts a program. Its end comes through [`super::Services::child_finished`]; over its time limit its whole group is
    /// ended first.
    fn start(&mut self, program: &Program<'_>, limits: Limits, now: Now) -> io::Result<ChildId>;
    /// The process number of a program that runs.
    fn child_pid(&self, child: ChildId) -> Option<i32>;
    /// What a program that runs has said so far, up to its limit: on standard error, else on standard output.
    fn child_output(&self, child: ChildId) -> Vec<u8>;
    /// Sends a signal to this very process, never to a successor of its number; with `group` to all of the group it
    /// leads.
    fn signal(&mut self, process: Identity, signal: i32, group: bool);
    /// Ends a program with its group. Its end comes as usual.
    fn stop_child(&mut self, child: ChildId, now: Now);
    /// Lets a program run as long as it likes; nothing more will be heard of it.
    fn forget_child(&mut self, child: ChildId);
    /// Starts a network probe for a test of `service`; `global` are the options of `set ssl`. The result comes through
    /// [`super::Services::probe_finished`]. `None`: this build cannot do it.
    fn start_probe(
        &mut self,
        probe: Probe<'_>,
        service: &config::Service,
        global: &config::Tls,
        now: Now,
    ) -> Option<ProbeId>;
    /// Gives a probe up; nothing more will be heard of it.
    fn stop_probe(&mut self, probe: ProbeId);
    /// Hands an event to whoever tells people.
    fn deliver(&mut self, event: Event);
    /// Events that those who tell people take now; what can be told later waits for room.
    fn room(&self) -> usize;
    /// Who wants to know of finished checks and events, if anybody does.
    fn listener(&mut self) -> Option<&mut dyn Listener> {
        None
    }
    /// Asks to be told when this very process ends.
    fn watch(&mut self, process: Identity) -> Watch;
    /// Takes that back.
    fn unwatch(&mut self, watch: WatchId);
}

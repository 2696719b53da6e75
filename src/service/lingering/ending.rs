//! Ending a program that lingers, without harm to the service.

use super::{Fate, Lingering, StartEnds, TO_END};
use crate::log::Level;
use crate::service::look::{identify, pause};
use crate::service::one::One;
use crate::service::turn::Turn;
use crate::service_test::Existence;
use crate::sys::process::TERM;

/// How far up from the service its parents are looked at.
const PARENTS: usize = 64;

/// What may be ended of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Nothing: it is the service, or the service runs below it.
    Nothing,
    /// It alone: the service is in its group.
    Itself,
    /// With its group.
    Group,
    /// Nobody knows at the moment.
    Unknown,
}

impl One<'_> {
    /// Ends a start that lingers, for a stop.
    pub(in crate::service) fn end_lingering_start(&mut self, turn: &mut Turn<'_>) -> StartEnds {
        let late = self.unit.lingering.take_if(|known| known.late() && known.starts());
        let Some(mut lingering) = late else { return StartEnds::Over };
        if lingering.asked.is_none() && lingering.ended.is_none() {
            let reach = self.reach(&mut lingering, turn);
            if reach == Reach::Nothing {
                self.end_of_lingering(*lingering, Fate::Free, turn);
                return StartEnds::Over;
            }
            let text = format_args!("{} program still runs, it is ended first", lingering.kind.word());
            self.say(Level::Info, text, turn);
            let reach = if reach == Reach::Unknown { Reach::Itself } else { reach };
            ask_to_end(&mut lingering, reach, turn);
            if lingering.child.is_none() {
                lingering.next_look = turn.now.mono + pause(0);
            }
        } else if lingering.ended.is_some() {
            // Only the process was still waited for.
            self.end_of_lingering(*lingering, Fate::Failed, turn);
            return StartEnds::Over;
        }
        self.unit.lingering = Some(lingering);
        StartEnds::NotYet
    }

    /// The check has found its process: does a start that lingers belong to it? Then it is left alone for good.
    pub(in crate::service) fn free_lingering(&mut self, turn: &mut Turn<'_>) {
        let late = self.unit.lingering.take_if(|known| known.late() && known.starts());
        let Some(mut lingering) = late else { return };
        let untouched = lingering.ended.is_none() && lingering.asked.is_none();
        if untouched && self.reach(&mut lingering, turn) == Reach::Nothing {
            return self.end_of_lingering(*lingering, Fate::Free, turn);
        }
        self.unit.lingering = Some(lingering);
    }

    /// What may be ended of a program without harm to the service.
    pub(super) fn reach(&mut self, lingering: &mut Lingering, turn: &mut Turn<'_>) -> Reach {
        if lingering.program.is_none() {
            lingering.program = lingering.child.and_then(|child| identify(child, turn));
        }
        let Some(program) = lingering.program else { return Reach::Unknown };
        let known = self.unit.memory.identity();
        let found = match self.is_process() {
            true => self.look(known, turn),
            false => Existence::Gone,
        };
        let mut pid = match found {
            Existence::There(found) => found.pid,
            Existence::Gone => return Reach::Group,
            Existence::Pending | Existence::Unknown(_) => return Reach::Unknown,
        };
        let mut reach = Reach::Group;
        let facts = turn.world.facts();
        for step in 0..PARENTS {
            if pid == program.pid {
                return Reach::Nothing;
            }
            let Ok(stat) = facts.process_stat(pid) else { break };
            if step == 0 && stat.group == program.pid {
                reach = Reach::Itself;
            }
            if stat.ppid <= 1 {
                break;
            }
            pid = stat.ppid;
        }
        reach
    }
}

pub(super) fn ask_to_end(lingering: &mut Lingering, reach: Reach, turn: &mut Turn<'_>) {
    lingering.asked = Some(turn.now.mono);
    lingering.next_look = turn.now.mono + TO_END;
    signal(lingering, reach, TERM, turn);
}

pub(super) fn signal(lingering: &Lingering, reach: Reach, signal: i32, turn: &mut Turn<'_>) {
    if let (Some(program), Reach::Itself | Reach::Group) = (lingering.program, reach) {
        turn.world.signal(program, signal, reach == Reach::Group);
    }
}

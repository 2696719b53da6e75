//! Ending a program that lingers, without harm to the service.

use super::{Fate, Lingering, TO_END, identify};
use crate::log::Level;
use crate::reactor::Now;
use crate::service::action::PAUSES;
use crate::service::action::look;
use crate::service::unit::is_process;
use crate::service::{Services, World};
use crate::service_test::Existence;
use crate::sys::process::TERM;
use std::time::Duration;

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

impl Services {
    /// Ends a start that lingers, for a stop. `true`: it is not over yet.
    pub(in crate::service) fn end_lingering_start(
        &mut self,
        index: u32,
        now: Now,
        world: &mut dyn World,
    ) -> bool {
        let late = self.units[index as usize].lingering.take_if(|known| known.late() && known.starts());
        let Some(mut lingering) = late else { return false };
        if lingering.asked.is_none() && lingering.ended.is_none() {
            let reach = self.reach(index, &mut lingering, world);
            if reach == Reach::Nothing {
                self.end_of_lingering(index, *lingering, Fate::Free, now, world);
                return false;
            }
            let text = format!("{} program still runs, it is ended first", lingering.kind.word());
            self.say(index, Level::Info, &text, world);
            let reach = if reach == Reach::Unknown { Reach::Itself } else { reach };
            ask_to_end(&mut lingering, reach, now, world);
            if lingering.child.is_none() {
                lingering.next_look = now.mono + Duration::from_millis(PAUSES[0]);
            }
        } else if lingering.ended.is_some() {
            // Only the process was still waited for.
            self.end_of_lingering(index, *lingering, Fate::Failed, now, world);
            return false;
        }
        self.units[index as usize].lingering = Some(lingering);
        true
    }

    /// The check has found this process: does a start that lingers belong to it? Then it is left alone for good.
    pub(in crate::service) fn free_lingering(&mut self, index: u32, now: Now, world: &mut dyn World) {
        let Some(mut lingering) =
            self.units[index as usize].lingering.take_if(|known| known.late() && known.starts())
        else {
            return;
        };
        if lingering.ended.is_none()
            && lingering.asked.is_none()
            && self.reach(index, &mut lingering, world) == Reach::Nothing
        {
            return self.end_of_lingering(index, *lingering, Fate::Free, now, world);
        }
        self.units[index as usize].lingering = Some(lingering);
    }

    /// What may be ended of a program without harm to the service.
    pub(super) fn reach(&mut self, index: u32, lingering: &mut Lingering, world: &mut dyn World) -> Reach {
        if lingering.program.is_none() {
            lingering.program = lingering.child.and_then(|child| identify(child, world));
        }
        let Some(program) = lingering.program else { return Reach::Unknown };
        let service = &self.config.services[index as usize];
        let known = self.units[index as usize].memory.identity();
        let found = match is_process(service) {
            true => look(index, service, known, &mut self.facts, world),
            false => Existence::Gone,
        };
        let mut pid = match found {
            Existence::There(found) => found.pid,
            Existence::Gone => return Reach::Group,
            Existence::Pending | Existence::Unknown(_) => return Reach::Unknown,
        };
        let mut reach = Reach::Group;
        let facts = world.facts();
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

pub(super) fn ask_to_end(lingering: &mut Lingering, reach: Reach, now: Now, world: &mut dyn World) {
    lingering.asked = Some(now.mono);
    lingering.next_look = now.mono + TO_END;
    signal(lingering, reach, TERM, world);
}

pub(super) fn signal(lingering: &Lingering, reach: Reach, signal: i32, world: &mut dyn World) {
    if let (Some(program), Reach::Itself | Reach::Group) = (lingering.program, reach) {
        world.signal(program, signal, reach == Reach::Group);
    }
}

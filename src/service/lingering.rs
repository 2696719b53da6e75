//! Programs that outlive their time limit.
//!
//! A start, stop or restart program over its limit is told as failed, its job ends, and the program goes on: what is slow
//! comes up in the end, what drains ends in the end. Until then no other program is started beside it. This is the
//! engine's record of such a program; it is made when a job starts it, so that the state file knows of it too, and the
//! next monitor starts none beside it either.
//!
//! * When it has ended its process still has [`GRACE`] to come or to go. What comes is found by a check, which is due at
//!   once and tells of the recovery; a stop that was part of a restart goes on to the restart.
//! * After [`LIMITS`] times its limit it is ended: SIGTERM, then SIGKILL. Never what the check takes for the service or
//!   a process above that, and never a group that the service is in; of one that has ended itself nothing is touched.
//! * A stop ends a start that lingers, before anything else.

mod ending;

use super::action::{Kind, LOOK_AGAIN, PAUSES, look};
use super::request::{Request, Wish};
use super::unit::{Unit, is_process};
use super::{Owner, Services, World};
use crate::config::EventKind;
use crate::event::State;
use crate::log::Level;
use crate::reactor::Now;
use crate::reactor::children::{ChildId, Finished};
use crate::service_test::{Existence, Identity};
use crate::sys::process::KILL;
use ending::{Reach, ask_to_end, signal};
use std::time::{Duration, Instant};

/// After so many times its limit a program is ended.
const LIMITS: u32 = 3;

/// How long the process has to come or go once its program has ended; the limit itself if that is shorter.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// Between SIGTERM and SIGKILL, and between that and giving up.
const TO_END: Duration = Duration::from_secs(2);

/// A start, stop or restart program that runs, or has just ended late.
#[derive(Debug)]
pub(super) struct Lingering {
    pub(super) kind: Kind,
    /// The program itself, as far as it could be looked at.
    pub(super) program: Option<Identity>,
    /// `None`: an earlier monitor started it, or it has ended.
    child: Option<ChildId>,
    begun: Instant,
    pub(super) limit: Duration,
    /// The process there was when it began.
    pub(super) before: Option<Identity>,
    /// To be restarted when this stop has ended.
    pub(super) then: Vec<u32>,
    /// Its job still waits for it.
    pub(super) in_time: bool,
    /// An earlier monitor started it, and nobody has looked yet whether it still runs.
    unverified: bool,
    ended: Option<Instant>,
    /// It was asked to end, and when.
    asked: Option<Instant>,
    killed: bool,
    looks: usize,
    next_look: Instant,
}

/// How it went on with one.
enum Fate {
    GoesOn,
    /// Its process has come or gone, late.
    Worked,
    Failed,
    /// It belongs to the service and is none of our business.
    Free,
}

impl Lingering {
    pub(super) fn new(
        kind: Kind,
        child: ChildId,
        program: Option<Identity>,
        limit: Duration,
        before: Option<Identity>,
        then: Vec<u32>,
        now: Instant,
    ) -> Lingering {
        Lingering {
            child: Some(child),
            in_time: true,
            unverified: false,
            then,
            ..Lingering::known(kind, program, limit, before, now)
        }
    }

    /// One that an earlier monitor has started.
    pub(super) fn known(
        kind: Kind,
        program: Option<Identity>,
        limit: Duration,
        before: Option<Identity>,
        now: Instant,
    ) -> Lingering {
        Lingering {
            kind,
            program,
            child: None,
            begun: now,
            limit,
            before,
            then: Vec::new(),
            in_time: false,
            unverified: true,
            ended: None,
            asked: None,
            killed: false,
            looks: 0,
            next_look: now,
        }
    }

    /// As the state file has it: kind, number and start of the program, limit in milliseconds, number and start of the
    /// process there was before, 1 for a stop that a restart is to follow.
    pub(super) fn save(&self) -> Option<String> {
        let Identity { pid, start } = self.program.filter(|_| self.ended.is_none())?;
        let before = self.before.unwrap_or(Identity { pid: 0, start: 0 });
        let (limit, then) = (self.limit.as_millis(), u8::from(!self.then.is_empty()));
        Some(format!("{} {pid} {start} {limit} {} {} {then}", self.kind.word(), before.pid, before.start))
    }

    /// That, read again; `service` is the number of the service it was written for.
    pub(super) fn load(text: &str, service: u32, now: Instant) -> Option<Lingering> {
        let mut words = text.split(' ');
        let kind = Kind::of_word(words.next()?)?;
        let mut number = || words.next()?.parse::<u64>().ok();
        let (pid, start) = (i32::try_from(number()?).ok()?, number()?);
        let limit = Duration::from_millis(number()?);
        let (before, before_start) = (i32::try_from(number()?).ok()?, number()?);
        let before = (before > 0).then_some(Identity { pid: before, start: before_start });
        let then = if number()? == 1 { vec![service] } else { Vec::new() };
        let program = Some(Identity { pid, start }).filter(|program| program.pid > 1);
        Some(Lingering { then, ..Lingering::known(kind, program, limit, before, now) })
    }

    /// New numbers for the services to be restarted.
    pub(super) fn renumber(&mut self, number: &impl Fn(u32) -> Option<u32>) {
        self.then = self.then.iter().filter_map(|index| number(*index)).collect();
    }

    /// Does it outlive its limit?
    pub(super) fn late(&self) -> bool {
        !self.in_time
    }

    /// Is it about to bring the process up?
    pub(super) fn starts(&self) -> bool {
        self.kind != Kind::Stop
    }

    pub(super) fn child(&self) -> Option<ChildId> {
        self.child
    }

    fn has_ended(&mut self, now: Instant) {
        self.child = None;
        self.ended = Some(now);
        (self.looks, self.next_look) = (0, now);
    }

    /// When it is to be ended.
    fn end_at(&self) -> Instant {
        self.begun + self.limit.saturating_mul(LIMITS)
    }
}

impl Unit {
    /// Does a stop of it go on beyond its limit?
    pub(super) fn stop_lingers(&self) -> bool {
        self.lingering.as_ref().is_some_and(|lingering| lingering.late() && !lingering.starts())
    }
}

impl Services {
    /// The job of this service's program does not wait for it any longer.
    pub(super) fn let_linger(&mut self, index: u32) {
        let Some(lingering) = &mut self.units[index as usize].lingering else { return };
        lingering.in_time = false;
        lingering.next_look = lingering.end_at();
        let child = lingering.child;
        for (id, owner) in &mut self.children {
            if Some(*id) == child {
                *owner = Owner::Lingering(index);
            }
        }
        if !self.lingering.contains(&index) {
            self.lingering.push(index);
        }
        self.unsaved(index);
    }

    /// Does a program over its limit stand in the way of what the tests of this service ask for? A restart of what is
    /// there ends its start first, so that one does not.
    pub(super) fn is_held_by_program(&self, index: u32, there: bool) -> bool {
        let late = self.units[index as usize].lingering.as_ref().filter(|lingering| lingering.late());
        late.is_some_and(|lingering| !(lingering.starts() && there))
    }

    /// Does a stop of this service go on beyond its limit?
    pub(super) fn stop_lingers(&self, index: u32) -> bool {
        self.units[index as usize].stop_lingers()
    }

    /// When [`Services::tend_lingering`] has something to do.
    pub(super) fn lingering_deadline(&self) -> Option<Instant> {
        let known = |index: &u32| self.units[*index as usize].lingering.as_ref();
        self.lingering.iter().filter_map(known).map(|lingering| lingering.next_look).min()
    }

    /// The program of a service, over its limit, has ended.
    pub(super) fn lingering_finished(&mut self, index: u32, finished: &Finished, now: Now) {
        let unit = self.units.get_mut(index as usize);
        let Some(lingering) = unit.and_then(|unit| unit.lingering.as_mut()) else { return };
        if lingering.child == Some(finished.id) {
            lingering.has_ended(now.mono);
        }
    }

    /// Looks after the programs over their limits. `true` if something happened.
    pub(super) fn tend_lingering(&mut self, now: Now, world: &mut dyn World) -> bool {
        let mut moved = false;
        for index in std::mem::take(&mut self.lingering) {
            let known = &mut self.units[index as usize].lingering;
            let Some(mut lingering) = known.take_if(|known| known.late()) else { continue };
            let fate = match now.mono < lingering.next_look {
                true => Fate::GoesOn,
                false => self.tend(index, &mut lingering, now, world),
            };
            if let Fate::GoesOn = fate {
                self.units[index as usize].lingering = Some(lingering);
                self.lingering.push(index);
                continue;
            }
            moved = true;
            self.end_of_lingering(index, *lingering, fate, now, world);
        }
        moved
    }

    fn tend(&mut self, index: u32, lingering: &mut Lingering, now: Now, world: &mut dyn World) -> Fate {
        if lingering.ended.is_none() && lingering.child.is_none() {
            self.look_for_program(lingering, now, world);
        }
        if lingering.ended.is_some() {
            return self.look_after_end(index, lingering, now, world);
        }
        if let Some(asked) = lingering.asked {
            let kill_at = asked + TO_END;
            if now.mono >= kill_at + TO_END {
                return Fate::Failed;
            }
            if now.mono >= kill_at && !lingering.killed {
                lingering.killed = true;
                let reach = self.reach(index, lingering, world);
                signal(lingering, reach, KILL, world);
            }
            lingering.next_look = if lingering.killed { kill_at + TO_END } else { kill_at };
        } else if now.mono >= lingering.end_at() {
            let reach = self.reach(index, lingering, world);
            match reach {
                Reach::Nothing => return Fate::Free,
                Reach::Unknown => lingering.next_look = now.mono + LOOK_AGAIN,
                Reach::Itself | Reach::Group => {
                    let limit = crate::config::format::duration(lingering.limit);
                    let text = format!(
                        "{} program still runs after {LIMITS} times its limit of {limit}, it is ended",
                        lingering.kind.word()
                    );
                    self.say(index, Level::Error, &text, world);
                    ask_to_end(lingering, reach, now, world);
                }
            }
        } else {
            lingering.next_look = lingering.end_at();
        }
        if lingering.child.is_none() {
            lingering.next_look = lingering.next_look.min(now.mono + LOOK_AGAIN);
        }
        Fate::GoesOn
    }

    /// One that is not our child: does it still run?
    fn look_for_program(&mut self, lingering: &mut Lingering, now: Now, world: &mut dyn World) {
        let Some(program) = lingering.program else { return lingering.has_ended(now.mono) };
        let facts = world.facts();
        match facts.process_stat(program.pid) {
            Ok(stat) if stat.start == program.start && !stat.zombie => {
                if std::mem::take(&mut lingering.unverified) {
                    let (ticks, per_second) = facts.ticks();
                    let age = Duration::from_secs(ticks.saturating_sub(stat.start) / per_second.max(1));
                    lingering.begun = now.mono.checked_sub(age).unwrap_or(now.mono);
                }
            }
            Err(crate::machine::NoFact::Unreadable(_)) => {}
            Ok(_) | Err(crate::machine::NoFact::Absent) => lingering.has_ended(now.mono),
        }
    }

    /// Its end is known: has its process come or gone?
    fn look_after_end(
        &mut self,
        index: u32,
        lingering: &mut Lingering,
        now: Now,
        world: &mut dyn World,
    ) -> Fate {
        let service = &self.config.services[index as usize];
        if !is_process(service) {
            return if lingering.asked.is_some() { Fate::Failed } else { Fate::Worked };
        }
        let known = lingering.before.filter(|_| !lingering.starts());
        let worked = match look(index, service, known, &mut self.facts, world) {
            Existence::There(found) if lingering.starts() => {
                let again = lingering.kind == Kind::Restart && lingering.asked.is_none();
                again || Some(found) != lingering.before
            }
            Existence::There(found) => lingering.before.is_some_and(|before| before != found),
            Existence::Gone => !lingering.starts(),
            Existence::Pending | Existence::Unknown(_) => false,
        };
        if worked {
            return Fate::Worked;
        }
        let ended = lingering.ended.unwrap_or(now.mono);
        // What was ended brings nothing up any more.
        if lingering.asked.is_some() || now.mono >= ended + GRACE.min(lingering.limit) {
            return Fate::Failed;
        }
        let pause = PAUSES.get(lingering.looks).or(PAUSES.last()).copied().unwrap_or(1000);
        lingering.looks += 1;
        lingering.next_look = now.mono + Duration::from_millis(pause);
        Fate::GoesOn
    }

    fn end_of_lingering(
        &mut self,
        index: u32,
        lingering: Lingering,
        fate: Fate,
        now: Now,
        world: &mut dyn World,
    ) {
        if let Some(child) = lingering.child {
            self.children.retain(|(id, _)| *id != child);
            world.forget_child(child);
        }
        self.unsaved(index);
        let worked = matches!(fate, Fate::Worked);
        let unit = &mut self.units[index as usize];
        if worked && lingering.starts() {
            unit.memory.another_process();
            unit.settling.started(now.mono);
        }
        // The check tells that a process which was missing is there.
        if worked && lingering.kind != Kind::Start {
            self.trouble(index, EventKind::Exec, State::Succeeded, lingering.kind.past(), now, world);
        }
        let closed = self.schedule_forbids(index, now);
        let unit = &mut self.units[index as usize];
        if unit.monitored && !closed && !unit.busy && lingering.then.is_empty() && !self.ending {
            unit.wanted = true;
            self.agenda.look_at(index);
        }
        if worked && !lingering.then.is_empty() && !self.ending {
            self.queue.push_back(Request { wish: Wish::Restart, roots: lingering.then, by_user: false });
        }
        self.answered(index, now.mono);
    }
}

/// The services whose programs outlive their limits.
pub(super) fn late_ones(units: &[Unit]) -> Vec<u32> {
    let late = |unit: &Unit| unit.lingering.as_ref().is_some_and(|known| known.late());
    (0..).zip(units).filter(|(_, unit)| late(unit)).map(|(index, _)| index).collect()
}

/// The number and start of a program that was started.
pub(super) fn identify(child: ChildId, world: &mut dyn World) -> Option<Identity> {
    let pid = world.child_pid(child)?;
    let stat = world.facts().process_stat(pid).ok()?;
    Some(Identity { pid, start: stat.start })
}

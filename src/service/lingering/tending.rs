//! Looking after programs that linger.

use super::ending::{Reach, ask_to_end, signal};
use super::{Fate, GRACE, LIMITS, Lingering, TO_END, Tended};
use crate::config::{EventKind, format};
use crate::event::State;
use crate::log::Level;
use crate::machine::NoFact;
use crate::service::clockwork::schedule_forbids;
use crate::service::kind::Kind;
use crate::service::look::{LOOK_AGAIN, pause};
use crate::service::one::One;
use crate::service::turn::{Note, Turn};
use crate::service::unit::Awaits;
use crate::service::wish::{Request, Wish};
use crate::service_test::Existence;
use crate::sys::process::KILL;
use std::time::Duration;

impl One<'_> {
    /// The job of its program does not wait for it any longer.
    pub(in crate::service) fn let_linger(&mut self, turn: &mut Turn<'_>) {
        let Some(lingering) = &mut self.unit.lingering else { return };
        lingering.is_late();
        turn.note(Note::Lingers(self.index, lingering.child));
        self.unsaved(turn);
    }

    /// Does a program over its limit stand in the way of what its tests ask for? A restart of what is there ends its
    /// start first, so that one does not.
    pub(in crate::service) fn is_held_by_program(&self, there: bool) -> bool {
        let late = self.unit.lingering.as_ref().filter(|lingering| lingering.late());
        late.is_some_and(|lingering| !(lingering.starts() && there))
    }

    /// Looks after its program that is over its limit.
    pub(in crate::service) fn tend_lingering(&mut self, turn: &mut Turn<'_>) -> Tended {
        let Some(mut lingering) = self.unit.lingering.take_if(|known| known.late()) else {
            return Tended::None;
        };
        let fate = match turn.now.mono < lingering.next_look {
            true => Fate::GoesOn,
            false => self.tend(&mut lingering, turn),
        };
        if let Fate::GoesOn = fate {
            self.unit.lingering = Some(lingering);
            return Tended::Lingers;
        }
        self.end_of_lingering(*lingering, fate, turn);
        Tended::Over
    }

    fn tend(&mut self, lingering: &mut Lingering, turn: &mut Turn<'_>) -> Fate {
        let now = turn.now.mono;
        if lingering.ended.is_none() && lingering.child.is_none() {
            look_for_program(lingering, turn);
        }
        if lingering.ended.is_some() {
            return self.look_after_end(lingering, turn);
        }
        if let Some(asked) = lingering.asked {
            let kill_at = asked + TO_END;
            if now >= kill_at + TO_END {
                return Fate::Failed;
            }
            if now >= kill_at && !lingering.killed {
                lingering.killed = true;
                let reach = self.reach(lingering, turn);
                signal(lingering, reach, KILL, turn);
            }
            lingering.next_look = if lingering.killed { kill_at + TO_END } else { kill_at };
        } else if now >= lingering.end_at() {
            match self.reach(lingering, turn) {
                Reach::Nothing => return Fate::Free,
                Reach::Unknown => lingering.next_look = now + LOOK_AGAIN,
                reach @ (Reach::Itself | Reach::Group) => {
                    let (word, limit) = (lingering.kind.word(), format::duration(lingering.limit));
                    let text = format_args!(
                        "{word} program still runs after {LIMITS} times its limit of {limit}, it is ended"
                    );
                    self.say(Level::Error, text, turn);
                    ask_to_end(lingering, reach, turn);
                }
            }
        } else {
            lingering.next_look = lingering.end_at();
        }
        if lingering.child.is_none() {
            lingering.next_look = lingering.next_look.min(now + LOOK_AGAIN);
        }
        Fate::GoesOn
    }

    /// Its end is known: has its process come or gone?
    fn look_after_end(&mut self, lingering: &mut Lingering, turn: &mut Turn<'_>) -> Fate {
        let now = turn.now.mono;
        if !self.is_process() {
            return if lingering.asked.is_some() { Fate::Failed } else { Fate::Worked };
        }
        let known = lingering.before.filter(|_| !lingering.starts());
        let worked = match self.look(known, turn) {
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
        let ended = lingering.ended.unwrap_or(now);
        // What was ended brings nothing up any more.
        if lingering.asked.is_some() || now >= ended + GRACE.min(lingering.limit) {
            return Fate::Failed;
        }
        lingering.next_look = now + pause(lingering.looks);
        lingering.looks += 1;
        Fate::GoesOn
    }

    pub(super) fn end_of_lingering(&mut self, lingering: Lingering, fate: Fate, turn: &mut Turn<'_>) {
        if let Some(child) = lingering.child {
            turn.note(Note::LetGo(child));
            turn.world.forget_child(child);
        }
        self.unsaved(turn);
        let worked = matches!(fate, Fate::Worked);
        if worked && lingering.starts() {
            self.unit.memory.another_process();
            self.unit.settling.started(turn.now.mono);
        }
        // The check tells that a process which was missing is there.
        if worked && lingering.kind != Kind::Start {
            self.trouble(EventKind::Exec, State::Succeeded, lingering.kind.past(), turn);
        }
        let closed = schedule_forbids(self.service, turn.now);
        let wanted = self.unit.monitoring.is_on() && !closed && !self.unit.busy;
        if wanted && lingering.then.is_empty() && !self.is_ending() {
            self.want();
        }
        if worked && !lingering.then.is_empty() && !self.is_ending() {
            let request = Request { wish: Wish::Restart, roots: lingering.then, by_user: false };
            turn.note(Note::Wanted(request));
        }
        self.answered(turn);
    }

    /// What was not known about it may be known now: its check or the job that waits goes on.
    pub(in crate::service) fn answered(&mut self, turn: &mut Turn<'_>) {
        if let Some(flight) = &mut self.unit.flight {
            if let Awaits::Until(_) = flight.awaits {
                flight.awaits = Awaits::More;
            }
        }
        turn.note(Note::Answered(self.index));
    }
}

/// One that is not our child: does it still run?
fn look_for_program(lingering: &mut Lingering, turn: &mut Turn<'_>) {
    let now = turn.now.mono;
    let Some(program) = lingering.program else { return lingering.has_ended(now) };
    let facts = turn.world.facts();
    match facts.process_stat(program.pid) {
        Ok(stat) if stat.start == program.start && !stat.zombie => {
            if std::mem::take(&mut lingering.unverified) {
                let (ticks, per_second) = facts.ticks();
                let age = Duration::from_secs(ticks.saturating_sub(stat.start) / per_second.max(1));
                lingering.begun = now.checked_sub(age).unwrap_or(now);
            }
        }
        Err(NoFact::Unreadable(_)) => {}
        Ok(_) | Err(NoFact::Absent) => lingering.has_ended(now),
    }
}

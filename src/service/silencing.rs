//! Silences at work: what is held back while they last, and what is told when they are over.

use super::calendar::{self, Due};
use super::index::ServiceIndex;
use super::ledger::Receipt;
use super::marks::Marks;
use super::notify::News;
use super::one::One;
use super::services::Services;
use super::silence::{Order, Silence, members};
use super::turn::{Note, Turn};
use super::withheld::Key;
use crate::config::{Action, Maintenance};
use crate::event::{ActionName, State};
use crate::log::Level;
use crate::sys::localtime::{display_local, unix_secs};
use std::fmt;
use std::time::{Duration, Instant};

/// Services of which something is told in a turn, however little time that has.
const IN_A_TURN: usize = 16;
/// Until the outbox is asked again that had no room.
const PAUSE: Duration = Duration::from_secs(1);

/// What became of what those who are told do not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// There is nothing to tell now.
    Nothing,
    /// It is told.
    All,
    /// There was no room for all of it.
    Some,
}

impl One<'_> {
    /// Is this kept from those who are told? What changes a state is remembered until the silence is over.
    pub(super) fn holds_back(&mut self, news: &News<'_>, turn: &mut Turn<'_>) -> bool {
        let silent = self.common.silences.covers(self.index);
        if !silent && self.unit.withheld.is_none() {
            return false;
        }
        let key = news.key();
        let is_change = news.count <= 1;
        let open = self.unit.withheld.as_ref().is_some_and(|withheld| withheld.is_open(key));
        if !silent && !open {
            if let Some(withheld) = self.unit.withheld.as_mut().filter(|_| is_change) {
                withheld.forget(key);
            }
            self.shrink();
            return false;
        }
        if is_change {
            self.common.silences.held_back(self.index);
            turn.note(Note::UnsavedSilence);
            // The silence is over, but not all of it could be told yet.
            self.common.silences.look |= !silent;
            if let Some(fails) = lasting(news.state) {
                let withheld = self.unit.withheld.get_or_insert_default();
                withheld.hold(key, fails, news.action, news.description);
                self.shrink();
            }
        }
        true
    }

    /// Is this action held back? It is made up for if it belongs to a change.
    pub(super) fn holds_action(
        &mut self,
        action: &Action,
        news: &News<'_>,
        is_new: bool,
        turn: &mut Turn<'_>,
    ) -> bool {
        if matches!(action, Action::Alert | Action::Ignore) || !self.common.silences.holds_actions(self.index)
        {
            return false;
        }
        if let (true, Some(fails)) = (is_new, lasting(news.state)) {
            let withheld = self.unit.withheld.get_or_insert_default();
            withheld.owe(news.key(), fails, news.action);
            self.shrink();
        }
        let level = if is_new && news.count <= 1 { Level::Info } else { Level::Debug };
        self.say(
            level,
            format_args!("{} is held back, the service is silenced", ActionName::from(action)),
            turn,
        );
        true
    }

    /// A test has failed once more.
    pub(super) fn lasts(&mut self, key: Key, message: &str, cycles: u32) {
        if let Some(withheld) = &mut self.unit.withheld {
            withheld.lasts(key, message, cycles);
        }
    }

    /// Is an action made up for that was held back when this state began?
    pub(super) fn takes_owed(&mut self, key: Key, state: State) -> bool {
        match (&mut self.unit.withheld, lasting(state)) {
            (Some(withheld), Some(fails)) => withheld.take_owed(key, fails),
            _ => false,
        }
    }

    /// The cycles of a state as those count them who were told late.
    pub(super) fn counted(&self, key: Key, cycles: u32) -> u32 {
        let told = self.unit.withheld.as_ref().and_then(|withheld| withheld.counted_from(key));
        told.map_or(cycles, |told| (cycles + 1).saturating_sub(told).max(1))
    }

    /// Tells what is not known, if the silence is over and there is room for it. What nobody has looked at since the start is
    /// not told yet.
    pub(super) fn tell_withheld(&mut self, turn: &mut Turn<'_>) -> Told {
        let monitoring = self.unit.monitoring;
        self.unit.withheld.iter_mut().for_each(|withheld| withheld.drop_settled());
        self.shrink();
        let Some(withheld) = self.unit.withheld.as_mut().filter(|withheld| withheld.has_news()) else {
            return Told::Nothing;
        };
        let known = monitoring.is_checked() || !monitoring.is_on();
        if !known || self.common.silences.covers(self.index) {
            return Told::Nothing;
        }
        let stories = withheld.tell(turn.world.room());
        let all = !withheld.has_news();
        if withheld.owes() && monitoring.is_on() {
            self.recheck_at(turn.now.mono, None);
        }
        if all && !monitoring.is_on() {
            self.unit.withheld = None;
        }
        self.shrink();
        if !stories.is_empty() {
            self.urgent(turn);
        }
        for story in stories {
            let state = if story.fails { State::Failed } else { State::Succeeded };
            let news = News {
                kind: story.kind,
                test: story.about.test(),
                limit: story.about.limit(),
                state,
                action: story.action,
                description: &story.description,
                evidence: "",
                count: 1,
            };
            let event = self.event(&news, turn);
            turn.world.deliver(event);
        }
        if all { Told::All } else { Told::Some }
    }

    fn shrink(&mut self) {
        if self.unit.withheld.as_ref().is_some_and(|withheld| withheld.is_empty()) {
            self.unit.withheld = None;
        }
    }
}

/// Does the test fail from now on? `None`: it is a change, which does not last.
fn lasting(state: State) -> Option<bool> {
    match state {
        State::Failed => Some(true),
        State::Succeeded => Some(false),
        State::Changed | State::NotChanged => None,
    }
}

impl Services {
    /// All silences that last, in the order in which they began.
    pub fn silences(&self) -> &[Silence] {
        &self.roster.common.silences.list
    }

    /// The number that the next silence will have.
    pub fn next_silence(&self) -> u32 {
        self.roster.common.silences.last.wrapping_add(1).max(1)
    }

    /// May users begin another silence when so many are about to begin? There may be [`Maintenance::MOST`].
    pub fn may_silence(&self, coming: usize) -> bool {
        self.roster.common.silences.has_room(coming)
    }

    /// Alerts of these services are held back from now on.
    pub fn silence(&mut self, order: Order, services: &[ServiceIndex], mut turn: Turn<'_>) -> Receipt {
        let mut marks = Marks::new(self.roster.len());
        services.iter().for_each(|index| marks.set(index.0));
        self.begin_silence(order, marks, None, &mut turn);
        Receipt::new()
    }

    /// These silences are over.
    pub fn unsilence(&mut self, ids: &[u32], mut turn: Turn<'_>) -> Receipt {
        let lifted = self.roster.common.silences.take(|silence| ids.contains(&silence.id));
        self.say_over(&lifted, "is lifted", &mut turn);
        Receipt::new()
    }

    fn begin_silence(
        &mut self,
        order: Order,
        marks: Marks,
        statement: Option<(u64, String)>,
        turn: &mut Turn<'_>,
    ) {
        let (key, place) = statement.map_or((None, None), |(key, place)| (Some(key), Some(place)));
        let silence = self.roster.common.silences.begin(order, marks, key, turn.now);
        let what = match (&*silence.reason, place) {
            (_, Some(place)) => format!(" -- maintenance at {place}"),
            ("", None) => String::new(),
            (reason, None) => format!(" -- {reason}"),
        };
        let hold = if silence.hold_actions { ", actions are held back, too" } else { "" };
        let by = if silence.by.is_empty() { "" } else { " for " };
        let text = format_args!(
            "Silence {} of {} begins{by}{}: {} until {}{hold}{what}",
            silence.id,
            silence.on,
            silence.by,
            Count(silence.count(), "service"),
            display_local(unix_secs(silence.until)),
        );
        // Not on the console of a command that is there for something else.
        turn.world.announce(Level::Info, text);
        self.ledger.silences_unsaved();
    }

    fn say_over(&mut self, silences: &[Silence], how: &str, turn: &mut Turn<'_>) {
        for Silence { id, on, held, .. } in silences {
            let held = Count(*held as usize, "event");
            turn.world.log(Level::Info, format_args!("Silence {id} of {on} {how}: {held} held back"));
            self.ledger.silences_unsaved();
        }
    }

    /// Begins the maintenance that is due.
    pub(super) fn begin_silences(&mut self, turn: &mut Turn<'_>) {
        if std::mem::take(&mut self.roster.common.silences.taken_up) {
            self.lift_orphans(turn);
        }
        let statements = &self.roster.config.settings.maintenance;
        for Due { statement, left } in self.roster.common.calendar.look(statements, turn.now) {
            self.begin_maintenance(statement, left, turn);
        }
    }

    /// Ends what is over, behind the checks of the turn, and tells what is not known.
    pub(super) fn end_silences(&mut self, turn: &mut Turn<'_>) {
        let silences = &self.roster.common.silences;
        if silences.is_empty() && !silences.look && silences.rest.is_none() {
            return;
        }
        let (over, followed) = self.roster.common.silences.end(turn.now);
        self.say_over(&over, "ends", turn);
        if followed {
            self.ledger.silences_unsaved();
        }
        let silences = &mut self.roster.common.silences;
        if std::mem::take(&mut silences.look) {
            // Who has been told has nothing to tell any more.
            silences.rest = Some((0, turn.now.mono));
        }
        if let Some((from, _)) = silences.rest.take_if(|(_, at)| *at <= turn.now.mono) {
            self.tell_from(from, turn);
            self.hand_over(turn);
        }
    }

    /// Tells what is not known of this service and those behind it, as much as a turn and the outbox have room for.
    fn tell_from(&mut self, from: u32, turn: &mut Turn<'_>) {
        let mut told = 0;
        for index in self.roster.all().skip(from as usize) {
            let at = match told >= IN_A_TURN && self.roster.turn_spent(turn) {
                true => turn.now.mono,
                false => match self.roster.one(index).tell_withheld(turn) {
                    Told::Nothing => continue,
                    Told::All => {
                        told += 1;
                        continue;
                    }
                    Told::Some => turn.now.mono + PAUSE,
                },
            };
            self.roster.common.silences.rest = Some((index.0, at));
            return;
        }
    }

    fn begin_maintenance(&mut self, number: usize, left: Duration, turn: &mut Turn<'_>) {
        let config = &self.roster.config;
        let Some(statement) = config.settings.maintenance.get(number) else { return };
        let key = calendar::key(statement);
        let Maintenance { on, hold_actions, place, .. } = statement;
        // Its beginning is to be saved, also when that prolongs what lasts already.
        self.ledger.silences_unsaved();
        if self.roster.common.silences.prolong(key, left, turn.now) {
            return;
        }
        let members = members(on, config, |_| None);
        let place = config.cite(*place);
        let (reason, by) = Default::default();
        let order = Order { on: on.clone(), time: left, reason, by, hold_actions: *hold_actions };
        self.begin_silence(order, members, Some((key, place)), turn);
    }

    /// When a silence begins or ends, at the latest.
    pub(super) fn silence_deadline(&self) -> Option<Instant> {
        let common = &self.roster.common;
        [common.silences.deadline(), common.calendar.deadline()].into_iter().flatten().min()
    }

    /// A new control file is in force. `before`: the numbers that its services had.
    pub(super) fn renew_silences(&mut self, before: &[Option<u32>], turn: &mut Turn<'_>) {
        self.lift_orphans(turn);
        let config = &self.roster.config;
        let common = &mut self.roster.common;
        for silence in &mut common.silences.list {
            let old = std::mem::take(&mut silence.members);
            let known = |index: u32| before.get(index as usize)?.map(|before| old.has(before));
            silence.members = members(&silence.on, config, known);
        }
        // Who is about fewer services has let some go. What is not told yet has other numbers.
        common.silences.look |= !common.silences.is_empty() || common.silences.rest.is_some();
    }

    /// Ends what statements have begun that the control file does not have any more.
    fn lift_orphans(&mut self, turn: &mut Turn<'_>) {
        let statements = &self.roster.config.settings.maintenance;
        let common = &mut self.roster.common;
        common.calendar.renew(statements);
        let keys: Vec<u64> = statements.iter().map(calendar::key).collect();
        let gone = common.silences.take(|silence| silence.statement.is_some_and(|key| !keys.contains(&key)));
        self.say_over(&gone, "is lifted, its statement is gone", turn);
    }
}

/// `1 service`, `2 services`.
struct Count(usize, &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Count(count, what) = self;
        write!(f, "{count} {what}{}", if *count == 1 { "" } else { "s" })
    }
}

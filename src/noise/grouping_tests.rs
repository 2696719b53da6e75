//! Random days of a recipient: every event is in exactly one message or counted in exactly one summary, whatever is refused,
//! whenever the run ends, and however the clock is set; the first event never waits longer than the group.

use super::*;
use crate::config::{
    Alert, Config, Cron, CronField, EventSet, Noise, Place, Service, Settings, Severity, Subject,
};
use crate::event::{Event, State};
use crate::log::Log;
use crate::outbox::tests::{event, flush_at, settings, then};
use crate::outbox::{Destinations, Outbox};
use crate::sys::Scratch;
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

const NAME: &str = "a@x";
const SECOND: Duration = Duration::from_secs(1);

/// A generator of numbers, the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Every second ten minutes.
fn tens() -> Cron {
    let minutes = (0..60u64).filter(|minute| minute / 10 % 2 == 1).fold(0, |set, minute| set | 1 << minute);
    let any = CronField { values: u64::MAX, any: true };
    Cron { text: "".into(), fields: [CronField { values: minutes, any: false }, any, any, any, any] }
}

fn config(group: Option<u64>, limit: Option<u32>, quiet: bool) -> Config {
    let alert = Alert {
        place: Place::default(),
        address: NAME.into(),
        events: EventSet::ALL,
        reminder: 0,
        format: None,
    };
    let noise =
        Noise { group: group.map(Duration::from_secs), limit, quiet: quiet.then(tens), ..Noise::default() };
    let settings = Settings { alerts: vec![alert], noise: vec![noise].into(), ..Settings::default() };
    let mut critical = Service::new("critical", Subject::System);
    critical.severity = Severity::Critical;
    Config { settings: settings.into(), services: vec![critical], ..Config::default() }
}

/// What a receiver does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reply {
    /// Takes it.
    Takes,
    /// Takes it, and the sender does not hear of it.
    TakesUnheard,
    /// Does not take it for now.
    Fails,
    /// Refuses this one for good.
    RefusesIt,
}

/// What a receiver has got or refused for good, and how it went.
#[derive(Default)]
struct Receiver {
    /// Events of groups that were refused.
    apart: BTreeSet<u64>,
    /// The messages by id, with the keys of their events.
    accepted: BTreeMap<(u64, u64), Vec<u64>>,
    times: Vec<(Instant, What)>,
}

/// A recipient, its outbox, and the time.
struct Day {
    config: Config,
    outbox: Outbox,
    log: Log,
    grouping: Grouping,
    destination: Destination,
    now: Instant,
    wall: SystemTime,
    not_before: Option<Instant>,
    receiver: Receiver,
    /// When each event was raised.
    raised: BTreeMap<u64, Instant>,
}

impl Day {
    fn new(config: Config) -> Day {
        let mut outbox = Outbox::new(true);
        let mut log = Log::capture();
        let destination = outbox.enlist(NAME);
        outbox.configure(config.settings.eventqueue.as_ref(), &mut log);
        let grouping = Grouping::new(NAME, destination, "mail");
        let wall = then();
        Day {
            config,
            outbox,
            log,
            grouping,
            destination,
            now: Instant::now(),
            wall,
            not_before: None,
            receiver: Receiver::default(),
            raised: BTreeMap::new(),
        }
    }

    fn raise(&mut self, service: &str, state: State) {
        let event = Event { time: self.wall, state, service_index: None, ..event(service, 1) };
        let owed = Destinations::NONE.with(self.destination);
        self.outbox.push(&event, owed, self.now, &mut self.log);
        self.raised.insert(self.outbox.newest(), self.now);
    }

    /// Gives turns until there is nothing to do at this moment.
    fn turns(&mut self, answer: &mut dyn FnMut() -> Reply) {
        for _ in 0..2000 {
            self.outbox.on_tick(self.now, &mut self.log);
            self.outbox.end_turn();
            let terms = Terms { manner: Manner::Told, not_before: self.not_before };
            let mut desk = Desk {
                config: &self.config,
                outbox: &mut self.outbox,
                log: &mut self.log,
                now: self.now,
                wall: self.wall,
            };
            if let Some(parcel) = self.grouping.turn(terms, &mut desk) {
                assert!(
                    self.grouping.apart.is_empty() || parcel.held_until.is_none(),
                    "only the last says it is the last of the hour"
                );
                // Whoever has it cannot refuse it.
                let reply = match answer() {
                    Reply::RefusesIt if self.receiver.accepted.contains_key(&parcel.name) => Reply::Takes,
                    reply => reply,
                };
                let apart = reply == Reply::RefusesIt && parcel.keys.len() > 1;
                let taken = matches!(reply, Reply::Takes | Reply::TakesUnheard);
                if taken || (reply == Reply::RefusesIt && !apart) {
                    let known = self.receiver.accepted.entry(parcel.name).or_insert_with(|| {
                        // A group taken apart counts as the message that it was.
                        if !self.receiver.apart.contains(&parcel.keys[0]) {
                            self.receiver.times.push((self.now, parcel.what));
                        }
                        parcel.keys.clone()
                    });
                    // What is sent again is of the same events, but for those of which it is known.
                    assert!(parcel.keys.iter().all(|key| known.contains(key)));
                }
                match reply {
                    Reply::RefusesIt if apart => {
                        self.receiver.times.push((self.now, parcel.what));
                        self.receiver.apart.extend(&parcel.keys);
                        self.grouping.take_apart(parcel.keys, self.now);
                    }
                    Reply::RefusesIt => self.grouping.settled(parcel.keys, Ending::Lost, self.now),
                    Reply::Takes => self.grouping.settled(parcel.keys, Ending::Arrived, self.now),
                    Reply::TakesUnheard | Reply::Fails => {
                        self.not_before = Some(self.now + SECOND * 2);
                        self.grouping.put_off(self.now);
                    }
                }
            } else if self.grouping.wake().is_none_or(|at| at > self.now) {
                match self.grouping.work {
                    Work::Securing(..) => self.flush(),
                    _ => return,
                }
            }
        }
        panic!("it never comes to rest");
    }

    fn flush(&mut self) {
        let now = self.now;
        flush_at(&mut self.outbox, || now, &mut self.log);
    }

    fn pass(&mut self, time: Duration) {
        self.flush();
        self.now += time;
        self.wall += time;
    }

    /// The daemon is killed, and another one takes up what is in the folder.
    fn restart(&mut self) {
        self.flush();
        let day = Day::new(self.config.clone());
        (self.outbox, self.grouping, self.destination) = (day.outbox, day.grouping, day.destination);
        self.not_before = None;
    }

    /// Everything that was raised is in exactly one message.
    fn check(&self, seed: u64) {
        let mut told: BTreeMap<u64, u32> = BTreeMap::new();
        for keys in self.receiver.accepted.values() {
            keys.iter().for_each(|key| *told.entry(*key).or_default() += 1);
        }
        let raised: Vec<u64> = self.raised.keys().copied().collect();
        assert_eq!(told.keys().copied().collect::<Vec<_>>(), raised, "seed {seed}");
        assert!(told.values().all(|times| *times == 1), "seed {seed}: {told:?}");
        assert_eq!(self.outbox.waiting(self.destination), 0, "seed {seed}");
    }
}

/// One day: events, refusals, lost acknowledgements, jumps of the clock, and restarts if `folder` is there.
fn day(seed: u64, folder: Option<&std::path::Path>) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let group = [None, Some(1), Some(10), Some(60)][dice.below(4) as usize];
    let limit = [None, Some(1), Some(3), Some(20)][dice.below(4) as usize];
    let mut config = config(group, limit, dice.below(2) == 0);
    config.settings.eventqueue = folder.map(|folder| settings(folder, None));
    let mut day = Day::new(config);
    let steps = if folder.is_some() { 25 } else { 120 };
    for _ in 0..steps {
        for _ in 0..[0, 0, 1, 2, 30][dice.below(5) as usize] {
            let service =
                if dice.below(4) == 0 { "critical".to_owned() } else { format!("s{}", dice.below(9)) };
            let state = [State::Failed, State::Succeeded, State::Changed][dice.below(3) as usize];
            day.raise(&service, state);
        }
        let bad = dice.below(4) == 0;
        day.turns(&mut || match (bad, dice.below(8)) {
            (true, 0..4) => Reply::TakesUnheard,
            (true, _) => Reply::Fails,
            (false, 0) => Reply::RefusesIt,
            (false, _) => Reply::Takes,
        });
        if folder.is_some() && dice.below(5) == 0 {
            day.restart();
        }
        day.pass(SECOND * [1, 5, 30, 400][dice.below(4) as usize]);
        if dice.below(15) == 0 {
            day.wall += SECOND * 7200;
        } else if dice.below(15) == 0 {
            day.wall -= SECOND * 3600;
        }
    }
    for _ in 0..200 {
        day.turns(&mut || Reply::Takes);
        day.pass(SECOND * 60);
    }
    day.check(seed);
    if let (Some(limit), None) = (limit, folder) {
        for (at, _) in &day.receiver.times {
            let hour =
                day.receiver.times.iter().filter(|(other, _)| *other >= *at && *other < *at + SECOND * 3600);
            // An hour begins with its first message, so that any 3600 seconds touch two of them.
            assert!(hour.count() <= 2 * limit as usize, "seed {seed}");
        }
    }
}

#[test]
fn every_event_is_in_one_message_or_in_one_summary() {
    for seed in 1..80 {
        day(seed, None);
    }
}

#[test]
fn so_it_is_when_the_daemon_is_killed() {
    if crate::sys::ran_alone() {
        return;
    }
    for seed in 1..25 {
        let folder = Scratch::new();
        day(seed, Some(&folder));
    }
}

#[test]
fn the_first_event_waits_no_longer_than_the_group_however_the_clock_is_set() {
    for seed in 1..50u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut day = Day::new(config(Some(10), None, false));
        for _ in 0..40 {
            if dice.below(3) == 0 {
                day.raise("web", State::Failed);
            }
            day.turns(&mut || Reply::Takes);
            day.pass(SECOND);
            match dice.below(12) {
                0 => day.wall += SECOND * 86_400,
                1 => day.wall -= SECOND * 86_400,
                _ => {}
            }
            let told: Vec<u64> = day.receiver.accepted.values().flatten().copied().collect();
            for (key, at) in &day.raised {
                assert!(told.contains(key) || day.now <= *at + SECOND * 11, "seed {seed}");
            }
        }
    }
}

#[test]
fn five_hundred_failures_of_one_moment_are_one_message() {
    let mut day = Day::new(config(Some(10), Some(2), false));
    (0..500).for_each(|number| day.raise(&format!("s{number}"), State::Failed));
    for _ in 0..10 {
        day.turns(&mut || Reply::Takes);
        assert!(day.receiver.accepted.is_empty());
        day.pass(SECOND);
    }
    day.turns(&mut || Reply::Takes);
    let sizes = |day: &Day| day.receiver.accepted.values().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(sizes(&day), [500]);
    // They recover one after the other: one more message, and a summary when the hour is over.
    for number in 0..500 {
        day.raise(&format!("s{number}"), State::Succeeded);
        day.pass(SECOND * 5);
        day.turns(&mut || Reply::Takes);
    }
    day.pass(SECOND * 3600);
    day.turns(&mut || Reply::Takes);
    let whats: Vec<What> = day.receiver.times.iter().map(|(_, what)| *what).collect();
    assert_eq!(whats, [What::News, What::News, What::Summary]);
    assert_eq!(sizes(&day).iter().sum::<usize>(), 1000);
}

/// One message an hour; it has gone, and two events are held.
fn limit_reached(folder: &Scratch) -> Day {
    let mut config = config(Some(1), Some(1), false);
    config.settings.eventqueue = Some(settings(folder, None));
    let mut day = Day::new(config);
    for _ in 0..3 {
        day.raise("web", State::Failed);
        day.pass(SECOND * 2);
        day.turns(&mut || Reply::Takes);
    }
    assert_eq!(day.receiver.accepted.len(), 1);
    day
}

#[test]
fn an_hour_whose_messages_are_used_up_goes_on_behind_a_restart() {
    if crate::sys::ran_alone() {
        return;
    }
    let folder = Scratch::new();
    let mut day = limit_reached(&folder);
    day.restart();
    for _ in 0..58 {
        day.pass(SECOND * 60);
        day.turns(&mut || Reply::Takes);
        assert_eq!(day.receiver.accepted.len(), 1);
    }
    day.pass(SECOND * 180);
    day.turns(&mut || Reply::Takes);
    assert_eq!(day.receiver.accepted.len(), 2);
    day.check(0);
}

#[test]
fn so_does_one_that_is_used_up_by_the_first_of_several() {
    if crate::sys::ran_alone() {
        return;
    }
    let folder = Scratch::new();
    let mut config = config(None, Some(1), false);
    config.settings.eventqueue = Some(settings(&folder, None));
    let mut day = Day::new(config);
    (0..3).for_each(|number| day.raise(&format!("s{number}"), State::Failed));
    day.turns(&mut || Reply::Takes);
    for _ in 0..2 {
        day.restart();
        day.pass(SECOND * 60);
        day.turns(&mut || Reply::Takes);
        assert_eq!(day.receiver.accepted.len(), 1, "the others are held, and another run knows");
    }
    day.pass(SECOND * 3600);
    day.turns(&mut || Reply::Takes);
    day.check(0);
}

#[test]
fn a_larger_limit_after_a_restart_lets_go_what_the_smaller_one_held() {
    if crate::sys::ran_alone() {
        return;
    }
    let folder = Scratch::new();
    let mut day = limit_reached(&folder);
    let rules: &mut [Noise] = &mut day.config.settings.noise;
    rules[0].limit = Some(2);
    day.restart();
    day.turns(&mut || Reply::Takes);
    assert_eq!(day.receiver.accepted.len(), 2);
    // Those two were all of this hour.
    day.raise("web", State::Failed);
    day.pass(SECOND * 60);
    day.turns(&mut || Reply::Takes);
    assert_eq!(day.receiver.accepted.len(), 2);
}

#[test]
fn what_is_critical_waits_for_the_end_of_its_hour_and_not_of_quiet_hours() {
    let mut config = config(None, Some(1), true);
    let quiet = config.settings.noise[0].quiet.as_mut().unwrap();
    quiet.fields[0] = CronField { values: u64::MAX, any: true };
    let mut day = Day::new(config);
    for service in ["critical", "web", "critical", "critical"] {
        day.raise(service, State::Failed);
        day.turns(&mut || Reply::Takes);
        day.pass(SECOND);
    }
    assert_eq!(day.receiver.times.len(), 1);
    day.pass(SECOND * 3600);
    day.turns(&mut || Reply::Takes);
    let keys: Vec<&Vec<u64>> = day.receiver.accepted.values().collect();
    let raised: Vec<u64> = day.raised.keys().copied().collect();
    assert_eq!(keys, [&raised[..1], &raised[2..]], "those that only the limit held, in one message");
}

#[test]
fn nobody_hurries_because_another_destination_is_dead() {
    let mut day = Day::new(config(None, None, true));
    day.config.settings.noise[0].quiet.as_mut().unwrap().fields[0] =
        CronField { values: u64::MAX, any: true };
    let dead = day.outbox.enlist("dead");
    let owed = |day: &mut Day, who| {
        let event = Event { time: day.wall, ..event("web", 1) };
        day.outbox.push(&event, Destinations::NONE.with(who), day.now, &mut day.log);
    };
    while !day.outbox.is_crowded() {
        owed(&mut day, dead);
    }
    let here = day.destination;
    owed(&mut day, here);
    day.turns(&mut || Reply::Takes);
    assert_eq!(day.receiver.times.len(), 0);
    // Its own share crowds the outbox.
    while day.outbox.waiting(dead) > 0 {
        let key = day.outbox.next_after(dead, None).unwrap();
        day.outbox.done(dead, key, &mut day.log);
        owed(&mut day, here);
    }
    day.turns(&mut || Reply::Takes);
    assert!(!day.receiver.times.is_empty());
}

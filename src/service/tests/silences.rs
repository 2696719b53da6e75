//! Silences: what is held back, what is told when they are over, and what outlives the monitor.

use super::super::fake::cases;
use super::super::{Order, Silence};
use super::*;
use crate::config::{Alert, Covered, EventSet, Maintenance, Place};
use crate::event::Event;
use proptest::prelude::*;

pub(super) const MINUTE: Duration = Duration::from_secs(60);

pub(super) fn order(pattern: &str, time: Duration) -> Order {
    let (on, by) = (Covered::Pattern(pattern.into()), "admin".into());
    Order { on, time, reason: "why".into(), by, hold_actions: false }
}

impl Stage {
    pub(super) fn silence(&mut self, order: Order) -> u32 {
        let services = self.services.find(order.on.text());
        let id = self.services.next_silence();
        let _ = self.services.silence(order, &services, Turn::new(self.world.now, &mut self.world));
        id
    }

    pub(super) fn unsilence(&mut self, id: u32) {
        let _ = self.services.unsilence(&[id], Turn::new(self.world.now, &mut self.world));
    }

    /// States told of a service, changes and reminders.
    pub(super) fn heard(&self, name: &str) -> Vec<State> {
        self.world.events.iter().filter(|event| &*event.service == name).map(|event| event.state).collect()
    }

    pub(super) fn log_has(&self, text: &str) -> bool {
        self.world.log.iter().any(|(_, line)| line.contains(text))
    }
}

fn with_reminder(reminder: u32) -> Service {
    let mut service = file("f", Action::Alert);
    service.alerts = vec![Alert {
        place: Place::default(),
        address: "a@b".into(),
        events: EventSet::ALL,
        reminder,
        format: None,
    }]
    .into();
    service
}

#[test]
fn what_lasts_beyond_the_end_is_told_once_and_its_recovery_as_usual() {
    let mut stage = watched(file("f", Action::Alert));
    stage.cycles(2);
    stage.silence(order("f", 10 * MINUTE));
    stage.world.file("/f", 20);
    stage.cycles(5);
    assert_eq!(stage.status("f"), "Size failed", "checks go on and are shown");
    assert_eq!(stage.heard("f"), []);
    stage.run(10 * MINUTE);
    assert_eq!(stage.heard("f"), [State::Failed]);
    assert!(stage.world.events[0].description.contains("size"), "{:?}", stage.world.events);
    stage.cycles(10);
    assert_eq!(stage.heard("f"), [State::Failed]);
    stage.world.file("/f", 1);
    stage.cycles(2);
    assert_eq!(stage.heard("f"), [State::Failed, State::Succeeded]);
    assert!(stage.services.roster.units[0].withheld.is_none());
    for line in [
        "Silence 1 of 'f' begins for admin: 1 service until",
        " -- why",
        "Silence 1 of 'f' ends: 1 event held back",
    ] {
        assert!(stage.log_has(line), "{line}: {:?}", stage.world.log);
    }
}

#[test]
fn what_failed_and_recovered_meanwhile_is_not_told() {
    let mut stage = watched(file("f", Action::Alert));
    stage.cycles(2);
    stage.silence(order("f", 5 * MINUTE));
    for size in [20, 1, 30, 1] {
        stage.world.file("/f", size);
        stage.cycles(2);
    }
    stage.run(10 * MINUTE);
    assert_eq!(stage.heard("f"), []);
    assert!(stage.log_has("ends: 4 events held back"));
}

#[test]
fn what_failed_before_is_not_told_again_but_its_recovery_is_told_at_the_end() {
    let mut stage = watched(file("f", Action::Alert));
    stage.world.file("/f", 20);
    stage.cycles(2);
    stage.silence(order("f", 5 * MINUTE));
    stage.cycles(2);
    stage.unsilence(1);
    stage.cycles(2);
    assert_eq!(stage.heard("f"), [State::Failed]);
    assert!(stage.log_has("Silence 1 of 'f' is lifted: 0 events held back"));
    stage.silence(order("f", 5 * MINUTE));
    stage.world.file("/f", 1);
    stage.cycles(2);
    assert_eq!(stage.heard("f"), [State::Failed]);
    stage.run(10 * MINUTE);
    assert_eq!(stage.heard("f"), [State::Failed, State::Succeeded]);
}

#[test]
fn a_reminder_does_not_double_what_is_told_late() {
    let mut world = Fake::default();
    world.file("/f", 1);
    let mut stage = Stage::new(config(vec![with_reminder(3)], &[]), world);
    stage.cycles(2);
    stage.silence(order("f", MINUTE));
    stage.world.file("/f", 20);
    stage.cycles(5);
    assert_eq!(stage.heard("f"), []);
    stage.run(11 * SECOND);
    let counts: Vec<u32> = stage.world.events.iter().map(|event: &Event| event.count).collect();
    assert_eq!(counts, [1], "told");
    stage.cycles(6);
    let counts: Vec<u32> = stage.world.events.iter().map(|event| event.count).collect();
    assert_eq!(counts, [1, 3, 6], "and reminders count from there");
}

#[test]
fn a_service_is_silent_while_one_of_its_silences_lasts() {
    let mut stage = watched(file("f", Action::Alert));
    stage.cycles(2);
    stage.silence(order("f", MINUTE));
    stage.silence(order(".*", 5 * MINUTE));
    stage.world.file("/f", 20);
    stage.run(2 * MINUTE);
    assert_eq!(stage.heard("f"), []);
    let view = stage.services.view(stage.index("f"));
    assert_eq!(view.silence.map(|silence| silence.id), Some(2));
    stage.run(5 * MINUTE);
    assert_eq!(stage.heard("f"), [State::Failed]);
    assert!(stage.services.view(stage.index("f")).silence.is_none());
}

#[test]
fn actions_are_held_where_that_is_wanted_and_made_up_for_afterwards() {
    let mut service = file("f", Action::Exec(Box::new(Exec { command: command("tell", 5), repeat: 0 })));
    service.tests[1].recovery = Action::Alert;
    let mut stage = watched(service);
    stage.world.script("tell", Script::exits(0));
    stage.cycles(2);
    stage.silence(order("f", MINUTE));
    stage.world.file("/f", 20);
    stage.cycles(2);
    assert_eq!(stage.world.calls, ["tell"], "alerts alone are held");
    stage.world.file("/f", 1);
    stage.run(2 * MINUTE);
    stage.silence(Order { hold_actions: true, ..order("f", MINUTE) });
    stage.world.file("/f", 20);
    stage.cycles(3);
    assert_eq!(stage.world.calls, ["tell"]);
    stage.run(2 * MINUTE);
    assert_eq!(stage.world.calls, ["tell", "tell"], "once");
    assert_eq!(stage.heard("f"), [State::Failed]);
}

#[test]
fn a_process_that_ends_is_started_after_the_silence_that_holds_actions() {
    let mut stage = one(process("p"));
    stage.cycles(2);
    stage.world.calls.clear();
    stage.silence(Order { hold_actions: true, ..order("p", MINUTE) });
    stage.world.kill("p");
    stage.cycles(4);
    assert!(stage.world.calls.is_empty(), "{:?}", stage.world.calls);
    assert_eq!(stage.status("p"), "Does not exist");
    stage.run(MINUTE);
    assert_eq!(stage.world.calls, ["start p"]);
    assert_eq!(stage.world.told("p").first(), Some(&"Does not exist"));
}

#[test]
fn that_a_test_has_ended_the_monitoring_is_told_although_nothing_fails_any_more() {
    let mut stage = watched(file("f", Action::Unmonitor));
    stage.cycles(2);
    stage.silence(order("f", MINUTE));
    stage.world.file("/f", 20);
    stage.cycles(3);
    assert_eq!(stage.status("f"), "Not monitored");
    stage.kill_the_monitor();
    stage.run(2 * MINUTE);
    assert_eq!(stage.heard("f"), [State::Failed]);
    // Who has ended it himself knows.
    let mut stage = watched(file("f", Action::Alert));
    stage.cycles(2);
    stage.silence(order("f", MINUTE));
    stage.world.file("/f", 20);
    stage.cycles(2);
    stage.ask(UserAction::Unmonitor, &["f"]);
    stage.run(2 * MINUTE);
    assert_eq!(stage.heard("f"), []);
}

#[test]
fn silences_outlive_the_monitor_and_a_clock_that_is_set() {
    let mut stage = watched(file("f", Action::Alert));
    stage.cycles(2);
    stage.silence(Order { hold_actions: true, ..order("f", 10 * MINUTE) });
    stage.silence(order("f", MINUTE));
    stage.world.file("/f", 20);
    stage.cycles(2);
    let show = |stage: &Stage| -> Vec<(u32, String, String, bool, u32)> {
        let of = |silence: &Silence| {
            let Silence { id, on, reason, by, hold_actions, held, .. } = silence;
            (*id, on.to_string(), format!("{reason} {by}"), *hold_actions, *held)
        };
        stage.services.silences().iter().map(of).collect()
    };
    let before = show(&stage);
    let both = [(1, true), (2, false)];
    assert_eq!(before, both.map(|(id, hold)| (id, "'f'".into(), "why admin".into(), hold, 1)));
    stage.kill_the_monitor();
    assert_eq!(show(&stage), before);
    for forward in [true, false] {
        let day = Duration::from_secs(86_400);
        stage.world.now.wall =
            if forward { stage.world.now.wall + day } else { stage.world.now.wall - 3 * day };
        stage.cycles(1);
        let until = stage.services.silences()[0].until;
        let left = until.duration_since(stage.world.now.wall).expect("to come");
        assert!(left > 8 * MINUTE && left < 10 * MINUTE, "{left:?}");
    }
    stage.run(2 * MINUTE);
    assert_eq!(show(&stage).len(), 1);
    // Over while no monitor ran: told when it has looked.
    let saved = stage.services.saved();
    stage.world.now.mono += 20 * MINUTE;
    stage.world.now.wall += 20 * MINUTE;
    stage.services =
        Services::new(stage.services.config().clone(), Some(saved), Some("boot-1".into()), stage.world.now);
    assert_eq!(stage.heard("f"), []);
    stage.cycles(2);
    assert_eq!(stage.heard("f"), [State::Failed]);
    assert_eq!(stage.silence(order("f", MINUTE)), 3, "no number twice");
    // After the machine was started anew the time of day says what is left.
    let saved = stage.services.saved();
    stage.world.now.mono += 5 * SECOND;
    stage.world.now.wall += 40 * SECOND;
    let config = stage.services.config().clone();
    stage.services = Services::new(config, Some(saved), Some("boot-2".into()), stage.world.now);
    stage.run(15 * SECOND);
    assert_eq!(stage.services.silences().len(), 1);
    stage.run(10 * SECOND);
    assert_eq!(stage.services.silences().len(), 0);
}

#[test]
fn a_reload_finds_the_services_anew() {
    let mut world = Fake::default();
    ["/f", "/f2", "/g"].into_iter().for_each(|path| world.file(path, 1));
    let alert = |name| file(name, Action::Alert);
    let mut stage = Stage::new(config(vec![alert("f"), alert("g")], &[]), world);
    stage.cycles(2);
    stage.silence(order("f.*", 10 * MINUTE));
    ["/f", "/f2", "/g"].into_iter().for_each(|path| stage.world.file(path, 20));
    stage.cycles(1);
    let mut changed = alert("f");
    changed.tests.insert(1, test(Condition::Size(Operator::Greater, 5), Action::Alert));
    stage.reload(config(vec![alert("g"), alert("f2"), changed], &[]));
    stage.cycles(3);
    assert_eq!(
        (stage.heard("f"), stage.heard("f2"), stage.heard("g")),
        (vec![], vec![], vec![State::Failed])
    );
    stage.unsilence(1);
    stage.cycles(1);
    assert_eq!((stage.heard("f").len(), stage.heard("f2").len()), (2, 1));
}

/// At that minute of each hour.
pub(super) fn maintenance(minute: u32, time: Duration, on: Covered) -> Maintenance {
    let begins = *cron(&format!("{minute} * * * *"));
    Maintenance { place: Place::default(), begins, time, on, hold_actions: false }
}

/// 17 minutes and 19 seconds before the full hour, UTC.
#[test]
fn maintenance_begins_and_ends_by_the_wall() {
    let mut world = Fake::default();
    world.file("/f", 1);
    let mut config = config(vec![file("f", Action::Alert)], &[]);
    let minute = |stage: &Stage, ahead: i64| {
        let seconds = stage.world.now.unix_secs();
        let local = crate::sys::localtime::local(seconds);
        ((seconds + i64::from(local.utc_offset_secs)) / 60 + ahead).rem_euclid(60) as u32
    };
    let stage = Stage::new(config.clone(), Fake::default());
    let on = Covered::Pattern("f".into());
    config.settings.maintenance = vec![maintenance(minute(&stage, 2), 4 * MINUTE, on.clone())];
    let mut stage = Stage::new(config.clone(), world);
    stage.run(MINUTE);
    assert!(stage.services.silences().is_empty());
    stage.run(MINUTE);
    assert_eq!(stage.services.silences().len(), 1);
    stage.world.file("/f", 20);
    stage.run(MINUTE);
    assert_eq!(stage.heard("f"), []);
    stage.kill_the_monitor();
    stage.run(SECOND);
    assert_eq!(stage.services.silences().len(), 1, "it goes on, and not twice");
    stage.run(4 * MINUTE);
    assert!(stage.services.silences().is_empty());
    assert_eq!(stage.heard("f"), [State::Failed]);
    // A monitor that begins in the midst of it keeps to it, but not to one that was lifted.
    config.settings.maintenance = vec![maintenance(minute(&stage, -2), 4 * MINUTE, on)];
    stage.reload(config.clone());
    stage.run(SECOND);
    let silence = stage.services.silences()[0].clone();
    let left = silence.until.duration_since(stage.world.now.wall).expect("to come");
    assert!(left > MINUTE && left <= 2 * MINUTE, "{left:?}");
    stage.unsilence(silence.id);
    stage.run(SECOND);
    stage.kill_the_monitor();
    stage.run(SECOND);
    assert!(stage.services.silences().is_empty());
    // It is over when the clock says so, too.
    stage.run(Duration::from_secs(3600));
    stage.run(30 * SECOND);
    let again = minute(&stage, 1);
    config.settings.maintenance[0] = maintenance(again, 10 * MINUTE, Covered::Pattern(".*".into()));
    stage.reload(config);
    stage.run(2 * MINUTE);
    assert_eq!(stage.services.silences().len(), 1);
    stage.world.now.wall += 20 * MINUTE;
    stage.run(MINUTE);
    assert!(stage.services.silences().is_empty());
}

/// What happens to a watched file and to its monitor.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Good,
    Bad,
    Pass(u8),
    Silence(u8),
    Lift,
    Kill,
    Reload,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Good),
        3 => Just(Fate::Bad),
        6 => (1u8..60).prop_map(Fate::Pass),
        3 => (1u8..120).prop_map(Fate::Silence),
        1 => Just(Fate::Lift),
        1 => Just(Fate::Kill),
        1 => Just(Fate::Reload),
    ]
}

proptest! {
    #![proptest_config(cases(300, 2000))]

    /// Who is told hears of each change once, of nothing in a silence, and knows what is so when none lasts.
    #[test]
    fn those_who_are_told_know_what_is_so(fates in prop::collection::vec(fate(), 1..40), rate in 1u8..4, reminder in 0u32..4) {
        let mut world = Fake::default();
        world.file("/f", 1);
        let mut service = with_reminder(reminder);
        service.tests[1].rate = Rate { count: rate, cycles: rate };
        let mut stage = Stage::new(config(vec![service], &[]), world);
        let mut heard = 0;
        let mut believed = false;
        let mut since = std::time::UNIX_EPOCH;
        for fate in fates {
            let silent = !stage.services.silences().is_empty();
            match fate {
                Fate::Good => stage.world.file("/f", 1),
                Fate::Bad => stage.world.file("/f", 20),
                Fate::Pass(seconds) => stage.run(SECOND * seconds.into()),
                Fate::Silence(seconds) => {
                    stage.silence(order("f", SECOND * seconds.into()));
                }
                Fate::Lift => {
                    let first = stage.services.silences().first().map(|silence| silence.id);
                    first.into_iter().for_each(|id| stage.unsilence(id));
                }
                Fate::Kill => stage.kill_the_monitor(),
                Fate::Reload => {
                    let config = stage.services.config().clone();
                    stage.reload(config);
                }
            }
            let still_silent = !stage.services.silences().is_empty();
            for event in &stage.world.events[heard..] {
                prop_assert!(!(silent && still_silent), "told in a silence: {:?}", event);
                let fails = event.state == State::Failed;
                if event.count > 1 {
                    prop_assert!(believed && fails, "a reminder of nothing: {:?}", event);
                    prop_assert!(event.time > since, "a reminder at once: {:?}", event);
                } else {
                    prop_assert!(believed != fails, "told twice: {:?}", event);
                    (believed, since) = (fails, event.time);
                }
            }
            heard = stage.world.events.len();
        }
        stage.run(3 * MINUTE);
        stage.world.events[heard..].iter().filter(|event| event.count == 1).for_each(|event| {
            assert_ne!(believed, event.state == State::Failed, "told twice");
            believed = event.state == State::Failed;
        });
        prop_assert!(stage.services.silences().is_empty());
        prop_assert_eq!(believed, stage.status("f") == "Size failed");
    }
}

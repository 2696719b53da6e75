//! The rules of events and actions, as an executable specification of a page, held against the engine in random lives.
//!
//! One file with up to four size tests: any action and else-action, `for N cycles` and `X times within Y cycles`, `repeat`,
//! passive mode. Meanwhile the file grows and shrinks, users give commands at any moment, control files are reloaded
//! with tests added, removed and in another order, and the monitor is killed and comes back with what its state file
//! knew. After a start, stop or restart of ours tests count anew, the look right after it is no cycle, and what is good
//! within a cycle after it ends no incident. The specification keeps plain lists of results and knows nothing of how the engine does it.

use super::fake::{Fake, Script, Stage, cases, command, config, file, test};
use super::{SavedState, Services, Turn, UserAction};
use crate::config::{Action, Condition, Config, EventKind, Exec, Mode, Operator, Rate};
use crate::event::State;
use proptest::prelude::*;
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);
/// Sizes the file can have; a rule's limit lies between two of them.
const SIZES: u64 = 4;

/// What a test does when it fails, or recovers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Alert,
    Exec { repeat: u32 },
    Start,
    Restart,
    Unmonitor,
    Stop,
}

impl Deed {
    fn word(self) -> &'static str {
        match self {
            Deed::Alert => "alert",
            Deed::Exec { .. } => "exec",
            Deed::Start => "start",
            Deed::Restart => "restart",
            Deed::Unmonitor => "unmonitor",
            Deed::Stop => "stop",
        }
    }
}

/// One test. The number makes it another test than one with the same rest, and names its programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rule {
    number: usize,
    limit: u64,
    rate: (u8, u8),
    recovery: (u8, u8),
    then: Deed,
    otherwise: Deed,
}

/// What is known of a test.
#[derive(Debug, Clone, Default)]
struct Known {
    failing: bool,
    /// Results since the last change of that, or since something was done; oldest first, `true` is bad.
    results: Vec<bool>,
    /// Something was done, and it has not failed often enough since.
    anew: bool,
    /// Cycles since then.
    age: u32,
}

/// The specification: what a user knows of the service.
#[derive(Debug, Clone)]
struct Model {
    rules: Vec<Rule>,
    known: Vec<Known>,
    passive: bool,
    monitored: bool,
    /// When it was last started, and whether no cycle has come since.
    started: Option<Instant>,
    early: bool,
    /// What must have been told (`+` failed, `-` recovered, with the action), run and answered, in order.
    story: Vec<String>,
}

impl Model {
    fn new(rules: &[Rule], passive: bool) -> Model {
        let known = vec![Known::default(); rules.len()];
        Model {
            rules: rules.to_vec(),
            known,
            passive,
            monitored: true,
            started: None,
            early: false,
            story: Vec::new(),
        }
    }

    fn forget(&mut self) {
        self.known.iter_mut().for_each(|known| *known = Known::default());
    }

    /// A cycle.
    fn cycle(&mut self, size: u64, now: Instant) {
        if self.monitored {
            self.early = false;
            self.look(size, now);
        }
    }

    /// The service is looked at while its file has this size.
    fn look(&mut self, size: u64, now: Instant) {
        if !self.monitored {
            return;
        }
        let settled = self.started.is_none_or(|started| now - started >= 10 * SECOND);
        let mut wishes = Vec::new();
        // Size tests run from the last of the file to the first.
        for (rule, known) in self.rules.iter().zip(&mut self.known).rev() {
            let bad = size > rule.limit;
            let trouble = known.failing || known.results.contains(&true);
            if bad && self.early || !bad && !settled && trouble {
                continue;
            }
            known.results.push(bad);
            known.age += 1;
            let (needed, of) = if known.failing { rule.recovery } else { rule.rate };
            let last = known.results.iter().rev().take(of.into());
            let enough = last.filter(|result| **result != known.failing).count() >= needed.into();
            let turns = bad != known.failing && enough;
            let deed = if bad { rule.then } else { rule.otherwise };
            let deed = match deed {
                Deed::Start | Deed::Stop | Deed::Restart if self.passive => Deed::Alert,
                deed => deed,
            };
            let often = known.results.iter().rev().take(rule.rate.1.into()).filter(|bad| **bad).count();
            let anew = known.anew && often < rule.rate.0.into();
            known.anew = anew;
            if turns {
                *known = Known { failing: bad, age: 1, ..Known::default() };
                self.story.push(format!("{}{}", if bad { '+' } else { '-' }, deed.word()));
            }
            let still = bad && known.failing && !turns && !anew;
            match deed {
                Deed::Exec { repeat } if turns || still && repeat > 0 && known.age % repeat == 0 => {
                    self.story.push(format!("run {} {}", rule.number, if bad { "bad" } else { "good" }));
                }
                Deed::Start if turns || still => wishes.push(1),
                Deed::Restart if turns || still => wishes.push(2),
                Deed::Unmonitor if turns => wishes.push(3),
                Deed::Stop if turns => wishes.push(4),
                _ => {}
            }
        }
        match wishes.into_iter().max() {
            Some(1) => self.act(&["start f"], now),
            Some(2) => self.act(&["stop f", "start f"], now),
            Some(3) => self.off(),
            Some(4) => {
                self.act(&["stop f"], now);
                self.off();
            }
            _ => {}
        }
    }

    fn act(&mut self, programs: &[&str], now: Instant) {
        self.story.extend(programs.iter().map(|program| (*program).to_owned()));
        for known in &mut self.known {
            known.results.clear();
            known.anew = known.failing;
        }
        if programs.contains(&"start f") {
            (self.started, self.early) = (Some(now), true);
        }
    }

    fn off(&mut self) {
        (self.started, self.early) = (None, false);
        self.monitored = false;
        self.forget();
    }

    fn user(&mut self, action: UserAction, size: u64, now: Instant) {
        match action {
            UserAction::Start => self.act(&["start f"], now),
            UserAction::Stop => self.act(&["stop f"], now),
            UserAction::Restart => self.act(&["stop f", "start f"], now),
            UserAction::Monitor | UserAction::Unmonitor | UserAction::Beat => {}
        }
        if matches!(action, UserAction::Stop | UserAction::Unmonitor) {
            self.off();
        } else if !self.monitored {
            self.forget();
            self.monitored = true;
        }
        self.story.push("answered".to_owned());
        // Who asked sees what became of it.
        self.look(size, now);
    }

    fn reload(&mut self, rules: &[Rule], size: u64, now: Instant) {
        let known = rules.iter().map(|rule| {
            let before = self.rules.iter().position(|old| old == rule);
            before.and_then(|at| self.known.get(at)).cloned().unwrap_or_default()
        });
        self.known = known.collect();
        self.rules = rules.to_vec();
        self.cycle(size, now);
    }
}

fn deed(deed: Deed, word: &str, number: usize) -> Action {
    match deed {
        Deed::Alert => Action::Alert,
        Deed::Start => Action::Start,
        Deed::Restart => Action::Restart,
        Deed::Unmonitor => Action::Unmonitor,
        Deed::Stop => Action::Stop,
        Deed::Exec { repeat } => {
            Action::Exec(Box::new(Exec { command: command(&format!("run {number} {word}"), 5), repeat }))
        }
    }
}

fn configuration(rules: &[Rule], passive: bool) -> Config {
    let mut service = file("f", Action::Alert);
    service.tests.truncate(1);
    service.start = Some(Box::new(command("start f", 5)));
    service.stop = Some(Box::new(command("stop f", 5)));
    service.mode = if passive { Mode::Passive } else { Mode::Active };
    for rule in rules {
        // The number is in the limit, so that no two rules are the same test.
        let limit = rule.limit * 100 + rule.number as u64;
        let condition = Condition::Size(Operator::Greater, limit);
        let mut made = test(condition, deed(rule.then, "bad", rule.number));
        made.recovery = deed(rule.otherwise, "good", rule.number);
        let rate = |(count, cycles): (u8, u8)| Rate { count, cycles };
        (made.rate, made.recovery_rate) = (rate(rule.rate), rate(rule.recovery));
        service.tests.push(made);
    }
    config(vec![service], &[])
}

#[derive(Debug, Clone)]
enum Happening {
    /// The file has this size from now on, for so many cycles.
    Cycles(u64, u8),
    Ask(UserAction),
    /// Which of the rules, in which order.
    Reload(Vec<usize>),
    /// The monitor dies, and another one begins with what is on the disk.
    Kill,
    Wake,
}

fn rate() -> impl Strategy<Value = (u8, u8)> {
    (1u8..4, 0u8..3).prop_map(|(count, more)| (count, count + more))
}

fn any_deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => Just(Deed::Alert),
        4 => (0u32..4).prop_map(|repeat| Deed::Exec { repeat }),
        1 => Just(Deed::Start),
        1 => Just(Deed::Restart),
        1 => Just(Deed::Unmonitor),
        1 => Just(Deed::Stop),
    ]
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let rule = (0..SIZES - 1, rate(), rate(), any_deed(), any_deed());
    prop::collection::vec(rule, 1..5).prop_map(|rules| {
        let made = rules.into_iter().enumerate().map(|(number, (limit, rate, recovery, then, otherwise))| {
            Rule { number, limit, rate, recovery, then, otherwise }
        });
        made.collect()
    })
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening as H;
    let action = prop_oneof![
        Just(UserAction::Start),
        Just(UserAction::Stop),
        Just(UserAction::Restart),
        Just(UserAction::Monitor),
        Just(UserAction::Unmonitor)
    ];
    prop_oneof![
        12 => (0..SIZES, 1u8..6).prop_map(|(size, cycles)| H::Cycles(size, cycles)),
        2 => action.prop_map(H::Ask),
        1 => prop::collection::vec(0usize..4, 0..4).prop_map(H::Reload),
        1 => Just(H::Kill),
        1 => Just(H::Wake),
    ]
}

/// The engine with its disk.
struct Life {
    stage: Stage,
    disk: SavedState,
    model: Model,
    /// The model when the disk was written.
    written: Model,
    size: u64,
}

impl Life {
    /// Lets the engine do what is due, and writes the disk as the daemon does.
    fn run(&mut self, time: Duration) {
        self.stage.run(time);
        if self.stage.services.dirty() {
            self.disk = self.stage.services.saved();
            self.written = self.model.clone();
        }
    }

    /// What the engine told and did since the last time, without what is not of this page.
    fn story(&mut self) -> Vec<String> {
        let world = &mut self.stage.world;
        let mut story = Vec::new();
        // First what was told, then what was called, each in its order.
        for event in world.events.drain(..).filter(|event| &*event.service == "f" && event.count <= 1) {
            match (event.kind, event.state) {
                (EventKind::Action, _) => story.push("answered".to_owned()),
                (EventKind::Size, state) => {
                    let sign = if state == State::Failed { '+' } else { '-' };
                    story.push(format!("{sign}{}", event.action.word()));
                }
                (kind, state) => story.push(format!("{kind:?} {state:?}")),
            }
        }
        world.moments.clear();
        story.append(&mut world.calls);
        story
    }

    fn expected(&mut self) -> Vec<String> {
        let (told, called): (Vec<String>, Vec<String>) =
            self.model.story.drain(..).partition(|line| line.starts_with(['+', '-']) || line == "answered");
        told.into_iter().chain(called).collect()
    }

    fn happen(&mut self, what: &Happening, rules: &[Rule]) {
        let now = |stage: &Stage| stage.world.now;
        let mono = self.stage.world.now.mono;
        match what {
            Happening::Cycles(size, cycles) => {
                self.size = *size;
                self.stage.world.file("/f", file_size(*size));
                for _ in 0..*cycles {
                    // Each cycle is written by itself, so that a kill finds the disk of its moment.
                    let next = self.stage.services.deadline().map_or(mono, |next| next.max(mono));
                    self.model.cycle(self.size, next);
                    self.run(10 * SECOND);
                }
            }
            Happening::Ask(action) => {
                self.model.user(*action, self.size, mono);
                self.stage.ask(*action, &["f"]);
                self.run(Duration::from_millis(1));
            }
            Happening::Wake => {
                self.model.cycle(self.size, mono);
                self.stage.services.wake();
                self.run(Duration::from_millis(1));
            }
            Happening::Reload(order) => {
                let mut chosen: Vec<Rule> = Vec::new();
                for rule in order.iter().filter_map(|at| rules.get(*at)) {
                    if !chosen.contains(rule) {
                        chosen.push(*rule);
                    }
                }
                self.model.reload(&chosen, self.size, mono);
                let moment = now(&self.stage);
                let again = configuration(&chosen, self.model.passive);
                self.stage.services.reload(again, Turn::new(moment, &mut self.stage.world));
                self.run(Duration::from_millis(1));
            }
            Happening::Kill => {
                let again = self.stage.services.config().clone();
                let (rules, moment) = (self.model.rules.clone(), now(&self.stage));
                self.stage.services =
                    Services::new(again, Some(self.disk.clone()), Some("boot-1".into()), moment);
                let mut model = Model { started: None, early: false, ..self.written.clone() };
                model.story.clear();
                // A control file that was reloaded after the last write is the one in force.
                if model.rules != rules {
                    let monitored = std::mem::replace(&mut model.monitored, false);
                    model.reload(&rules, self.size, mono);
                    model.monitored = monitored;
                }
                self.model = model;
                self.model.cycle(self.size, mono);
                self.run(Duration::from_millis(1));
            }
        }
    }
}

/// A size that is above the limits of all rules below it, whatever their number.
fn file_size(size: u64) -> u64 {
    size * 100
}

proptest! {
    #![proptest_config(cases(400, 8192))]

    #[test]
    fn the_engine_does_what_the_rules_say(
        rules in rules(),
        passive in prop::bool::weighted(0.2),
        life in prop::collection::vec(happening(), 1..50),
    ) {
        let mut world = Fake::default();
        world.file("/f", file_size(0));
        for program in ["start f", "stop f"] {
            world.script(program, Script::exits(0));
        }
        let mut stage = Stage::new(configuration(&rules, passive), world);
        let model = Model::new(&rules, passive);
        let disk = stage.services.saved();
        // The first cycle, and a little more: what happens comes between the cycles.
        stage.run(SECOND);
        let mut life_of = Life { stage, disk, written: model.clone(), model, size: 0 };
        life_of.model.cycle(0, life_of.stage.world.now.mono);
        life_of.run(SECOND);
        for (at, what) in life.iter().enumerate() {
            life_of.happen(what, &rules);
            let (found, expected) = (life_of.story(), life_of.expected());
            prop_assert_eq!(found, expected, "happening {}: {:?}", at, what);
            let monitored = life_of.stage.status("f") != "Not monitored";
            prop_assert_eq!(monitored, life_of.model.monitored, "happening {}: {:?}", at, what);
            let failing = life_of.model.known.iter().any(|known| known.failing || known.results.last() == Some(&true));
            let shown = life_of.stage.status("f");
            if monitored {
                prop_assert_eq!(shown == "OK", !failing, "happening {}: shown {}", at, shown);
            }
        }
        prop_assert!(life_of.stage.services.idle());
    }
}

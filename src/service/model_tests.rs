//! Random lives of random trees of services, faults included, held against a short specification.
//!
//! Services have their traits: their end is watched, they may be missing for two cycles, their restarts have limits, a
//! program runs when they are missing. Whatever happens: one copy of each process at most, and one program for each at
//! most, however long it takes and whoever is killed meanwhile; no start before what it
//! needs; each incident told once and its end once; each request answered; and once the faults are over, everything
//! monitored runs. The rules of events are [`super::rules_model_tests`]' part. `MONIT_MODEL_CASES`
//! sets the number of lives (a few hundred service-cycles each); with `--nocapture` the service-cycles are counted.

use super::fake::{Fake, Script, Stage, cases, command, config, process};
use super::{SavedState, Services, Turn, UserAction};
use crate::config::{Action, Config, EventKind, Exec, ExitWatch, Rate, RestartLimit};
use crate::event::State;
use crate::log::Level;
use proptest::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const NAMES: [&str; 6] = ["s0", "s1", "s2", "s3", "s4", "s5"];
const SECOND: Duration = Duration::from_secs(1);

/// Cycles of services so far.
static LIVED: AtomicU64 = AtomicU64::new(0);

/// Counts a part of a life, and says so at every million.
fn count_cycles(services: &Services) {
    let cycles = services.cycles() * u64::from(services.len());
    let before = LIVED.fetch_add(cycles, Ordering::Relaxed);
    if before / 1_000_000 != (before + cycles) / 1_000_000 {
        println!("{} service-cycles", before + cycles);
    }
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    /// The start program fails.
    NoStart,
    /// It hangs.
    HangingStart,
    /// The process comes up late.
    LateStart,
    /// The stop program fails.
    NoStop,
    /// The stop takes its time.
    SlowStop,
    /// Both take longer than their limit, and less than three of them.
    Slow,
    /// The same, the start in vain.
    SlowAndVain,
}

#[derive(Debug, Clone)]
enum Happening {
    Pass(u8),
    Kill(usize),
    Ask(UserAction, usize),
    Break(usize, Fault),
    Mend(usize),
    /// A control file with other traits, and in another order.
    Reload(Vec<u8>),
    RestartOfTheMonitor,
    /// It is killed while it has nothing to do, and comes back with what is on the disk.
    Kill9,
    Wake,
}

/// Its end is watched.
const WATCHED: u8 = 1;
/// It is missing when it has been so for two cycles.
const PATIENT: u8 = 2;
/// Three restarts within six cycles are told.
const COUNTED: u8 = 4;
/// Four restarts within eight cycles are enough.
const LIMITED: u8 = 8;
/// A program runs when it is missing, and none brings it back.
const TOLD: u8 = 16;

fn traits() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec((any::<u8>(), any::<u8>()).prop_map(|(a, b)| a & b & 31), NAMES.len())
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
    let fault = prop_oneof![
        Just(Fault::NoStart),
        Just(Fault::HangingStart),
        Just(Fault::LateStart),
        Just(Fault::NoStop),
        Just(Fault::SlowStop),
        Just(Fault::Slow),
        Just(Fault::SlowAndVain)
    ];
    let name = 0..NAMES.len();
    prop_oneof![
        6 => (1u8..30).prop_map(H::Pass),
        3 => name.clone().prop_map(H::Kill),
        4 => (action, name.clone()).prop_map(|(action, name)| H::Ask(action, name)),
        2 => (name.clone(), fault).prop_map(|(name, fault)| H::Break(name, fault)),
        2 => name.prop_map(H::Mend),
        1 => traits().prop_map(H::Reload),
        1 => Just(H::RestartOfTheMonitor),
        1 => Just(H::Kill9),
        1 => Just(H::Wake),
    ]
}

/// For each service the earlier ones it depends on, as bits.
fn tree() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), NAMES.len()).prop_map(|bits| {
        bits.iter().enumerate().map(|(at, bits)| bits & (bits >> 3) & ((1 << at) - 1)).collect()
    })
}

fn bases(tree: &[u8], at: usize) -> Vec<usize> {
    (0..NAMES.len()).filter(|base| tree[at] >> base & 1 == 1).collect()
}

/// Control files with odd sums of traits are written the other way round.
fn configuration(tree: &[u8], traits: &[u8]) -> Config {
    // Written with the dependants first, so that the order of the file is not the order of the tree.
    let mut services: Vec<_> = NAMES.iter().rev().map(|name| process(name)).collect();
    for (service, traits) in services.iter_mut().zip(traits.iter().rev()) {
        let has = |which: u8| traits & which != 0;
        service.exitwatch = has(WATCHED).then_some(ExitWatch { on: true, delay: SECOND / 2 });
        let limit =
            |restarts, cycles, action| RestartLimit { place: Default::default(), restarts, cycles, action };
        service.restart_limits.extend(has(COUNTED).then(|| limit(3, 6, Action::Alert)));
        service.restart_limits.extend(has(LIMITED).then(|| limit(4, 8, Action::Unmonitor)));
        if let Some(missing) = service.tests.first_mut() {
            if has(PATIENT) {
                missing.rate = Rate { count: 2, cycles: 2 };
            }
            if has(TOLD) {
                missing.then = Action::Exec(Box::new(Exec { command: command("tell", 5), repeat: 2 }));
            }
        }
    }
    if traits.iter().map(|traits| u32::from(*traits)).sum::<u32>() % 2 == 1 {
        services.reverse();
    }
    let mut depends = Vec::new();
    for (at, name) in NAMES.iter().enumerate() {
        depends.extend(bases(tree, at).into_iter().map(|base| (*name, NAMES[base])));
    }
    config(services, &depends)
}

fn world(tree: &[u8]) -> Fake {
    let mut world = Fake::default();
    world.watching = true;
    for (at, name) in NAMES.iter().enumerate() {
        world.obedient(name);
        world.needs.insert(name, bases(tree, at).into_iter().map(|base| NAMES[base]).collect());
    }
    world
}

fn break_it(world: &mut Fake, name: &'static str, fault: Fault) {
    let (start, stop) = (format!("start {name}"), format!("stop {name}"));
    match fault {
        Fault::NoStart => world.script(&start, Script { stderr: "no", ..Script::exits(1) }),
        Fault::HangingStart => world.script(&start, Script::hangs()),
        Fault::LateStart => {
            let spawns = Some((name, 3 * SECOND));
            world.script(&start, Script { spawns, takes: Some(3 * SECOND), ..Script::default() });
        }
        Fault::NoStop => world.script(&stop, Script::exits(1)),
        Fault::Slow | Fault::SlowAndVain => {
            let takes = Some(8 * SECOND);
            let spawns = matches!(fault, Fault::Slow).then_some((name, 8 * SECOND));
            world.script(&start, Script { spawns, takes, in_group: true, ..Script::default() });
            world.script(&stop, Script { kills: Some((name, 7 * SECOND)), takes, ..Script::default() });
        }
        Fault::SlowStop => {
            let kills = Some((name, 2 * SECOND));
            world.script(&stop, Script { kills, takes: Some(2 * SECOND), ..Script::default() });
        }
    }
}

/// Everything but the services themselves.
struct Around {
    tree: Vec<u8>,
    traits: Vec<u8>,
    /// Who was asked for what.
    asked: Vec<(usize, UserAction)>,
    disk: SavedState,
}

fn happen(stage: &mut Stage, what: Happening, around: &mut Around) {
    match what {
        Happening::Pass(seconds) => stage.run(Duration::from_secs(seconds.into())),
        Happening::Kill9 if stage.services.idle() => {
            let config = stage.services.config().clone();
            count_cycles(&stage.services);
            let disk = Some(around.disk.clone());
            stage.services = Services::new(config, disk, Some("boot-1".into()), stage.world.now);
            stage.world.forget_watches();
        }
        Happening::Kill9 => {}
        Happening::Kill(at) => stage.world.kill(NAMES[at]),
        Happening::Ask(action, at) => {
            stage.ask(action, &[NAMES[at]]);
            around.asked.push((at, action));
        }
        Happening::Break(at, fault) => break_it(&mut stage.world, NAMES[at], fault),
        Happening::Mend(at) => stage.world.obedient(NAMES[at]),
        Happening::Reload(traits) => {
            // Other tests are other incidents.
            let of_tests = PATIENT | TOLD;
            for ((name, old), new) in NAMES.iter().zip(&around.traits).zip(&traits) {
                if (old ^ new) & of_tests != 0 {
                    stage.world.log.push((Level::Debug, format!("'{name}' monitoring disabled")));
                }
            }
            let config = configuration(&around.tree, &traits);
            stage.reload(config);
            around.traits = traits;
        }
        Happening::RestartOfTheMonitor => {
            // What is being done for users ends with the monitor, so let it end first.
            stage.run(120 * SECOND);
            let saved = stage.services.saved();
            let config = stage.services.config().clone();
            stage.services.shutdown(Turn::new(stage.world.now, &mut stage.world));
            count_cycles(&stage.services);
            stage.services = Services::new(config, Some(saved), Some("boot-1".into()), stage.world.now);
        }
        Happening::Wake => stage.services.wake(),
    }
    if stage.services.dirty() {
        around.disk = stage.services.saved();
    }
}

/// Who was asked for something else than the time before has been answered each time.
fn answered(stage: &Stage, asked: &[(usize, UserAction)]) -> Result<(), TestCaseError> {
    for (at, name) in NAMES.iter().enumerate() {
        let actions: Vec<UserAction> =
            asked.iter().filter(|(who, _)| *who == at).map(|(_, action)| *action).collect();
        let mut distinct = actions.clone();
        distinct.dedup();
        let answers = stage.world.events.iter();
        let answers = answers.filter(|e| e.kind == EventKind::Action && &*e.service == *name).count();
        prop_assert!(
            (distinct.len()..=actions.len()).contains(&answers),
            "{name}: {answers} answers to {actions:?}"
        );
    }
    Ok(())
}

/// Incidents of one service begin and end in turn, but that monitoring switched off and on begins anew.
fn told_in_turn(stage: &Stage, name: &str) -> Result<(), TestCaseError> {
    let world = &stage.world;
    let off = format!("'{name}' monitoring disabled");
    let mut open: Option<usize> = None;
    for (event, moment) in
        world.events.iter().zip(&world.moments).filter(|(event, _)| &*event.service == name)
    {
        match (event.kind, event.state) {
            (EventKind::NonExist, State::Failed) => {
                let anew = |since: usize| world.log[since..*moment].iter().any(|(_, line)| *line == off);
                prop_assert!(open.is_none_or(anew), "{name}: told twice: {:?}", world.told(name));
                open = Some(*moment);
            }
            (EventKind::NonExist, State::Succeeded) => {
                prop_assert!(
                    open.take().is_some(),
                    "{name}: an end without a beginning: {:?}",
                    world.told(name)
                );
            }
            _ => {}
        }
    }
    Ok(())
}

/// What the status shows is what was told last: no begin and no end of an incident was kept quiet.
fn told_as_shown(stage: &Stage, name: &str) -> Result<(), TestCaseError> {
    let world = &stage.world;
    let off = format!("'{name}' monitoring disabled");
    let mut told = world.events.iter().zip(&world.moments).rev();
    let last = told.find(|(event, _)| &*event.service == name && event.kind == EventKind::NonExist);
    let open = last.is_some_and(|(event, moment)| {
        event.state == State::Failed && !world.log[*moment..].iter().any(|(_, line)| *line == off)
    });
    let status = stage.status(name);
    if status.contains("Does not exist") {
        prop_assert!(open, "{name} is {status}, told: {:?}", world.told(name));
    } else if status == "OK" {
        prop_assert!(!open, "{name} is OK, told: {:?}", world.told(name));
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(300, 4096))]

    #[test]
    fn whatever_happens_the_promises_hold(
        tree in tree(),
        traits in traits(),
        life in prop::collection::vec(happening(), 1..60),
        late in prop::option::of(16u32..60),
    ) {
        let mut stage = Stage::new(configuration(&tree, &traits), world(&tree));
        stage.world.late_after = late;
        let disk = stage.services.saved();
        let mut around = Around { tree: tree.clone(), traits, asked: Vec::new(), disk };
        for what in life {
            happen(&mut stage, what, &mut around);
            prop_assert!(stage.world.doubled.is_empty(), "two copies of {:?}", stage.world.doubled);
            prop_assert!(stage.world.early.is_empty(), "{:?}", stage.world.early);
            prop_assert!(stage.world.beside.is_empty(), "{:?}", stage.world.beside);
            for (name, traits) in NAMES.into_iter().zip(&around.traits) {
                // What is missing for one cycle shows before it is told.
                if traits & PATIENT == 0 {
                    told_as_shown(&stage, name)?;
                }
            }
        }
        for name in NAMES {
            stage.world.obedient(name);
        }
        stage.run(200 * SECOND);
        for (name, traits) in NAMES.into_iter().zip(&around.traits) {
            // Nobody but a user brings these back.
            if traits & TOLD != 0 && !stage.world.runs(name) {
                stage.world.spawn(name);
            }
        }
        stage.run(200 * SECOND);
        count_cycles(&stage.services);
        prop_assert!(stage.services.idle(), "something never ends");
        prop_assert!(stage.world.doubled.is_empty(), "two copies of {:?}", stage.world.doubled);
        prop_assert!(stage.world.early.is_empty(), "{:?}", stage.world.early);
        answered(&stage, &around.asked)?;
        for name in NAMES {
            told_in_turn(&stage, name)?;
            told_as_shown(&stage, name)?;
            let status = stage.status(name);
            prop_assert!(
                status == "Not monitored" || status == "OK" && stage.world.runs(name)
                    || unmonitored_base(&stage, &tree, name),
                "{name} is {status}, {}", stage.world.runs(name)
            );
        }
    }

    /// One request to a machine at rest, against what the words of the rules say.
    #[test]
    fn one_request_does_what_the_rules_say(
        tree in tree(),
        stopped in prop::collection::vec(0..NAMES.len(), 0..3),
        action in prop_oneof![Just(UserAction::Start), Just(UserAction::Stop), Just(UserAction::Restart)],
        roots in prop::collection::vec(0..NAMES.len(), 1..4),
    ) {
        let mut stage = Stage::new(configuration(&tree, &[0; 6]), world(&tree));
        stage.cycles(8);
        for at in stopped {
            stage.ask(UserAction::Stop, &[NAMES[at]]);
            stage.run(SECOND);
        }
        let was: Vec<bool> = NAMES.iter().map(|name| stage.world.runs(name)).collect();
        stage.world.calls.clear();
        let names: Vec<&str> = roots.iter().map(|at| NAMES[*at]).collect();
        stage.ask(action, &names);
        stage.run(SECOND);
        let (down, up) = specification(&tree, &roots, action, &was);
        let position = |call: String| stage.world.calls.iter().position(|known| *known == call);
        prop_assert_eq!(stage.world.calls.len(), down.len() + up.len(), "{:?}", stage.world.calls);
        for at in &down {
            let mine = position(format!("stop {}", NAMES[*at]));
            prop_assert!(mine.is_some(), "{} is not stopped: {:?}", NAMES[*at], stage.world.calls);
            for base in bases(&tree, *at) {
                let in_order = !down.contains(&base) || mine < position(format!("stop {}", NAMES[base]));
                prop_assert!(in_order, "{:?}", stage.world.calls);
            }
        }
        for at in &up {
            let mine = position(format!("start {}", NAMES[*at]));
            prop_assert!(mine.is_some(), "{} is not started: {:?}", NAMES[*at], stage.world.calls);
            for base in bases(&tree, *at) {
                let in_order = !up.contains(&base) || position(format!("start {}", NAMES[base])) < mine;
                prop_assert!(in_order, "{:?}", stage.world.calls);
            }
        }
    }
}

/// A service whose base nobody looks after is not looked after either.
fn unmonitored_base(stage: &Stage, tree: &[u8], name: &str) -> bool {
    let at = NAMES.iter().position(|known| *known == name).unwrap_or(0);
    bases(tree, at).into_iter().any(|base| {
        stage.status(NAMES[base]) == "Not monitored" || unmonitored_base(stage, tree, NAMES[base])
    })
}

/// Which processes are stopped and which are started.
fn specification(tree: &[u8], roots: &[usize], action: UserAction, was: &[bool]) -> (Vec<usize>, Vec<usize>) {
    let all = || 0..NAMES.len();
    let above = |at: usize| -> Vec<usize> {
        close(at, &|at| all().filter(|up| bases(tree, *up).contains(&at)).collect())
    };
    let below = |at: usize| -> Vec<usize> { close(at, &|at| bases(tree, at)) };
    let named = |at: &usize| roots.contains(at);
    let hit = |at: &usize| roots.iter().any(|root| above(*root).contains(at));
    let needed = |at: &usize| roots.iter().any(|root| below(*root).contains(at));
    let down: Vec<usize> = match action {
        UserAction::Stop | UserAction::Restart => {
            all().filter(|at| was[*at] && (named(at) || hit(at))).collect()
        }
        _ => Vec::new(),
    };
    let up = match action {
        UserAction::Start => all().filter(|at| !was[*at] && (named(at) || needed(at))).collect(),
        UserAction::Restart => {
            all().filter(|at| down.contains(at) || !was[*at] && (named(at) || needed(at))).collect()
        }
        _ => Vec::new(),
    };
    (down, up)
}

/// Everything reachable from `at`, itself excluded.
fn close(at: usize, next: &dyn Fn(usize) -> Vec<usize>) -> Vec<usize> {
    let mut found = Vec::new();
    let mut open = next(at);
    while let Some(at) = open.pop() {
        if !found.contains(&at) {
            found.push(at);
            open.extend(next(at));
        }
    }
    found
}

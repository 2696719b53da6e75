//! What stays over reloads, restarts of the monitor and boots.

use super::*;

#[test]
fn onreboot_goes_by_the_boot_and_by_nothing_else() {
    let after = |onreboot: OnReboot, was: bool, boot: &str| {
        let mut service = process("p");
        service.onreboot = onreboot;
        let mut stage = one(service.clone());
        stage.services.roster.units[0].monitoring = Monitoring::begun(was);
        let saved = stage.services.saved();
        let services =
            Services::new(config(vec![service], &[]), Some(saved), Some(boot.into()), stage.world.now);
        services.view(ServiceIndex(0)).monitor != MonitorState::Not
    };
    for onreboot in [OnReboot::Start, OnReboot::NoStart, OnReboot::LastState] {
        assert!(after(onreboot, true, "boot-1"), "{onreboot:?}: kept within a boot");
        assert!(!after(onreboot, false, "boot-1"), "{onreboot:?}: kept within a boot");
    }
    assert!(after(OnReboot::Start, false, "boot-2"));
    assert!(!after(OnReboot::NoStart, true, "boot-2"));
    assert!(!after(OnReboot::LastState, false, "boot-2"));
    assert!(after(OnReboot::LastState, true, "boot-2"));
}

#[test]
fn an_incident_told_before_a_restart_of_the_monitor_is_not_told_again() {
    let mut stage = watched(file("f", Action::Alert));
    stage.world.file("/f", 20);
    stage.cycles(3);
    assert_eq!(stage.world.count("f", State::Failed), 1);
    let saved = stage.services.saved();
    let config: Config = stage.services.config().clone();
    stage.services = Services::new(config, Some(saved), Some("boot-1".into()), stage.world.now);
    stage.cycles(3);
    assert_eq!(stage.world.count("f", State::Failed), 1);
    stage.world.file("/f", 1);
    stage.cycles(3);
    assert_eq!(stage.world.count("f", State::Succeeded), 1);
}

#[test]
fn a_reload_keeps_what_did_not_change() {
    let counted = |name: &str| {
        let mut service = file(name, Action::Alert);
        service.tests[1].rate = Rate { count: 3, cycles: 3 };
        service
    };
    let mut world = Fake::default();
    world.obedient("p");
    world.file("/f", 20);
    world.file("/g", 20);
    let mut stage = Stage::new(config(vec![counted("f"), counted("g"), process("p")], &[]), world);
    stage.cycles(2);
    stage.ask(UserAction::Unmonitor, &["p"]);
    let mut changed = counted("g");
    changed.tests[1].rate = Rate { count: 4, cycles: 4 };
    let mut new = config(vec![process("p"), counted("f"), changed, file("h", Action::Alert)], &[]);
    new.services[1].tests[1].place.line = 99;
    stage.reload(new);
    stage.run(SECOND);
    assert_eq!(stage.world.count("f", State::Failed), 1, "the third result in a row, counters kept");
    assert_eq!(stage.world.count("g", State::Failed), 0, "another test, another count");
    assert_eq!(stage.world.told("h"), ["Does not exist"], "new services are looked at at once");
    assert_eq!(stage.status("p"), "Not monitored");
    assert_eq!(stage.world.calls, ["start p"]);
    stage.cycles(3);
    assert_eq!(stage.world.count("f", State::Failed), 1, "told once");
    stage.reload(config(vec![], &[]));
    stage.cycles(1);
    assert_eq!(stage.services.len(), 1);
}

#[test]
fn a_reload_does_not_end_what_is_being_done() {
    let mut stage = one(process("p"));
    stage.world.script(
        "start p",
        Script { spawns: Some(("p", 3 * SECOND)), takes: Some(3 * SECOND), ..Script::default() },
    );
    stage.run(SECOND);
    let again = config(vec![file("f", Action::Alert), process("p")], &[]);
    stage.reload(again);
    stage.run(15 * SECOND);
    assert_eq!(stage.world.calls, ["start p"]);
    assert!(stage.world.doubled.is_empty());
    assert_eq!(stage.status("p"), "OK");
}

#[test]
fn the_state_file_is_due_when_something_changed_and_only_then() {
    let mut stage = one(process("p"));
    assert!(stage.services.dirty(), "the boot is new");
    stage.cycles(3);
    stage.services.dirty();
    stage.cycles(5);
    assert!(!stage.services.dirty());
    stage.ask(UserAction::Unmonitor, &["p"]);
    assert!(stage.services.dirty(), "at once");
    let saved: SavedState = stage.services.saved();
    assert!(!saved.services[0].monitored);
}

#[test]
fn patterns_find_whole_names() {
    let stage = Stage::new(config(vec![process("p1"), process("p2"), process("P10")], &[]), Fake::default());
    assert_eq!(stage.services.find("p[12]"), [0, 1].map(ServiceIndex));
    assert_eq!(stage.services.find("P1"), [ServiceIndex(0)]);
    assert_eq!(stage.services.find("p1.*"), [0, 2].map(ServiceIndex));
    assert!(stage.services.find("p(").is_empty());
}

#[test]
fn a_further_service_costs_little_memory() {
    let unit = size_of::<super::super::unit::Unit>();
    assert!(unit <= 400, "{unit} bytes for each service, beside its configuration and readings");
    assert!(size_of::<crate::event::TestState>() <= 16);
}

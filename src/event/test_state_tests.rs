use super::*;

const ONCE: Rate = Rate { count: 1, cycles: 1 };

/// What is told over a row of results: `F` failed, `S` recovered, `C` changed, `.` nothing.
fn told(results: &str, rate: Rate, recovery: Rate) -> String {
    let mut state = TestState::default();
    results
        .chars()
        .map(|c| {
            let result = match c {
                '1' => State::Failed,
                '0' => State::Succeeded,
                'c' => State::Changed,
                _ => State::NotChanged,
            };
            match state.observe(result, rate, recovery).change {
                Some(State::Failed) => 'F',
                Some(State::Succeeded) => 'S',
                Some(State::Changed) => 'C',
                Some(State::NotChanged) => 'N',
                None => '.',
            }
        })
        .collect()
}

fn rate(count: u8, cycles: u8) -> Rate {
    Rate { count, cycles }
}

#[test]
fn each_change_is_told_once_and_the_first_good_result_not_at_all() {
    assert_eq!(told("0011100", ONCE, ONCE), "..F..S.");
    assert_eq!(told("1100", ONCE, ONCE), "F.S.");
}

#[test]
fn for_n_cycles_needs_them_in_a_row() {
    assert_eq!(told("11011011100", rate(3, 3), ONCE), "........FS.");
}

#[test]
fn times_within_forgets_what_was_before_a_recovery() {
    assert_eq!(told("1010101011", rate(3, 5), ONCE), "....FS...F");
}

#[test]
fn recovery_has_its_own_rate_and_does_not_count_results_it_never_saw() {
    assert_eq!(told("111000", rate(3, 3), rate(2, 2)), "..F.S.");
    assert_eq!(told("1010100", ONCE, rate(2, 2)), "F.....S");
}

#[test]
fn after_something_was_done_results_count_anew_and_nothing_is_told_twice() {
    let three = rate(3, 3);
    let mut state = TestState::default();
    let see = |state: &mut TestState, result| {
        let t = state.observe(result, three, ONCE);
        (t.change.is_some(), t.again, t.severity)
    };
    for round in 0..3 {
        let told = round == 0;
        assert_eq!(see(&mut state, State::Failed), (false, false, Severity::Warning), "{round}");
        assert_eq!(see(&mut state, State::Failed), (false, false, Severity::Warning), "{round}");
        assert_eq!(see(&mut state, State::Failed), (told, !told, Severity::Error), "{round}");
        assert!(state.failed() && state.stands());
        // What was done may have failed: until it is done again it is asked for in every cycle.
        assert_eq!(see(&mut state, State::Failed), (false, true, Severity::Error), "{round}");
        state.begin_anew();
        assert!(state.failed() && !state.stands(), "open, but perhaps mended");
        assert_eq!(TestState::parse(&state.save()), Some(state));
    }
    assert_eq!(see(&mut state, State::Failed), (false, false, Severity::Warning));
    assert_eq!(
        see(&mut state, State::Succeeded),
        (true, false, Severity::Info),
        "one good result is the end"
    );
    assert_eq!(see(&mut state, State::Failed), (false, false, Severity::Warning));
    state.begin_anew();
    assert_eq!(state.count(), 2, "the age stays");
    assert_eq!(see(&mut state, State::Failed), (false, false, Severity::Warning), "not two in a row");
}

#[test]
fn sixty_four_cycles_work() {
    let results = "1".repeat(64);
    assert_eq!(told(&results, rate(64, 64), ONCE), ".".repeat(63) + "F");
}

#[test]
fn every_change_is_told_and_the_end_of_changes() {
    assert_eq!(told("nccncn", ONCE, ONCE), ".CCNCN");
    assert_eq!(told("cccncc", rate(2, 2), ONCE), ".CCN.C");
    assert_eq!(told("ccnc", rate(2, 3), ONCE), ".CN.");
}

#[test]
fn log_levels_are_warning_before_and_error_after() {
    let mut state = TestState::default();
    let mut level = |result| state.observe(result, rate(2, 2), rate(2, 2)).severity;
    assert_eq!(level(State::Succeeded), Severity::Debug);
    assert_eq!(level(State::Failed), Severity::Warning);
    assert_eq!(level(State::Failed), Severity::Error);
    assert_eq!(level(State::Failed), Severity::Error);
    assert_eq!(level(State::Succeeded), Severity::Error);
    assert_eq!(level(State::Succeeded), Severity::Info);
    assert_eq!(level(State::Succeeded), Severity::Debug);
}

#[test]
fn only_bad_results_repeat_and_the_count_is_the_age_of_the_incident() {
    let mut state = TestState::default();
    let mut see = |result| {
        let t = state.observe(result, ONCE, rate(3, 3));
        (t.count, t.lasting)
    };
    assert_eq!(see(State::Failed), (1, false));
    assert_eq!(see(State::Failed), (2, true));
    assert_eq!(see(State::Succeeded), (3, false), "no reminder with a success text");
    assert_eq!(see(State::Failed), (4, true));
}

#[test]
fn a_saved_state_goes_on_where_it_was() {
    let mut state = TestState::default();
    for _ in 0..5 {
        state.observe(State::Failed, rate(3, 3), ONCE);
    }
    let mut again = TestState::parse(&state.save()).expect("what was saved");
    assert_eq!(again, state);
    assert_eq!(again.observe(State::Failed, rate(3, 3), ONCE).change, None);
    assert_eq!(again.observe(State::Succeeded, rate(3, 3), ONCE).change, Some(State::Succeeded));
    for bad in ["", "F", "F 1 65 0", "X 1 1 0", "F 1 1 g", "F 1 1 0 9", "F -1 1 0"] {
        assert_eq!(TestState::parse(bad), None, "{bad}");
    }
}

/// The rules in the shortest words: what is told of the results so far, newest last.
fn specification(results: &[bool], rate: Rate, recovery: Rate) -> Vec<Option<State>> {
    let (mut failed, mut since) = (false, 0);
    let mut told = Vec::new();
    for end in 1..=results.len() {
        let wanted = if failed { recovery } else { rate };
        let window = &results[since.max(end.saturating_sub(usize::from(wanted.cycles)))..end];
        let saying_so = window.iter().filter(|bad| **bad != failed).count();
        let newest_says_so = results[end - 1] != failed;
        if newest_says_so && saying_so >= usize::from(wanted.count) {
            failed = !failed;
            since = end;
            told.push(Some(if failed { State::Failed } else { State::Succeeded }));
        } else {
            told.push(None);
        }
    }
    told
}

fn any_rate() -> impl proptest::strategy::Strategy<Value = Rate> {
    use proptest::strategy::Strategy;
    (1u8..=6, 0u8..=6).prop_map(|(count, more)| Rate { count, cycles: count + more })
}

proptest::proptest! {
    #[test]
    fn any_row_of_results_is_told_as_specified(
        results in proptest::collection::vec(proptest::bool::ANY, 0..200),
        rate in any_rate(),
        recovery in any_rate(),
    ) {
        let mut state = TestState::default();
        let told: Vec<_> = results
            .iter()
            .map(|bad| {
                // A restart of the monitor at any point changes nothing.
                state = TestState::parse(&state.save()).expect("what was saved");
                state.observe(if *bad { State::Failed } else { State::Succeeded }, rate, recovery).change
            })
            .collect();
        proptest::prop_assert_eq!(told, specification(&results, rate, recovery));
    }
}

#[test]
fn a_bad_result_that_does_not_count_yet_is_suspicious_also_for_a_change() {
    let twice = Rate { count: 2, cycles: 2 };
    let seen = |results: &str| {
        let mut state = TestState::default();
        for result in results.chars() {
            let result = match result {
                'F' => State::Failed,
                'S' => State::Succeeded,
                'C' => State::Changed,
                _ => State::NotChanged,
            };
            state.observe(result, twice, Rate::default());
        }
        state.suspicious()
    };
    for bad in ["F", "SF", "SFSF", "C", "NC", "NCNC", "CCNC"] {
        assert!(seen(bad), "{bad}");
    }
    for fine in ["", "S", "FF", "FS", "FFF", "FFS", "N", "CN", "CC", "CCC", "CCN"] {
        assert!(!seen(fine), "{fine}");
    }
}

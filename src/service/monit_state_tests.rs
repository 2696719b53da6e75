use super::*;

/// Fourteen services of all types, of which seven were unmonitored, as each version left them.
const FIVE: &[u8] = include_bytes!("../../tests/data/monit_state/5.33.0");
const SIX: &[u8] = include_bytes!("../../tests/data/monit_state/6.0.0");

#[test]
fn what_both_versions_wrote_is_understood() {
    let expected = [
        ("sys1", 5, true),
        ("alpha", 2, false),
        ("cron", 3, true),
        ("root", 0, true),
        ("rest", 0, false),
        ("d", 1, false),
        ("e", 1, true),
        ("h", 4, false),
        ("p", 7, false),
        ("late", 7, true),
        ("ff", 6, false),
        ("lo", 8, false),
        ("man", 2, true),
        // Waits for its first check.
        ("dep", 3, true),
    ];
    for bytes in [FIVE, SIX] {
        assert!(is_of_monit(bytes));
        let state = parse(bytes).expect("understood");
        assert_eq!(state.boot, 1_795_741_796);
        let services: Vec<_> = state.services.iter().map(|(name, kind, on)| (&**name, *kind, *on)).collect();
        assert_eq!(services, expected);
    }
}

#[test]
fn a_file_that_ends_early_is_refused_wherever_it_ends() {
    for end in 0..FIVE.len() {
        let result = parse(&FIVE[..end]);
        match end {
            0..HEAD => assert_eq!(result, Err(Trouble::Short(0)), "{end}"),
            _ if end > HEAD && (end - HEAD) % RECORD == 0 => {
                assert_eq!(result.expect("whole services").services.len(), (end - HEAD) / RECORD);
            }
            _ => assert_eq!(result, Err(Trouble::Short((end - HEAD) / RECORD + 1)), "{end}"),
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let with = |at: usize, byte: u8| {
        let mut bytes = FIVE.to_vec();
        bytes[at] = byte;
        parse(&bytes).map(|state| state.services.len())
    };
    assert_eq!(with(4, 3), Err(Trouble::Version(3)));
    assert_eq!(with(7, 1), Err(Trouble::Version(0x0100_0004)));
    let second = HEAD + RECORD;
    assert_eq!(with(second, 0), Err(Trouble::Nonsense(2)), "no name");
    assert_eq!(with(second + NAME, 9), Err(Trouble::Nonsense(2)), "a type that is none");
    assert_eq!(with(second + NAME + 4, 8), Err(Trouble::Nonsense(2)), "monitored or not?");
    assert_eq!(with(second + NAME + 4, 6), Ok(14));
    assert_eq!(with(second + 1, 0xff), Ok(14), "a name in another encoding is that of no service of ours");
    let mut endless = FIVE.to_vec();
    endless[second..second + NAME].fill(b'n');
    assert_eq!(parse(&endless), Err(Trouble::Nonsense(2)), "a name without an end");
    assert_eq!(parse(b"not of Monit at all"), Err(Trouble::Version(u32::from_le_bytes(*b"of M"))));
}

#[test]
fn files_of_others_are_not_taken_for_those_of_monit() {
    assert!(!is_of_monit(b""));
    assert!(!is_of_monit(b"monit-rs state 1\n"));
    assert!(!is_of_monit(&[0; 4096]), "what a crash of the machine leaves");
    assert!(is_of_monit(&[0, 0, 0, 0, 3, 0, 0, 0]));
}

#[test]
fn no_byte_that_is_wrong_is_more_than_refused() {
    for at in 0..FIVE.len() {
        for byte in [0, 1, 0x7f, 0xff] {
            let mut bytes = FIVE.to_vec();
            bytes[at] = byte;
            match parse(&bytes) {
                Ok(state) => assert_eq!(state.services.len(), 14, "{at} {byte}"),
                Err(trouble) => assert!(!trouble.to_string().is_empty()),
            }
        }
    }
}

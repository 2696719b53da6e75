use super::report::{Counts, Kind};
use super::*;
use crate::document::{Monitor, Piece, Source};
use std::time::UNIX_EPOCH;

const UP: Duration = Duration::from_secs(30 * 60);

pub(crate) fn sheet<'a>(
    name: &'a str,
    type_name: &'static str,
    states: &[(Colour, &'static str)],
) -> Sheet<'a> {
    Sheet {
        silence: None,
        name,
        type_name,
        class: Class::Up,
        states: states.iter().copied().collect(),
        pending: None,
        monitoring: (None, "Monitored"),
        mode: "active",
        on_reboot: "start",
        lines: Vec::new(),
        collected: None,
    }
}

fn summary(sheets: &[Sheet<'_>], style: Style) -> String {
    let mut table = summary::Table::new(style);
    sheets.iter().for_each(|sheet| table.measure(sheet));
    let table = table.measured();
    let mut out = title(UP);
    table.head(&mut out);
    sheets.iter().for_each(|sheet| table.row(&mut out, sheet));
    table.foot(&mut out);
    out
}

fn status(sheets: &[Sheet<'_>], style: Style) -> String {
    let mut out = title(UP);
    sheets.iter().for_each(|sheet| status::block(&mut out, sheet, style));
    out.push('\n');
    out
}

/// Services that never change.
struct Three;

impl Source for Three {
    fn count(&self) -> u32 {
        6
    }

    fn uptime(&self) -> Duration {
        UP
    }

    fn entry(&self, _: u32, _: bool) -> Option<Entry<'_>> {
        None
    }

    fn monitor(&self) -> Option<Monitor<'_>> {
        None
    }

    fn sheet(&self, index: u32, _: bool) -> Option<Sheet<'_>> {
        let names = ["f_bad", "svc", "lo", "web1", "web2", "sys.example"];
        Some(sheet(names.get(index as usize)?, "File", &[(Colour::Green, "OK")]))
    }
}

fn piece<'a>(out: &'a mut String, budget: &'a mut u32) -> Piece<'a> {
    Piece { out, budget, room: usize::MAX }
}

#[test]
fn a_text_made_in_pieces_is_the_same() {
    let site = Three;
    let narrow = Style { colour: true, width: Some(60) };
    for style in [Style::WIRE, Style { colour: false, width: None }, narrow] {
        for begin in [Rendering::status, Rendering::summary] {
            let mut whole = String::new();
            let mut begun = begin(vec![5, 1, 0, 99, 2], style);
            assert!(begun.step(&site, &mut piece(&mut whole, &mut 1_000_000)));
            let (mut text, mut turns) = (String::new(), 1);
            let mut pieces = begin(vec![5, 1, 0, 99, 2], style);
            while !pieces.step(&site, &mut piece(&mut text, &mut 0)) {
                turns += 1;
            }
            // One service a turn at the least, and all of them in the end.
            assert!((5..=11).contains(&turns), "{turns}");
            assert_eq!(text, whole);
            assert_eq!(text.matches("sys.example").count(), 1);
        }
    }
    let mut none = String::new();
    let mut rendering = Rendering::summary(Vec::new(), Style::WIRE);
    assert!(rendering.step(&site, &mut piece(&mut none, &mut 0)));
    assert!(none.contains("Service Name"));
}

#[test]
fn durations_never_show_seconds_or_years() {
    for (seconds, text) in [
        (0, "0m"),
        (59, "0m"),
        (720, "12m"),
        (3660, "1h 1m"),
        (86_400, "1d 0h 0m"),
        (462 * 86_400 + 23 * 3600 + 39 * 60 + 59, "462d 23h 39m"),
    ] {
        assert_eq!(uptime(Duration::from_secs(seconds)), text);
    }
}

/// Byte for byte what the reference sends.
#[test]
fn a_summary_for_terminals() {
    let text = summary(
        &[
            sheet("sys.example", "System", &[(Colour::Green, "OK")]),
            sheet("f_bad", "File", &[(Colour::Red, "Permission failed"), (Colour::Red, "Size failed")]),
            sheet("p_init", "Process", &[(Colour::Grey, "Waiting")]),
        ],
        Style::WIRE,
    );
    let rule = |left: &str, cross: &str, right: &str| {
        format!(
            "\x1b[0;90m{left}{}{cross}{}{cross}{}{right}\x1b[0m\n",
            "─".repeat(33),
            "─".repeat(28),
            "─".repeat(15)
        )
    };
    let expected = [
        "Monit 6.1.0 uptime: 30m\n".to_owned(),
        rule("┌", "┬", "┐"),
        "\x1b[0;90m│\x1b[0m \x1b[1;36mService Name                   \x1b[0m \x1b[0;90m│\x1b[0m \
         \x1b[1;36mStatus                    \x1b[0m \x1b[0;90m│\x1b[0m \x1b[1;36mType         \x1b[0m \
         \x1b[0;90m│\x1b[0m\n"
            .to_owned(),
        rule("├", "┼", "┤"),
        "\x1b[0;90m│\x1b[0m sys.example                     \x1b[0;90m│\x1b[0m \
         \x1b[0;92mOK                         \x1b[0m\x1b[0;90m│\x1b[0m System        \x1b[0;90m│\x1b[0m\n"
            .to_owned(),
        rule("├", "┼", "┤"),
        "\x1b[0;90m│\x1b[0m f_bad                           \x1b[0;90m│\x1b[0m \
         \x1b[0;91mPermission failed | Siz... \x1b[0m\x1b[0;90m│\x1b[0m File          \x1b[0;90m│\x1b[0m\n"
            .to_owned(),
        rule("├", "┼", "┤"),
        "\x1b[0;90m│\x1b[0m p_init                          \x1b[0;90m│\x1b[0m \
         \x1b[0;37mWaiting                    \x1b[0m\x1b[0;90m│\x1b[0m Process       \x1b[0;90m│\x1b[0m\n"
            .to_owned(),
        rule("└", "┴", "┘"),
    ]
    .concat();
    assert_eq!(text, expected);
}

#[test]
fn a_plain_summary_keeps_the_columns_and_cuts_nothing() {
    let plain = Style { colour: false, width: None };
    let short = summary(&[sheet("svc", "Process", &[(Colour::Green, "OK")])], plain);
    assert_eq!(
        short,
        "Monit 6.1.0 uptime: 30m\n \
         Service Name                     Status                      Type          \n \
         svc                              OK                          Process       \n"
    );
    let name = "a_very_long_service_name_that_has_no_end";
    let mut failing =
        sheet(name, "File", &[(Colour::Red, "Permission failed"), (Colour::Red, "Size failed")]);
    failing.pending = Some("unmonitor");
    let long = summary(&[failing, sheet("ünï", "File", &[(Colour::Green, "OK")])], plain);
    assert!(
        long.contains(&format!(" {name}  Permission failed | Size failed - unmonitor pending  File ")),
        "{long}"
    );
    let columns: Vec<usize> = long
        .lines()
        .skip(1)
        .map(|line| line.char_indices().rev().find(|(_, c)| "TF".contains(*c)).unwrap())
        .map(|(at, _)| at)
        .collect();
    assert_eq!(columns[0], columns[1], "{long}");
    assert_eq!(columns[2], columns[0] + 2, "two letters of two bytes each");
}

#[test]
fn a_table_is_as_wide_as_what_is_in_it_and_never_wider_than_the_terminal() {
    let rows = [
        sheet("a_very_long_service_name_that_has_no_end", "Remote Host", &[(Colour::Green, "OK")]),
        sheet("b", "File", &[(Colour::Red, "Permission failed"), (Colour::Red, "Size failed")]),
    ];
    for width in [0, 50, 60, 80, 81, 100, 120, 10_000] {
        let text = summary(&rows, Style { colour: true, width: Some(width) });
        let expected = width.clamp(50, 10 + 13 + 40 + 31);
        for line in text.lines().skip(1).filter(|line| line.contains('─')) {
            let columns = line.chars().filter(|c| ('\u{2500}'..'\u{2580}').contains(c)).count();
            assert_eq!(columns, expected, "{text}");
        }
        let whole = text.contains("that_has_no_end") && text.contains("Permission failed | Size failed");
        assert_eq!(whole, width >= 10 + 13 + 40 + 31, "{width}: {text}");
    }
}

#[test]
fn status_shows_what_was_measured() {
    let mut first = sheet("wf", "File", &[(Colour::Red, "GID failed"), (Colour::Red, "UID failed")]);
    let line = |label, value: &str, mark| Line { label, value: Value::Text(value.into()), mark };
    first.lines = vec![
        line("permission", "644", Mark::Plain),
        line("uid", "0", Mark::Failed),
        line("security attribute", "-", Mark::Absent),
    ];
    first.collected = Some(UNIX_EPOCH);
    let mut second = sheet("pr", "Program", &[(Colour::Yellow, "Not monitored")]);
    second.monitoring = (Some(Colour::Yellow), "Not monitored");
    second.pending = Some("start");
    second.lines = vec![line("last output", "err\nline \x1b[31mtwo\n", Mark::Failed)];
    let sheets = [first, second];
    let text = status(&sheets, Style::WIRE);
    let date = display_epoch();
    assert_eq!(
        text,
        format!(
            "Monit 6.1.0 uptime: 30m\n\
             \n\
             \x1b[1;36mFile 'wf'\x1b[0m\n\
             \x20 status                       \x1b[0;91mGID failed\x1b[0m | \x1b[0;91mUID failed\x1b[0m\n\
             \x20 monitoring status            Monitored\n\
             \x20 monitoring mode              active\n\
             \x20 on reboot                    start\n\
             \x20 permission                   \x1b[0;39m644\x1b[0m\n\
             \x20 uid                          \x1b[0;91m0\x1b[0m\n\
             \x20 security attribute           \x1b[0;90m-\x1b[0m\n\
             \x20 data collected               \x1b[0;39m{date}\x1b[0m\n\
             \n\
             \x1b[1;36mProgram 'pr'\x1b[0m\n\
             \x20 status                       \x1b[0;93mNot monitored\x1b[0m - start pending\n\
             \x20 monitoring status            \x1b[0;93mNot monitored\x1b[0m\n\
             \x20 monitoring mode              active\n\
             \x20 on reboot                    start\n\
             \x20 last output                  \x1b[0;91merr\n\
             \x20                              line ?[31mtwo\x1b[0m\n\
             \x20 data collected               \x1b[0;90m-\x1b[0m\n\n"
        )
    );
    let plain = status(&sheets, Style { colour: false, width: None });
    assert!(
        !plain.contains('\x1b') && plain.contains("  status                       GID failed | UID failed\n")
    );
}

fn display_epoch() -> String {
    crate::sys::localtime::display_local(0)
}

#[test]
fn counts_and_their_shares() {
    let classes = [(Class::Up, 16), (Class::Down, 10), (Class::Initialising, 3)];
    let counts = Counts::of(classes.into_iter().flat_map(|(class, n)| std::iter::repeat_n(class, n)));
    assert_eq!(
        counts.all(),
        "up:            16 (55.2%)\n\
         down:          10 (34.5%)\n\
         initialising:   3 (10.3%)\n\
         unmonitored:    0 (0.0%)\n\
         total:         29 services\n"
    );
    assert_eq!(Kind::of("UP").map(|kind| counts.one(kind)).as_deref(), Some("16\n"));
    assert_eq!(Kind::of("initializing").map(|kind| counts.one(kind)).as_deref(), Some("3\n"));
    assert_eq!(Kind::of("total").map(|kind| counts.one(kind)).as_deref(), Some("29\n"));
    assert_eq!(Kind::of("bogus"), None);
    assert!(Counts::default().all().contains("up:             0 (0.0%)\n"));
}

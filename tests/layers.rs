//! Who may import whom. Reads every `crate::room` in `src/` and fails on an arrow that the house does not have.
#![allow(clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A room and the rooms it may name. `doc/DESIGN.md` says why.
const ARROWS: &[(&str, &[&str])] = &[
    ("cli", &["config", "control", "daemon", "document", "machine", "service", "sys", "tls"]),
    (
        "daemon",
        &[
            "config",
            "control",
            "document",
            "event",
            "heartbeat",
            "history",
            "httpd",
            "log",
            "machine",
            "mail",
            "mmonit",
            "outbox",
            "probe",
            "reactor",
            "service",
            "service_test",
            "sys",
            "webhook",
        ],
    ),
    ("control", &["config", "regex", "sys"]),
    ("config", &[]),
    ("digest", &[]),
    ("gzip", &[]),
    ("service", &["config", "event", "log", "machine", "reactor", "regex", "service_test", "sys"]),
    ("service_test", &["config", "digest", "machine", "probe", "protocol", "regex", "sys"]),
    ("event", &["config"]),
    ("heartbeat", &["config", "log", "probe", "protocol", "reactor", "tls"]),
    ("history", &["config", "digest", "event", "log", "service_test", "sys"]),
    ("noise", &["config", "digest", "event", "log", "outbox", "sys"]),
    ("outbox", &["config", "event", "log", "protocol", "reactor", "sys"]),
    ("mail", &["config", "event", "log", "noise", "outbox", "probe", "protocol", "reactor", "sys", "tls"]),
    (
        "mmonit",
        &[
            "config", "document", "event", "gzip", "outbox", "probe", "protocol", "reactor", "service",
            "sys", "tls",
        ],
    ),
    (
        "webhook",
        &[
            "config", "digest", "document", "event", "log", "noise", "outbox", "probe", "protocol",
            "reactor", "sys", "tls",
        ],
    ),
    ("probe", &["config", "protocol", "reactor", "regex", "sys", "tls"]),
    ("tls", &["config", "sys"]),
    ("protocol", &["config", "digest"]),
    ("document", &["config", "event", "history", "reactor", "service", "service_test", "sys"]),
    ("httpd", &["config", "document", "gzip", "history", "log", "reactor", "regex", "service", "sys", "tls"]),
    ("reactor", &["sys"]),
    ("log", &["sys"]),
    ("machine", &["digest", "regex", "sys"]),
    ("regex", &["sys"]),
    ("sys", &[]),
];

#[test]
fn the_arrows_are_those_of_the_plan() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let plan: BTreeMap<&str, BTreeSet<&str>> =
        ARROWS.iter().map(|(room, to)| (*room, to.iter().copied().collect())).collect();
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    let mut rooms = 0;
    for entry in fs::read_dir(&src).expect("src").flatten() {
        if !entry.path().is_dir() {
            continue;
        }
        let room = entry.file_name().into_string().expect("a room's name");
        let Some(allowed) = plan.get(room.as_str()) else {
            wrong.push(format!("src/{room} is not in the plan"));
            continue;
        };
        rooms += 1;
        visit(&entry.path(), &mut |file, text| {
            for (number, line) in text.lines().enumerate() {
                for name in named_rooms(line) {
                    used.insert((room.clone(), name.to_owned()));
                    if name != room && plan.contains_key(name) && !allowed.contains(name) {
                        wrong.push(format!("{}:{}: {room} -> {name}", file.display(), number + 1));
                    }
                }
            }
        });
    }
    assert!(rooms >= ARROWS.len(), "only {rooms} rooms found below {}", src.display());
    for (room, to) in &plan {
        for name in to.iter().filter(|name| !used.contains(&((*room).to_owned(), (**name).to_owned()))) {
            wrong.push(format!("{room} -> {name} is in the plan and nobody uses it"));
        }
    }
    assert!(wrong.is_empty(), "arrows and the plan differ:\n{}", wrong.join("\n"));
}

/// The rooms a line of code names as `crate::room`, also in `use crate::{a, b::c}`. Comments do not count.
fn named_rooms(line: &str) -> Vec<&str> {
    let code = line.split("//").next().unwrap_or_default();
    let mut found = Vec::new();
    for (_, rest) in code.match_indices("crate::").map(|(at, m)| (at, &code[at + m.len()..])) {
        let heads = match rest.strip_prefix('{') {
            Some(list) => list.split([',', '{']).collect(),
            None => vec![rest],
        };
        for head in heads {
            let end = head.trim().find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let word = head.trim();
            found.push(&word[..end.unwrap_or(word.len())]);
        }
    }
    found
}

/// Words with which code asks the system: reading a control file asks through `control::outside::Outside` alone, so that a
/// reload can repeat the answers.
const ASKING: &[&str] = &[
    "std::fs",
    "File::open",
    "OpenOptions",
    ".metadata()",
    ".exists()",
    ".is_file()",
    ".is_dir()",
    "read_dir",
    "canonicalize",
    "sys::process",
    "sys::user",
    "sys::host",
    "nix::unistd",
    "std::env",
    "SystemTime::now",
];

#[test]
fn the_parser_asks_the_system_through_outside_alone() {
    let control = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/control");
    let (mut wrong, mut files) = (Vec::new(), 0);
    visit(&control, &mut |file, text| {
        let within = file.strip_prefix(&control).expect("a file of the room");
        let name = within.to_string_lossy();
        // The last lists the files of a pattern for the first.
        if name.starts_with("outside/") || name.contains("tests") || name == "glob.rs" {
            return;
        }
        files += 1;
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for word in ASKING.iter().filter(|word| code.contains(**word)) {
                wrong.push(format!("{name}:{}: {word}", number + 1));
            }
        }
    });
    assert!(files > 50, "only {files} files found below {}", control.display());
    assert!(wrong.is_empty(), "asked behind the back of Outside:\n{}", wrong.join("\n"));
}

fn visit(folder: &Path, see: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            visit(&path, see);
        } else if path.extension().is_some_and(|e| e == "rs") {
            see(&path, &fs::read_to_string(&path).expect("a source file"));
        }
    }
}

#[test]
fn names_are_found_where_they_stand() {
    assert_eq!(named_rooms("use crate::config::Config;"), ["config"]);
    assert_eq!(named_rooms("use crate::{config, sys::poll};"), ["config", "sys"]);
    assert_eq!(named_rooms("let x = crate::log::Level::Info; // crate::httpd"), ["log"]);
    assert!(named_rooms("//! see [`crate::httpd`]").is_empty());
}

/// `rust-version` of `Cargo.toml` is what Debian 13 has, and conditions that bind a name beside others came later (1.88).
#[test]
fn the_language_is_that_of_the_oldest_toolchain() {
    let mut later = Vec::new();
    visit(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut |path, text| {
        let lines = text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("&& let "));
        later.extend(lines.map(|(number, _)| format!("{}:{}", path.display(), number + 1)));
    });
    assert!(later.is_empty(), "conditions that Rust 1.85 does not read:\n{}", later.join("\n"));
}

/// The table of rooms in `doc/DESIGN.md` is the plan, in words.
#[test]
fn the_table_of_rooms_is_the_plan() {
    let text = include_str!("../doc/DESIGN.md");
    let (_, rest) = text.split_once("## Rooms").expect("a chapter about rooms");
    let (rooms, _) = rest.split_once("\n## ").unwrap_or((rest, ""));
    let named = |cell: &str| -> BTreeSet<String> {
        let ours = |word: &&str| ARROWS.iter().any(|(room, _)| room == word);
        cell.split('`').skip(1).step_by(2).filter(ours).map(str::to_owned).collect()
    };
    let mut table: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in rooms.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        let [room, _, to] = cells[..] else { panic!("a row of three cells: {line}") };
        table.insert(room.trim().trim_matches('`').to_owned(), named(to));
    }
    let mut wrong = Vec::new();
    for (room, to) in ARROWS {
        let plan: BTreeSet<String> = to.iter().map(|to| (*to).to_owned()).collect();
        match table.remove(*room) {
            None => wrong.push(format!("{room} has no row")),
            Some(row) => {
                wrong.extend(plan.difference(&row).map(|to| format!("the row of {room} lacks {to}")));
                wrong.extend(row.difference(&plan).map(|to| format!("the row of {room} has {to}")));
            }
        }
    }
    wrong.extend(table.keys().map(|room| format!("there is no room {room}")));
    assert!(wrong.is_empty(), "doc/DESIGN.md and the plan differ:\n{}", wrong.join("\n"));
}

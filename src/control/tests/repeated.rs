//! What becomes of each part of a statement that is said twice: every pair in `repeated.txt`.

use super::*;
use crate::control::outside::Live;
use std::os::unix::fs::PermissionsExt;

/// What `-tv` prints for a text; `None` if it is refused.
fn dumped(text: &str) -> Option<Vec<String>> {
    let config = parse(text).config?;
    let mut out = String::new();
    let file =
        |path: &Option<Box<Path>>, usual: &str| path.as_deref().unwrap_or(Path::new(usual)).to_path_buf();
    let settings = &config.settings;
    let context = dump::DumpContext {
        control_file: Path::new(NAME),
        pidfile: &file(&settings.pidfile, "/run/pid"),
        idfile: &file(&settings.idfile, "/id"),
        statefile: &file(&settings.statefile, "/state"),
        debug: true,
        outside: &Live,
    };
    dump::write(&config, &context, &mut out);
    let lines = out.lines().map(|line| match line.trim().split_once('=') {
        Some((label, value)) => {
            let label = label.trim_end();
            let value = value.trim();
            if label.is_empty() { value.to_owned() } else { format!("{label} = {value}") }
        }
        None => line.trim().to_owned(),
    });
    Some(lines.filter(|line| !line.is_empty() && !line.starts_with("File Name = o")).collect())
}

struct Group<'a> {
    before: &'a str,
    statements: Vec<(&'a str, &'a str)>,
    pairs: Vec<(&'a str, &'a str)>,
}

fn groups(table: &str) -> Vec<Group<'_>> {
    let mut groups: Vec<Group> = Vec::new();
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (word, word.len(), groups.last_mut()) {
            ("in", ..) => groups.push(Group { before: rest, statements: Vec::new(), pairs: Vec::new() }),
            (letter, 1, Some(group)) => group.statements.push((letter, rest)),
            (pair, _, Some(group)) => group.pairs.push((pair, rest)),
            _ => panic!("{line}"),
        }
    }
    groups
}

#[test]
fn every_pair_of_statements_means_what_it_meant() {
    let folder = std::env::temp_dir().join(format!("monit-rs-repeated-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in [("a.pem", ""), ("b.pem", ""), ("l1", ""), ("l2", ""), ("ht", "a1:b1\nc1:d1\n")] {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let folder_text = folder.display().to_string();
    let written = |text: &str| text.replace("\\n", "\n").replace("@DIR@", &folder_text);
    let (mut seen, mut wrong) = (0, Vec::new());
    for group in groups(include_str!("repeated.txt")) {
        let statement = |letter: &str| {
            let found = group.statements.iter().find(|(name, _)| *name == letter);
            found.unwrap_or_else(|| panic!("{}: {letter}", group.before)).1
        };
        let depends = group.statements.iter().any(|(_, text)| text.starts_with("depends"));
        let others = if depends { "check file o1 path /o1\ncheck file o2 path /o2\n" } else { "" };
        let text = |middle: &str| format!("set daemon 3\n{}\n{}\n{others}", group.before, written(middle));

        let without = dumped(&text("")).expect("a file that is right");
        for (pair, expected) in &group.pairs {
            // Only root may name a user for a program.
            let (first, second) = (statement(&pair[..1]), statement(&pair[1..]));
            if !nix::unistd::geteuid().is_root() && format!("{first}{second}").contains(" as uid") {
                continue;
            }
            seen += 1;
            let found = match dumped(&text(&format!("{first}\n{second}"))) {
                None => vec!["refused".to_owned()],
                Some(lines) => lines.into_iter().filter(|line| !without.contains(line)).collect(),
            };
            let sorted = |mut lines: Vec<String>| {
                lines.sort();
                lines
            };
            let expected = written(expected);
            let expected = expected.split(" | ").filter(|line| !line.is_empty()).map(str::to_owned).collect();
            let (found, expected) = (sorted(found), sorted(expected));
            if found != expected {
                wrong.push(format!("{first}\n{second}\n  {found:#?}\n  wanted {expected:#?}"));
            }
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 300, "{seen} pairs");
}

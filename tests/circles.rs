//! Files of a room that name each other in a circle can only be understood together. Reads every `use` and path in
//! `src/` and fails where a circle is larger than the room is allowed to have.
#![allow(clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The most files that name each other in a circle, room by room. None may grow.
const LARGEST: &[(&str, usize)] = &[
    ("cli", 2),
    ("config", 10),
    ("control", 8),
    ("daemon", 10),
    ("digest", 1),
    ("gzip", 1),
    ("document", 6),
    ("event", 2),
    ("heartbeat", 1),
    ("history", 1),
    ("httpd", 2),
    ("log", 5),
    ("machine", 1),
    ("mail", 3),
    ("mmonit", 2),
    ("noise", 2),
    ("outbox", 1),
    ("probe", 7),
    ("protocol", 1),
    ("reactor", 1),
    ("regex", 5),
    ("service", 2),
    ("service_test", 6),
    ("sys", 2),
    ("tls", 6),
    ("webhook", 2),
];

/// `service::unit` as a list of its names.
type Module = Vec<String>;

/// Who names whom.
type Graph = BTreeMap<Module, BTreeSet<Module>>;

#[test]
fn no_circle_is_larger_than_its_room_may_have() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let limits: BTreeMap<&str, usize> = LARGEST.iter().copied().collect();
    let mut rooms = 0;
    let mut wrong = Vec::new();
    for entry in fs::read_dir(&src).expect("src").flatten().filter(|entry| entry.path().is_dir()) {
        let room = entry.file_name().into_string().expect("a room's name");
        let mut texts = BTreeMap::new();
        read(&entry.path(), std::slice::from_ref(&room), &mut texts);
        let graph = graph(&texts);
        let circle = largest_circle(&graph);
        rooms += 1;
        match limits.get(room.as_str()) {
            Some(limit) if circle.len() <= *limit => {}
            Some(limit) => wrong.push(format!(
                "{room}: {} files name each other, {limit} are allowed: {}",
                circle.len(),
                circle.iter().map(|module| module.join("::")).collect::<Vec<_>>().join(" ")
            )),
            None => wrong.push(format!("{room} is not in the list")),
        }
    }
    assert!(rooms >= LARGEST.len(), "a room of the list is gone");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The text of each file below `folder`, which is `module`, without those that are for tests only.
fn read(folder: &Path, module: &[String], texts: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        if name.ends_with("tests") || name == "fake" || name == "scripted" {
            continue;
        }
        let mut inner = module.to_vec();
        if name != "mod" {
            inner.push(name);
        }
        if path.is_dir() {
            read(&path, &inner, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.insert(inner, code(&fs::read_to_string(&path).expect("a source")));
        }
    }
}

/// Without comments, without the tests at its end, and without `in crate::…` of who may see something.
fn code(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let tests = lines.windows(2).position(|two| two[0].trim() == "#[cfg(test)]" && two[1] == "mod tests {");
    let text = lines[..tests.unwrap_or(lines.len())].join("\n");
    let mut pieces = text.split("pub(in ");
    let mut code = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        code.push_str("pub(");
        code.push_str(&piece[piece.find(')').unwrap_or_default()..]);
    }
    code
}

fn graph(texts: &BTreeMap<Module, String>) -> Graph {
    let known: BTreeSet<&Module> = texts.keys().collect();
    let names = |(module, text): (&Module, &String)| {
        let found = paths(text).into_iter().filter_map(|path| resolve(module, &path, &known));
        (module.clone(), found.filter(|to| to != module).collect())
    };
    texts.iter().map(names).collect()
}

/// Every path in a text that may lead to another file: those of `use`, and those that begin at `super` or `crate`.
fn paths(text: &str) -> Vec<Module> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_alphabetic() || c == '_') {
        rest = &rest[at..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        match word {
            "use" if behind.starts_with(char::is_whitespace) => {
                let end = behind.find(';').unwrap_or(behind.len());
                unfold(&behind[..end], &[], &mut found);
                rest = &behind[end..];
            }
            "super" | "crate" | "self" if behind.starts_with("::") => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
                let path = &rest[..end.unwrap_or(rest.len())];
                found.push(path.split("::").map(str::to_owned).collect());
                rest = &rest[path.len()..];
            }
            _ => rest = behind,
        }
    }
    found
}

/// `a::{b, c::d}` is `a::b` and `a::c::d`.
fn unfold(tree: &str, prefix: &[String], found: &mut Vec<Module>) {
    let (mut depth, mut begin) = (0, 0);
    for (at, c) in tree.char_indices().chain([(tree.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                unfold_one(tree[begin..at].trim(), prefix, found);
                begin = at + 1;
            }
            _ => {}
        }
    }
}

fn unfold_one(path: &str, prefix: &[String], found: &mut Vec<Module>) {
    let mut full = prefix.to_vec();
    let (head, group) = match path.split_once('{') {
        Some((head, group)) => (head, group.strip_suffix('}')),
        None => (path, None),
    };
    let words = head.split("::").map(|word| word.split_whitespace().next().unwrap_or_default());
    full.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
    match group {
        Some(group) => unfold(group, &full, found),
        // Behind the last comma of a list is nothing.
        None if path.is_empty() => {}
        None => found.push(full),
    }
}

/// The file of the same room that a path leads to, if it does: that of the longest part that is a module.
fn resolve(from: &Module, path: &Module, known: &BTreeSet<&Module>) -> Option<Module> {
    let mut words = path.iter().map(String::as_str).peekable();
    let mut module = match *words.peek()? {
        "crate" => {
            words.next();
            Vec::new()
        }
        "super" | "self" => {
            let mut module = from.clone();
            while let Some(word) = words.next_if(|word| matches!(*word, "super" | "self")) {
                if word == "super" {
                    module.pop();
                }
            }
            module
        }
        first => {
            let inner = [from.as_slice(), &[first.to_owned()]].concat();
            if !known.contains(&inner) {
                return None;
            }
            from.clone()
        }
    };
    for word in words {
        module.push(word.to_owned());
        if !known.contains(&module) {
            module.pop();
            break;
        }
    }
    known.contains(&module).then_some(module)
}

/// The largest set of files each of which leads to each other.
fn largest_circle(graph: &Graph) -> Vec<&Module> {
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        graph.keys().map(|module| (module, reach(graph, module))).collect();
    let circle = |module: &&Module| -> Vec<&Module> {
        let back = reached[*module].iter().filter(|other| reached[**other].contains(*module));
        let mut all: Vec<&Module> = back.copied().collect();
        if !all.contains(module) {
            all.push(graph.get_key_value(*module).expect("one of them").0);
        }
        all
    };
    graph.keys().map(|module| circle(&module)).max_by_key(Vec::len).unwrap_or_default()
}

fn reach<'a>(graph: &'a Graph, from: &Module) -> BTreeSet<&'a Module> {
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<&Module> = graph[from].iter().collect();
    while let Some(module) = waiting.pop() {
        if let Some((module, next)) = graph.get_key_value(module) {
            if seen.insert(module) {
                waiting.extend(next);
            }
        }
    }
    seen
}

#[test]
fn a_circle_is_found_through_groups_and_paths() {
    let text = |name: &str, text: &str| (vec!["room".to_owned(), name.to_owned()], text.to_owned());
    let texts = BTreeMap::from([
        (vec!["room".to_owned()], String::new()),
        text("a", "use super::{b::{B, C}, other};\n"),
        text("b", "fn f() { crate::room::c::g() }\n"),
        text("c", "pub(super) use super::a::A as X;\n"),
        text("d", "use super::a;\nuse crate::elsewhere::b;\n"),
    ]);
    let graph = graph(&texts);
    let names: Vec<&str> = largest_circle(&graph).iter().map(|module| module[1].as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[test]
fn the_end_of_a_list_and_who_may_see_something_are_no_arrows() {
    let text = code("use super::{\n    a::A,\n    b,\n};\npub(in crate::room) fn f() {}\n");
    assert_eq!(
        paths(&text).iter().map(|path| path.join("::")).collect::<Vec<_>>(),
        ["super::a::A", "super::b"]
    );
}

#[test]
fn no_file_is_larger_than_one_idea() {
    const LINES: usize = 450;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("src"), root.join("tests"), root.join("benches"), root.join("fuzz")];
    let (mut files, mut large) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).expect("a folder").flatten().map(|entry| entry.path());
        for path in entries {
            if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files += 1;
                let lines = fs::read_to_string(&path).expect("a source").lines().count();
                if lines > LINES {
                    large.push(format!("{} has {lines} lines", path.display()));
                }
            }
        }
    }
    assert!(files > 400, "{files} files");
    assert!(large.is_empty(), "more than {LINES}:\n{}", large.join("\n"));
}

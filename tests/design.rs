//! What `doc/DESIGN.md` names is there: files, rooms, and functions with those they belong to. A picture of a house that
//! was rebuilt leads astray.
#![allow(clippy::expect_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn each_step_from_a_reading_to_a_mail_is_where_the_picture_says() {
    let (text, sources) = (design(), Sources::read());
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(" | ").collect()).collect();
    let mut wrong = Vec::new();
    let mut steps = 0;
    for row in rows.iter().filter(|row| row.len() == 3) {
        let (Some((owner, function)), Some(file)) = (row[0].strip_prefix("| ").and_then(owned), code(row[1]))
        else {
            continue;
        };
        steps += 1;
        let source = sources.text(&format!("src/{file}"));
        let of_file = file.ends_with(&format!("/{owner}.rs"));
        if !source.contains(&format!("fn {function}(")) || !(of_file || names(source, owner)) {
            wrong.push(format!("{owner}::{function} is not in {file}"));
        }
    }
    assert!(steps > 15, "only {steps} steps were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_the_picture_names_is_there() {
    let (text, sources) = (design(), Sources::read());
    let mut wrong = Vec::new();
    let mut looked_at = 0;
    for word in text.split('`').skip(1).step_by(2) {
        let pattern = word.contains(|letter: char| letter == '*' || letter.is_whitespace());
        let there = if pattern || word.starts_with("NAME") {
            continue;
        } else if word.ends_with(".rs") {
            sources.has(word)
        } else if let Some((owner, item)) = path_of(word) {
            sources.of_product().any(|text| names(text, owner))
                && sources.of_product().any(|text| names(text, item))
        } else if word.starts_with(|first: char| first.is_ascii_uppercase())
            && word.chars().all(char::is_alphanumeric)
        {
            sources.of_product().any(|text| names(text, word))
        } else {
            continue;
        };
        looked_at += 1;
        if !there {
            wrong.push(format!("{word} is nowhere"));
        }
    }
    assert!(looked_at > 100, "only {looked_at} names were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_room_has_its_line() {
    let (text, sources) = (design(), Sources::read());
    let library = sources.text("src/lib.rs");
    let rooms: Vec<&str> =
        library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(rooms.len() > 20, "only {} rooms were found", rooms.len());
    let wrong = rooms.iter().filter(|room| {
        !text.contains(&format!("\n| `{room}` | ")) || !library.contains(&format!("[`{room}`]"))
    });
    let wrong: Vec<&&str> = wrong.collect();
    assert!(wrong.is_empty(), "not in the table of rooms, or not in that of src/lib.rs: {wrong:?}");
}

fn design() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("doc/DESIGN.md")).expect("the picture")
}

/// What stands between backticks, alone.
fn code(cell: &str) -> Option<&str> {
    cell.strip_prefix('`')?.strip_suffix('`')
}

/// `Owner::function`, between backticks.
fn owned(cell: &str) -> Option<(&str, &str)> {
    path_of(code(cell)?)
}

/// The last two names of a path, if it is one.
fn path_of(word: &str) -> Option<(&str, &str)> {
    let (front, item) = word.rsplit_once("::")?;
    let owner = front.rsplit("::").next()?;
    let name = |word: &str| word.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    (name(owner) && name(item)).then_some((owner, item))
}

/// Whether a text has this word as a whole.
fn names(text: &str, word: &str) -> bool {
    let inside = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word)
        .any(|(at, found)| !text[..at].ends_with(inside) && !text[at + found.len()..].starts_with(inside))
}

/// The files of the product and its tests, by their paths in the repository.
struct Sources(BTreeMap<String, String>);

impl Sources {
    fn read() -> Sources {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let builder = fs::read_to_string(root.join("build.rs")).expect("a source");
        let mut files = BTreeMap::from([("build.rs".to_owned(), builder)]);
        let mut folders: Vec<PathBuf> = vec![root.join("src"), root.join("tests")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|end| end == "rs") {
                    let name = path.strip_prefix(root).expect("a file below the root").display().to_string();
                    files.insert(name, fs::read_to_string(&path).expect("a source"));
                }
            }
        }
        Sources(files)
    }

    /// A file by its whole path; nothing, if there is none.
    fn text(&self, path: &str) -> &str {
        self.0.get(path).map_or("", String::as_str)
    }

    /// A file by the end of its path, as it is called where the room is known.
    fn has(&self, end: &str) -> bool {
        self.0
            .keys()
            .any(|path| path.strip_suffix(end).is_some_and(|front| front.is_empty() || front.ends_with('/')))
    }

    fn of_product(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(path, _)| path.starts_with("src/")).map(|(_, text)| text.as_str())
    }
}

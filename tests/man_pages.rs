//! The manual pages and the completions say what the program says: their lists are made from its tables. To write them:
//! `UPDATE_EXPECT=1 cargo test --test man_pages`.
#![allow(clippy::expect_used, clippy::panic)]

#[path = "man_pages/about.rs"]
mod about;
#[path = "man_pages/completions.rs"]
mod completions;
#[path = "man_pages/roff.rs"]
mod roff;
mod support;

use monit_rs::config::PROTOCOLS;
use monit_rs::control::statement::check::HEADS;
use monit_rs::control::statement::{STATEMENTS, Scope, TESTS, action_words, event_words};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::skip::skip;
use support::{is_installed, run};

/// A line of the program's help with those that continue it.
pub struct Entry {
    /// `-c, --conf file`
    pub usage: String,
    /// What it does.
    pub text: String,
}

/// What `-h` lists: options and actions.
fn help() -> (Vec<Entry>, Vec<Entry>) {
    let output = support::run(Command::new(support::monit()).arg("-h"));
    let text = String::from_utf8(output.stdout).expect("plain text");
    let (options, actions) = text.split_once("\nActions").expect("a list of actions");
    // The rest of the heading says what a name is.
    let (_, actions) = actions.split_once('\n').expect("a heading");
    (entries(options), entries(actions))
}

fn entries(part: &str) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    for line in part.lines().filter(|line| line.starts_with(' ')) {
        match (line.trim().split_once("  "), found.last_mut()) {
            (Some((usage, text)), _) => {
                found.push(Entry { usage: usage.trim().into(), text: text.trim().into() });
            }
            (None, Some(entry)) => entry.text.push_str(&format!(" {}", line.trim())),
            (None, None) => panic!("{line} continues nothing"),
        }
    }
    found
}

impl Entry {
    /// `-c`, unless it has none.
    pub fn short(&self) -> Option<&str> {
        self.usage.split([' ', ',']).find(|word| word.len() == 2 && word.starts_with('-'))
    }

    /// `--conf`
    pub fn long(&self) -> &str {
        self.usage.split_whitespace().find(|word| word.starts_with("--")).expect("a long name")
    }

    /// `file`, `[file]`, or nothing.
    pub fn value(&self) -> Option<&str> {
        let last = self.usage.split_whitespace().last()?;
        (!last.starts_with('-')).then_some(last)
    }

    /// `start`
    pub fn action(&self) -> &str {
        self.usage.split_whitespace().next().expect("a word")
    }
}

fn options(list: &[Entry]) -> String {
    let mut out = String::new();
    for entry in list {
        let names: Vec<String> = entry.short().into_iter().chain([entry.long()]).map(roff::bold).collect();
        let value = entry.value().map(|value| format!(" \\fI{value}\\fR")).unwrap_or_default();
        out += &format!(".TP\n{}{value}\n{}", names.join(", "), roff::prose(&format!("{}.", entry.text)));
    }
    out
}

fn actions(list: &[Entry]) -> String {
    let mut out = String::new();
    for entry in list {
        let (word, rest) = entry.usage.split_once(' ').unwrap_or((&entry.usage, ""));
        let rest = if rest.is_empty() { String::new() } else { format!(" \\fI{rest}\\fR") };
        out += &format!(".TP\n{}{rest}\n{}", roff::bold(word), roff::prose(&format!("{}.", entry.text)));
    }
    out
}

/// The sentence about a grammar: the longest beginning that fits.
fn sentence(list: &'static [(&str, &str)], grammar: &str, used: &mut BTreeSet<&'static str>) -> String {
    let grammar = grammar.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = list.iter().filter(|(begin, _)| {
        grammar.trim_start_matches("( ").starts_with(begin) || grammar.starts_with(begin)
    });
    let Some((begin, text)) = fits.max_by_key(|(begin, _)| begin.len()) else {
        panic!("tests/man_pages/about.rs has no sentence for {grammar}");
    };
    used.insert(begin);
    (*text).to_owned()
}

fn all_used(list: &[(&str, &str)], used: &BTreeSet<&str>) {
    for (begin, _) in list {
        assert!(used.contains(begin), "tests/man_pages/about.rs describes {begin}, which there is not");
    }
}

fn statements(scope: Scope, used: &mut BTreeSet<&'static str>) -> String {
    let mut out = String::new();
    for statement in STATEMENTS.iter().filter(|statement| statement.scope == scope) {
        let text = sentence(about::STATEMENTS, statement.grammar, used);
        out += &format!(".TP\n{}\n{}", roff::grammar(statement.grammar), roff::prose(&text));
        out += &roff::example(statement.example);
    }
    out
}

fn services() -> String {
    let (mut out, mut used) = (String::new(), BTreeSet::new());
    for head in HEADS {
        let text = sentence(about::SERVICES, head.grammar, &mut used);
        out += &format!(".TP\n{}\n{}", roff::grammar(head.grammar), roff::prose(&text));
        out += &roff::example(head.example);
    }
    all_used(about::SERVICES, &used);
    out
}

fn tests() -> String {
    let (mut out, mut used) = (String::new(), BTreeSet::new());
    for form in TESTS.iter().flat_map(|forms| forms.iter()) {
        let text = sentence(about::TESTS, form.grammar, &mut used);
        let places: Vec<String> =
            form.types.names().iter().map(|name| name.replace('\'', "").replace("check ", "")).collect();
        out += &format!(
            ".TP\n{}\n{}",
            roff::grammar(form.grammar),
            roff::prose(&format!("{text} In: {}.", places.join(", ")))
        );
        out += &roff::example(&format!("if {} then alert", form.example));
    }
    all_used(about::TESTS, &used);
    out
}

fn protocols() -> String {
    let mut out = String::new();
    for protocol in PROTOCOLS {
        let options: Vec<&str> = protocol.options.iter().map(|option| option.name.keyword()).collect();
        let mut text = if options.is_empty() { "No options".to_owned() } else { options.join(", ") };
        if protocol.needs_option {
            text += "; at least one of them";
        }
        if protocol.starttls {
            text += "; begins in plain text and switches to TLS";
        } else if protocol.tls {
            text += "; over TLS";
        }
        if protocol.transport == Some(monit_rs::config::Transport::Udp) {
            text += "; over UDP";
        }
        out += &format!(".TP\n{}\n{}", roff::bold(protocol.keyword), roff::prose(&format!("{text}.")));
    }
    out
}

fn events() -> String {
    let (mut out, mut used) = (String::new(), BTreeSet::new());
    for word in event_words() {
        let Some((name, text)) = about::EVENTS.iter().find(|(name, _)| *name == word) else {
            panic!("tests/man_pages/about.rs has no sentence for the event {word}");
        };
        used.insert(*name);
        out += &format!(".TP\n{}\n{}", roff::bold(word), roff::prose(&format!("{text}.")));
    }
    all_used(about::EVENTS, &used);
    out
}

fn test_actions() -> String {
    let words: Vec<&str> = action_words().collect();
    let mut out = String::from("What a test may do:\n");
    for (index, word) in words.iter().enumerate() {
        let end = if index + 1 < words.len() { "," } else { "." };
        out += &format!("{}{end}\n", roff::bold(word));
    }
    out + "A restart, start or stop follows the dependencies, and is told like\nan alert.\n"
}

/// The rules that several statements share, as `doc/GRAMMAR.md` has them.
fn grammar() -> String {
    let text = fs::read_to_string(repository().join("doc/GRAMMAR.md")).expect("doc/GRAMMAR.md");
    let block = text.split("```\n").nth(1).expect("the block of rules");
    let lines: Vec<String> = block.lines().map(roff::escape).collect();
    format!(".EX\n{}\n.EE\n", lines.join("\n"))
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn updating() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
}

/// Holds the part of a page between its marks to what it should be.
fn compare(page: &str, parts: &[(&str, String)]) {
    let path = repository().join("doc/man").join(page);
    let mut text = fs::read_to_string(&path).expect("the page");
    for (name, wanted) in parts {
        let begin = format!(".\\\" begin {name}\n");
        let end = format!(".\\\" end {name}\n");
        let (head, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("{page} has no {begin}"));
        let (is, tail) = rest.split_once(&end).unwrap_or_else(|| panic!("{page} has no {end}"));
        if updating() {
            text = format!("{head}{begin}{wanted}{end}{tail}");
        } else {
            assert_eq!(is, wanted, "{name} of doc/man/{page}: run this test with UPDATE_EXPECT=1");
        }
    }
    if updating() {
        fs::write(&path, text).expect("the page");
    }
}

#[test]
fn every_option_and_action_is_in_the_page_of_the_command() {
    let (list, words) = help();
    compare("monit.1", &[("options", options(&list)), ("actions", actions(&words))]);
}

#[test]
fn every_word_of_the_language_is_in_the_page_of_the_control_file() {
    let mut used = BTreeSet::new();
    let global = statements(Scope::Global, &mut used);
    let service = statements(Scope::Service, &mut used);
    all_used(about::STATEMENTS, &used);
    compare(
        "monitrc.5",
        &[
            ("global", global),
            ("services", services()),
            ("service", service),
            ("tests", tests()),
            ("actions", test_actions()),
            ("protocols", protocols()),
            ("events", events()),
            ("grammar", grammar()),
        ],
    );
}

#[test]
fn the_pages_render_without_a_warning() {
    for page in ["monit.1", "monitrc.5"] {
        let path = repository().join("doc/man").join(page);
        if !is_installed("mandoc") {
            return skip("mandoc -T lint", "there is no mandoc");
        }
        let output = run(Command::new("mandoc").args(["-T", "lint"]).arg(&path));
        assert!(output.status.success(), "{page}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn the_completions_know_every_option_and_action() {
    let (list, words) = help();
    let wanted = [
        ("monit.bash", completions::bash(&list, &words)),
        ("_monit", completions::zsh(&list, &words)),
        ("monit.fish", completions::fish(&list, &words)),
    ];
    for (name, text) in wanted {
        let path = repository().join("doc/completions").join(name);
        if updating() {
            fs::write(&path, &text).expect("the completion");
        }
        let is = fs::read_to_string(&path).expect("the completion");
        assert_eq!(is, text, "doc/completions/{name}: run this test with UPDATE_EXPECT=1");
    }
    for (shell, name) in [("bash", "monit.bash"), ("zsh", "_monit"), ("fish", "monit.fish")] {
        let path = repository().join("doc/completions").join(name);
        if !is_installed(shell) {
            skip(&format!("reading {name} with {shell}"), "it is not installed");
            continue;
        }
        let output = run(Command::new(shell).arg("-n").arg(&path));
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn bash_completes_actions_and_options() {
    let script = repository().join("doc/completions/monit.bash");
    let ask = |words: &str, index: usize| -> String {
        let text = format!(
            "source {}; COMP_WORDS=({words}); COMP_CWORD={index}; _monit; echo ${{COMPREPLY[@]}}",
            script.display()
        );
        String::from_utf8_lossy(&run(Command::new("bash").args(["-c", &text])).stdout).trim().to_owned()
    };
    if !is_installed("bash") {
        return skip("completion by bash", "there is no bash");
    }
    assert_eq!(ask("monit unm", 1), "unmonitor");
    assert_eq!(ask("monit --stat", 1), "--statefile");
    assert_eq!(ask("monit report unm", 2), "unmonitored");
}

//! Every example parses, and `doc/GRAMMAR.md` says what the code says.

use super::*;
use crate::control::statement::check::HEADS;
use crate::control::statement::{STATEMENTS, Scope, TESTS, TestForm, Types};
use std::fmt::Write;

/// A service of each type that is complete but for tests.
fn service(kind: Types) -> &'static str {
    match kind {
        Types::PROCESS => "check process x with pidfile /run/x.pid",
        Types::FILE => "check file x with path /etc/passwd",
        Types::FILESYSTEM => "check filesystem x with path /",
        Types::DIRECTORY => "check directory x with path /etc",
        Types::FIFO => "check fifo x with path /run/pipe",
        Types::HOST => "check host x with address 192.0.2.1 if failed ping then alert",
        Types::NETWORK => "check network x with interface lo",
        Types::SYSTEM => "check system x",
        Types::HEARTBEAT => "check heartbeat x within 1 hour",
        _ => "check program x with path /bin/true if status != 0 then alert",
    }
}

fn forms() -> impl Iterator<Item = &'static TestForm> {
    TESTS.iter().flat_map(|forms| forms.iter())
}

fn types() -> impl Iterator<Item = Types> {
    Types::NAMES.iter().map(|(kind, _)| *kind)
}

#[test]
fn examples_of_statements_parse() {
    for text in STATEMENTS.iter().map(|s| s.example).chain(HEADS.iter().map(|head| head.example)) {
        let loaded = parse(text);
        assert!(loaded.config.is_some(), "{text}\n{}", rendered(&loaded.diagnostics));
    }
}

#[test]
fn examples_of_tests_parse_in_the_services_they_are_for_and_in_no_other() {
    for form in forms() {
        for kind in types() {
            let text = format!("{}\n if {} then alert\n", service(kind), form.example);
            let loaded = parse(&text);
            // Another form with the same words may be meant for the other type.
            let words = |other: &&TestForm| other.leads.iter().any(|lead| form.leads.contains(lead));
            let elsewhere = forms().filter(words).any(|other| other.types.contains(kind));
            if form.types.contains(kind) {
                assert!(loaded.config.is_some(), "{text}\n{}", rendered(&loaded.diagnostics));
            } else if !elsewhere {
                assert!(loaded.config.is_none(), "{text} must not be accepted");
            }
        }
    }
}

/// The part of the document that is made from the registries.
fn generated() -> String {
    let mut out = String::new();
    let mut entry = |grammar: &str, example: &str| {
        let _ = writeln!(out, "```\n{grammar}\n```\n```monitrc\n{}\n```\n", example.trim_end());
    };
    for statement in STATEMENTS.iter().filter(|statement| statement.scope == Scope::Global) {
        entry(statement.grammar, statement.example);
    }
    for head in HEADS {
        entry(head.grammar, head.example);
    }
    for statement in STATEMENTS.iter().filter(|statement| statement.scope == Scope::Service) {
        entry(statement.grammar, statement.example);
    }
    for form in forms() {
        let places: Vec<String> = form.types.names();
        let _ = writeln!(
            out,
            "```\n{}\n```\n```monitrc-test\nif {} then alert\n```\nin {}\n",
            form.grammar,
            form.example,
            places.join(", ").replace('\'', "")
        );
    }
    out
}

#[test]
fn the_document_holds_the_grammar_of_every_statement() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("doc/GRAMMAR.md");
    let text = std::fs::read_to_string(&path).expect("doc/GRAMMAR.md");
    let (begin, end) = ("<!-- begin of what the tests compare -->\n", "<!-- end -->");
    let (head, rest) = text.split_once(begin).expect("the first mark");
    let (middle, tail) = rest.split_once(end).expect("the second mark");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, format!("{head}{begin}{}{end}{tail}", generated())).expect("doc/GRAMMAR.md");
    } else {
        assert_eq!(middle, generated(), "run the tests with UPDATE_EXPECT=1");
    }
}

#[test]
fn the_worked_examples_in_the_document_parse() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("doc/GRAMMAR.md");
    let text = std::fs::read_to_string(path).expect("doc/GRAMMAR.md");
    let blocks: Vec<&str> =
        text.split("```monitrc\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() > STATEMENTS.len());
    for block in blocks {
        let loaded = parse(block);
        assert!(loaded.config.is_some(), "{block}\n{}", rendered(&loaded.diagnostics));
    }
}

#[test]
fn every_protocol_takes_each_of_its_options() {
    use crate::config::{OptionKind, PROTOCOLS};
    for protocol in PROTOCOLS {
        for option in protocol.options {
            let value = match option.kind {
                OptionKind::String | OptionKind::StringOrMail => "\"x\"",
                OptionKind::Path | OptionKind::PathOrString => "\"/x\"",
                OptionKind::Number => "7",
                OptionKind::Compare => "> 7",
                OptionKind::Percent => "> 7%",
                OptionKind::Checksum => "\"d41d8cd98f00b204e9800998ecf8427e\"",
                OptionKind::KeyChecksum => "checksum md5 \"d41d8cd98f00b204e9800998ecf8427e\" username \"u\"",
                OptionKind::Method => "head",
                OptionKind::Redirects => "3 redirects",
                OptionKind::Json => "\"/a\" = \"b\"",
                OptionKind::Query => "www.example.org type a = 192.0.2.1",
                OptionKind::Headers => "[A: b, C: \"d, e\"]",
            };
            let transport = if protocol.keyword == "radius" { "type udp" } else { "" };
            let text = format!(
                "check process x with pidfile /x if failed port 1 {transport} protocol {} {} {value} then alert",
                protocol.keyword,
                option.name.keyword()
            );
            // A key checksum makes no sense over TLS, which is said.
            if protocol.tls && option.kind == OptionKind::KeyChecksum {
                assert!(parse(&text).config.is_none(), "{text}");
            } else {
                accepted(&text);
            }
        }
    }
}

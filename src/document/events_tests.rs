use super::*;
use crate::document::kept::{Kept, joined};
use crate::sys::Scratch;
use std::time::Duration;

fn fail(kept: &mut Kept, service: &str, message: &str) {
    kept.happen(UNIX_EPOCH + Duration::from_micros(1_500_000), service, State::Failed, message);
}

fn made(source: &Kept, form: Form, wanted: Wanted, budget: u32) -> String {
    let mut events = Events::new(form, wanted);
    joined(budget, |piece| events.step(source, piece))
}

fn since(since: u64, limit: Option<u16>) -> Wanted {
    Wanted { since: Some(since), services: None, limit }
}

fn seqs(json: &str) -> Vec<u64> {
    json.split("{\"seq\":").skip(1).map(|rest| rest.split(',').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn programs_get_every_field() {
    let folder = Scratch::new();
    let mut source = Kept::new(&folder);
    fail(&mut source, "web", "a \"bad\"\nthing");
    assert_eq!(
        made(&source, Form::Json, Wanted::default(), 1000),
        "{\"schema\":2,\"kept\":true,\"missed\":false,\"events\":[{\"seq\":1,\"time\":1.500000,\"service\":\"web\",\
         \"type\":\"process\",\"event\":\"nonexist\",\"state\":\"failed\",\"title\":\"Does not exist\",\
         \"action\":\"restart\",\"message\":\"a \\\"bad\\\"\\nthing\"}],\"next\":1}\n"
    );
}

#[test]
fn people_get_a_line_for_each() {
    let folder = Scratch::new();
    let mut source = Kept::new(&folder);
    assert_eq!(made(&source, Form::Text, Wanted::default(), 1000), "No events\n");
    fail(&mut source, "web", "is \x1b[31m gone\nsecond line");
    fail(&mut source, "db", "is gone");
    let text = made(&source, Form::Text, Wanted::default(), 1);
    let lines: Vec<&str> = text.lines().map(|line| line.get(21..).unwrap()).collect();
    assert_eq!(
        lines,
        [
            "web               Does not exist            is  [31m gone",
            "db                Does not exist            is gone"
        ]
    );
    assert!(made(&Kept::default(), Form::Text, Wanted::default(), 1).contains("set history"));
    assert!(made(&Kept::default(), Form::Json, Wanted::default(), 1).contains("\"kept\":false"));
}

#[test]
fn who_asks_for_what_came_since_sees_every_event_once() {
    let folder = Scratch::new();
    let mut source = Kept::new(&folder);
    let mut next = 0;
    let mut seen = Vec::new();
    for round in 0..40u16 {
        (0..round % 7).for_each(|_| fail(&mut source, "web", "x"));
        let json = made(&source, Form::Json, since(next, Some(3)), 7);
        assert!(json.contains("\"missed\":false"), "{json}");
        seen.extend(seqs(&json));
        let said = json.trim().rsplit("\"next\":").next().unwrap().trim_end_matches('}').parse().unwrap();
        assert!(said >= next);
        next = said;
    }
    let last = source.history.as_ref().unwrap().events().unwrap().last();
    seen.extend(seqs(&made(&source, Form::Json, since(next, None), 7)));
    assert_eq!(seen, (1..=last).collect::<Vec<_>>());
    assert_eq!(seqs(&made(&source, Form::Json, since(last, None), 7)), []);
    assert_eq!(
        seqs(&made(&source, Form::Json, Wanted { limit: Some(2), ..Wanted::default() }, 7)),
        [last - 1, last]
    );
}

#[test]
fn what_was_dropped_is_said_to_be_missed() {
    let folder = Scratch::new();
    let mut source = Kept::new(&folder);
    let missed = |source: &Kept, since_seq| {
        let json = made(source, Form::Json, since(since_seq, None), 1000);
        json.contains("\"missed\":true")
    };
    (0..512).for_each(|_| fail(&mut source, "web", "x"));
    assert!(!missed(&source, 0), "all are there");
    fail(&mut source, "web", "x");
    assert!(missed(&source, 0) && !missed(&source, 1) && !missed(&source, 513));
    std::fs::remove_file(folder.join("state.events")).unwrap();
    fail(&mut source, "web", "x");
    assert!(!missed(&source, 0), "nobody knows of any before");
    assert!(missed(&source, 512), "they went with the file");
}

#[test]
fn services_are_chosen_by_name() {
    let folder = Scratch::new();
    let mut source = Kept::new(&folder);
    ["web", "db", "WEB", "webby"].iter().for_each(|name| fail(&mut source, name, "x"));
    let services = Some(["web".into()].into());
    let json = made(&source, Form::Json, Wanted { services, ..Wanted::default() }, 1000);
    assert_eq!(seqs(&json), [1, 3]);
    assert!(json.contains("\"next\":4"));
}

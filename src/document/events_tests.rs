use super::*;
use crate::config::EventKind;
use crate::document::{Entry, Monitor};
use crate::event::{ActionName, Event};
use crate::history::History;
use crate::sys::Scratch;
use std::time::Duration;

/// A daemon of which only events are known.
struct Kept(Option<History>);

impl Source for Kept {
    fn count(&self) -> u32 {
        0
    }
    fn uptime(&self) -> Duration {
        Duration::ZERO
    }
    fn entry(&self, _: u32, _: bool) -> Option<Entry<'_>> {
        None
    }
    fn monitor(&self) -> Option<Monitor<'_>> {
        None
    }
    fn history(&self) -> Option<&History> {
        self.0.as_ref()
    }
}

fn kept(folder: &Scratch) -> Kept {
    Kept(Some(History::open(&folder.join("state"), UNIX_EPOCH)))
}

impl Kept {
    fn happen(&mut self, service: &str, message: &str) {
        self.0.as_mut().unwrap().add(&Event {
            id: 1,
            time: UNIX_EPOCH + Duration::from_micros(1_500_000),
            kind: EventKind::NonExist,
            state: State::Failed,
            service: service.into(),
            service_index: None,
            service_type: 3,
            test: 0,
            action: ActionName::Restart,
            description: message.into(),
            evidence: Box::default(),
            count: 1,
        });
    }
}

/// The document in pieces of so many microseconds, joined.
fn made(source: &Kept, form: Form, wanted: Wanted, budget: u32) -> String {
    let mut events = Events::new(form, wanted);
    let mut all = String::new();
    loop {
        let mut out = String::new();
        let whole =
            events.step(source, &mut Piece { out: &mut out, budget: &mut budget.clone(), room: 4096 });
        all.push_str(&out);
        if whole {
            return all;
        }
    }
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
    let mut source = kept(&folder);
    source.happen("web", "a \"bad\"\nthing");
    assert_eq!(
        made(&source, Form::Json, Wanted::default(), 1000),
        "{\"schema\":1,\"kept\":true,\"missed\":false,\"events\":[{\"seq\":1,\"time\":1.500000,\"service\":\"web\",\
         \"type\":\"process\",\"event\":\"nonexist\",\"state\":\"failed\",\"title\":\"Does not exist\",\
         \"action\":\"restart\",\"message\":\"a \\\"bad\\\"\\nthing\"}],\"next\":1}\n"
    );
}

#[test]
fn people_get_a_line_for_each() {
    let folder = Scratch::new();
    let mut source = kept(&folder);
    assert_eq!(made(&source, Form::Text, Wanted::default(), 1000), "No events\n");
    source.happen("web", "is \x1b[31m gone\nsecond line");
    source.happen("db", "is gone");
    let text = made(&source, Form::Text, Wanted::default(), 1);
    let lines: Vec<&str> = text.lines().map(|line| line.get(21..).unwrap()).collect();
    assert_eq!(
        lines,
        [
            "web               Does not exist            is  [31m gone",
            "db                Does not exist            is gone"
        ]
    );
    assert!(made(&Kept(None), Form::Text, Wanted::default(), 1).contains("set history"));
    assert!(made(&Kept(None), Form::Json, Wanted::default(), 1).contains("\"kept\":false"));
}

#[test]
fn who_asks_for_what_came_since_sees_every_event_once() {
    let folder = Scratch::new();
    let mut source = kept(&folder);
    let mut next = 0;
    let mut seen = Vec::new();
    for round in 0..40u16 {
        (0..round % 7).for_each(|_| source.happen("web", "x"));
        let json = made(&source, Form::Json, since(next, Some(3)), 7);
        assert!(json.contains("\"missed\":false"), "{json}");
        seen.extend(seqs(&json));
        let said = json.trim().rsplit("\"next\":").next().unwrap().trim_end_matches('}').parse().unwrap();
        assert!(said >= next);
        next = said;
    }
    let last = source.0.as_ref().unwrap().events().unwrap().last();
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
    let mut source = kept(&folder);
    let missed = |source: &Kept, since_seq| {
        let json = made(source, Form::Json, since(since_seq, None), 1000);
        json.contains("\"missed\":true")
    };
    (0..512).for_each(|_| source.happen("web", "x"));
    assert!(!missed(&source, 0), "all are there");
    source.happen("web", "x");
    assert!(missed(&source, 0) && !missed(&source, 1) && !missed(&source, 513));
    std::fs::remove_file(folder.join("state.events")).unwrap();
    source.happen("web", "x");
    assert!(!missed(&source, 0), "nobody knows of any before");
    assert!(missed(&source, 512), "they went with the file");
}

#[test]
fn services_are_chosen_by_name() {
    let folder = Scratch::new();
    let mut source = kept(&folder);
    ["web", "db", "WEB", "webby"].iter().for_each(|name| source.happen(name, "x"));
    let services = Some(["web".into()].into());
    let json = made(&source, Form::Json, Wanted { services, ..Wanted::default() }, 1000);
    assert_eq!(seqs(&json), [1, 3]);
    assert!(json.contains("\"next\":4"));
}

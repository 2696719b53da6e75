use super::maker::Need;
use super::message::{Document, Form, Message};
use super::*;
use crate::config::{Mmonit, Place, ProcessBy, Service, Settings, Subject, Url};
use crate::document::Platform;
use crate::document::current::Current;
use crate::document::xml::{Registration, ending};
use crate::outbox::tests::event;
use crate::protocol::http::post::Body;
use crate::reactor::Now;
use crate::service::Services;
use std::path::Path;
use std::rc::Rc;

fn services(count: usize) -> Services {
    let process = |n| Service::new(&format!("p{n}"), Subject::Process(ProcessBy::Matching("x".into())));
    let config = Config {
        services: (0..count).map(process).collect(),
        check_order: (0..count as u32).collect(),
        ..Config::default()
    };
    Services::new(config, None, None, Now::read())
}

fn current<'a>(services: &'a Services, platform: &'a Platform, now: Now) -> Current<'a> {
    Current {
        services,
        uptime: Duration::ZERO,
        id: "0123",
        incarnation: 5,
        control: Path::new("/etc/monitrc"),
        platform,
        history: None,
        now,
    }
}

fn need(group: &str, gzip: bool, key: u64) -> Need {
    let hostgroups = vec![group.into()].into();
    Need {
        form: Form { registration: Registration { credentials: false, hostgroups }, gzip },
        since: None,
        key,
    }
}

fn text(document: &Rc<Document>, end: &str) -> Vec<u8> {
    let mut message = Message::new(Rc::clone(document), end);
    let length = message.length();
    let mut all = Vec::new();
    while let Some(piece) = message.piece() {
        all.extend(piece);
    }
    assert_eq!(all.len() as u64, length);
    all
}

#[test]
fn events_of_one_moment_share_a_document_and_younger_ones_do_not() {
    let (services, platform, now) = (services(3), Platform::default(), Now::read());
    let source = current(&services, &platform, now);
    let mut maker = Maker::default();
    let mut at = now.mono;
    let mut ask = |key, newest, later: u64| {
        at += Duration::from_millis(later);
        maker.on_tick(&source, at);
        maker.ask(&need("g", false, key), &source, newest, at).unwrap().unwrap()
    };
    let first = ask(7, 9, 0);
    assert!(Rc::ptr_eq(&first, &ask(9, 9, 100)));
    let second = ask(10, 10, 100);
    assert!(!Rc::ptr_eq(&first, &second));
    assert!(!Rc::ptr_eq(&second, &ask(10, 10, 5000)), "it is old");
    let whole = String::from_utf8(text(&first, &ending(Some(&event("p1", 1))))).unwrap();
    assert!(whole.starts_with("<?xml") && whole.ends_with("</event></monit>"), "{whole}");
    assert!(
        whole.contains("<hostgroups><name><![CDATA[g]]></name></hostgroups><services><service name=\"p0\">")
    );
}

#[test]
fn large_documents_take_many_turns_and_everybody_gets_his() {
    let (services, platform, now) = (services(2000), Platform::default(), Now::read());
    let source = current(&services, &platform, now);
    let mut maker = Maker::default();
    let wants = [need("a", true, 1), need("b", false, 1), need("c", true, 1)];
    let (mut got, mut turns) = ([0; 3], 0);
    while got.iter().any(|count| *count < 3) {
        turns += 1;
        let at = now.mono + Duration::from_millis(turns);
        maker.on_tick(&source, at);
        for (want, got) in wants.iter().zip(&mut got).rev() {
            if let Some(document) = maker.ask(want, &source, 1, at).unwrap() {
                assert_eq!(document.form, want.form);
                assert!(document.form.gzip || text(&document, "").len() > 300_000);
                *got += 1;
            }
        }
        assert!(turns < 2000, "somebody waits for ever: {got:?}");
        let mut set = PollSet::new();
        maker.register(&mut set);
        let at_once = set.deadline().is_some_and(|deadline| deadline <= at);
        assert!(at_once || got.iter().all(|count| *count >= 3), "turn {turns}: somebody waits, {got:?}");
    }
    assert!(turns > 20, "{turns}");
}

#[test]
fn all_collectors_are_told_of_changes_and_of_nothing_else() {
    let mmonit = Mmonit {
        place: Place::default(),
        url: Url { host: "h".into(), port: 80, path: "/c".into(), ..Url::default() },
        timeout: Duration::from_secs(5),
        tls: None,
        certificate: None,
        register_credentials: true,
        hostgroups: Vec::new(),
    };
    let mmonits = vec![mmonit.clone(), mmonit];
    assert_eq!(Mmonit::names(&mmonits), ["M/Monit http://[h]:80/c", "M/Monit http://[h]:80/c (2)"]);
    let config =
        Config { settings: Box::new(Settings { mmonits, ..Settings::default() }), ..Config::default() };
    let collectors = Collectors::new(&config, &mut Outbox::new(true));
    assert_eq!(collectors.wanted(&event("x", 1)).len(), 2);
    assert!(collectors.wanted(&event("x", 2)).is_empty(), "a reminder");
    assert!(collectors.wanted(&Event { action: ActionName::Ignore, ..event("x", 1) }).is_empty());
}

use super::*;
use crate::config::{Config, Service, Subject};
use crate::outbox::tests::event;
use std::time::Duration;

fn parcel(what: What, count: usize, description: &str) -> Parcel {
    let mut parcel = Parcel::new(what, Manner::Told, (1, count as u64));
    for number in 0..count {
        let service = format!("s{number}").into();
        let description = description.into();
        parcel.add(number as u64 + 1, Event { service, description, ..event("", 1) });
    }
    parcel
}

fn config() -> Config {
    let mut services: Vec<Service> =
        ["s0", "a", "b", "c"].iter().map(|name| Service::new(name, Subject::System)).collect();
    services[1].depends = vec![0].into();
    services[2].depends = vec![0, 1].into();
    services[3].depends = vec![2].into();
    Config { services, ..Config::default() }
}

#[test]
fn a_message_lists_what_finds_room_and_counts_the_rest() {
    for description in ["gone", &"ü".repeat(30_000)] {
        let parcel = parcel(What::News, 3000, description);
        assert_eq!((parcel.tally.failed, parcel.keys.len()), (3000, 3000));
        assert_eq!(parcel.events.len() as u32 + parcel.unlisted.total(), 3000);
        assert!(parcel.unlisted.failed > 1000);
        let text = parcel.text("box", &Config::default());
        assert!(text.len() < 200_000, "{} bytes", text.len());
        assert!(
            text.contains(&format!("and {} more: ", parcel.unlisted.total())),
            "{}",
            &text[text.len() - 99..]
        );
    }
}

#[test]
fn evidence_takes_room_and_is_not_told_in_brief() {
    let mut parcel = Parcel::new(What::News, Manner::Told, (1, 99));
    for key in 1..100 {
        let evidence = "e".repeat(2000).into();
        parcel.add(key, Event { evidence, ..event("web", 1) });
    }
    let seen = |event: &Event| event.evidence.len() + event.description.len();
    let bytes: usize = parcel.events.iter().map(|(_, event)| seen(event)).sum();
    assert!(bytes <= 32 * 1024, "{bytes} bytes");
    let (last, first) = (&parcel.events.last().unwrap().1, &parcel.events[0].1);
    assert_eq!((parcel.events.len(), seen(last), first.evidence.len()), (99, 0, 2000));
}

#[test]
fn a_summary_counts_for_each_test_and_says_how_it_stands() {
    let mut parcel = Parcel::new(What::Summary, Manner::Told, (1, 9));
    let states = [State::Failed, State::Succeeded, State::Failed];
    for (key, (service, state)) in
        states.iter().flat_map(|state| [("web", *state), ("db", State::Succeeded)]).enumerate()
    {
        parcel.add(key as u64, Event { state, ..event(service, 1) });
    }
    assert_eq!(parcel.title("box"), "Summary of 6 events on box: 1 test still fails");
    assert_eq!(parcel.state(), State::Failed);
    let text = parcel.text("box", &Config::default());
    for line in [
        "6 events on box held back, ",
        "Still failing:\n  web: Does not exist (2 failed, 1 recovered) -- process is not running\n",
        "Over:\n  db: Exists (3 recovered)",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let mut many = Parcel::new(What::Summary, Manner::Told, (1, 9));
    (0..700).for_each(|number| many.add(number, event(&format!("s{number}"), 1)));
    assert_eq!((many.lines.len(), many.unlisted.failed), (500, 200));
}

#[test]
fn who_depends_on_what_failed_is_named_with_it() {
    let one = parcel(What::News, 1, "gone");
    let one = Parcel { name: (1, 1), ..one };
    let (key, event) = one.single_news(&config()).unwrap();
    assert_eq!((key, &*event.description), (1, "gone -- a, b and c depend on it"));
    assert_eq!(one.single_news(&Config::default()).unwrap().1, one.events[0].1, "an ordinary message");
    let two = parcel(What::News, 2, "gone");
    assert!(two.single_news(&config()).is_none());
    let text = two.text("box", &config());
    assert!(text.contains("]\n             also: a, b and c depend on it\nfailed       s1: "), "{text}");
    assert_eq!(two.title("box"), "2 events on box: s0 Does not exist, and 1 more");
}

#[test]
fn the_last_message_of_an_hour_says_so() {
    let held_until = Some(crate::outbox::tests::then() + Duration::from_secs(60));
    let one = Parcel { name: (1, 1), held_until, ..parcel(What::News, 1, "gone") };
    let (_, event) = one.single_news(&Config::default()).unwrap();
    assert!(event.description.starts_with("gone -- This is the last message"), "{}", event.description);
    assert!(one.text("box", &Config::default()).contains("more is held back until "));
}

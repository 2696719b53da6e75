use super::*;
use crate::document::kept::{Kept, joined};
use crate::sys::Scratch;
use std::time::UNIX_EPOCH;

fn happen(kept: &mut Kept, minute: u64, service: &str, state: State, message: &str) {
    let time = UNIX_EPOCH + Duration::from_secs(1_795_737_600 + 60 * minute);
    kept.happen(time, service, state, message);
}

fn made(kept: &Kept, choice: Choice, budget: u32) -> String {
    let mut page = EventsPage::new(choice, Renewal::Never);
    joined(budget, |piece| page.step(kept, piece))
}

#[test]
fn a_recovery_says_how_long_it_took_and_what_repeats_is_counted() {
    let folder = Scratch::new();
    let mut kept = Kept::new(&folder);
    happen(&mut kept, 0, "web", State::Failed, "first");
    happen(&mut kept, 1, "db", State::Failed, "in between");
    happen(&mut kept, 2, "web", State::Failed, "second");
    happen(&mut kept, 12, "web", State::Succeeded, "there");
    for minute in 20..23 {
        happen(&mut kept, minute, "web", State::Failed, "<again>");
    }
    let page = made(&kept, Choice::default(), 1);
    let order = [
        "\u{d7}3, since",
        "&lt;again&gt; \u{2192} restart",
        "Exists <small>after 12 min</small></span>",
        "second",
        "in between",
        "first",
    ];
    let places: Vec<Option<usize>> = order.iter().map(|part| page.find(part)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}: {page}");
    assert_eq!(page.matches("<h2>").count(), 1, "one day: {page}");
    let web = Choice { service: Some("WEB".into()), failed: true, ..Choice::default() };
    let page = made(&kept, web, 1_000_000);
    assert!(
        page.contains("\u{d7}3, since")
            && page.contains("\u{d7}2, since")
            && !page.contains("in between")
            && !page.contains("there"),
        "{page}"
    );
}

#[test]
fn what_is_older_is_on_further_pages() {
    let folder = Scratch::new();
    let mut kept = Kept::new(&folder);
    for number in 0..120 {
        happen(&mut kept, 0, &format!("s{number}"), State::Failed, &format!("event {number}."));
    }
    let (mut choice, mut pages, mut all) = (Choice::default(), 0, String::new());
    loop {
        let page = made(&kept, choice.clone(), 50);
        pages += 1;
        let older = page.split("before=").nth(1).and_then(|rest| rest.split('"').next());
        choice.before = older.map(|seq| seq.parse().unwrap());
        assert_eq!(page.contains(">Newest</a>"), pages > 1);
        all.push_str(&page);
        if choice.before.is_none() {
            break;
        }
    }
    assert_eq!(pages, 3);
    for number in 0..120 {
        assert_eq!(all.matches(&format!(">event {number}. ")).count(), 1, "{number}");
    }
}

#[test]
fn the_names_of_the_form_are_written_in_pieces() {
    let folder = Scratch::new();
    let mut kept = Kept::new(&folder);
    for number in 0..100 {
        happen(&mut kept, 0, &format!("s{number:02}"), State::Failed, "bad");
    }
    let mut page = EventsPage::new(Choice { form: true, ..Choice::default() }, Renewal::Never);
    let (mut whole, mut most) = (String::new(), 0);
    loop {
        let mut out = String::new();
        let done = page.step(&kept, &mut Piece { out: &mut out, budget: &mut 1, room: usize::MAX });
        most = most.max(out.matches("<option").count());
        whole.push_str(&out);
        if done {
            break;
        }
    }
    assert_eq!((most, whole.matches("<option").count()), (1, 101), "{whole}");
    let places = ["<select", ">s00</option>", ">s99</option>", "</select>", "<ul class=\"events\""]
        .map(|part| whole.find(part));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}: {whole}");
}

#[test]
fn without_events_it_says_why() {
    let folder = Scratch::new();
    assert!(made(&Kept::new(&folder), Choice::default(), 1).contains("There is no such event."));
    assert!(made(&Kept::default(), Choice::default(), 1).contains("No events are kept"));
}

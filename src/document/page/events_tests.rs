use super::*;
use crate::document::{Entry, Monitor};
use crate::event::{ActionName, Event};
use crate::history::History;
use crate::sys::Scratch;
use std::time::UNIX_EPOCH;

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

impl Kept {
    fn new(folder: &Scratch) -> Kept {
        Kept(Some(History::open(&folder.join("state"), UNIX_EPOCH)))
    }

    fn happen(&mut self, minute: u64, service: &str, state: State, message: &str) {
        self.0.as_mut().unwrap().add(&Event {
            id: 1,
            time: UNIX_EPOCH + Duration::from_secs(1_795_737_600 + 60 * minute),
            kind: EventKind::NonExist,
            state,
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

    /// The page in pieces of so many microseconds, joined.
    fn page(&self, choice: Choice, budget: u32) -> String {
        let mut page = EventsPage::new(choice, Renewal::Never);
        let mut all = String::new();
        loop {
            let mut out = String::new();
            let whole =
                page.step(self, &mut Piece { out: &mut out, budget: &mut budget.clone(), room: 4096 });
            all.push_str(&out);
            if whole {
                return all;
            }
        }
    }
}

#[test]
fn a_recovery_says_how_long_it_took_and_what_repeats_is_counted() {
    let folder = Scratch::new();
    let mut kept = Kept::new(&folder);
    kept.happen(0, "web", State::Failed, "first");
    kept.happen(1, "db", State::Failed, "in between");
    kept.happen(2, "web", State::Failed, "second");
    kept.happen(12, "web", State::Succeeded, "there");
    for minute in 20..23 {
        kept.happen(minute, "web", State::Failed, "<again>");
    }
    let page = kept.page(Choice::default(), 1);
    let order = [
        "\u{d7}3, since",
        "&lt;again&gt; \u{2192} restart",
        "Exists</span> <small>after 12 min</small>",
        "second",
        "in between",
        "first",
    ];
    let places: Vec<Option<usize>> = order.iter().map(|part| page.find(part)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}: {page}");
    assert_eq!(page.matches("<h2>").count(), 1, "one day: {page}");
    let web = Choice { service: Some("WEB".into()), failed: true, ..Choice::default() };
    let page = kept.page(web, 1_000_000);
    assert!(
        page.contains("\u{d7}5, since") && !page.contains("in between") && !page.contains("there"),
        "{page}"
    );
}

#[test]
fn what_is_older_is_on_further_pages() {
    let folder = Scratch::new();
    let mut kept = Kept::new(&folder);
    for number in 0..120 {
        kept.happen(0, &format!("s{number}"), State::Failed, &format!("event {number}."));
    }
    let (mut choice, mut pages, mut all) = (Choice::default(), 0, String::new());
    loop {
        let page = kept.page(choice.clone(), 50);
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
fn without_events_it_says_why() {
    let folder = Scratch::new();
    assert!(Kept::new(&folder).page(Choice::default(), 1).contains("There is no such event."));
    assert!(Kept(None).page(Choice::default(), 1).contains("No events are kept"));
}

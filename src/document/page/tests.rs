use super::frame::link;
use super::*;
use crate::config::{Config, Service, Subject};
use crate::document::log_file::Place;
use crate::document::{Entry, Monitor, Piece};
use crate::reactor::Now;
use crate::service::{ServiceIndex, Services};
use std::cell::Cell;
use std::path::Path;
use std::time::Duration;

#[test]
fn no_text_leaves_its_place() {
    let mut out = String::new();
    escape(&mut out, "<script>'\"&\u{1b}\u{7f}\u{9b}\n");
    assert_eq!(out, "&lt;script&gt;&#39;&quot;&amp;\u{241b}\u{2421}\u{fffd}\n");
    out.clear();
    link(&mut out, "javascript:a/b<ü");
    assert_eq!(out, "<a href=\"./javascript%3Aa%2Fb%3C%C3%BC\"><bdi>javascript:a/b&lt;ü</bdi></a>");
}

#[test]
fn nothing_comes_from_elsewhere() {
    let page = log(&Unchecked::new(Vec::new()), Place::End);
    for text in [&*page, STYLE] {
        assert!(!text.contains("//") && !text.contains("<script") && !text.contains("@import"), "{text}");
    }
}

#[test]
fn what_runs_from_right_to_left_turns_nothing_around() {
    for (text, shown) in [("a <b", "a &lt;b"), ("\u{202e}<\u{5d0}", "<bdi>\u{202e}&lt;\u{5d0}</bdi>")] {
        let mut out = String::new();
        frame::foreign(&mut out, text);
        assert_eq!(out, shown);
    }
}

/// Services that nobody has checked yet, and how often one was asked for with all its readings.
struct Unchecked(Services, Cell<u32>);

impl Unchecked {
    fn new(services: Vec<Service>) -> Unchecked {
        let check_order = (0..services.len() as u32).collect();
        let config = Config { services, check_order, ..Config::default() };
        Unchecked(Services::new(config, None, None, Now::read()), Cell::new(0))
    }
}

impl Source for Unchecked {
    fn count(&self) -> u32 {
        self.0.len()
    }

    fn uptime(&self) -> Duration {
        Duration::ZERO
    }

    fn entry(&self, index: u32, readings: bool) -> Option<Entry<'_>> {
        self.1.set(self.1.get() + u32::from(readings));
        (index < self.count()).then(|| Entry::of(self.0.view(ServiceIndex(index)), readings))
    }

    fn service(&self, index: u32) -> Option<&Service> {
        self.0.config().services.get(index as usize)
    }

    fn monitor(&self) -> Option<Monitor<'_>> {
        None
    }
}

/// The pieces that a page is made in, with the smallest budget there is.
fn pieces(mut step: impl FnMut(&mut Piece<'_>) -> bool) -> Vec<String> {
    let mut pieces = Vec::new();
    loop {
        let mut out = String::new();
        let whole = step(&mut Piece { out: &mut out, budget: &mut 1, room: usize::MAX });
        pieces.push(out);
        if whole {
            return pieces;
        }
    }
}

#[test]
fn the_readings_of_a_page_are_not_made_anew_for_each_of_its_pieces() {
    let source = Unchecked::new(vec![Service::new("a", Subject::System)]);
    let mut page = ServicePage::new(0, Viewer { token: None }, Range::Hour, None, Renewal::Never);
    let pieces = pieces(|piece| page.step(&source, piece));
    assert!(pieces.len() > 2 && pieces.concat().contains("<h2>Readings</h2>"), "{pieces:?}");
    assert_eq!(source.1.get(), 2, "for the reasons, and to be shown");
}

#[test]
fn of_very_many_services_the_types_are_counted() {
    let services = |count: usize| {
        let files =
            (0..count).map(|at| Service::new(&format!("f{at}"), Subject::File(Path::new("/f").into())));
        Unchecked::new(files.chain([Service::new("box", Subject::System)]).collect())
    };
    let page = |source: &Unchecked, types: Types| {
        let mut page = Overview::new(Viewer { token: None }, Renewal::Never, Filter { group: None, types });
        pieces(|piece| page.step(source, piece)).concat()
    };
    let few = page(&services(199), Types::Brief);
    assert!(few.contains("<h2>Files <small>199</small></h2>") && few.contains(">f198</a>"), "{few}");
    let many = services(200);
    let brief = page(&many, Types::Brief);
    assert!(brief.contains("<a href=\"./?type=file\">Files</a> <span>200</span>"), "{brief}");
    assert!(
        brief.contains("<a href=\"./?type=all\">All on one page</a>") && !brief.contains(">f7</a>"),
        "{brief}"
    );
    assert!(page(&many, Types::All).contains(">f199</a>"));
    assert!(page(&many, Types::from_word("file").unwrap()).contains(">f199</a>"));
}

#[test]
fn a_table_stays_one_where_its_rows_are_cards() {
    let source = Unchecked::new(vec![Service::new("box", Subject::System)]);
    let mut page = Overview::new(Viewer { token: None }, Renewal::Never, Filter::default());
    let text = pieces(|piece| page.step(&source, piece)).concat();
    for (element, role) in [
        ("<table", "table"),
        ("<thead", "rowgroup"),
        ("<tbody", "rowgroup"),
        ("<tr", "row"),
        ("<th ", "columnheader"),
        ("<td", "cell"),
    ] {
        assert!(text.contains(element), "{element}: {text}");
        for one in text.split(element).skip(1) {
            let tag = one.split('>').next().unwrap();
            assert!(tag.contains(&format!("role=\"{role}\"")), "{element}{tag}");
        }
    }
}

//! What is known of the services, as documents: text for terminals, XML, JSON, metrics.
//!
//! | file | what is there |
//! |---|---|
//! | [`source`] | what a document is made from: the services one by one, and the monitor itself |
//! | [`current`] | the same of this daemon |
//! | [`entry`] | one service as documents see it |
//! | [`text`] | `summary`, `status`, `report` |
//! | [`xml`] | both layouts that Monit's clients read |
//! | [`item`] | the readings with all their numbers and units, for the next two |
//! | [`json`] | the interface for programs |
//! | [`metrics`] | OpenMetrics |
//! | [`events`] | the last events |
//! | [`log_file`], [`log_text`] | the monitor's own log, a part at a time |
//! | [`moment`] | a time, for people |
//! | [`why`] | why a service is as it is |
//! | [`silences`] | of which services alerts are held back |
//! | [`trial`] | what came of a test of alerts |
//! | [`page`] | pages for people |
//!
//! A document of ten thousand services takes longer than a turn of the loop may, and more room than a small machine has.
//! So each is made a piece at a time ([`Document::step`]), and whoever sends it takes each piece away as it comes.

pub mod current;
pub mod entry;
pub mod events;
pub mod item;
pub mod json;
#[cfg(test)]
mod kept;
pub mod log_file;
pub mod log_text;
mod markup;
pub mod metrics;
pub mod moment;
pub mod page;
mod silence;
pub mod silences;
pub mod source;
pub mod text;
pub mod trial;
pub mod why;
pub mod xml;

pub use entry::Entry;
pub use source::{Monitor, Platform, See, Source};

/// A document on its way: which one, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// For terminals.
    Text(text::Rendering),
    /// For Monit's clients.
    Xml(xml::Xml),
    /// For programs.
    Json(json::Json),
    /// For Prometheus.
    Metrics(metrics::Metrics),
    /// Why services are as they are, for terminals.
    Why(why::Reasons),
    /// The last events.
    Events(Box<events::Events>),
    /// For people with a browser.
    Overview(Box<page::Overview>),
    /// The page of one service.
    Service(Box<page::ServicePage>),
    /// The page of the last events.
    EventsPage(Box<page::EventsPage>),
    /// The end of the log.
    LogText(log_text::LogText),
}

/// How much of a document may be made now.
#[derive(Debug)]
pub struct Piece<'a> {
    /// Where it goes.
    pub out: &'a mut String,
    /// The work it may cost, roughly in microseconds; what was used is taken off.
    pub budget: &'a mut u32,
    /// No service is begun when `out` has so many bytes.
    pub room: usize,
}

impl Piece<'_> {
    /// Takes off what a piece of work has cost. `true`: no more now.
    fn spend(&mut self, cost: u32) -> bool {
        *self.budget = self.budget.saturating_sub(cost);
        *self.budget == 0 || self.out.len() >= self.room
    }
}

impl Document {
    /// Whether a reader notices by its form when the end is missing.
    pub fn shows_its_end(&self) -> bool {
        match self {
            Document::Xml(_) | Document::Json(_) => true,
            Document::Metrics(metrics) => metrics.format() == metrics::Format::OpenMetrics,
            Document::Events(events) => events.form() == events::Form::Json,
            Document::Text(_)
            | Document::Why(_)
            | Document::Overview(_)
            | Document::Service(_)
            | Document::EventsPage(_)
            | Document::LogText(_) => false,
        }
    }

    /// Bytes of memory that it holds for its next pieces.
    pub fn held(&self) -> usize {
        match self {
            Document::Metrics(metrics) => metrics.held(),
            Document::Json(json) => json.held(),
            Document::Overview(overview) => overview.held(),
            _ => 0,
        }
    }

    /// Goes on, by one service at least. `true`: it is whole.
    pub fn step(&mut self, source: &dyn Source, piece: &mut Piece<'_>) -> bool {
        match self {
            Document::Text(text) => text.step(source, piece),
            Document::Xml(xml) => xml.step(source, piece),
            Document::Json(json) => json.step(source, piece),
            Document::Metrics(metrics) => metrics.step(source, piece),
            Document::Why(reasons) => reasons.step(source, piece),
            Document::Events(events) => events.step(source, piece),
            Document::Overview(overview) => overview.step(source, piece),
            Document::Service(service) => service.step(source, piece),
            Document::EventsPage(events) => events.step(source, piece),
            Document::LogText(log) => log.step(source, piece),
        }
    }
}

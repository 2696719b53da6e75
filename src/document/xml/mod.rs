//! XML as Monit's clients read it: one line, no line break at its end.
//!
//! Two layouts: the first is what `/_status?format=xml` sends, with names in elements and services directly below the
//! root; the second (`/_status2`, and what M/Monit is sent) has names in attributes, services in one element and groups in
//! another. Fields and their order are Monit's. What differs: the encoding that is declared is the one that is
//! used (UTF-8), and no name, output or path makes a document that cannot be parsed.

mod collector;
mod connections;
mod head;
mod readings;
mod service;
mod tags;

pub use collector::{Registration, ending};

use super::{Piece, Source};
use tags::Tags;

/// What one service costs, roughly in microseconds.
const SERVICE: u32 = 1;
/// The same of the name of a service in a group.
const MEMBER: u32 = 1;

/// Where names and numbers stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `/_status?format=xml`
    First,
    /// `/_status2?format=xml`, and M/Monit.
    Second,
}

/// A document on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xml {
    layout: Layout,
    /// For M/Monit, without the end: that is [`ending`].
    registration: Option<Registration>,
    /// The services it is about, in order; `None`: all.
    chosen: Option<Box<[u32]>>,
    /// How many those are.
    count: usize,
    section: Section,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Head,
    /// The next service.
    Service(usize),
    /// The next group, counted from the last one.
    Group(usize),
    /// The next member of that group.
    Member(usize, usize),
    Done,
}

impl Xml {
    /// One about these services; `None`: all, of which there are `count`.
    pub fn new(chosen: Option<Vec<u32>>, count: u32, layout: Layout) -> Xml {
        let chosen: Option<Box<[u32]>> = chosen.map(Vec::into_boxed_slice);
        let count = chosen.as_ref().map_or(count as usize, |chosen| chosen.len());
        Xml { layout, registration: None, chosen, count, section: Section::Head }
    }

    /// What M/Monit is sent, about all `count` services, up to where an event may follow ([`ending`]).
    pub fn for_collector(count: u32, registration: Registration) -> Xml {
        Xml { registration: Some(registration), ..Xml::new(None, count, Layout::Second) }
    }

    /// Goes on, by one service at least. `true`: it is whole.
    pub fn step(&mut self, source: &dyn Source, piece: &mut Piece<'_>) -> bool {
        loop {
            let cost;
            (self.section, cost) = match self.section {
                Section::Head => {
                    head::write(piece.out, source.monitor(), self.layout, self.registration.as_ref());
                    (Section::Service(0), SERVICE)
                }
                Section::Service(at) if at < self.count => {
                    if let Some(entry) = self.index(at).and_then(|index| source.entry(index, false)) {
                        service::write(piece.out, &entry, self.layout);
                    }
                    (Section::Service(at + 1), SERVICE)
                }
                Section::Service(_) if self.layout == Layout::First => {
                    piece.out.push_str(collector::END);
                    (Section::Done, 0)
                }
                Section::Service(_) => {
                    piece.out.push_str("</services><servicegroups>");
                    (Section::Group(0), 0)
                }
                Section::Group(at) => (self.group(at, source, piece.out), MEMBER),
                Section::Member(group, at) => (self.member(group, at, source, piece.out), MEMBER),
                Section::Done => return true,
            };
            if self.section == Section::Done {
                return true;
            }
            if piece.spend(cost) {
                return false;
            }
        }
    }

    fn index(&self, at: usize) -> Option<u32> {
        match &self.chosen {
            Some(chosen) => chosen.get(at).copied(),
            None => u32::try_from(at).ok(),
        }
    }

    /// The last group comes first, as Monit has it.
    fn group(&self, at: usize, source: &dyn Source, out: &mut String) -> Section {
        let groups = source.monitor().map_or(&[][..], |monitor| &monitor.config.groups);
        match groups.iter().rev().nth(at) {
            Some(group) if group.members.iter().any(|member| self.is_about(*member)) => {
                Tags(out).open_named("servicegroup", &group.name);
                Section::Member(at, 0)
            }
            Some(_) => Section::Group(at + 1),
            None => {
                out.push_str("</servicegroups>");
                if self.registration.is_none() {
                    out.push_str(collector::END);
                }
                Section::Done
            }
        }
    }

    fn member(&self, group: usize, at: usize, source: &dyn Source, out: &mut String) -> Section {
        let Some(monitor) = source.monitor() else { return Section::Group(group + 1) };
        let member = monitor.config.groups.iter().rev().nth(group).and_then(|group| group.members.get(at));
        let Some(member) = member else {
            Tags(out).close("servicegroup");
            return Section::Group(group + 1);
        };
        if let Some(service) =
            monitor.config.services.get(*member as usize).filter(|_| self.is_about(*member))
        {
            Tags(out).cdata("service", &service.name);
        }
        Section::Member(group, at + 1)
    }

    fn is_about(&self, index: u32) -> bool {
        self.chosen.as_ref().is_none_or(|chosen| chosen.contains(&index))
    }
}

#[cfg(test)]
mod tests;

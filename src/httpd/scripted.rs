//! A scripted [`Site`] for tests.

use super::site::Site;
use crate::document::text::{Class, Colour, Line, Mark, Sheet, Value};
use crate::document::trial::Trial;
use crate::document::{Entry, Monitor, Source};
use crate::log::Level;
use crate::service::{Order, UserAction};
use std::time::Duration;

/// Name, type, its rank in a summary, state.
type Scripture = (&'static str, &'static str, u8, Class);

/// Services that never change and remember what they were told.
pub struct Scripted {
    pub services: Vec<Scripture>,
    pub group: (&'static str, Vec<u32>),
    pub orders: Vec<(UserAction, Vec<u32>)>,
    pub silenced: Vec<Order>,
    pub lifted: Vec<u32>,
    pub test: Trial,
    pub tested: Vec<Box<str>>,
    pub said: Vec<(Level, String)>,
    pub uptime: Duration,
    pub generation: u64,
    pub woken: bool,
    /// How often a service was asked for.
    pub shown: std::cell::Cell<u32>,
}

impl Scripted {
    /// One of several types, not in the order of a summary.
    pub fn example() -> Scripted {
        Scripted {
            services: vec![
                ("f_bad", "File", 2, Class::Down),
                ("svc", "Process", 1, Class::Up),
                ("lo", "Network", 7, Class::Unmonitored),
                ("web1", "Process", 1, Class::Up),
                ("web2", "Process", 1, Class::Up),
                ("sys.example", "System", 0, Class::Up),
            ],
            group: ("g", vec![0, 1]),
            orders: Vec::new(),
            silenced: Vec::new(),
            lifted: Vec::new(),
            test: Trial::default(),
            tested: Vec::new(),
            said: Vec::new(),
            uptime: Duration::from_secs(12 * 60),
            generation: 0,
            woken: false,
            shown: std::cell::Cell::new(0),
        }
    }

    pub fn said(&self) -> Vec<&str> {
        self.said.iter().map(|(_, text)| text.as_str()).collect()
    }
}

impl Source for Scripted {
    fn count(&self) -> u32 {
        self.services.len() as u32
    }

    fn uptime(&self) -> Duration {
        self.uptime
    }

    fn entry(&self, _: u32, _: bool) -> Option<Entry<'_>> {
        None
    }

    fn monitor(&self) -> Option<Monitor<'_>> {
        None
    }

    fn sheet(&self, index: u32, lines: bool) -> Option<Sheet<'_>> {
        self.shown.set(self.shown.get() + 1);
        let (name, type_name, _, class) = *self.services.get(index as usize)?;
        let state = match class {
            Class::Up => (Colour::Green, "OK"),
            Class::Down => (Colour::Red, "Size failed"),
            Class::Initialising => (Colour::Blue, "Initializing"),
            Class::Unmonitored => (Colour::Yellow, "Not monitored"),
        };
        let line = Line { label: "uid", value: Value::Text("0".into()), mark: Mark::Plain };
        Some(Sheet {
            name,
            type_name,
            class,
            states: std::iter::once(state).collect(),
            pending: None,
            monitoring: (None, "Monitored"),
            mode: "active",
            on_reboot: "start",
            silence: None,
            lines: if lines { vec![line] } else { Vec::new() },
            collected: None,
        })
    }
}

impl Site for Scripted {
    fn name(&self, index: u32) -> &str {
        self.services.get(index as usize).map_or("", |service| service.0)
    }

    fn group(&self, name: &str) -> Option<Vec<u32>> {
        self.group.0.eq_ignore_ascii_case(name).then(|| self.group.1.clone())
    }

    fn rank(&self, index: u32) -> u8 {
        self.services.get(index as usize).map_or(0, |service| service.2)
    }

    fn generation(&self) -> u64 {
        self.generation
    }

    fn id(&self) -> &str {
        "d6c5e0bb72704e1cef78b8973581ee0e"
    }

    fn order(&mut self, action: UserAction, services: Vec<u32>) {
        self.orders.push((action, services));
    }

    fn silence(&mut self, order: Order, _: Vec<u32>) -> Option<u32> {
        self.silenced.push(order);
        u32::try_from(self.silenced.len()).ok().filter(|count| *count < 3)
    }

    fn unsilence(&mut self, ids: Vec<u32>) {
        self.lifted.extend(ids);
    }

    fn test(&self) -> &Trial {
        &self.test
    }

    fn addresses(&self, _: usize) -> Vec<Box<str>> {
        vec!["a@b".into(), "@ops".into()]
    }

    fn begin_test(&mut self, addresses: Vec<Box<str>>) -> Option<u32> {
        self.tested = addresses;
        Some(self.test.run + 1)
    }

    fn wake(&mut self) {
        self.woken = true;
    }

    fn say(&mut self, level: Level, text: &str) {
        self.said.push((level, text.to_owned()));
    }
}

//! What services have in common, ready to be copied.
//!
//! Each word, name and mark by itself costs as much as all of them together, and a document of a thousand services has a
//! hundred thousand. What one service has shown the next ones mostly show as well: how it stands, what its readings are
//! called, and most of their values, as the owner of a file. It is kept until the document is whole.

use crate::config::{Mode, OnReboot};
use crate::document::Entry;
use crate::document::text::class;
use crate::service::MonitorState;
use crate::service_test::{Reading, Value};

/// Kept of either kind at most; there are no more names of readings than that, but states with each other.
const MOST: usize = 128;

/// Types of services.
const TYPES: usize = 9;

/// What was shown so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Repeated {
    standings: Vec<(Standing, String)>,
    readings: Vec<Shown>,
    /// The place behind the reading that was found last: they come mostly in the same order.
    next: usize,
    /// Where the readings of the last service of each type began, and of which the first is still to come.
    begins: [usize; TYPES],
    first_of: Option<u8>,
}

/// A reading as it was shown last.
#[derive(Debug, Clone)]
struct Shown {
    key: &'static str,
    label: &'static str,
    value: Value,
    failed: bool,
    text: String,
    /// Where its value begins.
    head: usize,
}

/// It changes nothing of what a document says, only how fast.
impl PartialEq for Repeated {
    fn eq(&self, _: &Repeated) -> bool {
        true
    }
}

impl Eq for Repeated {}

impl Repeated {
    /// Bytes of memory that it takes.
    pub fn held(&self) -> usize {
        let standings = self.standings.iter().map(|(_, text)| text.capacity()).sum::<usize>();
        let readings = self.readings.iter().map(|shown| shown.text.capacity()).sum::<usize>();
        let own = self.standings.capacity() * size_of::<(Standing, String)>();
        own + self.readings.capacity() * size_of::<Shown>() + standings + readings
    }

    /// Another service begins.
    pub fn begin(&mut self, type_number: u8) {
        self.next = self.begins.get(usize::from(type_number)).copied().unwrap_or_default();
        self.first_of = Some(type_number);
    }

    /// Appends how a service stands, in the words of `write` unless an earlier one stood so.
    pub fn standing(&mut self, out: &mut String, entry: &Entry<'_>, write: impl FnOnce(&mut String)) {
        let Some(standing) = Standing::of(entry) else { return write(out) };
        if let Some((_, text)) = self.standings.iter().find(|(known, _)| *known == standing) {
            return out.push_str(text);
        }
        let from = out.len();
        write(out);
        if self.standings.len() < MOST {
            self.standings.push((standing, out.get(from..).unwrap_or_default().to_owned()));
        }
    }

    /// Appends a reading: `head` writes what does not depend on its value, `rest` what stands behind. Both are called unless
    /// an earlier one was the same.
    pub fn reading(
        &mut self,
        out: &mut String,
        (reading, failed): (&Reading, bool),
        head: impl FnOnce(&mut String),
        rest: impl FnOnce(&mut String),
    ) {
        let is = |shown: &Shown| {
            // They are ours: the same name is mostly in the same place.
            std::ptr::eq(shown.key, reading.key) && std::ptr::eq(shown.label, reading.label)
        };
        let found = match self.readings.get(self.next) {
            Some(next) if is(next) => Some(self.next),
            _ => self.readings.iter().position(is),
        };
        // What may be long is not kept, and seldom the same.
        let is_short = !matches!(reading.value, Value::Text(_) | Value::Checksum(..) | Value::Response(..));
        let at = found.unwrap_or(self.readings.len());
        if !is_short || at >= MOST {
            head(out);
            return rest(out);
        }
        self.next = at + 1;
        if let Some(begin) = self.first_of.take().and_then(|of| self.begins.get_mut(usize::from(of))) {
            *begin = at;
        }
        match self.readings.get_mut(at) {
            Some(shown) => {
                if shown.failed != failed || shown.value != reading.value {
                    shown.text.truncate(shown.head);
                    rest(&mut shown.text);
                    (shown.value, shown.failed) = (reading.value.clone(), failed);
                }
                out.push_str(&shown.text);
            }
            None => {
                let mut text = String::with_capacity(128);
                head(&mut text);
                let head = text.len();
                rest(&mut text);
                out.push_str(&text);
                let (key, label, value) = (reading.key, reading.label, reading.value.clone());
                self.readings.push(Shown { key, label, value, failed, text, head });
            }
        }
    }
}

/// How a service stands that is like many others: no action, no silence, one word.
#[derive(Debug, Clone)]
struct Standing {
    type_number: u8,
    class: &'static str,
    status: &'static str,
    monitor: MonitorState,
    mode: Mode,
    on_reboot: OnReboot,
}

impl Standing {
    fn of(entry: &Entry<'_>) -> Option<Standing> {
        let mut words = entry.status.iter();
        let (Some((_, status)), None) = (words.next(), words.next()) else { return None };
        (entry.pending.is_none() && entry.silence.is_none()).then(|| Standing {
            type_number: entry.type_number,
            class: class(entry).word(),
            status,
            monitor: entry.monitor,
            mode: entry.config.mode,
            on_reboot: entry.config.onreboot,
        })
    }
}

impl PartialEq for Standing {
    fn eq(&self, other: &Standing) -> bool {
        let same = self.type_number == other.type_number && self.monitor == other.monitor;
        let same = same && self.mode == other.mode && self.on_reboot == other.on_reboot;
        same && std::ptr::eq(self.status, other.status) && std::ptr::eq(self.class, other.class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_changed_is_written_anew() {
        let reading = |key, value| Reading { key, label: key, value, tests: Default::default() };
        let (mut repeated, mut out, mut heads) = (Repeated::default(), String::new(), 0);
        let shown = [
            (reading("a", Value::Integer(1)), false),
            (reading("b", Value::Integer(1)), false),
            (reading("a", Value::Integer(1)), false),
            (reading("b", Value::Integer(2)), false),
            (reading("b", Value::Integer(2)), true),
            (reading("t", Value::Text("x".into())), true),
            (reading("t", Value::Text("y".into())), true),
        ];
        for (one, failed) in &shown {
            let head = |out: &mut String| {
                heads += 1;
                out.push_str(one.key);
            };
            let rest = |out: &mut String| {
                one.value.append(out);
                out.push(if *failed { '!' } else { ' ' });
            };
            repeated.reading(&mut out, (one, *failed), head, rest);
        }
        assert_eq!(
            (&*out, heads),
            ("a1 b1 a1 b2 b2!tx!ty!", 4),
            "each name once, but where a text may be long"
        );
    }
}

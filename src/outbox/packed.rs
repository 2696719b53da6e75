//! An event that waits, as it is kept in memory: a few bytes beside its texts. A thousand services may fail in one moment,
//! and where there is no folder their events wait here.
//!
//! Numbers in the byte order of the machine, then service, description and evidence and who has it already, each with its length before it.
//! Nothing of this ever leaves the process.

use super::record::{self, Record};
use crate::event::Event;
use std::time::{Duration, UNIX_EPOCH};

/// Bytes before the first text.
const FIXED: usize = 8 + 4 + 8 + 8 + 1 + 1 + 1 + 1 + 4 + 4;
/// The index of an event that has none.
const NO_INDEX: u32 = u32::MAX;

/// An event and who has it already.
#[derive(Debug, Clone, PartialEq)]
pub struct Packed(Box<[u8]>);

impl Packed {
    /// An event nobody has yet. Texts longer than a record may have are cut.
    pub fn of_event(event: &Event) -> Packed {
        let service = record::cut(&event.service, record::NAME);
        let description = record::cut(&event.description, record::DESCRIPTION);
        let evidence = record::cut(&event.evidence, record::EVIDENCE);
        let since = event.time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut bytes = Vec::with_capacity(FIXED + 6 + service.len() + description.len() + evidence.len());
        bytes.extend(since.as_secs().to_ne_bytes());
        bytes.extend(since.subsec_nanos().to_ne_bytes());
        bytes.extend(event.id.to_ne_bytes());
        bytes.extend(event.test.to_ne_bytes());
        bytes.extend([event.kind as u8, event.state as u8, event.action as u8, event.service_type]);
        bytes.extend(event.service_index.unwrap_or(NO_INDEX).to_ne_bytes());
        bytes.extend(event.count.to_ne_bytes());
        append(&mut bytes, service);
        append(&mut bytes, description);
        append(&mut bytes, evidence);
        Packed(bytes.into())
    }

    /// What was read from a file.
    pub fn of_record(record: &Record) -> Packed {
        record.delivered.iter().fold(Packed::of_event(&record.event), |packed, who| packed.with(who))
    }

    /// One more has it.
    #[must_use]
    pub fn with(&self, who: &str) -> Packed {
        let who = record::cut(who, record::NAME);
        let mut bytes = Vec::with_capacity(self.0.len() + 2 + who.len());
        bytes.extend_from_slice(&self.0);
        append(&mut bytes, who);
        Packed(bytes.into())
    }

    /// Bytes of memory.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The record. `None` cannot happen to what was made here.
    pub fn record(&self) -> Option<Record> {
        let mut input = &*self.0;
        let since =
            Duration::new(u64::from_ne_bytes(take(&mut input)?), u32::from_ne_bytes(take(&mut input)?));
        let id = u64::from_ne_bytes(take(&mut input)?);
        let test = u64::from_ne_bytes(take(&mut input)?);
        let [kind, state, action, service_type] = take(&mut input)?;
        let index = u32::from_ne_bytes(take(&mut input)?);
        let event = Event {
            id,
            time: UNIX_EPOCH.checked_add(since)?,
            kind: record::kind(kind.into())?,
            state: record::state(state.into())?,
            action: record::action(action.into())?,
            service_type,
            test,
            service_index: (index != NO_INDEX).then_some(index),
            count: u32::from_ne_bytes(take(&mut input)?),
            service: text(&mut input)?,
            description: text(&mut input)?,
            evidence: text(&mut input)?,
        };
        let mut delivered = Vec::new();
        while !input.is_empty() {
            delivered.push(text(&mut input)?);
        }
        Some(Record { event, delivered, only: None })
    }
}

/// Texts are cut to far less than 64 kB before they come here.
fn append(bytes: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).unwrap_or_default();
    bytes.extend(length.to_ne_bytes());
    bytes.extend(text.bytes().take(length.into()));
}

fn take<const N: usize>(input: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = input.split_first_chunk()?;
    *input = rest;
    Some(*taken)
}

fn text(input: &mut &[u8]) -> Option<Box<str>> {
    let length = u16::from_ne_bytes(take(input)?);
    let (text, rest) = input.split_at_checked(length.into())?;
    *input = rest;
    Some(std::str::from_utf8(text).ok()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::State;
    use crate::event::words::TABLE;
    use crate::outbox::tests::event;

    #[test]
    fn it_comes_back_as_it_was() {
        for words in &TABLE {
            for state in [State::Succeeded, State::Failed, State::Changed, State::NotChanged] {
                let (kind, evidence) = (words.kind, "Exit:\n  ü\n".into());
                let event =
                    Event { kind, state, evidence, service_index: None, test: 9, ..event("wéb 1", 3) };
                let delivered = vec!["a@b".into(), "c d\n@e".into()];
                let record = Record { event, delivered, only: None };
                assert_eq!(Packed::of_record(&record).record().as_ref(), Some(&record));
            }
        }
    }

    #[test]
    fn it_is_small_and_long_texts_are_cut() {
        let description = "process is not running".into();
        let small = Packed::of_event(&Event { description, ..event("web", 1) });
        assert!(small.len() < 72, "{} bytes", small.len());
        let description = "ü".repeat(record::DESCRIPTION).into();
        let long = Packed::of_event(&Event { description, ..event("web", 1) });
        assert!(long.record().unwrap().event.description.len() <= record::DESCRIPTION);
    }
}

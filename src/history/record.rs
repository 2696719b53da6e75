//! One event in the file: [`LENGTH`] bytes, with a checksum of its own.
//!
//! ```text
//!  0  u64  FNV-1a over all that follows
//!  8  u64  number
//! 16  u64  number of the event before it
//! 24  i64  microseconds since 1970
//! 32  u8   kind, state, action, type of the service, 1 if it is the first of its file, length of the name
//! 38  u16  length of the message
//! 40  u64  which test of the service
//! 48       name, message; the rest is zero
//! ```
//!
//! All numbers are little-endian. Texts are cut to their bound between two characters.

use crate::config::EventKind;
use crate::digest::fnv1a;
use crate::event::{ActionName, Event, State, words};
use std::time::{Duration, SystemTime};

/// Bytes of a record: a page of memory holds eight, and none lies on two.
pub const LENGTH: usize = 512;
/// The longest name kept, in bytes.
const NAME: usize = 128;
/// Where the texts begin.
const TEXTS: usize = 48;
/// Readers of JSON keep a number exactly up to here.
const LARGEST: u64 = 1 << 53;

/// An event as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number. Later events have larger ones.
    pub seq: u64,
    /// That of the event before it.
    pub before: u64,
    /// There is none before it that we know of.
    pub first: bool,
    /// When it happened.
    pub time: SystemTime,
    /// Which kind of test.
    pub kind: EventKind,
    /// What happened to it.
    pub state: State,
    /// What is being done about it.
    pub action: ActionName,
    /// The service's type as clients number it.
    pub service_type: u8,
    /// Which of its tests, as [`Event::test`] names it: several can be of one kind.
    pub test: u64,
    /// The service's name.
    pub service: Box<str>,
    /// What was found.
    pub message: Box<str>,
}

impl Record {
    /// An event that just happened.
    pub fn of(event: &Event, seq: u64, before: Option<u64>) -> Record {
        Record {
            seq,
            before: before.unwrap_or(seq.saturating_sub(1)),
            first: before.is_none(),
            time: event.time,
            kind: event.kind,
            state: event.state,
            action: event.action,
            service_type: event.service_type,
            test: event.test,
            service: cut(&event.service, NAME).into(),
            message: cut(event.description.trim_end(), LENGTH - TEXTS - NAME).into(),
        }
    }

    /// What happened, in words: `Does not exist`.
    pub fn title(&self) -> &'static str {
        words::of(self.kind).title(self.state)
    }

    /// Its bytes.
    pub fn encode(&self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        let (name, message) = (cut(&self.service, NAME), cut(&self.message, LENGTH - TEXTS - NAME));
        let kinds = [
            self.kind as u8,
            self.state as u8,
            self.action as u8,
            self.service_type,
            u8::from(self.first),
            u8::try_from(name.len()).unwrap_or(0),
        ];
        let length = u16::try_from(message.len()).unwrap_or(0);
        let parts: [&[u8]; 8] = [
            &self.seq.to_le_bytes(),
            &self.before.to_le_bytes(),
            &micros(self.time).to_le_bytes(),
            &kinds,
            &length.to_le_bytes(),
            &self.test.to_le_bytes(),
            name.as_bytes(),
            message.as_bytes(),
        ];
        let content = parts.into_iter().flatten();
        bytes.iter_mut().skip(8).zip(content).for_each(|(to, from)| *to = *from);
        let sum = fnv1a(bytes.get(8..).unwrap_or_default()).to_le_bytes();
        bytes.iter_mut().zip(sum).for_each(|(to, from)| *to = from);
        bytes
    }

    /// Reads it again; `None`: these bytes are no record.
    pub fn decode(bytes: &[u8]) -> Option<Record> {
        let bytes: &[u8; LENGTH] = bytes.try_into().ok()?;
        let number = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        if number(0)? != fnv1a(bytes.get(8..)?) {
            return None;
        }
        let (seq, before) = (number(8)?, number(16)?);
        let [kind, state, action, service_type, first, name, low, high] =
            bytes.get(32..40)?.try_into().ok()?;
        let (name, message) = (usize::from(name), usize::from(u16::from_le_bytes([low, high])));
        let text = |from: usize, length: usize| std::str::from_utf8(bytes.get(from..from + length)?).ok();
        Some(Record {
            seq: Some(seq).filter(|seq| (1..LARGEST).contains(seq))?,
            before,
            first: first == 1,
            time: moment(number(24)? as i64),
            kind: words::TABLE.iter().map(|words| words.kind).find(|known| *known as u8 == kind)?,
            state: state_of(state)?,
            action: action_of(action)?,
            service_type,
            test: number(40)?,
            service: text(TEXTS, name)?.into(),
            message: text(TEXTS + name, message)?.into(),
        })
    }
}

fn state_of(number: u8) -> Option<State> {
    let all = [State::Succeeded, State::Failed, State::Changed, State::NotChanged];
    all.into_iter().find(|state| *state as u8 == number)
}

fn action_of(number: u8) -> Option<ActionName> {
    use ActionName as A;
    let all = [A::Ignore, A::Alert, A::Restart, A::Stop, A::Exec, A::Unmonitor, A::Start, A::Monitor];
    all.into_iter().find(|action| *action as u8 == number)
}

/// At most so many bytes of a text, whole characters.
fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

fn micros(time: SystemTime) -> i64 {
    let number = |span: Duration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => number(since),
        Err(before) => -number(before.duration()),
    }
}

fn moment(micros: i64) -> SystemTime {
    let span = Duration::from_micros(micros.unsigned_abs());
    let moment = match micros {
        0.. => SystemTime::UNIX_EPOCH.checked_add(span),
        _ => SystemTime::UNIX_EPOCH.checked_sub(span),
    };
    moment.unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::super::tests::event;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_event_comes_back() {
        let event = Event { test: u64::MAX - 1, ..event("web", "process is not running") };
        let record = Record::of(&event, 7, Some(5));
        let back = Record::decode(&record.encode()).unwrap();
        assert_eq!(back, record);
        assert_eq!((back.seq, back.before, back.first, back.test), (7, 5, false, event.test));
        assert_eq!(back.title(), "Does not exist");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let record = Record::of(&event(&"ü".repeat(200), &"€".repeat(500)), 1, None);
        assert_eq!(record.service.len(), NAME);
        assert!(record.message.len() > 330 && record.message.chars().all(|c| c == '€'), "{}", record.message);
        assert_eq!(Record::decode(&record.encode()).unwrap(), record);
    }

    #[test]
    fn every_kind_state_and_action_comes_back() {
        for words in &words::TABLE {
            for state in 0..4 {
                for action in 0..8 {
                    let (state, action) = (state_of(state).unwrap(), action_of(action).unwrap());
                    let record =
                        Record { kind: words.kind, state, action, ..Record::of(&event("a", "b"), 1, None) };
                    assert_eq!(Record::decode(&record.encode()), Some(record));
                }
            }
        }
        assert!(state_of(4).is_none() && action_of(8).is_none());
    }

    proptest! {
        #[test]
        fn a_wrong_byte_is_seen(at in 0..LENGTH, bits in 1u8..) {
            let mut bytes = Record::of(&event("web", "process is not running"), 7, Some(6)).encode();
            bytes[at] ^= bits;
            prop_assert_eq!(Record::decode(&bytes), None);
        }

        #[test]
        fn any_bytes_with_a_right_sum_are_read_or_refused(mut bytes in proptest::collection::vec(any::<u8>(), LENGTH)) {
            let sum = fnv1a(&bytes[8..]).to_le_bytes();
            bytes[..8].copy_from_slice(&sum);
            if let Some(record) = Record::decode(&bytes) {
                prop_assert!(record.message.len() < LENGTH);
            }
        }
    }
}

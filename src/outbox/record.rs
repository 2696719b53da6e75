//! One event in a queue file: lines of text, the strings with their length before them, and a checksum at the end, so that
//! a file cut short or written over is known for what it is.
//!
//! What is rendered for a recipient is not kept: address, words and servers come from the control file in force when
//! the alert is delivered. Kept is who has it already: addresses of mail, and names of destinations that are done with it.

use super::destination::KEPT;
use super::recipient::recipients;
use crate::config::{Alert, Config, EventKind, EventSet};
use crate::event::words::TABLE;
use crate::event::{ActionName, Event, State};
use crate::protocol::refusal::Refusal;
use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Of an event that is about no test of the control file; earlier versions know no other.
const FIRST_LINE: &str = "monit-rs event 1";
/// Of one that is: behind the other numbers stands that of the test.
const FIRST_LINE_WITH_TEST: &str = "monit-rs event 2";
/// Of one with evidence, which stands behind the description; the number of the test is there even if it is 0.
const FIRST_LINE_WITH_EVIDENCE: &str = "monit-rs event 3";
/// Longest description kept; what a program says beyond that helps nobody in a mail.
pub const DESCRIPTION: usize = 32 * 1024;
/// Longest evidence kept. It is made shorter than that.
pub const EVIDENCE: usize = 2 * 1024;
/// Longest service name kept.
pub const NAME: usize = 1024;
/// Largest record there can be.
pub const LIMIT: usize = 128 * 1024;

/// An event that waits for delivery, and who has it already.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The event.
    pub event: Event,
    /// Addresses it was delivered to, and destinations that are done with it.
    pub delivered: Vec<Box<str>>,
    /// It is a test message for this address alone. That is not kept on the disk.
    pub only: Option<Box<str>>,
}

impl Record {
    /// The alerts that apply to it, as [`recipients`] has them.
    pub fn recipients<'a>(&self, config: &'a Config) -> Vec<&'a Alert> {
        match &self.only {
            Some(address) => config.alert_to(address).into_iter().collect(),
            None => recipients(config, &self.event),
        }
    }

    /// Is this address to have it?
    pub fn is_for(&self, address: &str, config: &Config) -> bool {
        match &self.only {
            Some(only) => only.eq_ignore_ascii_case(address),
            None => {
                let mut told = recipients(config, &self.event).into_iter();
                told.any(|alert| alert.address.eq_ignore_ascii_case(address))
            }
        }
    }

    /// Is this refusal the last word? One of the way is after [`KEPT`], and at once to a test message.
    pub fn is_lost(&self, why: Refusal, wall: SystemTime) -> bool {
        match why {
            Refusal::OfMessage | Refusal::OfRecipient => true,
            Refusal::OfWay => {
                let age = wall.duration_since(self.event.time).unwrap_or_default();
                self.only.is_some() || age > KEPT
            }
            Refusal::ForNow => false,
        }
    }

    /// What a message says of an event that is lost with it: `'web' Does not exist (process is not running)`.
    pub fn summary(&self) -> String {
        let Event { service, description, .. } = &self.event;
        format!("'{service}' {} ({})", self.event.title(), cut(description, 256))
    }

    /// The record as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let event = &self.event;
        let since = event.time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut bytes = Vec::with_capacity(192 + event.service.len() + event.description.len());
        // Writing to memory cannot fail.
        let _ = writeln!(
            bytes,
            "{}\ntime {} {}\nid {}\nkind {}\nstate {}\naction {}\ntype {}\nindex {}\ncount {}",
            first_line(event),
            since.as_secs(),
            since.subsec_nanos(),
            event.id,
            event.kind as u8,
            event.state as u8,
            event.action as u8,
            event.service_type,
            event.service_index.map_or(-1, i64::from),
            event.count,
        );
        if event.test != 0 || !event.evidence.is_empty() {
            let _ = writeln!(bytes, "test {}", event.test);
        }
        text(&mut bytes, "service", cut(&event.service, NAME));
        text(&mut bytes, "description", cut(&event.description, DESCRIPTION));
        if !event.evidence.is_empty() {
            text(&mut bytes, "evidence", cut(&event.evidence, EVIDENCE));
        }
        for address in &self.delivered {
            text(&mut bytes, "delivered", address);
        }
        let sum = md5::compute(&bytes);
        let _ = writeln!(bytes, "end {sum:x}");
        bytes
    }

    /// Reads what [`encode`](Self::encode) wrote; `None` for anything else.
    pub fn decode(bytes: &[u8]) -> Option<Record> {
        const SUM: usize = "end ".len() + 32 + 1;
        let (content, end) = bytes.split_at_checked(bytes.len().checked_sub(SUM)?)?;
        if end != format!("end {:x}\n", md5::compute(content)).as_bytes() {
            return None;
        }
        let mut input = content;
        let (with_test, with_evidence) = match line(&mut input)? {
            FIRST_LINE => (false, false),
            FIRST_LINE_WITH_TEST => (true, false),
            FIRST_LINE_WITH_EVIDENCE => (true, true),
            _ => return None,
        };
        let (secs, nanos) = value(&mut input, "time")?.split_once(' ')?;
        let nanos: u32 = nanos.parse().ok()?;
        let since = Duration::new(secs.parse().ok()?, nanos.min(999_999_999));
        let time = UNIX_EPOCH.checked_add(since).unwrap_or_else(SystemTime::now);
        let id = number(&mut input, "id")?;
        let kind = kind(number(&mut input, "kind")?)?;
        let state = state(number(&mut input, "state")?)?;
        let action = action(number(&mut input, "action")?)?;
        let service_type = u8::try_from(number(&mut input, "type")?).ok()?;
        let service_index = value(&mut input, "index")?.parse::<i64>().ok()?;
        let count = u32::try_from(number(&mut input, "count")?).ok()?;
        let test = if with_test { number(&mut input, "test")? } else { 0 };
        let service = string(&mut input, "service")?;
        let description = string(&mut input, "description")?;
        let evidence = if with_evidence { string(&mut input, "evidence")? } else { Box::default() };
        let mut delivered = Vec::new();
        while !input.is_empty() {
            delivered.push(string(&mut input, "delivered")?);
        }
        let service_index = u32::try_from(service_index).ok();
        let event = Event {
            id,
            time,
            kind,
            state,
            service,
            service_index,
            service_type,
            test,
            action,
            description,
            evidence,
            count,
        };
        Some(Record { event, delivered, only: None })
    }
}

/// The oldest layout that has a place for all of it, for the versions that know no other.
fn first_line(event: &Event) -> &'static str {
    match (event.evidence.is_empty(), event.test) {
        (false, _) => FIRST_LINE_WITH_EVIDENCE,
        (true, 0) => FIRST_LINE,
        (true, _) => FIRST_LINE_WITH_TEST,
    }
}

/// Several lines as one: `content match: error 1; error 2`.
pub fn one_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        out.push_str(if out.ends_with(':') { " " } else { "; " });
        out.push_str(line);
    }
    out
}

/// The beginning of a text, cut between characters.
pub fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

fn text(bytes: &mut Vec<u8>, key: &str, value: &str) {
    let _ = writeln!(bytes, "{key} {}\n{value}", value.len());
}

fn line<'a>(input: &mut &'a [u8]) -> Option<&'a str> {
    let end = input.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = input.split_at_checked(end)?;
    *input = rest.get(1..)?;
    std::str::from_utf8(line).ok()
}

fn value<'a>(input: &mut &'a [u8], key: &str) -> Option<&'a str> {
    line(input)?.strip_prefix(key)?.strip_prefix(' ')
}

fn number(input: &mut &[u8], key: &str) -> Option<u64> {
    value(input, key)?.parse().ok()
}

fn string(input: &mut &[u8], key: &str) -> Option<Box<str>> {
    let length = usize::try_from(number(input, key)?).ok()?;
    let (text, rest) = input.split_at_checked(length)?;
    *input = rest.strip_prefix(b"\n")?;
    Some(std::str::from_utf8(text).ok()?.into())
}

/// The kind of this number.
pub fn kind(number: u64) -> Option<EventKind> {
    let found = TABLE.iter().find(|words| words.kind as u64 == number)?.kind;
    EventSet::ALL.contains(found).then_some(found)
}

/// The state of this number.
pub fn state(number: u64) -> Option<State> {
    [State::Succeeded, State::Failed, State::Changed, State::NotChanged]
        .into_iter()
        .find(|state| *state as u64 == number)
}

/// The action of this number.
pub fn action(number: u64) -> Option<ActionName> {
    use ActionName::{Alert, Exec, Ignore, Monitor, Restart, Start, Stop, Unmonitor};
    [Ignore, Alert, Restart, Stop, Exec, Unmonitor, Start, Monitor]
        .into_iter()
        .find(|action| *action as u64 == number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::tests::event;

    fn record() -> Record {
        let description = "line one\nend 0\nü\0\u{1f600}".into();
        let evidence = "Exit:\nend 0\n".into();
        let event = Event { description, evidence, service_index: None, ..event("wéb 1", 3) };
        Record { event, delivered: vec!["a@b".into(), "c d\n@e".into()], only: None }
    }

    #[test]
    fn it_comes_back_as_it_was() {
        assert_eq!(Record::decode(&record().encode()), Some(record()));
        for words in &TABLE {
            for state in [State::Succeeded, State::Failed, State::Changed, State::NotChanged] {
                for evidence in ["", "Program:\n  says\n  ü\n"] {
                    let evidence = evidence.into();
                    let test = words.kind as u64;
                    let event = Event { kind: words.kind, state, test, evidence, ..event("x", 1) };
                    let record = Record { event, delivered: Vec::new(), only: None };
                    assert_eq!(Record::decode(&record.encode()), Some(record));
                }
            }
        }
    }

    #[test]
    fn damage_is_noticed_wherever_it_is() {
        let good = record().encode();
        for length in 0..good.len() {
            assert_eq!(Record::decode(&good[..length]), None, "cut at {length}");
        }
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert_eq!(Record::decode(&bad), None, "byte {at}");
        }
        assert_eq!(Record::decode(&[good.as_slice(), b"x"].concat()), None);
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let mut record = record();
        record.event.description = "ü".repeat(DESCRIPTION).into();
        let bytes = record.encode();
        assert!(bytes.len() < LIMIT);
        let back = Record::decode(&bytes).unwrap();
        assert!(back.event.description.len() <= DESCRIPTION && back.event.description.ends_with('ü'));
    }
}

//! What is said at an event that waits, for those who take it up later: it stands there like a recipient who has it.

use super::pace::What;
use crate::sys::localtime::unix_secs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a word may take to the disk; then what waits for it goes on nevertheless.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// A word about one recipient.
#[derive(Debug, PartialEq, Eq)]
pub enum Word {
    /// The event is the oldest of a message.
    Group {
        /// The key of the oldest that it had when it was first made, if that has left.
        first: Option<u64>,
        /// The key of the youngest of it.
        last: u64,
        /// The kind of message.
        what: What,
    },
    /// It is held because of a limit.
    Held {
        /// The end of the hour.
        until: SystemTime,
        /// So many messages of the hour had gone; older files do not say it.
        behind: Option<u32>,
    },
    /// It was refused for good, which is about to be said.
    Lost,
}

impl Word {
    /// As it is written for this recipient.
    pub fn write(&self, name: &str) -> String {
        match self {
            Word::Group { first, last, what } => {
                let kind = if *what == What::News { "group" } else { "summary" };
                let first = first.map(|first| format!("{first} ")).unwrap_or_default();
                format!("{kind} {last} {first}{name}")
            }
            Word::Lost => format!("lost {name}"),
            Word::Held { until, behind: None } => format!("held {} {name}", unix_secs(*until)),
            Word::Held { until, behind: Some(sent) } => format!("held {} {sent} {name}", unix_secs(*until)),
        }
    }

    /// What this says of this recipient, in whatever case the control file has written him; `None`: it is something else.
    pub fn read(text: &str, name: &str) -> Option<Word> {
        let (head, to) = text.split_at_checked(text.len().checked_sub(name.len())?)?;
        let head = Some(head).filter(|_| to.eq_ignore_ascii_case(name))?;
        let head = head.strip_suffix(' ')?;
        if head == "lost" {
            return Some(Word::Lost);
        }
        let (kind, numbers) = head.split_once(' ')?;
        let mut numbers = numbers.split(' ').map(|number| number.parse::<u64>().ok());
        let number = numbers.next()??;
        let second = match numbers.next() {
            Some(second) => Some(second?),
            None => None,
        };
        let word = match kind {
            "group" => Word::Group { first: second, last: number, what: What::News },
            "summary" => Word::Group { first: second, last: number, what: What::Summary },
            "held" => Word::Held {
                until: UNIX_EPOCH.checked_add(Duration::from_secs(number))?,
                behind: second.map(u32::try_from).transpose().ok()?,
            },
            _ => return None,
        };
        numbers.next().is_none().then_some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_were_written() {
        let until = UNIX_EPOCH + Duration::from_secs(1_795_221_943);
        for word in [
            Word::Lost,
            Word::Group { first: None, last: 7, what: What::News },
            Word::Group { first: Some(5), last: 7, what: What::News },
            Word::Group { first: Some(0), last: u64::MAX, what: What::Summary },
            Word::Held { until, behind: None },
            Word::Held { until, behind: Some(u32::MAX) },
        ] {
            assert_eq!(Word::read(&word.write("a@x"), "A@x"), Some(word));
        }
        for other in [
            "a@x",
            "mail",
            "group 7 b@x",
            "group x a@x",
            "held 7 aa@x",
            "held 7 x a@x",
            "held 7 8 9 a@x",
            "lost",
            "losta@x",
            "lost 1 a@x",
        ] {
            assert_eq!(Word::read(other, "a@x"), None, "{other}");
        }
    }
}

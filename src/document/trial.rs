//! What came of a test of all alerts.

use super::json::{SCHEMA, field, quoted};
use std::fmt::Write;

/// How long an answer is waited for, in seconds.
pub const PATIENCE: u64 = 30;

/// What became of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// It is on its way.
    Waiting,
    /// It was taken.
    Delivered,
    /// It is not taken, in the words of who refused it.
    Refused(String),
    /// It waits for another attempt; the last one failed with these words.
    Queued(String),
    /// Nobody answered in time; it waits.
    Silent,
}

/// A test under way, or the last one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trial {
    /// Its number.
    pub run: u32,
    /// There is nothing more to be waited for.
    pub over: bool,
    /// Each recipient, and what became of the message to it.
    pub results: Vec<(Box<str>, Came)>,
}

/// How far a test is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not everything has come of it.
    Running,
    /// All messages were taken.
    Good,
    /// Not all were.
    Bad,
}

impl Standing {
    /// The word of a header.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Running => "running",
            Standing::Good => "good",
            Standing::Bad => "bad",
        }
    }
}

impl Trial {
    /// How far it is.
    pub fn standing(&self) -> Standing {
        match (self.over, self.is_good()) {
            (false, _) => Standing::Running,
            (true, true) => Standing::Good,
            (true, false) => Standing::Bad,
        }
    }

    /// Was every message taken?
    pub fn is_good(&self) -> bool {
        self.over && self.results.iter().all(|(_, came)| *came == Came::Delivered)
    }

    /// A line for each.
    pub fn text(&self) -> String {
        let width = self.results.iter().map(|(to, _)| to.chars().count()).max().unwrap_or_default();
        let mut out = String::new();
        for (to, came) in &self.results {
            let line = format!("{to:<width$}  {}", came.words());
            out.extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }));
            out.push('\n');
        }
        out
    }

    /// The same for programs.
    pub fn json(&self) -> String {
        let mut out =
            format!("{{\"schema\":{SCHEMA},\"run\":{},\"over\":{},\"results\":[", self.run, self.over);
        for (at, (to, came)) in self.results.iter().enumerate() {
            out.push_str(if at == 0 { "{" } else { ",{" });
            field(&mut out, "destination", to);
            field(&mut out, "result", came.word());
            out.push_str("\"words\":");
            quoted(&mut out, &came.words());
            out.push('}');
        }
        let _ = writeln!(out, "],\"good\":{}}}", self.is_good());
        out
    }
}

impl Came {
    fn word(&self) -> &'static str {
        match self {
            Came::Waiting => "waiting",
            Came::Delivered => "delivered",
            Came::Refused(_) => "refused",
            Came::Queued(_) => "queued",
            Came::Silent => "timed out",
        }
    }

    fn words(&self) -> String {
        match self {
            Came::Waiting | Came::Delivered => self.word().to_owned(),
            Came::Refused(why) => format!("refused -- {why}"),
            Came::Queued(why) => format!("queued, it is tried again -- {why}"),
            Came::Silent => {
                format!("timed out, it stays in the queue -- no answer within {PATIENCE} seconds")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_good_when_all_is_delivered() {
        let mut trial = Trial {
            run: 1,
            over: true,
            results: vec![
                ("a@b".into(), Came::Delivered),
                ("@ops".into(), Came::Refused("404\u{1b}[1m <x>".into())),
            ],
        };
        assert!(!trial.is_good());
        assert_eq!(trial.text(), "a@b   delivered\n@ops  refused -- 404 [1m <x>\n");
        assert!(trial.json().contains("{\"destination\":\"@ops\",\"result\":\"refused\",\"words\":\"refused -- 404\\u001b[1m \\u003cx>\"}"));
        trial.results.pop();
        assert!(trial.is_good());
        trial.over = false;
        assert!(!trial.is_good());
    }
}

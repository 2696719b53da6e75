//! The lines that an alert shows, kept short.

use super::text::{clip, plain};

/// Most bytes of one event's evidence.
pub const LIMIT: usize = 1000;
/// Most bytes of one of its lines.
const LINE: usize = 200;
/// What lines begin with that stand below another one.
const INDENT: &str = "  ";

/// Lines for people, at most [`LIMIT`] bytes of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence(String);

impl Evidence {
    /// The lines, each with its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// One more line. Beyond the limit there are none.
    pub fn say(&mut self, line: &str) {
        self.add("", line);
    }

    /// A line that belongs to the one before.
    pub fn show(&mut self, line: &str) {
        self.add(INDENT, line);
    }

    fn add(&mut self, indent: &str, line: &str) {
        let room = LIMIT.saturating_sub(self.0.len() + indent.len() + 1);
        let line = plain(line.as_bytes());
        let line = clip(&line, room.min(LINE));
        if !line.is_empty() {
            self.0.extend([indent, &line, "\n"]);
        }
    }

    /// What was said so far; `None`: nothing.
    pub fn end(self) -> Option<Evidence> {
        (!self.0.is_empty()).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_short_whatever_is_said() {
        let mut evidence = Evidence::default();
        assert_eq!(evidence.clone().end(), None);
        evidence.say("Last output:");
        evidence.show("a\nb\u{1b}");
        assert_eq!(evidence.as_str(), "Last output:\n  a?b?\n");
        for _ in 0..100 {
            evidence.show(&"ü\"".repeat(1000));
        }
        assert!(evidence.as_str().len() <= LIMIT, "{}", evidence.as_str().len());
        assert!(evidence.as_str().lines().all(|line| line.len() <= LINE + INDENT.len()));
        assert!(evidence.as_str().ends_with("...\n"));
    }
}

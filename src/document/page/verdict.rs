//! Is it fine? The first sentence of the overview, and what a tab of a browser shows.

use super::overview::sign;
use crate::document::text::Class;
use crate::document::text::report::Counts;
use std::fmt::Write;

/// What is said of all services together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// As what it is shown.
    class: Class,
    /// For a title.
    pub(super) brief: String,
    words: String,
}

impl Verdict {
    /// That on services of which so many are so. Nothing is OK that nobody looks at.
    pub(super) fn of(counts: &Counts) -> Verdict {
        let [(_, up), (_, down), (_, starting), (_, unmonitored), (_, total)] = counts.named();
        let (class, brief, words) = if down > 0 {
            (Class::Down, format!("{down} failed"), format!("{down} of {total} services failed"))
        } else if starting > 0 {
            let words = format!("{starting} of {total} services are not checked yet");
            (Class::Initialising, format!("{starting} not checked yet"), words)
        } else if total == 0 {
            (Class::Unmonitored, "no service".to_owned(), "There is no such service here".to_owned())
        } else if up == 0 {
            (Class::Unmonitored, "nothing monitored".to_owned(), "No service is monitored".to_owned())
        } else if unmonitored > 0 {
            let words = format!("{up} monitored {} OK, {unmonitored} not monitored", are(up));
            (Class::Up, "OK".to_owned(), words)
        } else if total == 1 {
            (Class::Up, "OK".to_owned(), "The only service is OK".to_owned())
        } else {
            (Class::Up, "OK".to_owned(), format!("All {total} services are OK"))
        };
        Verdict { class, brief, words }
    }

    /// The sentence.
    pub(super) fn show(&self, out: &mut String) {
        let (class, sign) = sign(self.class);
        let sign = if self.class == Class::Down { sign } else { "" };
        let _ = write!(out, "<p class=\"verdict {class}\" role=\"status\">{sign}{}</p>", self.words);
    }
}

fn are(count: usize) -> &'static str {
    if count == 1 { "service is" } else { "services are" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_called_ok_that_nobody_looks_at() {
        use Class::{Down, Initialising, Unmonitored, Up};
        for (classes, class, brief, words) in [
            (&[Up, Up][..], "up", "OK", "All 2 services are OK"),
            (&[Up], "up", "OK", "The only service is OK"),
            (&[Up, Unmonitored, Unmonitored], "up", "OK", "1 monitored service is OK, 2 not monitored"),
            (&[Up, Initialising], "initialising", "1 not checked yet", "1 of 2 services are not checked yet"),
            (&[Initialising, Down], "down", "1 failed", "! 1 of 2 services failed"),
            (&[], "unmonitored", "no service", "There is no such service here"),
            (&[Unmonitored, Unmonitored], "unmonitored", "nothing monitored", "No service is monitored"),
        ] {
            let verdict = Verdict::of(&Counts::of(classes.iter().copied()));
            assert_eq!(verdict.brief, brief);
            let mut out = String::new();
            verdict.show(&mut out);
            assert_eq!(out, format!("<p class=\"verdict {class}\" role=\"status\">{words}</p>"));
        }
    }
}

//! Is this pattern in that text? Answered in parts of a turn, or by a child where only the C library can tell.

use super::{Flags, Fuel, Refused, Regex, Trial, TrialState, Trouble, Wrong};
use std::time::Instant;

/// A pattern and how far it has been looked for.
#[derive(Debug)]
pub struct Question {
    regex: Regex,
    trial: Option<Trial>,
}

/// What is known of a question.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// The answer.
    Found(bool),
    /// The fuel is spent: ask again with the same text.
    More,
    /// A child looks for it: ask again then, with the same text.
    Later(Instant),
    /// It cannot be found out.
    Failed(Trouble),
}

impl Question {
    /// About this pattern.
    pub fn new(pattern: &[u8]) -> Result<Question, Wrong> {
        Ok(Question { regex: Regex::new(pattern, Flags::default())?, trial: None })
    }

    /// Is it one for a child?
    pub fn is_hard(&self) -> bool {
        self.regex.is_hard()
    }

    /// Whether it is in the text.
    pub fn ask(&mut self, text: &[u8], fuel: &mut Fuel) -> Answer {
        if !self.regex.is_hard() {
            return self.regex.search(text, fuel).map_or(Answer::More, Answer::Found);
        }
        let trial = match &mut self.trial {
            Some(trial) => trial,
            none => {
                match Trial::begin(|| Ok::<_, Refused>(vec![u8::from(self.regex.is_match_here(text)?)])) {
                    Ok(trial) => none.insert(trial),
                    Err(trouble) => return Answer::Failed(trouble),
                }
            }
        };
        let answer = match trial.look() {
            TrialState::Later(when) => return Answer::Later(when),
            TrialState::Said(answer) => Answer::Found(answer == [1]),
            TrialState::Failed(trouble) => Answer::Failed(trouble),
        };
        self.trial = None;
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easy_and_hard_questions_have_answers() {
        if crate::sys::ran_alone() {
            return;
        }
        for (pattern, text, expected) in [
            ("b+$", "aab", true),
            ("b$", "aba", false),
            ("(a+)b\\1$", "aaba", true),
            ("^(a+)b\\1$", "aaba", false),
        ] {
            let mut question = Question::new(pattern.as_bytes()).unwrap();
            for _ in 0..2 {
                let found = loop {
                    match question.ask(text.as_bytes(), &mut Fuel(30)) {
                        Answer::Found(found) => break found,
                        Answer::More => {}
                        Answer::Later(when) => {
                            std::thread::sleep(when.saturating_duration_since(Instant::now()));
                        }
                        Answer::Failed(trouble) => panic!("{trouble}"),
                    }
                };
                assert_eq!(found, expected, "{pattern}");
            }
        }
    }
}

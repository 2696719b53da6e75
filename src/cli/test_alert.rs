//! `test alert`: has the daemon send test messages, and waits for what comes of them.

use super::client::{Answer, Client, Failure, Standing};
use super::request::Request;
use std::fmt;
use std::time::{Duration, Instant};

/// Longer than the daemon waits.
const LONGEST: Duration = Duration::from_secs(45);
/// Between two questions.
const PAUSE: Duration = Duration::from_millis(100);

/// Why it is not known what came of a test.
#[derive(Debug)]
pub enum Untested {
    /// Nothing is said of what is to be tested.
    What,
    /// The daemon cannot be asked, or refuses.
    Failure(Failure),
    /// Somebody else has begun another one.
    Another,
    /// It does not end.
    Late,
    /// The daemon knows no tests.
    Unknown,
}

impl fmt::Display for Untested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Untested::What => "Please say what is to be tested: monit test alert [RECIPIENT]",
            Untested::Failure(failure) => return failure.fmt(f),
            Untested::Another => "Another test of alerts has begun",
            Untested::Late => "The test of alerts did not end in time",
            Untested::Unknown => "The daemon knows no test of alerts",
        })
    }
}

/// `test alert [RECIPIENT]`: what came of it, and whether every message was taken.
pub fn run(words: &[String], json: bool, client: &Client<'_>) -> Result<(Answer, bool), Untested> {
    let to = match words {
        [what, rest @ ..] if what.eq_ignore_ascii_case("alert") => rest.first(),
        _ => return Err(Untested::What),
    };
    let ask = |path, fields| client.send(&Request { path, fields }).map_err(Untested::Failure);
    let begun = ask("/_test_alert", to.map(|to| ("destination", to.clone())).into_iter().collect())?;
    let run = begun.test.ok_or(Untested::Unknown)?.run;
    let give_up = Instant::now() + LONGEST;
    while Instant::now() < give_up {
        let format = json.then(|| ("format", "json".to_owned()));
        let answer = ask("/_test_results", format.into_iter().collect())?;
        let test = answer.test.ok_or(Untested::Unknown)?;
        if test.run != run {
            return Err(Untested::Another);
        }
        match test.standing {
            Standing::Good => return Ok((answer, true)),
            Standing::Bad => return Ok((answer, false)),
            Standing::Running => std::thread::sleep(PAUSE),
        }
    }
    Err(Untested::Late)
}

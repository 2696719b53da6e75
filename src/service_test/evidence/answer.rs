//! Of a connection that failed: in which phase, and the first words of the server's last answer. What we said is in none of it:
//! a server may repeat passwords and tokens, also in part.

use super::lines::Evidence;
use super::text::{clip, plain};
use crate::config::Connection;
use crate::probe::{During, Failure, LastWords};
use crate::protocol::secret::Secrets;

/// Most bytes shown of an answer.
const SAID: usize = 200;

/// `description`: what is told already is not said again.
pub fn of_connection(
    test: &Connection,
    failure: &Failure,
    words: Option<&LastWords>,
    description: &str,
) -> Option<Evidence> {
    let mut evidence = Evidence::default();
    let sending = words.is_some_and(|words| words.sending);
    evidence.say(phase(failure, sending));
    let said = words.map(|words| said(&words.said, test)).unwrap_or_default();
    if !said.is_empty() && !said.iter().all(|line| description.contains(line)) {
        evidence.say("The server said:");
        said.iter().for_each(|line| evidence.show(line));
    }
    evidence.end()
}

fn phase(failure: &Failure, sending: bool) -> &'static str {
    match failure.during() {
        Some(During::Resolve) => "Failed while looking up the name.",
        Some(During::Connect) => "Failed while connecting.",
        Some(During::Handshake) => "Failed in the TLS handshake.",
        Some(During::Dialogue) if sending => "Failed while sending.",
        Some(During::Dialogue) => "Failed while waiting for an answer.",
        None => "Failed by the answer.",
    }
}

/// The first line of an answer, and further ones where it says itself that it goes on (`550-`).
fn said(bytes: &[u8], test: &Connection) -> Vec<String> {
    let secrets = Secrets::of_connection(test);
    let mut lines = Vec::new();
    let mut room = SAID;
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        let text = secrets.hide(&plain(line.trim_ascii()));
        let odd = text.chars().filter(|c| *c == '?').count();
        if odd * 4 > text.chars().count() {
            break;
        }
        let text = clip(&text, room).into_owned();
        room -= text.len();
        let goes_on = matches!(line, [a, b, c, b'-', ..] if [a, b, c].iter().all(|c| c.is_ascii_digit()));
        lines.extend(Some(text).filter(|text| !text.is_empty()));
        if !goes_on {
            break;
        }
    }
    lines
}

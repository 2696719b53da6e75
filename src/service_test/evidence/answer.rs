//! Of a connection that failed: in which phase, and the first words of the server's last answer. What we said is in none of it:
//! a server may repeat passwords and tokens, also in part.

use super::lines::Evidence;
use super::text::{clip, plain};
use crate::config::{Connection, Exchange, OptionName, OptionValue, Target};
use crate::probe::{During, Failure, LastWords};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Most bytes shown of an answer.
const SAID: usize = 200;
/// What stands for what we said.
const OURS: &[u8] = b"***";
/// So many letters of a secret give it away.
const PART: usize = 4;

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
    let secrets = secrets(test);
    let clean = without(bytes, &secrets);
    let mut lines = Vec::new();
    let mut room = SAID;
    for line in clean.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        let text = plain(line.trim_ascii());
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

/// What we say that is nobody's business, in all its forms.
fn secrets(test: &Connection) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    let mut words = |text: &[u8]| {
        let parts = text.split(|byte| byte.is_ascii_whitespace() || *byte == 0);
        all.extend(parts.filter(|part| !part.starts_with(b"HTTP/")).map(<[u8]>::to_vec));
    };
    let protocol = &test.protocol;
    for name in [OptionName::Username, OptionName::Password, OptionName::Secret] {
        words(protocol.text(name).unwrap_or_default().as_bytes());
    }
    if let Some(OptionValue::Headers(headers)) = protocol.option(OptionName::Headers) {
        headers.iter().for_each(|(_, value)| words(value.as_bytes()));
    }
    for step in &test.steps {
        if let Exchange::Send(bytes) = step {
            words(bytes);
        }
    }
    let (mut user, mut password) = protocol.credentials();
    let mut query = protocol.text(OptionName::Request).and_then(|path| path.split_once('?')).map(|it| it.1);
    if let Target::Url(url) = &test.target {
        user = user.or(url.username.as_deref());
        password = password.or(url.password.as_deref());
        query = url.query.as_deref().or(query);
        words(url.username.as_deref().unwrap_or_default().as_bytes());
        words(url.password.as_deref().unwrap_or_default().as_bytes());
    }
    for part in query.unwrap_or_default().split('&') {
        words(part.split_once('=').map_or(part, |(_, value)| value).as_bytes());
    }
    let (user, password) = (user.unwrap_or_default(), password.unwrap_or_default());
    for both in [format!("{user}:{password}"), format!("\0{user}\0{password}")] {
        all.push(STANDARD.encode(both).into_bytes());
    }
    for one in all.clone() {
        all.push(STANDARD.encode(one).into_bytes());
    }
    all.retain(|secret| !secret.is_empty());
    all
}

/// The bytes with `***` for each secret, whole or its beginning. One too short to tell from a part of a word leaves nothing.
fn without(bytes: &[u8], secrets: &[Vec<u8>]) -> Vec<u8> {
    let has = |secret: &[u8]| bytes.windows(secret.len()).any(|part| part.eq_ignore_ascii_case(secret));
    if secrets.iter().any(|secret| secret.len() < PART && has(secret)) {
        return Vec::new();
    }
    let cut = bytes.len() >= LastWords::MOST;
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, behind)) = rest.split_first() {
        let common = |secret: &Vec<u8>| {
            let same = |(a, b): &(&u8, &u8)| a.eq_ignore_ascii_case(b);
            rest.iter().zip(secret).take_while(same).count()
        };
        let longest = secrets.iter().map(common).max().unwrap_or(0);
        if longest >= PART || cut && longest > 0 && longest == rest.len() {
            out.extend_from_slice(OURS);
            rest = rest.get(longest..).unwrap_or_default();
        } else {
            out.push(*first);
            rest = behind;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(said: &str, secrets: &[&str]) -> String {
        let secrets: Vec<Vec<u8>> = secrets.iter().map(|secret| secret.as_bytes().to_vec()).collect();
        String::from_utf8(without(said.as_bytes(), &secrets)).unwrap()
    }

    #[test]
    fn no_secret_is_repeated_not_even_in_part() {
        assert_eq!(hidden("bad login 'hunter22' for joe", &["hunter22"]), "bad login '***' for joe");
        assert_eq!(hidden("BAD HUNTER22, hunte, hun", &["hunter22"]), "BAD ***, ***, hun");
        assert_eq!(hidden("what is abc?", &["abc"]), "", "too short to tell from a part of a word");
        assert_eq!(hidden("what is ab?", &["abc"]), "what is ab?");
        let cut = format!("{}hu", "x".repeat(LastWords::MOST - 2));
        assert!(hidden(&cut, &["hunter22"]).ends_with("x***"), "cut in the midst of it");
    }
}

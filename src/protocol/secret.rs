//! What must not be shown of what a server says: it may say back what it was told.

use crate::config::{
    Connection, Exchange, Heartbeat, MailServer, Mmonit, OptionName, OptionValue, Target, Url, Webhook,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashSet;

/// Shorter texts are no secrets that could be kept, and hiding them would hide much else.
const SHORTEST: usize = 4;
/// What is said may have been cut: a part of a secret is hidden too, from so many bytes on.
const PART: usize = 8;
/// Stands for a secret, however long it is.
const HIDDEN: &str = "****";

/// Texts that whoever is spoken to gets to know, and nobody else: kept as what is looked for, so that the time it takes grows with the
/// secrets and with the text, and not with both together. Upper and lower case are one, for a server may say it in another.
#[derive(Default)]
pub struct Secrets {
    /// Each part of [`PART`] bytes of a text that has as many.
    parts: HashSet<u64>,
    /// Texts that are shorter.
    whole: HashSet<u64>,
    /// How texts begin, in fewer bytes than that: what is said may end there.
    beginnings: HashSet<u64>,
}

impl Secrets {
    /// What a connection test logs in with; not the user, whom servers name to say why they refuse.
    pub fn of_connection(test: &Connection) -> Secrets {
        let mut secrets = Secrets::default();
        let (user, password) = test.protocol.credentials();
        secrets.login(user, password);
        if let Target::Url(url) = &test.target {
            secrets.login_of(url);
            secrets.query_of(url);
        }
        secrets.add(test.protocol.text(OptionName::Secret).unwrap_or_default());
        if let Some(OptionValue::Headers(headers)) = test.protocol.option(OptionName::Headers) {
            headers.iter().for_each(|(_, value)| secrets.words(value));
        }
        let query = test.protocol.text(OptionName::Request).and_then(|path| path.split_once('?'));
        secrets.parameters(query.map_or("", |(_, query)| query));
        for step in &test.steps {
            if let Exchange::Send(bytes) = step {
                secrets.words(&String::from_utf8_lossy(bytes));
            }
        }
        secrets
    }

    /// What mail servers are told, whichever of them it is.
    pub fn of_mailservers(servers: &[MailServer]) -> Secrets {
        let mut secrets = Secrets::default();
        servers
            .iter()
            .for_each(|server| secrets.login(server.username.as_deref(), server.password.as_deref()));
        secrets
    }

    /// Of M/Monit: all but the path.
    pub fn of_mmonit(mmonit: &Mmonit) -> Secrets {
        let mut secrets = Secrets::default();
        secrets.user_of(&mmonit.url);
        secrets.query_of(&mmonit.url);
        secrets
    }

    /// Of a webhook: all of its URL but the server, its headers, its secret.
    pub fn of_webhook(webhook: &Webhook) -> Secrets {
        let mut secrets = Secrets::default();
        secrets.all_of(&webhook.url);
        webhook.headers.iter().for_each(|(_, value)| secrets.add(value));
        secrets.add(webhook.secret.as_deref().unwrap_or_default());
        secrets
    }

    /// Of a heartbeat: all of its URL but the server.
    pub fn of_heartbeat(heartbeat: &Heartbeat) -> Secrets {
        let mut secrets = Secrets::default();
        secrets.all_of(&heartbeat.url);
        secrets
    }

    fn all_of(&mut self, url: &Url) {
        self.user_of(url);
        self.query_of(url);
        self.add(url.path.trim_matches('/'));
        url.path.split('/').for_each(|part| self.add(part));
    }

    fn user_of(&mut self, url: &Url) {
        self.add(url.username.as_deref().unwrap_or_default());
        self.login_of(url);
    }

    fn login_of(&mut self, url: &Url) {
        self.login(url.username.as_deref(), url.password.as_deref());
        // As written: with its percent signs.
        let written = url.text.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
        let password = written.and_then(|(login, _)| login.split_once(':')).map(|(_, password)| password);
        self.add(password.unwrap_or_default());
    }

    fn query_of(&mut self, url: &Url) {
        self.parameters(url.query.as_deref().unwrap_or_default());
    }

    fn parameters(&mut self, query: &str) {
        self.add(query);
        query.split('&').for_each(|part| self.add(part.split_once('=').map_or(part, |(_, value)| value)));
    }

    /// The password, and both as HTTP and mail servers are told them.
    fn login(&mut self, user: Option<&str>, password: Option<&str>) {
        let Some(password) = password else { return };
        let user = user.unwrap_or_default();
        self.add(password);
        for sent in [password.to_owned(), format!("{user}:{password}"), format!("\0{user}\0{password}")] {
            self.add(&STANDARD.encode(sent));
        }
    }

    /// Each word of what is sent, for a server may repeat one of them alone, and all of it. Of `name=value` it is the value.
    fn words(&mut self, text: &str) {
        self.add(text.trim());
        let words = text.split(|c: char| c.is_whitespace() || c.is_control());
        for word in words.filter(|word| !word.starts_with("HTTP/")) {
            self.add(word);
            for part in word.split(|c: char| "&,;{}".contains(c)) {
                let value = part.split_once(['=', ':']).map_or("", |(_, value)| value);
                self.add(value.trim_matches(['"', '\'']));
            }
        }
    }

    /// The text, and as it looks in a URL, in HTML and in JSON.
    fn add(&mut self, text: &str) {
        self.add_as_it_is(text);
        let escape = |escape: &dyn Fn(char) -> Option<String>| -> String {
            let escaped = |letter| escape(letter).unwrap_or_else(|| String::from(letter));
            text.chars().map(escaped).collect()
        };
        for form in [escape(&in_url), escape(&in_html), escape(&in_json)] {
            if form != text {
                self.add_as_it_is(&form);
            }
        }
    }

    fn add_as_it_is(&mut self, text: &str) {
        let bytes = text.as_bytes();
        if bytes.len() < SHORTEST {
            return;
        }
        if bytes.len() < PART {
            self.whole.insert(folded(bytes));
        }
        self.parts.extend(bytes.windows(PART).map(folded));
        self.beginnings.extend((SHORTEST..PART).filter_map(|length| bytes.get(..length)).map(folded));
    }

    /// The text without any of them.
    pub fn hide(&self, text: &str) -> String {
        let bytes = text.as_bytes();
        let is_there =
            |set: &HashSet<u64>, part: Option<&[u8]>| part.is_some_and(|part| set.contains(&folded(part)));
        let mut shown = String::with_capacity(text.len());
        // What was found up to now ends there.
        let mut end = 0;
        for (at, letter) in text.char_indices() {
            let was_hidden = at < end;
            for from in at..at + letter.len_utf8() {
                let shorter = (SHORTEST..PART).rev().find(|length| {
                    let part = bytes.get(from..from + length);
                    is_there(&self.whole, part)
                        || from + length == bytes.len() && is_there(&self.beginnings, part)
                });
                let found =
                    if is_there(&self.parts, bytes.get(from..from + PART)) { Some(PART) } else { shorter };
                end = found.map_or(end, |length| end.max(from + length));
            }
            match (at < end, was_hidden) {
                (false, _) => shown.push(letter),
                (true, false) => shown.push_str(HIDDEN),
                (true, true) => {}
            }
        }
        shown
    }
}

/// Up to [`PART`] bytes as a number, whatever case they are in.
fn folded(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(byte.to_ascii_lowercase()))
}

/// As RFC 3986 has it in a query; `None`: as it is.
fn in_url(letter: char) -> Option<String> {
    let kept = letter.is_ascii_alphanumeric() || "-._~".contains(letter);
    let mut bytes = [0; 4];
    let encoded = letter.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}"));
    (!kept).then(|| encoded.collect())
}

/// As in the text of a page.
fn in_html(letter: char) -> Option<String> {
    let entity = match letter {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        '\'' => "&#39;",
        _ => return None,
    };
    Some(entity.into())
}

/// As in a string of RFC 8259.
fn in_json(letter: char) -> Option<String> {
    matches!(letter, '"' | '\\' | '/').then(|| format!("\\{letter}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_hidden_in_each_form_and_also_where_it_is_cut_off() {
        let mut secrets = Secrets::default();
        secrets.login(Some("ann"), Some("open sesame"));
        for (said, shown) in [
            ("535 no: open sesame!", "535 no: ****!"),
            ("535 no: AUTH PLAIN AGFubgBvcGVuIHNlc2FtZQ==", "535 no: AUTH PLAIN ****"),
            ("HTTP/1.1 401 Basic YW5uOm9wZW4gc2VzYW1l", "HTTP/1.1 401 Basic ****"),
            ("535 no: open ses", "535 no: ****"),
            ("535 ann: open", "535 ann: ****"),
            ("535 ann: open it", "535 ann: open it"),
            ("535 OPEN SESAME?", "535 ****?"),
            ("535 n sesame again", "535 **** again"),
            ("ö open sesameopen sesame", "ö ********"),
            ("535 /?p=open%20sesame", "535 /?p=****"),
        ] {
            assert_eq!(secrets.hide(said), shown);
        }
        assert_eq!(Secrets::default().hide("535 no"), "535 no");
    }

    #[test]
    fn each_word_of_what_was_sent_is_hidden_alone() {
        let mut secrets = Secrets::default();
        secrets.words("login=mon&pass=s3cret7\r\n{\"key\":\"hunt2r\"}");
        assert_eq!(secrets.hide("bad password s3cret7, nor hunt2r"), "bad password ****, nor ****");
    }

    #[test]
    fn escaped_it_is_hidden_too() {
        let mut secrets = Secrets::default();
        secrets.add("a&b\"c");
        for said in ["a&b\"c", "a%26b%22c", "a&amp;b&quot;c", "a&b\\\"c"] {
            assert_eq!(secrets.hide(&format!("no: {said}.")), "no: ****.", "{said}");
        }
    }

    #[test]
    fn long_secrets_take_no_longer_than_they_are() {
        let mut secrets = Secrets::default();
        secrets.add(&"a".repeat(1_000_000));
        assert_eq!(secrets.hide(&"a".repeat(1_000_000)), HIDDEN);
        let other = "b".repeat(1_000_000);
        assert_eq!(secrets.hide(&other), other);
    }

    #[test]
    fn short_texts_hide_nothing() {
        let mut secrets = Secrets::default();
        secrets.add("");
        secrets.add("500");
        assert_eq!(secrets.hide("HTTP/1.1 500 no"), "HTTP/1.1 500 no");
    }
}

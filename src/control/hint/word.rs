//! One word that is wrong: stuck to another, without quotes, with the wrong quotes, misspelt.

use super::{Explanation, Situation, hint};
use crate::control::foreign::{FOREIGN, FOREIGN_SETTINGS};
use crate::control::keyword::Keyword as K;
use crate::control::spelling::closest;
use crate::control::token::Kind;
use crate::control::tried::Tried;
use crate::control::wanted::Wanted;

/// `100MB`, `10s`.
pub(super) fn number_and_unit(situation: &Situation) -> Option<Explanation> {
    let raw = situation.raw();
    if situation.token.kind != Kind::String || !situation.wanted(Wanted::is_number) {
        return None;
    }
    let digits =
        raw.find(|letter: char| !letter.is_ascii_digit() && letter != '.').filter(|length| *length > 0)?;
    let (number, unit) = raw.split_at(digits);
    if !unit.chars().all(|letter| letter.is_ascii_alphabetic() || letter == '/') {
        return None;
    }
    let unit = match unit.to_ascii_lowercase().as_str() {
        "k" | "kib" => "kB",
        "m" | "mib" => "MB",
        "g" | "gib" => "GB",
        "sec" | "secs" => "seconds",
        "min" | "mins" => "minutes",
        _ => unit,
    };
    hint(format!("a blank is missing between number and unit: write {number} {unit}"))
}

/// `>50`, `=x`, `status=200`.
pub(super) fn operator_and_number(situation: &Situation) -> Option<Explanation> {
    let raw = situation.raw();
    if situation.token.kind != Kind::String || situation.token.is_quoted() {
        return None;
    }
    let start = raw.find(['<', '>', '='])?;
    let length =
        raw.get(start..)?.find(|letter| !['<', '>', '='].contains(&letter)).unwrap_or(raw.len() - start);
    let (before, rest) = raw.split_at(start);
    let (operator, behind) = rest.split_at(length);
    if operator.len() > 2 || before.is_empty() && behind.is_empty() {
        return match operator {
            "=>" => hint("write >="),
            "=<" => hint("write <="),
            "<>" => hint("write !="),
            _ => None,
        };
    }
    if !behind.is_empty() && !behind.starts_with(|letter: char| letter.is_ascii_alphanumeric()) {
        return None;
    }
    let parts: Vec<&str> = [before, operator, behind].into_iter().filter(|part| !part.is_empty()).collect();
    hint(format!("blanks are missing around the operator: write {}", parts.join(" ")))
}

/// A quoted text that begins with `/` is a path, and a path is not wanted here.
pub(super) fn quoted_path(situation: &Situation) -> Option<Explanation> {
    if situation.token.kind != Kind::Path || !situation.token.is_quoted() {
        return None;
    }
    let what = situation.wanted_value()?;
    let text = String::from_utf8_lossy(situation.token.bytes()).into_owned();
    let rest = text.strip_prefix('/').unwrap_or(&text);
    let rest = if situation.is_hidden() { "…" } else { rest };
    let first = if what.is_pattern() { "[/]" } else { "\\0x2f" };
    hint(format!(
        "a text that begins with '/' is read as a path, but {what} is needed: write \"{first}{rest}\""
    ))
}

/// `uid mysql`, `allow admin:secret`.
pub(super) fn keyword_as_text(situation: &Situation) -> Option<Explanation> {
    situation.token.keyword()?;
    let (raw, is_hidden) = (situation.raw(), situation.is_hidden());
    if !is_hidden && !raw.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return None;
    }
    let what = situation.wanted_value().filter(|what| what.is_text())?;
    if is_hidden {
        return hint(format!("this is a keyword and cannot be {what} as it stands: write it in quotes"));
    }
    hint(format!("'{raw}' is a keyword and cannot be {what} as it stands: write it in quotes, \"{raw}\""))
}

/// `set alert root`.
pub(super) fn no_mail_address(situation: &Situation) -> Option<Explanation> {
    if !situation.wanted(|what| what == Wanted::MailAddress) {
        return None;
    }
    if situation.token.is_quoted() {
        return hint("a mail address stands without quotes");
    }
    let raw = situation.raw();
    let word = matches!(situation.token.kind, Kind::String | Kind::Keyword(_))
        && raw.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte));
    if !word {
        return hint("a mail address is needed here: user@example.com");
    }
    hint(format!("a mail address needs an @: {raw}@localhost"))
}

/// `path etc/x`, `path " /x"`.
pub(super) fn no_absolute_path(situation: &Situation) -> Option<Explanation> {
    let what = situation.wanted_value()?;
    if situation.token.kind != Kind::String || !what.is_path() {
        return None;
    }
    let text = String::from_utf8_lossy(situation.token.bytes()).into_owned();
    if text.starts_with('/') {
        return hint("a path must begin with '/', directly behind the quote");
    }
    if situation.is_hidden() {
        return hint("a path must begin with '/'");
    }
    hint(format!("a path must begin with '/': is it /{text}?"))
}

/// `address http://example.com`.
pub(super) fn scheme_before_host(situation: &Situation) -> Option<Explanation> {
    if situation.token.kind != Kind::Url || !(situation.wanted(Wanted::is_host)) {
        return None;
    }
    hint("write the host name or address alone, without http:// and path; a 'url' test takes a URL")
}

/// `request http://host/path`.
pub(super) fn url_as_path(situation: &Situation) -> Option<Explanation> {
    let request = ["request", "path"].contains(&situation.previous_text().to_ascii_lowercase().as_str());
    if situation.token.kind != Kind::Url || !request || !situation.wanted(Wanted::is_path) {
        return None;
    }
    if situation.is_hidden() {
        return hint("give only the path, the host is named already");
    }
    let raw = situation.raw();
    let behind = raw.split_once("://").map_or("", |(_, behind)| behind);
    let path = behind.find('/').and_then(|at| behind.get(at..)).unwrap_or("/");
    hint(format!("give only the path, the host is named already: {path}"))
}

/// `password se!cret`, `address [::1]`, `host:80`.
pub(super) fn symbol_in_word(situation: &Situation) -> Option<Explanation> {
    if situation.previous.is_some_and(|span| span.raw() == b"[") && situation.token.span.raw().contains(&b':')
    {
        return hint("write an IPv6 address without brackets");
    }
    let Kind::Symbol(symbol) = situation.token.kind else { return None };
    // Part of a secret it may be one, too.
    let symbol = if situation.is_hidden() { "this sign".into() } else { format!("'{}'", char::from(symbol)) };
    let previous = situation.previous?;
    let raw = previous.raw();
    let joined = previous.end == situation.token.span.start;
    if joined && !raw.is_empty() && !matches!(raw.first(), Some(b'"' | b'\'')) {
        return hint(format!(
            "{symbol} ends a word: if it belongs to '{}', write all of it in quotes",
            situation.previous_text()
        ));
    }
    situation.wanted_value()?;
    hint(format!("{symbol} cannot begin a word: write the text in quotes"))
}

/// `cyclesthen`: two keywords without a blank.
pub(super) fn glued(situation: &Situation) -> Option<Explanation> {
    if situation.token.kind != Kind::String || situation.token.is_quoted() {
        return None;
    }
    let raw = situation.raw().to_ascii_lowercase();
    let keywords = situation.tried.iter().filter_map(|tried| match tried {
        Tried::Keyword(keyword) => Some(*keyword),
        _ => None,
    });
    for spelling in keywords.flat_map(K::spellings).filter(|spelling| spelling.len() > 2) {
        let rest = raw.strip_prefix(spelling).filter(|rest| {
            [K::Then, K::If, K::Alert, K::Cycle, K::Second, K::Every]
                .iter()
                .any(|k| k.spellings().any(|s| s == *rest))
        });
        if let Some(rest) = rest {
            return hint(format!("a blank is missing: write {spelling} {rest}"));
        }
    }
    None
}

pub(super) fn no_such_option(situation: &Situation) -> Option<Explanation> {
    let list = if situation.tried(K::Daemon) {
        FOREIGN_SETTINGS
    } else if situation.tried(K::Set) || situation.tried(K::If) || situation.tried(K::Cpu) {
        FOREIGN
    } else {
        return None;
    };
    let raw = situation.raw();
    let (_, text) = list.iter().find(|(word, _)| raw.eq_ignore_ascii_case(word))?;
    if situation.token.kind != Kind::String && !situation.tried(K::Daemon) {
        return None;
    }
    hint(*text)
}

/// A word that is nearly one of those that could stand here.
pub(super) fn misspelt(situation: &Situation) -> Option<Explanation> {
    if !matches!(situation.token.kind, Kind::String | Kind::Keyword(_)) || situation.token.is_quoted() {
        return None;
    }
    let raw = situation.raw();
    let words = situation.tried.iter().flat_map(|tried| tried.spellings());
    let meant = closest(&raw, words)?;
    (!meant.eq_ignore_ascii_case(&raw)).then_some(())?;
    hint(format!("did you mean '{meant}'?"))
}

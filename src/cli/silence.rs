//! `silence` and `unsilence`: what is typed, for the daemon.

use super::request::Request;
use std::fmt;

/// The path of orders, and of what lasts.
const ORDER: &str = "/_silence";
const LIST: &str = "/_silences";

/// Why a silence cannot be meant.
#[derive(Debug, PartialEq, Eq)]
pub enum Unclear {
    /// Nobody is named.
    Who,
    /// Services and a group are.
    Both,
    /// No time is.
    HowLong,
    /// `--list` shows all.
    All,
}

impl fmt::Display for Unclear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unclear::All => return f.write_str("Option --list shows all silences: leave the name out"),
            Unclear::Who => "Please say which services are to be silent",
            Unclear::Both => "Please name services or a group (-g), not both",
            Unclear::HowLong => "Please say how long they are to be silent",
        })?;
        f.write_str(": monit silence NAME for 2 hours [hold actions] [\"reason\"]")
    }
}

/// What lasts.
pub fn list() -> Request {
    Request { path: LIST, fields: Vec::new() }
}

/// `unsilence [NAME|NUMBER]`.
pub fn lift(name: Option<&str>, group: Option<&str>) -> Result<Request, Unclear> {
    let mut fields = vec![("action", "unsilence".to_owned())];
    match (name, group) {
        (Some(_), Some(_)) => return Err(Unclear::Both),
        (Some(name), None) => fields.push(("service", pattern(name))),
        (None, Some(group)) => fields.push(("group", group.to_owned())),
        (None, None) => {}
    }
    Ok(Request { path: ORDER, fields })
}

/// `all` is every service, also those to come.
fn pattern(name: &str) -> String {
    if name.eq_ignore_ascii_case("all") { ".*".to_owned() } else { name.to_owned() }
}

/// `silence NAME for TIME [hold actions] [reason]`.
pub fn order(words: &[String], group: Option<&str>) -> Result<Request, Unclear> {
    let mut fields = vec![("action", "silence".to_owned())];
    let is_for = |word: &String| word.eq_ignore_ascii_case("for");
    let rest = match (words, group) {
        ([word, rest @ ..], Some(group)) if is_for(word) => {
            fields.push(("group", group.to_owned()));
            rest
        }
        ([_, ..], Some(_)) => return Err(Unclear::Both),
        ([name, word, rest @ ..], None) if is_for(word) => {
            fields.push(("service", pattern(name)));
            rest
        }
        ([word, ..], None) if is_for(word) => return Err(Unclear::Who),
        _ => return Err(Unclear::HowLong),
    };
    let (duration, rest) = match rest {
        // Seconds, which need no unit.
        [number, more @ ..] if is_number(number) && holds_actions(more) => (number.clone(), more),
        [number, unit, rest @ ..] if is_number(number) => (format!("{number} {unit}"), rest),
        // "2 hours" in quotes, 2h, or only a number.
        [duration, rest @ ..] => (duration.clone(), rest),
        [] => return Err(Unclear::HowLong),
    };
    fields.push(("duration", duration));
    let reason = match rest {
        [_, _, reason @ ..] if holds_actions(rest) => {
            fields.push(("hold", "actions".to_owned()));
            reason
        }
        reason => reason,
    };
    if !reason.is_empty() {
        fields.push(("reason", reason.join(" ")));
    }
    Ok(Request { path: ORDER, fields })
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Do they begin with `hold actions`?
fn holds_actions(words: &[String]) -> bool {
    let is = |word: &str, wanted: &str| word.eq_ignore_ascii_case(wanted);
    matches!(words, [hold, actions, ..] if is(hold, "hold") && is(actions, "actions"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str, group: Option<&str>) -> Result<String, Unclear> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let fields = order(&words, group)?.fields;
        Ok(fields.iter().skip(1).map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn a_silence_is_read_word_by_word() {
        assert_eq!(read("web.* for 2 hours", None).unwrap(), "service=web.* duration=2 hours");
        assert_eq!(read("all FOR 90m new disk", None).unwrap(), "service=.* duration=90m reason=new disk");
        assert_eq!(
            read("for 1 day hold actions move", Some("db")).unwrap(),
            "group=db duration=1 day hold=actions reason=move"
        );
        assert_eq!(read("web for 90 hold actions", None).unwrap(), "service=web duration=90 hold=actions");
        assert_eq!(read("web for 90", None).unwrap(), "service=web duration=90");
        assert_eq!(
            read("for for 5 minutes hold", None).unwrap(),
            "service=for duration=5 minutes reason=hold"
        );
    }

    #[test]
    fn what_is_missing_is_said() {
        assert_eq!(read("web", None), Err(Unclear::HowLong));
        assert_eq!(read("web for", None), Err(Unclear::HowLong));
        assert_eq!(read("web 2 hours", None), Err(Unclear::HowLong));
        assert_eq!(read("for 2 hours", None), Err(Unclear::Who));
        assert_eq!(read("web for 2 hours", Some("db")), Err(Unclear::Both));
    }
}

//! What an alert looks like: the default message and the `mail-format` of the control file.

use super::encode;
use crate::MONIT_VERSION;
use crate::config::{Config, MailFormat};
use crate::event::Event;
use crate::noise::Parcel;
use crate::outbox::one_line;
use crate::protocol::smtp::Envelope;
use crate::sys::localtime::{display_local, rfc5322_local, unix_secs};
use std::time::{Duration, SystemTime};

const SUBJECT: &str = "monit alert --  $EVENT $SERVICE";
const BODY: &str = "$EVENT Service $SERVICE \n\n\tDate:        $DATE\n\tAction:      $ACTION\n\tHost:        $HOST\n\
    \tDescription: $DESCRIPTION\n\nYour faithful employee,\nMonit\n";
/// Longest subject, in characters.
const SUBJECT_LIMIT: usize = 2000;

/// What a message is made of besides the event.
#[derive(Debug, Clone, Copy)]
pub struct Letterhead<'a> {
    /// The host's name, `$HOST`.
    pub host: &'a str,
    /// The name in Message-Id, that of EHLO.
    pub domain: &'a str,
    /// The recipient's own format.
    pub own: &'a MailFormat,
    /// `set mail-format`.
    pub global: &'a MailFormat,
    /// The time of sending.
    pub now: SystemTime,
    /// The server takes bytes above 127.
    pub eight_bit: bool,
}

/// The message that tells `to` about `event`.
pub fn compose(event: &Event, to: &str, letterhead: &Letterhead<'_>) -> Envelope {
    let expand = |text: &str| expand(text, event, letterhead.host);
    let (own, global) = (letterhead.own, letterhead.global);
    let subject = own.subject.as_deref().or(global.subject.as_deref()).unwrap_or(SUBJECT);
    // A description of several lines, as of what a log holds, is one line there: the lines are the news.
    let subject = match event.description.contains('\n') {
        false => expand(subject),
        true => {
            let description = one_line(&event.description).into();
            self::expand(subject, &Event { description, ..event.clone() }, letterhead.host)
        }
    };
    let body = match own.message.as_deref().or(global.message.as_deref()) {
        Some(message) => expand(message),
        // A message of one's own has nothing in it that is not asked for.
        None if event.evidence.is_empty() => expand(BODY),
        None => format!("{}\n{}", expand(BODY), event.evidence),
    };
    let since = event.time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (kind, state, nanos) = (event.kind as u8, event.state as u8, since.as_nanos());
    let identity =
        format!("{} {nanos} {kind} {state} {} {to} {}", event.id, event.service, letterhead.domain);
    let id = message_id(event.time, &identity, letterhead.domain);
    envelope(&subject, &body, &id, to, letterhead)
}

/// The message that tells `to` about several events. Its subject and its text are not those of the control file, which speak
/// of one.
pub fn compose_parcel(parcel: &Parcel, to: &str, letterhead: &Letterhead<'_>, config: &Config) -> Envelope {
    let Letterhead { host, domain, .. } = letterhead;
    let subject = format!("monit alert --  {}", parcel.title(host));
    let body = format!("{}\nYour faithful employee,\nMonit\n", parcel.text(host, config));
    let (first, last) = parcel.name;
    // A key is the time of its event, or a little more.
    let time = SystemTime::UNIX_EPOCH + Duration::from_nanos(first);
    let id = message_id(time, &format!("{first} {last} {to} {domain}"), domain);
    envelope(&subject, &body, &id, to, letterhead)
}

/// A message of these parts.
fn envelope(subject: &str, body: &str, id: &str, to: &str, letterhead: &Letterhead<'_>) -> Envelope {
    let (own, global) = (letterhead.own, letterhead.global);
    let (name, from) = match own.from.as_ref().or(global.from.as_ref()) {
        // Of the variables the sender knows the host alone.
        Some((name, address)) => {
            (name.replace("$HOST", letterhead.host), address.replace("$HOST", letterhead.host))
        }
        None => (String::new(), format!("monit@{}", letterhead.host)),
    };
    let subject: String = subject.chars().take(SUBJECT_LIMIT).collect();
    let body = lines(body);

    let mut content = String::with_capacity(512 + body.len());
    let mut header = |key: &str, value: &str| {
        content.push_str(key);
        content.push_str(": ");
        content.push_str(value);
        content.push_str("\r\n");
    };
    if let Some((name, address)) = own.reply_to.as_ref().or(global.reply_to.as_ref()) {
        header("Reply-To", &mailbox(name, address));
    }
    header("From", &mailbox(&name, &from));
    header("To", &bare(to));
    header("Subject", &encode::header(&subject));
    header("Date", &date(letterhead.now));
    header("X-Mailer", &format!("Monit {MONIT_VERSION}"));
    header("MIME-Version", "1.0");
    header("Content-Type", "text/plain; charset=utf-8");
    let plain = encode::fits(&body, letterhead.eight_bit);
    header(
        "Content-Transfer-Encoding",
        match plain {
            true if letterhead.eight_bit => "8bit",
            true => "7bit",
            false => "quoted-printable",
        },
    );
    header("X-Auto-Response-Suppress", "All");
    header("Precedence", "Bulk");
    header("Message-Id", id);
    content.push_str("\r\n");
    content.push_str(&if plain { body } else { encode::quoted_printable(&body) });
    content.push_str("\r\n");
    Envelope { from: from.into(), to: to.into(), content: content.into_bytes() }
}

/// Replaces the variables, in one pass: what a value contains is not looked at again. Unknown ones stay.
fn expand(text: &str, event: &Event, host: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, variable) = rest.split_at(at);
        out.push_str(before);
        let mut replace =
            |name: &str, value: &str| variable.strip_prefix(name).inspect(|_| out.push_str(value));
        let behind = replace("$EVENT", event.title())
            .or_else(|| replace("$SERVICE", &event.service))
            .or_else(|| replace("$DATE", &display_local(unix_secs(event.time))))
            .or_else(|| replace("$HOST", host))
            .or_else(|| replace("$ACTION", event.action.word()))
            .or_else(|| replace("$DESCRIPTION", &event.description));
        rest = behind.unwrap_or_else(|| {
            out.push('$');
            variable.strip_prefix('$').unwrap_or_default()
        });
    }
    out.push_str(rest);
    out
}

/// Text with CR LF at the end of each line and no control characters but tabs.
fn lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\n' => out.push_str("\r\n"),
            '\t' => out.push(c),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// An address in a header, with the display name if there is one.
fn mailbox(name: &str, address: &str) -> String {
    if name.is_empty() { bare(address) } else { format!("{} <{}>", encode::name(name), bare(address)) }
}

/// An address without anything that could end it early.
fn bare(address: &str) -> String {
    address
        .chars()
        .filter(|c| !c.is_control() && !c.is_whitespace() && !matches!(c, '<' | '>' | ','))
        .collect()
}

/// RFC 5322, 3.3, in local time. UTC is written as `GMT`, as Monit does and as the RFC's obsolete zones allow.
fn date(now: SystemTime) -> String {
    let text = rfc5322_local(unix_secs(now));
    match text.strip_suffix("+0000") {
        Some(utc) => format!("{utc}GMT"),
        None => text,
    }
}

/// The same event for the same recipient has the same id however often it is sent: a copy that arrives because an
/// acknowledgement was lost can be recognised.
fn message_id(time: SystemTime, identity: &str, domain: &str) -> String {
    let seconds = unix_secs(time);
    let digest = md5::compute(identity);
    let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let domain: String = domain
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']'))
        .collect();
    format!("<{seconds}.{hex}@{}>", if domain.is_empty() { "localhost" } else { &domain })
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;

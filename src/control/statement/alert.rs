//! `alert` and `noalert`: who is told of what.

use super::entry::{Scope, Statement};
use super::mail_format::parse_mail_format;
use super::set_noise;
use super::set_webhook::accept_recipient;
use crate::config::{Alert, EventKind as E, EventSet};
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Change, Parsed, Parser};
use crate::control::token::{Kind, Token};
use crate::control::wanted::Wanted;

pub(super) const SET_ALERT: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::Alert],
    word: None,
    parse: |parser, lead| {
        let place = lead.span.place();
        if set_noise::begins(parser) {
            return set_noise::parse(parser, None, place);
        }
        let alert = parse_alert(parser, &lead)?;
        let address = alert.address.clone();
        parser.apply(Change::Alert(Box::new(alert)));
        set_noise::parse(parser, Some(&address), place)
    },
    grammar: "'set' 'alert' recipient [ [ 'not' ] '{' event { event } '}' ] [ 'mail-format' '{' mail_option { mail_option } '}' ] \
              [ 'reminder' NUMBER [ 'cycle' ] ] { noise }",
    example: "set alert ops@example.com but not on { instance, action } with reminder on 10 cycles",
};

pub(super) const ALERT: Statement = Statement {
    scope: Scope::Service,
    leads: &[K::Alert],
    word: None,
    parse: |parser, lead| {
        let alert = parse_alert(parser, &lead)?;
        if let Some(service) = &mut parser.so_far.service {
            service.alerts.push(alert);
        }
        Ok(())
    },
    grammar: "'alert' recipient [ [ 'not' ] '{' event { event } '}' ] [ 'mail-format' '{' mail_option { mail_option } '}' ] \
              [ 'reminder' NUMBER [ 'cycle' ] ]",
    example: "check process x with pidfile /run/x.pid alert dba@example.com only on { timeout, nonexist }",
};

pub(super) const NO_ALERT: Statement = Statement {
    scope: Scope::Service,
    leads: &[K::NoAlert],
    word: None,
    parse: |parser, lead| {
        let address = match accept_recipient(parser)? {
            Some(address) => address,
            None => parser.expect_kind(&[Kind::Mail], Wanted::MailAddress)?.text(),
        };
        if let Some(service) = &mut parser.so_far.service {
            service.alerts.push(Alert {
                place: lead.span.place(),
                address,
                events: EventSet::NONE,
                reminder: 0,
                format: None,
            });
        }
        Ok(())
    },
    grammar: "'noalert' recipient",
    example: "check process x with pidfile /run/x.pid noalert ops@example.com",
};

/// The words of an event list.
pub(super) const EVENTS: &[(K, E)] = &[
    (K::Action, E::Action),
    (K::ByteIn, E::ByteIn),
    (K::ByteOut, E::ByteOut),
    (K::Checksum, E::Checksum),
    (K::Connection, E::Connection),
    (K::Content, E::Content),
    (K::Data, E::Data),
    (K::Exec, E::Exec),
    (K::Exist, E::Exist),
    (K::FsFlag, E::FsFlags),
    (K::Gid, E::Gid),
    (K::Icmp, E::Icmp),
    (K::Instance, E::Instance),
    (K::Invalid, E::Invalid),
    (K::Link, E::Link),
    (K::NonExist, E::NonExist),
    (K::PacketIn, E::PacketIn),
    (K::PacketOut, E::PacketOut),
    (K::Permission, E::Permission),
    (K::Pid, E::Pid),
    (K::Ppid, E::PPid),
    (K::Resource, E::Resource),
    (K::Saturation, E::Saturation),
    (K::Size, E::Size),
    (K::Speed, E::Speed),
    (K::Status, E::Status),
    (K::Timeout, E::Timeout),
    (K::Time, E::Timestamp),
    (K::Uid, E::Uid),
    (K::Uptime, E::Uptime),
];

fn parse_alert(parser: &mut Parser, lead: &Token) -> Parsed<Alert> {
    let webhook = accept_recipient(parser)?;
    let by_mail = webhook.is_none();
    let address = match webhook {
        Some(address) => address,
        None => parser.expect_kind(&[Kind::Mail], Wanted::MailAddress)?.text(),
    };
    let mut events = EventSet::ALL;
    let negated = parser.accept(K::Not);
    if negated {
        parser.expect_symbol(b'{')?;
        events = EventSet(EventSet::ALL.0 & !parse_events(parser)?);
    } else if parser.accept_symbol(b'{') {
        events = EventSet(parse_events(parser)?);
    }
    let mut format = None;
    if by_mail && parser.accept(K::MailFormat) {
        format = Some(Box::new(parse_mail_format(parser)?));
    }
    let mut reminder = 0;
    if parser.accept(K::Reminder) {
        reminder = parser.expect_number()?.0;
        parser.accept(K::Cycle);
    }
    Ok(Alert { place: lead.span.place(), address, events, reminder, format })
}

/// The words for events, in their usual spelling.
pub fn event_words() -> impl Iterator<Item = &'static str> {
    EVENTS.iter().map(|(keyword, _)| keyword.name())
}

/// At least one event, then the closing brace.
fn parse_events(parser: &mut Parser) -> Parsed<u32> {
    let words: Vec<K> = EVENTS.iter().map(|(keyword, _)| *keyword).collect();
    let mut set = 0;
    let mut keyword = parser.expect_any(&words)?;
    loop {
        if let Some((_, event)) = EVENTS.iter().find(|(word, _)| *word == keyword) {
            set |= event.bit();
        }
        if parser.accept_symbol(b'}') {
            return Ok(set);
        }
        keyword = parser.expect_any(&words)?;
    }
}

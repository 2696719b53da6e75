//! A round: everything that waits is offered to the mail servers, one after the other.

use super::message::{Letterhead, compose};
use super::record::Record;
use super::{CONNECTION, Context, LONGEST, Mail, SHORTEST, recipients};
use crate::config::{Family, MailServer, Tls};
use crate::probe::{Endpoint, Patience, Probe, Target, tls};
use crate::protocol::smtp::{self, Outcome};
use crate::reactor::{Source, Token};
use std::time::Duration;

/// Time limit of the control file's `set mailserver` when it gives none. Nothing else waits for it.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Messages over one connection; servers grow impatient with more.
const PER_CONNECTION: u32 = 500;
/// A server that refuses so many in a row will refuse the rest.
const REFUSALS: u32 = 20;
/// What a server refuses for good is kept so long; then it is dropped.
const KEPT: Duration = Duration::from_secs(5 * 86_400);

/// A connection to a mail server.
#[derive(Debug)]
pub struct Connection {
    pub probe: Probe<smtp::Delivery>,
    label: Box<str>,
    submitted: u32,
    /// Whom the message in hand is for.
    hand: Option<Box<str>>,
}

impl Connection {
    /// Is only the farewell outstanding?
    pub fn is_leaving(&self) -> bool {
        self.probe.protocol().is_leaving()
    }
}

/// How far the present round is.
#[derive(Debug, Default)]
pub struct Round {
    /// Index of the server.
    server: usize,
    /// The event that is being delivered, or the last one.
    cursor: Option<u64>,
    current: Option<Current>,
    /// Something is left for the next server or the next round.
    left: bool,
    /// Service and address: what comes later must not overtake.
    blocked: Vec<(Box<str>, Box<str>)>,
    refusals: u32,
}

#[derive(Debug)]
struct Current {
    record: Record,
    /// Recipients still to be served, the next one last.
    todo: Vec<Box<str>>,
    /// Somebody is left.
    left: bool,
}

impl Mail {
    pub(super) fn begin_round(&mut self, context: &mut Context<'_>) {
        self.round = Some(Round::default());
        self.begin_server(context);
    }

    /// Opens a connection to the round's server, if there is anything to be sent.
    fn begin_server(&mut self, context: &mut Context<'_>) {
        if !self.prepare(context) {
            return self.end_server(context);
        }
        let settings = &context.config.settings;
        let Some(round) = &self.round else { return };
        let Some(server) = settings.mailservers.get(round.server) else { return self.end_round(context) };
        let label = format!("[{}]:{}", server.host, server.port).into();
        let Ok(port) = u16::try_from(server.port) else {
            context.log.error(format_args!("Mail server {label}: not a port"));
            return self.server_failed(context);
        };
        let options = options(server, &settings.tls);
        // RFC 3207 on the ports of mail, TLS from the first byte elsewhere (RFC 8314).
        let starttls = matches!(port, 25 | 587);
        let dialogue = smtp::Delivery::new(smtp::Options {
            hostname: settings.mail_hostname.clone().unwrap_or_else(|| self.host.clone()),
            credentials: server.username.clone().zip(server.password.clone()),
            starttls: options.is_some() && starttls,
            secure: options.is_some() && !starttls,
        });
        let target = Target {
            endpoint: Endpoint::Tcp { host: server.host.clone(), port },
            family: Family::Any,
            source: None,
            tls: options,
            starttls,
            patience: Patience::Step(settings.mail_timeout.unwrap_or(TIMEOUT)),
        };
        let token = Token { source: Source::Mail, id: 0, part: CONNECTION };
        let probe = Probe::start(target, dialogue, token, context.now, &mut self.resolver);
        self.connection = Some(Connection { probe, label, submitted: 0, hand: None });
        self.deliver(context);
    }

    /// Finds the next message to be sent: true if there is one, in `current`.
    fn prepare(&mut self, context: &mut Context<'_>) -> bool {
        let Some(round) = &mut self.round else { return false };
        loop {
            if let Some(current) = &round.current {
                if !current.todo.is_empty() {
                    return true;
                }
                round.left |= current.left;
                round.current = None;
            }
            let Some(key) = self.queue.next(round.cursor) else { return false };
            round.cursor = Some(key);
            let Some(record) = self.queue.get(key, context.log) else { continue };
            let mut current = Current { todo: Vec::new(), left: false, record };
            for alert in recipients(context.config, &current.record.event).iter().rev() {
                let address = &alert.address;
                if current.record.delivered.iter().any(|done| done.eq_ignore_ascii_case(address)) {
                    continue;
                }
                let service = &current.record.event.service;
                if round.blocked.iter().any(|(s, a)| s == service && a == address) {
                    current.left = true;
                } else {
                    current.todo.push(address.clone());
                }
            }
            if current.todo.is_empty() && !current.left {
                // The control file has changed: nobody wants to know any more.
                self.queue.remove(key);
            } else {
                round.current = Some(current);
            }
        }
    }

    /// Goes on with the connection as far as it goes without waiting.
    pub(super) fn deliver(&mut self, context: &mut Context<'_>) {
        while let Some(connection) = &mut self.connection {
            if let Some(outcome) = connection.probe.protocol_mut().take_outcome() {
                self.settle(outcome, context);
                continue;
            }
            if connection.probe.result().is_some() {
                return self.hung_up(context);
            }
            if connection.is_leaving() {
                // What has come up in the meantime does not wait for the farewell.
                if self.prepare(context) {
                    self.connection = None;
                    self.begin_server(context);
                }
                return;
            }
            if !connection.probe.protocol().is_ready() {
                return;
            }
            let enough = connection.submitted >= PER_CONNECTION
                || self.round.as_ref().is_none_or(|round| round.refusals >= REFUSALS);
            let next = if !enough && self.prepare(context) { self.take(context) } else { None };
            let Some(connection) = &mut self.connection else { return };
            match next {
                Some(envelope) => {
                    connection.submitted += 1;
                    connection.hand = Some(envelope.to.clone());
                    connection.probe.protocol_mut().submit(envelope);
                }
                None => connection.probe.protocol_mut().quit(),
            }
            connection.probe.proceed(context.now);
        }
    }

    /// The message that [`prepare`](Self::prepare) found.
    fn take(&mut self, context: &mut Context<'_>) -> Option<smtp::Envelope> {
        let settings = &context.config.settings;
        let current = self.round.as_mut()?.current.as_mut()?;
        let event = &current.record.event;
        let address = current.todo.pop()?;
        let alerts = recipients(context.config, event);
        let alert = alerts.iter().find(|alert| alert.address == address)?;
        let connection = self.connection.as_ref()?;
        let letterhead = Letterhead {
            host: &self.host,
            domain: settings.mail_hostname.as_deref().unwrap_or(&self.host),
            own: &alert.format,
            global: &settings.mail_format,
            now: context.wall,
            eight_bit: connection.probe.protocol().takes_eight_bit(),
        };
        Some(compose(event, &address, &letterhead))
    }

    /// What became of the message in hand.
    fn settle(&mut self, outcome: Outcome, context: &mut Context<'_>) {
        let Some(connection) = &mut self.connection else { return };
        let Some(address) = connection.hand.take() else { return };
        let Some(round) = &mut self.round else { return };
        let (Some(current), Some(key)) = (&mut round.current, round.cursor) else { return };
        let (service, title) = (current.record.event.service.clone(), current.record.event.title());
        match outcome {
            Outcome::Delivered => {
                round.refusals = 0;
                context.log.debug(format_args!("'{service}' {title}: alert sent to {address}"));
                current.record.delivered.push(address);
            }
            Outcome::Refused { permanent, text } => {
                round.refusals += 1;
                let label = &connection.label;
                context.log.error(format_args!(
                    "Mail server {label} refuses the alert '{service}' {title} for {address} -- {text}"
                ));
                let age = context.wall.duration_since(current.record.event.time).unwrap_or_default();
                if permanent && age > KEPT {
                    context.log.error(format_args!("The alert '{service}' {title} for {address} is dropped"));
                    current.record.delivered.push(address);
                } else {
                    current.left = true;
                    round.blocked.push((service, address));
                    if permanent {
                        self.queue.mark_refused(key);
                    }
                    return;
                }
            }
        }
        // At once, so that nobody gets it twice if it is us who fail next.
        if current.todo.is_empty() && !current.left {
            self.queue.remove(key);
        } else {
            self.queue.update(key, &current.record);
        }
    }

    /// The connection is over, well or badly.
    fn hung_up(&mut self, context: &mut Context<'_>) {
        let Some(connection) = self.connection.take() else { return };
        let leaving = connection.is_leaving();
        let more = connection.submitted >= PER_CONNECTION;
        let refused = self.round.as_ref().is_some_and(|round| round.refusals >= REFUSALS);
        match connection.probe.into_result().1 {
            Some(Err(failure)) if !leaving => {
                context.log.error(format_args!("Mail server {} -- {failure}", connection.label));
                self.server_failed(context);
            }
            _ if refused => self.server_failed(context),
            _ if more => self.begin_server(context),
            // Something may have come up since the farewell.
            _ if self.prepare(context) => self.begin_server(context),
            _ => self.end_server(context),
        }
    }

    fn server_failed(&mut self, context: &mut Context<'_>) {
        if let Some(round) = &mut self.round {
            round.left = true;
        }
        self.end_server(context);
    }

    /// This server has done what it could: the next one gets what is left.
    fn end_server(&mut self, context: &mut Context<'_>) {
        let Some(round) = &mut self.round else { return };
        let next = round.server + 1;
        if round.left && next < context.config.settings.mailservers.len() {
            *round = Round { server: next, ..Round::default() };
            self.begin_server(context);
        } else {
            self.end_round(context);
        }
    }

    fn end_round(&mut self, context: &mut Context<'_>) {
        let Some(round) = self.round.take() else { return };
        if !round.left {
            self.pause = Duration::ZERO;
            self.next_round = None;
            return;
        }
        self.pause = (self.pause * 2).clamp(SHORTEST, LONGEST);
        self.next_round = Some(context.now + self.pause);
        if self.farewell.is_some() {
            self.gave_up = true;
            return;
        }
        let (count, pause) = (self.queue.len(), self.pause.as_secs());
        context.log.error(format_args!("Mail: {count} events undelivered, next attempt in {pause} s"));
    }
}

/// TLS for a server, if it is wanted.
fn options(server: &MailServer, global: &Tls) -> Option<tls::Options> {
    let certificate = server.certificate.as_deref();
    match (&server.tls, certificate) {
        (None, None) => None,
        (own, certificate) => {
            let own = own.as_deref().cloned().unwrap_or_default();
            Some(tls::Options::new(&own, global, certificate))
        }
    }
}

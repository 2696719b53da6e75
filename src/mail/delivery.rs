//! A round: everything that waits is offered to the mail servers, one after the other. Who gets what when several
//! connections are open is decided by [`super::lane`].

use super::call::{Call, label};
use super::lane::{Current, LANES, Lane, Next};
use super::message::{Letterhead, compose};
use super::{CONNECTION, Desk, Mail, by_mail};
use crate::outbox::Came;
use crate::probe::Probe;
use crate::protocol::refusal::Refusal;
use crate::protocol::secret::Secrets;
use crate::protocol::smtp::{self, Fate};
use crate::reactor::{Source, Token};
use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime};

/// Messages over one connection; servers grow impatient with more.
const PER_CONNECTION: u32 = 500;
/// A server that refuses so many in a row will refuse the rest.
const REFUSALS: u32 = 20;
/// How long a server that closed one connection of several is given no more than it put up with.
const FEWER: Duration = Duration::from_secs(3600);

/// A connection to a mail server.
#[derive(Debug)]
pub struct Connection {
    pub probe: Probe<smtp::Delivery>,
    label: Box<str>,
    pub(super) submitted: u32,
    /// Whom the message in hand is for, and since when the server has it.
    hand: Option<(Box<str>, Instant)>,
}

impl Connection {
    /// Is only the farewell outstanding?
    pub(super) fn is_leaving(&self) -> bool {
        self.probe.protocol().is_leaving()
    }
}

/// How far the present round is.
#[derive(Debug, Default)]
pub struct Round {
    /// Index of the server.
    pub(super) server: usize,
    /// Something is left for the next server or the next round.
    pub(super) left: bool,
    /// Service and address: what comes later must not overtake.
    pub(super) blocked: Vec<(Box<str>, Box<str>)>,
    refusals: u32,
    /// Event and address: all servers before this one, and this one, refuse the message itself.
    before: BTreeSet<(u64, Box<str>)>,
    refused: BTreeSet<(u64, Box<str>)>,
    /// What went wrong with the server as a whole.
    words: Option<String>,
    /// A further connection had nothing to do.
    pub(super) wide_enough: bool,
}

impl Round {
    /// Is this refusal the last word about the message? If every server refuses the message itself it is, however the
    /// others are; if they refuse all that comes from us, then after some days. Nobody waits that long for a test message.
    fn is_final(
        &mut self,
        why: Refusal,
        current: &Current,
        address: &str,
        servers: usize,
        wall: SystemTime,
    ) -> bool {
        let message = (current.key, address.into());
        let so_far = why.is_for_good() && (self.server == 0 || self.before.contains(&message));
        let last = self.server + 1 >= servers;
        if so_far && !last {
            self.refused.insert(message);
        }
        // What a server before this one may still take is refused by the way, as it were.
        let why = if why.is_for_good() && !so_far { Refusal::OfWay } else { why };
        last && current.record.is_lost(why, wall)
    }
}

impl Mail {
    pub(super) fn begin_round(&mut self, desk: &mut Desk<'_>) {
        if self.fewer_until.is_some_and(|at| at <= desk.now) {
            (self.most, self.fewer_until) = (LANES, None);
        }
        self.round = Some(Round::default());
        desk.outbox.set_position(self.destination, None);
        self.begin_server(desk);
    }

    /// Opens a connection to the round's server, if there is anything to be sent.
    fn begin_server(&mut self, desk: &mut Desk<'_>) {
        let id = self.new_lane();
        self.open(id, desk);
    }

    /// Opens the connection of a lane that has none, if there is anything to be sent.
    fn open(&mut self, id: u32, desk: &mut Desk<'_>) {
        match self.prepare(id, desk) {
            Next::Ready => self.connect(id, desk),
            Next::Later => {}
            Next::Nothing => {
                self.drop_idle_lane(id);
                if self.lanes.is_empty() {
                    self.end_server(desk);
                }
            }
        }
    }

    /// Connects a lane with the round's server.
    fn connect(&mut self, id: u32, desk: &mut Desk<'_>) {
        let settings = &desk.config.settings;
        let Some(round) = &self.round else { return };
        let Some(server) = settings.mailservers.get(round.server) else { return self.end_round(desk) };
        let label = label(server);
        let token = Token { source: Source::Mail, id, part: CONNECTION };
        let call = Call { settings, host: &self.host, content_patience: self.content_patience, token };
        let Some(probe) = call.start(server, desk.now, &mut self.resolver) else {
            desk.log.error(format_args!("Mail server {label}: not a port"));
            return self.server_failed(desk);
        };
        let Some(lane) = self.lane(id) else { return };
        lane.connection = Some(Connection { probe, label, submitted: 0, hand: None });
        self.deliver_on(id, desk);
    }

    /// Goes on with every connection as far as it goes without waiting.
    pub(super) fn deliver(&mut self, desk: &mut Desk<'_>) {
        for id in self.lanes.iter().map(|lane| lane.id).collect::<Vec<_>>() {
            match self.lane(id) {
                Some(Lane { connection: None, .. }) => self.open(id, desk),
                _ => self.deliver_on(id, desk),
            }
        }
        if self.is_slow(desk.outbox) {
            // Nothing is given to it before the server has let it in.
            let id = self.new_lane();
            self.connect(id, desk);
        }
    }

    fn deliver_on(&mut self, id: u32, desk: &mut Desk<'_>) {
        while let Some(connection) = self.lane(id).and_then(|lane| lane.connection.as_mut()) {
            if let Some(outcome) = connection.probe.protocol_mut().take_outcome() {
                self.settle(id, outcome, desk);
                continue;
            }
            if connection.probe.result().is_some() {
                return self.hung_up(id, desk);
            }
            if connection.is_leaving() {
                // What has come up in the meantime does not wait for the farewell.
                if self.prepare(id, desk) == Next::Ready {
                    self.connect(id, desk);
                }
                return;
            }
            if !connection.probe.protocol().is_ready() {
                return;
            }
            let enough = connection.submitted >= PER_CONNECTION
                || self.round.as_ref().is_none_or(|round| round.refusals >= REFUSALS);
            let next = match if enough { Next::Nothing } else { self.prepare(id, desk) } {
                Next::Ready => self.take(id, desk),
                Next::Nothing => None,
                Next::Later => return,
            };
            let Some(connection) = self.lane(id).and_then(|lane| lane.connection.as_mut()) else { return };
            match next {
                Some(envelope) => {
                    connection.submitted += 1;
                    connection.hand = Some((envelope.to.clone(), desk.now));
                    connection.probe.protocol_mut().submit(envelope);
                }
                None => connection.probe.protocol_mut().quit(),
            }
            connection.probe.proceed(desk.now);
        }
    }

    /// The message that [`prepare`](Self::prepare) found.
    fn take(&mut self, id: u32, desk: &mut Desk<'_>) -> Option<smtp::Envelope> {
        let settings = &desk.config.settings;
        let lane = self.lanes.iter_mut().find(|lane| lane.id == id)?;
        let current = lane.current.as_mut()?;
        let event = &current.record.event;
        let address = current.todo.pop()?;
        let told = current.record.recipients(desk.config);
        let alert = by_mail(told).find(|alert| alert.address == address)?;
        let letterhead = Letterhead {
            host: &self.host,
            domain: settings.mail_hostname.as_deref().unwrap_or(&self.host),
            own: alert.own_format(),
            global: &settings.mail_format,
            now: desk.wall,
            eight_bit: lane.connection.as_ref()?.probe.protocol().takes_eight_bit(),
        };
        Some(compose(event, &address, &letterhead))
    }

    /// What became of the message in hand.
    fn settle(&mut self, id: u32, outcome: Fate, desk: &mut Desk<'_>) {
        let Some(lane) = self.lanes.iter_mut().find(|lane| lane.id == id) else { return };
        let (Some(connection), Some(current)) = (&mut lane.connection, &mut lane.current) else { return };
        let Some((address, since)) = connection.hand.take() else { return };
        let Some(round) = &mut self.round else { return };
        let (service, title) = (current.record.event.service.clone(), current.record.event.title());
        // One slow mail does not make a slow server: it takes several to believe in a multiple.
        let took = desk.now.saturating_duration_since(since);
        self.pace = if self.pace.is_zero() { took } else { took.min(self.pace * 2) };
        match outcome {
            Fate::Delivered => {
                round.refusals = 0;
                desk.log.debug(format_args!("'{service}' {title}: alert sent to {address}"));
                desk.outbox.report(current.key, Came::Delivered);
            }
            Fate::Refused { why, text } => {
                let text = Secrets::of_mailservers(&desk.config.settings.mailservers).hide(&text);
                let words = format!("Mail server {}: {text}", connection.label);
                let servers = desk.config.settings.mailservers.len();
                if !round.is_final(why, current, &address, servers, desk.wall) {
                    round.refusals += 1;
                    desk.log.error(format_args!(
                        "Mail server {} refuses the alert '{service}' {title} for {address} -- {text}",
                        connection.label
                    ));
                    if round.server + 1 >= servers {
                        desk.outbox.report(current.key, Came::Delayed(words));
                    }
                    current.left = true;
                    if current.record.only.is_none() {
                        round.blocked.push((service, address));
                    }
                    return;
                }
                // It is said with all that is lost. One that is settled does not count as a server that takes nothing.
                desk.log.error(format_args!(
                    "Mail server {} refuses the alert {} for {address}, which is dropped -- {text}",
                    connection.label,
                    current.record.summary()
                ));
                desk.outbox.report(current.key, Came::Refused(words));
            }
        }
        // At once, so that nobody gets it twice if it is us who fail next.
        match (current.todo.is_empty() && !current.left, current.grouped) {
            (true, false) => desk.outbox.done(self.destination, current.key, desk.log),
            (over, _) => {
                desk.outbox.mark(current.key, &address, desk.log);
                if over {
                    desk.outbox.let_go(current.key, self.destination);
                }
            }
        }
    }

    /// A connection is over, well or badly.
    fn hung_up(&mut self, id: u32, desk: &mut Desk<'_>) {
        let Some(connection) = self.lane(id).and_then(|lane| lane.connection.take()) else { return };
        let leaving = connection.is_leaving();
        let in_doubt = connection.probe.protocol().is_in_doubt();
        let refused = self.round.as_ref().is_some_and(|round| round.refusals >= REFUSALS);
        let Connection { probe, label, .. } = connection;
        match probe.into_result().1 {
            Some(Err(failure)) if !leaving => {
                let secrets = Secrets::of_mailservers(&desk.config.settings.mailservers);
                let failure = secrets.hide(&failure.to_string());
                if in_doubt {
                    desk.log.warning(format_args!(
                        "Mail server {label} did not say whether it took the alert: it is sent again, a copy may arrive"
                    ));
                }
                if self.close_lane(id) {
                    let most = self.lanes.len();
                    self.most = most.max(1);
                    self.fewer_until = Some(desk.now + FEWER);
                    desk.log.info(format_args!(
                        "Mail server {label} -- {failure}; going on over {most} connections"
                    ));
                } else {
                    desk.log.error(format_args!("Mail server {label} -- {failure}"));
                    let words = format!("Mail server {label} -- {failure}");
                    if let Some(round) = &mut self.round {
                        round.words = Some(words);
                    }
                    self.server_failed(desk);
                }
            }
            _ if refused => {
                self.lanes.retain(|lane| lane.id != id);
                if self.lanes.is_empty() {
                    self.server_failed(desk);
                }
            }
            // It was the last message for one connection, or something has come up since the farewell.
            _ => self.open(id, desk),
        }
    }

    fn server_failed(&mut self, desk: &mut Desk<'_>) {
        self.lanes.clear();
        if let Some(round) = &mut self.round {
            round.left = true;
        }
        self.end_server(desk);
    }

    /// This server has done what it could: the next one gets what is left.
    fn end_server(&mut self, desk: &mut Desk<'_>) {
        let Some(round) = &mut self.round else { return };
        let next = round.server + 1;
        if round.left && next < desk.config.settings.mailservers.len() {
            let before = std::mem::take(&mut round.refused);
            *round = Round { server: next, before, ..Round::default() };
            desk.outbox.set_position(self.destination, None);
            self.most = LANES;
            self.begin_server(desk);
        } else {
            self.end_round(desk);
        }
    }

    fn end_round(&mut self, desk: &mut Desk<'_>) {
        self.lanes = Vec::new();
        let Some(round) = self.round.take() else { return };
        // What the last server had to say: only now is it known that none takes it.
        if let (true, Some(words)) = (round.left, &round.words) {
            desk.outbox.report_delay(self.destination, words);
        }
        let Some(clock) = desk.outbox.clock_mut(self.destination) else { return };
        if !round.left {
            return clock.reset();
        }
        let pause = clock.back_off(desk.now).as_secs();
        if self.farewell.is_some() {
            self.gave_up = true;
            return;
        }
        let count = desk.outbox.waiting(self.destination);
        desk.log.error(format_args!("Mail: {count} events undelivered, next attempt in {pause} s"));
    }
}

//! Recipients of whom `set alert … group`, `limit` or `quiet` speaks. Each is a destination of its own, under its address; when
//! there is to be a message, and of what, says its [`Grouping`]. A message goes over a connection of its own: there are few of
//! them. It is offered to the mail servers one after the other, and again after a pause, for days.

use super::call::{Call, label};
use super::message::{Letterhead, compose, compose_parcel};
use crate::config::{Alert, Config, MailFormat, Mmonit};
use crate::log::Log;
use crate::noise::{Grouping, Manner, Parcel, Refused, Terms};
use crate::outbox::{Desk, Destination, Effort, LONGEST, MOST as DESTINATIONS, Outbox, Record, RetryClock};
use crate::probe::{Probe, Resolver};
use crate::protocol::refusal::Refusal;
use crate::protocol::secret::Secrets;
use crate::protocol::smtp::{self, Fate};
use crate::reactor::{PollSet, Readiness, Source, Token};
use std::time::Instant;

/// The part of a token that says that a connection is one of these.
pub const GROUPED: u8 = 2;
/// Recipients that may have a destination of their own.
const MOST: usize = 24;
/// Destinations that are not for them: mail itself, and webhooks as many as there may be.
const OTHERS: usize = 25;

/// All of them.
#[derive(Debug, Default)]
pub struct Grouped(Vec<Recipient>);

/// Is this the last turn?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// Yes.
    Yes,
    /// Not that anybody knows.
    No,
}

/// A recipient.
#[derive(Debug)]
pub struct Recipient {
    address: Box<str>,
    /// Which destination of the outbox it is.
    pub destination: Destination,
    grouping: Grouping,
    talk: Option<Box<Talk>>,
    /// Nothing more is said of it in the control file: what waits is still delivered.
    retired: bool,
    leaving: bool,
    gave_up: bool,
    /// Every server that was offered the message has said that it will never take it.
    refused_by_all: bool,
}

/// A message on its way.
#[derive(Debug)]
struct Talk {
    parcel: Parcel,
    server: usize,
    label: Box<str>,
    probe: Probe<smtp::Delivery>,
    /// The server has it.
    handed: bool,
    /// It is put into words in the next turn.
    hand_at: Option<Instant>,
}

/// What came of a server.
enum End {
    Taken,
    /// With its words.
    Refused(Refusal, String),
    Failed,
}

/// What a turn of one recipient needs of mail.
#[derive(Debug)]
pub struct Office<'a, 'd> {
    /// The host's name.
    pub host: &'a str,
    /// Who looks names up.
    pub resolver: &'a mut Resolver,
    /// What the turn brings along.
    pub desk: &'a mut Desk<'d>,
}

impl Grouped {
    /// Gives each recipient of whom something is said a destination of its own.
    /// What mail is called `under` is done with has arrived at them, too.
    pub fn follow(&mut self, under: &'static str, config: &Config, outbox: &mut Outbox, log: &mut Log) {
        if config.settings.noise.is_empty() && self.0.is_empty() {
            return;
        }
        let is_mail = |address: &str| !address.starts_with('@') && !address.starts_with(Mmonit::PREFIX);
        let mut wanted = config.addresses(usize::MAX);
        wanted.retain(|address| is_mail(address) && config.noise(address).is_some());
        for one in &mut self.0 {
            one.retired = !wanted.iter().any(|address| address.eq_ignore_ascii_case(&one.address));
        }
        let most = MOST.min(DESTINATIONS.saturating_sub(OTHERS + config.settings.mmonits.len()));
        let mut left_out = 0;
        for address in &wanted {
            if self.0.iter().any(|one| one.address.eq_ignore_ascii_case(address)) {
                continue;
            }
            if self.0.len() >= most {
                left_out += 1;
                continue;
            }
            self.0.push(Recipient::new(address, outbox.enlist(address), under));
        }
        if left_out > 0 {
            log.warning(format_args!(
                "Alerts are grouped and held back for at most {most} recipients of mail: {left_out} more get each by itself"
            ));
        }
        for one in &self.0 {
            outbox.clock_mut(one.destination).into_iter().for_each(RetryClock::reset);
        }
    }

    /// Once in each turn. `last`: there is no time left.
    pub fn on_tick(&mut self, last: Last, office: &mut Office<'_, '_>) {
        for one in &mut self.0 {
            if last == Last::Yes {
                (one.talk, one.gave_up) = (None, true);
            }
            one.on_tick(office);
        }
        let outbox = &mut office.desk.outbox;
        self.0.retain(|one| {
            let over = one.retired && one.talk.is_none() && outbox.owes(one.destination) == 0;
            if over {
                outbox.dismiss(one.destination);
            }
            !over
        });
    }

    /// Those who get what comes from now on.
    pub fn iter(&self) -> impl Iterator<Item = &Recipient> {
        self.0.iter()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Something happened on a descriptor of one of them.
    pub fn on_ready(&mut self, token: Token, ready: Readiness, now: Instant) {
        self.0.iter_mut().for_each(|one| one.on_ready(token, ready, now));
    }

    /// The run ends: one more attempt.
    pub fn leave(&mut self, outbox: &mut Outbox) {
        self.0.iter_mut().for_each(|one| one.leave(outbox));
    }
}

impl Recipient {
    fn new(address: &str, destination: Destination, under: &'static str) -> Recipient {
        Recipient {
            address: address.into(),
            destination,
            grouping: Grouping::new(address, destination, under),
            talk: None,
            retired: false,
            leaving: false,
            gave_up: false,
            refused_by_all: true,
        }
    }

    /// Does it get what comes for this address from now on?
    pub fn takes(&self, address: &str) -> bool {
        !self.retired && self.address.eq_ignore_ascii_case(address)
    }

    /// Does it get this event, which is for this address?
    pub fn is_owed(&self, address: &str, key: u64, outbox: &Outbox) -> bool {
        self.address.eq_ignore_ascii_case(address) && outbox.is_owed(self.destination, key)
    }

    fn token(&self) -> Token {
        Token { source: Source::Mail, id: self.destination.number(), part: GROUPED }
    }

    /// Adds descriptors and deadlines to the set of this turn.
    pub fn register(&self, outbox: &Outbox, set: &mut PollSet) {
        match &self.talk {
            Some(talk) => {
                talk.probe.register(set);
                talk.hand_at.into_iter().for_each(|at| set.wake_at(at));
            }
            None if self.gave_up || outbox.waiting(self.destination) == 0 => {}
            None => self.grouping.wake().into_iter().for_each(|at| set.wake_at(at)),
        }
    }

    /// Something happened on a descriptor, of this recipient or of another one.
    fn on_ready(&mut self, token: Token, ready: Readiness, now: Instant) {
        let mine = token == self.token();
        if let Some(talk) = self.talk.as_mut().filter(|_| mine) {
            talk.probe.on_ready(ready, now);
        }
    }

    /// The run ends: one more attempt.
    fn leave(&mut self, outbox: &mut Outbox) {
        self.leaving = true;
        self.grouping.leave();
        outbox.clock_mut(self.destination).into_iter().for_each(RetryClock::at_once);
    }

    /// Was that it?
    pub fn is_finished(&self, outbox: &Outbox) -> bool {
        let rests = self.talk.is_none() && self.grouping.is_at_rest();
        self.gave_up || outbox.waiting(self.destination) == 0 || rests
    }

    fn on_tick(&mut self, office: &mut Office<'_, '_>) {
        if let Some(talk) = &mut self.talk {
            talk.probe.on_tick(office.desk.now, office.resolver);
            self.proceed(office);
        }
        if self.talk.is_some() || self.gave_up {
            return;
        }
        let Office { desk, .. } = office;
        let clock = desk.outbox.clock(self.destination).and_then(RetryClock::at);
        let not_before = match desk.config.settings.mailservers.is_empty() {
            true => Some(desk.now + LONGEST),
            false => clock,
        };
        let terms = Terms { manner: Manner::Told, not_before };
        if let Some(parcel) = self.grouping.turn(terms, desk) {
            self.refused_by_all = true;
            self.offer(*parcel, 0, office);
            self.proceed(office);
        }
    }

    /// Connects with a server, or the next one that can be connected with.
    fn offer(&mut self, parcel: Parcel, first: usize, office: &mut Office<'_, '_>) {
        let settings = &office.desk.config.settings;
        for (number, server) in settings.mailservers.iter().enumerate().skip(first) {
            let call = Call { settings, host: office.host, content_patience: None, token: self.token() };
            if let Some(probe) = call.start(server, office.desk.now, office.resolver) {
                let label = label(server);
                self.talk = Some(Box::new(Talk {
                    parcel,
                    server: number,
                    label,
                    probe,
                    handed: false,
                    hand_at: None,
                }));
                return;
            }
            office.desk.log.error(format_args!("Mail server {}: not a port", label(server)));
        }
        self.put_off(office.desk);
    }

    /// Goes on as far as it goes without waiting.
    fn proceed(&mut self, office: &mut Office<'_, '_>) {
        while let Some(talk) = &mut self.talk {
            if let Some(outcome) = talk.probe.protocol_mut().take_outcome() {
                let end = match outcome {
                    Fate::Delivered => End::Taken,
                    Fate::Refused { why, text } => {
                        // A server may say back what it was told.
                        let secrets = Secrets::of_mailservers(&office.desk.config.settings.mailservers);
                        End::Refused(why, secrets.hide(&text))
                    }
                };
                talk.probe.protocol_mut().quit();
                talk.probe.proceed(office.desk.now);
                self.end(end, office);
            } else if talk.probe.result().is_some() {
                self.hung_up(office);
            } else if talk.handed || !talk.probe.protocol().is_ready() {
                return;
            } else if !office.desk.outbox.spend(Effort::Compose) {
                talk.hand_at = Some(office.desk.now);
                return;
            } else {
                self.hand_over(office);
            }
        }
    }

    fn hand_over(&mut self, office: &mut Office<'_, '_>) {
        let Some(talk) = &mut self.talk else { return };
        talk.hand_at = None;
        let (config, settings) = (office.desk.config, &office.desk.config.settings);
        let letterhead = Letterhead {
            host: office.host,
            domain: settings.mail_hostname.as_deref().unwrap_or(office.host),
            own: config.alert_to(&self.address).map_or(&MailFormat::NONE, Alert::own_format),
            global: &settings.mail_format,
            now: office.desk.wall,
            eight_bit: talk.probe.protocol().takes_eight_bit(),
        };
        let envelope = match talk.parcel.single_news(config) {
            Some((_, event)) => compose(&event, &self.address, &letterhead),
            None => compose_parcel(&talk.parcel, &self.address, &letterhead, config),
        };
        talk.handed = true;
        talk.probe.protocol_mut().submit(envelope);
        talk.probe.proceed(office.desk.now);
    }

    /// The connection is over, and nothing came of it.
    fn hung_up(&mut self, office: &mut Office<'_, '_>) {
        let Some(talk) = &self.talk else { return };
        let (label, log) = (&talk.label, &mut office.desk.log);
        if talk.probe.protocol().is_in_doubt() {
            log.warning(format_args!(
                "Mail server {label} did not say whether it took the alert: it is sent again, a copy may arrive"
            ));
        }
        match talk.probe.result() {
            Some(Err(failure)) => {
                let secrets = Secrets::of_mailservers(&office.desk.config.settings.mailservers);
                log.error(format_args!("Mail server {label} -- {}", secrets.hide(&failure.to_string())));
            }
            _ => log.error(format_args!("Mail server {label} -- it closed the connection")),
        }
        self.end(End::Failed, office);
    }

    /// What came of a server: the next one, another time, or that was it.
    fn end(&mut self, end: End, office: &mut Office<'_, '_>) {
        let Some(talk) = self.talk.take() else { return };
        let Talk { mut parcel, server, label, .. } = *talk;
        let keys = std::mem::take(&mut parcel.keys);
        let title = parcel.title(office.host);
        self.refused_by_all &= matches!(end, End::Refused(why, _) if why.is_for_good());
        // What another server may still take is refused by the way, as it were.
        let kept =
            |why: Refusal| if why.is_for_good() && !self.refused_by_all { Refusal::OfWay } else { why };
        let event = parcel.oldest().cloned();
        let record = event.map(|event| Record { event, delivered: Vec::new(), only: None });
        let wall = office.desk.wall;
        let is_lost = |why| record.as_ref().is_some_and(|record| record.is_lost(kept(why), wall));
        let is_last = server + 1 >= office.desk.config.settings.mailservers.len();
        match &end {
            // The grouping says the last word.
            End::Refused(why, _) if is_last && is_lost(*why) => {}
            // Each server would say of each part what it has said of the whole.
            End::Refused(why, _) if why.is_for_good() && self.grouping.is_in_parts() => {}
            End::Refused(_, words) => office.desk.log.error(format_args!(
                "Mail server {label} refuses the message '{title}' for {} -- {words}",
                self.address
            )),
            _ => {}
        }
        match end {
            End::Taken => {
                office.desk.log.debug(format_args!("'{title}': alert sent to {}", self.address));
                let clock = office.desk.outbox.clock_mut(self.destination);
                clock.into_iter().for_each(RetryClock::reset);
                self.grouping.settled(keys, office.desk.now);
            }
            End::Refused(why, words) if is_last && is_lost(why) => {
                let (by, to) = (format!("Mail server {label}"), format!(" for {}", self.address));
                let for_content = why == Refusal::OfMessage;
                let refused = Refused { for_content, by: &by, to: &to, title: &title, words: &words };
                self.grouping.refused(keys, &refused, office.desk);
            }
            _ if is_last => self.put_off(office.desk),
            _ => {
                parcel.keys = keys;
                self.offer(parcel, server + 1, office);
            }
        }
    }

    fn put_off(&mut self, desk: &mut Desk<'_>) {
        self.grouping.put_off(desk.now);
        self.gave_up = self.leaving;
        let Some(clock) = desk.outbox.clock_mut(self.destination) else { return };
        let pause = clock.back_off(desk.now).as_secs();
        let (count, address) = (desk.outbox.waiting(self.destination), &self.address);
        if !self.gave_up {
            desk.log.error(format_args!(
                "Mail: {count} events for {address} undelivered, next attempt in {pause} s"
            ));
        }
    }
}

//! The way to one webhook: one request at a time, and what becomes of it.

use super::format;
use super::{CONNECTION, Group, Message};
use crate::config::{Config, Family, Tls, Webhook, WebhookFormat};
use crate::event::Event;
use crate::noise::{self, Grouping, Manner, Parcel, Terms};
use crate::outbox::{Came, Desk, Destination, Outbox, Record, RetryClock, SIFTED};
use crate::probe::{Endpoint, Failure, Patience, Probe, Resolver, Target};
use crate::protocol::http::post::{Answer, Post, Request};
use crate::protocol::refusal::Refusal;
use crate::protocol::secret::Secrets;
use crate::reactor::{PollSet, Readiness, Source, Token};
use crate::tls;
use std::time::{Duration, Instant};

/// A receiver is left alone no longer than that, whatever it asks for.
const MOST: Duration = Duration::from_secs(86_400);

/// A webhook as a destination.
#[derive(Debug)]
pub struct Lane {
    /// `@NAME`, as it is known to the outbox and named by alerts.
    pub name: Box<str>,
    /// Which destination of the outbox it is.
    pub destination: Destination,
    /// Boxed: most of the time there is none.
    request: Option<Box<InFlight>>,
    /// There is more to be sifted.
    sift_at: Option<Instant>,
    /// The last trouble told, so that a receiver that is down is told of once.
    trouble: Option<Box<str>>,
    /// There is one more attempt.
    leaving: bool,
    gave_up: bool,
    /// The control file says how much it is told.
    grouping: Option<Box<Grouping>>,
}

/// What a request tells of.
#[derive(Debug)]
enum Load {
    /// One event.
    One(u64),
    /// Several in one message.
    Several(Vec<u64>),
}

/// A request in flight.
#[derive(Debug)]
struct InFlight {
    load: Load,
    token: Token,
    /// The event, the oldest of several.
    record: Record,
    /// As the control file has it that was in force.
    to: Box<Webhook>,
    /// Of several: what the message is called.
    title: Option<Box<str>>,
    probe: Probe<Post>,
}

/// Why a message was not taken, and how long the receiver wants to be left alone.
struct Refused {
    why: Refusal,
    words: String,
    pause: Option<Duration>,
}

impl Lane {
    /// Nothing in flight yet.
    pub fn new(name: Box<str>, destination: Destination) -> Lane {
        Lane {
            name,
            destination,
            request: None,
            sift_at: None,
            trouble: None,
            leaving: false,
            gave_up: false,
            grouping: None,
        }
    }

    /// What the control file says of it.
    pub fn webhook<'a>(&self, config: &'a Config) -> Option<&'a Webhook> {
        let mut webhooks = config.settings.webhooks.iter().map(|webhook| &**webhook);
        webhooks.find(|webhook| webhook.address() == *self.name)
    }

    /// A new control file is in force. What is in flight goes on if nothing about it is another: given up, it would come
    /// twice to a receiver that has it and did not say so yet.
    pub fn begin_anew(&mut self, id: u32, config: &Config, mono: Instant) {
        let now = self.webhook(config);
        let stays = |request: &InFlight| {
            let same = |now: &Webhook| Webhook { place: now.place, ..(*request.to).clone() } == *now;
            request.token.id == id && now.is_some_and(same)
        };
        if !self.request.as_deref().is_some_and(stays) {
            let load = self.request.take().map(|request| request.load);
            if let (Some(grouping), Some(Load::Several(_))) = (&mut self.grouping, load) {
                grouping.put_off(mono);
            }
        }
        self.trouble = None;
    }

    /// Follows what the control file says of how much this webhook is told. Where it says nothing any more, a message of
    /// several events that is under way comes to its end first.
    fn follow(&mut self, config: &Config, outbox: &mut Outbox) {
        if config.noise(&self.name).is_none() {
            self.grouping.take_if(|grouping| grouping.is_idle());
        } else if self.grouping.is_none() {
            outbox.set_position(self.destination, None);
            self.grouping = Some(Box::new(Grouping::new(&self.name, self.destination, "")));
        }
    }

    /// There is one more attempt.
    pub fn leave(&mut self) {
        self.leaving = true;
        self.grouping.iter_mut().for_each(|grouping| grouping.leave());
    }

    /// Was that it?
    pub fn is_finished(&self, outbox: &Outbox) -> bool {
        let rests = |grouping: &Grouping| self.request.is_none() && grouping.is_at_rest();
        self.gave_up || outbox.waiting(self.destination) == 0 || self.grouping.as_deref().is_some_and(rests)
    }

    /// Adds descriptors and deadlines to the set of this turn.
    pub fn register(&self, outbox: &Outbox, set: &mut PollSet) {
        let due = !self.gave_up && outbox.waiting(self.destination) > 0;
        let clock = outbox.clock(self.destination).filter(|_| due);
        if let Some(request) = &self.request {
            request.probe.register(set);
        } else if let Some(grouping) = &self.grouping {
            let trial = clock.filter(|_| outbox.next_trial(self.destination).is_some());
            let at = trial.and_then(RetryClock::at);
            grouping.wake().filter(|_| due).into_iter().chain(at).for_each(|at| set.wake_at(at));
        } else if let Some(at) = clock.and_then(RetryClock::at).max(self.sift_at) {
            set.wake_at(at);
        }
    }

    /// Something happened on a descriptor, of this lane or of another one.
    pub fn on_ready(&mut self, token: Token, ready: Readiness, now: Instant) {
        if let Some(request) = self.request.as_mut().filter(|request| request.token == token) {
            request.probe.on_ready(ready, now);
        }
    }

    /// Goes on as far as it goes without waiting.
    pub fn on_tick(&mut self, id: u32, host: &str, resolver: &mut Resolver, desk: &mut Desk<'_>) {
        if let Some(request) = &mut self.request {
            request.probe.on_tick(desk.now, resolver);
        }
        if let Some(request) = self.request.take_if(|request| request.probe.result().is_some()) {
            self.settle(*request, desk);
        }
        self.sift_at = None;
        if self.request.is_some() || self.gave_up {
            return;
        }
        self.follow(desk.config, desk.outbox);
        if self.grouping.is_some() {
            return self.begin_grouped(id, host, resolver, desk);
        }
        let is_due = desk.outbox.is_due(self.destination, desk.now);
        if let Some((key, record)) = is_due.then(|| self.next(desk)).flatten() {
            self.begin_one(id, key, &record, host, resolver, desk);
        }
    }

    /// A test message comes first, and is a message of its own.
    fn begin_grouped(&mut self, id: u32, host: &str, resolver: &mut Resolver, desk: &mut Desk<'_>) {
        let is_due = desk.outbox.is_due(self.destination, desk.now);
        let trial = desk.outbox.next_trial(self.destination).filter(|_| is_due);
        let record = trial.and_then(|key| Some((key, desk.outbox.get(self.destination, key, desk.log)?)));
        if let Some((key, record)) = record {
            return self.begin_one(id, key, &record, host, resolver, desk);
        }
        let (Some(webhook), Some(grouping)) = (self.webhook(desk.config), &mut self.grouping) else { return };
        let manner = match webhook.format {
            WebhookFormat::Alertmanager => Manner::Each,
            _ => Manner::Told,
        };
        let not_before = desk.outbox.clock(self.destination).and_then(RetryClock::at);
        if let Some(parcel) = grouping.turn(Terms { manner, not_before }, desk) {
            self.begin_parcel(id, *parcel, host, resolver, desk);
        }
    }

    fn begin_parcel(
        &mut self,
        id: u32,
        mut parcel: Parcel,
        host: &str,
        resolver: &mut Resolver,
        desk: &mut Desk<'_>,
    ) {
        let keys = std::mem::take(&mut parcel.keys);
        if let Some((key, event)) = parcel.single_news(desk.config) {
            let message = Message { event: &event, host, key, group: None };
            return self.begin(id, &message, Load::Several(keys), None, resolver, desk);
        }
        // What one of them has to show is not that of all.
        let oldest = parcel.oldest().map(|event| Event { evidence: Box::default(), ..event.clone() });
        let Some(event) = oldest else { return };
        let (title, text) = (parcel.title(host), parcel.text(host, desk.config));
        let group = Group { parcel, title, text };
        let message = Message { event: &event, host, key: group.parcel.name.0, group: Some(&group) };
        self.begin(id, &message, Load::Several(keys), None, resolver, desk);
    }

    fn begin_one(
        &mut self,
        id: u32,
        key: u64,
        record: &Record,
        host: &str,
        resolver: &mut Resolver,
        desk: &mut Desk<'_>,
    ) {
        let message = Message { event: &record.event, host, key, group: None };
        self.begin(id, &message, Load::One(key), record.only.clone(), resolver, desk);
    }

    fn begin(
        &mut self,
        id: u32,
        message: &Message<'_>,
        load: Load,
        only: Option<Box<str>>,
        resolver: &mut Resolver,
        desk: &mut Desk<'_>,
    ) {
        let Some(webhook) = self.webhook(desk.config) else { return };
        let request = request(message, webhook);
        let url = &webhook.url;
        let global = &desk.config.settings.tls;
        let target = Target {
            endpoint: Endpoint::Tcp { host: url.host.clone(), port: u16::try_from(url.port).unwrap_or(0) },
            family: Family::Any,
            source: None,
            tls: url.secure.then(|| tls::Options::new(&Tls::default(), global, None)),
            starttls: false,
            patience: Patience::Step(webhook.timeout),
            onward: None,
        };
        let token = Token { source: Source::Webhook, id, part: CONNECTION };
        let record = Record { event: message.event.clone(), delivered: Vec::new(), only };
        let title = message.group.map(|group| group.title.as_str().into());
        let probe = Probe::start(target, Post::new(request), token, desk.now, resolver);
        self.request =
            Some(Box::new(InFlight { load, token, record, to: webhook.clone().into(), title, probe }));
    }

    /// The next event that this webhook is owed and still wants. What it has already, or nobody wants to know any more since
    /// the control file has changed, is done with, a few in each turn.
    fn next(&mut self, desk: &mut Desk<'_>) -> Option<(u64, Record)> {
        desk.outbox.set_position(self.destination, None);
        for _ in 0..SIFTED {
            let key = desk.outbox.next(self.destination)?;
            let Some(record) = desk.outbox.get(self.destination, key, desk.log) else { continue };
            if record.is_for(&self.name, desk.config) {
                return Some((key, record));
            }
            desk.outbox.done(self.destination, key, desk.log);
        }
        self.sift_at = Some(desk.now);
        None
    }

    fn settle(&mut self, request: InFlight, desk: &mut Desk<'_>) {
        let InFlight { load, record, title, probe, .. } = request;
        let webhook = self.webhook(desk.config);
        let shown = webhook.map(|webhook| webhook.url.shown()).unwrap_or_default();
        let label = format!("Webhook {} ({shown})", self.name);
        let (post, result) = probe.into_result();
        let Some(refused) = refused(post.answer(), result.and_then(Result::err), desk) else {
            if self.trouble.take().is_some() {
                desk.log.info(format_args!("{label} takes alerts again"));
            }
            let Event { service, .. } = &record.event;
            desk.log.debug(format_args!("'{service}' {}: alert sent to {}", record.event.title(), self.name));
            desk.outbox.clock_mut(self.destination).into_iter().for_each(RetryClock::reset);
            return self.done(load, Came::Delivered, desk);
        };
        let Refused { why, words, pause } = refused;
        // A server may say back what it was told.
        let words = webhook.map(|webhook| Secrets::of_webhook(webhook).hide(&words)).unwrap_or(words);
        if !record.is_lost(why, desk.wall) {
            if let (Some(grouping), Load::Several(_)) = (&mut self.grouping, &load) {
                grouping.put_off(desk.now);
            }
            return self.put_off(&label, words, pause, desk);
        }
        match (load, &mut self.grouping) {
            (Load::Several(keys), Some(grouping)) => {
                let for_content = why == Refusal::OfMessage;
                let title = title.as_deref().unwrap_or_default();
                let refused = noise::Refused { for_content, by: &label, to: "", title, words: &words };
                grouping.refused(keys, &refused, desk);
            }
            (load, _) => {
                let what = record.summary();
                desk.log.error(format_args!("{label} refuses the alert {what}, which is dropped -- {words}"));
                self.done(load, Came::Refused(format!("{shown}: {words}")), desk);
            }
        }
    }

    /// What was in a request has arrived, or one event never will.
    fn done(&mut self, load: Load, came: Came, desk: &mut Desk<'_>) {
        match load {
            Load::One(key) => {
                desk.outbox.report(key, came);
                desk.outbox.done(self.destination, key, desk.log);
            }
            Load::Several(keys) => {
                if let Some(grouping) = &mut self.grouping {
                    grouping.settled(keys, desk.now);
                }
            }
        }
    }

    fn put_off(&mut self, label: &str, why: String, pause: Option<Duration>, desk: &mut Desk<'_>) {
        self.gave_up = self.leaving;
        desk.outbox.report_delay(self.destination, &why);
        let count = desk.outbox.waiting(self.destination);
        let Some(clock) = desk.outbox.clock_mut(self.destination) else { return };
        if let Some(pause) = pause {
            clock.not_before(desk.now + pause.min(MOST));
        }
        let pause = clock.back_off(desk.now).as_secs();
        if self.trouble.as_deref() != Some(&*why) {
            desk.log.error(format_args!("{label} -- {why}; {count} alerts wait, next attempt in {pause} s"));
            self.trouble = Some(why.into());
        }
    }
}

/// The request for a message, headers of the control file included.
fn request(message: &Message<'_>, webhook: &Webhook) -> Vec<u8> {
    let draft = format::draft(message, webhook);
    let url = &webhook.url;
    let mut request = Request::new("POST", &draft.target);
    let is_own = |name: &str| webhook.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
    let mut header = |name: &str, value: &str| {
        if !is_own(name) {
            request.header(name, value);
        }
    };
    header("Host", &url.authority());
    header("User-Agent", concat!("monit-rs/", env!("CARGO_PKG_VERSION")));
    header("Content-Type", "application/json");
    header("Accept", "*/*");
    header("Connection", "close");
    header("X-Monit-Delivery", &message.id());
    for (name, value) in &draft.headers {
        header(name, value);
    }
    if !is_own("Authorization") {
        request.authorization(url.username.as_deref(), url.password.as_deref());
    }
    for (name, value) in &webhook.headers {
        request.header(name, value);
    }
    request.body(draft.body.as_bytes())
}

/// Why the receiver does not have it; `None`: it has.
fn refused(answer: Option<&Answer>, failure: Option<Failure>, desk: &Desk<'_>) -> Option<Refused> {
    let Some(answer) = answer else {
        let words = failure.map_or_else(|| "no answer".to_owned(), |failure| failure.to_string());
        return Some(Refused { why: Refusal::ForNow, words, pause: None });
    };
    let why = Refusal::of_http(answer.status)?;
    let pause = answer.retry_after.filter(|_| why == Refusal::ForNow).map(|after| after.pause(desk.wall));
    Some(Refused { why, words: answer.explained(), pause })
}

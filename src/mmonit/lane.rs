//! The way to one collector: one message at a time, and what becomes of it.

use super::CONNECTION;
use super::maker::{Maker, Need};
use super::message::{Form, Message};
use crate::config::{Config, Family, Mmonit, Tls};
use crate::document::Source;
use crate::document::xml::{Registration, ending};
use crate::outbox::{Came, Desk, Destination, Outbox, Record, RetryClock, SIFTED};
use crate::probe::{Endpoint, Failure, Patience, Probe, Resolver, Target};
use crate::protocol::http::post::{Answer, Post, Request};
use crate::protocol::refusal::Refusal;
use crate::protocol::secret::Secrets;
use crate::reactor::{self, PollSet, Readiness, Token};
use crate::tls;
use std::time::{Duration, Instant};

/// Different reasons that are told while a collector is down.
const TOLD: usize = 4;

/// What a turn brings along.
pub(super) struct Turn<'a, 'b> {
    /// The services.
    pub source: &'a dyn Source,
    /// Looks names up.
    pub resolver: &'a mut Resolver,
    /// Makes documents.
    pub maker: &'a mut Maker,
    /// How often the services are told; `None`: no more.
    pub period: Option<Duration>,
    /// The rest.
    pub desk: &'a mut Desk<'b>,
}

/// A collector as a destination.
#[derive(Debug)]
pub(super) struct Lane {
    /// As it is known to the outbox.
    pub name: Box<str>,
    /// Which destination of the outbox it is.
    pub destination: Destination,
    /// Which URL of the control file.
    pub at: usize,
    wish: Option<Wish>,
    request: Option<InFlight>,
    /// When it is to be told how the services are.
    status_at: Option<Instant>,
    /// So that neither keeps the other waiting.
    event_was_last: bool,
    /// It said that it can take packed messages.
    gzip: bool,
    /// There is more to be sifted.
    sift_at: Option<Instant>,
    /// What was told of its trouble, so that each is told once.
    trouble: Vec<String>,
    /// It has taken something, and refused no document of all services since.
    takes: bool,
    /// It did not take the last event that it was sent.
    event_failed: bool,
    /// There is one more attempt.
    leaving: bool,
    gave_up: bool,
}

/// A message that waits for its document.
#[derive(Debug)]
struct Wish {
    need: Need,
    ending: String,
    about: About,
}

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Status,
    /// The event of this name in the outbox.
    Event(u64),
}

impl About {
    fn word(self) -> &'static str {
        match self {
            About::Status => "status",
            About::Event(_) => "event",
        }
    }
}

/// A message on its way.
#[derive(Debug)]
struct InFlight {
    about: About,
    token: Token,
    /// As the control file has it that was in force.
    to: Box<Mmonit>,
    probe: Probe<Post>,
}

impl Lane {
    /// Nothing in flight yet.
    pub fn new(name: Box<str>, destination: Destination) -> Lane {
        Lane {
            name,
            destination,
            at: 0,
            wish: None,
            request: None,
            status_at: None,
            event_was_last: false,
            gzip: false,
            sift_at: None,
            trouble: Vec::new(),
            takes: false,
            event_failed: false,
            leaving: false,
            gave_up: false,
        }
    }

    /// What the control file says of it.
    fn mmonit<'a>(&self, config: &'a Config) -> Option<&'a Mmonit> {
        config.settings.mmonits.get(self.at)
    }

    /// How messages name it.
    fn address(&self) -> &str {
        self.name.strip_prefix(Mmonit::PREFIX).unwrap_or(&self.name)
    }

    /// Another control file: what it can take is not known. An event in flight goes on if nothing about its way is another:
    /// given up, it would come twice to a collector that has it and did not say so yet.
    pub fn begin_anew(&mut self, id: u32, config: &Config) {
        let now = self.mmonit(config);
        let stays = |request: &InFlight| {
            let same = |now: &Mmonit| Mmonit { place: now.place, ..(*request.to).clone() } == *now;
            request.about != About::Status && request.token.id == id && now.is_some_and(same)
        };
        if !self.request.as_ref().is_some_and(stays) {
            self.request = None;
        }
        (self.wish, self.status_at) = (None, None);
        (self.gzip, self.event_was_last, self.event_failed) = (false, false, false);
        self.takes = false;
        self.trouble.clear();
    }

    /// It is to be told how the services are.
    pub fn tell_status(&mut self, now: Instant) {
        self.status_at = Some(now);
    }

    /// There is one more attempt, and only events are told.
    pub fn leave(&mut self) {
        self.leaving = true;
        self.status_at = None;
        self.wish.take_if(|wish| wish.about == About::Status);
        self.request.take_if(|request| request.about == About::Status);
    }

    /// Was that it?
    pub fn is_finished(&self, outbox: &Outbox) -> bool {
        self.gave_up || outbox.waiting(self.destination) == 0
    }

    /// Will it ask for a document before anything else happens?
    pub fn needs_documents(&self, outbox: &Outbox, now: Instant) -> bool {
        self.wish.is_some() || (!self.gave_up && outbox.is_due(self.destination, now))
    }

    /// Adds descriptors and deadlines to the set of this turn.
    pub fn register(&self, outbox: &Outbox, set: &mut PollSet) {
        if let Some(request) = &self.request {
            return request.probe.register(set);
        }
        if self.wish.is_some() {
            return;
        }
        let due = !self.gave_up && outbox.waiting(self.destination) > 0;
        let clock = outbox.clock(self.destination).filter(|_| due);
        let events = clock.and_then(RetryClock::at).max(self.sift_at);
        [events, self.status_at].into_iter().flatten().for_each(|at| set.wake_at(at));
    }

    /// Something happened on a descriptor, of this lane or of another one.
    pub fn on_ready(&mut self, token: Token, ready: Readiness, now: Instant) {
        if let Some(request) = self.request.as_mut().filter(|request| request.token == token) {
            request.probe.on_ready(ready, now);
        }
    }

    /// Goes on as far as it goes without waiting.
    pub fn on_tick(&mut self, id: u32, turn: &mut Turn<'_, '_>) {
        let now = turn.desk.now;
        if let Some(request) = &mut self.request {
            request.probe.on_tick(now, turn.resolver);
        }
        if let Some(request) = self.request.take_if(|request| request.probe.result().is_some()) {
            self.settle(request, turn.desk);
        }
        self.sift_at = None;
        if self.request.is_some() {
            return;
        }
        if self.wish.is_none() {
            self.wish = self.choose(turn);
        }
        if let Some(wish) = self.wish.take() {
            self.send(wish, id, turn);
        }
    }

    /// What comes next: events, and between them how the services are, when that is due.
    fn choose(&mut self, turn: &mut Turn<'_, '_>) -> Option<Wish> {
        let now = turn.desk.now;
        let status = self.status_at.filter(|at| *at <= now);
        if status.is_none() || !self.event_was_last {
            if let Some((key, record)) = self.next_event(turn.desk) {
                self.event_was_last = true;
                return self.wish(About::Event(key), now, ending(Some(&record.event)), turn.desk);
            }
        }
        let (due, period) = (status?, turn.period?);
        self.event_was_last = false;
        let next = due + period;
        self.status_at = Some(if next > now { next } else { now + period });
        self.wish(About::Status, due, ending(None), turn.desk)
    }

    fn wish(&self, about: About, due: Instant, ending: String, desk: &Desk<'_>) -> Option<Wish> {
        let mmonit = self.mmonit(desk.config)?;
        let credentials = mmonit.register_credentials;
        let registration = Registration { credentials, hostgroups: mmonit.hostgroups.clone().into() };
        let form = Form { registration, gzip: self.gzip };
        let need = match about {
            About::Status => Need { form, since: Some(due), key: 0 },
            About::Event(key) => Need { form, since: None, key },
        };
        Some(Wish { need, ending, about })
    }

    /// The next event that it is owed. What it has already or is not told is done with, a few in each turn.
    fn next_event(&mut self, desk: &mut Desk<'_>) -> Option<(u64, Record)> {
        if self.gave_up || !desk.outbox.is_due(self.destination, desk.now) {
            return None;
        }
        desk.outbox.set_position(self.destination, None);
        for _ in 0..SIFTED {
            let key = desk.outbox.next(self.destination)?;
            let Some(record) = desk.outbox.get(self.destination, key, desk.log) else { continue };
            if super::is_told(&record.event) {
                return Some((key, record));
            }
            desk.outbox.done(self.destination, key, desk.log);
        }
        self.sift_at = Some(desk.now);
        None
    }

    /// Sends it, if its document is whole; otherwise it goes on waiting.
    fn send(&mut self, wish: Wish, id: u32, turn: &mut Turn<'_, '_>) {
        let (newest, now) = (turn.desk.outbox.newest(), turn.desk.now);
        let document = match turn.maker.ask(&wish.need, turn.source, newest, now) {
            Ok(Some(document)) => document,
            Ok(None) => return self.wish = Some(wish),
            Err(failure) => return self.put_off(wish.about, failure.to_string(), turn.desk),
        };
        let Some(mmonit) = self.mmonit(turn.desk.config) else { return };
        let Ok(port) = u16::try_from(mmonit.url.port) else {
            return self.put_off(wish.about, "not a port".to_owned(), turn.desk);
        };
        let message = Message::new(document, &wish.ending);
        let head = head(mmonit, message.length(), wish.need.form.gzip);
        let target = target(mmonit, port, &turn.desk.config.settings.tls);
        let token = Token { source: reactor::Source::Collector, id, part: CONNECTION };
        let post = Post::with_body(head, Box::new(message));
        let probe = Probe::start(target, post, token, now, turn.resolver);
        self.request = Some(InFlight { about: wish.about, token, to: mmonit.clone().into(), probe });
    }

    fn settle(&mut self, request: InFlight, desk: &mut Desk<'_>) {
        let InFlight { about, probe, .. } = request;
        let (post, result) = probe.into_result();
        let answer = post.answer();
        if let Some((why, words)) = refused(answer, result.and_then(Result::err)) {
            let secrets = self.mmonit(desk.config).map(Secrets::of_mmonit).unwrap_or_default();
            let words = secrets.hide(&words);
            return self.refused(about, why, words, desk);
        }
        self.takes = true;
        self.gzip = answer.and_then(|answer| answer.server.as_deref()).is_some_and(takes_gzip);
        desk.log.debug(format_args!("M/Monit: {} message sent to {}", about.word(), self.address()));
        // Whatever was taken, what waits need not wait longer.
        desk.outbox.clock_mut(self.destination).into_iter().for_each(RetryClock::reset);
        if let About::Event(key) = about {
            desk.outbox.report(key, Came::Delivered);
            desk.outbox.done(self.destination, key, desk.log);
            self.event_failed = false;
        }
        // One that takes how the services are may still refuse an event.
        let refuses = self.event_failed && desk.outbox.waiting(self.destination) > 0;
        if !self.trouble.is_empty() && !refuses {
            self.trouble.clear();
            desk.log.info(format_args!("M/Monit: {} takes messages again", self.address()));
        }
    }

    /// A message was not taken. An event that is refused itself is dropped; but not if everything is refused, for each message
    /// has the document of all services in it.
    fn refused(&mut self, about: About, why: Refusal, words: String, desk: &mut Desk<'_>) {
        let About::Event(key) = about else {
            self.takes &= why != Refusal::OfMessage;
            return self.put_off(about, words, desk);
        };
        let why = if why == Refusal::OfMessage && !self.takes { Refusal::OfWay } else { why };
        match desk.outbox.get(self.destination, key, desk.log) {
            Some(record) if record.is_lost(why, desk.wall) => {
                let (address, what) = (self.address(), record.summary());
                desk.log.error(format_args!(
                    "M/Monit: {address} refuses the event {what}, which is dropped -- {words}"
                ));
                desk.outbox.report(key, Came::Refused(words));
                desk.outbox.done(self.destination, key, desk.log);
                self.event_failed = false;
            }
            _ => self.put_off(about, words, desk),
        }
    }

    fn put_off(&mut self, about: About, why: String, desk: &mut Desk<'_>) {
        let address = self.address();
        desk.log.debug(format_args!("M/Monit: {} message to {address} failed -- {why}", about.word()));
        let address = address.to_owned();
        let clock = desk.outbox.clock_mut(self.destination);
        if let (About::Event(_), Some(clock)) = (about, clock) {
            self.gave_up = self.leaving;
            self.event_failed = true;
            clock.back_off(desk.now);
            desk.outbox.report_delay(self.destination, &why);
        }
        if self.trouble.len() < TOLD && !self.trouble.contains(&why) {
            let count = desk.outbox.waiting(self.destination);
            let wait = if count == 0 { String::new() } else { format!("; events that wait: {count}") };
            desk.log.error(format_args!("M/Monit: failed to send message to {address} -- {why}{wait}"));
            self.trouble.push(why);
        }
    }
}

/// Where it is, and how to speak with it.
fn target(mmonit: &Mmonit, port: u16, global: &Tls) -> Target {
    let own = mmonit.tls.as_deref();
    let secure = mmonit.url.secure || own.is_some() || mmonit.certificate.is_some();
    let options = || tls::Options::new(own.unwrap_or(&Tls::default()), global, mmonit.certificate.as_deref());
    Target {
        endpoint: Endpoint::Tcp { host: mmonit.url.host.clone(), port },
        family: Family::Any,
        source: None,
        tls: secure.then(options),
        starttls: false,
        patience: Patience::Step(mmonit.timeout),
        onward: None,
    }
}

/// The head of a message as Monit writes it.
fn head(mmonit: &Mmonit, length: u64, gzip: bool) -> Vec<u8> {
    let url = &mmonit.url;
    let mut request = Request::new("POST", &url.target());
    request.header("Host", &url.host_port());
    request.header("Content-Type", "text/xml");
    request.header("Content-Length", &length.to_string());
    request.header("Pragma", "no-cache");
    request.header("Accept", "*/*");
    request.header("User-Agent", &format!("Monit/{}", crate::MONIT_VERSION));
    if gzip {
        request.header("Content-Encoding", "gzip");
    }
    request.authorization(url.username.as_deref(), url.password.as_deref());
    request.finish()
}

/// Why a message was not taken, and in which words; `None`: it was.
fn refused(answer: Option<&Answer>, failure: Option<Failure>) -> Option<(Refusal, String)> {
    let Some(answer) = answer else {
        let words = failure.map_or_else(|| "no answer".to_owned(), |failure| failure.to_string());
        return Some((Refusal::ForNow, words));
    };
    Some((Refusal::of_http(answer.status)?, answer.explained()))
}

/// M/Monit takes packed messages since version 3.6. Its name is `mmonit/MAJOR.MINOR` and whatever.
fn takes_gzip(server: &str) -> bool {
    let name = server.get(..7).filter(|name| name.eq_ignore_ascii_case("mmonit/"));
    let Some((major, rest)) = name.and_then(|_| server.get(7..)?.split_once('.')) else { return false };
    let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let (major, minor) = (major.parse::<u32>(), minor.parse::<u32>());
    matches!((major, minor), (Ok(major), Ok(minor)) if (major, minor) >= (3, 6))
}

#[cfg(test)]
#[path = "lane_tests.rs"]
mod tests;

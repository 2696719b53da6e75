//! The interface on the loop: opens the doors, lets clients in, answers them.
//!
//! Many clients cost little and take nothing from each other: each connection is bounded in bytes and time, all of them
//! in number. When there are too many, the one to go is of the address that has most, so that whoever floods us crowds
//! out himself.

use super::auth::{Denial, Gate, Origin, Privilege};
use super::backoff::{Failures, Neighbourhood};
use super::beat;
use super::chatter::Chatter;
use super::choosing::Choosing;
use super::codec::{Refusal, Request};
use super::connection::{Connection, Life};
use super::crowd::Crowd;
use super::doors::{Doors, News, Visitor};
use super::helpers::{Helpers, Standing};
use super::listener::{Door, Listener, Problem, doors};
use super::password::{Attempt, Look};
use super::reply::{Reply, Sending};
use super::response::{self, Encoded, Response, Status, Wrapping};
use super::site::Site;
use super::stream::Stream;
use super::unfinished::Unfinished;
use crate::config;
use crate::log::Level;
use crate::reactor::{Now, PollSet, Readiness, Source, Token};
use crate::service::Recorded;
use std::path::Path;
use std::time::{Duration, Instant};

/// Clients let in per turn of the loop and door.
const PER_TURN: usize = 16;
/// Microseconds, roughly, that making long answers takes in one turn.
const BUDGET: u32 = 1_500;
/// How long somebody waits for his password to be looked at, after many wrong ones.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether a request is let in.
enum Entrance {
    Open(Privilege),
    Closed(Denial),
    /// Its password has not been looked at yet: ask again then.
    Busy(Instant),
}

/// The HTTP interface: listening sockets and clients.
#[derive(Debug, Default)]
pub struct Httpd {
    gate: Gate,
    visible: bool,
    doors: Doors,
    connections: Crowd,
    chatter: Chatter,
    failures: Failures,
    helpers: Helpers,
    /// What is left of this turn's [`BUDGET`].
    budget: u32,
    /// The next long answer waits for those who read theirs, until one of them is found to be slow.
    waits_for_readers: Option<Instant>,
}

impl Httpd {
    /// Opens what `settings` asks for, and the control socket. What cannot be opened now is tried again later.
    pub fn open(settings: &config::Httpd, control: Option<&Path>, now: Instant) -> (Httpd, Vec<Problem>) {
        let mut httpd = Httpd { budget: BUDGET, ..Httpd::default() };
        let problems = httpd.reload(settings, control, now);
        (httpd, problems)
    }

    /// Goes on under other settings: doors that stay the same stay open, clients that are connected stay so.
    /// Their requests are judged by the new rules, the addresses they come from too.
    pub fn reload(&mut self, settings: &config::Httpd, control: Option<&Path>, now: Instant) -> Vec<Problem> {
        let (doors, mut problems) = doors(settings, control);
        self.failures.forget_all();
        self.helpers.forget_all();
        self.gate = Gate::new(settings, crate::sys::process::own_uid());
        self.visible = !settings.hide_signature;
        problems.extend(self.doors.change(doors, now));
        problems
    }

    /// Closes everything and removes the sockets' files.
    pub fn close(self) {
        self.doors.close();
    }

    /// Opens anew the sockets whose files somebody has removed or replaced: without its file an open socket is of no use
    /// to anybody. Gives those that could be opened; the others are tried again later.
    pub fn reopen_lost(&mut self, now: Instant) -> Vec<Door> {
        self.doors.reopen_lost(now)
    }

    /// How users call what is open, without the control socket: `[127.0.0.1]:2812`, `/run/monit.sock`.
    pub fn addresses(&self) -> impl Iterator<Item = String> {
        let doors = self.doors.open().map(Listener::door);
        doors.filter(|door| !matches!(door, Door::Control { .. })).map(Door::to_string)
    }

    /// Is any client being served? Shutdown may give it a moment.
    pub fn is_busy(&self) -> bool {
        self.connections.iter().any(|connection| !connection.is_served())
    }

    /// Puts descriptors and the nearest deadline into the set of this turn.
    pub fn register(&self, set: &mut PollSet) {
        self.doors.register(set);
        self.helpers.register(set);
        for (id, connection) in self.connections.numbered() {
            let part = self.connections.mark(id);
            let token = Token { source: Source::Connection, id: id as u32, part };
            set.add(connection.fd(), connection.interest(), token);
        }
        if let Some(deadline) = self.deadline() {
            set.wake_at(deadline);
        }
    }

    /// When [`Httpd::on_tick`] wants to be called next.
    pub fn deadline(&self) -> Option<Instant> {
        let connections = self.connections.iter().map(Connection::deadline);
        let all = self.connections.iter();
        // At once, as a time that has passed.
        let making = all.filter(|connection| connection.is_making()).map(Connection::accepted).next();
        let making = self.waits_for_readers.or(making);
        let waiting = self.connections.iter().filter_map(Connection::waits_until);
        let own = [making, self.doors.deadline(), self.helpers.deadline(), self.chatter.deadline()];
        connections.chain(waiting).chain(own.into_iter().flatten()).min()
    }

    /// A descriptor of ours is ready: tokens of [`Source::Listener`] and [`Source::Connection`].
    ///
    /// Never inlined: the buffers for what clients say would be in the frame of every turn.
    #[inline(never)]
    pub fn on_ready(&mut self, token: Token, readiness: Readiness, now: Now, site: &mut dyn Site) {
        match token.source {
            Source::Listener => self.accept(token, now, site),
            // Otherwise it has made room in this very turn, and somebody else has its number.
            Source::Connection if self.connections.mark(token.id as usize) == token.part => {
                self.serve(token.id as usize, readiness, now, site);
            }
            Source::Password => self.helpers.on_ready(token.id, now.mono),
            Source::Certificate => self.doors.on_ready(),
            _ => {}
        }
    }

    /// Drops clients whose time is up, tries doors that are shut.
    pub fn on_tick(&mut self, now: Now, site: &mut dyn Site) {
        self.connections.drop_late(now.mono);
        self.helpers.on_tick(now.mono);
        self.judge_waiting(now, site);
        self.make(now, site);
        self.budget = BUDGET;
        self.connections.shrink();
        if self.chatter.deadline().is_some_and(|at| at <= now.mono) {
            self.chatter.begin(site, now.mono);
        }
        let News { opened, renewed, problems } = self.doors.on_tick(now.mono);
        for door in opened {
            site.say(Level::Info, &format!("HTTP server started at {door}"));
        }
        if let Some(door) = renewed {
            site.say(Level::Info, &format!("HTTP server at {door}: certificate renewed"));
        }
        for reason in problems {
            site.say(Level::Error, &reason);
        }
    }

    /// What clients have ordered so far is recorded: they may be told.
    pub fn release(&mut self, recorded: Recorded) {
        self.connections.iter_mut().for_each(|connection| connection.release(recorded));
    }

    fn accept(&mut self, token: Token, now: Now, site: &mut dyn Site) {
        for _ in 0..PER_TURN {
            match self.doors.visitor(token, now.mono) {
                Visitor::Client(stream, origin) => self.let_in(stream, origin, now, site),
                Visitor::Gone => {}
                Visitor::Nobody => return,
                Visitor::Trouble(error) => {
                    let text = format!("HTTP server -- Cannot accept: {}", crate::sys::error_text(&error));
                    return self.chatter.say(site, now.mono, text);
                }
            }
        }
    }

    fn let_in(&mut self, stream: Stream, origin: Origin, now: Now, site: &mut dyn Site) {
        if !self.is_admitted(origin, now, site) {
            return;
        }
        let connection = Connection::new(stream, origin, site.body_limit(), now.mono);
        let id = self.connections.admit(connection);
        // The request is usually here already; a client that speaks is served before it can be crowded out.
        self.serve(id, Readiness { readable: true, ..Readiness::default() }, now, site);
    }

    /// Who is not is told nothing; the log is.
    fn is_admitted(&mut self, origin: Origin, now: Now, site: &mut dyn Site) -> bool {
        let admitted = self.gate.admits(origin);
        if !admitted {
            let text = format!("Denied connection from non-authorized client [{origin}]");
            self.chatter.say(site, now.mono, text);
        }
        admitted
    }

    fn serve(&mut self, id: usize, readiness: Readiness, now: Now, site: &mut dyn Site) {
        let Some(mut connection) = self.connections.take(id) else { return };
        if connection.is_idle() {
            connection.set_body_limit(site.body_limit());
        }
        let life = connection
            .on_ready(readiness, now.mono, &mut |origin, request| self.respond(origin, request, now, site));
        if let Some(failure) = connection.take_failure() {
            let text = format!("SSL accept error: client [{}]: {failure}", connection.origin());
            self.chatter.say(site, now.mono, text);
        }
        self.connections.keep(id, connection, life);
    }

    fn respond(
        &mut self,
        origin: Origin,
        request: Result<Request, Refusal>,
        now: Now,
        site: &mut dyn Site,
    ) -> Reply {
        let request = match request {
            Ok(request) => request,
            Err(refusal) => {
                let first = response::refusal(refusal, now.wall, self.visible);
                return Reply::Now(Encoded { first, ..Encoded::default() });
            }
        };
        if !self.is_admitted(origin, now, site) {
            // It was let in under other rules.
            return Reply::Now(Encoded::default());
        }
        let wrapping = Wrapping::of(&request, now.wall, self.visible);
        if beat::is_beat(&request) {
            return match beat::take(&request, Neighbourhood::of(origin), &mut self.failures, now.mono, site) {
                Ok(response) => {
                    self.chatter.tell(&response, origin, now.mono, site);
                    Reply::Now(response.encode(wrapping))
                }
                Err(until) => Reply::Wait(Box::new(request), until),
            };
        }
        let response = match self.entrance(origin, &request, now.mono) {
            Entrance::Open(privilege) => {
                let user = self.gate.user(origin, &request);
                let request = Request { user, ..request };
                let generation = site.generation();
                let choosing = Choosing::default();
                let mut unfinished =
                    Unfinished { request, privilege, generation, choosing, response: None, until: None };
                if !unfinished.go_on(site, &mut self.budget) {
                    return Reply::Later(Box::new(unfinished));
                }
                unfinished.take_response()
            }
            Entrance::Closed(denial) => {
                // Every browser first tries without.
                if denial != Denial::NoCredentials {
                    let text = format!("HttpRequest: access denied -- client [{origin}]: {denial}");
                    self.chatter.say(site, now.mono, text);
                }
                denial.response()
            }
            Entrance::Busy(until) => return Reply::Wait(Box::new(request), until),
        };
        self.chatter.tell(&response, origin, now.mono, site);
        Reply::Now(response.encode(wrapping))
    }

    /// Whether this request is let in; who sent a wrong password is remembered.
    fn entrance(&mut self, origin: Origin, request: &Request, now: Instant) -> Entrance {
        let verdict = match self.gate.attempt(origin, request) {
            Err(denial) => Err(denial),
            Ok(None) => self.gate.judge(origin, request, None),
            Ok(Some(attempt)) => {
                let looked_at = match self.look(origin, &attempt, now) {
                    Standing::Known(looked_at) => looked_at,
                    Standing::Busy(until) => return Entrance::Busy(until),
                };
                let verdict = self.gate.judge(origin, request, Some((&attempt, looked_at)));
                let near = Neighbourhood::of(origin);
                match verdict.as_ref().is_err_and(Denial::is_of_password) {
                    true => self.failures.add(near, attempt.user, now),
                    false => self.failures.forget(near, attempt.user),
                }
                verdict
            }
        };
        match verdict {
            Ok(privilege) => Entrance::Open(privilege),
            Err(denial) => Entrance::Closed(denial),
        }
    }

    /// Looks at a password, if it is its turn.
    fn look(&mut self, origin: Origin, attempt: &Attempt, now: Instant) -> Standing {
        if let Some(until) = self.failures.wait(Neighbourhood::of(origin), attempt.user, now) {
            return Standing::Busy(until);
        }
        if attempt.cost > 0 && self.budget == 0 {
            return Standing::Busy(now);
        }
        self.budget = self.budget.saturating_sub(attempt.cost);
        match self.gate.look(origin, attempt) {
            Look::Known(verdict) => Standing::Known(verdict),
            Look::Ask(question) => self.helpers.ask(&question, Neighbourhood::of(origin), now),
        }
    }

    /// Has it to wait for wrong passwords that were sent before?
    fn is_held_back(&self, origin: Origin, request: &Request, now: Instant) -> bool {
        let near = Neighbourhood::of(origin);
        if beat::is_beat(request) {
            return self.failures.wait(near, beat::ANYBODY, now).is_some();
        }
        let attempt = self.gate.attempt(origin, request).ok().flatten();
        attempt.is_some_and(|attempt| self.failures.wait(near, attempt.user, now).is_some())
    }

    /// Looks at the passwords whose time has come, the oldest first, as far as this turn has time for them.
    fn judge_waiting(&mut self, now: Now, site: &mut dyn Site) {
        let due = |connection: &Connection| connection.waits_until().is_some_and(|until| until <= now.mono);
        let waits = |connection: &Connection| connection.waits_until().is_some();
        let news = self.helpers.has_news();
        let asks = |connection: &Connection| due(connection) || news && waits(connection);
        let waiting = self.connections.numbered().filter(|(_, connection)| asks(connection));
        let mut waiting: Vec<(Instant, usize)> =
            waiting.map(|(id, connection)| (connection.accepted(), id)).collect();
        waiting.sort_unstable();
        for (_, id) in waiting {
            let Some(mut connection) = self.connections.take(id) else { continue };
            let origin = connection.origin();
            let mut life = Life::Open;
            if let Some(request) = connection.take_waiting() {
                let sending = Sending::of(&request);
                let wrapping = Wrapping::of(&request, now.wall, self.visible);
                let wrong = self.is_held_back(origin, &request, now.mono);
                let mut reply = self.respond(origin, Ok(*request), now, site);
                if matches!(reply, Reply::Wait(..)) && now.mono >= connection.accepted() + PATIENCE {
                    let text = match wrong {
                        true => "Too many wrong passwords were sent from your address, try again later",
                        false if self.helpers.is_full() => {
                            "Too many passwords are being looked at, try again later"
                        }
                        false => "Your password is still being looked at, try again later",
                    };
                    reply = Reply::Now(Response::error(Status::Unavailable, text).encode(wrapping));
                }
                life = connection.reply(reply, sending, now.mono);
            }
            self.connections.keep(id, connection, life);
        }
        for (near, user) in self.helpers.told() {
            self.failures.add(near, user, now.mono);
        }
    }

    /// Goes on with answers that are being made, as far as this turn has time for them. Whoever takes each piece as it
    /// comes does not wait for another turn of the loop with each.
    fn make(&mut self, now: Now, site: &mut dyn Site) {
        while self.make_piece(now, site) && self.budget > 0 {}
    }

    /// Goes on with the oldest answer that is being made. One at a time: together they would fill the memory. `true`: it
    /// took its piece, and the next can be made.
    fn make_piece(&mut self, now: Now, site: &mut dyn Site) -> bool {
        let making = self.connections.numbered().filter(|(_, connection)| connection.is_making());
        let making = making.min_by_key(|(_, connection)| connection.accepted()).map(|(id, _)| id);
        self.waits_for_readers = None;
        let Some(id) = making else { return false };
        if self.connections.is_full_of_readers(id) {
            // Who takes an answer as fast as it comes gets all of it, before another one fills the memory.
            let readers = self.connections.iter().filter(|connection| connection.is_writing());
            let slow = readers.map(Connection::slow_at).min();
            if slow.is_some_and(|at| now.mono < at) {
                self.waits_for_readers = slow;
                return false;
            }
        }
        let Some(mut connection) = self.connections.take(id) else { return false };
        let (mut life, origin) = (Life::Open, connection.origin());
        let mut took = false;
        if let Some(unfinished) = connection.unfinished() {
            let generation = site.generation();
            let wrapping = Wrapping::of(&unfinished.request, now.wall, self.visible);
            let begun = unfinished.until.is_some();
            if unfinished.generation != generation {
                if begun {
                    // Half of it is sent; the rest would be of other services.
                    self.break_off(id, connection, wrapping, now);
                    return false;
                }
                // The services have other numbers since a reload: from the beginning.
                unfinished.generation = generation;
                (unfinished.choosing, unfinished.response) = (Choosing::default(), None);
            }
            let whole = unfinished.go_on(site, &mut self.budget);
            let sendable = unfinished.response.as_mut().filter(|response| whole || response.is_piece());
            if let (Some(response), true) = (sendable, begun || !whole) {
                let piece = response.take_piece(!begun, wrapping);
                let sending = if begun { Sending::AtOnce } else { Sending::of(&unfinished.request) };
                life = match wrapping.head {
                    true => connection.answer(piece, sending, now.mono),
                    false => connection.answer_piece(piece, sending, now.mono),
                };
                took = connection.is_making();
            } else if whole {
                let sending = Sending::of(&unfinished.request);
                let response = unfinished.take_response();
                self.chatter.tell(&response, origin, now.mono, site);
                life = connection.answer(response.encode(wrapping), sending, now.mono);
            }
        }
        self.connections.keep(id, connection, life);
        took
    }

    /// Ends an answer before its end. Readers of TCP, of chunks and of what has an end by its form see that something is
    /// missing, when the connection is closed; others are told.
    fn break_off(&mut self, id: usize, mut connection: Connection, wrapping: Wrapping, now: Now) {
        if wrapping.chunks || matches!(connection.origin(), Origin::Tcp(_)) {
            return;
        }
        let response = connection.unfinished().and_then(|unfinished| unfinished.response.as_mut());
        let Some((response, words)) = response.and_then(|of| of.broken_off().map(|words| (of, words))) else {
            return;
        };
        response.document = None;
        response.body.push_str(words);
        let piece = response.take_piece(false, wrapping);
        let life = connection.answer_piece(piece, Sending::AtOnce, now.mono);
        self.connections.keep(id, connection, life);
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;

//! The interface on the loop: opens the doors, lets clients in, answers them.
//!
//! Many clients cost little and take nothing from each other: each connection is bounded in bytes and time, all of them
//! in number. When there are too many, the one to go is of the address that has most, so that whoever floods us crowds
//! out himself.

use super::auth::{Denial, Gate, Origin};
use super::backoff::{Failures, Neighbourhood};
use super::chatter::Chatter;
use super::choosing::Choosing;
use super::codec::{Method, Refusal, Request};
use super::connection::{Connection, Life, Reply, Unfinished};
use super::listener::{Door, Listener, Problem, doors};
use super::response::{self, Response, Status};
use super::site::Site;
use super::stream::Stream;
use crate::config;
use crate::log::Level;
use crate::reactor::{Interest, Now, PollSet, Readiness, Source, Token};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// Clients at a time. More wait in the kernel's queue, or make room.
const CONNECTIONS: usize = 64;
/// Clients let in per turn of the loop and door.
const PER_TURN: usize = 16;
/// Bytes of answers that wait for slow clients, all together.
const HELD: usize = 4 * 1024 * 1024;
/// By how much an answer usually grows in one turn.
const PIECE: usize = 512 * 1024;
/// Microseconds, roughly, that making long answers takes in one turn.
const BUDGET: u32 = 1_500;
/// From the first attempt to open a door to the second; each further pause is twice as long, up to [`LONGEST_RETRY`].
const RETRY: Duration = Duration::from_secs(1);
/// The longest pause between two attempts.
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// How long somebody waits for his password to be looked at, after many wrong ones.
const PATIENCE: Duration = Duration::from_secs(10);
/// No clients are let in for this long when there are no descriptors left; otherwise the loop would spin.
const PAUSE: Duration = Duration::from_secs(1);

/// The HTTP interface: listening sockets and clients.
#[derive(Debug, Default)]
pub struct Httpd {
    gate: Gate,
    visible: bool,
    listeners: Vec<Listener>,
    shut: Vec<Door>,
    retry: Option<Instant>,
    /// The pause before it.
    pause: Duration,
    /// Why doors are shut, as it was told.
    told: Vec<String>,
    paused: Option<Instant>,
    connections: Vec<Option<Connection>>,
    chatter: Chatter,
    failures: Failures,
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

    /// Goes on under other settings: doors that stay the same stay open, clients in mid-request are served.
    pub fn reload(&mut self, settings: &config::Httpd, control: Option<&Path>, now: Instant) -> Vec<Problem> {
        let (doors, mut problems) = doors(settings, control);
        self.failures.forget_all();
        self.gate = Gate::new(settings, crate::sys::process::own_uid());
        self.visible = !settings.hide_signature;
        let mut gone = Vec::new();
        for mut listener in std::mem::take(&mut self.listeners) {
            match doors.contains(listener.door()) && listener.renew() {
                true => self.listeners.push(listener),
                false => gone.push(listener),
            }
        }
        gone.into_iter().for_each(Listener::close);
        self.shut = doors;
        self.shut.retain(|door| self.listeners.iter().all(|listener| listener.door() != door));
        self.pause = Duration::ZERO;
        let shut = self.try_doors(now).1;
        self.told = shut.iter().map(Problem::to_string).collect();
        problems.extend(shut);
        problems
    }

    /// Closes everything and removes the sockets' files.
    pub fn close(mut self) {
        std::mem::take(&mut self.listeners).into_iter().for_each(Listener::close);
    }

    /// Opens anew the sockets whose files somebody has removed or replaced: without its file an open socket is of no use
    /// to anybody. Gives those that could be opened; the others are tried again later.
    pub fn reopen_lost(&mut self, now: Instant) -> Vec<Door> {
        let (kept, lost): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.listeners).into_iter().partition(Listener::can_be_found);
        self.listeners = kept;
        if lost.is_empty() {
            return Vec::new();
        }
        for listener in lost {
            self.shut.push(listener.door().clone());
            listener.close();
        }
        self.try_doors(now).0
    }

    /// How users call what is open, without the control socket: `[127.0.0.1]:2812`, `/run/monit.sock`.
    pub fn addresses(&self) -> impl Iterator<Item = String> {
        let doors = self.listeners.iter().map(Listener::door);
        doors.filter(|door| !matches!(door, Door::Control { .. })).map(Door::to_string)
    }

    /// Is any client being served? Shutdown may give it a moment.
    pub fn is_busy(&self) -> bool {
        self.connections.iter().flatten().any(|connection| !connection.is_served())
    }

    /// Puts descriptors and the nearest deadline into the set of this turn.
    pub fn register(&self, set: &mut PollSet) {
        if self.paused.is_none() {
            for (listener, id) in self.listeners.iter().zip(0u32..) {
                for (part, fd) in listener.fds() {
                    set.add(fd, Interest::READ, Token { source: Source::Listener, id, part });
                }
            }
        }
        for (slot, id) in self.connections.iter().zip(0u32..) {
            if let Some(connection) = slot {
                let token = Token { source: Source::Connection, id, part: 0 };
                set.add(connection.fd(), connection.interest(), token);
            }
        }
        if let Some(deadline) = self.deadline() {
            set.wake_at(deadline);
        }
    }

    /// When [`Httpd::on_tick`] wants to be called next.
    pub fn deadline(&self) -> Option<Instant> {
        let connections = self.connections.iter().flatten().map(Connection::deadline);
        let all = self.connections.iter().flatten();
        // At once, as a time that has passed.
        let making = all.filter(|connection| connection.is_making()).map(Connection::accepted).next();
        let making = self.waits_for_readers.or(making);
        let waiting = self.connections.iter().flatten().filter_map(Connection::waits_until);
        let own = making.into_iter().chain(self.retry).chain(self.paused).chain(self.chatter.deadline());
        connections.chain(waiting).chain(own).min()
    }

    /// A descriptor of ours is ready: tokens of [`Source::Listener`] and [`Source::Connection`].
    pub fn on_ready(&mut self, token: Token, readiness: Readiness, now: Now, site: &mut dyn Site) {
        match token.source {
            Source::Listener => self.accept(token, now, site),
            Source::Connection => self.serve(token.id as usize, readiness, now, site),
            _ => {}
        }
    }

    /// Drops clients whose time is up, tries doors that are shut.
    pub fn on_tick(&mut self, now: Now, site: &mut dyn Site) {
        for slot in &mut self.connections {
            if slot.as_ref().is_some_and(|connection| connection.deadline() <= now.mono) {
                *slot = None;
            }
        }
        self.judge_waiting(now, site);
        self.make(now, site);
        self.budget = BUDGET;
        // A burst of clients leaves no memory behind.
        if self.connections.iter().all(Option::is_none) {
            self.connections = Vec::new();
        }
        if self.paused.is_some_and(|until| until <= now.mono) {
            self.paused = None;
        }
        if self.chatter.deadline().is_some_and(|at| at <= now.mono) {
            self.chatter.begin(site, now.mono);
        }
        if self.retry.is_some_and(|at| at <= now.mono) {
            let (opened, problems) = self.try_doors(now.mono);
            for door in opened {
                site.say(Level::Info, &format!("HTTP server started at {door}"));
            }
            let reasons: Vec<String> = problems.iter().map(Problem::to_string).collect();
            // Another reason is news, the same one is not.
            for news in reasons.iter().filter(|reason| !self.told.contains(reason)) {
                site.say(Level::Error, news);
            }
            self.told = reasons;
        }
    }

    /// Opens what is shut: what could be opened, and why the rest could not.
    fn try_doors(&mut self, now: Instant) -> (Vec<Door>, Vec<Problem>) {
        let (mut opened, mut problems) = (Vec::new(), Vec::new());
        self.shut.retain(|door| match Listener::open(door) {
            Ok(listener) => {
                opened.push(door.clone());
                self.listeners.push(listener);
                false
            }
            Err(problem) => {
                problems.push(problem);
                true
            }
        });
        self.pause = (self.pause * 2).clamp(RETRY, LONGEST_RETRY);
        self.retry = (!self.shut.is_empty()).then_some(now + self.pause);
        (opened, problems)
    }

    fn accept(&mut self, token: Token, now: Now, site: &mut dyn Site) {
        for _ in 0..PER_TURN {
            let Some(listener) = self.listeners.get(token.id as usize) else { return };
            match listener.accept(token.part) {
                Ok((stream, origin)) => self.let_in(stream, origin, now, site),
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => return,
                    // The client left before we came; the next may still be there.
                    io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted => {}
                    _ => {
                        self.chatter.say(
                            site,
                            now.mono,
                            format!("HTTP server -- Cannot accept: {}", crate::sys::error_text(&error)),
                        );
                        self.paused = Some(now.mono + PAUSE);
                        return;
                    }
                },
            }
        }
    }

    fn let_in(&mut self, stream: Stream, origin: Origin, now: Now, site: &mut dyn Site) {
        if !self.gate.admits(origin) {
            let text = format!("Denied connection from non-authorized client [{origin}]");
            self.chatter.say(site, now.mono, text);
            return;
        }
        if self.connections.iter().flatten().count() >= CONNECTIONS {
            self.make_room(origin);
        }
        let connection = Connection::new(stream, origin, site.body_limit(), now.mono);
        let id = match self.connections.iter().position(Option::is_none) {
            Some(id) => id,
            None => {
                self.connections.push(None);
                self.connections.len() - 1
            }
        };
        if let Some(slot) = self.connections.get_mut(id) {
            *slot = Some(connection);
        }
        // The request is usually here already; a client that speaks is served before it can be crowded out.
        self.serve(id, Readiness { readable: true, ..Readiness::default() }, now, site);
    }

    /// Drops a client of the neighbourhood that has most, the newcomer counted: one that has its answer, else the oldest.
    fn make_room(&mut self, newcomer: Origin) {
        let near = |a: Origin, b: Origin| Neighbourhood::of(a) == Neighbourhood::of(b);
        let crowd = |origin: Origin| {
            let all = self.connections.iter().flatten();
            all.filter(|other| near(origin, other.origin())).count() + usize::from(near(origin, newcomer))
        };
        let victim = (0..self.connections.len())
            .filter_map(|id| Some((id, self.connections.get(id)?.as_ref()?)))
            .max_by_key(|(_, connection)| {
                let age = std::cmp::Reverse(connection.accepted());
                (crowd(connection.origin()), connection.is_served(), age)
            })
            .map(|(id, _)| id);
        if let Some(slot) = victim.and_then(|id| self.connections.get_mut(id)) {
            *slot = None;
        }
    }

    fn serve(&mut self, id: usize, readiness: Readiness, now: Now, site: &mut dyn Site) {
        let Some(mut connection) = self.connections.get_mut(id).and_then(Option::take) else { return };
        let life = connection
            .on_ready(readiness, now.mono, &mut |origin, request| self.respond(origin, request, now, site));
        if let Some(failure) = connection.take_failure() {
            let text = format!("SSL accept error: client [{}]: {failure}", connection.origin());
            self.chatter.say(site, now.mono, text);
        }
        self.keep(id, connection, life);
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
                return Reply::Now(response::refusal(refusal, now.wall, self.visible), Vec::new());
            }
        };
        let head = request.method == Method::Head;
        let attempt = self.gate.attempt(origin, &request);
        let near = Neighbourhood::of(origin);
        if let Some(attempt) = attempt {
            if let Some(until) = self.failures.wait(near, attempt.user, now.mono) {
                return Reply::Wait(Box::new(request), until);
            }
            if attempt.cost > 0 && self.budget == 0 {
                return Reply::Wait(Box::new(request), now.mono);
            }
            self.budget = self.budget.saturating_sub(attempt.cost);
        }
        let verdict = self.gate.judge(origin, &request);
        if let Some(attempt) = attempt {
            match verdict.as_ref().is_err_and(Denial::is_of_password) {
                true => self.failures.add(near, attempt.user, now.mono),
                false => self.failures.forget(near, attempt.user),
            }
        }
        let response = match verdict {
            Ok(privilege) => {
                let generation = site.generation();
                let choosing = Choosing::default();
                let mut unfinished =
                    Unfinished { request, privilege, generation, choosing, response: None, until: None };
                if !unfinished.go_on(site, &mut self.budget) {
                    return Reply::Later(Box::new(unfinished));
                }
                unfinished.take_response()
            }
            Err(denial) => {
                // Every browser first tries without.
                if denial != Denial::NoCredentials {
                    let text = format!("HttpRequest: access denied -- client [{origin}]: {denial}");
                    self.chatter.say(site, now.mono, text);
                }
                denial.response()
            }
        };
        self.chatter.tell(&response, origin, now.mono, site);
        let (answer, rest) = response.encode(now.wall, self.visible, head);
        Reply::Now(answer, rest)
    }

    /// Looks at the passwords whose time has come, the oldest first, as far as this turn has time for them.
    fn judge_waiting(&mut self, now: Now, site: &mut dyn Site) {
        let due = |connection: &Connection| connection.waits_until().is_some_and(|until| until <= now.mono);
        let mut waiting: Vec<(Instant, usize)> = Vec::new();
        for (id, slot) in self.connections.iter().enumerate() {
            waiting
                .extend(slot.as_ref().filter(|slot| due(slot)).map(|connection| (connection.accepted(), id)));
        }
        waiting.sort_unstable();
        for (_, id) in waiting {
            let Some(mut connection) = self.connections.get_mut(id).and_then(Option::take) else { continue };
            let origin = connection.origin();
            let mut life = Life::Open;
            if let Some(request) = connection.take_waiting() {
                let post = request.method == Method::Post;
                let mut reply = self.respond(origin, Ok(*request), now, site);
                if matches!(reply, Reply::Wait(..)) && now.mono >= connection.accepted() + PATIENCE {
                    let text = "Too many wrong passwords were sent from your address, try again later";
                    let (answer, rest) =
                        Response::error(Status::Unavailable, text).encode(now.wall, self.visible, false);
                    reply = Reply::Now(answer, rest);
                }
                life = connection.reply(reply, !post, now.mono);
            }
            self.keep(id, connection, life);
        }
    }

    /// Goes on with the oldest answer that is being made. One at a time: together they would fill the memory.
    fn make(&mut self, now: Now, site: &mut dyn Site) {
        let making = (0..self.connections.len())
            .filter_map(|id| Some((id, self.connections.get(id)?.as_ref()?)))
            .filter(|(_, connection)| connection.is_making())
            .min_by_key(|(_, connection)| connection.accepted())
            .map(|(id, _)| id);
        self.waits_for_readers = None;
        let Some(id) = making else { return };
        if self.is_full_of_readers(id) {
            // Who takes an answer as fast as it comes gets all of it, before another one fills the memory.
            let readers = self.connections.iter().flatten().filter(|connection| connection.is_writing());
            let slow = readers.map(Connection::slow_at).min();
            if slow.is_some_and(|at| now.mono < at) {
                self.waits_for_readers = slow;
                return;
            }
        }
        let Some(mut connection) = self.connections.get_mut(id).and_then(Option::take) else { return };
        let (mut life, origin) = (Life::Open, connection.origin());
        if let Some(unfinished) = connection.unfinished() {
            let generation = site.generation();
            if unfinished.generation != generation {
                if unfinished.until.is_some() {
                    // Half of it is sent. Its reader sees that the end is missing, and asks again.
                    return;
                }
                // The services have other numbers since a reload: from the beginning.
                unfinished.generation = generation;
                (unfinished.choosing, unfinished.response) = (Choosing::default(), None);
            }
            let whole = unfinished.go_on(site, &mut self.budget);
            let head = unfinished.request.method == Method::Head;
            let begun = unfinished.until.is_some();
            let sendable = unfinished.response.as_mut().filter(|response| whole || response.is_piece());
            if let (Some(response), true) = (sendable, begun || !whole) {
                let bytes = response.take_piece(!begun, head, now.wall, self.visible);
                life = match head {
                    true => connection.answer(bytes, Vec::new(), true, now.mono),
                    false => connection.answer_piece(bytes, now.mono),
                };
            } else if whole {
                let post = unfinished.request.method == Method::Post;
                let response = unfinished.take_response();
                self.chatter.tell(&response, origin, now.mono, site);
                let (answer, rest) = response.encode(now.wall, self.visible, head);
                life = connection.answer(answer, rest, !post, now.mono);
            }
        }
        self.keep(id, connection, life);
    }

    /// Do others hold so much that the answer being made for this client finds no room beside it?
    fn is_full_of_readers(&self, making: usize) -> bool {
        let held = self.connections.iter().flatten().map(Connection::held).sum::<usize>();
        let mine = self.connections.get(making).and_then(Option::as_ref).map_or(0, Connection::held);
        held > mine && held + PIECE > HELD
    }

    fn keep(&mut self, id: usize, connection: Connection, life: Life) {
        if life == Life::Open {
            self.limit_held(&connection);
            if let Some(slot) = self.connections.get_mut(id) {
                *slot = Some(connection);
            }
        }
    }

    /// Slow readers of long answers must not fill the memory: the ones nearest their deadline go first.
    fn limit_held(&mut self, current: &Connection) {
        if current.held() == 0 {
            return;
        }
        let mut held =
            current.held() + self.connections.iter().flatten().map(Connection::held).sum::<usize>();
        while held > HELD {
            let slowest = self
                .connections
                .iter_mut()
                .filter(|slot| slot.as_ref().is_some_and(|connection| connection.held() > 0))
                .min_by_key(|slot| slot.as_ref().map(Connection::deadline));
            let Some(connection) = slowest.and_then(Option::take) else { return };
            held -= connection.held();
        }
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;

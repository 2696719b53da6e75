//! Connection and ping tests: which are wanted, and the verdicts on their results. The dialogue itself is held
//! elsewhere; here only its result is judged.
//!
//! Pings come first: while the host does not answer them its ports are not tested, for their failures would only
//! say the same again.

use super::answers::Answer;
use super::compare;
use super::context::{Context, Want};
use super::evidence::answer::of_connection;
use super::verdict::TestRef;
use crate::config::{
    Condition, Connection, EventKind, Family, Few, OptionName, ResponseTime, Service, Target, Transport,
    digits, format,
};
use crate::machine::is_shortage;
use crate::probe::{Failure, LastWords};
use crate::protocol::secret::Secrets;
use std::time::Duration;

/// How a connection or ping test ended.
#[derive(Debug)]
pub struct ProbeResult {
    /// Time from the start to the complete answer, or why there was none.
    pub response: Result<Duration, Box<Failure>>,
    /// Whole days until the server's certificate expires, if it was looked at.
    pub certificate_days: Option<i64>,
    /// Why attempts before the last one failed.
    pub earlier: Few<Failure>,
    /// What the server said last, of a failure where that is kept.
    pub words: Option<Box<LastWords>>,
}

/// How far one test is.
#[derive(Debug)]
enum Stage {
    /// The service has not been asked for it.
    New,
    /// The service was asked for it, and has not handed in a result.
    Open,
    /// It could not be made.
    Unavailable,
    /// An answer at the first attempt, and nothing else to tell: nearly all of them.
    Answered(Duration),
    Over(Box<ProbeResult>),
}

/// One test of a check. A thousand checks may wait for their servers at once, so it is kept small.
#[derive(Debug)]
struct Asked {
    test: u16,
    ping: bool,
    stage: Stage,
}

impl Asked {
    fn is_over(&self) -> bool {
        !matches!(self.stage, Stage::New | Stage::Open)
    }

    /// What came of it; `None`: it could not be made.
    fn take_result(&mut self) -> Option<ProbeResult> {
        match std::mem::replace(&mut self.stage, Stage::Unavailable) {
            Stage::Answered(time) => {
                let earlier = Few::default();
                Some(ProbeResult { response: Ok(time), certificate_days: None, earlier, words: None })
            }
            Stage::Over(result) => Some(*result),
            Stage::New | Stage::Open | Stage::Unavailable => None,
        }
    }
}

/// The probes of one check.
#[derive(Debug, Default)]
pub(super) struct Probes {
    /// The last of the file first.
    tests: Vec<Asked>,
    /// Seconds that failures of the connection tests do not count.
    hold: Option<u64>,
    pings_judged: bool,
}

impl Probes {
    /// Notes what the service wants tested. `hold`: seconds until the process must have started.
    pub(super) fn begin(&mut self, service: &Service, hold: Option<u64>) {
        self.hold = hold;
        let probes =
            |condition: &Condition| matches!(condition, Condition::Ping(_) | Condition::Connection(_));
        self.tests.reserve_exact(service.tests.iter().filter(|test| probes(&test.condition)).count());
        for (at, test) in service.tests.iter().enumerate().rev() {
            let Ok(at) = u16::try_from(at) else { continue };
            if probes(&test.condition) {
                let ping = matches!(test.condition, Condition::Ping(_));
                self.tests.push(Asked { test: at, ping, stage: Stage::New });
            }
        }
    }

    /// What is to be begun now: the pings, and once they are judged the rest.
    pub(super) fn wants(&mut self) -> Vec<Want> {
        let pings = !self.pings_judged && self.tests.iter().any(|asked| asked.ping);
        let ready =
            self.tests.iter_mut().filter(|asked| matches!(asked.stage, Stage::New) && asked.ping == pings);
        let begun = ready.map(|asked| {
            asked.stage = Stage::Open;
            if asked.ping { Want::Ping(asked.test) } else { Want::Connection(asked.test) }
        });
        begun.collect()
    }

    pub(super) fn finished(&mut self, test: u16, result: ProbeResult) {
        self.close(
            test,
            match result {
                ProbeResult { response: Ok(time), certificate_days: None, earlier, .. }
                    if earlier.is_empty() =>
                {
                    Stage::Answered(time)
                }
                result => Stage::Over(Box::new(result)),
            },
        );
    }

    pub(super) fn unavailable(&mut self, test: u16) {
        self.close(test, Stage::Unavailable);
    }

    fn close(&mut self, test: u16, stage: Stage) {
        let open = |asked: &&mut Asked| asked.test == test && matches!(asked.stage, Stage::Open);
        if let Some(asked) = self.tests.iter_mut().find(open) {
            asked.stage = stage;
        }
    }

    fn waits_for(&self, pings: bool) -> bool {
        self.tests.iter().any(|asked| asked.ping == pings && !asked.is_over())
    }

    /// Judges what has come in; `true` when nothing is awaited any more.
    pub(super) fn step(&mut self, context: &mut Context<'_>) -> bool {
        if !self.pings_judged {
            if self.waits_for(true) {
                return false;
            }
            self.judge_pings(context);
        }
        if self.waits_for(false) {
            return false;
        }
        let mut uncounted = false;
        for asked in self.tests.iter_mut().filter(|asked| !asked.ping) {
            let result = asked.take_result();
            uncounted |= connection(context, asked.test, result.as_ref(), self.hold.is_some()) == Counted::No;
        }
        if let (Some(seconds), true) = (self.hold, uncounted) {
            let left = format::milliseconds(seconds as f64 * 1000.0);
            let text = format!("connection test paused for {left} while the process is starting");
            context.note(EventKind::Connection, text);
        }
        true
    }

    /// Judges the pings. While the host does not answer them there are no other tests.
    fn judge_pings(&mut self, context: &mut Context<'_>) {
        self.pings_judged = true;
        let mut unreachable = false;
        for asked in self.tests.iter_mut().filter(|asked| asked.ping) {
            let result = asked.take_result();
            unreachable |= ping(context, asked.test, result.as_ref());
        }
        if unreachable {
            self.tests.retain(|asked| {
                if !asked.ping {
                    let message = "connection test skipped -- the host does not answer pings";
                    context.no_data(usize::from(asked.test), message);
                }
                asked.ping
            });
        }
    }
}

/// Keeps the response time for the status.
fn remember(context: &mut Context<'_>, test: u16, result: &ProbeResult) {
    context.memory.answers.keep(Answer::new(test, result.response.as_ref().ok().copied()));
}

/// `responsetime …`: an event of its own, where there was an answer. While the process is `starting` only what is good counts.
fn response_time(
    context: &mut Context<'_>,
    index: u16,
    limit: Option<&ResponseTime>,
    response: Duration,
    starting: bool,
) {
    let Some(limit) = limit else { return };
    let (now, most) = (response.as_secs_f64() * 1000.0, limit.limit.as_secs_f64() * 1000.0);
    let good = compare::holds(limit.operator, now, most);
    let words = || {
        let (now, most) = (format::milliseconds(now), format::milliseconds(most));
        let sign = limit.operator.sign();
        match good {
            true => format!("response time {now} succeeded [time {sign} {most}]"),
            false => format!("response time {now} doesn't match limit [time {sign} {most}]"),
        }
    };
    match starting && !good {
        true => context.note(EventKind::Speed, words),
        false => context.beside(TestRef::ResponseTime(index), !good, words),
    }
}

/// Was it we who could not ask? That says nothing of the other side.
fn is_short_of_something(context: &mut Context<'_>, test: &str, result: &ProbeResult) -> bool {
    let short = match result.response.as_ref().err().map(|failure| &**failure) {
        Some(Failure::Helper(_) | Failure::PingForbidden(_)) => true,
        Some(Failure::Connect(error)) => is_shortage(error),
        _ => false,
    };
    if let (true, Err(reason)) = (short, &result.response) {
        context.data_error(format!("{test} test cannot be carried out -- {reason}"));
    }
    short
}

/// Judges a ping test. `true` if the host did not answer one that it should.
fn ping(context: &mut Context<'_>, index: u16, result: Option<&ProbeResult>) -> bool {
    let at = usize::from(index);
    let service = context.service;
    let Some(Condition::Ping(ping)) = service.tests.get(at).map(|test| &test.condition) else {
        return false;
    };
    let Some(result) = result else {
        context.no_data(at, "ping test skipped -- not available here");
        return false;
    };
    if is_short_of_something(context, "ping", result) {
        return false;
    }
    remember(context, index, result);
    let (reached, message) = match &result.response {
        Err(reason) => (false, format!("ping test failed -- {reason}")),
        Ok(time) => {
            let took = format::milliseconds(time.as_secs_f64() * 1000.0);
            (true, format!("ping test succeeded [response time {took}]"))
        }
    };
    context.judge(at, reached == ping.succeeded, message);
    if let Ok(time) = result.response {
        response_time(context, index, ping.response_time.as_ref(), time, false);
    }
    result.response.is_err() && !ping.succeeded
}

/// Whether a verdict was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counted {
    Yes,
    No,
}

/// Judges a connection test. While its process is `starting` only what is good counts.
fn connection(
    context: &mut Context<'_>,
    index: u16,
    result: Option<&ProbeResult>,
    starting: bool,
) -> Counted {
    let at = usize::from(index);
    let service = context.service;
    let Some(Condition::Connection(connection)) = service.tests.get(at).map(|test| &test.condition) else {
        return Counted::Yes;
    };
    let Some(result) = result else {
        context.no_data(at, "connection test skipped -- not available here");
        return Counted::Yes;
    };
    if is_short_of_something(context, "connection", result) {
        return Counted::Yes;
    }
    let (name, to) = (connection.protocol.spec.name, place(connection));
    // A server may say back what it was told.
    let shown = |reason: &Failure| Secrets::of_connection(connection).hide(&reason.to_string());
    for (attempt, reason) in (1..).zip(&result.earlier) {
        let (of, reason) = (connection.retry, shown(reason));
        context.warn(
            EventKind::Connection,
            format!("failed protocol test [{name}] at {to} -- {reason} (attempt {attempt}/{of})"),
        );
    }
    let (connected, message) = match &result.response {
        Err(reason) => (false, format!("failed protocol test [{name}] at {to} -- {}", shown(reason))),
        Ok(time) => {
            let took = format::milliseconds(time.as_secs_f64() * 1000.0);
            context.note(
                EventKind::Connection,
                format!("succeeded testing protocol [{name}] at {to} [response time {took}]"),
            );
            (true, format!("connection succeeded to {to}"))
        }
    };
    let failed = connected == connection.succeeded;
    if failed && starting {
        context.note(EventKind::Connection, message);
        return Counted::No;
    }
    remember(context, index, result);
    context.judge(at, failed, message);
    if let Err(failure) = &result.response {
        let words = result.words.as_deref();
        context.show(|description| of_connection(connection, failure, words, description));
    }
    if let Ok(time) = result.response {
        response_time(context, index, connection.response_time.as_deref(), time, starting);
    }
    certificate(context, index, connection, result);
    Counted::Yes
}

/// `certificate valid > N days`: an event of its own.
fn certificate(context: &mut Context<'_>, index: u16, connection: &Connection, result: &ProbeResult) {
    let Some(wanted) = connection.certificate.as_ref().and_then(|certificate| certificate.valid_days) else {
        return;
    };
    let Some(days) = result.certificate_days else { return };
    let failed = days <= i64::from(wanted);
    let message = if failed {
        format!("certificate expiry in {days} days matches check limit [valid > {wanted} days]")
    } else {
        format!("certificate valid days test succeeded [valid for {days} days]")
    };
    context.beside(TestRef::Certificate(index), failed, message);
}

/// `TCP/IP`, `TCP/IPv6`, `UDP/IPv4`, with the family where one was asked for; `TCP` and `UDP` on unix sockets.
fn transport(connection: &Connection) -> &'static str {
    match (&connection.target, connection.family, connection.transport) {
        (Target::Unix(_), _, Transport::Tcp) => "TCP",
        (Target::Unix(_), _, Transport::Udp) => "UDP",
        (_, Family::Any, Transport::Tcp) => "TCP/IP",
        (_, Family::Any, Transport::Udp) => "UDP/IP",
        (_, Family::V4, Transport::Tcp) => "TCP/IPv4",
        (_, Family::V4, Transport::Udp) => "UDP/IPv4",
        (_, Family::V6, Transport::Tcp) => "TCP/IPv6",
        (_, Family::V6, Transport::Udp) => "UDP/IPv6",
    }
}

fn is_secure(connection: &Connection) -> bool {
    let over_tcp = connection.transport == Transport::Tcp && !matches!(connection.target, Target::Unix(_));
    over_tcp && (connection.tls.is_some() || connection.protocol.spec.tls)
}

/// `[127.0.0.1]:80/path [TCP/IP TLS]`, or the path of a socket, as messages have it.
fn place(connection: &Connection) -> String {
    let to = address(connection, true);
    match connection.target {
        Target::Unix(_) => to,
        _ => format!("{to} [{}{}]", transport(connection), if is_secure(connection) { " TLS" } else { "" }),
    }
}

/// `[127.0.0.1]:80/path`, `127.0.0.1:80`, or the path of a socket.
fn address(connection: &Connection, brackets: bool) -> String {
    let mut text = String::with_capacity(64);
    let (host, port) = match &connection.target {
        Target::Unix(path) => return path.display().to_string(),
        Target::Port(address) => (&*address.host, address.port),
        Target::Url(url) => (&*url.host, url.port),
    };
    text.extend(if brackets { ["[", host, "]:"] } else { ["", host, ":"] });
    digits::decimal(&mut text, port.into());
    match (&connection.target, connection.protocol.text(OptionName::Request)) {
        (Target::Url(url), _) => {
            text.push_str(&url.path);
            url.query.iter().for_each(|query| text.extend(["?", query]));
        }
        (_, Some(path)) => text.push_str(path),
        _ => {}
    }
    text
}

/// `127.0.0.1:21100/ type TCP/IP protocol HTTP`, as the status shows it.
pub(super) fn target(connection: &Connection, succeeded: bool) -> String {
    let mut text = address(connection, !succeeded);
    let secure = if is_secure(connection) { " using TLS" } else { "" };
    text.extend([" type ", transport(connection), secure, " protocol ", connection.protocol.spec.name]);
    text
}

//! One heartbeat: when it is due, the request in flight, and what came of the last one.

use crate::config::{Config, Family, Heartbeat, Tls};
use crate::log::Log;
use crate::probe::{Endpoint, Failure, Patience, Probe, Resolver, Success, Target};
use crate::protocol::http::post::{Answer, Post, Request};
use crate::protocol::secret::Secrets;
use crate::reactor::{PollSet, Readiness, Token};
use crate::tls;
use std::time::{Duration, Instant};

/// After a failure the next attempt is so soon, or at the usual time if that is sooner.
const AGAIN: Duration = Duration::from_secs(30);

/// A heartbeat of the control file at work.
#[derive(Debug)]
pub struct Beat {
    heartbeat: Heartbeat,
    token: Token,
    due: Instant,
    request: Option<Box<Probe<Post>>>,
    /// The last one failed, and that was told.
    fails: bool,
}

impl Beat {
    /// The first one is due at once. `token` names its connection and no other's.
    pub fn new(heartbeat: Heartbeat, token: Token, now: Instant) -> Beat {
        Beat { heartbeat, token, due: now, request: None, fails: false }
    }

    /// Is it this one, wherever it stands in the control file?
    pub fn is_of(&self, heartbeat: &Heartbeat) -> bool {
        let Heartbeat { url, every, timeout, .. } = heartbeat;
        let own = &self.heartbeat;
        own.url == *url && own.every == *every && own.timeout == *timeout
    }

    /// Adds its descriptor or the next time to the set of this turn.
    pub fn register(&self, set: &mut PollSet) {
        match &self.request {
            Some(request) => request.register(set),
            None => set.wake_at(self.due),
        }
    }

    /// Something happened on a descriptor, its own or another one.
    pub fn on_ready(&mut self, token: Token, ready: Readiness, now: Instant) {
        if token == self.token {
            self.request.iter_mut().for_each(|request| request.on_ready(ready, now));
        }
    }

    /// Goes on as far as it goes without waiting.
    pub fn on_tick(&mut self, resolver: &mut Resolver, config: &Config, log: &mut Log, now: Instant) {
        self.request.iter_mut().for_each(|request| request.on_tick(now, resolver));
        if let Some(request) = self.request.take_if(|request| request.result().is_some()) {
            let (post, result) = request.into_result();
            self.settle(post.answer(), result, log, now);
        }
        if self.request.is_none() && self.due <= now {
            self.due = now + self.heartbeat.every;
            let post = Post::new(request(&self.heartbeat));
            let probe = Probe::start(target(&self.heartbeat, config), post, self.token, now, resolver);
            self.request = Some(Box::new(probe));
        }
    }

    fn settle(
        &mut self,
        answer: Option<&Answer>,
        result: Option<Result<Success, Failure>>,
        log: &mut Log,
        now: Instant,
    ) {
        let shown = self.heartbeat.url.shown();
        let trouble = match (answer, result) {
            (Some(answer), _) if (200..300).contains(&answer.status) => None,
            (Some(answer), _) if (300..400).contains(&answer.status) => {
                Some(format!("{} (redirects are not followed)", answer.line))
            }
            (Some(answer), _) => Some(answer.line.to_string()),
            (None, Some(Err(failure))) => Some(failure.to_string()),
            (None, _) => Some("no answer".to_owned()),
        };
        // A server may say back what it was asked.
        let trouble = trouble.map(|why| Secrets::of_heartbeat(&self.heartbeat).hide(&why));
        match (&trouble, self.fails) {
            (None, true) => log.info(format_args!("Heartbeat to {shown} is taken again")),
            (None, false) => log.debug(format_args!("Heartbeat sent to {shown}")),
            (Some(why), false) => log.error(format_args!("Heartbeat to {shown} -- {why}; it is tried again")),
            (Some(why), true) => log.debug(format_args!("Heartbeat to {shown} -- {why}")),
        }
        self.fails = trouble.is_some();
        if self.fails {
            self.due = self.due.min(now + AGAIN);
        }
    }
}

fn target(heartbeat: &Heartbeat, config: &Config) -> Target {
    let url = &heartbeat.url;
    Target {
        endpoint: Endpoint::Tcp { host: url.host.clone(), port: u16::try_from(url.port).unwrap_or(0) },
        family: Family::Any,
        source: None,
        tls: url.secure.then(|| tls::Options::new(&Tls::default(), &config.settings.tls, None)),
        starttls: false,
        patience: Patience::Step(heartbeat.timeout),
        onward: None,
    }
}

fn request(heartbeat: &Heartbeat) -> Vec<u8> {
    let url = &heartbeat.url;
    let mut request = Request::new("GET", &url.target());
    request.header("Host", &url.authority());
    request.header("User-Agent", concat!("monit-rs/", env!("CARGO_PKG_VERSION")));
    request.header("Accept", "*/*");
    request.header("Connection", "close");
    request.authorization(url.username.as_deref(), url.password.as_deref());
    request.finish()
}

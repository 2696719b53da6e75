//! The way of events from the services to those who are told, and the last turns that only they get.

use super::test_alert::{TestAlert, Unsent};
use super::turn::Daemon;
use crate::config::{Config, EventKind, Subject};
use crate::document::current::Current;
use crate::document::trial::Trial;
use crate::event::{ActionName, Event, INSTANCE_TYPE, State};
use crate::log::Log;
use crate::mail::Mail;
use crate::mmonit::Collectors;
use crate::outbox::{Desk, Outbox};
use crate::reactor::{Now, PollSet, Readiness, Source, Token};
use crate::sys;
use crate::webhook::Webhooks;
use std::time::{Duration, Instant};

/// What waits, and who delivers it.
#[derive(Debug)]
pub(super) struct Post {
    outbox: Outbox,
    mail: Mail,
    webhooks: Webhooks,
    collectors: Collectors,
    /// The end of all patience, when the run is to end.
    farewell: Option<Instant>,
    test: TestAlert,
}

/// The services as they are in a turn, and where to say what goes wrong.
struct Around<'a> {
    current: Current<'a>,
    log: &'a mut Log,
}

impl Around<'_> {
    /// The control file in force.
    fn config(&self) -> &Config {
        self.current.services.config()
    }

    fn mono(&self) -> Instant {
        self.current.now.mono
    }

    /// For those who deliver what waits in `outbox`.
    fn lend<'a>(&'a mut self, outbox: &'a mut Outbox) -> Desk<'a> {
        let Current { services, now, .. } = self.current;
        Desk { config: services.config(), outbox, log: self.log, now: now.mono, wall: now.wall }
    }
}

impl Post {
    /// Opens the outbox and says what an earlier run left in it. If another process works on the folder of
    /// `set eventqueue` (`alone` is false) it is its own: then this run only adds to it what it cannot deliver.
    pub fn open(config: &Config, alone: bool, log: &mut Log) -> Post {
        let mut outbox = Outbox::new(alone);
        let host = host();
        let mail = Mail::new(config, &host, &mut outbox, log);
        let webhooks = Webhooks::new(config, &host, &mut outbox);
        let collectors = Collectors::new(config, &mut outbox);
        // Only now: what is found there is owed to those who are enlisted.
        outbox.configure(config.settings.eventqueue.as_ref(), log);
        Post { outbox, mail, webhooks, collectors, farewell: None, test: TestAlert::default() }
    }

    /// Adds descriptors and deadlines to the set of this turn.
    pub fn register(&self, set: &mut PollSet) {
        self.outbox.register(set);
        self.mail.register(&self.outbox, set);
        self.webhooks.register(&self.outbox, set);
        self.collectors.register(&self.outbox, set);
        self.farewell.into_iter().chain(self.test.deadline()).for_each(|at| set.wake_at(at));
    }

    fn on_ready(&mut self, token: Token, readiness: Readiness, around: &mut Around<'_>) {
        match token.source {
            Source::Webhook => self.webhooks.on_ready(token, readiness, around.mono()),
            Source::Collector => self.collectors.on_ready(token, readiness, around.mono()),
            Source::Outbox => self.outbox.on_tick(around.mono(), around.log),
            _ => self.mail.on_ready(token, readiness, &mut around.lend(&mut self.outbox)),
        }
    }

    fn push(&mut self, event: &Event, around: &mut Around<'_>) {
        let mut owed = self.webhooks.wanted(event, around.config()).and(self.collectors.wanted(event));
        if self.mail.wants(event, &mut around.lend(&mut self.outbox)) {
            owed = owed.and(self.mail.owed(event, around.config()));
        }
        self.outbox.push(event, owed, around.mono(), around.log);
    }

    fn on_tick(&mut self, around: &mut Around<'_>) {
        self.outbox.on_tick(around.mono(), around.log);
        let current = around.current;
        let mut desk = around.lend(&mut self.outbox);
        self.mail.on_tick(&mut desk);
        self.webhooks.on_tick(&mut desk);
        self.collectors.on_tick(&current, &mut desk);
        self.test.on_tick(&mut self.outbox, around.mono());
        self.outbox.end_turn();
    }

    /// Events that find a place now.
    pub(super) fn room(&self) -> usize {
        self.outbox.room()
    }

    /// The last test of alerts.
    pub(super) fn test(&self) -> &Trial {
        &self.test.shown
    }

    /// Sends a test message to each of these.
    fn begin_test(&mut self, addresses: Vec<Box<str>>, around: &mut Around<'_>) {
        self.test.begin(around.mono());
        let event = message(around.config(), around.current.now);
        for to in addresses {
            let pushed = if to.starts_with('@') {
                self.webhooks.destination(&to).ok_or(Unsent::NoWebhook)
            } else if let Some(collector) = self.collectors.destination(&to) {
                Ok(collector)
            } else if around.config().settings.mailservers.is_empty() {
                Err(Unsent::NoMailServer)
            } else {
                Ok(self.mail.destination())
            };
            let pushed = pushed.and_then(|destination| {
                let key = self.outbox.push_trial(&event, &to, destination, around.mono());
                key.ok_or(Unsent::Full)
            });
            self.test.add(to, pushed);
        }
        around.log.info("A test message is sent to recipients of alerts, on user request");
    }

    fn reload(&mut self, around: &mut Around<'_>) {
        let host = host();
        // First, so that what is found in another folder is owed to those who are there now.
        self.webhooks.reload(&host, &mut around.lend(&mut self.outbox));
        self.collectors.reload(&mut around.lend(&mut self.outbox));
        let config = around.current.services.config();
        self.outbox.configure(config.settings.eventqueue.as_ref(), around.log);
        self.mail.reload(&host, &mut around.lend(&mut self.outbox));
    }

    fn shutdown(&mut self, patience: Duration, around: &mut Around<'_>) {
        let now = around.mono();
        self.farewell = Some(now + patience);
        self.outbox.hurry(now);
        self.mail.shutdown(&mut self.outbox, now, patience);
        self.webhooks.shutdown(&mut self.outbox);
        self.collectors.shutdown(&mut around.lend(&mut self.outbox));
    }

    fn is_finished(&self, now: Instant) -> bool {
        let late = self.farewell.is_some_and(|farewell| farewell <= now);
        late || (self.mail.is_finished(&self.outbox)
            && self.webhooks.is_finished(&self.outbox)
            && self.collectors.is_finished(&self.outbox)
            && !self.outbox.wants_disk())
    }
}

/// What a test message says.
fn message(config: &Config, now: Now) -> Event {
    let system = config.services.iter().rev().find(|service| matches!(service.subject, Subject::System));
    let host = host();
    Event {
        id: 0,
        time: now.wall,
        kind: EventKind::Instance,
        state: State::Changed,
        service: system.map_or_else(|| host.as_str().into(), |service| service.name.clone()),
        service_index: None,
        service_type: INSTANCE_TYPE,
        test: 0,
        action: ActionName::Alert,
        description: format!("Test message of monit on {host}: alerts reach you").into(),
        evidence: Box::default(),
        count: 1,
    }
}

/// `$HOST`, the sender's default domain, and the name we greet mail servers with.
fn host() -> String {
    sys::host::hostname().unwrap_or_else(|_| "localhost".to_owned())
}

impl Daemon {
    fn with_post(&mut self, now: Now, work: impl FnOnce(&mut Post, &mut Around<'_>)) {
        let current =
            self.about.current(&self.services, self.world.history.as_ref(), &self.paths.control, now);
        work(&mut self.post, &mut Around { current, log: &mut self.world.log });
    }

    /// Something happened on a descriptor of the outbox or of one who delivers.
    pub(super) fn post_ready(&mut self, token: Token, readiness: Readiness, now: Now) {
        self.with_post(now, |post, around| post.on_ready(token, readiness, around));
    }

    /// Takes the events that were raised into the outbox, which has a helper write them to its folder. Only then may the state
    /// file say that they were told: nobody raises them again. The helper writes on when the daemon is killed. It is the order
    /// in which both are handed over, not that in which they reach the disk: events get there a fifth of a second later, and a
    /// machine that goes down meanwhile may take one of which the state file says that it was told.
    pub(super) fn take_in(&mut self, now: Now) {
        let events = std::mem::take(&mut self.world.raised);
        if events.is_empty() {
            return;
        }
        self.with_post(now, |post, around| {
            for event in events {
                post.push(&event, around);
            }
            post.outbox.on_tick(around.mono(), around.log);
        });
    }

    /// Writes the state file for the last time, behind the events that it is about.
    pub(super) fn keep_state_for_good(&mut self, now: Now) {
        self.take_in(now);
        if let Some(mut state) = self.state.take() {
            state.write(&mut self.services, &mut self.world.log, now.mono);
            state.leave();
        }
    }

    /// Hands over the events of this turn, and gives those who deliver their turn.
    pub(super) fn deliver(&mut self, now: Now) {
        self.take_in(now);
        self.with_post(now, Post::on_tick);
    }

    /// The daemon is up: collectors are told in each cycle how the services are.
    pub(super) fn begin_heartbeat(&mut self, now: Now) {
        self.with_post(now, |post, around| {
            post.collectors.begin_heartbeat(&mut around.lend(&mut post.outbox))
        });
    }

    /// A client wants a test message to be sent to these.
    pub(super) fn test_alerts(&mut self, addresses: Vec<Box<str>>, now: Now) {
        self.with_post(now, |post, around| post.begin_test(addresses, around));
    }

    /// A new control file is in force.
    pub(super) fn reload_post(&mut self, now: Now) {
        self.with_post(now, |post, around| post.reload(around));
    }

    /// Programs that still run are left alone; alerts get a last chance, for at most `patience`.
    pub fn finish(&mut self, patience: Duration) {
        let mut now = Now::read();
        self.with_post(now, |post, around| post.shutdown(patience, around));
        self.deliver(now);
        let mut set = PollSet::new();
        while !self.post.is_finished(now.mono) {
            set.clear();
            self.post.register(&mut set);
            if set.wait(Instant::now()).is_err() {
                break;
            }
            now = Now::read();
            for (token, readiness) in set.ready() {
                self.post_ready(token, readiness, now);
            }
            self.deliver(now);
        }
        self.post.outbox.close(&mut self.world.log);
    }
}

//! The way from the services' outbox to the mail, and the last turns that only mail gets.

use super::turn::Daemon;
use crate::config::Config;
use crate::log::Log;
use crate::mail::{Context, Mail};
use crate::reactor::{Now, PollSet, Readiness, Token};
use crate::sys;
use std::time::{Duration, Instant};

/// Mail delivery for a run that ends by itself. While a daemon is at work the folder of `set eventqueue` is its own:
/// then this run only adds to it what it cannot deliver.
pub fn open(config: &Config, alone: bool, log: &mut Log) -> Mail {
    Mail::new(config, &host(), alone, log)
}

/// `$HOST`, the sender's default domain, and the name we greet mail servers with.
fn host() -> String {
    sys::host::hostname().unwrap_or_else(|_| "localhost".to_owned())
}

impl Daemon {
    /// Lends the mail what a turn brings along.
    fn with_mail(&mut self, now: Now, work: impl FnOnce(&mut Mail, &mut Context<'_>)) {
        let config = self.services.config();
        let Now { mono, wall } = now;
        work(&mut self.mail, &mut Context { config, log: &mut self.world.log, now: mono, wall });
    }

    /// Something happened on a descriptor of the mail.
    pub(super) fn mail_ready(&mut self, token: Token, readiness: Readiness, now: Now) {
        self.with_mail(now, |mail, context| mail.on_ready(token, readiness, context));
    }

    /// Hands over the events of this turn, and gives the mail its turn.
    pub(super) fn deliver(&mut self, now: Now) {
        let events = std::mem::take(&mut self.world.outbox);
        self.with_mail(now, |mail, context| {
            for event in events {
                mail.enqueue(event, context);
            }
            mail.on_tick(context);
        });
    }

    /// A new control file is in force.
    pub(super) fn reload_mail(&mut self, now: Now) {
        self.with_mail(now, |mail, context| mail.reload(&host(), context));
    }

    /// Programs that still run are left alone; alerts get a last chance, for at most `patience`.
    pub fn finish(&mut self, patience: Duration) {
        let now = Now::read();
        self.mail.shutdown(now.mono, patience);
        self.deliver(now);
        let mut set = PollSet::new();
        while !self.mail.is_finished() {
            set.clear();
            self.mail.register(&mut set);
            if set.wait(Instant::now()).is_err() {
                break;
            }
            let now = Now::read();
            for (token, readiness) in set.ready() {
                self.mail_ready(token, readiness, now);
            }
            self.deliver(now);
        }
        self.mail.close(&mut self.world.log);
    }
}

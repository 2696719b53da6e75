//! The monitor as process 1 of a container: the kernel kills everything that is left when it ends, so the services are
//! stopped first. That it is process 1 changes nothing else: SIGHUP and SIGUSR1 mean what they always mean, and no signal
//! is passed on.

use super::turn::Daemon;
use crate::reactor::Now;
use crate::service::Turn;
use crate::sys;

/// Whether this process is the first of its process namespace.
pub fn are_we() -> bool {
    sys::process::own_pid() == 1
}

impl Daemon {
    /// SIGTERM or SIGINT: the end, as process 1 after the services have been stopped. A second one ends it at once.
    pub(super) fn terminate(&mut self, now: Now) {
        self.supervisor.stopping(now.mono);
        if self.stopping.is_some() || self.pidfile.is_none() || !are_we() {
            self.over = true;
            return;
        }
        let limit = self.services.config().settings.limits.shutdown_timeout;
        self.world.log.info(format_args!("Stopping the services before the end, for at most {limit:?}"));
        self.stopping = Some(now.mono + limit);
        // Whoever starts the container again finds monitored what was monitored.
        self.keep_state_for_good(now);
        self.services.stop_all(Turn::new(now, &mut self.world));
    }

    /// At the end of each turn: has everything been stopped that could be?
    pub(super) fn look_after_stopping(&mut self, now: Now) {
        let Some(limit) = self.stopping else { return };
        if !self.services.acting() {
            self.over = true;
        } else if now.mono >= limit {
            self.services.tell_unstopped(Turn::new(now, &mut self.world));
            self.over = true;
        }
    }
}

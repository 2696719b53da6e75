//! What says that this daemon is there: its pid file, its lock, the files of its sockets; and its state
//! file. What others have removed is made
//! again; only if another daemon has taken the place meanwhile, this one ends.

use super::pidfile::Look;
use super::trouble::Trouble;
use super::turn::Daemon;
use std::time::{Duration, Instant};

/// The shortest time from one look to the next.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest.
const LONGEST: Duration = Duration::from_secs(10);

/// When it was last looked at, and what was wrong then.
#[derive(Debug)]
pub(super) struct Presence {
    looked: Instant,
    /// The trouble that was told last: a full disk is told once.
    trouble: Option<String>,
}

impl Presence {
    pub(super) fn new(now: Instant) -> Presence {
        Presence { looked: now, trouble: None }
    }

    /// When to look again at the latest.
    pub(super) fn deadline(&self) -> Instant {
        self.looked + LONGEST
    }
}

impl Daemon {
    /// Writes the pid file for the first time.
    ///
    /// # Errors
    /// The reason why the daemon cannot run. A disk that is full is none: to have it freed may be what we are for.
    pub(super) fn write_pidfile(&mut self) -> Result<(), Trouble> {
        let Some(pidfile) = &mut self.pidfile else { return Ok(()) };
        let Err(error) = pidfile.write() else { return Ok(()) };
        let of_the_disk = super::lock::is_of_the_disk(&error);
        let trouble = Trouble::Pidfile(pidfile.path().into(), error);
        if !of_the_disk {
            return Err(trouble);
        }
        let text = trouble.to_string();
        self.world.log.error(&text);
        self.presence.trouble = Some(text);
        Ok(())
    }

    /// Puts back what others have removed.
    pub(super) fn look_after_presence(&mut self, now: Instant) {
        let Some(pidfile) = &mut self.pidfile else { return };
        if now < self.presence.looked + PAUSE {
            return;
        }
        self.presence.looked = now;
        let look = pidfile.look();
        let path = pidfile.path().display();
        let log = &mut self.world.log;
        match look {
            Look::There => self.presence.trouble = None,
            Look::Restored => match self.presence.trouble.take() {
                Some(_) => log.info(format_args!("pidfile '{path}' is written")),
                None => log.warning(format_args!("pidfile '{path}' had gone and is made again")),
            },
            Look::Failed(error) => {
                let text = Trouble::Pidfile(pidfile.path().into(), error).to_string();
                if self.presence.trouble.as_ref() != Some(&text) {
                    log.error(&text);
                    self.presence.trouble = Some(text);
                }
            }
            Look::Taken(pid) => {
                let pid = pid.map(|pid| format!(" with pid {pid}")).unwrap_or_default();
                log.error(format_args!(
                    "Another monit daemon{pid} holds the lock of pidfile '{path}', which this one has lost: it ends and \
                     leaves the services to the other"
                ));
                if let Some(state) = self.state.take() {
                    state.leave();
                }
                self.over = true;
                return;
            }
        }
        if let Some(state) = &mut self.state {
            state.look(&mut self.services);
        }
        let Some(httpd) = &mut self.httpd else { return };
        for door in httpd.reopen_lost(now) {
            self.world.log.warning(format_args!("The socket '{door}' had gone and is made again"));
        }
    }
}

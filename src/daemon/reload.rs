//! A reload: the control file again, and what follows from it for everything that runs.

use super::id_file;
use super::load::{self, Loaded};
use super::paths::Paths;
use super::pidfile::{Pidfile, Refusal};
use super::start::open_log;
use super::turn::Daemon;
use crate::reactor::Now;
use crate::service::Instance;
use crate::sys;

impl Daemon {
    /// Reads the control file again. One that is broken changes nothing.
    pub(super) fn reload(&mut self, now: Now) {
        let log = &mut self.world.log;
        log.info(format_args!("Reinitializing Monit -- control file '{}'", self.paths.control.display()));
        if let Err(error) = log.reopen() {
            log.error(format_args!("Error opening the log file -- {}", sys::error_text(&error)));
        }
        let loaded = match load::load(&self.overrides, false) {
            Ok(loaded) => loaded,
            Err(failure) => {
                for line in failure.lines {
                    log.error(line);
                }
                log.error("The control file was not loaded, the running configuration stays in force");
                return;
            }
        };
        let Loaded { mut config, paths, warnings, .. } = loaded;
        for warning in &warnings {
            log.warning(warning.first_line());
        }
        for missing in load::unavailable(&config) {
            log.warning(missing.first_line());
        }
        if config.settings.poll.is_none() {
            config.settings.poll = self.services.config().settings.poll;
            log.warning("'set daemon' has gone from the control file; the poll time stays as it was");
        }
        self.move_to(paths);
        self.services.reload(config, now, &mut self.world);
        self.reload_mail(now);
        if let Err(text) = self.open_interface(now.mono) {
            self.world.log.error(text);
        }
        self.services.instance_event(Instance::Reloaded, now, &mut self.world);
        self.lean = false;
    }

    /// The files of a new configuration: those that cannot be had stay where they are.
    fn move_to(&mut self, mut paths: Paths) {
        let log = &mut self.world.log;
        if let Err(text) = open_log(log, &paths.log) {
            log.error(text);
        }
        if let Some(state) = &mut self.state {
            state.moved(paths.statefile.clone());
        }
        if let Ok(Some(id)) = id_file::read(&paths.idfile) {
            self.id = id;
        }
        if paths.pidfile != self.paths.pidfile {
            let taken = Pidfile::take(&paths.pidfile).and_then(|mut pidfile| match pidfile.write() {
                Ok(()) => Ok(pidfile),
                Err(error) => Err(Refusal::Failed(error)),
            });
            match taken {
                Ok(fresh) => {
                    let _ = std::fs::remove_file(&self.paths.socket);
                    if let Some(old) = self.pidfile.replace(fresh) {
                        old.remove();
                    }
                }
                Err(_) => {
                    log.error(format_args!(
                        "pidfile '{}' cannot be taken, '{}' stays in use",
                        paths.pidfile.display(),
                        self.paths.pidfile.display()
                    ));
                    paths.pidfile = self.paths.pidfile.clone();
                    paths.socket = self.paths.socket.clone();
                }
            }
        }
        self.paths = paths;
    }
}

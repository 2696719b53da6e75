//! A reload: the control file again, and what follows from it for everything that runs.

use super::id_file;
use super::leanness::Leanness;
use super::load::{self, Audience, Failure, Loaded, Loading};
use super::lock::Refusal;
use super::paths::{Overrides, Paths};
use super::pidfile::Pidfile;
use super::reading::{Heard, Reading};
use super::start::open_log;
use super::trouble::Trouble;
use super::turn::Daemon;
use crate::control::outside::{Replay, Report};
use crate::reactor::Now;
use crate::service::{Instance, Turn};
use crate::sys;
use std::path::PathBuf;
use std::rc::Rc;

/// Statements parsed in one turn of the loop: a few milliseconds.
const PER_TURN: usize = 1000;

/// What the helper has read, being parsed.
pub struct Parsing {
    replay: Rc<Replay>,
    loading: Loading<'static>,
}

impl Parsing {
    fn begin(overrides: &Overrides, tape: Vec<u8>) -> Parsing {
        let replay = Rc::new(Replay::new(tape));
        Parsing { loading: Loading::begin(overrides, replay.clone(), Audience::Log), replay }
    }

    fn go_on(&mut self) -> Option<Result<Loaded, Failure>> {
        let mut result = self.loading.go_on(PER_TURN)?;
        if let Ok(loaded) = &mut result {
            load::look_up(&mut loaded.config, &*self.replay);
        }
        if self.replay.is_faithful() {
            return Some(result);
        }
        let line = "The control file reads differently from what the helper has read".to_owned();
        Some(Err(Failure { lines: vec![line], ..Failure::default() }))
    }
}

impl Daemon {
    /// Lets a helper read the control file again. One that is broken changes nothing.
    pub(super) fn reload(&mut self, now: Now) {
        self.supervisor.reloading(now.mono);
        let log = &mut self.world.log;
        log.info(format_args!("Reinitializing Monit -- control file '{}'", self.paths.control.display()));
        if let Err(error) = log.reopen() {
            let path = log.file_path().map(PathBuf::from).unwrap_or_default();
            log.error(Trouble::Log(path, error));
        }
        match self.reading.as_mut().map(|reading| reading.may_be_renewed(now.mono)) {
            Some(false) => self.read_again = true,
            None if self.parsing.is_some() => self.read_again = true,
            in_its_place => self.read(in_its_place.is_some(), now),
        }
    }

    fn read(&mut self, renewed: bool, now: Now) {
        self.read_again = false;
        // The one before, if there is one, is over first: never are there two.
        self.reading = None;
        match Reading::begin(&self.overrides, renewed, now.mono) {
            Ok(reading) => self.reading = Some(reading),
            Err(error) => {
                self.not_loaded(&[format!("Cannot start a helper -- {}", sys::error_text(&error))], &[])
            }
        }
    }

    /// The helper has something to say.
    pub(super) fn reading_ready(&mut self, now: Now) {
        if let Some(reading) = &mut self.reading {
            let progress = reading.on_ready();
            self.go_on(progress, now);
        }
    }

    /// Once in each turn.
    pub(super) fn reading_tick(&mut self, now: Now) {
        self.parse_on(now);
        if let Some(reading) = &mut self.reading {
            let progress = reading.on_tick(now.mono);
            self.go_on(progress, now);
        }
        if self.read_again && self.reading.as_mut().is_some_and(|reading| reading.may_be_renewed(now.mono)) {
            self.read(true, now);
        }
        if self.reading.is_none() && self.parsing.is_none() && !self.read_again {
            self.tell_reloaded(now.mono);
        }
    }

    fn go_on(&mut self, progress: Heard, now: Now) {
        let report = match progress {
            Heard::Busy => return,
            Heard::Done(report) => Ok(report),
            Heard::Failed(reason) => Err(reason),
        };
        self.reading = None;
        match report {
            Ok(Report::Answers(tape)) => return self.parsing = Some(Parsing::begin(&self.overrides, tape)),
            Ok(Report::Broken { errors, warnings }) => self.not_loaded(&errors, &warnings),
            Err(reason) => {
                let path = self.paths.control.display();
                let line = format!("The control file '{path}' could not be read: {reason}");
                self.not_loaded(&[line], &[]);
            }
        }
        self.next_reading(now);
    }

    /// Parses on what the helper has read, and puts it into force once that is done.
    fn parse_on(&mut self, now: Now) {
        let Some(result) = self.parsing.as_mut().and_then(Parsing::go_on) else { return };
        // With it goes the recording, before the old and the new configuration need their room side by side.
        self.parsing = None;
        self.leanness = Leanness::new(self.services.cycles());
        match result {
            Ok(loaded) => self.take_up(loaded, now),
            Err(failure) => self.not_loaded(&failure.lines, &failure.warnings),
        }
        self.next_reading(now);
    }

    fn next_reading(&mut self, now: Now) {
        if self.read_again {
            self.read(false, now);
        }
    }

    fn not_loaded(&mut self, errors: &[String], warnings: &[String]) {
        let log = &mut self.world.log;
        warnings.iter().for_each(|line| log.warning(line));
        errors.iter().for_each(|line| log.error(line));
        log.error(load::NOT_LOADED);
        self.supervisor.reload_failed = true;
    }

    /// Puts a new configuration into force.
    fn take_up(&mut self, loaded: Loaded, now: Now) {
        let log = &mut self.world.log;
        self.supervisor.reload_failed = false;
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
        self.world.configure_probes(&config.settings);
        self.services.reload(config, Turn::new(now, &mut self.world));
        self.about.reloaded(now);
        self.world.host.forget_all();
        self.reload_post(now);
        self.heartbeats.configure(self.services.config(), now.mono);
        self.open_history(now.wall);
        self.metrics_file.move_to(self.services.config().settings.metrics_file.as_deref());
        self.open_interface(now.mono);
        self.services.instance_event(Instance::Reloaded, Turn::new(now, &mut self.world));
    }

    /// The files of a new configuration: those that cannot be had stay where they are.
    fn move_to(&mut self, mut paths: Paths) {
        let log = &mut self.world.log;
        if let Err(trouble) = open_log(log, &paths.log) {
            log.error(trouble);
        }
        if let Some(state) = &mut self.state {
            state.moved(paths.statefile.clone());
        }
        if let Ok(Some(id)) = id_file::read(&paths.idfile) {
            self.about.id = id;
        }
        if paths.pidfile != self.paths.pidfile {
            let taken = Pidfile::take(&paths.pidfile).and_then(|mut pidfile| match pidfile.write() {
                Ok(()) => Ok(pidfile),
                Err(error) => Err(Refusal::Failed(error)),
            });
            match taken {
                Ok(fresh) => {
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

//! What statements change in the configuration: all of it, in one place. A statement says what it has read; how that
//! meets what earlier statements and the command line have said is decided here.

use super::Parser;
use crate::config::{
    Alert, Allow, Config, Credentials, EventQueue, Evidence, ExitWatch, Group, Heartbeat, History, Httpd,
    Limits, LogRepeat, LogTarget, MailFormat, MailServer, Maintenance, Mmonit, Noise, OnReboot, Place,
    Service, Settings, Tls, UnixListener, Webhook,
};
use std::path::Path;
use std::time::Duration;

/// What a statement says.
pub(crate) enum Change {
    /// There is a `set`: the file is no fragment of another one.
    Whole,
    /// A service with all its options.
    Service(Box<Service>),
    /// A group that was not named before.
    Group(Box<str>),
    /// `set daemon N with start delay N`, in seconds.
    Daemon { poll: u32, delay: u32 },
    /// `set init`.
    Init,
    /// `set terminal batch`.
    Batch,
    /// `set fips`.
    Fips,
    /// `set onreboot`; for the services behind it.
    OnReboot(OnReboot),
    /// `set log`.
    Log(LogTarget, LogRepeat),
    /// `set pidfile`.
    PidFile(Box<Path>),
    /// `set idfile`.
    IdFile(Box<Path>),
    /// `set statefile`.
    StateFile(Box<Path>),
    /// `set limits`: what holds from here on.
    Limits(Limits),
    /// `set ssl`.
    Tls(Tls),
    /// `set eventqueue`.
    EventQueue(EventQueue),
    /// A collector.
    Mmonit(Box<Mmonit>),
    /// `set alert webhook`.
    Webhook(Box<Webhook>),
    /// `set heartbeat`.
    Heartbeat(Box<Heartbeat>),
    /// A mail server.
    MailServer(Box<MailServer>),
    /// What holds for all mail servers, as the last statement has it.
    MailServers { timeout: Duration, hostname: Option<Box<str>> },
    /// `set mail-format`.
    MailFormat(MailFormat),
    /// `set alert`.
    Alert(Box<Alert>),
    /// Options of `set alert` about how much a recipient is told.
    Noise(Box<Noise>),
    /// `set history`.
    History(History),
    /// `set metrics file`.
    MetricsFile(Box<Path>),
    /// `set exitwatch`.
    ExitWatch(ExitWatch),
    /// `set evidence`.
    Evidence(Evidence),
    /// `set maintenance`.
    Maintenance(Box<Maintenance>),
    /// `set httpd`.
    Httpd(HttpdChange),
}

/// A part of `set httpd`.
pub(crate) enum HttpdChange {
    /// It begins there.
    Begins(Place),
    /// The port, and whether it is read-only.
    Port(u32, bool),
    /// The address it listens at.
    Address(Box<str>),
    /// Whether it says who it is.
    Signature(bool),
    /// Its socket.
    Unix(UnixListener),
    /// Its certificate.
    Tls(Box<Tls>),
    /// Who may connect.
    Allow(Allow),
    /// Who may log in.
    User(Credentials),
    /// A file of passwords.
    PasswordFile(Box<Path>, Place),
}

impl Parser<'_> {
    /// What was read so far.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// What the `set` statements have said so far.
    pub(crate) fn settings(&self) -> &Settings {
        &self.config.settings
    }

    /// Enters what a statement says. What the command line has said before is left as it is.
    pub(crate) fn apply(&mut self, change: Change) {
        let settings = &mut self.config.settings;
        let given = &self.overrides;
        match change {
            Change::Whole => self.config.fragment = false,
            Change::Service(service) => self.config.services.push(*service),
            Change::Group(name) => self.config.groups.push(Group { name, members: Vec::new() }),
            Change::Daemon { poll, delay } => {
                if !given.ignore_daemon {
                    settings.poll = Some(Duration::from_secs(poll.into()));
                }
                settings.start_delay = Duration::from_secs(delay.into());
            }
            Change::Init => settings.init = true,
            Change::Batch => settings.batch = true,
            Change::Fips => settings.fips = true,
            Change::OnReboot(mode) => settings.onreboot = mode,
            Change::Log(target, repeat) => {
                settings.log_repeat = repeat;
                if !given.ignore_log {
                    settings.log = target;
                }
            }
            Change::PidFile(_) if given.ignore_pidfile => {}
            Change::PidFile(path) => settings.pidfile = Some(path),
            Change::IdFile(path) => settings.idfile = Some(path),
            Change::StateFile(_) if given.ignore_statefile => {}
            Change::StateFile(path) => settings.statefile = Some(path),
            Change::Limits(limits) => settings.limits = limits,
            Change::Tls(tls) => settings.tls = tls,
            Change::EventQueue(queue) => settings.eventqueue = Some(queue),
            Change::Mmonit(mmonit) => settings.mmonits.push(*mmonit),
            Change::Heartbeat(heartbeat) => settings.heartbeats.push(*heartbeat),
            Change::Webhook(webhook) => settings.webhooks.push(webhook),
            Change::MailServer(server) => settings.mailservers.push(*server),
            Change::MailServers { timeout, hostname } => {
                settings.mail_timeout = Some(timeout);
                settings.mail_hostname = hostname;
            }
            Change::MailFormat(mut format) => {
                // A later statement starts from the defaults, but for the address of replies.
                format.reply_to = format.reply_to.or(settings.mail_format.reply_to.take());
                settings.mail_format = format;
            }
            Change::Alert(alert) => settings.alerts.push(*alert),
            Change::Noise(noise) => settings.noise.push(*noise),
            Change::History(history) => settings.history = Some(history),
            Change::Evidence(evidence) => settings.evidence = evidence,
            Change::Maintenance(maintenance) => settings.maintenance.push(*maintenance),
            Change::MetricsFile(path) => settings.metrics_file = Some(path),
            Change::ExitWatch(watch) => settings.exitwatch = Some(watch),
            Change::Httpd(change) => enter_interface(&mut settings.httpd, change),
        }
    }
}

/// What is said of the interface.
fn enter_interface(httpd: &mut Httpd, change: HttpdChange) {
    match change {
        HttpdChange::Begins(place) if httpd.place.line == 0 => httpd.place = place,
        HttpdChange::Begins(_) => {}
        HttpdChange::Port(port, readonly) => {
            httpd.port = Some(port);
            // Unlike the socket, a port named again is read-only only if it says so again.
            httpd.readonly = readonly;
        }
        HttpdChange::Address(address) => httpd.address = Some(address),
        HttpdChange::Signature(shown) => httpd.hide_signature = !shown,
        HttpdChange::Unix(listener) => httpd.unix = Some(listener),
        HttpdChange::Tls(tls) => httpd.tls = Some(tls),
        HttpdChange::Allow(allow) => httpd.allow.push(allow),
        HttpdChange::User(user) => httpd.users.push(user),
        HttpdChange::PasswordFile(path, place) => httpd.password_files.push((path, place)),
    }
}

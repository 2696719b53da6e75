//! What the control file says: plain data, no input or output, no parsing.
//!
//! [`Config`] is the whole of it. Services stand in file order (the order of `status`), the implicit system
//! service last; [`Config::check_order`] is the order of a cycle, bases before dependants.

mod action;
mod alert;
mod connection;
pub mod digits;
mod event_kind;
mod few;
pub mod format;
mod heartbeat;
mod httpd;
mod limits;
mod maintenance;
mod noise;
mod place;
mod protocol;
mod schedule;
mod service;
mod service_test;
mod settings;
pub mod test_words;
mod tls;
mod webhook;

pub use action::{Action, Command, Exec, Rate};
pub use alert::{Alert, MailFormat, MailServer, Mmonit};
pub use connection::{
    Address, Certificate, Connection, Content, Exchange, Family, Ping, ResponseTime, Target, Transport, Url,
    bracketed,
};
pub use event_kind::{EventKind, EventSet};
pub use few::{Few, Single};
pub use heartbeat::Heartbeat;
pub use httpd::{Allow, Credentials, Httpd, Listen, PasswordForm, UnixListener};
pub use limits::Limits;
pub use maintenance::{Covered, Maintenance};
pub use noise::{Noise, NoiseRule};
pub use place::Place;
pub use protocol::{
    DEFAULT, DnsQuery, FOLLOW, GENERIC, JSON, JsonTest, OptionKind, OptionName, OptionSpec, OptionValue,
    PROTOCOLS, Protocol, ProtocolSpec, RECORD_TYPES, RecordType, protocol,
};
pub use schedule::{Cron, CronField, Every, month_and_day};
pub use service::{
    Backoff, ExitWatch, Group, HeartbeatCheck, Mode, NetworkBy, OnReboot, ProcessBy, ProgramCheck,
    RestartLimit, Service, Severity, Subject,
};
pub use service_test::{
    Amount, ChecksumKind, Condition, Digest, Direction, Identity, Operator, PatternSource, Resource, Span,
    Stalled, StringOperator, Test, TimestampKind, TrafficUnit,
};
pub use settings::{EventQueue, Evidence, History, LogRepeat, LogTarget, Settings};
pub use tls::{Tls, TlsVersions};
pub use webhook::{SecretUse, Webhook, WebhookFormat};

/// A control file, read and checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Config {
    /// The `set` statements.
    pub settings: Box<Settings>,
    /// All services in file order, the implicit system service last.
    pub services: Vec<Service>,
    /// Indices into `services`: the order of a cycle. Every service stands behind all it depends on.
    pub check_order: Vec<u32>,
    /// The groups in the order of their first mention.
    pub groups: Vec<Group>,
    /// The files read, the control file first. [`Place::file`] is an index into this list.
    pub files: Vec<Box<std::path::Path>>,
    /// No `set` is in it: it is a part of a control file.
    pub fragment: bool,
    /// Statements that were understood but that this build cannot carry out; reported at start.
    pub unavailable: Vec<Unavailable>,
}

/// A statement that the language knows and the run time does not carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// Where it stands.
    pub place: Place,
    /// What it is, as a user calls it: `set mmonit`.
    pub what: &'static str,
}

impl Config {
    /// The service of that name; names compare without case.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.name.eq_ignore_ascii_case(name))
    }

    /// [`Config::service`], looked for first at the place where it stood a moment ago.
    pub fn service_near(&self, index: Option<u32>, name: &str) -> Option<&Service> {
        let there = index.and_then(|index| self.services.get(index as usize));
        there.filter(|service| service.name.eq_ignore_ascii_case(name)).or_else(|| self.service(name))
    }

    /// After how many checks of `service` in which something stays failed this alert is told of it again; 0: never. One for an
    /// Alertmanager, which forgets what is not told again, has a number of its own where the control file gives none.
    pub fn reminder(&self, alert: &Alert, service: &Service) -> u32 {
        if alert.reminder > 0 || !alert.is_webhook() {
            return alert.reminder;
        }
        let mut webhooks = self.settings.webhooks.iter();
        let webhook = webhooks.find(|webhook| webhook.is_named(&alert.address));
        let Some(renewal) = webhook.and_then(|webhook| webhook.format.renewal()) else { return 0 };
        let poll = self.settings.poll.unwrap_or_default();
        let pause = match service.every {
            Every::Cycle => poll,
            Every::Cycles(cycles) => poll.saturating_mul(cycles),
            Every::Period(period) => poll.max(period),
            // Who is looked at when a clock says so is told of each time.
            Every::Cron(_) | Every::NotCron(_) => renewal,
        };
        let checks = renewal.as_secs() / pause.as_secs().max(1);
        u32::try_from(checks).unwrap_or(u32::MAX).max(1)
    }

    /// What holds for the number of messages to this address; `None` where nothing is said. A receiver that keeps accounts of
    /// incidents itself is told of each: PagerDuty of every event at once, an Alertmanager of all, in groups.
    pub fn noise(&self, address: &str) -> Option<NoiseRule<'_>> {
        if self.settings.noise.is_empty() {
            return None;
        }
        let mut rule = NoiseRule::said_of(address, &self.settings.noise);
        let mut webhooks = self.settings.webhooks.iter();
        match webhooks.find(|webhook| webhook.is_named(address)).map(|webhook| webhook.format) {
            Some(WebhookFormat::Pagerduty) => return None,
            Some(format) if format.keeps_accounts() => (rule.limit, rule.quiet) = (None, None),
            _ => {}
        }
        rule.is_something().then_some(rule)
    }

    /// All alerts: the global ones, then those of services.
    fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.settings.alerts.iter().chain(self.services.iter().flat_map(|service| &service.alerts))
    }

    /// The first alert that has this address and tells it of anything.
    pub fn alert_to(&self, address: &str) -> Option<&Alert> {
        self.alerts()
            .find(|alert| alert.events != EventSet::NONE && alert.address.eq_ignore_ascii_case(address))
    }

    /// Every address that is told of anything, every webhook and every collector, each once. At most `most`.
    pub fn addresses(&self, most: usize) -> Vec<Box<str>> {
        let of_webhooks = self.settings.webhooks.iter().map(|webhook| webhook.address().into());
        each_once(self.recipients().chain(of_webhooks).chain(self.collectors()), most)
    }

    /// Every address, webhook and collector that is told of anything, each once. At most `most`. Of a webhook that no alert names
    /// nobody is told anything; a collector needs no alert.
    pub fn told(&self, most: usize) -> Vec<Box<str>> {
        each_once(self.recipients().chain(self.collectors()), most)
    }

    /// Whom alerts tell, some more than once.
    fn recipients(&self) -> impl Iterator<Item = Box<str>> {
        let alerts = self.alerts().filter(|alert| alert.events != EventSet::NONE);
        alerts.map(|alert| alert.address.clone())
    }

    fn collectors(&self) -> impl Iterator<Item = Box<str>> {
        Mmonit::names(&self.settings.mmonits).into_iter().map(Into::into)
    }

    /// The group of that name; names compare without case.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|g| g.name.eq_ignore_ascii_case(name))
    }

    /// `FILE:LINE` of a place, for messages.
    pub fn cite(&self, place: Place) -> String {
        match self.files.get(usize::from(place.file)) {
            Some(file) => format!("{}:{}", file.display(), place.line),
            None => format!("line {}", place.line),
        }
    }
}

/// The first `most` that differ, without regard to case.
fn each_once(all: impl Iterator<Item = Box<str>>, most: usize) -> Vec<Box<str>> {
    let mut seen = std::collections::HashSet::new();
    all.filter(|to| seen.insert(to.to_ascii_lowercase())).take(most).collect()
}

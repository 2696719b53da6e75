//! The `set` statements.

use super::{
    Alert, ExitWatch, Few, Heartbeat, Httpd, Limits, MailFormat, MailServer, Maintenance, Mmonit, Noise,
    OnReboot, Tls, Webhook,
};
use std::path::Path;
use std::time::Duration;

/// Everything global.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    /// `set daemon N`: seconds from the start of a cycle to the start of the next; `None`: one cycle and exit.
    pub poll: Option<Duration>,
    /// `with start delay N`.
    pub start_delay: Duration,
    /// `set init`, `-I`: stay in the foreground.
    pub init: bool,
    /// `set terminal batch`.
    pub batch: bool,
    /// `set fips`.
    pub fips: bool,
    /// `set log …`.
    pub log: LogTarget,
    /// `set log … repeat …`.
    pub log_repeat: LogRepeat,
    /// `set pidfile`.
    pub pidfile: Option<Box<Path>>,
    /// `set idfile`.
    pub idfile: Option<Box<Path>>,
    /// `set statefile`.
    pub statefile: Option<Box<Path>>,
    /// `set onreboot`, as it stands at the end of the file (each service has its own copy).
    pub onreboot: OnReboot,
    /// `set limits`, as it stands at the end of the file.
    pub limits: Limits,
    /// `set ssl { … }`.
    pub tls: Tls,
    /// `set eventqueue`.
    pub eventqueue: Option<EventQueue>,
    /// `set mmonit`, in file order.
    pub mmonits: Vec<Mmonit>,
    /// `set mailserver`, in file order.
    pub mailservers: Vec<MailServer>,
    /// `set mailserver … with timeout`.
    pub mail_timeout: Option<Duration>,
    /// `set mailserver … using hostname`.
    pub mail_hostname: Option<Box<str>>,
    /// `set mail-format`.
    pub mail_format: MailFormat,
    /// `set alert webhook`, in file order.
    #[allow(
        clippy::vec_box,
        reason = "a list that grows while it is read leaves holes of all its former sizes"
    )]
    pub webhooks: Vec<Box<Webhook>>,
    /// `set heartbeat` (our extension), in file order.
    pub heartbeats: Vec<Heartbeat>,
    /// `set alert`, in file order.
    pub alerts: Vec<Alert>,
    /// `set alert … group`, `limit` and `quiet` (our extension), in file order.
    pub noise: Few<Noise>,
    /// `set httpd`.
    pub httpd: Httpd,
    /// `set exitwatch` (our extension).
    pub exitwatch: Option<ExitWatch>,
    /// `set history` (our extension).
    pub history: Option<History>,
    /// `set evidence` (our extension).
    pub evidence: Evidence,
    /// `set maintenance` (our extension), in file order.
    pub maintenance: Vec<Maintenance>,
    /// `set metrics file` (our extension).
    pub metrics_file: Option<Box<Path>>,
}

/// `set history`: the last events and the course of readings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// They are kept.
    pub on: bool,
    /// What the names of their two files begin with; `None`: the path of the state file.
    pub file: Option<Box<Path>>,
}

/// `set evidence`: what alerts show beside what was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Evidence {
    /// It is gathered.
    #[default]
    On,
    /// Nothing is.
    Off,
}

/// Where the log goes.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum LogTarget {
    /// Nowhere (the console in the foreground).
    #[default]
    None,
    /// `set log FILE`.
    File(Box<Path>),
    /// `set log syslog [facility F]`; the facility without its `log_`, in lower case.
    Syslog(&'static str),
}

/// How often a test that stays failed is told in the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogRepeat {
    /// In each cycle, as in Monit.
    #[default]
    Always,
    /// `repeat every N cycles`: when it fails, and every so many cycles; at least 1.
    Every(u32),
    /// `repeat never`: when it fails.
    Never,
}

impl LogRepeat {
    /// Is it told in the `count`th cycle of the failure?
    pub fn is_due(self, count: u32) -> bool {
        match self {
            LogRepeat::Always => true,
            LogRepeat::Every(cycles) => count % cycles.max(1) == 0,
            LogRepeat::Never => false,
        }
    }
}

/// `set eventqueue`.
#[derive(Debug, Clone, PartialEq)]
pub struct EventQueue {
    /// The folder.
    pub basedir: Box<Path>,
    /// At most this many events; `None`: no limit.
    pub slots: Option<u32>,
}

//! The daemon: life cycle and the poll loop, on which services, interface, mail and children meet.
//!
//! What a cycle does is in [`crate::service`]; this room gives it the real world and turns the loop.
//!
//! The life of a daemon: the control file is read ([`load`]), the pid file is taken and the log opened while there is
//! still a terminal to complain to (`start`), the process detaches, opens its interface and reports that it is ready,
//! and then turns the loop (`turn`) until a signal ends it. A reload is read by a helper (`reading`) and taken up by the
//! loop (`reload`). Without a poll time, and for actions without a daemon, the
//! same loop runs in the foreground until nothing is left to do (`one_shot`).

mod about;
pub mod demo;
pub mod find;
mod history;
pub mod id_file;
mod interface;
mod leanness;
pub mod load;
mod lock;
mod metrics_file;
mod one_shot;
pub mod paths;
mod pidfile;
mod platform;
mod post;
mod presence;
pub mod process_one;
mod reading;
mod reload;
mod sd_notify;
mod start;
mod state_keeper;
mod test_alert;
pub mod trouble;
mod turn;
mod watch;
mod world;

pub use load::Loaded;
pub use one_shot::{OneShot, Target, one_shot};
pub use start::{put_on_record, run};

/// What a daemon, or a run without one, starts from.
#[derive(Debug)]
pub struct Start {
    /// The control file, read.
    pub loaded: Loaded,
    /// Stay in the foreground and say on the console what goes to the log.
    pub foreground: bool,
    /// On the console, with the time of day.
    pub times: bool,
    /// Number of `-v`.
    pub verbose: u32,
}

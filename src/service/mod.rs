//! Services at run time: cycle, checks in flight, actions and dependencies, schedule, state file, reload.
//!
//! # The life of a service
//!
//! A service is **monitored** or not. Monitoring begins at the start of the daemon (as `onreboot` says), by `start`,
//! `monitor` and `restart`, and ends by `stop`, `unmonitor` and the actions of that name. While it is monitored it
//! is *initializing* until its first check has ended, *waiting* in cycles its schedule leaves out, and otherwise as good
//! as its tests.
//!
//! **A cycle** begins every poll period, start to start, or when somebody wakes us. It makes a check due for each
//! monitored service whose schedule agrees. A check that is due begins when nothing works on the service (a check in
//! flight, a job) and all it depends on has been looked at in this cycle; it is dropped for this cycle when one of
//! those is missing, of the wrong type, not yet checked, held back itself, or fails a test whose action is more than
//! an alert. Checks of different services are in flight side by side; none waits for a stranger.
//!
//! **A check** takes its measurements and comes back with a report: one verdict per test. The verdicts go through the
//! state machines of [`crate::event`] in order; what they tell is logged and delivered at once; `exec` programs
//! run beside; of the actions on the service itself (stop before unmonitor before restart before start) the
//! strongest is carried out, once.
//!
//! **A job** carries out one action on one tree of services, step by step: dependants down, bases up, each service once.
//! Its members belong to it until it ends; jobs on strangers run side by side. Actions wanted while a member belongs
//! to another job wait in a queue and keep their order per service. What a user wants is carried out at once, not with
//! the next cycle.
//!
//! Time is an argument everywhere, and the world is behind [`World`]: the whole room runs in tests without a clock,
//! a process or a file.

mod agenda;
mod apply;
mod backoff;
mod beginning;
mod calendar;
mod checking;
mod clockwork;
mod common;
mod cycle;
mod dependency;
mod environment;
mod exec;
mod exit_watch;
mod holding;
mod index;
mod job;
mod kind;
mod ledger;
mod lingering;
mod listen;
mod look;
mod marks;
pub mod monit_state;
mod monitoring;
mod notify;
mod one;
mod parts;
mod recovery;
mod reload;
mod restart_limit;
mod roster;
mod rule;
mod run;
mod running;
mod saved;
mod schedule;
mod services;
mod settling;
mod short;
mod silence;
mod silences_saved;
mod silencing;
pub mod state_file;
mod takeover;
mod test_key;
mod tree;
mod turn;
mod unit;
mod view;
mod why;
mod wish;
mod withheld;
mod works;
mod world;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod rules_model_tests;
#[cfg(test)]
mod tests;

pub use index::ServiceIndex;
pub use ledger::{Behind, Receipt, Recorded};
pub use listen::{Change, Checked, Listener};
pub use notify::Instance;
pub use saved::{SavedService, SavedState};
pub use services::Services;
pub use silence::{Order, REASON, Silence};
pub use takeover::{Kept, Takeover};
pub use turn::Turn;
pub use view::{MonitorState, StatusColor, View};
pub use why::{Ahead, BaseState, Cause, RuleRef, Standing, Wait, Why};
pub use wish::UserAction;
pub use world::{Probe, ProbeId, Watch, WatchId, World};

//! What a program that we run is told about why: its environment variables.
//!
//! The names and forms are the reference's. Start, stop and restart programs get the same word as event and as
//! description, whatever the reason; a check program gets the service's name alone.

use super::kind::Kind;
use super::unit::{Unit, is_process};
use crate::config::{Service, Subject};
use crate::reactor::Now;
use crate::service_test::Measured;
use crate::sys::localtime::display_local;
use std::ffi::OsString;

/// Why a program is run: `MONIT_EVENT` and `MONIT_DESCRIPTION`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reason<'a> {
    pub(super) event: &'a str,
    pub(super) description: &'a str,
}

impl Reason<'static> {
    /// Of a start, stop or restart.
    pub(super) fn of(kind: Kind) -> Reason<'static> {
        let word = match kind {
            Kind::Start => "Started",
            Kind::Stop => "Stopped",
            Kind::Restart => "Restarted",
        };
        Reason { event: word, description: word }
    }
}

/// The variables for a program. `host` is the system service's name; without a `reason` it is a check program.
pub(super) fn variables(
    service: &Service,
    unit: &Unit,
    host: &str,
    reason: Option<Reason<'_>>,
    now: Now,
) -> Vec<(OsString, OsString)> {
    let mut list: Vec<(OsString, OsString)> = Vec::new();
    let mut set = |name: &str, value: String| list.push((name.into(), fitting(value).into()));
    set("MONIT_SERVICE", service.name.to_string());
    let Some(reason) = reason else { return list };
    set("MONIT_EVENT", reason.event.to_string());
    set("MONIT_DESCRIPTION", reason.description.to_string());
    set("MONIT_DATE", display_local(now.unix_secs()));
    set("MONIT_HOST", host.to_string());
    if is_process(service) {
        let (mut pid, mut memory, mut children, mut cpu) = (-1, 0, -1, -1.0);
        if let Measured::Process(reading) = &unit.memory.measured {
            pid = reading.identity.map_or(-1, |identity| identity.pid);
            memory = reading.memory.unwrap_or(0) / 1024;
            children = reading.children.map_or(-1, i64::from);
            cpu = reading.cpu.unwrap_or(-1.0);
        }
        set("MONIT_PROCESS_PID", pid.to_string());
        set("MONIT_PROCESS_MEMORY", memory.to_string());
        set("MONIT_PROCESS_CHILDREN", children.to_string());
        set("MONIT_PROCESS_CPU_PERCENT", format!("{cpu:.1}"));
    }
    if let (Subject::Program(_), Measured::Program(reading)) = (&service.subject, &unit.memory.measured) {
        set("MONIT_PROGRAM_STATUS", reading.status.to_string());
    }
    list
}

/// Longest value in bytes. A single string of 128 kB makes execve(2) refuse the whole program (`E2BIG`), and how much a
/// program prints into a description is the control file's choice.
const LONGEST: usize = 64 * 1024;

/// A variable ends at a NUL byte; a description (output of a program) may have one.
fn fitting(mut value: String) -> String {
    if value.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| value.is_char_boundary(*end)).unwrap_or(0);
        value.truncate(end);
    }
    if value.contains('\0') { value.replace('\0', " ") } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fit_into_an_environment() {
        assert_eq!(fitting("a\0b".to_string()), "a b");
        let long = fitting(format!("x{}", "ü".repeat(100_000)));
        assert_eq!(long.len(), LONGEST - 1);
        assert!(long.ends_with('ü'));
    }
}

//! What a service shows of itself: one description for the status text, pages, JSON and metrics.
//!
//! The order, the labels and the form of the values are those of the reference's status. Values carry numbers
//! with their units; [`Value`]'s `Display` is the text for people. One file per type of service says its lines.

mod file;
mod filesystem;
mod network;
mod process;
mod system;
mod value;

use super::heartbeat::HeartbeatReading;
use super::memory::{FileReading, Measured, Memory, ProgramReading};
use super::verdict::Presence;
use crate::config::{Condition, Resource, Service, Single, Subject, Target};
use file::file_lines;
use filesystem::filesystem_lines;
use network::network_lines;
use process::process_lines;
use system::system_lines;
pub use value::Value;

/// One line of a status.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Name for programs: lower case, words joined by `_`. Port tests repeat theirs.
    pub key: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// The value.
    pub value: Value,
    /// The tests that judge this value, as indices into the service's tests. It is red if one of them failed. None where
    /// nobody asks for them.
    pub tests: Single<u16>,
}

/// Shows the lines of one service.
struct Lines<'a> {
    service: &'a Service,
    see: &'a mut dyn FnMut(Reading),
    extent: Extent<'a>,
}

/// What is asked for of the lines.
#[derive(Debug, Clone, Copy)]
pub struct Extent<'a> {
    /// Nobody asks for others than those of these [`Reading::key`]s.
    pub only: Option<&'a [&'static str]>,
    /// And for the tests that judge them: where all is well nobody does.
    pub judges: bool,
}

impl Extent<'_> {
    /// Everything.
    pub const ALL: Extent<'static> = Extent { only: None, judges: true };
}

impl Lines<'_> {
    /// Does anybody ask for this line? What is cheap to make need not ask first.
    fn wants(&self, key: &str) -> bool {
        self.extent.only.is_none_or(|only| only.contains(&key))
    }

    /// A line judged by the tests whose condition `judges`.
    fn add(
        &mut self,
        key: &'static str,
        label: &'static str,
        value: Value,
        judges: impl Fn(&Condition) -> bool,
    ) {
        self.show(key, label, value, &judges);
    }

    /// The same, made once for all kinds of `judges`.
    fn show(
        &mut self,
        key: &'static str,
        label: &'static str,
        value: Value,
        judges: &dyn Fn(&Condition) -> bool,
    ) {
        if !self.wants(key) {
            return;
        }
        let tests = if self.extent.judges { self.judges(judges) } else { Single::default() };
        (self.see)(Reading { key, label, value, tests });
    }

    fn judges(&self, judges: &dyn Fn(&Condition) -> bool) -> Single<u16> {
        let tests = self.service.tests.iter().enumerate();
        tests
            .filter(|(_, test)| judges(&test.condition))
            .filter_map(|(at, _)| u16::try_from(at).ok())
            .collect()
    }

    /// A line judged by tests of one resource.
    fn resource(&mut self, key: &'static str, label: &'static str, value: Value, which: &[Resource]) {
        self.add(
            key,
            label,
            value,
            |condition| matches!(condition, Condition::Resource(resource, ..) if which.contains(resource)),
        );
    }

    fn plain(&mut self, key: &'static str, label: &'static str, value: Value) {
        self.add(key, label, value, |_| false);
    }
}

/// Shows the lines of a service's status between `on reboot` and `data collected`, without making those that nobody has asked
/// for. None while the object is missing or was not looked at yet; the caller leaves them out for
/// services that are not monitored.
pub fn readings(service: &Service, memory: &Memory, extent: Extent<'_>, see: &mut dyn FnMut(Reading)) {
    collect(Lines { service, see, extent }, memory);
}

fn collect(mut lines: Lines<'_>, memory: &Memory) {
    let service = lines.service;
    let wrong = memory.presence == Presence::WrongType;
    if memory.presence == Presence::Present || wrong {
        match (&memory.measured, &service.subject) {
            (Measured::Process(process), _) => process_lines(process, &mut lines),
            (Measured::File(file), _) => file_lines(service, file, wrong, &mut lines),
            (Measured::Filesystem(filesystem), _) => filesystem_lines(filesystem, &mut lines),
            (Measured::Network(network), _) => network_lines(network, &mut lines),
            (Measured::System(system), _) => system_lines(service, system, &mut lines),
            (Measured::Program(program), _) => program_lines(program, &mut lines),
            (Measured::Heartbeat(beat), _) => heartbeat_lines(beat, &mut lines),
            (Measured::Nothing, Subject::File(_) | Subject::Directory(_) | Subject::Fifo(_)) if wrong => {
                file_lines(service, &FileReading::default(), true, &mut lines);
            }
            (Measured::Nothing, _) => {}
        }
        probe_lines(memory, &mut lines);
    }
}

fn known<T>(value: Option<T>, form: impl FnOnce(T) -> Value) -> Value {
    value.map_or(Value::Missing, form)
}

fn program_lines(program: &ProgramReading, lines: &mut Lines<'_>) {
    use Condition as C;
    if program.status == super::program::NOT_EXECUTED {
        return;
    }
    lines.add("status", "last exit value", Value::Integer(i64::from(program.status)), |c| {
        matches!(c, C::ProgramStatus(..) | C::ProgramStatusChanged)
    });
    if !lines.wants("output") {
        return;
    }
    let output = if program.output.is_empty() { Value::Missing } else { Value::Text(program.output.clone()) };
    lines.add("output", "last output", output, |c| {
        matches!(c, C::ProgramContent(..) | C::ProgramOutputChanged | C::ProgramOutputNotChanged)
    });
}

fn heartbeat_lines(beat: &HeartbeatReading, lines: &mut Lines<'_>) {
    let last = known(beat.beaten.then_some(beat.since), |since| {
        Value::Time(i64::try_from(since).unwrap_or(i64::MAX))
    });
    lines.add("last_beat", "last heartbeat", last, |c| *c == Condition::Missed);
}

/// The keys of connection tests.
const PORT: &str = "port";
const UNIX: &str = "unix_socket";

/// Ping tests, then connection tests, in file order.
fn probe_lines(memory: &Memory, lines: &mut Lines<'_>) {
    let service = lines.service;
    let mut add = |pings: bool| {
        for (at, test) in service.tests.iter().enumerate() {
            let Some(answer) = memory.answers.of(at) else { continue };
            let seconds = answer.seconds();
            let (key, label, value) = match &test.condition {
                Condition::Ping(_) if pings && lines.wants("ping") => {
                    ("ping", "ping response time", Value::Response(seconds, "".into()))
                }
                Condition::Connection(connection) if !pings => {
                    let key = if matches!(connection.target, Target::Unix(_)) { UNIX } else { PORT };
                    if !lines.wants(key) {
                        continue;
                    }
                    let name = super::probe_result::target(connection, seconds.is_some());
                    let label = if key == UNIX { "unix socket response time" } else { "port response time" };
                    (key, label, Value::Response(seconds, name.into()))
                }
                _ => continue,
            };
            (lines.see)(Reading { key, label, value, tests: [answer.test].into_iter().collect() });
        }
    };
    add(true);
    add(false);
}

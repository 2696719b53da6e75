//! `if cpu|memory|load|threads|… > …`: resources of a process or of the system, in the reference's words.

use super::compare::byte_rate;
use super::context::Context;
use crate::config::{Amount, Condition, Resource, format};

/// What was measured of a resource.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sample {
    /// A rate needs a second look.
    Initializing,
    /// The kernel does not tell.
    Missing,
    /// The number, and its share of the whole in percent where there is one.
    Value(f64, Option<f64>),
}

impl Sample {
    /// A number, if known.
    pub(super) fn number(value: Option<f64>) -> Sample {
        value.map_or(Sample::Missing, |value| Sample::Value(value, None))
    }
}

/// How a resource is written.
enum Form {
    /// `cpu usage of 12.0% matches resource limit [cpu usage > 10.0%]`.
    Percent,
    /// `mem amount of 2 MB matches …`.
    Bytes,
    /// `loadavg (1min) of 4.7 matches …`.
    Load,
    /// `threads count 4 matches …`.
    Count,
    /// `read rate 1 kB/s matches …`.
    ByteRate,
    /// `read rate 0.5 operations/s matches …`.
    OperationRate,
    /// `swap pagein 3 per second matches …`.
    PerSecond,
}

/// The subject of a message, the name in its brackets, and the form of its numbers.
fn words(resource: Resource, percent: bool) -> (&'static str, &'static str, Form) {
    use Resource as R;
    let share = |amount: &'static str, usage: &'static str| {
        if percent { (usage, usage, Form::Percent) } else { (amount, amount, Form::Bytes) }
    };
    let same = |name: &'static str, form: Form| (name, name, form);
    match resource {
        R::Cpu => same("cpu usage", Form::Percent),
        R::TotalCpu => ("total cpu usage", "cpu usage", Form::Percent),
        R::CpuUser => same("cpu user usage", Form::Percent),
        R::CpuSystem => same("cpu system usage", Form::Percent),
        R::CpuWait => same("cpu I/O wait", Form::Percent),
        R::CpuNice => same("cpu nice usage", Form::Percent),
        R::CpuHardIrq => same("cpu hardware IRQ usage", Form::Percent),
        R::CpuSoftIrq => same("cpu software IRQ usage", Form::Percent),
        R::CpuSteal => same("cpu steal usage", Form::Percent),
        R::CpuGuest => same("cpu guest usage", Form::Percent),
        R::CpuGuestNice => same("cpu guest nice usage", Form::Percent),
        R::Memory => share("mem amount", "mem usage"),
        R::TotalMemory => share("total mem amount", "total mem amount"),
        R::Swap => share("swap amount", "swap usage"),
        R::PageIn => ("swap pagein", "pagein", Form::PerSecond),
        R::PageOut => ("swap pageout", "pageout", Form::PerSecond),
        R::Threads => same("threads", Form::Count),
        R::Children => same("children", Form::Count),
        R::Load1 => same("loadavg (1min)", Form::Load),
        R::Load5 => same("loadavg (5min)", Form::Load),
        R::Load15 => same("loadavg (15min)", Form::Load),
        R::Load1PerCore => same("loadavg per core (1min)", Form::Load),
        R::Load5PerCore => same("loadavg per core (5min)", Form::Load),
        R::Load15PerCore => same("loadavg per core (15min)", Form::Load),
        R::ReadBytes => ("read rate", "read", Form::ByteRate),
        R::WriteBytes => ("write rate", "write", Form::ByteRate),
        R::DiskReadBytes => ("physical read activity", "read", Form::ByteRate),
        R::DiskWriteBytes => ("physical write activity", "write", Form::ByteRate),
        R::DiskReadOperations => ("read rate", "read", Form::OperationRate),
        R::DiskWriteOperations => ("write rate", "write", Form::OperationRate),
    }
}

/// All resource tests of a service, the last of the file first.
pub(super) fn resources(context: &mut Context<'_>, sample: impl Fn(Resource) -> Sample) {
    for (at, test) in context.service.tests.iter().enumerate().rev() {
        let Condition::Resource(resource, operator, amount) = &test.condition else { continue };
        let percent = matches!(amount, Amount::Percent(_));
        let (subject, name, form) = words(*resource, percent);
        let (value, limit) = match (sample(*resource), amount) {
            (Sample::Initializing, _) => {
                context.no_data(at, format!("{subject} check skipped (initializing)"));
                continue;
            }
            (Sample::Value(_, Some(share)), Amount::Percent(limit)) => (share, *limit),
            (Sample::Value(value, _), Amount::Number(limit)) => (value, *limit),
            _ => {
                context.no_data(at, format!("warning -- no data are available for {subject} test"));
                continue;
            }
        };
        let operator = *operator;
        context.limit(at, operator, value, limit, |failed| {
            message(failed, subject, name, &form, value, limit, operator.sign())
        });
    }
}

fn message(
    failed: bool,
    subject: &str,
    name: &str,
    form: &Form,
    value: f64,
    limit: f64,
    sign: &str,
) -> String {
    let plain = |number: f64| match form {
        Form::Percent => format::percent(number),
        Form::Bytes => format::bytes(number),
        Form::Load => format!("{number:.1}"),
        Form::Count => format!("{number:.0}"),
        Form::ByteRate => byte_rate(number),
        Form::OperationRate => format!("{number:.1} operations/s"),
        Form::PerSecond => format!("{number:.0} per second"),
    };
    let (now, most) = (plain(value), plain(limit));
    match form {
        Form::Percent | Form::Bytes | Form::Load if failed => {
            format!("{subject} of {now} matches resource limit [{name} {sign} {most}]")
        }
        Form::Count if failed => {
            format!("{subject} count {now} matches resource limit [{name} {sign} {most}]")
        }
        Form::OperationRate if failed => {
            format!("{subject} {now} matches resource limit [{name} {sign} {limit:.0} operations/s]")
        }
        _ if failed => format!("{subject} {now} matches resource limit [{name} {sign} {most}]"),
        Form::ByteRate | Form::OperationRate => format!("{subject} test succeeded [current {name} = {now}]"),
        _ => format!("{subject} check succeeded [current {name} = {now}]"),
    }
}

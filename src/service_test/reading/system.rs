//! The lines of the system.

use super::super::compare::share;
use super::super::memory::{Rate, SystemReading};
use super::{Lines, Value, known};
use crate::config::{Condition, Resource, Service, Stalled};

pub(super) fn system_lines(service: &Service, system: &SystemReading, lines: &mut Lines<'_>) {
    use Resource as R;
    let loads = [R::Load1, R::Load5, R::Load15, R::Load1PerCore, R::Load5PerCore, R::Load15PerCore];
    lines.resource("load", "load average", known(system.load, Value::Load), &loads);
    let cpus = [
        R::Cpu,
        R::CpuUser,
        R::CpuSystem,
        R::CpuNice,
        R::CpuWait,
        R::CpuHardIrq,
        R::CpuSoftIrq,
        R::CpuSteal,
        R::CpuGuest,
        R::CpuGuestNice,
    ];
    lines.resource("cpu", "cpu", Value::Cpu(Box::new(system.cpu.unwrap_or_default())), &cpus);
    let memory = system.memory.map(|memory| Value::Share {
        bytes: memory.used,
        percent: share(memory.used, memory.total),
        share_first: false,
        limit: memory.limited.then_some(memory.total),
    });
    lines.resource("memory", "memory usage", memory.unwrap_or(Value::Missing), &[R::Memory]);
    let swap = system.memory.map(|memory| Value::Share {
        bytes: memory.swap_used,
        percent: share(memory.swap_used, memory.swap_total),
        share_first: false,
        limit: None,
    });
    lines.resource("swap", "swap usage", swap.unwrap_or(Value::Missing), &[R::Swap]);
    // One look is no rate.
    let pages = |rate: Option<Rate>| match rate {
        Some(rate) if system.paging_rated => Value::Integer(rate.per_second.round() as i64),
        _ => Value::Missing,
    };
    lines.resource("page_in", "swap pagein/s", pages(system.page_in), &[R::PageIn]);
    lines.resource("page_out", "swap pageout/s", pages(system.page_out), &[R::PageOut]);
    for ((stalled, _), pressure) in super::super::pressure::KINDS.into_iter().zip(system.pressure) {
        let (key, label) = match stalled {
            Stalled::Cpu => ("pressure_cpu", "cpu pressure"),
            Stalled::Memory => ("pressure_memory", "memory pressure"),
            Stalled::Io => ("pressure_io", "io pressure"),
        };
        let judges = |c: &Condition| matches!(c, Condition::Pressure { of, .. } if *of == stalled);
        if service.tests.iter().any(|test| judges(&test.condition)) {
            lines.add(key, label, known(pressure, |pressure| Value::Pressure(pressure.some)), judges);
        }
    }
    let judges = |c: &Condition| matches!(c, Condition::OomKills(..));
    if service.tests.iter().any(|test| judges(&test.condition)) {
        let kills = known(system.oom_kills, |kills| Value::Integer(i64::try_from(kills).unwrap_or(i64::MAX)));
        lines.add("oom_kills", "oom kills", kills, judges);
    }
    lines.add("uptime", "uptime", known(system.uptime, Value::Uptime), |condition| {
        matches!(condition, Condition::Uptime(..))
    });
    lines.plain("boot_time", "boot time", known(system.booted, Value::Time));
    let files = known(system.files, |files| Value::OfLimit(files.allocated, files.maximum));
    lines.add("filedescriptors", "filedescriptors", files, |condition| {
        matches!(condition, Condition::FileDescriptors(..))
    });
}

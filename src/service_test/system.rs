//! The system itself: load, processors, memory, swap, paging, uptime, open files.
//!
//! In a container or control group with a limit of its own, memory is measured against that limit. Impossible
//! values are refused where they are read, so a test here never fails on one.

use super::compare::share;
use super::context::Context;
use super::memory::{CpuShares, Measured, Rate, SystemReading};
use super::progress::Progress;
use super::resource::Sample;
use super::verdict::Presence;
use super::{descriptors, pressure, resource, uptime};
use crate::config::{Condition, Resource};
use crate::machine::{CpuTimes, unix_secs};

pub(super) fn step(context: &mut Context<'_>) -> Progress<Presence> {
    context.cycle.spend(100);
    let mut system = match std::mem::take(&mut context.memory.measured) {
        Measured::System(system) => system,
        _ => Box::default(),
    };
    measure(&mut system, context);
    let reading = &*system;
    pressure::verdicts(reading, context);
    resource::resources(context, |resource| sample(reading, resource));
    if let Some(seconds) = reading.uptime {
        uptime::uptime(context, seconds);
    }
    let files = reading.files;
    descriptors::descriptors(context, files.map(|f| f.allocated), files.map(|f| f.maximum), None);
    system.initialised = true;
    context.memory.measured = Measured::System(system);
    Progress::Done(Presence::Present)
}

/// Does a test compare one of these?
fn asks(wanted: impl Fn(Resource) -> bool) -> impl Fn(&Condition) -> bool {
    move |condition| matches!(condition, Condition::Resource(of, ..) if wanted(*of))
}

fn measure(system: &mut SystemReading, context: &mut Context<'_>) {
    let load = context.facts.load();
    system.load = context.take("load average", load, asks(|of| window(of).is_some()));
    let processors = context.cycle.processors(context.facts);
    let per_core = asks(|of| window(of).is_some_and(|(_, per_core)| per_core));
    system.processors = context.take("number of processors", processors, per_core).unwrap_or(0);
    let times = context.facts.cpu_times();
    let times = context.take("cpu usage", times, asks(is_cpu));
    system.cpu = match (system.last_cpu, times) {
        (Some(before), Some(now)) => shares(&before, &now).or(system.cpu),
        _ => None,
    };
    system.last_cpu = times;
    let uptime = context.facts.uptime();
    system.uptime = context.take("uptime", uptime, |c| matches!(c, Condition::Uptime(..)));
    let wall = unix_secs(context.now.wall);
    let booted = system.uptime.map(|seconds| wall - i64::try_from(seconds).unwrap_or(0));
    // Both clocks are in whole seconds, so their difference wavers by one.
    if system.booted.zip(booted).is_none_or(|(before, now)| (before - now).abs() > 1) {
        system.booted = booted;
    }
    let files = context.facts.open_files();
    system.files = context.take("open files", files, |c| matches!(c, Condition::FileDescriptors(..)));
    pressure::measure(system, context);
    let now = context.now.mono;
    let seconds = system.last_paging.map(|last| now.saturating_duration_since(last).as_secs_f64());
    let paging = context.facts.paging();
    match context.take("paging", paging, asks(|of| matches!(of, Resource::PageIn | Resource::PageOut))) {
        Some((read, written)) => {
            system.paging_rated = system.page_in.is_some();
            let page = |last: Option<Rate>, total| {
                let mut rate = last.unwrap_or_default();
                rate.update(total, seconds.filter(|_| last.is_some()));
                Some(rate)
            };
            system.page_in = page(system.page_in, read);
            system.page_out = page(system.page_out, written);
            system.last_paging = Some(now);
        }
        None => (system.page_in, system.page_out, system.last_paging) = (None, None, None),
    }
    let memory = context.cycle.memory(context.facts);
    let memory =
        context.take("memory usage", memory, asks(|of| matches!(of, Resource::Memory | Resource::Swap)));
    system.memory = memory;
}

fn is_cpu(resource: Resource) -> bool {
    use Resource as R;
    matches!(
        resource,
        R::Cpu
            | R::CpuUser
            | R::CpuSystem
            | R::CpuWait
            | R::CpuNice
            | R::CpuHardIrq
            | R::CpuSoftIrq
            | R::CpuSteal
            | R::CpuGuest
            | R::CpuGuestNice
    )
}

/// Where the time between two looks went; `None` if the counters stood still or went back.
fn shares(before: &CpuTimes, now: &CpuTimes) -> Option<CpuShares> {
    let total = now.total.checked_sub(before.total).filter(|total| *total > 0)?;
    let part = |pick: fn(&CpuTimes) -> u64| share(pick(now).saturating_sub(pick(before)), total).min(100.0);
    let idle = part(|times| times.idle) + part(|times| times.wait);
    Some(CpuShares {
        user: part(|times| times.user),
        nice: part(|times| times.nice),
        system: part(|times| times.system),
        wait: part(|times| times.wait),
        hard_irq: part(|times| times.hard_irq),
        soft_irq: part(|times| times.soft_irq),
        steal: part(|times| times.steal),
        guest: part(|times| times.guest),
        guest_nice: part(|times| times.guest_nice),
        busy: (100.0 - idle).clamp(0.0, 100.0),
    })
}

fn sample(system: &SystemReading, resource: Resource) -> Sample {
    use Resource as R;
    let cpu = |pick: fn(&CpuShares) -> f64| match &system.cpu {
        Some(shares) => Sample::Value(pick(shares), Some(pick(shares))),
        None if system.last_cpu.is_none() => Sample::Missing,
        None => Sample::Initializing,
    };
    let pages = |rate: Option<Rate>| match rate {
        Some(_) if !system.initialised => Sample::Initializing,
        rate => Sample::number(rate.map(|rate| rate.per_second)),
    };
    match resource {
        R::Cpu if system.last_cpu.is_none() => Sample::Missing,
        // The reference compares the total even in the first check, as 0.
        R::Cpu => {
            let busy = system.cpu.map_or(0.0, |shares| shares.busy);
            Sample::Value(busy, Some(busy))
        }
        R::CpuUser => cpu(|shares| shares.user),
        R::CpuSystem => cpu(|shares| shares.system),
        R::CpuWait => cpu(|shares| shares.wait),
        R::CpuNice => cpu(|shares| shares.nice),
        R::CpuHardIrq => cpu(|shares| shares.hard_irq),
        R::CpuSoftIrq => cpu(|shares| shares.soft_irq),
        R::CpuSteal => cpu(|shares| shares.steal),
        R::CpuGuest => cpu(|shares| shares.guest),
        R::CpuGuestNice => cpu(|shares| shares.guest_nice),
        R::Memory => system.memory.map_or(Sample::Missing, |memory| {
            Sample::Value(memory.used as f64, Some(share(memory.used, memory.total)))
        }),
        R::Swap => system.memory.map_or(Sample::Missing, |memory| {
            Sample::Value(memory.swap_used as f64, Some(share(memory.swap_used, memory.swap_total)))
        }),
        R::PageIn => pages(system.page_in),
        R::PageOut => pages(system.page_out),
        other => Load { averages: system.load, processors: system.processors }.sample(other),
    }
}

/// The load, which a test of a process may ask for too.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    averages: Option<[f64; 3]>,
    /// 0: not known.
    processors: u32,
}

/// The load, if a test of this service asks for it.
pub(super) fn load(context: &mut Context<'_>) -> Option<Load> {
    if !context.is_asked(asks(|of| window(of).is_some())) {
        return None;
    }
    let averages = context.facts.load();
    let averages = context.take("load average", averages, |_| true);
    let processors = context.cycle.processors(context.facts);
    let per_core = asks(|of| window(of).is_some_and(|(_, per_core)| per_core));
    let processors = context.take("number of processors", processors, per_core).unwrap_or(0);
    Some(Load { averages, processors })
}

/// Which of the averages a resource is, and whether it is divided by the processors.
fn window(resource: Resource) -> Option<(usize, bool)> {
    use Resource as R;
    Some(match resource {
        R::Load1 => (0, false),
        R::Load5 => (1, false),
        R::Load15 => (2, false),
        R::Load1PerCore => (0, true),
        R::Load5PerCore => (1, true),
        R::Load15PerCore => (2, true),
        _ => return None,
    })
}

impl Load {
    pub(super) fn is_asked_by(self, resource: Resource) -> bool {
        window(resource).is_some()
    }

    pub(super) fn sample(self, resource: Resource) -> Sample {
        let Some((at, per_core)) = window(resource) else { return Sample::Missing };
        let load = self.averages.as_ref().and_then(|averages| averages.get(at)).copied();
        let share = match (per_core, self.processors) {
            (true, 0) => return Sample::Missing,
            (true, processors) => f64::from(processors),
            (false, _) => 1.0,
        };
        Sample::number(load.map(|load| load / share))
    }
}

//! `if pressure cpu|memory|io …` (pressure stall information, Linux 4.20) and `if oom kills …` of the system.

use super::context::Context;
use super::memory::SystemReading;
use crate::config::{Condition, Stalled, format};
use crate::machine::{Pressure, PressureKind};

/// Where the numbers of a kind stand in [`SystemReading::pressure`].
pub(super) const KINDS: [(Stalled, PressureKind); 3] = [
    (Stalled::Cpu, PressureKind::Cpu),
    (Stalled::Memory, PressureKind::Memory),
    (Stalled::Io, PressureKind::Io),
];

/// Asks for what the tests of the service need and nothing else.
pub(super) fn measure(system: &mut SystemReading, context: &mut Context<'_>) {
    for ((stalled, kind), slot) in KINDS.into_iter().zip(&mut system.pressure) {
        let asks = |c: &Condition| matches!(c, Condition::Pressure { of, .. } if *of == stalled);
        *slot = None;
        if context.is_asked(asks) {
            let pressure = context.facts.pressure(kind);
            *slot = context.take(&format!("{} pressure", stalled.name()), pressure, asks);
        }
    }
    let asks = |c: &Condition| matches!(c, Condition::OomKills(..));
    if context.is_asked(asks) {
        let total = context.facts.oom_kills();
        let total = context.take("oom kills", total, asks);
        // A counter that went back is another machine's: nothing is known between the two.
        system.oom_kills = system.last_oom_kills.zip(total).and_then(|(last, now)| now.checked_sub(last));
        system.last_oom_kills = total;
    }
}

/// The average of a pressure over so many seconds.
fn average(pressure: &Pressure, full: bool, over: u16) -> f64 {
    let [ten, sixty, three_hundred] = if full { pressure.full } else { pressure.some };
    match over {
        300 => three_hundred,
        60 => sixty,
        _ => ten,
    }
}

pub(super) fn verdicts(system: &SystemReading, context: &mut Context<'_>) {
    for (at, test) in context.service.tests.iter().enumerate().rev() {
        match test.condition {
            Condition::Pressure { of, full, over, operator, limit } => {
                let name = format!("{} pressure{}", of.name(), if full { " (full)" } else { "" });
                let known = KINDS.iter().zip(&system.pressure).find(|((kind, _), _)| *kind == of);
                let Some(pressure) = known.and_then(|(_, pressure)| *pressure) else {
                    context.no_data(at, format!("warning -- no data are available for {name} test"));
                    continue;
                };
                let value = average(&pressure, full, over);
                let now = format::percent(value);
                context.limit(at, operator, value, limit, |failed| {
                    if failed {
                        let (sign, limit) = (operator.sign(), format::percent(limit));
                        format!("{name} of {now} over {over} s matches limit [{name} {sign} {limit}]")
                    } else {
                        format!("{name} check succeeded [current {name} = {now}]")
                    }
                });
            }
            Condition::OomKills(operator, limit) => match (system.oom_kills, system.last_oom_kills) {
                (Some(kills), _) => {
                    context.whole_limit(at, operator, kills, i128::from(limit), |failed| {
                        if failed {
                            let sign = operator.sign();
                            format!("oom kills {kills} since the last check match limit [oom kills {sign} {limit}]")
                        } else {
                            format!("oom kills check succeeded [current oom kills = {kills}]")
                        }
                    });
                }
                (None, Some(_)) => context.no_data(at, "oom kills check skipped (initializing)"),
                (None, None) => {
                    context.no_data(at, "warning -- no data are available for oom kills test");
                }
            },
            _ => {}
        }
    }
}

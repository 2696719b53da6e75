//! The limits that tests set to what a graph shows.

use crate::config::{
    Amount, Condition, Direction, Operator, Resource, ResponseTime, Service, Span, Test, TrafficUnit,
};
use crate::history::tracked::probe_of;

/// A limit farther above all that was measured than so many times is said, not drawn: the line would lie on the ground.
pub(super) const FAR: f32 = 3.0;

/// The limits of the `which`th series of a service, in its unit, the lowest first. `memory`: bytes of the machine.
pub(super) fn limits(service: &Service, which: usize, key: &str, memory: u64) -> Vec<f32> {
    let mut limits: Vec<f32> = match probe_of(service, which) {
        Some(probe) => answer(probe).into_iter().collect(),
        None => service.tests.iter().filter_map(|test| limit(&test.condition, key, memory as f64)).collect(),
    };
    limits.retain(|limit| limit.is_finite());
    limits.sort_by(f32::total_cmp);
    limits.dedup();
    limits
}

/// How long an answer may take.
fn answer(test: &Test) -> Option<f32> {
    let time: &ResponseTime = match &test.condition {
        Condition::Connection(connection) => connection.response_time.as_deref()?,
        Condition::Ping(ping) => ping.response_time.as_ref()?,
        _ => return None,
    };
    is_bound(time.operator).then_some(time.limit.as_secs_f32())
}

/// Is what it compares with the end of what is allowed?
fn is_bound(operator: Operator) -> bool {
    use Operator::{Greater, GreaterOrEqual, Less, LessOrEqual};
    matches!(operator, Greater | GreaterOrEqual | Less | LessOrEqual)
}

/// The limit of a test, if it is one of the series of this key.
fn limit(condition: &Condition, key: &str, memory: f64) -> Option<f32> {
    let (operator, limit) = match (key, condition) {
        ("load", Condition::Resource(Resource::Load1, operator, limit))
        | ("cpu", Condition::Resource(Resource::Cpu, operator, limit))
        | ("swap", Condition::Resource(Resource::Swap, operator, limit @ Amount::Percent(_)))
        | ("cpu_total", Condition::Resource(Resource::TotalCpu, operator, limit))
        | ("filedescriptors", Condition::FileDescriptors(operator, limit @ Amount::Number(_)))
        | ("read_bytes", Condition::FsBytes(Direction::Read, operator, limit @ Amount::Number(_)))
        | ("write_bytes", Condition::FsBytes(Direction::Write, operator, limit @ Amount::Number(_))) => {
            (operator, number(*limit))
        }
        ("memory", Condition::Resource(Resource::Memory, operator, limit)) => (
            operator,
            match limit {
                Amount::Percent(share) => *share,
                Amount::Number(bytes) => bytes * 100.0 / memory,
            },
        ),
        ("memory_total", Condition::Resource(Resource::TotalMemory, operator, limit)) => (
            operator,
            match limit {
                Amount::Percent(share) => share * memory / 100.0,
                Amount::Number(bytes) => *bytes,
            },
        ),
        // What is shown is the part that is used.
        ("space_free_total", Condition::Space { free, operator, limit: Amount::Percent(share) })
        | ("inodes_free", Condition::Inode { free, operator, limit: Amount::Percent(share) }) => {
            (operator, if *free { 100.0 - share } else { *share })
        }
        ("download_bytes", Condition::Traffic { direction, operator, limit, unit, span }) => {
            (operator, rate(*direction == Direction::Read, *limit, *unit, *span)?)
        }
        ("upload_bytes", Condition::Traffic { direction, operator, limit, unit, span }) => {
            (operator, rate(*direction == Direction::Write, *limit, *unit, *span)?)
        }
        ("size", Condition::Size(operator, limit)) => (operator, *limit as f64),
        _ => return None,
    };
    is_bound(*operator).then_some(limit as f32)
}

fn number(amount: Amount) -> f64 {
    match amount {
        Amount::Number(number) | Amount::Percent(number) => number,
    }
}

/// Bytes in a second, if that is what is limited.
fn rate(this_way: bool, limit: u64, unit: TrafficUnit, span: Span) -> Option<f64> {
    (this_way && unit == TrafficUnit::Bytes && span == Span::Second).then_some(limit as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Action, Place, Rate, Subject};
    use crate::history::tracked::tracked;

    fn test(condition: Condition) -> Test {
        Test {
            place: Place::default(),
            condition,
            rate: Rate::default(),
            then: Action::Alert,
            recovery_rate: Rate::default(),
            recovery: Action::Alert,
        }
    }

    fn found(subject: Subject, conditions: Vec<Condition>) -> Vec<(String, Vec<f32>)> {
        let mut service = Service::new("s", subject);
        service.tests = conditions.into_iter().map(test).collect();
        let series = tracked(&service);
        let limits = |(which, one): (usize, &crate::history::tracked::Tracked)| {
            (one.key.to_string(), limits(&service, which, &one.key, 1000))
        };
        series.iter().enumerate().map(limits).filter(|(_, limits)| !limits.is_empty()).collect()
    }

    #[test]
    fn limits_stand_in_the_graph_of_what_they_limit() {
        use Operator::{Equal, Greater, Less};
        let all = found(
            Subject::System,
            vec![
                Condition::Resource(Resource::Cpu, Greater, Amount::Percent(90.0)),
                Condition::Resource(Resource::Cpu, Greater, Amount::Percent(80.0)),
                Condition::Resource(Resource::Cpu, Equal, Amount::Percent(70.0)),
                Condition::Resource(Resource::CpuUser, Greater, Amount::Percent(60.0)),
                Condition::Resource(Resource::Memory, Greater, Amount::Number(250.0)),
            ],
        );
        assert_eq!(all, [("cpu".to_owned(), vec![80.0, 90.0]), ("memory".to_owned(), vec![25.0])]);
        let all = found(
            Subject::Filesystem("/".into()),
            vec![
                Condition::Space { free: true, operator: Less, limit: Amount::Percent(10.0) },
                Condition::FsBytes(Direction::Write, Greater, Amount::Number(5.0)),
            ],
        );
        assert_eq!(all, [("space_free_total".to_owned(), vec![90.0]), ("write_bytes".to_owned(), vec![5.0])]);
    }
}

//! The tests of a service: what each says, what came of it last, and what it does when it fails.

use super::frame::foreign;
use super::kinds;
use crate::config::{Action, Condition, Resource, RestartLimit, Span, Test, format};
use crate::document::Entry;
use crate::event::ActionName;
use crate::service::{Cause, MonitorState, RuleRef, Standing, Why};
use crate::service_test::{CpuShares, Reading, Value};
use std::borrow::Cow;
use std::fmt::Write;
use std::time::SystemTime;

/// Tests that are shown at once: those of a service with very many are shown in pieces.
pub(super) const SHOWN: usize = 60;

/// Shows the next ones. `None`: those were the last.
pub(super) fn tests(
    out: &mut String,
    entry: &Entry<'_>,
    why: &Why,
    from: usize,
    now: SystemTime,
) -> Option<usize> {
    let (all, limits) = (&entry.config.tests, &entry.config.restart_limits);
    if all.is_empty() && limits.is_empty() {
        return None;
    }
    if from == 0 {
        out.push_str(
            "<h2>Tests</h2><table class=\"tests\" role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\">",
        );
        for label in ["Test", "Result", "Measured", "Condition", "Then"] {
            let _ = write!(out, "<th scope=\"col\" role=\"columnheader\">{label}</th>");
        }
        out.push_str("</tr></thead><tbody role=\"rowgroup\">");
    }
    let to = (from + SHOWN).min(all.len());
    for (at, test) in all.iter().enumerate().take(to).skip(from) {
        let at = u16::try_from(at).unwrap_or(u16::MAX);
        Row::of_test(entry, why, at, test).show(out, now);
    }
    if to < all.len() {
        return Some(to);
    }
    for (at, limit) in (0u16..).zip(limits) {
        Row::of_limit(entry, why, at, limit).show(out, now);
    }
    out.push_str("</tbody></table>");
    None
}

/// What is known of the last result. Nothing is OK that nobody has looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Good,
    Bad(Standing, u32, u32),
    NoData,
    NotChecked,
    NotMonitored,
}

struct Row<'a> {
    label: &'static str,
    condition: String,
    outcome: Outcome,
    measured: Option<Cow<'a, Value>>,
    then: String,
}

impl<'a> Row<'a> {
    fn of_test(entry: &'a Entry<'_>, why: &Why, at: u16, test: &Test) -> Row<'a> {
        let (label, text) = test.condition.words();
        let about = |reading: &&(Reading, bool)| reading.0.tests.iter().any(|test| *test == at);
        let value = entry.readings.iter().find(about).map(|(reading, _)| &reading.value);
        let measured = value.and_then(|value| compared(&test.condition, value));
        let of_it =
            |rule| [RuleRef::Test(at), RuleRef::Certificate(at), RuleRef::ResponseTime(at)].contains(&rule);
        let known = match test.condition {
            Condition::NotExist | Condition::Exist | Condition::Missed => true,
            _ => entry.present && !matches!(value, Some(Value::Missing)),
        };
        let outcome = match outcome(entry, why, of_it) {
            Outcome::Good if why.untold.contains(&at) || !known => Outcome::NoData,
            outcome => outcome,
        };
        let condition = text + &test.rate.words();
        Row { label, condition, outcome, measured, then: then(&test.then, &test.recovery) }
    }

    fn of_limit(entry: &Entry<'_>, why: &Why, at: u16, limit: &RestartLimit) -> Row<'a> {
        Row {
            label: "Restarts",
            condition: format!("{} within {} cycles", limit.restarts, limit.cycles),
            outcome: outcome(entry, why, |rule| rule == RuleRef::Limit(at)),
            measured: None,
            then: then(&limit.action, &Action::Alert),
        }
    }

    fn show(&self, out: &mut String, now: SystemTime) {
        let _ = write!(out, "<tr role=\"row\"><td role=\"cell\">{}</td><td role=\"cell\">", self.label);
        self.outcome.show(out);
        out.push_str("</td>");
        match self.measured.as_deref() {
            // That it failed is said already, and from where the answer comes stands beside it.
            None | Some(Value::Missing | Value::Response(None, _)) => out.push_str("<td role=\"cell\"></td>"),
            Some(value) => {
                out.push_str("<td role=\"cell\" data-l=\"Measured\">");
                match value {
                    Value::Response(Some(seconds), _) => {
                        out.push_str(&format::milliseconds(seconds * 1000.0))
                    }
                    value => kinds::brief(out, value, now),
                }
                out.push_str("</td>");
            }
        }
        out.push_str("<td role=\"cell\" data-l=\"Condition\">");
        foreign(out, &self.condition);
        let _ = write!(out, "</td><td role=\"cell\" data-l=\"Then\">{}</td></tr>", self.then);
    }
}

/// What is compared, of a reading that says more, or the opposite; `None`: what it says is something else.
fn compared<'a>(condition: &Condition, value: &'a Value) -> Option<Cow<'a, Value>> {
    let number = match (condition, value) {
        (Condition::Space { free: false, .. }, Value::Share { percent: free, .. })
        | (Condition::Inode { free: false, .. }, Value::CountShare(_, free)) => 100.0 - free,
        (Condition::Pressure { over, .. }, Value::Pressure([ten, sixty, long])) => match over {
            10 => *ten,
            60 => *sixty,
            _ => *long,
        },
        (Condition::Traffic { span, .. }, _) if *span != Span::Second => return None,
        (Condition::Resource(what, ..), Value::Load(load)) => return of_load(*what, load),
        (Condition::Resource(what, ..), Value::Cpu(shares)) => of_cpu(*what, shares),
        _ => return Some(Cow::Borrowed(value)),
    };
    Some(Cow::Owned(Value::Percent(number)))
}

fn of_load<'a>(what: Resource, [one, five, fifteen]: &[f64; 3]) -> Option<Cow<'a, Value>> {
    let load = match what {
        Resource::Load1 => one,
        Resource::Load5 => five,
        Resource::Load15 => fifteen,
        _ => return None,
    };
    Some(Cow::Owned(Value::Text(format!("{load:.2}").into())))
}

fn of_cpu(what: Resource, shares: &CpuShares) -> f64 {
    match what {
        Resource::CpuUser => shares.user,
        Resource::CpuSystem => shares.system,
        Resource::CpuWait => shares.wait,
        Resource::CpuNice => shares.nice,
        Resource::CpuHardIrq => shares.hard_irq,
        Resource::CpuSoftIrq => shares.soft_irq,
        Resource::CpuSteal => shares.steal,
        Resource::CpuGuest => shares.guest,
        Resource::CpuGuestNice => shares.guest_nice,
        _ => shares.busy,
    }
}

/// A program is not named: what it is called with may be a secret.
fn then(failed: &Action, recovered: &Action) -> String {
    let word = |action| ActionName::from(action).word();
    match recovered {
        Action::Alert | Action::Ignore => word(failed).to_owned(),
        recovered => format!("{}, else {}", word(failed), word(recovered)),
    }
}

fn outcome(entry: &Entry<'_>, why: &Why, of_it: impl Fn(RuleRef) -> bool) -> Outcome {
    match entry.monitor {
        MonitorState::Not => return Outcome::NotMonitored,
        MonitorState::Init | MonitorState::Waiting => return Outcome::NotChecked,
        MonitorState::Yes => {}
    }
    let causes = || why.causes.iter().filter(|cause| of_it(cause.rule));
    let failed = causes().find(|cause| cause.standing == Standing::Failed);
    failed.or_else(|| causes().next()).map_or(Outcome::Good, |cause: &Cause| {
        Outcome::Bad(cause.standing, cause.bad, cause.rate.cycles.max(1).into())
    })
}

impl Outcome {
    fn show(self, out: &mut String) {
        let (class, words) = match self {
            Outcome::Good => ("up", "✓ OK"),
            Outcome::Bad(Standing::Failed, ..) => ("down", "! Failed"),
            Outcome::Bad(Standing::Changed, ..) => ("initialising", "… Changed"),
            Outcome::Bad(Standing::Suspicious, bad, of) => {
                let _ = write!(out, "<span class=\"state unmonitored\">! Bad in {bad} of {of}</span>");
                return;
            }
            Outcome::NoData => ("unmonitored", "– No data"),
            Outcome::NotChecked => ("initialising", "… Not checked yet"),
            Outcome::NotMonitored => ("unmonitored", "– Not monitored"),
        };
        let _ = write!(out, "<span class=\"state {class}\">{words}</span>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Amount, Config, EventKind, Operator, Place, Rate, Service, Subject};
    use crate::reactor::Now;
    use crate::service::{ServiceIndex, Services};

    fn test(condition: Condition) -> Test {
        let (place, rate) = (Place::default(), Rate { count: 2, cycles: 3 });
        let (then, recovery) = (Action::Restart, Action::Stop);
        Test { place, condition, rate, then, recovery_rate: Rate::default(), recovery }
    }

    fn services(tests: Vec<Test>) -> Services {
        let service = Service { tests, ..Service::new("<s>", Subject::System) };
        let config = Config { services: vec![service], check_order: vec![0], ..Config::default() };
        Services::new(config, None, None, Now::read())
    }

    #[test]
    fn nothing_is_called_ok_that_nobody_has_seen() {
        let services = services(vec![test(Condition::Exist)]);
        let mut entry = Entry::of(services.view(ServiceIndex(0)), true);
        let cause = |standing| Cause {
            rule: RuleRef::ResponseTime(4),
            kind: EventKind::Speed,
            test: 0,
            standing,
            cycles: 1,
            bad: 1,
            rate: Rate { count: 2, cycles: 3 },
            then: ActionName::Alert,
        };
        let mut shown = |monitor, present, at, causes: Vec<Cause>, condition| {
            (entry.monitor, entry.present) = (monitor, present);
            let why = Why { causes, untold: vec![7], ..Why::default() };
            let mut out = String::new();
            Row::of_test(&entry, &why, at, &test(condition)).show(&mut out, SystemTime::UNIX_EPOCH);
            out
        };
        let size = || Condition::Size(Operator::Greater, 5);
        let bad = |standing| vec![cause(Standing::Suspicious), cause(standing)];
        for (row, words) in [
            (shown(MonitorState::Not, true, 0, vec![], size()), "– Not monitored"),
            (shown(MonitorState::Init, true, 0, vec![], size()), "… Not checked yet"),
            (shown(MonitorState::Yes, true, 0, vec![], size()), "up\">✓ OK"),
            (shown(MonitorState::Yes, false, 0, vec![], size()), "– No data"),
            (shown(MonitorState::Yes, false, 0, vec![], Condition::NotExist), "up\">✓ OK"),
            (shown(MonitorState::Yes, true, 7, vec![], size()), "– No data"),
            (shown(MonitorState::Yes, true, 4, bad(Standing::Failed), size()), "down\">! Failed"),
            (shown(MonitorState::Yes, true, 4, bad(Standing::Suspicious), size()), "! Bad in 1 of 3"),
            (shown(MonitorState::Yes, true, 5, bad(Standing::Failed), size()), "up\">✓ OK"),
        ] {
            assert!(row.contains(words), "{words}: {row}");
        }
        let row = shown(MonitorState::Yes, true, 4, bad(Standing::Failed), size());
        for part in [
            "<td role=\"cell\">Size</td>",
            "data-l=\"Condition\">greater than 5 byte(s) for 2 times within 3 cycles</td>",
            "data-l=\"Then\">restart, else stop</td>",
        ] {
            assert!(row.contains(part), "{part}: {row}");
        }
    }

    #[test]
    fn very_many_are_shown_in_pieces() {
        let one = || test(Condition::Resource(Resource::Cpu, Operator::Greater, Amount::Percent(1.0)));
        let services = services((0..2 * SHOWN + 1).map(|_| one()).collect());
        let entry = Entry::of(services.view(ServiceIndex(0)), true);
        let (mut out, mut next, mut pieces) = (String::new(), Some(0), 0);
        while let Some(from) = next {
            next = tests(&mut out, &entry, &Why::default(), from, SystemTime::UNIX_EPOCH);
            pieces += 1;
        }
        assert_eq!(
            (pieces, out.matches("<td role=\"cell\">CPU usage limit</td>").count()),
            (3, 2 * SHOWN + 1)
        );
        assert!(out.starts_with("<h2>Tests</h2><table") && out.ends_with("</tbody></table>"), "{out}");
        assert_eq!(out.matches("<table").count(), 1);
    }

    #[test]
    fn what_is_shown_is_what_is_compared() {
        let (more, limit) = (Operator::Greater, Amount::Percent(1.0));
        let of = |what| Condition::Resource(what, more, limit);
        let space = |free| Condition::Space { free, operator: more, limit };
        let shares = Value::Cpu(Box::new(CpuShares { wait: 3.0, busy: 9.0, ..CpuShares::default() }));
        let free = Value::Share { bytes: 80, percent: 80.0, share_first: false, limit: None };
        let load = Value::Load([1.0, 2.0, 3.0]);
        for (condition, value, shown) in [
            (of(Resource::CpuWait), &shares, Some("3.0%")),
            (of(Resource::Cpu), &shares, Some("9.0%")),
            (space(true), &free, Some("80 B [80.0%]")),
            (space(false), &free, Some("20.0%")),
            (of(Resource::Load5), &load, Some("2.00")),
            (of(Resource::Load5PerCore), &load, None),
        ] {
            let found = compared(&condition, value).map(|value| value.to_string());
            assert_eq!(found.as_deref(), shown, "{condition:?}");
        }
    }
}

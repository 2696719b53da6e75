//! Cron schedules: five fields as sets of values.

use crate::config::{Cron, CronField};
use crate::control::diagnostic::{Fault, ScheduleField, ScheduleTrouble};
use crate::control::parser::Parser;
use crate::control::token::Token;

/// Days of each month, in a leap year.
const DAYS: [u64; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Reads the five fields. `None`: not a schedule. Values are not checked against the clock: `99` is accepted and
/// never matches.
pub(super) fn parse(text: &str) -> Option<Cron> {
    let mut fields = [CronField::default(); 5];
    let mut words = text.split_ascii_whitespace();
    for slot in &mut fields {
        *slot = field(words.next()?)?;
    }
    words.next().is_none().then(|| Cron { text: text.into(), fields })
}

/// The five fields of a statement of our own: one that holds a time that never comes is an error.
pub(super) fn parse_that_comes(parser: &mut Parser, line: &Token) -> Option<Cron> {
    let cron = parse(&line.text());
    match cron.as_ref().map(doubt) {
        None => parser.error(Fault::InvalidCron, &line.span),
        // It comes, less often than it looks.
        Some(Some(trouble @ ScheduleTrouble::Once(..))) => {
            parser.warning(Fault::Schedule(trouble), &line.span)
        }
        Some(Some(trouble)) => parser.error(Fault::Schedule(trouble), &line.span),
        Some(None) => {}
    }
    cron
}

/// What of a schedule never comes: a value that no clock shows, `22-7`, a field without values, 30 February; and a step that is
/// longer than its range.
pub(super) fn doubt(cron: &Cron) -> Option<ScheduleTrouble> {
    for (text, which) in cron.text.split_ascii_whitespace().zip(ScheduleField::ALL) {
        if let Some(trouble) = text.split(',').find_map(|item| doubt_item(item, which)) {
            return Some(trouble);
        }
    }
    for (field, which) in cron.fields.iter().zip(ScheduleField::ALL) {
        let (least, most) = which.range();
        if !field.any && !(least..=most).any(|value| has(*field, value)) {
            return Some(ScheduleTrouble::Empty(which));
        }
    }
    let [_, _, day, month, _] = cron.fields;
    let comes = (1..).zip(DAYS).any(|(number, days)| {
        (month.any || has(month, number)) && (day.any || (1..=days).any(|value| has(day, value)))
    });
    (!comes).then_some(ScheduleTrouble::NoSuchDay)
}

fn doubt_item(item: &str, which: ScheduleField) -> Option<ScheduleTrouble> {
    let (least, most) = which.range();
    let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
    let once = |first, last| {
        let step = number(step?)?;
        (first < last && step > last - first).then_some(ScheduleTrouble::Once(which, first, step))
    };
    if range == "*" {
        return if least == 0 { once(0, most) } else { None };
    }
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let (first, last) = (number(first)?, number(last)?);
    if let Some(value) = [first, last].into_iter().find(|value| !(least..=most).contains(value)) {
        return Some(ScheduleTrouble::Value(which, value));
    }
    match step {
        _ if first <= last => once(first, last),
        None => Some(ScheduleTrouble::Backwards(which, first, last)),
        Some(_) => Some(ScheduleTrouble::SteppedBackwards(which, first, last)),
    }
}

fn has(field: CronField, value: u64) -> bool {
    value < 64 && field.values >> value & 1 == 1
}

fn field(text: &str) -> Option<CronField> {
    let mut field = CronField { values: 0, any: text == "*" };
    for item in text.split(',') {
        field.values |= values(item)?;
    }
    Some(field)
}

/// `*`, `N`, `A-B`, each but `N` with an optional `/STEP`.
fn values(item: &str) -> Option<u64> {
    let (range, step) = match item.split_once('/') {
        // A step of nothing is no step; files have it.
        Some((range, step)) => (range, Some(number(step)?.max(1))),
        None => (item, None),
    };
    let (first, last) = match range.split_once('-') {
        _ if range == "*" => (0, 63),
        Some((first, last)) => (number(first)?, number(last)?),
        None if step.is_none() => (number(range)?, number(range)?),
        None => return None,
    };
    let mut set = 0u64;
    let mut value = first;
    while value <= last.min(63) {
        set |= 1 << value;
        value += step.unwrap_or(1);
    }
    Some(set)
}

/// Digits; large ones all mean the same, a value that never comes.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse::<u64>().unwrap_or(u64::from(u32::MAX)).min(u64::from(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(text: &str) -> Option<u64> {
        parse(&format!("{text} * * * *")).map(|cron| cron.fields[0].values)
    }

    #[test]
    fn fields_become_sets() {
        assert_eq!(minutes("5"), Some(1 << 5));
        assert_eq!(minutes("1-3,7"), Some(0b1000_1110));
        assert_eq!(minutes("0-9/4"), Some(1 | 1 << 4 | 1 << 8));
        assert_eq!(minutes("*").map(|set| set & 0xf), Some(0xf));
        assert_eq!(minutes("*/30").map(|set| set & !(1 << 60)), Some(1 | 1 << 30));
        assert_eq!(minutes("99"), Some(0));
        assert!(parse("* * * * *").unwrap().fields[4].any);
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for wrong in ["", "-", "1-", "5/5", "1-2-3", ",", "1,", "*5", "**"] {
            assert_eq!(minutes(wrong), None, "{wrong}");
        }
        assert!(parse("* * * *").is_none() && parse("* * * * * *").is_none());
    }

    #[test]
    fn what_never_comes_is_found() {
        use {ScheduleField as F, ScheduleTrouble as T};
        let found = |text: &str| doubt(&parse(text).expect(text));
        for (text, trouble) in [
            ("* 22-7 * * *", T::Backwards(F::Hour, 22, 7)),
            ("* 1,22-7/2 * * *", T::SteppedBackwards(F::Hour, 22, 7)),
            ("61 25 32 13 9", T::Value(F::Minute, 61)),
            ("* 24 * * *", T::Value(F::Hour, 24)),
            ("* * 0 * *", T::Value(F::DayOfMonth, 0)),
            ("* * 1-32 * *", T::Value(F::DayOfMonth, 32)),
            ("* * * 0 *", T::Value(F::Month, 0)),
            ("* * * * 1-7", T::Value(F::DayOfWeek, 7)),
            ("* * */40 * *", T::Empty(F::DayOfMonth)),
            ("*/61 * * * *", T::Once(F::Minute, 0, 61)),
            ("*/60 * * * *", T::Once(F::Minute, 0, 60)),
            ("0 */24 * * *", T::Once(F::Hour, 0, 24)),
            ("0 0 * * */7", T::Once(F::DayOfWeek, 0, 7)),
            ("3,10-20/11 * * * *", T::Once(F::Minute, 10, 11)),
            ("* * 30 2 *", T::NoSuchDay),
            ("* * 31 2,4,6,9,11 1-5", T::NoSuchDay),
        ] {
            assert_eq!(found(text), Some(trouble), "{text}");
        }
        for text in [
            "* * * * *",
            "*/7 */5 */3 */5 */2",
            "0-59 0-23 1-31 1-12 0-6",
            "* 22-23,0-7 * * *",
            "0 0 29 2 1",
            "* * 30,31 2,3 *",
            "*/59 */23 */31 */12 */6",
            "10-20/10 5-5/9 * * *",
            "*/0 * * * *",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}

//! Cron schedules: five fields as sets of values.

use crate::config::{Cron, CronField};

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
}

//! Silences in the state file: the entry of no service, which a version that knows none passes over.
//!
//! ```text
//! service 255 0 silences
//! last 3
//! silence.3 5230000 1795221839 1795229039 4 0 - p\nweb.*\ndeploy\nadmin
//! maintenance.90ab… 29920160
//! ```
//!
//! The end of a silence stands there twice: by the clock that nobody sets, for this boot, and by the time of day.

use super::calendar::Calendar;
use super::saved::{SavedService, SavedState};
use super::silence::{REASON, Silence, Silences, members};
use crate::config::{Config, Covered, Maintenance};
use crate::reactor::Now;
use crate::sys::clock;
use crate::sys::localtime::unix_secs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A type that no service has.
const KIND: u8 = 255;
const NAME: &str = "silences";

/// The entry; `None`: there was never anything to say.
pub(super) fn save(silences: &Silences, calendar: &Calendar) -> Option<SavedService> {
    if silences.last == 0 && calendar.begun.is_empty() {
        return None;
    }
    let mut values: Vec<(Box<str>, Box<str>)> = vec![("last".into(), silences.last.to_string().into())];
    for silence in &silences.list {
        let (form, on) = match &silence.on {
            Covered::Name(name) => ('n', name),
            Covered::Pattern(pattern) => ('p', pattern),
            Covered::Group(name) => ('g', name),
        };
        let statement = silence.statement.map_or("-".to_owned(), |key| format!("{key:016x}"));
        let mut text = format!(
            "{} {} {} {} {} {statement} {form}\n{on}\n{}",
            clock::since_boot(silence.ends).as_millis(),
            unix_secs(silence.begun),
            unix_secs(silence.until),
            silence.held,
            u8::from(silence.hold_actions),
            silence.reason,
        );
        if !silence.by.is_empty() {
            text.extend(["\n", &silence.by]);
        }
        values.push((format!("silence.{}", silence.id).into(), text.into()));
    }
    for (key, minute) in &calendar.begun {
        values.push((format!("maintenance.{key:016x}").into(), minute.to_string().into()));
    }
    Some(SavedService { name: NAME.into(), kind: KIND, monitored: false, values })
}

/// What an earlier run has saved. What is damaged in it is left out.
pub(super) fn load(saved: &SavedState, config: &Config, same_boot: bool, now: Now) -> (Silences, Calendar) {
    let (mut silences, mut calendar) = (Silences::default(), Calendar::default());
    let Some(entry) = saved.services.iter().find(|entry| entry.kind == KIND) else {
        return (silences, calendar);
    };
    for (name, value) in &entry.values {
        if &**name == "last" {
            silences.last = value.parse().unwrap_or_default();
        } else if let Some(id) = name.strip_prefix("silence.").and_then(|id| id.parse().ok()) {
            silences.list.extend(read(id, value, config, same_boot, now));
        } else if let Some(key) = name.strip_prefix("maintenance.") {
            let read = u64::from_str_radix(key, 16).ok().zip(value.parse().ok());
            calendar.begun.extend(read);
        }
    }
    silences.list.truncate(2 * Maintenance::MOST);
    let newest = silences.list.iter().map(|silence| silence.id).max();
    silences.last = silences.last.max(newest.unwrap_or_default());
    (silences, calendar)
}

fn read(id: u32, text: &str, config: &Config, same_boot: bool, now: Now) -> Option<Silence> {
    let mut lines = text.splitn(3, '\n');
    let (numbers, on, reason) = (lines.next()?, lines.next()?, lines.next()?);
    let mut words = numbers.split(' ');
    let ends = Duration::from_millis(words.next()?.parse().ok()?);
    let (begun, until) = (time(words.next()?)?, time(words.next()?)?);
    let held = words.next()?.parse().ok()?;
    let hold_actions = words.next()? == "1";
    let statement = u64::from_str_radix(words.next()?, 16).ok();
    let on = match words.next()? {
        "n" => Covered::Name(on.into()),
        "p" => Covered::Pattern(on.into()),
        "g" => Covered::Group(on.into()),
        _ => return None,
    };
    let longest = Duration::from_secs(Maintenance::LONGEST.into());
    let left = match clock::at(ends).filter(|_| same_boot) {
        Some(ends) => ends.saturating_duration_since(now.mono),
        // A clock that is wrong by years after the start of the machine makes none of it longer.
        None => {
            let whole = until.duration_since(begun).unwrap_or_default();
            until.duration_since(now.wall).unwrap_or_default().min(whole)
        }
    };
    let members = members(&on, config, |_| None);
    let (reason, by) = reason.split_once('\n').unwrap_or((reason, ""));
    Some(Silence {
        id,
        on,
        reason: reason.chars().take(REASON).collect::<String>().into(),
        by: by.into(),
        hold_actions,
        begun,
        until,
        held,
        statement,
        ends: now.mono + left.min(longest),
        members,
    })
}

fn time(text: &str) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(text.parse().ok()?))
}

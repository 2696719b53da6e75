//! `why`: in which state a service is, since when, by which rule, what it waits for, what happens next. The same sentences
//! for the command line, the page and JSON.

use super::entry::Entry;
use super::json::{field, list};
use super::moment::moment;
use super::text::{Class, class};
use super::{Piece, Source, silence};
use crate::config::{Config, Place, Service, format};
use crate::event::{State, words};
use crate::history::Record;
use crate::service::{Ahead, BaseState, Cause, MonitorState, RuleRef, Standing, Wait, Why};
use crate::service_test::Reading;
use std::fmt::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What one service costs, roughly in microseconds: nearly all of it is the search for when it began.
pub(super) const COST: u32 = 1500;

/// The text of some services, on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reasons {
    services: Box<[u32]>,
    next: usize,
    /// Only of those that are not fine.
    sick: bool,
    said: bool,
}

impl Reasons {
    /// That of these; with `sick` only of those that are not fine.
    pub fn new(services: Vec<u32>, sick: bool) -> Reasons {
        Reasons { services: services.into(), next: 0, sick, said: false }
    }

    /// Goes on, by one service at least. `true`: it is whole.
    pub fn step(&mut self, source: &dyn Source, piece: &mut Piece<'_>) -> bool {
        while let Some(index) = self.services.get(self.next) {
            self.next += 1;
            let bad = || source.entry(*index, false).is_some_and(|entry| class(&entry) == Class::Down);
            if self.sick && !bad() {
                if piece.spend(1) {
                    return false;
                }
                continue;
            }
            self.said = true;
            for (at, line) in sentences(source, *index).iter().enumerate() {
                piece.out.push_str(if at == 0 { "" } else { "  " });
                piece.out.extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }));
                piece.out.push('\n');
            }
            if piece.spend(COST) {
                return false;
            }
        }
        if !self.said {
            piece.out.push_str("No service is down\n");
        }
        true
    }
}

/// What is known of one service.
struct Known<'a> {
    entry: Entry<'a>,
    config: &'a Config,
    why: Why,
    /// The events with which its causes began.
    began: Vec<Option<Record>>,
}

impl Known<'_> {
    fn of(source: &dyn Source, index: u32) -> Option<Known<'_>> {
        let (entry, config) = (source.entry(index, true)?, source.monitor()?.config);
        let why = source.why(index);
        let began = beginnings(&why.causes, &entry.config.name, source);
        Some(Known { entry, config, why, began })
    }

    fn sentences(&self) -> Vec<String> {
        let Known { entry, config, why, began } = self;
        let mut lines = vec![state(entry)];
        lines.extend(entry.silence.map(silence::sentence));
        lines.extend(
            why.causes.iter().zip(began).map(|(one, began)| cause(one, began.as_ref(), entry, config)),
        );
        lines.extend(why.waits.iter().map(|one| wait(one, config)));
        lines.extend(why.next.iter().map(|one| next(one, entry, config)));
        lines
    }
}

/// The sentences about a service: its state first, then what is behind it.
pub fn sentences(source: &dyn Source, index: u32) -> Vec<String> {
    Known::of(source, index).map(|known| known.sentences()).unwrap_or_default()
}

/// The same in brief, for a list of what is wrong.
pub struct Glance {
    /// When the first of it began, if that is known.
    pub since: Option<SystemTime>,
    /// What was found and what is done about it, a line each.
    pub lines: Vec<String>,
}

/// What is wrong with a service, since when, and what is being done about it.
pub fn glance(source: &dyn Source, index: u32) -> Option<Glance> {
    let Known { entry, config, why, began } = Known::of(source, index)?;
    let found = |(cause, began): (&Cause, &Option<Record>)| {
        let message = began.as_ref().and_then(|record| record.message.lines().next());
        finding(cause, message.filter(|message| !message.is_empty()), &entry.readings)
    };
    let causes = || why.causes.iter().zip(&began);
    let is_early = |(cause, _): &(&Cause, &Option<Record>)| cause.standing == Standing::Suspicious;
    let mut lines: Vec<String> = causes().filter(|one| !is_early(one)).map(found).collect();
    lines.extend(causes().filter(is_early).map(found));
    lines.extend(why.waits.iter().filter(|wait| **wait != Wait::Check).map(|one| wait(one, config)));
    let ahead = why.next.iter().filter(|next| matches!(next, Ahead::Restart(_) | Ahead::Limit(..)));
    lines.extend(ahead.map(|one| next(one, &entry, config)));
    Some(Glance { since: began.iter().flatten().map(|record| record.time).min(), lines })
}

/// What a rule has found and what is done about it, which is nothing yet while it has not failed. `message`: that of the event,
/// if it is still known.
fn finding(cause: &Cause, message: Option<&str>, readings: &[(Reading, bool)]) -> String {
    let words = words::of(cause.kind);
    let then = cause.then;
    let title = match cause.standing {
        Standing::Failed => words.failed,
        Standing::Changed => words.changed,
        Standing::Suspicious => {
            let measured = measured(cause, readings);
            let what = if measured.is_empty() { words.key } else { &measured };
            let (count, of) = (cause.rate.count.max(1), cause.rate.cycles.max(1));
            return format!("{what}, bad in {} of {}, {count} count", cause.bad, cycles(of.into()));
        }
    };
    match (message, measured(cause, readings)) {
        (Some(message), _) => format!("{message} \u{2192} {then}"),
        (None, measured) if measured.is_empty() => format!("{title} \u{2192} {then}"),
        (None, measured) => format!("{title}: {measured} \u{2192} {then}"),
    }
}

/// What was measured for a rule; empty where nothing is shown of it.
fn measured(cause: &Cause, readings: &[(Reading, bool)]) -> String {
    let RuleRef::Test(at) = cause.rule else { return String::new() };
    let about = readings.iter().filter(|(reading, _)| reading.tests.iter().any(|test| *test == at));
    let shown = about.map(|(reading, _)| {
        let value = reading.value.to_string();
        format!("{} {}", reading.label, value.lines().next().unwrap_or_default().trim())
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn state(entry: &Entry<'_>) -> String {
    let name = &entry.config.name;
    let words: Vec<&str> = entry.status.iter().map(|(_, words)| *words).collect();
    let words = words.join(", ");
    match (entry.monitor, class(entry)) {
        (MonitorState::Not, _) => {
            format!("'{name}' is not monitored: nobody looks until 'monit monitor {name}'")
        }
        (_, Class::Down) => format!("'{name}' is not fine: {words}"),
        (_, Class::Up) => format!("'{name}' is fine"),
        (MonitorState::Waiting, _) => format!("'{name}' waits for its schedule and was not checked yet"),
        _ => format!("'{name}' was not checked yet"),
    }
}

/// One rule: what, since when, where it is written, what was found, what is done.
fn cause(cause: &Cause, began: Option<&Record>, entry: &Entry<'_>, config: &Config) -> String {
    let words = words::of(cause.kind);
    let service = entry.config;
    let mut text = match cause.standing {
        Standing::Failed => format!("{} for {}", words.failed, cycles(cause.cycles)),
        Standing::Changed => words.changed.to_owned(),
        Standing::Suspicious => {
            let (count, of) = (cause.rate.count.max(1), cause.rate.cycles.max(1));
            format!("{}: bad in {} of the last {}, {count} count", words.failed, cause.bad, cycles(of.into()))
        }
    };
    if let Some(record) = began {
        text.push_str(&format!(", since {}", moment(record.time)));
    }
    if let RuleRef::Test(at) = cause.rule {
        for (reading, _) in
            entry.readings.iter().filter(|(reading, _)| reading.tests.iter().any(|test| *test == at))
        {
            let value = reading.value.to_string();
            text.push_str(&format!(
                "; {} is {}",
                reading.label,
                value.lines().next().unwrap_or_default().trim()
            ));
        }
    }
    if let Some(record) = began.filter(|record| !record.message.is_empty()) {
        text.push_str(&format!("; then: {}", record.message.lines().next().unwrap_or_default()));
    }
    text.push_str(&match place(cause, service) {
        Some(place) => format!(". The rule at {} says {}", config.cite(place), cause.then),
        None => format!(". No rule is written, so that says {}", cause.then),
    });
    text
}

/// Where its rule is written, if it is.
fn place(cause: &Cause, service: &Service) -> Option<Place> {
    let place = match cause.rule {
        RuleRef::Test(at) | RuleRef::Certificate(at) | RuleRef::ResponseTime(at) => {
            service.tests.get(usize::from(at))?.place
        }
        RuleRef::Limit(at) => service.restart_limits.get(usize::from(at))?.place,
        RuleRef::Unwritten => return None,
    };
    Some(place).filter(|place| place.line > 0)
}

/// The events with which failures began, as far as they are still known.
fn beginnings(causes: &[Cause], name: &str, source: &dyn Source) -> Vec<Option<Record>> {
    let mut found: Vec<Option<Record>> = causes.iter().map(|_| None).collect();
    let mut open = causes.iter().filter(|cause| cause.standing != Standing::Suspicious).count();
    let Some(file) = source.history().and_then(|history| history.events()) else { return found };
    for back in 0..file.count() {
        if open == 0 {
            break;
        }
        let Some(record) = file.back(back) else { continue };
        if !record.service.eq_ignore_ascii_case(name) {
            continue;
        }
        for (cause, place) in causes.iter().zip(&mut found) {
            let began = match cause.standing {
                Standing::Failed => record.state == State::Failed,
                Standing::Changed => record.state == State::Changed,
                Standing::Suspicious => false,
            };
            let same = record.kind == cause.kind && record.test == cause.test;
            if began && same && place.is_none() {
                *place = Some(record.clone());
                open -= 1;
            }
        }
    }
    found
}

/// The same for programs, as a field of the service's object.
pub(super) fn json(out: &mut String, source: &dyn Source, index: u32) {
    let Some(known) = Known::of(source, index) else { return };
    out.push_str("\"why\":{");
    list(out, "words", known.sentences().iter().map(String::as_str));
    let Known { entry, config, why, began } = known;
    out.push_str("\"causes\":[");
    for (at, (cause, began)) in why.causes.iter().zip(&began).enumerate() {
        out.push_str(if at == 0 { "{" } else { ",{" });
        field(out, "event", words::of(cause.kind).key);
        field(
            out,
            "state",
            match cause.standing {
                Standing::Failed => "failed",
                Standing::Suspicious => "suspicious",
                Standing::Changed => "changed",
            },
        );
        match place(cause, entry.config) {
            Some(place) => field(out, "rule", &config.cite(place)),
            None => out.push_str("\"rule\":null,"),
        }
        field(out, "action", cause.then.word());
        let since = began.as_ref().and_then(|record| record.time.duration_since(UNIX_EPOCH).ok());
        let since = since
            .map_or("null".to_owned(), |since| format!("{}.{:06}", since.as_secs(), since.subsec_micros()));
        let (needed, of) = (cause.rate.count.max(1), cause.rate.cycles.max(1));
        let _ = write!(
            out,
            "\"since\":{since},\"cycles\":{},\"bad\":{},\"needed\":{needed},\"of\":{of}}}",
            cause.cycles, cause.bad
        );
    }
    out.push_str("],");
    let bases = why.waits.iter().filter_map(|wait| match wait {
        Wait::Base(index, _) => config.services.get(*index as usize).map(|service| &*service.name),
        _ => None,
    });
    list(out, "waits_for", bases);
    let seconds = |pick: fn(&Ahead) -> Option<Duration>| {
        let pause = why.next.iter().find_map(pick);
        pause.map_or("null".to_owned(), |pause| format!("{:.3}", pause.as_secs_f64()))
    };
    let check = seconds(|next| if let Ahead::Check(pause) = next { Some(*pause) } else { None });
    let restart = seconds(|next| if let Ahead::Restart(pause) = next { Some(*pause) } else { None });
    let _ = write!(out, "\"next_check_seconds\":{check},\"next_restart_seconds\":{restart}}},");
}

fn wait(wait: &Wait, config: &Config) -> String {
    let name = |index: u32| config.services.get(index as usize).map_or("?", |service| &service.name);
    match wait {
        Wait::Base(index, state) => format!("It waits for '{}', which {}", name(*index), base(*state)),
        Wait::Check => "A check of it is under way".to_owned(),
        Wait::Action(action, true) => format!("{} is being carried out", capital(action.word())),
        Wait::Action(action, false) => format!("{} waits for another action to end", capital(action.word())),
        Wait::Program { word, runs, limit, ended_in } => {
            let (runs, limit) = (time(*runs), time(*limit));
            match ended_in {
                None => format!("Its {word} program runs since {runs}; its limit is {limit}"),
                Some(rest) => format!(
                    "Its {word} program runs since {runs}, over its limit of {limit}; it is ended in {}",
                    time(*rest)
                ),
            }
        }
        Wait::Halted => "It was stopped with what it depends on, and is started again with it".to_owned(),
    }
}

fn base(state: BaseState) -> &'static str {
    match state {
        BaseState::NotMonitored => "is not monitored",
        BaseState::NotChecked => "was not checked in this cycle yet",
        BaseState::WorkedOn => "is being started, stopped or restarted",
        BaseState::Waiting => "waits for another service itself",
        BaseState::Stopping => "is still being stopped",
        BaseState::Failed => "is not fine",
    }
}

fn next(next: &Ahead, entry: &Entry<'_>, config: &Config) -> String {
    match next {
        Ahead::Check(pause) if pause.is_zero() => "The next check begins now".to_owned(),
        Ahead::Check(pause) => format!("The next check begins in {}", time(*pause)),
        Ahead::CheckBySchedule => "The next check is more than a week away".to_owned(),
        Ahead::Restart(pause) => format!("It is restarted in {} at the earliest (backoff)", time(*pause)),
        Ahead::Limit(at, starts, passed) => {
            let Some(limit) = entry.config.restart_limits.get(usize::from(*at)) else { return String::new() };
            let then = crate::event::ActionName::from(&limit.action);
            format!(
                "It was started {starts} times within {}; at {} within {} the rule at {} says {then}",
                cycles(*passed),
                limit.restarts,
                cycles(limit.cycles),
                config.cite(limit.place)
            )
        }
    }
}

fn cycles(count: u32) -> String {
    format!("{count} {}", if count == 1 { "cycle" } else { "cycles" })
}

/// Whole seconds, as nobody waits for less.
fn time(time: Duration) -> String {
    format::duration(Duration::from_secs(time.as_secs().max(1)))
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{EventKind, Rate};
    use crate::event::ActionName;
    use crate::service_test::Value;

    fn cause(standing: Standing) -> Cause {
        let rate = Rate { count: 60, cycles: 60 };
        let then = ActionName::Alert;
        Cause {
            rule: RuleRef::Test(2),
            kind: EventKind::Size,
            test: 0,
            standing,
            cycles: 3,
            bad: 3,
            rate,
            then,
        }
    }

    #[test]
    fn only_what_has_failed_is_called_so_and_acted_on() {
        let reading = Reading {
            key: "size",
            label: "size",
            value: Value::Text("478 B".into()),
            tests: std::iter::once(2).collect(),
        };
        let readings = [(reading, false)];
        let shown = |standing| finding(&cause(standing), None, &readings);
        assert_eq!(shown(Standing::Suspicious), "size 478 B, bad in 3 of 60 cycles, 60 count");
        assert_eq!(finding(&cause(Standing::Suspicious), None, &[]), "size, bad in 3 of 60 cycles, 60 count");
        assert_eq!(shown(Standing::Failed), "Size failed: size 478 B \u{2192} alert");
        assert_eq!(shown(Standing::Changed), "Size changed: size 478 B \u{2192} alert");
        assert_eq!(
            finding(&cause(Standing::Failed), Some("size is 478 B"), &readings),
            "size is 478 B \u{2192} alert"
        );
    }
}

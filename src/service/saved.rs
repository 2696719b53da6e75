//! What outlives the monitor: which services are monitored, the incidents known, the values tests compare with.
//!
//! Tests are recognised by what is written in them ([`super::test_key`]), services by name and type.

use super::index::ServiceIndex;
use super::kind::Kind;
use super::lingering::Lingering;
use super::restart_limit::Restarts;
use super::test_key::{self, Sum};
use super::unit::{Extra, Unit, limit_of, type_of};
use super::withheld::{About, Withheld};
use crate::config::{Config, EventKind, RestartLimit, Service, Subject};
use crate::event::{TestState, words};
use std::collections::HashMap;
use std::fmt::Write;
use std::time::Instant;

/// The contents of a state file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SavedState {
    /// The boot in which it was written.
    pub boot_id: Option<Box<str>>,
    /// One for each service.
    pub services: Vec<SavedService>,
}

/// One service in a state file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SavedService {
    /// Its name.
    pub name: Box<str>,
    /// Its type as documents number it.
    pub kind: u8,
    /// Is it monitored?
    pub monitored: bool,
    /// Everything else, by name: states of tests (`test.KEY`, `builtin.KIND`), restarts (`restarts`), and what the
    /// tests remember (`memory.NAME`), the program that runs for it (`program`), what is not told yet (`withheld.KIND.KEY`).
    pub values: Vec<(Box<str>, Box<str>)>,
}

impl SavedState {
    pub(super) fn of(config: &Config, units: &[Unit], boot_id: Option<Box<str>>) -> SavedState {
        let services = config.services.iter().zip(units);
        let services = services.map(|(service, unit)| SavedService::of(service, unit)).collect();
        SavedState { boot_id, services }
    }

    /// The services by what makes them the same.
    pub(super) fn by_name(&self) -> HashMap<Identity, &SavedService> {
        let key = |known: &SavedService| (known.name.to_ascii_lowercase().into(), known.kind);
        self.services.iter().map(|known| (key(known), known)).collect()
    }
}

/// How the state file names what news are about: the key of a test, `limit.RESTARTS.CYCLES`, or zeros.
fn name_of(about: About, keys: &[u64], service: &Service) -> Option<String> {
    Some(match about {
        About::Itself => format!("{:016x}", 0),
        About::Test(at) => format!("{:016x}", keys.get(usize::from(at))?),
        About::Limit(at) => limit_name(service.restart_limits.get(usize::from(at))?),
    })
}

fn about_of(name: &str, keys: &[u64], service: &Service) -> Option<About> {
    if name.starts_with("limit.") {
        let at = service.restart_limits.iter().position(|limit| limit_name(limit) == name)?;
        return Some(About::Limit(at.try_into().ok()?));
    }
    Some(match u64::from_str_radix(name, 16).ok()? {
        0 => About::Itself,
        key => About::Test(keys.iter().position(|known| *known == key)?.try_into().ok()?),
    })
}

fn limit_name(limit: &RestartLimit) -> String {
    format!("limit.{}.{}", limit.restarts, limit.cycles)
}

/// What makes a service the same after a restart or a reload: its name without regard to case, and its type.
pub(super) type Identity = (Box<str>, u8);

pub(super) fn identity(service: &Service) -> Identity {
    (service.name.to_ascii_lowercase().into(), type_of(&service.subject).1)
}

impl SavedService {
    pub(super) fn of(service: &Service, unit: &Unit) -> SavedService {
        // The keys cost more than everything else, and nearly always there is nothing to say of tests.
        let of_test = |extra: &Extra| matches!(extra, Extra::Certificate(_) | Extra::ResponseTime(_));
        let of_tests = unit.tests.iter().any(TestState::matters)
            || unit.extras.iter().any(|(extra, state)| of_test(extra) && state.matters())
            || unit.withheld.is_some();
        let keys = if of_tests { test_key::keys(service) } else { Vec::new() };
        let mut values: Vec<(Box<str>, Box<str>)> = Vec::new();
        let mut add = |name: String, value: String| values.push((name.into(), value.into()));
        for (key, state) in keys.iter().zip(unit.tests.iter()) {
            if state.matters() {
                add(format!("test.{key:016x}"), state.save());
            }
        }
        for (extra, state) in unit.extras.iter().filter(|(_, state)| state.matters()) {
            match extra {
                Extra::Kind(kind) => add(format!("builtin.{}", words::of(*kind).key), state.save()),
                Extra::Certificate(test) => {
                    if let Some(key) = keys.get(usize::from(*test)) {
                        add(format!("certificate.{key:016x}"), state.save());
                    }
                }
                Extra::ResponseTime(test) => {
                    if let Some(key) = keys.get(usize::from(*test)) {
                        add(format!("response.{key:016x}"), state.save());
                    }
                }
                Extra::Limit(at) => {
                    if let Some(limit) = service.restart_limits.get(usize::from(*at)) {
                        add(limit_name(limit), state.save());
                    }
                }
            }
        }
        if let Some(withheld) = &unit.withheld {
            withheld.save(|about| name_of(about, &keys, service), &mut add);
        }
        if let Some(lingering) = unit.lingering.as_ref().and_then(|lingering| lingering.save()) {
            add("program".into(), lingering);
        }
        if unit.last_failure != Kind::default() {
            add("failure".into(), unit.last_failure.word().into());
        }
        if unit.restarts != Restarts::default() {
            let Restarts { starts, cycles, seen } = unit.restarts;
            add("restarts".into(), format!("{starts} {cycles} {seen}"));
        }
        unit.memory.save(&mut |name, value| add(format!("memory.{name}"), value.to_string()));
        SavedService {
            name: service.name.clone(),
            kind: type_of(&service.subject).1,
            monitored: unit.monitoring.is_on(),
            values,
        }
    }

    /// The program that ran for it, the service of this number, if it was noted.
    pub(super) fn program(&self, index: ServiceIndex, now: Instant) -> Option<Lingering> {
        let (_, text) = self.values.iter().find(|(name, _)| &**name == "program")?;
        Lingering::load(text, index, now)
    }

    /// Takes up what is known. `same_boot`: the process remembered may still be the same. What was failed before counts
    /// as told.
    pub(super) fn restore(&self, service: &Service, unit: &mut Unit, same_boot: bool) {
        let keys = test_key::keys(service);
        let test_of = |hex: &str| -> Option<usize> {
            let key = u64::from_str_radix(hex, 16).ok()?;
            keys.iter().position(|known| *known == key)
        };
        let remember = same_boot || !matches!(service.subject, Subject::Process(_));
        for (name, value) in &self.values {
            if let Some(name) = name.strip_prefix("memory.") {
                if remember {
                    unit.memory.load(name, value);
                }
                continue;
            }
            if let Some(name) = name.strip_prefix("withheld.") {
                let mut withheld: Box<Withheld> = unit.withheld.take().unwrap_or_default();
                // A test that is no more has nothing to tell.
                let _ = withheld.load(name, value, |name| about_of(name, &keys, service));
                unit.withheld = (!withheld.is_empty()).then_some(withheld);
                continue;
            }
            if !unit.monitoring.is_on() {
                continue;
            }
            if let Some(at) = name.strip_prefix("test.").and_then(&test_of) {
                let slot = unit.tests.get_mut(at);
                if let (Some(slot), Some(state)) = (slot, TestState::parse(value)) {
                    *slot = state;
                }
            } else if let Some(kind) = name.strip_prefix("builtin.").and_then(kind_of) {
                if let Some(state) = TestState::parse(value) {
                    *unit.extra(Extra::Kind(kind)) = state;
                }
            } else if let Some(test) = name.strip_prefix("certificate.").and_then(&test_of) {
                if let (Ok(test), Some(state)) = (u16::try_from(test), TestState::parse(value)) {
                    *unit.extra(Extra::Certificate(test)) = state;
                }
            } else if let Some(test) = name.strip_prefix("response.").and_then(&test_of) {
                if let (Ok(test), Some(state)) = (u16::try_from(test), TestState::parse(value)) {
                    *unit.extra(Extra::ResponseTime(test)) = state;
                }
            } else if &**name == "failure" {
                unit.last_failure = Kind::of_word(value).unwrap_or_default();
            } else if &**name == "restarts" {
                let mut numbers = value.split(' ').map(str::parse);
                if let (Some(Ok(starts)), Some(Ok(cycles))) = (numbers.next(), numbers.next()) {
                    let seen = numbers.next().and_then(Result::ok).unwrap_or(starts);
                    unit.restarts = Restarts { starts, cycles, seen };
                }
            } else if let Some(limit) = name.strip_prefix("limit.").and_then(|name| limit(service, name)) {
                if let Some(state) = TestState::parse(value) {
                    *unit.extra(Extra::Limit(limit)) = state;
                }
            }
        }
    }
}

/// The restart limit that is saved under this name.
fn limit(service: &Service, name: &str) -> Option<u16> {
    let (restarts, cycles) = name.split_once('.')?;
    limit_of(service, restarts.parse().ok()?, cycles.parse().ok()?)
}

fn kind_of(key: &str) -> Option<EventKind> {
    words::TABLE.iter().find(|words| words.key == key).map(|words| words.kind)
}

/// A sum over what must not be lost: it changes when the state file has to be written. How old an incident is does not
/// count, or a failing test would cost a write in every cycle.
pub(super) fn sum(unit: &Unit) -> u64 {
    let mut sum = Sum::default();
    sum.add(&[u8::from(unit.monitoring.is_on())]);
    for state in unit.tests.iter().chain(unit.extras.iter().map(|(_, state)| state)) {
        sum.add(&[u8::from(state.failed())]);
    }
    sum.add(&unit.restarts.starts.to_le_bytes());
    unit.memory.save(&mut |name, value| {
        // A sum takes everything.
        let _ = write!(sum, "{name}{value}");
    });
    sum.0
}

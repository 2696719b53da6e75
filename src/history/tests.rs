//! The whole room: minutes that pass, clocks that jump, files that are lost.

use super::*;
use crate::config::{EventKind, Subject};
use crate::event::{ActionName, State};
use crate::log::Level;
use crate::service_test::{Measured, Presence, SystemReading};
use crate::sys::Scratch;
use proptest::prelude::*;
use std::time::Duration;

/// 1 January 2026, 00:00.
const BEGIN: u64 = 1_767_225_600;

struct Lab {
    folder: Scratch,
    config: Config,
    said: Words,
    history: History,
    now: u64,
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

pub(super) fn event(service: &str, message: &str) -> Event {
    Event {
        id: 1,
        time: SystemTime::UNIX_EPOCH + Duration::from_micros(1_764_222_000_123_456),
        kind: EventKind::NonExist,
        state: State::Failed,
        service: service.into(),
        service_index: Some(3),
        service_type: 3,
        test: 0,
        action: ActionName::Restart,
        description: message.into(),
        evidence: Box::default(),
        count: 1,
    }
}

// What a reading keeps to itself keeps others from making one in one piece.
#[allow(clippy::field_reassign_with_default)]
pub(super) fn load(load: f64) -> Memory {
    let mut reading = SystemReading::default();
    reading.load = Some([load, 0.0, 0.0]);
    let mut memory = Memory::default();
    (memory.presence, memory.measured) = (Presence::Present, Measured::System(Box::new(reading)));
    memory
}

fn config(files: usize) -> Config {
    let file = |n| Service::new(&format!("f{n}"), Subject::File(Path::new("/f").into()));
    let mut services: Vec<Service> = (0..files).map(file).collect();
    services.push(Service::new("host", Subject::System));
    Config { services, ..Config::default() }
}

impl Lab {
    fn new(files: usize) -> Lab {
        let folder = Scratch::new();
        let history = History::open(&folder.join("state"), at(BEGIN));
        let mut lab = Lab { folder, config: config(files), said: Words::new(), history, now: BEGIN };
        lab.settle();
        lab
    }

    fn tick(&mut self) {
        self.history.on_tick(&self.config, at(self.now));
        self.said.extend(self.history.words());
    }

    fn settle(&mut self) {
        self.tick();
        while self.history.is_busy() {
            self.tick();
        }
    }

    fn open_anew(&mut self) {
        self.history.close();
        self.history = History::open(&self.folder.join("state"), at(self.now));
        self.settle();
    }

    /// A cycle of ten seconds in which the load is measured.
    fn cycle(&mut self, value: f64) {
        self.now += 10;
        self.settle();
        let system = self.config.services.len() - 1;
        let service = &self.config.services[system];
        self.history.measured(u32::try_from(system).unwrap(), service, &load(value));
    }

    fn cycles(&mut self, count: u32, value: f64) {
        (0..count).for_each(|_| self.cycle(value));
    }

    /// The loads of a ring, as seconds before now and value.
    fn loads(&self, ring: Ring) -> Vec<(u64, f32)> {
        let system = u32::try_from(self.config.services.len() - 1).unwrap();
        let to = ring.number(self.now);
        let mut from = to.saturating_sub(ring.rows());
        let mut seen = Vec::new();
        while from < to {
            let mut see = |number, value| seen.push((self.now - u64::from(number) * ring.seconds(), value));
            from = self.history.read(system, 0, (ring, from, to), true, &mut see).unwrap().unwrap();
        }
        seen
    }

    fn complaints(&self) -> Vec<&str> {
        let bad = |(level, _): &&(Level, String)| *level <= Level::Warning;
        self.said.iter().filter(bad).map(|(_, text)| text.as_str()).collect()
    }
}

#[test]
fn an_hour_of_cycles_is_in_all_three_rings() {
    let mut lab = Lab::new(2);
    lab.cycles(2 * 360, 2.0);
    lab.cycles(7, 4.0);
    let hour = lab.loads(Ring::Hour);
    assert_eq!(hour.len(), 120);
    assert!(hour.iter().rev().skip(2).all(|(_, value)| *value == 2.0), "{hour:?}");
    assert_eq!(lab.loads(Ring::Day).len(), 121);
    let month = lab.loads(Ring::Month);
    assert_eq!(month.len(), 2, "{month:?}");
    assert!(month.iter().all(|(_, value)| *value == 2.0));
    assert_eq!(lab.complaints(), [] as [&str; 0]);
}

#[test]
fn a_restart_goes_on_where_it_was_and_an_hour_stays_whole() {
    let mut lab = Lab::new(2);
    lab.cycles(180, 1.0);
    lab.open_anew();
    lab.cycles(180, 3.0);
    // Down over the end of the hour.
    lab.history.close();
    lab.now += 600;
    lab.open_anew();
    let month = lab.loads(Ring::Month);
    assert_eq!(month.len(), 1, "{month:?}");
    assert!((month[0].1 - 2.0).abs() < 0.05, "{month:?}");
    let day = lab.loads(Ring::Day);
    assert!((58..=61).contains(&day.len()), "{day:?}");
}

#[test]
fn more_services_make_the_file_larger_and_nothing_is_lost() {
    let mut lab = Lab::new(2);
    lab.cycles(12, 5.0);
    let before = lab.loads(Ring::Day);
    lab.history.close();
    lab.config = config(300);
    lab.history.renew();
    lab.settle();
    assert_eq!(lab.loads(Ring::Day), before);
    lab.cycles(7, 5.0);
    assert!(lab.loads(Ring::Day).len() > before.len());
    lab.config = config(9000);
    lab.history.renew();
    lab.settle();
    let complaints = lab.complaints().join("\n");
    assert_eq!(complaints, "History: 9004 readings are more than the 4096 whose course is kept, left out");
    lab.history.renew();
    lab.settle();
    assert_eq!(lab.complaints().len(), 1, "that is told once");
}

#[test]
fn files_that_are_removed_are_made_again() {
    let mut lab = Lab::new(2);
    lab.cycles(12, 5.0);
    lab.history.add(&event("web", "a"));
    let seq = lab.history.events().unwrap().back(0).unwrap().seq;
    std::fs::remove_file(lab.folder.join("state.events")).unwrap();
    std::fs::remove_file(lab.folder.join("state.readings")).unwrap();
    lab.history.add(&event("web", "b"));
    let record = lab.history.events().unwrap().back(0).unwrap();
    assert!(record.seq > seq && record.first);
    lab.cycles(18, 6.0);
    assert!(lab.loads(Ring::Day).iter().all(|(_, value)| *value == 6.0));
    assert!(!lab.loads(Ring::Day).is_empty());
    assert_eq!(lab.complaints(), [] as [&str; 0]);
}

#[test]
fn what_cannot_be_kept_is_told_once_and_kept_when_it_can() {
    let folder = Scratch::new();
    let base = folder.join("sub/state");
    let mut history = History::open(&base, at(BEGIN));
    let config = config(1);
    for second in 0..400 {
        history.on_tick(&config, at(BEGIN + second));
        history.measured(1, &config.services[1], &load(1.0));
        history.add(&event("web", "a"));
    }
    let told = history.words();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].1.contains("state.events': No such file"), "{told:?}");
    std::fs::create_dir(folder.join("sub")).unwrap();
    for second in 400..800 {
        history.on_tick(&config, at(BEGIN + second));
        history.measured(1, &config.services[1], &load(1.0));
    }
    history.add(&event("web", "b"));
    assert_eq!(history.events().unwrap().count(), 1);
    let told = history.words();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].1.ends_with("written again"), "{told:?}");
}

#[test]
fn a_file_that_cannot_be_made_larger_goes_on_as_it_is() {
    let mut lab = Lab::new(2);
    lab.cycles(12, 5.0);
    // The file goes on where it is, and a larger one cannot be made beside it.
    let (here, elsewhere) = (lab.folder.join("state.readings"), Scratch::new());
    let blocked = elsewhere.join("gone");
    std::fs::rename(&*lab.folder, &blocked).unwrap();
    lab.config = config(80);
    lab.history.renew();
    lab.settle();
    lab.cycles(12, 6.0);
    let said = lab.said.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("state.readings': No such file") && said[0].contains("made larger"), "{said:?}");
    std::fs::rename(&blocked, here.parent().unwrap()).unwrap();
    lab.cycles(400, 7.0);
    let said = lab.said.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[1].ends_with("has room for all readings"), "{said:?}");
    assert!(lab.loads(Ring::Day).iter().any(|(_, value)| *value == 7.0));
}

#[test]
fn a_file_that_was_only_begun_is_no_damage() {
    let mut lab = Lab::new(2);
    lab.history.close();
    for name in ["state.events", "state.readings"] {
        let path = lab.folder.join(name);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..10]).unwrap();
    }
    lab.history = History::open(&lab.folder.join("state"), at(BEGIN));
    lab.settle();
    assert_eq!(lab.said, [], "no other file, and no damaged one");
}

#[test]
fn a_service_that_comes_to_a_used_column_shows_nothing_of_the_other() {
    let mut lab = Lab::new(60);
    lab.cycles(12, 5.0);
    lab.history.close();
    // 64 columns: 60 files and 4 of the system. Now all have other names.
    for (n, service) in lab.config.services.iter_mut().enumerate() {
        service.name = format!("other{n}").into();
    }
    lab.history.renew();
    lab.settle();
    assert_eq!(lab.loads(Ring::Day), []);
    lab.cycles(12, 6.0);
    assert!(lab.loads(Ring::Day).iter().all(|(_, value)| *value == 6.0));
}

#[test]
fn a_clock_that_was_ahead_when_the_file_was_made_hides_nothing() {
    let mut lab = Lab::new(2);
    lab.cycles(12, 5.0);
    lab.now -= 400 * 86_400;
    lab.cycles(18, 6.0);
    let day = lab.loads(Ring::Day);
    assert!(!day.is_empty() && day.iter().all(|(_, value)| *value == 6.0), "{day:?}");
    lab.open_anew();
    assert!(!lab.loads(Ring::Day).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the clock does, what is read is what was measured, and the file keeps its size.
    #[test]
    fn a_clock_that_jumps_makes_no_wild_rows(jumps in proptest::collection::vec((-4_000_000i64..4_000_000, 1u32..40), 1..12)) {
        let mut lab = Lab::new(1);
        let path = lab.folder.join("state.readings");
        let length = path.metadata().unwrap().len();
        for (jump, cycles) in jumps {
            lab.now = lab.now.saturating_add_signed(jump);
            lab.cycles(cycles, 3.0);
            for ring in Ring::ALL {
                for (age, value) in lab.loads(ring) {
                    prop_assert_eq!(value, 3.0);
                    prop_assert!(age <= u64::from(ring.rows() + 1) * ring.seconds());
                }
            }
        }
        prop_assert_eq!(path.metadata().unwrap().len(), length);
        prop_assert!(lab.complaints().is_empty());
    }
}

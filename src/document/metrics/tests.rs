use super::*;
use crate::config::{Config, Service, Subject};
use crate::document::{Monitor, See};
use crate::reactor::Now;
use crate::service::{ServiceIndex, Services};
use crate::service_test::{Reading, Value};
use std::time::Duration;

/// Two hosts with readings nobody measured.
struct Hosts(Services);

impl Source for Hosts {
    fn count(&self) -> u32 {
        2
    }

    fn uptime(&self) -> Duration {
        Duration::from_secs(7)
    }

    fn entry(&self, index: u32, readings: bool) -> Option<Entry<'_>> {
        let mut entry = Entry::of(self.0.view(ServiceIndex(index)), false);
        let ping = |seconds| Reading {
            key: "ping",
            label: "ping response time",
            value: Value::Response(seconds, "".into()),
            tests: Default::default(),
        };
        if readings {
            entry.readings = vec![(ping(Some(0.5)), false), (ping(Some(0.25)), true)];
        }
        Some(entry)
    }

    fn monitor(&self) -> Option<Monitor<'_>> {
        None
    }
}

fn made(format: Format, budget: u32) -> String {
    let hosts =
        [Service::new("a\"b\\c", Subject::Host("x".into())), Service::new("d", Subject::Host("y".into()))];
    let config = Config { services: hosts.into(), check_order: vec![0, 1], ..Config::default() };
    let source = Hosts(Services::new(config, None, None, Now::read()));
    let (mut out, mut metrics) = (String::new(), Metrics::new(vec![0, 1], format));
    while !metrics.step(&source, &mut Piece { out: &mut out, budget: &mut budget.clone(), room: usize::MAX })
    {
    }
    out
}

#[test]
fn samples_of_a_family_stand_together_and_differ() {
    let text = made(Format::OpenMetrics, 1_000_000);
    assert!(
        text.contains(
            "# HELP monit_host_ping_response_seconds ping response time of a host\n\
         # TYPE monit_host_ping_response_seconds gauge\n\
         # UNIT monit_host_ping_response_seconds seconds\n\
         monit_host_ping_response_seconds{service=\"a\\\"b\\\\c\"} 0.5\n\
         monit_host_ping_response_seconds{service=\"a\\\"b\\\\c\",number=\"2\"} 0.25\n\
         monit_host_ping_response_seconds{service=\"d\"} 0.5\n"
        ),
        "{text}"
    );
    assert!(text.contains("\nmonit_service_up{service=\"d\",type=\"host\"} 0\n"), "{text}");
    assert!(text.starts_with("# HELP monit The monitor\n# TYPE monit info\nmonit_info{"), "{text}");
    assert!(text.ends_with("\n# EOF\n"));
    assert_eq!(made(Format::OpenMetrics, 0), text);
    let old = made(Format::Text, 1_000_000);
    assert!(
        old.contains("# TYPE monit_info gauge\n") && !old.contains("# UNIT") && !old.contains("# EOF"),
        "{old}"
    );
}

#[test]
fn the_numbers_of_a_service_as_such_are_told_to_those_who_read() {
    let text = include_str!("../../../doc/api.md");
    for (name, ..) in STATES {
        assert!(text.contains(&format!("* `{name}")), "doc/api.md does not say what {name} is");
    }
}

/// So many services with the same readings, of which each was asked for so often.
struct Many(Services, u32, std::cell::Cell<u32>);

impl Source for Many {
    fn count(&self) -> u32 {
        self.1
    }

    fn uptime(&self) -> Duration {
        Duration::from_secs(7)
    }

    fn entry(&self, _: u32, _: bool) -> Option<Entry<'_>> {
        Some(Entry::of(self.0.view(ServiceIndex(0)), false))
    }

    fn readings(&self, index: u32, _: Option<&'static str>, see: &mut See<'_>) {
        self.2.set(self.2.get() + 1);
        let reading =
            |key, value| Reading { key, label: key, value: Value::Integer(value), tests: Default::default() };
        // One of them is not known of every service, and another one comes earlier.
        if index.is_multiple_of(2) {
            see(&reading("first", index.into()), false);
        }
        see(&reading("second", 10 + i64::from(index)), false);
        see(&Reading { value: Value::Load([1.0, 2.0, 3.0]), ..reading("load", 0) }, false);
    }

    fn monitor(&self) -> Option<Monitor<'_>> {
        None
    }
}

/// The document of so many services, the most it held, and how often each service was asked.
fn of_many(count: u32, budget: u32) -> (String, usize, u32) {
    let config = Config {
        services: [Service::new("a", Subject::Host("x".into()))].into(),
        check_order: vec![0],
        ..Config::default()
    };
    let source = Many(Services::new(config, None, None, Now::read()), count, 0.into());
    let mut metrics = Metrics::new((0..count).collect(), Format::Text);
    let (mut out, mut held) = (String::new(), 0);
    while !metrics.step(&source, &mut Piece { out: &mut out, budget: &mut budget.clone(), room: usize::MAX })
    {
        held = held.max(metrics.held());
    }
    (out, held, source.2.get() / count)
}

#[test]
fn numbers_are_gathered_where_there_is_room_and_the_same_where_there_is_none() {
    let (few, held, asked) = of_many(3, 1);
    let gathered =
        "monit_host_first{service=\"a\"} 0\nmonit_host_first{service=\"a\"} 2\n# HELP monit_host_second";
    assert!(few.contains(gathered), "{few}");
    assert!(few.ends_with("monit_host_load_15m{service=\"a\"} 3\n".repeat(3).as_str()), "{few}");
    assert_eq!((held, asked), (32 * 3 * 8, 1), "once for the families and their numbers");
    let (_, held, asked) = of_many(1000, 1_000_000);
    assert!(held <= 32 * 1024, "{held}");
    assert_eq!(asked, 2, "four families at once, and the last");
    let (many, held, asked) = of_many(3000, 1);
    assert_eq!((held, asked), (0, 6), "no two families find room: once for each");
    assert!(many.contains("monit_host_second{service=\"a\"} 10\nmonit_host_second{service=\"a\"} 11\n"));
}

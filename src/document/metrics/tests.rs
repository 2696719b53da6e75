use super::*;
use crate::config::{Config, Service, Subject};
use crate::document::Monitor;
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

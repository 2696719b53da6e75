//! Ping and connection tests of a service: pings, then ports, then unix sockets.

use super::tags::{Tags, value};
use crate::config::{Condition, Connection, OptionName, Target, Transport};
use crate::document::Entry;

/// What a test is about.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Ping,
    Port,
    Unix,
}

pub(super) fn write(tags: &mut Tags<'_>, entry: &Entry<'_>) {
    for kind in [Kind::Ping, Kind::Port, Kind::Unix] {
        for (at, test) in (0u16..).zip(&entry.config.tests) {
            let reading = entry.memory.probes.iter().find(|probe| probe.test == at);
            // Failed, or not tested yet.
            let seconds = reading.and_then(|reading| reading.seconds).unwrap_or(-1.0);
            match &test.condition {
                Condition::Ping(_) if kind == Kind::Ping => ping(tags, seconds),
                Condition::Connection(connection) => match &connection.target {
                    Target::Unix(path) if kind == Kind::Unix => tags.within("unix", |tags| {
                        tags.text("path", &path.to_string_lossy());
                        value!(tags, "protocol", connection.protocol.spec.name);
                        response_time(tags, seconds);
                    }),
                    Target::Port(address) if kind == Kind::Port => {
                        port(tags, connection, &address.host, address.port, seconds);
                    }
                    Target::Url(url) if kind == Kind::Port => {
                        port(tags, connection, &url.host, url.port, seconds);
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }
}

fn ping(tags: &mut Tags<'_>, seconds: f64) {
    tags.within("icmp", |tags| {
        value!(tags, "type", "Ping");
        response_time(tags, seconds);
    });
}

fn port(tags: &mut Tags<'_>, connection: &Connection, host: &str, port: u32, seconds: f64) {
    tags.within("port", |tags| {
        tags.text("hostname", host);
        value!(tags, "portnumber", port);
        tags.cdata("request", &request(connection));
        value!(tags, "protocol", connection.protocol.spec.name);
        value!(
            tags,
            "type",
            match connection.transport {
                Transport::Tcp => "TCP",
                Transport::Udp => "UDP",
            },
        );
        response_time(tags, seconds);
    });
}

fn request(connection: &Connection) -> String {
    match &connection.target {
        Target::Url(url) => match &url.query {
            Some(query) => format!("{}?{query}", url.path),
            None => url.path.to_string(),
        },
        _ => connection.protocol.text(OptionName::Request).unwrap_or_default().to_owned(),
    }
}

fn response_time(tags: &mut Tags<'_>, seconds: f64) {
    value!(tags, "responsetime", format_args!("{seconds:.6}"));
}

//! Ping and connection tests of a service: pings, then ports, then unix sockets.

use super::tags::{Fixed, Tags, elements};
use crate::config::{Condition, Connection, OptionName, Target, Transport};
use crate::document::Entry;
use crate::service_test::Answer;
use std::borrow::Cow;

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
            let reading = entry.memory.answers.of(usize::from(at));
            // Failed, or not tested yet.
            let seconds = reading.and_then(Answer::seconds).unwrap_or(-1.0);
            match &test.condition {
                Condition::Ping(_) if kind == Kind::Ping => ping(tags, seconds),
                Condition::Connection(connection) => match &connection.target {
                    Target::Unix(path) if kind == Kind::Unix => tags.within("unix", |tags| {
                        tags.text("path", &path.to_string_lossy());
                        let protocol = connection.protocol.spec.name;
                        elements!(tags; "protocol": protocol, "responsetime": Fixed(seconds, 6),);
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
    elements!(tags; "icmp" { "type": "Ping", "responsetime": Fixed(seconds, 6), });
}

fn port(tags: &mut Tags<'_>, connection: &Connection, host: &str, port: u32, seconds: f64) {
    let transport = match connection.transport {
        Transport::Tcp => "TCP",
        Transport::Udp => "UDP",
    };
    tags.put("<port>");
    tags.text("hostname", host);
    elements!(tags; "portnumber": port,);
    tags.cdata("request", &request(connection));
    elements!(tags;
        "protocol": connection.protocol.spec.name,
        "type": transport,
        "responsetime": Fixed(seconds, 6),
    );
    tags.put("</port>");
}

fn request(connection: &Connection) -> Cow<'_, str> {
    match &connection.target {
        Target::Url(url) => match &url.query {
            Some(query) => format!("{}?{query}", url.path).into(),
            None => (&*url.path).into(),
        },
        _ => connection.protocol.text(OptionName::Request).unwrap_or_default().into(),
    }
}

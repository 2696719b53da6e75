//! Connection, URL, unix socket and ping tests.

use super::{constants, tls};
use crate::config::test_words::operator;
use crate::config::{
    Connection, Family, OptionName, OptionValue, Ping, ResponseTime, Target, Transport, format,
};
use std::fmt::Write;

/// The condition of a connection test, without `if`.
pub fn connection(test: &Connection) -> String {
    let mut text = String::from(if test.succeeded { "succeeded " } else { "failed " });
    let transport = match test.transport {
        Transport::Tcp => "TCP",
        Transport::Udp => "UDP",
    };
    let family = match test.family {
        Family::Any => "IP",
        Family::V4 => "IPv4",
        Family::V6 => "IPv6",
    };
    // Writing to a String cannot fail.
    let _ = match &test.target {
        Target::Port(address) => write!(text, "[{}]:{}{}", address.host, address.port, request(test)),
        Target::Url(url) => {
            let target = constants::target(&url.path, url.query.as_deref());
            write!(text, "[{}]:{}{target}", url.host, url.port)
        }
        Target::Unix(path) => write!(text, "{}", path.display()),
    };
    if let Some(address) = &test.outgoing {
        let _ = write!(text, " via address {address}");
    }
    let _ = match test.target {
        Target::Unix(_) => write!(text, " type {transport}"),
        Target::Port(_) | Target::Url(_) => write!(text, " type {transport}/{family}"),
    };
    let _ =
        write!(text, " protocol {} with timeout {}", test.protocol.spec.name, format::duration(test.timeout));
    if test.retry > 1 {
        let _ = write!(text, " and retry {} times", test.retry);
    }
    ours(test, &mut text);
    response_time(test.response_time.as_deref(), &mut text);
    let implied = matches!(&test.target, Target::Url(url) if url.secure);
    text.push_str(&tls::clause(test.tls.as_deref(), test.certificate.as_deref(), implied));
    text
}

/// Options that Monit does not have.
fn ours(test: &Connection, text: &mut String) {
    for (_, value) in &test.protocol.options {
        let _ = match value {
            OptionValue::Json(test) => {
                let operator = if test.negated { "!=" } else { "=" };
                write!(text, " and json \"{}\" {operator} \"{}\"", test.pointer, test.value)
            }
            OptionValue::Query(query) => match &query.value {
                Some(value) => {
                    write!(text, " and query {} type {} = \"{value}\"", query.name, query.kind.name)
                }
                None => write!(text, " and query {} type {}", query.name, query.kind.name),
            },
            _ => Ok(()),
        };
    }
    if let Some(most) = test.protocol.number(OptionName::Follow) {
        let _ = write!(text, " and follow {most} redirects");
    }
}

/// What is asked for, of the protocols that ask for a path.
fn request(test: &Connection) -> &str {
    test.protocol.text(OptionName::Request).unwrap_or_default()
}

/// The condition of a ping test, without `if`.
pub fn ping(test: &Ping) -> String {
    let mut text = format!(
        "{} count {} size {} with timeout {}",
        if test.succeeded { "succeeded" } else { "failed" },
        test.count,
        test.size,
        format::duration(test.timeout)
    );
    response_time(test.response_time.as_ref(), &mut text);
    if let Some(address) = test.outgoing {
        let _ = write!(text, " via address {address}");
    }
    text
}

fn response_time(limit: Option<&ResponseTime>, text: &mut String) {
    if let Some(limit) = limit {
        let _ =
            write!(text, " and responsetime {} {}", operator(limit.operator), format::duration(limit.limit));
    }
}

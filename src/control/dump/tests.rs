//! The expected lines are those of the reference (6.0.0) for the same statements.

mod services;
mod settings;

use super::*;
use crate::config::{
    Action, Address, Alert, Amount, Certificate, ChecksumKind, Command, Condition, Config, Connection,
    Credentials, Direction, EventKind, EventQueue, EventSet, Every, Exec, Family, Group, Identity, LogRepeat,
    LogTarget, MailFormat, MailServer, Mmonit, Operator, PasswordForm, PatternSource, Ping, Place, ProcessBy,
    Protocol, ProtocolSpec, Rate, Resource, ResponseTime, RestartLimit, Service, Span, StringOperator,
    Subject, Target, Test, TimestampKind, Tls, TlsVersions, TrafficUnit, Transport, UnixListener, Url,
    Webhook, WebhookFormat,
};
use crate::control::outside::Live;
use expect_test::{Expect, expect};
use std::time::Duration;

const PLAIN: ProtocolSpec = ProtocolSpec {
    keyword: "default",
    name: "DEFAULT",
    transport: None,
    tls: false,
    starttls: false,
    options: &[],
    needs_option: false,
};

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn test(condition: Condition) -> Test {
    Test {
        place: Place::default(),
        condition,
        rate: Rate::default(),
        then: Action::Alert,
        recovery_rate: Rate::default(),
        recovery: Action::Alert,
    }
}

fn command(words: &[&str], timeout: Option<Duration>) -> Command {
    Command { argv: words.iter().map(|word| word.into()).collect(), uid: None, gid: None, timeout }
}

fn connection(target: Target) -> Connection {
    Connection {
        succeeded: false,
        target,
        transport: Transport::Tcp,
        family: Family::Any,
        protocol: Protocol { spec: &PLAIN, options: Default::default() },
        steps: Default::default(),
        content: None,
        timeout: seconds(5),
        response_time: None,
        outgoing: None,
        retry: 1,
        tls: None,
        certificate: None,
    }
}

fn url(text: &str, secure: bool, host: &str, port: u32, path: &str, query: Option<&str>) -> Url {
    Url {
        secure,
        username: None,
        password: None,
        host: host.into(),
        port,
        path: path.into(),
        query: query.map(Into::into),
        text: text.into(),
    }
}

/// The block of one service.
fn block(service: &Service, expected: &Expect) {
    let mut out = String::new();
    service::write(&Config::default(), service, &Live, &mut out);
    expected.assert_eq(&out);
}

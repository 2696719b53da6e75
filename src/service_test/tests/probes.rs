use super::super::*;
use super::world::Lab;
use crate::config::{
    Address, Certificate, Condition as C, Connection, Family, Operator, Ping, Protocol, ProtocolSpec,
    ResponseTime, Subject, Target, Transport,
};
use crate::probe::Failure;
use std::time::Duration;

pub(super) fn protocol() -> &'static ProtocolSpec {
    &crate::config::DEFAULT
}

fn port(change: impl FnOnce(&mut Connection)) -> C {
    let mut connection = Connection {
        succeeded: false,
        target: Target::Port(Address { host: "127.0.0.1".into(), port: 80 }),
        transport: Default::default(),
        family: Default::default(),
        protocol: Protocol { spec: protocol(), options: Default::default() },
        steps: Default::default(),
        content: None,
        timeout: Duration::from_secs(5),
        response_time: None,
        outgoing: None,
        retry: 1,
        tls: None,
        certificate: None,
    };
    change(&mut connection);
    C::Connection(std::rc::Rc::new(connection))
}

fn ping() -> C {
    C::Ping(Box::new(Ping {
        succeeded: false,
        family: Default::default(),
        count: 3,
        size: 64,
        timeout: Duration::from_secs(5),
        response_time: None,
        outgoing: None,
    }))
}

fn result(response: Result<u64, Failure>) -> ProbeResult {
    ProbeResult {
        response: response.map(Duration::from_micros).map_err(Box::new),
        certificate_days: None,
        earlier: Default::default(),
        words: None,
    }
}

fn refused() -> Failure {
    Failure::Connect(std::io::Error::from_raw_os_error(libc::ECONNREFUSED))
}

fn host(conditions: Vec<C>) -> Lab {
    Lab::new("h", Subject::Host("127.0.0.1".into()), conditions)
}

#[test]
fn words_of_success_and_failure() {
    let mut lab = host(vec![port(|_| {}), port(|connection| connection.succeeded = true)]);
    lab.probes = vec![(0, result(Err(refused()))), (1, result(Ok(1112)))];
    assert_eq!(
        lab.check(),
        [
            ".succeeded testing protocol [DEFAULT] at [127.0.0.1]:80 [TCP/IP] [response time 1.112 ms]",
            "-connection succeeded to [127.0.0.1]:80 [TCP/IP]",
            "-failed protocol test [DEFAULT] at [127.0.0.1]:80 [TCP/IP] -- Connection refused",
        ]
    );
    let mut lines = Vec::new();
    readings(&lab.service, &lab.memory, Extent::ALL, &mut |line| lines.push(line));
    let text: Vec<String> = lines.iter().map(|line| format!("{} {}", line.label, line.value)).collect();
    assert_eq!(
        text,
        [
            "port response time FAILED to [127.0.0.1]:80 type TCP/IP protocol DEFAULT",
            "port response time 1.112 ms to 127.0.0.1:80 type TCP/IP protocol DEFAULT"
        ]
    );
}

#[test]
fn a_late_answer_is_a_failure() {
    let limit = ResponseTime { operator: Operator::Less, limit: Duration::from_millis(1) };
    let mut lab = host(vec![port(|connection| connection.response_time = Some(Box::new(limit)))]);
    lab.probes = vec![(0, result(Ok(1500)))];
    let late = "response time 1.500 ms doesn't match limit [time < 1 ms]";
    assert_eq!(lab.news(), [format!("-{late}")]);
    lab.probes = vec![(0, result(Ok(500)))];
    assert_eq!(lab.news(), [""; 0]);
    // With a state of its own: that the server answers is one thing, how soon another.
    lab.probes = vec![(0, result(Ok(1500)))];
    let verdicts: Vec<_> =
        lab.report().verdicts.into_iter().map(|v| (v.test, v.outcome, v.message)).collect();
    let connected = "connection succeeded to [127.0.0.1]:80 [TCP/IP]".to_owned();
    assert_eq!(
        verdicts[1..],
        [
            (TestRef::Test(0), Outcome::Succeeded, connected),
            (TestRef::ResponseTime(0), Outcome::Failed, late.to_owned())
        ]
    );
    // Without an answer there is no time.
    lab.probes = vec![(0, result(Err(refused())))];
    assert!(lab.report().verdicts.iter().all(|verdict| verdict.test != TestRef::ResponseTime(0)));
}

#[test]
fn a_host_that_does_not_answer_pings_is_not_tested_further() {
    let mut lab = host(vec![ping(), port(|_| {})]);
    lab.probes = vec![(0, result(Err(Failure::NoReply))), (1, result(Err(refused())))];
    assert_eq!(lab.news(), ["-ping test failed -- no response"]);
    assert_eq!(lab.asked, [Want::Ping(0)]);
    assert_eq!(lab.status("ping response time").as_deref(), Some("-"));
    lab.probes = vec![(0, result(Ok(33))), (1, result(Ok(10)))];
    assert_eq!(lab.news(), [""; 0]);
    assert_eq!(lab.asked, [Want::Ping(0), Want::Connection(1)]);
    assert_eq!(lab.status("ping response time").as_deref(), Some("0.033 ms"));
}

#[test]
fn what_cannot_be_tested_is_not_judged() {
    let mut lab = host(vec![port(|_| {})]);
    let report = lab.report();
    assert_eq!(report.verdicts.len(), 1);
    assert_eq!(report.verdicts[0].outcome, Outcome::NoData);
}

#[test]
fn the_certificate_is_an_event_of_its_own() {
    let mut lab = host(vec![port(|connection| {
        connection.certificate = Some(Box::new(Certificate { valid_days: Some(30), checksum: None }));
    })]);
    let mut answer = result(Ok(10));
    answer.certificate_days = Some(12);
    lab.probes = vec![(0, answer)];
    let report = lab.report();
    let failed: Vec<_> = report.verdicts.iter().filter(|v| v.outcome == Outcome::Failed).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].test, TestRef::Certificate(0));
    assert_eq!(failed[0].message, "certificate expiry in 12 days matches check limit [valid > 30 days]");
}

#[test]
fn messages_and_status_name_the_family_and_the_transport_as_monit_does() {
    let said = |change: fn(&mut Connection)| {
        let C::Connection(test) = port(change) else { panic!("a connection test") };
        let status = super::super::probe_result::target(&test, true);
        let mut lab = host(vec![C::Connection(test)]);
        lab.probes = vec![(0, result(Err(refused())))];
        let news = lab.news().remove(0);
        (news.trim_end_matches(" -- Connection refused").rsplit(" at ").next().unwrap().to_owned(), status)
    };
    let protocol = "protocol DEFAULT";
    for (change, message, status) in [
        ((|_| {}) as fn(&mut Connection), "[127.0.0.1]:80 [TCP/IP]", "127.0.0.1:80 type TCP/IP"),
        (|c| c.family = Family::V6, "[127.0.0.1]:80 [TCP/IPv6]", "127.0.0.1:80 type TCP/IPv6"),
        (
            |c| (c.family, c.transport) = (Family::V4, Transport::Udp),
            "[127.0.0.1]:80 [UDP/IPv4]",
            "127.0.0.1:80 type UDP/IPv4",
        ),
        (
            |c| c.tls = Some(Box::default()),
            "[127.0.0.1]:80 [TCP/IP TLS]",
            "127.0.0.1:80 type TCP/IP using TLS",
        ),
        (|c| c.target = Target::Unix(std::path::Path::new("/s").into()), "/s", "/s type TCP"),
    ] {
        assert_eq!(said(change), (message.to_owned(), format!("{status} {protocol}")));
    }
}

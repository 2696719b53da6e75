use super::*;
use crate::config::Family;
use crate::reactor::Source;

const TOKEN: Token = Token { source: Source::Probe, id: 1, part: 0 };

fn plan(host: &str) -> Plan {
    let test = config::Ping {
        succeeded: false,
        family: Family::Any,
        count: 2,
        size: 100,
        timeout: Duration::from_secs(20),
        response_time: None,
        outgoing: None,
    };
    Plan { host: host.into(), test }
}

/// Turns the loop until it is over.
fn run(plan: Plan) -> Result<Success, Failure> {
    let mut resolver = Resolver::new(Source::Probe, 9);
    let mut ping = Ping::start(plan, TOKEN, Instant::now(), &mut resolver);
    let mut set = PollSet::new();
    while ping.result().is_none() {
        set.clear();
        ping.register(&mut set);
        resolver.register(&mut set);
        set.wake_at(Instant::now() + Duration::from_millis(100));
        set.wait(Instant::now()).unwrap();
        for (token, _) in set.ready() {
            match token.part {
                9 => resolver.on_ready(token, Instant::now()),
                _ => ping.on_ready(Instant::now()),
            }
        }
        resolver.on_tick(Instant::now());
        ping.on_tick(Instant::now(), &mut resolver);
    }
    ping.into_result().unwrap()
}

/// Whoever may not ping says so; the tests that need it end there, visibly.
fn may_ping(ipv6: bool) -> bool {
    match socket(ipv6) {
        Ok(_) => true,
        Err(reason) => {
            crate::sys::skip("ping", format_args!("no echo requests here: {reason}"));
            false
        }
    }
}

#[test]
fn the_loopback_address_answers() {
    if may_ping(false) {
        assert!(run(plan("127.0.0.1")).unwrap().response_time < Duration::from_secs(20));
    }
}

#[test]
fn so_does_its_name_from_an_address_of_ours() {
    if crate::sys::ran_alone() {
        return;
    }
    if may_ping(false) {
        let mut plan = plan("localhost");
        plan.test.family = Family::V4;
        plan.test.outgoing = Some([127, 0, 0, 2].into());
        run(plan).unwrap();
    }
}

#[test]
fn an_address_that_nobody_has_says_why() {
    if may_ping(false) {
        // A broadcast address must be asked for (SO_BROADCAST): a refusal that needs no network.
        let failure = run(plan("255.255.255.255")).unwrap_err();
        assert!(matches!(failure, Failure::Connect(_)), "{failure:?}");
    }
}

#[test]
fn a_source_of_the_other_family_is_an_error_not_a_hang() {
    if may_ping(false) {
        let mut plan = plan("127.0.0.1");
        plan.test.outgoing = Some(std::net::Ipv6Addr::LOCALHOST.into());
        assert!(matches!(run(plan).unwrap_err(), Failure::Connect(_)));
    }
}

#[test]
fn each_request_has_its_time_and_then_nobody_answered() {
    if !may_ping(false) {
        return;
    }
    let start = Instant::now();
    let mut resolver = Resolver::new(Source::Probe, 9);
    // What comes is never read: a host that keeps silent.
    let mut ping = Ping::start(plan("127.0.0.1"), TOKEN, start, &mut resolver);
    let second = Duration::from_secs(1);
    for (after, tried) in [(1, 1), (19, 1), (20, 2), (39, 2)] {
        ping.on_tick(start + second * after, &mut resolver);
        assert_eq!((ping.tried, ping.result().is_none()), (tried, true), "{after}");
    }
    ping.on_tick(start + second * 40, &mut resolver);
    assert!(matches!(ping.into_result(), Some(Err(Failure::NoReply))));
}

#[test]
fn a_late_reply_to_the_request_before_does_not_count() {
    if !may_ping(false) {
        return;
    }
    let start = Instant::now();
    let mut resolver = Resolver::new(Source::Probe, 9);
    let mut ping = Ping::start(plan("127.0.0.1"), TOKEN, start, &mut resolver);
    // The answer to the first is there and unread, the second goes nowhere.
    ping.request.sequence += 1;
    ping.on_ready(start);
    assert!(ping.result().is_none());
}

#[test]
fn an_error_makes_room_for_the_next_request_after_a_pause() {
    if !may_ping(false) {
        return;
    }
    let start = Instant::now();
    let mut resolver = Resolver::new(Source::Probe, 9);
    let mut ping = Ping::start(plan("127.0.0.1"), TOKEN, start, &mut resolver);
    ping.failed(io::Error::from_raw_os_error(libc::EHOSTUNREACH));
    ping.on_tick(start + PAUSE / 2, &mut resolver);
    assert_eq!(ping.tried, 1);
    ping.on_tick(start + PAUSE, &mut resolver);
    assert_eq!(ping.tried, 2);
    ping.failed(io::Error::from_raw_os_error(libc::EHOSTUNREACH));
    ping.on_tick(start + PAUSE, &mut resolver);
    assert!(matches!(ping.into_result(), Some(Err(Failure::Connect(_)))));
}

use super::*;

impl Resolver {
    /// One that has just been told the addresses of a name: for tests with servers in threads, beside which none forks.
    pub(in crate::probe) fn knowing(host: &str, addresses: &[SocketAddr]) -> Resolver {
        let (at, until) = (Instant::now(), Instant::now());
        let state = State::Done { result: Ok(addresses.into()), at };
        let lookups = vec![Lookup { id: 0, host: host.into(), until, state }];
        Resolver { lookups, next: 1, ..Resolver::new(Source::Resolver, 0) }
    }
}

fn resolver() -> Resolver {
    Resolver::new(Source::Resolver, 0)
}

fn wait(resolver: &mut Resolver, host: &str, family: Family, limit: Duration) -> Answer {
    let deadline = Instant::now() + limit;
    let mut set = PollSet::new();
    loop {
        let now = Instant::now();
        match resolver.ask(host, family, now, deadline).unwrap() {
            Answer::Wait => {}
            answer => return answer,
        }
        set.clear();
        resolver.register(&mut set);
        set.wait(now).unwrap();
        let ready: Vec<Token> = set.ready().map(|(token, _)| token).collect();
        for token in ready {
            resolver.on_ready(token, Instant::now());
        }
        resolver.on_tick(Instant::now());
    }
}

#[test]
fn numbers_need_no_helper() {
    let mut resolver = resolver();
    let now = Instant::now();
    for (host, family, fits) in [
        ("192.0.2.7", Family::Any, true),
        ("192.0.2.7", Family::V6, false),
        ("2001:db8::1", Family::V6, true),
        ("2001:db8::1", Family::V4, false),
    ] {
        let answer = resolver.ask(host, family, now, now).unwrap();
        assert_eq!(matches!(answer, Answer::Addresses(_)), fits, "{host} {answer:?}");
    }
    assert!(matches!(resolver.ask("", Family::Any, now, now).unwrap(), Answer::None(_)));
    assert!(resolver.is_idle());
}

#[test]
fn the_hosts_file_is_asked_once_for_everybody() {
    if crate::sys::ran_alone() {
        return;
    }
    let mut resolver = resolver();
    let now = Instant::now();
    for _ in 0..20 {
        let answer = resolver.ask("localhost", Family::Any, now, now + Duration::from_secs(20)).unwrap();
        assert!(matches!(answer, Answer::Wait));
    }
    assert_eq!(resolver.lookups.len(), 1);
    let Answer::Addresses(addresses) = wait(&mut resolver, "localhost", Family::V4, Duration::from_secs(20))
    else {
        panic!("localhost has no address");
    };
    assert_eq!(&*addresses, &["127.0.0.1:0".parse().unwrap()]);
    assert_eq!(resolver.lookups.len(), 1);
}

#[test]
fn answers_get_stale() {
    if crate::sys::ran_alone() {
        return;
    }
    let mut resolver = resolver();
    let start = Instant::now();
    let answer = wait(&mut resolver, "name.invalid", Family::Any, Duration::from_secs(20));
    assert!(matches!(answer, Answer::None(_)), "{answer:?}");
    resolver.on_tick(start + Duration::from_secs(40));
    assert!(resolver.lookups.is_empty(), "answers pile up");
}

#[test]
fn a_lookup_that_hangs_is_ended_at_its_deadline() {
    if crate::sys::ran_alone() {
        return;
    }
    let mut resolver = resolver();
    let now = Instant::now();
    let helper = run_in_child(|_| std::thread::sleep(Duration::from_secs(600))).unwrap();
    let deadline = now + Duration::from_secs(3);
    resolver.lookups.push(Lookup {
        id: 0,
        host: "hangs.example".into(),
        until: deadline,
        state: State::Running { helper, output: Vec::new(), deadline },
    });
    let ask =
        |resolver: &mut Resolver, now| resolver.ask("HANGS.example", Family::Any, now, deadline).unwrap();
    resolver.on_tick(now + Duration::from_secs(2));
    assert!(matches!(ask(&mut resolver, now), Answer::Wait));
    resolver.on_tick(deadline);
    assert!(matches!(ask(&mut resolver, deadline), Answer::None(NoAddress::TimedOut)));
    assert!(resolver.is_idle());
}

#[test]
fn only_a_few_helpers_at_once() {
    if crate::sys::ran_alone() {
        return;
    }
    let mut resolver = resolver();
    let now = Instant::now();
    for n in 0..300 {
        let host = format!("n{n}.invalid");
        resolver.ask(&host, Family::Any, now, now + Duration::from_secs(20)).unwrap();
    }
    let running = resolver.lookups.iter().filter(|l| matches!(l.state, State::Running { .. })).count();
    assert_eq!(running, AT_ONCE);
    assert_eq!(resolver.lookups.len(), NAMES);
}

#[test]
fn what_a_helper_says_is_not_trusted() {
    assert_eq!(
        &*parse(b"127.0.0.1\n::1%0\nfe80::1%3\n127.0.0.1\nrubbish\n").unwrap(),
        &[
            "127.0.0.1:0".parse::<SocketAddr>().unwrap(),
            "[::1]:0".parse().unwrap(),
            "[fe80::1%3]:0".parse().unwrap(),
        ]
    );
    let said = NoAddress::Said("Name or service not known".into());
    assert_eq!(parse(b"!Name or service not known\n"), Err(said));
    assert_eq!(parse(b""), Err(NoAddress::Unknown));
    assert_eq!(parse(b"\xff\xff\n"), Err(NoAddress::Unknown));
}

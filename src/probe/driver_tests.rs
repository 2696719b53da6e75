use super::*;
use crate::probe::connect::{Attempt, Contact};
use crate::probe::stream::Stream;
use crate::probe::{During, Failure};
use crate::protocol::{self, Next};
use crate::reactor::Source;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread::JoinHandle;

pub const LIMIT: Duration = Duration::from_secs(20);

/// Sends a line when greeted, and is content when it gets it back.
#[derive(Debug, Default)]
pub struct Echo {
    pub heard: Vec<u8>,
    pub starttls: bool,
    pub text: Vec<u8>,
}

impl Protocol for Echo {
    fn start(&mut self) -> Next {
        Next::Read
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        self.heard.extend_from_slice(bytes);
        if eof {
            return Next::Fail(protocol::Failure::Closed);
        }
        if bytes.is_empty() || !self.heard.ends_with(b"\n") {
            return Next::Read;
        }
        let heard = std::mem::take(&mut self.heard);
        match heard.as_slice() {
            b"hello\n" if self.starttls => Next::StartTls,
            b"hello\n" => Next::Send(self.text.clone()),
            echo if echo == self.text => Next::Finish(b"bye\n".to_vec()),
            other => Next::Fail(protocol::Failure::Answer("odd", protocol::excerpt(other, 80))),
        }
    }

    fn secured(&mut self) -> Next {
        Next::Send(self.text.clone())
    }
}

pub fn echo() -> Echo {
    Echo { text: b"ping\n".to_vec(), ..Echo::default() }
}

pub fn target(host: &str, port: u16) -> Target {
    Target {
        endpoint: Endpoint::Tcp { host: host.into(), port },
        family: Family::Any,
        source: None,
        tls: None,
        starttls: false,
        patience: Patience::Whole(LIMIT),
        onward: None,
    }
}

pub const TOKEN: Token = Token { source: Source::Probe, id: 7, part: 0 };

/// Runs the loop until the probe is over. `localhost` is known, every other name is looked up.
pub fn run<P: Protocol>(target: Target, protocol: P) -> (P, Result<Success, Failure>) {
    let mut resolver = Resolver::knowing("localhost", &[SocketAddr::from((Ipv4Addr::LOCALHOST, 0))]);
    run_with(&mut resolver, target, protocol)
}

fn run_with<P: Protocol>(
    resolver: &mut Resolver,
    target: Target,
    protocol: P,
) -> (P, Result<Success, Failure>) {
    let mut probe = Probe::start(target, protocol, TOKEN, Instant::now(), resolver);
    let mut set = PollSet::new();
    while probe.result().is_none() {
        set.clear();
        probe.register(&mut set);
        resolver.register(&mut set);
        set.wait(Instant::now()).unwrap();
        let now = Instant::now();
        let ready: Vec<_> = set.ready().collect();
        for (token, readiness) in ready {
            if token == TOKEN {
                probe.on_ready(readiness, now);
            } else {
                resolver.on_ready(token, now);
            }
        }
        resolver.on_tick(now);
        probe.on_tick(now, resolver);
    }
    let (protocol, result) = probe.into_result();
    (protocol, result.unwrap())
}

fn server(serve: impl FnOnce(TcpStream) + Send + 'static) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    (port, std::thread::spawn(move || serve(listener.accept().unwrap().0)))
}

fn echo_server(mut stream: TcpStream) {
    stream.write_all(b"hello\n").unwrap();
    let mut line = Vec::new();
    let mut byte = [0u8; 1];
    while stream.read(&mut byte).unwrap() == 1 {
        line.push(byte[0]);
        if byte[0] == b'\n' {
            stream.write_all(&line).unwrap();
            break;
        }
    }
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "bye\n");
}

#[test]
fn a_conversation_by_name_and_by_number() {
    if crate::sys::ran_alone() {
        return;
    }
    let v4 = |host, port| Target { family: Family::V4, ..target(host, port) };
    for host in ["127.0.0.1", "localhost"] {
        let mut resolver = Resolver::new(Source::Resolver, 0);
        // The name is looked up while there is no thread of a server; nobody listens on the port yet.
        let unused = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        run_with(&mut resolver, v4(host, unused), echo()).1.unwrap_err();
        let (port, server) = server(echo_server);
        let (_, result) = run_with(&mut resolver, v4(host, port), echo());
        assert!(result.unwrap().response_time < LIMIT);
        server.join().unwrap();
    }
}

#[test]
fn large_sends_go_out_in_pieces() {
    let mut text = vec![b'x'; 5_000_000];
    text.push(b'\n');
    let (port, server) = server(echo_server_buffered);
    let (_, result) = run(target("127.0.0.1", port), Echo { text, ..Echo::default() });
    result.unwrap();
    server.join().unwrap();
}

fn echo_server_buffered(mut stream: TcpStream) {
    stream.write_all(b"hello\n").unwrap();
    let mut reader = std::io::BufReader::new(stream.try_clone().unwrap());
    let mut line = Vec::new();
    std::io::BufRead::read_until(&mut reader, b'\n', &mut line).unwrap();
    stream.write_all(&line).unwrap();
}

#[test]
fn a_name_without_an_address_is_a_failure_of_its_own() {
    if crate::sys::ran_alone() {
        return;
    }
    let (_, result) = run(target("name.invalid", 25), echo());
    assert!(matches!(result, Err(Failure::Resolve(_))));
}

#[test]
fn refused_and_closed_connections_say_so() {
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let (_, result) = run(target("127.0.0.1", closed), echo());
    assert_eq!(result.unwrap_err().to_string(), "Connection refused");
    let (port, server) = server(drop);
    let (_, result) = run(target("127.0.0.1", port), echo());
    assert_eq!(result.unwrap_err().to_string(), "connection closed by the server");
    server.join().unwrap();
    let missing = Target {
        endpoint: Endpoint::Unix { path: std::path::Path::new("/nonexistent/s").into(), datagrams: false },
        ..target("", 0)
    };
    let (_, result) = run(missing, echo());
    assert_eq!(result.unwrap_err().to_string(), "No such file or directory");
}

#[test]
fn the_second_address_is_tried() {
    // Only 127.0.0.1 has a listener there.
    let (port, server) = server(|mut stream| {
        let mut all = String::new();
        stream.read_to_string(&mut all).unwrap();
        assert_eq!(all, "x");
    });
    let addresses: std::rc::Rc<[SocketAddr]> =
        ["[::1]:0".parse().unwrap(), "127.0.0.2:0".parse().unwrap(), "127.0.0.1:0".parse().unwrap()].into();
    let now = Instant::now();
    let mut attempt = Attempt::new(addresses, port, None, now, now + LIMIT);
    let socket = loop {
        match attempt.poll(true, Instant::now()) {
            Contact::Wait => std::thread::yield_now(),
            Contact::Connected(socket) => break socket,
            Contact::Failed(failure) => panic!("{failure}"),
        }
    };
    let mut stream = Stream::new(socket);
    stream.send(b"x".to_vec());
    assert!(stream.flush().unwrap());
    drop(stream);
    server.join().unwrap();
}

#[test]
fn a_silent_address_gets_only_its_share_of_the_time() {
    // Documentation addresses: nobody answers there, or the host has no route to them.
    let addresses: std::rc::Rc<[SocketAddr]> =
        ["192.0.2.1:0".parse().unwrap(), "192.0.2.2:0".parse().unwrap()].into();
    let now = Instant::now();
    let mut attempt = Attempt::new(addresses, 9, None, now, now + LIMIT);
    if matches!(attempt.poll(false, now), Contact::Wait) {
        assert_eq!(attempt.deadline(), now + LIMIT / 2);
        if let Contact::Failed(failure) = attempt.poll(false, now + LIMIT / 2) {
            panic!("gave up with an address left: {failure}");
        }
    }
    assert!(matches!(attempt.poll(false, now + LIMIT), Contact::Failed(Failure::Connect(_))));
}

#[test]
fn a_byte_now_and_then_does_not_move_the_deadline() {
    let limit = Duration::from_millis(200);
    for patience in [Patience::Whole(limit), Patience::Step(limit)] {
        let (port, server) = server(|mut stream| {
            while stream.write_all(b"2").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let began = Instant::now();
        let (_, result) = run(Target { patience, ..target("127.0.0.1", port) }, echo());
        assert_eq!(result.unwrap_err().to_string(), "Timed out waiting for an answer");
        assert!(began.elapsed() < Duration::from_secs(5));
        server.join().unwrap();
    }
}

#[test]
fn a_flood_does_not_hold_the_loop() {
    #[derive(Debug)]
    struct Swallow;
    impl Protocol for Swallow {
        fn start(&mut self) -> Next {
            Next::Read
        }
        fn input(&mut self, _: &[u8], _: bool) -> Next {
            Next::Read
        }
    }
    let (port, server) = server(|mut stream| {
        let flood = vec![b'x'; 1 << 20];
        while stream.write_all(&flood).is_ok() {}
    });
    let mut resolver = Resolver::new(Source::Resolver, 0);
    let patience = Patience::Whole(Duration::from_secs(2));
    let start = Instant::now();
    let mut probe =
        Probe::start(Target { patience, ..target("127.0.0.1", port) }, Swallow, TOKEN, start, &mut resolver);
    let mut slowest = Duration::ZERO;
    let mut set = PollSet::new();
    for _ in 0..200 {
        set.clear();
        probe.register(&mut set);
        set.wait(Instant::now()).unwrap();
        let before = Instant::now();
        let ready: Vec<_> = set.ready().collect();
        for (_, readiness) in ready {
            probe.on_ready(readiness, before);
        }
        slowest = slowest.max(before.elapsed());
    }
    assert!(slowest < Duration::from_millis(500), "one turn took {slowest:?}");
    probe.on_tick(start + Duration::from_secs(2), &mut resolver);
    assert!(matches!(probe.result(), Some(Err(Failure::Timeout(During::Dialogue)))));
    drop(probe);
    server.join().unwrap();
}

#[test]
fn what_a_server_says_before_it_hangs_up_is_the_reason() {
    #[derive(Debug)]
    struct Talker(usize);
    impl Protocol for Talker {
        fn start(&mut self) -> Next {
            Next::Send(vec![b'x'; 100_000])
        }
        fn input(&mut self, bytes: &[u8], _: bool) -> Next {
            self.0 += 1;
            if bytes.is_empty() {
                Next::Send(vec![b'x'; 100_000])
            } else {
                Next::Fail(protocol::Failure::Answer("said", protocol::excerpt(bytes, 80)))
            }
        }
    }
    let (port, server) = server(|mut stream| stream.write_all(b"421 too many\r\n").unwrap());
    let (_, result) = run(target("127.0.0.1", port), Talker(0));
    server.join().unwrap();
    let text = result.unwrap_err().to_string();
    // The kernel may have thrown the words away when it reset the connection.
    assert!(text == "said -- 421 too many" || text == "Connection reset by peer", "{text}");
}

#[test]
fn datagrams_and_silence() {
    #[derive(Default, Debug)]
    struct Quiet(bool);
    impl Protocol for Quiet {
        fn start(&mut self) -> Next {
            Next::Send(vec![0])
        }
        fn input(&mut self, bytes: &[u8], _: bool) -> Next {
            self.0 |= !bytes.is_empty();
            Next::ReadQuiet(Duration::from_millis(100))
        }
        fn quiet(&mut self) -> Next {
            Next::Done
        }
    }
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = udp.local_addr().unwrap().port();
    let endpoint = Endpoint::Udp { host: "127.0.0.1".into(), port };
    let (_, result) = run(Target { endpoint: endpoint.clone(), ..target("", 0) }, Quiet::default());
    assert!(result.unwrap().response_time >= Duration::from_millis(100));
    drop(udp);
    let (_, result) = run(Target { endpoint, ..target("", 0) }, Quiet::default());
    assert_eq!(result.unwrap_err().to_string(), "Connection refused");
}

#[test]
fn when_time_is_up_what_the_server_said_is_the_reason() {
    #[derive(Default, Debug)]
    struct Waiting(usize);
    impl Protocol for Waiting {
        fn start(&mut self) -> Next {
            Next::Read
        }
        fn input(&mut self, bytes: &[u8], _: bool) -> Next {
            self.0 += bytes.len();
            Next::Read
        }
        fn late(&self) -> Option<protocol::Failure> {
            (self.0 > 0).then_some(protocol::Failure::Code("bytes that mean nothing:", 3))
        }
    }
    for (said, reason) in
        [(&b"abc"[..], "bytes that mean nothing: 3"), (b"", "Timed out waiting for an answer")]
    {
        let (port, server) = server(move |mut stream| {
            stream.write_all(said).unwrap();
            let _ = stream.read(&mut [0]);
        });
        let patience = Patience::Whole(Duration::from_millis(400));
        let (_, result) = run(Target { patience, ..target("127.0.0.1", port) }, Waiting::default());
        assert_eq!(result.unwrap_err().to_string(), reason);
        server.join().unwrap();
    }
}

#[test]
fn a_socket_file_whose_queue_is_full_is_tried_again() {
    let folder = crate::sys::Scratch::new();
    let path = folder.join("s");
    let (listener, _) = crate::sys::socket::listen_unix(&path, 0o600, None, None).unwrap();
    let waiting: Vec<_> = std::iter::from_fn(|| crate::sys::socket::connect_unix(&path).ok()).collect();
    let endpoint = Endpoint::Unix { path: path.as_path().into(), datagrams: false };
    let whole =
        |limit| Target { endpoint: endpoint.clone(), patience: Patience::Whole(limit), ..target("", 0) };
    let (_, result) = run(whole(Duration::from_millis(200)), echo());
    assert!(matches!(result, Err(Failure::Timeout(During::Connect))), "{result:?}");
    // They go, and the server comes to ours.
    drop(waiting);
    let server = std::thread::spawn(move || {
        let mut served = false;
        while !served {
            let Ok((mut stream, _)) = listener.accept() else { continue };
            stream.set_nonblocking(false).unwrap();
            let _ = stream.write_all(b"hello\n");
            let mut line = [0; 5];
            served = stream.read_exact(&mut line).is_ok() && stream.write_all(&line).is_ok();
            // To its end: who is still talking must not find the door shut.
            let _ = stream.read_to_end(&mut Vec::new());
        }
    });
    run(whole(LIMIT), echo()).1.unwrap();
    server.join().unwrap();
}

/// Sends a word and is content with an answer.
#[derive(Debug)]
struct Ask;

impl Protocol for Ask {
    fn start(&mut self) -> Next {
        Next::Send(b"who\n".to_vec())
    }

    fn input(&mut self, bytes: &[u8], _: bool) -> Next {
        if bytes.is_empty() { Next::Read } else { Next::Finish(Vec::new()) }
    }
}

#[test]
fn a_datagram_socket_file_can_answer() {
    let folder = crate::sys::Scratch::new();
    let path = folder.join("s");
    let server = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    let server = std::thread::spawn(move || {
        let mut word = [0; 4];
        let (_, from) = server.recv_from(&mut word).unwrap();
        server.send_to_addr(b"me\n", &from).unwrap();
    });
    let endpoint = Endpoint::Unix { path: path.as_path().into(), datagrams: true };
    run(Target { endpoint, ..target("", 0) }, Ask).1.unwrap();
    server.join().unwrap();
}

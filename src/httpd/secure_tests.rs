//! One client within TLS, its bytes as the test delivers them.

use super::*;
use crate::config::{Tls, TlsVersions};
use crate::httpd::codec::Refusal;
use crate::reactor::{PollSet, Source, Token};
use crate::service::Receipt;
use crate::tls::{Acceptor, Options, Session};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

const READABLE: Readiness = Readiness { readable: true, writable: false, hangup: false, error: false };
const WRITABLE: Readiness = Readiness { readable: false, writable: true, hangup: false, error: false };
const TLS12: TlsVersions =
    TlsVersions { sslv2: false, sslv3: false, tlsv1: false, tlsv11: false, tlsv12: true, tlsv13: false };
const TLS13: TlsVersions = TlsVersions { tlsv12: false, tlsv13: true, ..TLS12 };

fn data(name: &str) -> Box<Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(name).into()
}

/// What the client has written waits here until it is delivered; what it reads was fetched before.
#[derive(Default)]
struct Wire {
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    ended: bool,
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.incoming.is_empty() && !self.ended {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = self.incoming.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.incoming[..count]);
        self.incoming.drain(..count);
        Ok(count)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outgoing.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Pair {
    client: Session,
    wire: Wire,
    line: UnixStream,
    connection: Connection,
    now: Instant,
    answer: Vec<u8>,
    asked: Vec<Result<Request, Refusal>>,
}

impl Pair {
    fn new(options: &Tls, versions: TlsVersions, answer: Vec<u8>) -> Pair {
        let (line, server) = UnixStream::pair().unwrap();
        line.set_nonblocking(true).unwrap();
        server.set_nonblocking(true).unwrap();
        let own = Tls { ca_file: Some(data("ca.pem")), versions: Some(versions), ..Tls::default() };
        let client = Session::new(&Options::new(&own, &Tls::default(), None), Some("localhost")).unwrap();
        let stream = Stream::from(server).secured(Acceptor::new(options).unwrap().accept().unwrap());
        let now = Instant::now();
        let connection = Connection::new(stream, Origin::Unix, 100_000, now);
        Pair { client, wire: Wire::default(), line, connection, now, answer, asked: Vec::new() }
    }

    fn turn(&mut self, readiness: Readiness) -> Life {
        let Pair { connection, now, answer, asked, .. } = self;
        connection.release(Receipt::recorded(Vec::new()));
        connection.on_ready(readiness, *now, &mut |_, request| {
            asked.push(request);
            Reply::Now(Encoded { first: answer.clone(), ..Encoded::default() })
        })
    }

    /// What the loop would do now.
    fn go_on(&mut self) -> Life {
        match self.connection.interest() {
            Interest::WRITE => self.turn(WRITABLE),
            _ => self.turn(READABLE),
        }
    }

    /// One turn of the loop, if the socket calls for one.
    fn go_on_if_ready(&mut self) -> Option<Life> {
        let token = Token { source: Source::Connection, id: 0, part: 0 };
        let mut set = PollSet::new();
        set.add(self.connection.fd(), self.connection.interest(), token);
        set.wake_at(Instant::now());
        set.wait(Instant::now()).unwrap();
        let (_, readiness) = set.ready().next()?;
        Some(self.turn(readiness))
    }

    /// Takes what the server has sent.
    fn fetch(&mut self) {
        let mut buffer = [0; 65536];
        loop {
            match self.line.read(&mut buffer) {
                Ok(0) => {
                    self.wire.ended = true;
                    return;
                }
                Ok(count) => self.wire.incoming.extend_from_slice(&buffer[..count]),
                Err(_) => return,
            }
        }
    }

    /// Brings what the client has written to the server, in pieces of this length; one turn of the loop after each.
    fn deliver(&mut self, length: usize) -> Life {
        let outgoing = std::mem::take(&mut self.wire.outgoing);
        for piece in outgoing.chunks(length) {
            self.line.write_all(piece).unwrap();
            if self.go_on() == Life::Over {
                return Life::Over;
            }
            self.fetch();
        }
        Life::Open
    }

    fn shake_hands(&mut self, length: usize) {
        for _ in 0..10 {
            let done = self.client.handshake(&mut self.wire).unwrap();
            assert_eq!(self.deliver(length), Life::Open);
            if done {
                return;
            }
        }
        panic!("no end of the handshake");
    }

    fn send(&mut self, request: &[u8]) {
        let mut sent = 0;
        while sent < request.len() {
            sent += self.client.write(&mut self.wire, &request[sent..]).unwrap().unwrap();
        }
    }

    /// What has come, and whether the server has ended it properly.
    fn received(&mut self) -> (Vec<u8>, bool) {
        self.fetch();
        let (mut all, mut buffer) = (Vec::new(), [0; 65536]);
        loop {
            match self.client.read(&mut self.wire, &mut buffer).unwrap() {
                Ok(0) => return (all, true),
                Ok(count) => all.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock && self.wire.incoming.is_empty() => {
                    return (all, false);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

fn good() -> Tls {
    Tls { pemfile: Some(data("good.pem")), ..Tls::default() }
}

#[test]
fn a_request_is_answered_wherever_its_bytes_are_split() {
    for versions in [TLS12, TLS13] {
        for length in [1, 2, 3, 5, 64, 517, 100_000] {
            let mut pair = Pair::new(&good(), versions, b"answer".to_vec());
            pair.shake_hands(length);
            pair.send(b"GET / HTTP/1.0\r\n");
            assert_eq!(pair.deliver(length), Life::Open);
            assert!(pair.asked.is_empty());
            pair.send(b"\r\n");
            assert_eq!(pair.deliver(length), Life::Open);
            assert_eq!(pair.asked.len(), 1, "{length}");
            assert_eq!(pair.received(), (b"answer".to_vec(), true), "{length}");
            assert!(pair.connection.is_served());
            assert_eq!(pair.connection.deadline(), pair.now + LINGER);
            pair.line.shutdown(std::net::Shutdown::Write).unwrap();
            assert_eq!(pair.go_on(), Life::Over);
        }
    }
}

#[test]
fn a_request_longer_than_one_turn_reads_does_not_wait_for_more() {
    let mut pair = Pair::new(&good(), TLS13, b"answer".to_vec());
    pair.shake_hands(100_000);
    let head =
        "POST / HTTP/1.0\r\nContent-Length: 60000\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n";
    let request = format!("{head}{}", "x".repeat(60_000));
    pair.send(request.as_bytes());
    pair.line.write_all(&std::mem::take(&mut pair.wire.outgoing)).unwrap();
    while pair.asked.is_empty() {
        assert_eq!(pair.go_on_if_ready(), Some(Life::Open), "it would wait for ever");
    }
    assert_eq!(pair.asked.len(), 1);
    assert!(pair.asked[0].is_ok());
}

#[test]
fn a_long_answer_goes_out_as_fast_as_it_is_taken() {
    let answer: Vec<u8> = (0..3_000_000u32).map(|n| n as u8).collect();
    let mut pair = Pair::new(&good(), TLS13, answer.clone());
    pair.shake_hands(100_000);
    pair.send(b"GET / HTTP/1.0\r\n\r\n");
    pair.line.write_all(&std::mem::take(&mut pair.wire.outgoing)).unwrap();
    assert_eq!(pair.go_on(), Life::Open);
    assert_eq!(pair.connection.interest(), Interest::WRITE, "the socket is full");
    let start = pair.now;
    let (mut all, mut ended) = (Vec::new(), false);
    while !ended {
        pair.now += Duration::from_millis(100);
        let (more, end) = pair.received();
        all.extend(more);
        ended = end;
        assert!(pair.now - start < ANSWER_WITHIN);
        if !pair.connection.is_served() {
            assert_eq!(pair.turn(WRITABLE), Life::Open);
        }
    }
    assert!(all == answer);
    assert!(pair.connection.is_served());
    assert_eq!(pair.connection.held(), 0);
}

#[test]
fn the_end_of_an_answer_is_not_lost_where_the_socket_is_full() {
    let begin = |length: usize| {
        let mut pair = Pair::new(&good(), TLS12, vec![b'x'; length]);
        pair.shake_hands(100_000);
        pair.send(b"GET / HTTP/1.0\r\n\r\n");
        pair.line.write_all(&std::mem::take(&mut pair.wire.outgoing)).unwrap();
        while pair.go_on_if_ready().is_some() {}
        pair
    };
    let mut pair = begin(32 * 1024 * 1024);
    assert!(!pair.connection.is_served(), "no socket takes that much");
    let room = pair.received().0.len();
    let mut full = 0;
    for length in (room.saturating_sub(40_000)..room + 40_000).step_by(4_000) {
        let mut pair = begin(length);
        full += usize::from(!pair.connection.is_served());
        let (mut all, mut ended) = pair.received();
        while !ended {
            assert!(pair.go_on_if_ready().is_some(), "{length}: nothing more comes after {}", all.len());
            let (more, end) = pair.received();
            all.extend(more);
            ended = end;
        }
        assert_eq!(all.len(), length);
    }
    assert!(full > 0, "{room} bytes are not what the socket takes");
}

#[test]
fn a_client_that_takes_nothing_or_says_nothing_has_its_deadline() {
    let mut pair = Pair::new(&good(), TLS13, vec![b'x'; 3_000_000]);
    let (deadline, start) = (pair.connection.deadline(), pair.now);
    assert_eq!(deadline, start + REQUEST_WITHIN);
    pair.now += Duration::from_secs(5);
    pair.shake_hands(7);
    assert_eq!(pair.connection.deadline(), deadline, "the handshake gives no more time");
    pair.send(b"GET / HTTP/1.0\r\n\r\n");
    assert_eq!(pair.deliver(100_000), Life::Open);
    let mut pair = Pair { wire: Wire::default(), ..pair };
    while pair.turn(WRITABLE) == Life::Open && pair.connection.deadline() == pair.now + STALL {
        pair.now += Duration::from_secs(1);
    }
    let deadline = pair.connection.deadline();
    pair.now += Duration::from_secs(3);
    assert_eq!(pair.turn(WRITABLE), Life::Open);
    assert_eq!(pair.connection.deadline(), deadline, "no byte was taken");
}

#[test]
fn whoever_speaks_no_tls_or_may_not_come_in_is_dropped_with_a_reason() {
    let mut pair = Pair::new(&good(), TLS13, b"answer".to_vec());
    pair.wire.outgoing = b"GET / HTTP/1.0\r\n\r\n".to_vec();
    assert_eq!(pair.deliver(100), Life::Over);
    pair.fetch();
    assert!(!pair.wire.incoming.windows(4).any(|bytes| bytes == b"HTTP"), "{:?}", pair.wire.incoming);
    let reason = pair.connection.take_failure().unwrap().to_string();
    assert_eq!(reason, "TLS: handshake failed -- the client does not speak TLS");
    assert!(pair.connection.take_failure().is_none());

    let guarded = Tls { clientpemfile: Some(data("client.pem")), ..good() };
    let mut pair = Pair::new(&guarded, TLS12, b"answer".to_vec());
    let mut life = Life::Open;
    for _ in 0..5 {
        if life == Life::Over || pair.client.handshake(&mut pair.wire).is_err() {
            break;
        }
        life = pair.deliver(100_000);
    }
    assert_eq!(life, Life::Over);
    let reason = pair.connection.take_failure().unwrap().to_string();
    assert_eq!(reason, "TLS: handshake failed -- the client shows no certificate");
    assert!(pair.asked.is_empty());

    // One that just leaves is none to talk of.
    let mut pair = Pair::new(&good(), TLS13, Vec::new());
    pair.line.shutdown(std::net::Shutdown::Both).unwrap();
    assert_eq!(pair.go_on(), Life::Over);
    assert!(pair.connection.take_failure().is_none());
}

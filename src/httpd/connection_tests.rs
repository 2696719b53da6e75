use super::*;
use crate::httpd::codec::Refusal;
use crate::service::Receipt;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

const READABLE: Readiness = Readiness { readable: true, writable: false, hangup: false, error: false };
const WRITABLE: Readiness = Readiness { readable: false, writable: true, hangup: false, error: false };

struct Pair {
    client: UnixStream,
    connection: Connection,
    now: Instant,
    answer: Vec<u8>,
    asked: Vec<Result<Request, Refusal>>,
}

impl Pair {
    fn new(answer: Vec<u8>) -> Pair {
        let (client, server) = UnixStream::pair().unwrap();
        client.set_nonblocking(true).unwrap();
        server.set_nonblocking(true).unwrap();
        let now = Instant::now();
        let connection = Connection::new(server.into(), Origin::Unix, 1000, now);
        Pair { client, connection, now, answer, asked: Vec::new() }
    }

    fn turn(&mut self, readiness: Readiness) -> Life {
        let Pair { connection, now, answer, asked, .. } = self;
        connection.release(Receipt::recorded(Vec::new()));
        connection.on_ready(readiness, *now, &mut |_, request| {
            let keep = request.as_ref().is_ok_and(|request| request.keep);
            asked.push(request);
            Reply::Now(Encoded { first: answer.clone(), rest: Vec::new(), keep })
        })
    }

    fn received(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        let mut buffer = [0; 65536];
        while let Ok(count @ 1..) = self.client.read(&mut buffer) {
            all.extend_from_slice(&buffer[..count]);
        }
        all
    }
}

#[test]
fn a_request_in_pieces_is_answered_once() {
    let mut pair = Pair::new(b"answer".to_vec());
    for piece in ["GET / HT", "TP/1.0\r", "\n\r\n"] {
        assert_eq!(pair.turn(READABLE), Life::Open, "nothing there yet");
        pair.client.write_all(piece.as_bytes()).unwrap();
        assert_eq!(pair.turn(READABLE), Life::Open);
    }
    assert_eq!(pair.asked.len(), 1);
    assert_eq!(pair.received(), b"answer");
    assert!(pair.connection.is_served());
    pair.client.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    assert_eq!(pair.turn(READABLE), Life::Open);
    drop(pair.client.shutdown(Shutdown::Write));
    assert_eq!(pair.turn(READABLE), Life::Over);
    assert_eq!(pair.asked.len(), 1, "one request per connection");
}

#[test]
fn a_client_that_leaves_is_forgotten() {
    let mut pair = Pair::new(Vec::new());
    pair.client.write_all(b"GET /").unwrap();
    assert_eq!(pair.turn(READABLE), Life::Open);
    pair.client.shutdown(Shutdown::Both).unwrap();
    assert_eq!(pair.turn(READABLE), Life::Over);
    assert!(pair.asked.is_empty());
}

#[test]
fn a_long_answer_goes_out_as_fast_as_it_is_taken() {
    let answer: Vec<u8> = (0..3_000_000u32).map(|n| n as u8).collect();
    let mut pair = Pair::new(answer.clone());
    pair.client.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    assert_eq!(pair.turn(READABLE), Life::Open);
    assert_eq!(pair.connection.interest(), Interest::WRITE, "the socket is full");
    assert!(pair.connection.held() >= answer.len());
    let start = pair.now;
    let mut all = Vec::new();
    while !pair.connection.is_served() {
        pair.now += Duration::from_secs(1);
        all.extend(pair.received());
        assert_eq!(pair.turn(WRITABLE), Life::Open);
        if !pair.connection.is_served() {
            assert_eq!(pair.connection.deadline(), pair.now + STALL, "moves on while bytes are taken");
        }
        assert!(pair.now - start < ANSWER_WITHIN);
    }
    all.extend(pair.received());
    assert!(all == answer);
    assert_eq!(pair.connection.deadline(), pair.now + LINGER);
    assert_eq!(pair.connection.held(), 0);
}

#[test]
fn a_client_that_takes_nothing_has_its_deadline() {
    let mut pair = Pair::new(vec![b'x'; 3_000_000]);
    assert_eq!(pair.connection.deadline(), pair.now + REQUEST_WITHIN);
    pair.client.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    assert_eq!(pair.turn(READABLE), Life::Open);
    let deadline = pair.connection.deadline();
    pair.now += Duration::from_secs(5);
    assert_eq!(pair.turn(WRITABLE), Life::Open);
    assert_eq!(pair.connection.deadline(), deadline, "no byte was taken");
}

#[test]
fn garbage_is_refused_and_then_not_read_for_ever() {
    let mut pair = Pair::new(b"no".to_vec());
    pair.client.write_all(b"\x16\x03\x01garbage\n").unwrap();
    assert_eq!(pair.turn(READABLE), Life::Open);
    assert_eq!(pair.asked, [Err(Refusal::Malformed)]);
    let mut turns = 0;
    while pair.client.write_all(&[b'x'; CHUNK]).is_ok() {
        turns += 1;
        if pair.turn(READABLE) == Life::Over {
            break;
        }
    }
    assert!(turns <= MOST_DISCARDED / CHUNK + 1);
}

const AGAIN: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

#[test]
fn a_connection_goes_on_for_so_many_requests_and_so_much_time_between_them() {
    let mut pair = Pair::new(b"answer".to_vec());
    for number in 1..=REQUESTS {
        pair.client.write_all(AGAIN.as_bytes()).unwrap();
        assert_eq!(pair.turn(READABLE), Life::Open);
        assert_eq!(pair.received(), b"answer");
        assert_eq!(pair.connection.is_idle(), number < REQUESTS, "{number}");
        assert!(pair.connection.is_served());
    }
    assert_eq!(pair.asked.len() as u32, REQUESTS);

    let mut pair = Pair::new(b"answer".to_vec());
    pair.client.write_all(AGAIN.as_bytes()).unwrap();
    assert_eq!(pair.turn(READABLE), Life::Open);
    let idle = pair.now + IDLE;
    assert_eq!(pair.connection.deadline(), idle);
    pair.now += Duration::from_secs(7);
    pair.client.write_all(b"\r\n").unwrap();
    assert_eq!(pair.turn(READABLE), Life::Open);
    assert_eq!(pair.connection.deadline(), idle, "a blank line is no request");
    pair.client.write_all(b"GET").unwrap();
    assert_eq!(pair.turn(READABLE), Life::Open);
    assert_eq!(pair.connection.deadline(), pair.now + REQUEST_WITHIN);
    assert_eq!(pair.connection.accepted(), pair.now, "not older than one that has just come");
    assert!(!pair.connection.is_served());
}

#[test]
fn what_leaves_a_doubt_about_the_next_request_ends_the_connection() {
    for request in [
        "GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: TE, Close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /second HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nab",
        "garbage\r\n",
    ] {
        let mut pair = Pair::new(b"answer".to_vec());
        pair.client.write_all(request.as_bytes()).unwrap();
        assert_eq!(pair.turn(READABLE), Life::Open);
        let _ = pair.turn(WRITABLE);
        assert!(!pair.connection.is_idle() && pair.connection.is_served(), "{request:?}");
        assert_eq!(pair.asked.len(), 1, "{request:?}");
    }
    let mut pair = Pair::new(b"answer".to_vec());
    pair.client.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na").unwrap();
    assert_eq!(pair.turn(READABLE), Life::Open);
    assert_eq!(pair.turn(WRITABLE), Life::Open);
    assert!(pair.connection.is_idle());
}

#[test]
fn whoever_orders_is_told_when_it_is_recorded_and_not_before() {
    let mut pair = Pair::new(b"answer".to_vec());
    pair.client.write_all(b"POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\na").unwrap();
    assert_eq!(pair.turn(READABLE), Life::Open);
    let mut respond = |_: Origin, _: _| -> Reply { panic!("nothing more was asked") };
    for _ in 0..3 {
        assert_eq!(pair.connection.interest(), Interest::default());
        assert_eq!(pair.connection.on_ready(WRITABLE, pair.now, &mut respond), Life::Open);
    }
    assert_eq!(pair.received(), b"");
    pair.connection.release(Receipt::recorded(Vec::new()));
    assert_eq!(pair.connection.interest(), Interest::WRITE);
    let _ = pair.connection.on_ready(WRITABLE, pair.now, &mut respond);
    assert_eq!(pair.received(), b"answer");
}

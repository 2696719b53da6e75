//! Servers that never stop, say nothing that makes sense, or go away: every dialogue comes to an end, with few bytes sent.

use super::stage::{Said, Stage, Test, test};
use monit_rs::config::{PROTOCOLS, Transport};
use monit_rs::protocol::registry::{DIALOGUES, dialogue};
use std::fmt::{self, Write};

/// More than any dialogue may take.
const ENDLESS: usize = 2 * 1024 * 1024;

/// A test of every protocol that is spoken, with all that makes its dialogue longer.
pub fn all() -> Vec<Test> {
    let spoken = PROTOCOLS.iter().filter(|protocol| dialogue(protocol.keyword).is_some());
    let mut tests: Vec<Test> = spoken
        .map(|protocol| match protocol.keyword {
            "radius" => test("port 7 type udp protocol radius"),
            "apache-status" => test("port 7 protocol apache-status loglimit > 10%"),
            "websocket" => test("port 7 protocol websocket version 13"),
            keyword => test(&format!("port 7 protocol {keyword}")),
        })
        .collect();
    for more in [
        "send \"a\" expect \"b\"",
        "protocol http content = \"x\"",
        "protocol http follow 3 redirects json \"/a\" = \"x\"",
        "protocol dns query www.example.org type TXT = \"x\"",
        "protocol mysql username u password p",
        "protocol pgsql username u password p",
        "protocol smtp username u password p",
    ] {
        tests.push(test(&format!("port 7 {more}")));
    }
    tests
}

/// How much the dialogue holds: the length of all its fields as text. A byte that is kept is two to five of those.
pub fn held(stage: &Stage) -> usize {
    struct Count(usize);
    impl Write for Count {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 += text.len();
            Ok(())
        }
    }
    let mut count = Count(0);
    write!(count, "{:?}", stage.protocol).expect("a count takes everything");
    count.0
}

/// The most that a dialogue may hold, as [`held`] counts: a body that is looked through whole is a megabyte, all else is short.
fn most(test: &Test) -> usize {
    let protocol = &test.connection.protocol;
    let body = test.connection.content.is_some() || protocol.json().next().is_some();
    if body { 6 * test.limits.http_content_buffer as usize } else { 400 * 1024 }
}

/// The dialogue is over before it has taken or sent too much of these pieces without end; `what` they are is for the message.
fn ends<'a>(test: &Test, what: &[u8], pieces: impl Iterator<Item = &'a [u8]>) {
    let keyword = test.connection.protocol.spec.keyword;
    // Datagrams that answer nothing are passed over, whoever they are from; the time limit ends that.
    let datagrams = test.connection.transport == Transport::Udp;
    let mut stage = Stage::of(test);
    let (mut taken, mut sent, mut looked) = (0, 0, 0);
    for piece in pieces {
        if !stage.is_waiting() || taken >= ENDLESS && datagrams {
            return;
        }
        assert!(taken < ENDLESS, "{keyword} takes {:?} for ever", String::from_utf8_lossy(what));
        taken += piece.len();
        let step = stage.protocol.input(piece, false);
        stage.perform(step);
        sent += std::mem::take(&mut stage.sent).len();
        assert!(sent < 16 * 1024, "{keyword} sent {sent} bytes");
        if taken >= looked {
            looked = 2 * taken + 1024;
            let (held, most) = (held(&stage), most(test));
            assert!(
                held <= most,
                "{keyword} holds {held} behind {taken} of {:?}",
                String::from_utf8_lossy(what)
            );
        }
    }
}

#[test]
fn endless_data_ends_every_dialogue() {
    assert!(DIALOGUES.len() > 2);
    let kinds: [&[u8]; 12] = [
        b"A",
        b"\n",
        b"\0",
        b"\xff",
        b"a\r\n",
        b"220-x\r\n",
        b"* x\r\n",
        b"0",
        b"HTTP/1.1 100 X\r\n\r\n",
        b"\x01",
        b"30\r\n",
        b"{\n",
    ];
    for test in all() {
        for kind in kinds {
            let noise = kind.repeat(4096 / kind.len());
            for chunk in [noise.len(), 97] {
                ends(&test, kind, noise.chunks(chunk).cycle());
            }
        }
    }
}

#[test]
fn a_server_that_goes_away_ends_every_dialogue() {
    for test in all() {
        for said in [&b""[..], b"\n", b"220 x\r\n", b"+OK\r\n", b"* OK\r\n", b"HTTP/1.1 200 OK\r\n", &[0; 40]]
        {
            // A verdict is an end; which one depends on the protocol.
            let _ = test.verdict(&[Said::Server(said), Said::Anything, Said::End]);
        }
    }
}

#[test]
fn huge_lengths_end_every_dialogue() {
    // Each in front of bytes without end: lengths of MySQL, PostgreSQL, BER, BSON, DNS, TNS, memcached, WebSocket, MQTT, RADIUS
    // and HTTP that no honest answer has.
    let huge: [&[u8]; 16] = [
        b"\xff\xff\xff\x00\x0a5.5.5-",
        b"R\x7f\xff\xff\xff\0\0\0\x0a",
        b"E\xff\xff\xff\xff",
        b"\x30\x84\x7f\xff\xff\xff\x02\x01\x01",
        b"\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xff\xff\xff\x7f\x01\0\0\0\x01\0\0\0\xdd\x07\0\0",
        b"\xff\xff\0\x01\x81\x80\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xff\xff\0\0\x04\0\0\0",
        b"\x81\x0a\xff\xff\0\0\0\0\xff\xff\xff\xff",
        b"\x8a\x7f\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x20\xff\xff\xff\x7f",
        b"\x02\0\xff\xff",
        b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        b"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x8a\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"$2147483647\r\n",
    ];
    for test in all() {
        for lie in huge {
            for chunk in [4096, 1] {
                ends(&test, lie, lie.chunks(chunk).chain(std::iter::repeat(&[0; 4096][..])));
            }
        }
    }
}

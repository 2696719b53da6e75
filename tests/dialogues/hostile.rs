//! Servers that never stop, say nothing that makes sense, or go away: every dialogue comes to an end, with few bytes sent.

use super::stage::{Said, Stage, Test, test};
use monit_rs::config::{PROTOCOLS, Transport};
use monit_rs::protocol::dialogue::{DIALOGUES, dialogue};

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
    for more in
        ["send \"a\" expect \"b\"", "protocol http content = \"x\"", "protocol smtp username u password p"]
    {
        if more
            .split(' ')
            .nth(1)
            .is_none_or(|keyword| dialogue(keyword).is_some() || more.starts_with("send"))
        {
            tests.push(test(&format!("port 7 {more}")));
        }
    }
    tests
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
                let mut stage = Stage::of(&test);
                let (mut taken, mut sent) = (0, 0);
                while stage.is_waiting() {
                    for part in noise.chunks(chunk) {
                        if stage.is_waiting() {
                            taken += part.len();
                            let step = stage.protocol.input(part, false);
                            stage.perform(step);
                        }
                        sent += std::mem::take(&mut stage.sent).len();
                    }
                    let keyword = test.connection.protocol.spec.keyword;
                    // Datagrams that answer nothing are passed over, whoever they are from; the time limit ends that.
                    if taken >= ENDLESS && test.connection.transport == Transport::Udp {
                        break;
                    }
                    assert!(taken < ENDLESS, "{keyword} takes {:?} for ever", String::from_utf8_lossy(kind));
                    assert!(sent < 16 * 1024, "{keyword} sent {sent} bytes");
                }
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

//! Plays a dialogue of bytes against a written exchange, whole and split at every byte, and cut off at every byte.

use super::dialogue::Talk;
use super::registry::dialogue;
use super::{Next, Protocol};
use crate::config::{self, Connection, Limits, OptionName, OptionValue, Target};
use std::time::Duration;

/// One turn of an exchange.
#[derive(Debug, Clone)]
pub enum Turn {
    /// The dialogue must send exactly this.
    Sends(Vec<u8>),
    /// The server says this.
    Says(Vec<u8>),
    /// The dialogue must ask for TLS, which is then there.
    Tls,
    /// The server says nothing for as long as the dialogue waits for more.
    Quiet,
    /// The server closes.
    Closes,
    /// The dialogue must ask for another connection, which is then there.
    Again,
}

/// A connection test of `keyword` with options, on a port.
pub fn test(keyword: &str, options: &[(OptionName, &str)]) -> Connection {
    let text = |(name, value): &(OptionName, &str)| (*name, OptionValue::Text((*value).into()));
    Connection {
        succeeded: false,
        target: Target::Port(config::Address { host: "server.example".into(), port: 1234 }),
        transport: config::Transport::Tcp,
        family: config::Family::Any,
        protocol: config::Protocol {
            spec: config::protocol(keyword).unwrap(),
            options: options.iter().map(text).collect::<Vec<_>>().into(),
        },
        steps: Default::default(),
        content: None,
        timeout: Duration::from_secs(5),
        response_time: None,
        outgoing: None,
        retry: 1,
        tls: None,
        certificate: None,
    }
}

/// The dialogue of a test; its random bytes are all 7, the date is the first second of 2026.
pub fn begin(test: &Connection) -> Box<dyn Protocol> {
    let talk = Talk {
        test,
        host: "server.example",
        port: 1234,
        limits: &Limits::default(),
        random: [7; 32],
        wall: 1_767_225_600,
    };
    (dialogue(test.protocol.spec.keyword).unwrap().begin)(&talk)
}

/// Plays the exchange in pieces of each size and gives the last step, which must always be the same. Cut off anywhere, the
/// dialogue must not end well.
pub fn play(test: &Connection, turns: &[Turn]) -> Next {
    let longest = turns.iter().map(|turn| if let Turn::Says(said) = turn { said.len() } else { 1 }).max();
    let whole = run(&mut *begin(test), turns, usize::MAX);
    for size in 1..longest.unwrap_or(1).min(64) {
        assert_eq!(run(&mut *begin(test), turns, size), whole, "in pieces of {size}");
    }
    whole
}

/// The same for datagrams, which come whole.
pub fn play_whole(test: &Connection, turns: &[Turn]) -> Next {
    run(&mut *begin(test), turns, usize::MAX)
}

/// Cuts the last thing the server says off at each byte, then closes; none of it may end well or panic.
pub fn cut_off(test: &Connection, turns: &[Turn]) {
    let last = turns.iter().rposition(|turn| matches!(turn, Turn::Says(_))).unwrap();
    let Turn::Says(said) = &turns[last] else { return };
    for length in 0..said.len() {
        let mut cut = turns[..last].to_vec();
        cut.push(Turn::Says(said[..length].to_vec()));
        cut.push(Turn::Closes);
        let step = run(&mut *begin(test), &cut, usize::MAX);
        assert!(
            !matches!(step, Next::Done | Next::Finish(_)),
            "cut off after {length} of {} bytes: {step:?}",
            said.len()
        );
    }
}

fn run(protocol: &mut dyn Protocol, turns: &[Turn], size: usize) -> Next {
    let mut sent = Vec::new();
    let step = protocol.start();
    let mut step = settle(protocol, step, &mut sent);
    for (at, turn) in turns.iter().enumerate() {
        match turn {
            Turn::Sends(wanted) => {
                let found = sent.get(..wanted.len()).unwrap_or(&sent);
                assert_eq!(found, wanted, "turn {at}, at {step:?}");
                sent.drain(..wanted.len());
            }
            Turn::Says(said) => {
                for piece in said.chunks(size.min(said.len().max(1))) {
                    if matches!(step, Next::Done | Next::Fail(_)) {
                        break;
                    }
                    step = protocol.input(piece, false);
                    step = settle(protocol, step, &mut sent);
                }
            }
            Turn::Tls => {
                assert_eq!(step, Next::StartTls);
                step = protocol.secured();
                step = settle(protocol, step, &mut sent);
            }
            Turn::Quiet => {
                assert!(matches!(step, Next::ReadQuiet(_)), "turn {at}: {step:?}");
                step = protocol.quiet();
                step = settle(protocol, step, &mut sent);
            }
            Turn::Closes => {
                if matches!(step, Next::Done | Next::Fail(_)) {
                    break;
                }
                step = protocol.input(&[], true);
                step = settle(protocol, step, &mut sent);
                if matches!(step, Next::Read | Next::ReadQuiet(_)) {
                    step = Next::Fail(super::Failure::Closed);
                }
            }
            Turn::Again => {
                assert_eq!(step, Next::Again);
                step = protocol.start();
                step = settle(protocol, step, &mut sent);
            }
        }
    }
    assert!(sent.is_empty(), "at the end sent {sent:x?}");
    step
}

fn settle(protocol: &mut dyn Protocol, mut step: Next, sent: &mut Vec<u8>) -> Next {
    loop {
        match step {
            Next::Send(bytes) => {
                sent.extend_from_slice(&bytes);
                step = protocol.input(&[], false);
            }
            Next::Finish(bytes) => {
                sent.extend_from_slice(&bytes);
                return Next::Done;
            }
            other => return other,
        }
    }
}

/// Bytes written as hexadecimal digits; blanks do not count.
pub fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

//! Whatever a server says, to any test, in whatever pieces and with whatever pauses: the dialogue keeps its bounds, says
//! little, and comes to an end when the server goes away.
//!
//! The first byte of the input chooses the test, the second the size of the pieces, the third what patterns find and where
//! there are pauses; the rest is said by the server.
#![no_main]

use libfuzzer_sys::fuzz_target;
use monit_rs::config::{Condition, Connection, Limits, PROTOCOLS, Target};
use monit_rs::control::{Overrides, parse_str};
use monit_rs::protocol::dialogue::Talk;
use monit_rs::protocol::registry::dialogue;
use monit_rs::protocol::{Protocol, Next};
use std::cell::OnceCell;

thread_local! {
    static TESTS: OnceCell<Vec<Connection>> = const { OnceCell::new() };
}

/// Every protocol bare, and those that have more to say with all of it.
fn tests() -> Vec<Connection> {
    let mut texts: Vec<String> = PROTOCOLS
        .iter()
        .filter(|protocol| !protocol.needs_option && protocol.keyword != "radius")
        .map(|protocol| format!("port 7 protocol {}", protocol.keyword))
        .collect();
    let more = [
        "port 7 send \"a\" expect \"b\" send \"c\" expect \"d\"",
        "port 7 type udp send \"a\" expect \"b\"",
        "port 7 protocol http content = \"x\"",
        "port 7 protocol http checksum 5d41402abc4b2a76b9719d911017c592 content = \"x\"",
        "port 7 protocol http follow 3 redirects json \"/a/0\" = \"b\" json \"\" != 1",
        "port 7 protocol dns query www.example.org type A",
        "port 7 type udp protocol dns query example.org type MX = \"mail.example.org\"",
        "port 7 type udp protocol dns query example.org type TXT = \"x\"",
        "port 25 protocol smtp username u password p",
        "port 587 protocol smtps",
        "port 143 protocol imap with ssl",
        "port 7 protocol mysql username u password p",
        "port 7 protocol pgsql username u password p database d",
        "port 7 protocol mqtt username u password p",
        "port 7 protocol websocket version 13",
        "port 7 protocol apache-status loglimit > 10% waitlimit < 1%",
        "port 7 type udp protocol radius secret \"s\"",
        "port 7 type udp protocol dns",
        "port 7 type udp protocol sip",
    ];
    texts.extend(more.map(String::from));
    let parsed = texts.into_iter().map(|text| {
        let file = format!("set daemon 5\ncheck host h with address 192.0.2.1\n if failed {text} then alert\n");
        let loaded = parse_str("monitrc", file.as_bytes(), &Overrides::default());
        let found = loaded.diagnostics.iter().map(|found| found.first_line()).collect::<Vec<_>>();
        let config = loaded.config.unwrap_or_else(|| panic!("{text}: {found:?}"));
        let tests = config.services.iter().flat_map(|service| &service.tests);
        let mut connections = tests.filter_map(|test| match &test.condition {
            Condition::Connection(connection) => Some((**connection).clone()),
            _ => None,
        });
        connections.next().expect("a connection test")
    });
    parsed.collect()
}

/// A driver that answers at once; `bits` says what patterns find, and where a server pauses.
struct Driver {
    protocol: Box<dyn Protocol>,
    bits: u8,
    sent: usize,
    again: u32,
}

impl Driver {
    fn bit(&mut self) -> bool {
        self.bits = self.bits.rotate_left(1);
        self.bits & 1 != 0
    }

    /// Up to where the server is needed; `None`: it is over.
    fn settle(&mut self, mut step: Next) -> Option<()> {
        loop {
            step = match step {
                Next::Send(bytes) => {
                    self.sent += bytes.len();
                    assert!(self.sent < 64 * 1024, "a dialogue that never stops talking");
                    self.protocol.input(&[], false)
                }
                Next::Match(_, text) => {
                    assert!(text.len() <= 2 * 1024 * 1024);
                    let found = self.bit();
                    self.protocol.matched(found)
                }
                Next::StartTls => self.protocol.secured(),
                Next::Again | Next::Elsewhere(_) => {
                    self.again += 1;
                    assert!(self.again < 4, "a dialogue that connects again and again");
                    self.protocol.start()
                }
                Next::ReadQuiet(_) if self.bit() && self.bit() => match self.protocol.quiet() {
                    Next::ReadQuiet(_) => return Some(()),
                    step => step,
                },
                Next::Read | Next::ReadQuiet(_) => return Some(()),
                Next::Finish(_) | Next::Done => return None,
                Next::Fail(failure) => {
                    assert!(!failure.to_string().contains(['\r', '\n', '\0']));
                    return None;
                }
            };
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some(([which, size, bits], data)) = data.split_first_chunk::<3>() else { return };
    TESTS.with(|cell| {
        let tests = cell.get_or_init(tests);
        let test = &tests[usize::from(*which) % tests.len()];
        let limits = Limits::default();
        let port = match &test.target {
            Target::Port(address) => u16::try_from(address.port).unwrap_or_default(),
            _ => 7,
        };
        let random = [7; 32];
        let talk = Talk { test, host: "h", port, limits: &limits, random, wall: 1_700_000_000 };
        let entry = dialogue(test.protocol.spec.keyword).expect("spoken");
        let mut driver = Driver { protocol: (entry.begin)(&talk), bits: *bits, sent: 0, again: 0 };
        let first = driver.protocol.start();
        if driver.settle(first).is_none() {
            return;
        }
        for part in data.chunks(usize::from(*size) + 1) {
            let step = driver.protocol.input(part, false);
            if driver.settle(step).is_none() {
                return;
            }
            if let Some(failure) = driver.protocol.late() {
                assert!(!failure.to_string().contains(['\r', '\n', '\0']));
            }
        }
        // A dialogue that asks for another connection finds the server gone there, too.
        for _ in 0..4 {
            match driver.protocol.input(&[], true) {
                Next::Match(..) => drop(driver.protocol.matched(false)),
                Next::Again | Next::Elsewhere(_) => drop(driver.protocol.start()),
                _ => return,
            }
        }
    });
});

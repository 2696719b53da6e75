//! Where dialogues are played: a test as the control file has it, and a driver without a network.

use monit_rs::config::{Condition, Connection, Limits, Target};
use monit_rs::control::{Overrides, parse_str};
use monit_rs::protocol::dialogue::Talk;
use monit_rs::protocol::registry::dialogue;
use monit_rs::protocol::{Failure, Next, Protocol};
use monit_rs::regex::{Flags, Regex};

/// Fixed for transcripts: an hour in 2023.
pub const WALL: u64 = 1_700_000_000;

/// A connection test of a control file.
pub struct Test {
    pub connection: Connection,
    pub limits: Limits,
    pub host: &'static str,
}

/// What happens, in order.
#[derive(Debug, Clone, Copy)]
pub enum Said<'a> {
    /// The server says this.
    Server(&'a [u8]),
    /// This was sent, and nothing else, since the last time it was asked.
    Client(&'a [u8]),
    /// Whatever was sent.
    Anything,
    /// The TLS handshake, which must have been asked for.
    Tls,
    /// A pause that is long enough for [`Next::ReadQuiet`].
    Pause,
    /// The server closes.
    End,
}

/// The test behind `if failed`.
pub fn test(text: &str) -> Test {
    let file = format!("set daemon 5\ncheck host h with address 192.0.2.1\n if failed {text} then alert\n");
    let loaded = parse_str("monitrc", file.as_bytes(), &Overrides::default());
    let config = loaded.config.unwrap_or_else(|| {
        panic!("{text}: {:?}", loaded.diagnostics.iter().map(|d| d.first_line()).collect::<Vec<_>>())
    });
    let tests = config.services.iter().flat_map(|service| &service.tests);
    let connection = tests
        .filter_map(|test| match &test.condition {
            Condition::Connection(connection) => Some((**connection).clone()),
            _ => None,
        })
        .next()
        .expect("a connection test");
    Test { connection, limits: Limits::default(), host: "h.example" }
}

impl Test {
    pub fn talk(&self) -> Talk<'_> {
        let port = match &self.connection.target {
            Target::Port(address) => address.port,
            Target::Url(url) => url.port,
            Target::Unix(_) => 0,
        };
        let port = u16::try_from(port).unwrap();
        let random = std::array::from_fn(|at| u8::try_from(at).unwrap());
        Talk { test: &self.connection, host: self.host, port, limits: &self.limits, random, wall: WALL }
    }

    pub fn begin(&self) -> Box<dyn Protocol> {
        let keyword = self.connection.protocol.spec.keyword;
        let entry = dialogue(keyword).unwrap_or_else(|| panic!("no dialogue for {keyword}"));
        (entry.begin)(&self.talk())
    }

    /// What becomes of it, which must not depend on how the server's bytes are cut.
    pub fn verdict(&self, said: &[Said<'_>]) -> Result<(), String> {
        let longest = said
            .iter()
            .map(|said| if let Said::Server(bytes) = said { bytes.len() } else { 0 })
            .max()
            .unwrap_or_default();
        let whole = self.play(said, usize::MAX);
        for chunk in (1..longest.min(40)).chain((40..longest).step_by(97)) {
            assert_eq!(self.play(said, chunk), whole, "in pieces of {chunk}: {said:?}");
        }
        whole
    }

    /// All is well, and it stays a failure when the server closes after any byte before its last one that matters.
    pub fn succeeds(&self, said: &[Said<'_>]) {
        assert_eq!(self.verdict(said), Ok(()), "{said:?}");
        self.truncated(said);
    }

    /// It fails with this text.
    pub fn fails(&self, said: &[Said<'_>], text: &str) {
        assert_eq!(self.verdict(said), Err(text.to_string()), "{said:?}");
        self.truncated(said);
    }

    /// The server closes after each byte: an end, whichever, and no panic.
    fn truncated(&self, said: &[Said<'_>]) {
        for (at, one) in said.iter().enumerate() {
            let Said::Server(bytes) = one else { continue };
            for end in 0..bytes.len() {
                let mut cut = said[..at].to_vec();
                cut.push(Said::Server(&bytes[..end]));
                cut.push(Said::Anything);
                cut.push(Said::End);
                let _ = self.play(&cut, usize::MAX);
            }
        }
    }

    /// What becomes of it when the server's bytes arrive as they are written here.
    pub fn play_whole(&self, said: &[Said<'_>]) -> Result<(), String> {
        self.play(said, usize::MAX)
    }

    /// The same in pieces of one size.
    pub fn play_in(&self, chunk: usize, said: &[Said<'_>]) -> Result<(), String> {
        self.play(said, chunk)
    }

    fn play(&self, said: &[Said<'_>], chunk: usize) -> Result<(), String> {
        let mut stage = Stage::of(self);
        for one in said {
            stage.say(one, chunk);
        }
        match stage.step {
            Next::Done => Ok(()),
            Next::Fail(failure) => Err(failure.to_string()),
            step => panic!("after {said:?} the dialogue is at {step:?}"),
        }
    }
}

/// A dialogue with what it has sent and not been asked for.
pub struct Stage {
    pub protocol: Box<dyn Protocol>,
    pub sent: Vec<u8>,
    pub step: Next,
}

impl Stage {
    /// A dialogue that has begun.
    pub fn of(test: &Test) -> Stage {
        let mut stage = Stage { protocol: test.begin(), sent: Vec::new(), step: Next::Read };
        let first = stage.protocol.start();
        stage.perform(first);
        stage
    }

    /// Does what the probe's driver does, up to where the server is needed.
    pub fn perform(&mut self, step: Next) {
        self.step = step;
        loop {
            self.step = match std::mem::replace(&mut self.step, Next::Read) {
                Next::Send(bytes) => {
                    self.sent.extend_from_slice(&bytes);
                    self.protocol.input(&[], false)
                }
                Next::Finish(bytes) => {
                    self.sent.extend_from_slice(&bytes);
                    Next::Done
                }
                Next::Match(pattern, text) => match Regex::new(pattern.as_bytes(), Flags::default()) {
                    Ok(regex) => self.protocol.matched(regex.is_match(&text)),
                    Err(_) => Next::Fail(Failure::Pattern(pattern)),
                },
                Next::Again | Next::Elsewhere(_) => self.protocol.start(),
                step => return self.step = step,
            };
        }
    }

    pub fn is_waiting(&self) -> bool {
        matches!(self.step, Next::Read | Next::ReadQuiet(_))
    }

    /// The TLS handshake, where it was asked for.
    pub fn secure_if_asked(&mut self) {
        if self.step == Next::StartTls {
            self.say(&Said::Tls, usize::MAX);
        }
    }

    pub fn say(&mut self, said: &Said<'_>, chunk: usize) {
        match said {
            Said::Server(bytes) => {
                for part in bytes.chunks(chunk.max(1)) {
                    if !self.is_waiting() {
                        return;
                    }
                    let step = self.protocol.input(part, false);
                    self.perform(step);
                }
            }
            Said::Client(bytes) => {
                let show = String::from_utf8_lossy;
                assert!(self.sent == *bytes, "sent {:?}, not {:?}", show(&self.sent), show(bytes));
                self.sent.clear();
            }
            Said::Anything => self.sent.clear(),
            Said::Tls => {
                assert_eq!(self.step, Next::StartTls);
                let step = self.protocol.secured();
                self.perform(step);
            }
            Said::Pause => {
                if matches!(self.step, Next::ReadQuiet(_)) {
                    let step = self.protocol.quiet();
                    self.perform(step);
                }
            }
            Said::End => {
                // A dialogue may ask for another connection, which ends in the same way.
                for _ in 0..3 {
                    if !self.is_waiting() {
                        return;
                    }
                    let step = match self.protocol.input(&[], true) {
                        Next::Read | Next::ReadQuiet(_) | Next::Send(_) | Next::StartTls => {
                            Next::Fail(Failure::Closed)
                        }
                        step => step,
                    };
                    self.perform(step);
                }
            }
        }
    }
}

//! PostgreSQL: a startup message, the server's demand for proof, and the proof where we have a password.
//! <https://www.postgresql.org/docs/current/protocol-flow.html>
//!
//! Without credentials any answer to the startup is a sign of life, an error too. TLS is asked for in the way that all versions know.

mod scram;

use super::buffer::Buffer;
use super::bytes::{be32, byte, c_string};
use super::dialogue::{Dialogue, Talk};
use super::{Failure, Next, Protocol, excerpt};
use crate::config::OptionName;
use crate::digest::{Hasher, Kind, hex};
use scram::Scram;
use std::time::Duration;

/// `protocol pgsql`.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["pgsql"],
    starttls: |_| true,
    begin: |talk: &Talk<'_>| {
        let option = |name| talk.test.protocol.text(name).map(Box::from);
        Box::new(Pgsql {
            username: option(OptionName::Username),
            password: option(OptionName::Password),
            database: option(OptionName::Database),
            tls: talk.test.tls.is_some() || talk.test.certificate.is_some(),
            random: talk.random,
            buffer: Buffer::new(MOST),
            phase: Phase::Begin,
            scram: None,
        })
    },
};

/// The longest message taken.
const MOST: usize = 16 * 1024;
/// Version 3.0, PostgreSQL 7.4 and later.
const VERSION: u32 = 3 << 16;
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f];
/// How long a server that has let us in gets to say what else is wrong. One that says nothing is content.
const PAUSE: Duration = Duration::from_millis(300);
const TERMINATE: [u8; 5] = [b'X', 0, 0, 0, 4];

struct Pgsql {
    username: Option<Box<str>>,
    password: Option<Box<str>>,
    database: Option<Box<str>>,
    tls: bool,
    random: [u8; 32],
    buffer: Buffer,
    phase: Phase,
    scram: Option<Box<Scram>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Begin,
    /// TLS was asked for: one letter comes back.
    Tls,
    Login,
    /// The proof is taken; now comes whether there is such a database.
    Admitted,
}

// Secrets stay out of what is printed.
impl std::fmt::Debug for Pgsql {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pgsql").field("phase", &self.phase).finish_non_exhaustive()
    }
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap_or_default().to_be_bytes();
    [&[kind], &length[..], body].concat()
}

/// A password or a proof of one: both are messages of the same kind.
fn password(body: &[u8]) -> Next {
    Next::Send(message(b'p', body))
}

impl Pgsql {
    fn startup(&mut self) -> Next {
        self.phase = Phase::Login;
        let mut body = VERSION.to_be_bytes().to_vec();
        let mut pair = |name: &str, value: &str| {
            for text in [name, value] {
                body.extend(text.bytes().filter(|byte| *byte != 0));
                body.push(0);
            }
        };
        pair("user", self.username.as_deref().unwrap_or("root"));
        if let Some(database) = &self.database {
            pair("database", database);
        } else if self.username.is_none() {
            pair("database", "root");
        }
        body.push(0);
        let length = u32::try_from(body.len() + 4).unwrap_or_default().to_be_bytes();
        Next::Send([&length[..], &body].concat())
    }

    /// More bytes are needed.
    fn more(&self) -> Next {
        if self.phase == Phase::Admitted { Next::ReadQuiet(PAUSE) } else { Next::Read }
    }

    fn answered(&mut self, kind: u8, body: &[u8]) -> Next {
        match kind {
            b'R' => self.prove(body),
            b'E' if self.username.is_none() => Next::Done,
            b'E' => Next::Fail(error(body)),
            b'N' | b'v' => Next::Read,
            b'S' | b'K' if self.phase == Phase::Admitted => Next::Read,
            b'Z' if self.phase == Phase::Admitted => Next::Finish(TERMINATE.to_vec()),
            _ => Next::Fail(Failure::NotSpoken("PostgreSQL")),
        }
    }

    fn prove(&mut self, mut body: &[u8]) -> Next {
        let Some(code) = be32(&mut body) else { return Next::Fail(Failure::NotSpoken("PostgreSQL")) };
        if code == 0 && self.username.is_none() {
            return Next::Finish(TERMINATE.to_vec());
        }
        if code == 0 {
            self.phase = Phase::Admitted;
            return Next::Read;
        }
        let (Some(username), Some(secret)) = (&self.username, &self.password) else {
            // It asks who we are: it is alive, and there is nothing to say to that.
            return Next::Done;
        };
        match code {
            3 => password(&[secret.as_bytes(), &[0]].concat()),
            5 => {
                let sum = |parts: [&[u8]; 2]| {
                    let mut hasher = Hasher::new(Kind::Md5);
                    parts.iter().for_each(|part| hasher.update(part));
                    hex(&hasher.finish_bytes())
                };
                let inner = sum([secret.as_bytes(), username.as_bytes()]);
                let outer = sum([inner.as_bytes(), body.get(..4).unwrap_or_default()]);
                password(format!("md5{outer}\0").as_bytes())
            }
            10 => {
                if !offers(body, b"SCRAM-SHA-256") {
                    return Next::Fail(Failure::Unsupported("SCRAM-SHA-256"));
                }
                let scram = Scram::new(secret, &self.random);
                let first = scram.first();
                let length = u32::try_from(first.len()).unwrap_or_default().to_be_bytes();
                self.scram = Some(Box::new(scram));
                password(&[b"SCRAM-SHA-256\0", &length[..], first.as_bytes()].concat())
            }
            11 => match self.scram.as_mut().and_then(|scram| scram.proof(body)) {
                Some(proof) => password(proof.as_bytes()),
                None => Next::Fail(Failure::Refuses("the server's side of SCRAM makes no sense")),
            },
            12 => match &self.scram {
                Some(scram) if scram.is_servers(body) => Next::Read,
                _ => Next::Fail(Failure::Refuses("the server does not know the password itself")),
            },
            code => Next::Fail(Failure::Code("the server asks for an unknown way to log in:", code)),
        }
    }
}

/// Is it in the list of names that each end with a NUL?
fn offers(mut names: &[u8], wanted: &[u8]) -> bool {
    while let Some(name) = c_string(&mut names) {
        if name == wanted {
            return true;
        }
    }
    false
}

/// The words of an error: fields of a letter and a text, `M` for people.
fn error(mut fields: &[u8]) -> Failure {
    while let Some(kind) = byte(&mut fields).filter(|kind| *kind != 0) {
        let Some(text) = c_string(&mut fields) else { break };
        if kind == b'M' {
            return Failure::Answer("the server refuses", excerpt(text, 160));
        }
    }
    Failure::Refuses("the server refuses")
}

impl Protocol for Pgsql {
    fn start(&mut self) -> Next {
        if self.tls {
            self.phase = Phase::Tls;
            return Next::Send(SSL_REQUEST.to_vec());
        }
        self.startup()
    }

    fn secured(&mut self) -> Next {
        self.startup()
    }

    fn quiet(&mut self) -> Next {
        if self.phase == Phase::Admitted { Next::Finish(TERMINATE.to_vec()) } else { Next::Read }
    }

    fn input(&mut self, bytes: &[u8], _eof: bool) -> Next {
        if self.buffer.push(bytes).is_err() {
            return Next::Fail(Failure::TooLong("answer"));
        }
        if self.phase == Phase::Tls {
            return match self.buffer.as_slice() {
                [] => Next::Read,
                [b'S'] => {
                    self.buffer.clear();
                    Next::StartTls
                }
                [b'N', ..] => Next::Fail(Failure::Unsupported("TLS")),
                _ => Next::Fail(Failure::NotSpoken("PostgreSQL")),
            };
        }
        loop {
            let mut rest = self.buffer.as_slice();
            let (Some(kind), Some(length)) = (byte(&mut rest), be32(&mut rest)) else { return self.more() };
            let length = length as usize;
            if !b"RENvSKZ".contains(&kind) || !(4..MOST).contains(&length) {
                return Next::Fail(Failure::NotSpoken("PostgreSQL"));
            }
            if self.buffer.len() < 1 + length {
                return self.more();
            }
            let message = self.buffer.take(1 + length).to_vec();
            let step = self.answered(kind, message.get(5..).unwrap_or_default());
            if step != Next::Read {
                return step;
            }
        }
    }
}

#[cfg(test)]
mod tests;

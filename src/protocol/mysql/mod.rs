//! MySQL and MariaDB: the greeting, and with credentials a login.
//! <https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html>
//!
//! Without credentials the greeting is enough. With them the server's own method is used: `mysql_native_password` or
//! `caching_sha2_password`. The full exchange of the latter hands the password over, which is done over TLS and over socket files only.

mod login;
mod packet;

use super::buffer::Buffer;
use super::dialogue::{Dialogue, Talk};
use super::{Failure, Next, Protocol, excerpt};
use crate::config::{OptionName, Target};
use login::Method;
use packet::{Greeting, Packet};

/// `protocol mysql` and `mysqls`.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["mysql", "mysqls"],
    // The server speaks first and is asked for TLS, also where a control file says `mysql` with `ssl`.
    starttls: |_| true,
    begin: |talk: &Talk<'_>| {
        let option = |name| talk.test.protocol.text(name).map(Box::from);
        Box::new(Mysql {
            username: option(OptionName::Username),
            password: option(OptionName::Password).unwrap_or_default(),
            tls: talk.test.tls.is_some() || talk.test.protocol.spec.tls || talk.test.certificate.is_some(),
            private: matches!(talk.test.target, Target::Unix(_)),
            key_sum: talk.test.protocol.checksum(OptionName::RsaKey).map(|(kind, sum)| (kind, sum.into())),
            buffer: Buffer::new(packet::MOST),
            phase: Phase::Greeting,
            salt: Vec::new(),
            method: Method::Native,
        })
    },
};

struct Mysql {
    username: Option<Box<str>>,
    password: Box<str>,
    tls: bool,
    /// Nobody can listen: a secret may be sent as it is.
    private: bool,
    /// The server's public key must have this sum.
    key_sum: Option<(crate::config::ChecksumKind, Box<str>)>,
    buffer: Buffer,
    phase: Phase,
    salt: Vec<u8>,
    method: Method,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Greeting,
    /// TLS was asked for; the packet with the login has this number.
    Tls(u8),
    Login,
    /// The server sends its public key.
    Key,
    Over,
}

// Secrets stay out of what is printed.
impl std::fmt::Debug for Mysql {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mysql")
            .field("phase", &self.phase)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

impl Mysql {
    fn greeted(&mut self, packet: Packet) -> Next {
        let greeting = match Greeting::parse(&packet.body) {
            Ok(greeting) => greeting,
            Err(failure) => return Next::Fail(failure),
        };
        self.salt = greeting.salt;
        self.method = greeting.method;
        let next = packet.number.wrapping_add(1);
        if self.tls {
            if !greeting.tls {
                return Next::Fail(Failure::Unsupported("TLS"));
            }
            self.phase = Phase::Tls(next.wrapping_add(1));
            return Next::Send(packet::encode(next, &login::request_tls()));
        }
        if self.username.is_none() {
            return Next::Done;
        }
        self.log_in(next)
    }

    fn log_in(&mut self, number: u8) -> Next {
        let Some(username) = &self.username else { return Next::Done };
        self.phase = Phase::Login;
        let body = login::response(username, &self.password, self.method, &self.salt, self.tls);
        Next::Send(packet::encode(number, &body))
    }

    fn answered(&mut self, packet: Packet) -> Next {
        let next = packet.number.wrapping_add(1);
        match packet.body.as_slice() {
            [0, ..] => {
                self.phase = Phase::Over;
                // COM_QUIT begins a sequence of its own.
                Next::Finish(packet::encode(0, &[1]))
            }
            [0xff, ..] => Next::Fail(packet::error(&packet.body)),
            [0xfe, rest @ ..] => self.switch(rest, next),
            [1, 3] if self.method == Method::CachingSha2 => Next::Read,
            [1, 4] if self.method == Method::CachingSha2 => self.full_exchange(next),
            [1, ..] => Next::Fail(Failure::Unsupported("the way to log in that this server asks for")),
            _ => Next::Fail(Failure::NotSpoken("MySQL")),
        }
    }

    /// Another method than the greeting named.
    fn switch(&mut self, rest: &[u8], next: u8) -> Next {
        let Some(end) = rest.iter().position(|byte| *byte == 0) else {
            return Next::Fail(Failure::Unsupported("the old form of passwords"));
        };
        let (name, salt) = (&rest[..end], &rest[end + 1..]);
        let Some(method) = Method::named(name) else {
            return Next::Fail(Failure::Answer("the server wants another way to log in", excerpt(name, 60)));
        };
        self.method = method;
        self.salt = salt.strip_suffix(&[0]).unwrap_or(salt).to_vec();
        Next::Send(packet::encode(next, &login::proof(&self.password, method, &self.salt)))
    }

    fn full_exchange(&mut self, next: u8) -> Next {
        if self.private {
            let secret = [self.password.as_bytes(), &[0]].concat();
            return Next::Send(packet::encode(next, &secret));
        }
        if self.key_sum.is_some() {
            self.phase = Phase::Key;
            return Next::Send(packet::encode(next, &[2]));
        }
        Next::Fail(Failure::Refuses(
            "the server has not cached this password: over a plain connection that needs 'protocol mysqls'",
        ))
    }

    /// The server's public key: it can be compared, the password is not encrypted with it.
    fn key(&mut self, packet: &Packet) -> Next {
        let (Some((kind, wanted)), [1, key @ ..]) = (&self.key_sum, packet.body.as_slice()) else {
            return Next::Fail(Failure::NotSpoken("MySQL"));
        };
        let found = login::key_sum(*kind, key);
        if !found.eq_ignore_ascii_case(wanted) {
            return Next::Fail(Failure::Answer("the server's key has another checksum", found.into()));
        }
        Next::Fail(Failure::Refuses(
            "the server's key is the right one, but the server has not cached this password: that needs 'protocol mysqls'",
        ))
    }
}

impl Protocol for Mysql {
    fn start(&mut self) -> Next {
        Next::Read
    }

    fn secured(&mut self) -> Next {
        self.private = true;
        match self.phase {
            Phase::Tls(number) => self.log_in(number),
            _ => Next::Fail(Failure::NotSpoken("MySQL")),
        }
    }

    fn input(&mut self, bytes: &[u8], _eof: bool) -> Next {
        if self.buffer.push(bytes).is_err() {
            return Next::Fail(Failure::TooLong("answer"));
        }
        if let Phase::Tls(_) = self.phase {
            // The request is out. Nothing may have come before TLS.
            return if self.buffer.is_empty() {
                Next::StartTls
            } else {
                Next::Fail(Failure::NotSpoken("MySQL"))
            };
        }
        loop {
            let packet = match packet::decode(&mut self.buffer) {
                Ok(Some(packet)) => packet,
                Ok(None) => return Next::Read,
                Err(failure) => return Next::Fail(failure),
            };
            let step = match self.phase {
                Phase::Greeting => self.greeted(packet),
                Phase::Login => self.answered(packet),
                Phase::Key => self.key(&packet),
                Phase::Tls(_) | Phase::Over => Next::Done,
            };
            if step != Next::Read {
                return step;
            }
        }
    }
}

#[cfg(test)]
mod tests;

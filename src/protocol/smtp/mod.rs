//! Handing mail to a server: SMTP (RFC 5321) with STARTTLS (RFC 3207), AUTH (RFC 4954) and 8BITMIME (RFC 6152).
//!
//! [`Delivery`] carries any number of messages over one connection. When it is ready for one it says so
//! ([`Delivery::is_ready`]); its owner then gives it a message ([`Delivery::submit`]) or says that there is none left
//! ([`Delivery::quit`]) and lets the driver ask again for the next step. What a message looks like, and what a refusal
//! means, is the owner's business.

pub mod auth;
mod extensions;
pub mod probe;
pub mod reply;
mod wire;

use self::auth::Mechanism;
use self::extensions::Extensions;
use self::reply::{Reply, ReplyReader};
use self::wire::{is_address, stuffed};
use super::refusal::{Moment, Refusal};
use super::{Failure, Next, Protocol};
use std::mem;
use std::time::Duration;

const RESPONSE_ERROR: &str = "Mailserver response error";
/// RFC 5321, 4.5.3.2.6 asks for ten minutes after the final dot, because a client that gives up too early sends the
/// message again and again. One minute is what content filters of ordinary servers need.
const CONTENT_PATIENCE: Duration = Duration::from_secs(60);
const AUTH_ERROR: &str = "Authentication failed";

/// How to introduce ourselves.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Our name in EHLO.
    pub hostname: Box<str>,
    /// User and password for AUTH.
    pub credentials: Option<(Box<str>, Box<str>)>,
    /// Ask for TLS within the dialogue, and go no further without it.
    pub starttls: bool,
    /// The connection is TLS from its first byte.
    pub secure: bool,
    /// How long the server may think about a message at its end, when not as long as is usual.
    pub content_patience: Option<Duration>,
    /// The answer to the farewell must come, and be the right one: the dialogue is what is tested.
    pub proper_end: bool,
}

/// One message for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Sender's bare address.
    pub from: Box<str>,
    /// Recipient's bare address.
    pub to: Box<str>,
    /// Header and body. Line ends are made CR LF and leading dots doubled here.
    pub content: Vec<u8>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The server has taken responsibility for it.
    Delivered,
    /// The server does not take it.
    Refused {
        /// What that says about the message.
        why: Refusal,
        /// What it said, bounded and printable.
        text: Box<str>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Greeting,
    Ehlo,
    Helo,
    StartTls,
    Handshake,
    Auth(Mechanism, u8),
    Ready,
    Mail,
    Rcpt,
    Data,
    Content,
    Reset,
    Quit,
}

/// The dialogue.
#[derive(Debug)]
pub struct Delivery {
    options: Options,
    state: State,
    replies: ReplyReader,
    secure: bool,
    extensions: Extensions,
    message: Option<Envelope>,
    outcome: Option<Fate>,
    quitting: bool,
}

impl Delivery {
    /// A dialogue that has not begun.
    pub fn new(options: Options) -> Delivery {
        let secure = options.secure;
        Delivery {
            options,
            state: State::Greeting,
            replies: ReplyReader::new(),
            secure,
            extensions: Extensions::default(),
            message: None,
            outcome: None,
            quitting: false,
        }
    }

    /// The server waits for a message; nothing happens before [`submit`](Self::submit) or [`quit`](Self::quit).
    pub fn is_ready(&self) -> bool {
        self.state == State::Ready && self.message.is_none() && !self.quitting
    }

    /// Does the server take text with bytes above 127? Known once it is ready.
    pub fn takes_eight_bit(&self) -> bool {
        self.extensions.eight_bit
    }

    /// The next message, for a server that is ready.
    pub fn submit(&mut self, envelope: Envelope) {
        self.message = Some(envelope);
    }

    /// There are no more messages: take leave when the server is ready.
    pub fn quit(&mut self) {
        self.quitting = true;
    }

    /// All messages are done and only the farewell is outstanding; what goes wrong now loses nothing.
    pub fn is_leaving(&self) -> bool {
        self.state == State::Quit
    }

    /// The message is with the server, and it has not yet said whether it takes it.
    pub fn is_in_doubt(&self) -> bool {
        self.state == State::Content
    }

    /// What became of the message submitted last; told once.
    pub fn take_outcome(&mut self) -> Option<Fate> {
        self.outcome.take()
    }

    fn send(&mut self, state: State, line: &str) -> Next {
        self.state = state;
        // No value may smuggle a second command onto the wire.
        let mut bytes: Vec<u8> = line.bytes().filter(|b| !matches!(b, b'\r' | b'\n' | 0)).collect();
        bytes.extend_from_slice(b"\r\n");
        Next::Send(bytes)
    }

    fn ehlo(&mut self) -> Next {
        self.extensions = Extensions::default();
        let line = format!("EHLO {}", self.own_name());
        self.send(State::Ehlo, &line)
    }

    fn own_name(&self) -> String {
        let name: String = self.options.hostname.chars().filter(char::is_ascii_graphic).collect();
        if name.is_empty() { "localhost".into() } else { name }
    }

    /// EHLO or HELO is answered: what must be done before the first message?
    fn introduced(&mut self) -> Next {
        if self.options.starttls && !self.secure {
            if !self.extensions.starttls {
                return Next::Fail(Failure::Unsupported("STARTTLS"));
            }
            return self.send(State::StartTls, "STARTTLS");
        }
        match self.options.credentials {
            Some(_) => self.authenticate(None),
            None => self.ready(),
        }
    }

    /// Tries the next mechanism; `refused` is the answer to the last one.
    fn authenticate(&mut self, refused: Option<Box<str>>) -> Next {
        let Some((username, password)) = &self.options.credentials else { return self.ready() };
        match self.extensions.auth.take_best(self.secure) {
            Some(Mechanism::Plain) => {
                let line = format!("AUTH PLAIN {}", auth::plain(username, password));
                self.send(State::Auth(Mechanism::Plain, 0), &line)
            }
            Some(Mechanism::Login) => self.send(State::Auth(Mechanism::Login, 0), "AUTH LOGIN"),
            Some(Mechanism::CramMd5) => self.send(State::Auth(Mechanism::CramMd5, 0), "AUTH CRAM-MD5"),
            None => Next::Fail(Failure::Answer(
                AUTH_ERROR,
                refused.unwrap_or_else(|| "no supported authentication methods found".into()),
            )),
        }
    }

    fn authenticating(&mut self, mechanism: Mechanism, step: u8, reply: Reply) -> Next {
        match reply.code {
            235 => self.ready(),
            334 => {
                let Some((username, password)) = &self.options.credentials else {
                    return unexpected(reply);
                };
                let challenge = reply.text.as_bytes().get(4..).unwrap_or_default();
                let answer = match (mechanism, step) {
                    (Mechanism::Plain, 0) => Some(auth::plain(username, password)),
                    (Mechanism::Login, 0) => Some(auth::encode(&**username)),
                    (Mechanism::Login, 1) => Some(auth::encode(&**password)),
                    (Mechanism::CramMd5, 0) => auth::cram_md5(username, password, challenge),
                    _ => None,
                };
                match answer {
                    Some(line) => self.send(State::Auth(mechanism, step + 1), &line),
                    None => Next::Fail(Failure::Answer(AUTH_ERROR, reply.text)),
                }
            }
            500..=599 => self.authenticate(Some(reply.text)),
            _ => Next::Fail(Failure::Answer(AUTH_ERROR, reply.text)),
        }
    }

    fn ready(&mut self) -> Next {
        self.state = State::Ready;
        let Some(message) = &self.message else {
            return if self.quitting { self.send(State::Quit, "QUIT") } else { Next::Read };
        };
        let eight_bit = message.content.iter().any(|byte| !byte.is_ascii());
        let utf8 = !(message.from.is_ascii() && message.to.is_ascii());
        if !is_address(&message.from) || !is_address(&message.to) {
            return self.refused_here("not a mail address");
        }
        if self.extensions.size.is_some_and(|size| message.content.len() as u64 > size) {
            return self.refused_here("the message is larger than the server takes");
        }
        let mut line = format!("MAIL FROM: <{}>", message.from);
        if eight_bit && self.extensions.eight_bit {
            line.push_str(" BODY=8BITMIME");
        }
        if utf8 && self.extensions.utf8 {
            line.push_str(" SMTPUTF8");
        }
        self.send(State::Mail, &line)
    }

    /// The message cannot be offered at all.
    fn refused_here(&mut self, text: &str) -> Next {
        self.message = None;
        self.outcome = Some(Fate::Refused { why: Refusal::OfMessage, text: text.into() });
        Next::Read
    }

    fn recipient(&mut self) -> Next {
        match &self.message {
            Some(message) => {
                let line = format!("RCPT TO: <{}>", message.to);
                self.send(State::Rcpt, &line)
            }
            None => self.ready(),
        }
    }

    fn content(&mut self) -> Next {
        self.state = State::Content;
        Next::Send(stuffed(self.message.as_mut().map(|m| mem::take(&mut m.content)).unwrap_or_default()))
    }

    /// The server refuses the message in hand; the connection goes on after a RSET where one is needed.
    fn refused(&mut self, reply: Reply, at: Moment) -> Next {
        let why = Refusal::of_smtp(reply.code, reply.detail(), at);
        self.message = None;
        self.outcome = Some(Fate::Refused { why, text: reply.text });
        match self.state {
            State::Rcpt | State::Data => self.send(State::Reset, "RSET"),
            _ => self.ready(),
        }
    }

    fn replied(&mut self, reply: Reply) -> Next {
        // RFC 5321, 3.8: 421 may answer any command and means that the server closes.
        if reply.code == 421 && self.state != State::Quit {
            return unexpected(reply);
        }
        match self.state {
            State::Greeting if reply.code == 220 => self.ehlo(),
            State::Ehlo if reply.is_positive() => self.introduced(),
            State::Ehlo if reply.is_permanent() => {
                let line = format!("HELO {}", self.own_name());
                self.extensions = Extensions::default();
                self.send(State::Helo, &line)
            }
            State::Helo if reply.is_positive() => self.introduced(),
            State::StartTls if reply.code == 220 => {
                self.state = State::Handshake;
                Next::StartTls
            }
            State::Auth(mechanism, step) => self.authenticating(mechanism, step, reply),
            State::Mail if reply.is_positive() => self.recipient(),
            State::Mail => self.refused(reply, Moment::Sender),
            State::Rcpt if reply.is_positive() => self.send(State::Data, "DATA"),
            State::Rcpt => self.refused(reply, Moment::Recipient),
            State::Data if reply.code == 354 => self.content(),
            State::Data if reply.code >= 400 => self.refused(reply, Moment::Content),
            State::Content if reply.is_positive() => {
                self.message = None;
                self.outcome = Some(Fate::Delivered);
                self.ready()
            }
            State::Content => self.refused(reply, Moment::Content),
            State::Reset if reply.is_positive() => self.ready(),
            State::Quit if self.options.proper_end && reply.code != 221 => unexpected(reply),
            State::Quit => Next::Done,
            _ => unexpected(reply),
        }
    }
}

fn unexpected(reply: Reply) -> Next {
    Next::Fail(Failure::Answer(RESPONSE_ERROR, reply.text))
}

impl Protocol for Delivery {
    fn start(&mut self) -> Next {
        self.state = State::Greeting;
        Next::Read
    }

    fn input(&mut self, mut bytes: &[u8], eof: bool) -> Next {
        if self.state == State::Ready && bytes.is_empty() && !eof && !self.replies.is_pending() {
            return self.ready();
        }
        loop {
            let mut extensions = self.extensions;
            let ehlo = self.state == State::Ehlo;
            let reply = self.replies.read(&mut bytes, |line| {
                if ehlo {
                    extensions.add(line);
                }
            });
            self.extensions = extensions;
            match reply {
                Ok(Some(reply)) => {
                    let step = self.replied(reply);
                    let ahead = self.replies.is_pending() || !bytes.is_empty();
                    match step {
                        Next::Read => {}
                        // No command of ours is outstanding when the server has already said more: without
                        // PIPELINING that is a broken server, and before a TLS handshake somebody between us.
                        Next::Send(_) | Next::StartTls if ahead => {
                            let text = "the server answers what was not asked".into();
                            return Next::Fail(Failure::Answer(RESPONSE_ERROR, text));
                        }
                        step => return step,
                    }
                }
                Ok(None) if eof && self.state == State::Quit && !self.options.proper_end => {
                    return Next::Done;
                }
                Ok(None) if eof => return Next::Fail(Failure::Closed),
                Ok(None) => return Next::Read,
                Err(failure) => return Next::Fail(failure),
            }
        }
    }

    fn secured(&mut self) -> Next {
        self.secure = true;
        self.ehlo()
    }

    fn patience(&self) -> Duration {
        match self.state {
            State::Content => self.options.content_patience.unwrap_or(CONTENT_PATIENCE),
            _ => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests;

//! HTTP: one request, and tests of the answer's status, body and checksum.
//!
//! Without a test of the body the head is enough. Of a body that is searched no more is kept than the limit says, of one
//! that is only summed nothing. Redirects are answers like others, unless they are to be followed.

pub mod body;
pub mod head;
pub mod post;
mod redirect;
pub mod request;
pub mod retry_after;

use self::body::Body;
use self::head::{Head, HeadReader, Length};
use super::dialogue::{Dialogue, Talk, tls_first};
use super::{Failure, Next, Protocol, Server, json};
use crate::config::{ChecksumKind, Content, JsonTest, Operator, OptionName};
use crate::digest::{Hasher, Kind};
use std::mem;

const NOT_HTTP: &str = "HTTP error: Cannot parse HTTP status in response";
const NO_ANSWER: &str = "HTTP: Error receiving data";
const STATUS: &str = "HTTP error: Server returned status";

/// `protocol http`, `protocol https`, `url`.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["http", "https"],
    starttls: tls_first,
    begin: |talk: &Talk<'_>| Box::new(Http::new(talk)),
};

#[derive(Debug)]
struct Http {
    request: Vec<u8>,
    wanted: Wanted,
    phase: Phase,
    /// Redirects are followed.
    way: Option<Box<Way>>,
}

/// How far redirects have led.
#[derive(Debug)]
struct Way {
    most: u64,
    left: u64,
    here: Server,
    /// What was asked for last: path and query.
    target: String,
}

/// What the answer must be like.
#[derive(Debug)]
struct Wanted {
    /// The answer has no body, whatever its head says.
    head_only: bool,
    status: Option<(Operator, u64)>,
    content: Option<Content>,
    json: Vec<JsonTest>,
    checksum: Option<(ChecksumKind, Box<str>)>,
    /// Bytes of the body that are searched.
    limit: usize,
}

#[derive(Debug)]
enum Phase {
    Head(HeadReader),
    Body {
        body: Body,
        text: Vec<u8>,
        /// There was more than `text` may hold.
        cut: bool,
        hasher: Option<Hasher>,
    },
    /// The pattern is being looked for; then this is the checksum.
    Searching(Option<Hasher>),
}

impl Http {
    fn new(talk: &Talk<'_>) -> Http {
        let protocol = &talk.test.protocol;
        let request = request::request(talk);
        let way = protocol.number(OptionName::Follow).map(|most| {
            let target = request.split(|byte| *byte == b' ').nth(1).unwrap_or(b"/");
            let here = Server { secure: request::is_secure(talk), host: talk.host.into(), port: talk.port };
            Box::new(Way { most, left: most, here, target: String::from_utf8_lossy(target).into() })
        });
        Http {
            request,
            way,
            wanted: Wanted {
                head_only: request::is_head(talk),
                status: protocol.compare(OptionName::Status),
                content: talk.test.content.as_deref().cloned(),
                json: protocol.json().cloned().collect(),
                checksum: protocol
                    .checksum(OptionName::Checksum)
                    .map(|(kind, sum)| (kind, sum.to_ascii_lowercase().into())),
                limit: usize::try_from(talk.limits.http_content_buffer).unwrap_or(usize::MAX),
            },
            phase: Phase::Head(HeadReader::new(NOT_HTTP)),
        }
    }

    fn answered(&mut self, head: Head, rest: &[u8], eof: bool) -> Next {
        if let (Some(way), Some(location)) = (&mut self.way, &head.location) {
            return match way.follow(location, &self.request) {
                Ok((request, step)) => {
                    self.request = request;
                    self.phase = Phase::Head(HeadReader::new(NOT_HTTP));
                    step
                }
                Err(failure) => Next::Fail(failure),
            };
        }
        if !self.wanted.takes(head.status) {
            return Next::Fail(Failure::Code(STATUS, head.status.into()));
        }
        if !self.wanted.text() && self.wanted.checksum.is_none() {
            return Next::Done;
        }
        // RFC 9112, 6.3.
        let bodiless = self.wanted.head_only || matches!(head.status, 101 | 204 | 304);
        let length = if bodiless { Length::Bytes(0) } else { head.length };
        if self.wanted.text() && head.length == Length::Bytes(0) {
            return Next::Fail(Failure::Refuses("HTTP error: No content returned from server"));
        }
        let body = match Body::new(length) {
            Ok(body) => body,
            Err(failure) => return Next::Fail(failure),
        };
        let hasher = self.wanted.checksum.as_ref().map(|(kind, _)| Hasher::new(digest_kind(*kind)));
        self.phase = Phase::Body { body, text: Vec::new(), cut: false, hasher };
        self.body(rest, eof)
    }

    fn body(&mut self, bytes: &[u8], eof: bool) -> Next {
        let Phase::Body { body, text, cut, hasher } = &mut self.phase else { return Next::Read };
        let limit = if self.wanted.text() { self.wanted.limit } else { 0 };
        let read = body.read(bytes, |bytes| {
            *cut |= !keep(text, bytes, limit);
            if let Some(hasher) = hasher {
                hasher.update(bytes);
            }
        });
        let closed = if eof { body.close() } else { Ok(()) };
        if let Err(failure) = read.and(closed) {
            return Next::Fail(failure);
        }
        let enough = hasher.is_none() && text.len() >= limit;
        if !(body.is_complete() || eof || enough) {
            return Next::Read;
        }
        let whole = !*cut && (body.is_complete() || eof);
        let (text, hasher) = (mem::take(text), hasher.take());
        if let Err(failure) = self.wanted.json(&text, whole) {
            return Next::Fail(failure);
        }
        self.phase = Phase::Searching(hasher);
        match &self.wanted.content {
            Some(content) => Next::Match(content.pattern.clone(), text),
            None => self.sum(),
        }
    }

    fn sum(&mut self) -> Next {
        let Phase::Searching(hasher) = &mut self.phase else { return Next::Read };
        let (Some(hasher), Some((kind, expected))) = (hasher.take(), &self.wanted.checksum) else {
            return Next::Done;
        };
        let got = hasher.finish();
        if got == **expected {
            return Next::Done;
        }
        Next::Fail(Failure::Checksum { kind: *kind, expected: expected.clone(), got: got.into() })
    }
}

impl Way {
    /// The next request, and where it goes.
    fn follow(&mut self, location: &[u8], before: &[u8]) -> Result<(Vec<u8>, Next), Failure> {
        let most = u32::try_from(self.most).unwrap_or_default();
        self.left =
            self.left.checked_sub(1).ok_or(Failure::Code("HTTP error: redirected more often than", most))?;
        let onward = redirect::onward(&self.here, &self.target, location)?;
        let request = redirect::request(before, &onward);
        self.target = onward.target;
        let step = match onward.server {
            None => Next::Again,
            Some(server) => {
                self.here = server.clone();
                Next::Elsewhere(Box::new(server))
            }
        };
        Ok((request, step))
    }
}

impl Wanted {
    /// Is the text of the body needed?
    fn text(&self) -> bool {
        self.content.is_some() || !self.json.is_empty()
    }

    /// What the tests of JSON make of it; `whole`: it is all there.
    fn json(&self, text: &[u8], whole: bool) -> Result<(), Failure> {
        if !self.json.is_empty() && !whole {
            return Err(Failure::Refuses("HTTP error: the answer is longer than httpContentBuffer allows"));
        }
        for test in &self.json {
            let found = json::find(text, &test.pointer)
                .map_err(|json::NotJson| Failure::Refuses("HTTP error: the answer is not JSON"))?;
            if found.as_ref().is_some_and(|found| found.is(&test.value)) == test.negated {
                return Err(Failure::Json {
                    pointer: test.pointer.clone(),
                    found: found.map(|found| found.shown()),
                    negated: test.negated,
                    wanted: test.value.clone(),
                });
            }
        }
        Ok(())
    }

    fn takes(&self, status: u16) -> bool {
        let status = u64::from(status);
        match self.status {
            None => status < 400,
            Some((operator, limit)) => holds(operator, status, limit),
        }
    }
}

impl Protocol for Http {
    fn start(&mut self) -> Next {
        match &self.way {
            // It is needed once more.
            Some(_) => Next::Send(self.request.clone()),
            None => Next::Send(mem::take(&mut self.request)),
        }
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        match &mut self.phase {
            Phase::Head(reader) => match reader.read(bytes) {
                Ok(Some((head, rest))) => self.answered(head, &rest, eof),
                Ok(None) if eof => Next::Fail(Failure::ClosedAt(NO_ANSWER)),
                Ok(None) => Next::Read,
                Err(failure) => Next::Fail(failure),
            },
            Phase::Body { .. } => self.body(bytes, eof),
            Phase::Searching(_) => Next::Read,
        }
    }

    fn matched(&mut self, found: bool) -> Next {
        match &self.wanted.content {
            Some(content) if found == content.negated => {
                Next::Fail(Failure::Content { negated: content.negated })
            }
            _ => self.sum(),
        }
    }
}

/// Adds to `text` as much of `bytes` as fits below `limit`, without reserving more than that; true if that is all of them.
fn keep(text: &mut Vec<u8>, bytes: &[u8], limit: usize) -> bool {
    let room = limit.saturating_sub(text.len());
    let fits = bytes.len() <= room;
    let bytes = bytes.get(..room).unwrap_or(bytes);
    if bytes.len() > text.capacity() - text.len() {
        let wanted = text.capacity().saturating_mul(2).max(text.len() + bytes.len()).min(limit);
        text.reserve_exact(wanted - text.len());
    }
    text.extend_from_slice(bytes);
    fits
}

/// Does the comparison of the control file hold?
pub fn holds(operator: Operator, value: u64, limit: u64) -> bool {
    match operator {
        Operator::Greater => value > limit,
        Operator::GreaterOrEqual => value >= limit,
        Operator::Less => value < limit,
        Operator::LessOrEqual => value <= limit,
        Operator::Equal => value == limit,
        Operator::NotEqual | Operator::Changed => value != limit,
    }
}

fn digest_kind(kind: ChecksumKind) -> Kind {
    match kind {
        ChecksumKind::Md5 => Kind::Md5,
        ChecksumKind::Sha1 => Kind::Sha1,
        ChecksumKind::Sha256 => Kind::Sha256,
    }
}

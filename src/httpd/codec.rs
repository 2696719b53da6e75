//! The server's half of HTTP, without a socket and without a clock: bytes in, one request out.
//!
//! What is spoken: HTTP/0.9 to 1.1 request lines with headers, a body measured by `Content-Length`. What is not: chunked
//! bodies, pipelining, `Expect: 100-continue`. Line ends may be LF alone. A connection may go on to another request only
//! where nobody can be in doubt about where this one ends.
//! Only the headers someone asks for are kept; all others pass through in constant memory.
//!
//! Credentials and tokens are judged in [`super::auth`], paths in [`super::route`].

use super::form::{Form, decode};
use super::packed;
pub use super::refusal::Refusal;

/// Longest request line in bytes. The reference stops at 512, common servers at 8192; names in a query fit in half.
pub const REQUEST_LINE: usize = 4096;
/// Longest header that is kept (`Authorization`, `Cookie`): browsers send up to 4096 bytes per cookie.
pub const KEPT_HEADER: usize = 8192;
/// All headers together: browsers behind proxies send some 10 kB, the reference takes 100 kB without complaint.
pub const HEADERS: usize = 128 * 1024;
/// Longest header name looked at, with blanks before the colon; ours have 17 bytes.
const HEADER_NAME: usize = 64;
/// Most blank lines before the request line (RFC 9112, 2.2 asks to skip at least one).
const BLANK_LINES: usize = 8;

/// What the client wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Read, but send the headers alone.
    Head,
    /// Read or act, with parameters in the body.
    Post,
    /// Something we do not do; answered by 501.
    Other,
}

/// A complete request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is wanted.
    pub method: Method,
    /// Path and query as sent, for `Location`.
    pub target: Box<str>,
    /// The decoded path; begins with `/`.
    pub path: Box<str>,
    /// Parameters of the URL.
    pub query: Form,
    /// Parameters of the body of a POST.
    pub body: Form,
    /// `Authorization`, as sent.
    pub authorization: Option<Box<str>>,
    /// `Cookie`; several are joined by `; `.
    pub cookie: Option<Box<str>>,
    /// `Host`, or the authority of the target; several that differ are joined by `, `.
    pub host: Option<Box<str>>,
    /// `Origin`, as `host`.
    pub origin: Option<Box<str>>,
    /// `Accept`; several are joined by `, `.
    pub accept: Option<Box<str>>,
    /// The client reads gzip (`Accept-Encoding`).
    pub gzip: bool,
    /// Another request may follow: HTTP/1.1 with a `Host`, no `Connection: close`, and nothing behind it yet.
    pub keep: bool,
    /// The client reads an answer in chunks: it speaks HTTP/1.1 as that is written.
    pub chunks: bool,
    /// It came within TLS; whoever has the connection says so.
    pub secure: bool,
    /// Who brought the right password; whoever has looked at it says so.
    pub user: Option<Box<str>>,
}

/// What came of the bytes so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Not complete.
    NeedMore,
    /// Complete. Whatever follows in the same bytes is not looked at.
    Request(Box<Request>),
    /// Never will be.
    Refused(Refusal),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    RequestLine,
    Headers,
    Body,
    Finished,
}

/// The headers that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Authorization,
    Cookie,
    ContentLength,
    ContentType,
    TransferEncoding,
    Host,
    Origin,
    Accept,
    AcceptEncoding,
    Connection,
}

const KEPT: [(&str, Kept); 10] = [
    ("authorization", Kept::Authorization),
    ("cookie", Kept::Cookie),
    ("content-length", Kept::ContentLength),
    ("content-type", Kept::ContentType),
    ("transfer-encoding", Kept::TransferEncoding),
    ("host", Kept::Host),
    ("origin", Kept::Origin),
    ("accept", Kept::Accept),
    ("accept-encoding", Kept::AcceptEncoding),
    ("connection", Kept::Connection),
];

/// Reads one request.
#[derive(Debug)]
pub struct Codec {
    state: State,
    /// The line being read, without its end. Headers nobody needs are dropped from it while they stream in.
    line: Vec<u8>,
    /// The rest of the current line is of no interest.
    skipping: bool,
    blank_lines: usize,
    header_bytes: usize,
    method: Method,
    target: Box<str>,
    authorization: Option<Box<str>>,
    cookie: Option<Box<str>>,
    host: Option<Box<str>>,
    origin: Option<Box<str>>,
    accept: Option<Box<str>>,
    gzip: bool,
    length: Option<Result<usize, ()>>,
    chunked: bool,
    multipart: bool,
    /// HTTP/1.1, and no word of closing.
    keep: bool,
    newer: bool,
    body: Vec<u8>,
    body_limit: usize,
}

impl Codec {
    /// A codec that takes at most `body_limit` bytes of body.
    pub fn new(body_limit: usize) -> Codec {
        Codec {
            state: State::RequestLine,
            line: Vec::new(),
            skipping: false,
            blank_lines: 0,
            header_bytes: 0,
            method: Method::Other,
            target: Box::default(),
            authorization: None,
            cookie: None,
            host: None,
            origin: None,
            accept: None,
            gzip: false,
            length: None,
            chunked: false,
            multipart: false,
            keep: false,
            newer: false,
            body: Vec::new(),
            body_limit,
        }
    }

    /// Takes the next bytes. After [`Event::Request`] or [`Event::Refused`] nothing more is looked at.
    pub fn receive(&mut self, bytes: &[u8]) -> Event {
        let mut rest = bytes;
        while !rest.is_empty() {
            let taken = match self.state {
                State::RequestLine | State::Headers => self.receive_line(&mut rest),
                State::Body => self.receive_body(&mut rest),
                State::Finished => return Event::NeedMore,
            };
            match taken {
                Ok(None) => {}
                Ok(Some(mut request)) => {
                    self.state = State::Finished;
                    request.keep &= rest.is_empty();
                    return Event::Request(request);
                }
                Err(refusal) => {
                    self.state = State::Finished;
                    return Event::Refused(refusal);
                }
            }
        }
        Event::NeedMore
    }

    /// Has the client said anything yet?
    pub fn begun(&self) -> bool {
        self.state != State::RequestLine || !self.line.is_empty()
    }

    fn receive_line(&mut self, rest: &mut &[u8]) -> Result<Option<Box<Request>>, Refusal> {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let (piece, after) = match end {
            Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at + 1..).unwrap_or_default()),
            None => (*rest, &b""[..]),
        };
        *rest = after;
        if self.state == State::Headers {
            self.header_bytes += piece.len() + usize::from(end.is_some());
            if self.header_bytes > HEADERS {
                return Err(Refusal::LongHeaders);
            }
            self.keep_header_bytes(piece)?;
        } else {
            if self.line.len() + piece.len() > REQUEST_LINE {
                return Err(Refusal::LongTarget);
            }
            self.line.extend_from_slice(piece);
        }
        if end.is_none() {
            return Ok(None);
        }
        let mut line = std::mem::take(&mut self.line);
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        let skipped = std::mem::take(&mut self.skipping);
        if self.state == State::RequestLine {
            return self.request_line(&line).map(|()| None);
        }
        if skipped {
            return Ok(None);
        }
        if line.is_empty() {
            return self.headers_complete();
        }
        self.header(&line);
        Ok(None)
    }

    /// Adds to the header line what may matter of it: once the name is known not to be of interest the rest is
    /// skipped, so that a header of 100 kB costs nothing.
    fn keep_header_bytes(&mut self, piece: &[u8]) -> Result<(), Refusal> {
        if self.skipping {
            return Ok(());
        }
        let room = KEPT_HEADER - self.line.len().min(KEPT_HEADER);
        let long = piece.len() > room;
        self.line.extend_from_slice(piece.get(..room).unwrap_or(piece));
        let colon = self.line.iter().take(HEADER_NAME).position(|byte| *byte == b':');
        let kept = colon.is_some_and(|at| name_of(self.line.get(..at).unwrap_or_default()).is_some());
        if kept && long {
            return Err(Refusal::LongHeaders);
        }
        if !kept && (colon.is_some() || self.line.len() > HEADER_NAME) {
            self.skipping = true;
            self.line = Vec::new();
        }
        Ok(())
    }

    fn request_line(&mut self, line: &[u8]) -> Result<(), Refusal> {
        if line.is_empty() {
            self.blank_lines += 1;
            return if self.blank_lines > BLANK_LINES { Err(Refusal::Malformed) } else { Ok(()) };
        }
        let text = std::str::from_utf8(line).map_err(|_| Refusal::Malformed)?;
        if text.chars().any(char::is_control) {
            return Err(Refusal::Malformed);
        }
        let mut words = text.split(' ').filter(|word| !word.is_empty());
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(Refusal::Malformed);
        };
        if !known_version(version) || !method.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err(Refusal::Malformed);
        }
        self.method = match method {
            _ if method.eq_ignore_ascii_case("GET") => Method::Get,
            _ if method.eq_ignore_ascii_case("HEAD") => Method::Head,
            _ if method.eq_ignore_ascii_case("POST") => Method::Post,
            _ => Method::Other,
        };
        if let Some(authority) = authority(target) {
            also(&mut self.host, authority);
        }
        self.target = local_part(target).ok_or(Refusal::Malformed)?.into();
        self.newer = version == "HTTP/1.1";
        self.keep = self.newer;
        self.state = State::Headers;
        Ok(())
    }

    fn header(&mut self, line: &[u8]) {
        let Some(at) = line.iter().position(|byte| *byte == b':') else { return };
        let Some(name) = name_of(line.get(..at).unwrap_or_default()) else { return };
        let value = String::from_utf8_lossy(line.get(at + 1..).unwrap_or_default());
        let value = value.trim();
        match name {
            Kept::Authorization => self.authorization = Some(value.into()),
            Kept::Cookie => {
                self.cookie = Some(match self.cookie.take() {
                    Some(before) => format!("{before}; {value}").into(),
                    None => value.into(),
                });
            }
            Kept::ContentLength => {
                let length = match value.bytes().all(|byte| byte.is_ascii_digit()) {
                    true => value.parse().map_err(|_| ()),
                    false => Err(()),
                };
                // Two lengths that differ are a smuggled request (RFC 9112, 6.3), not a choice.
                let differs = self.length.is_some_and(|before| before != length);
                self.length = Some(if differs { Err(()) } else { length });
            }
            Kept::ContentType => {
                let start = value.get(..10).unwrap_or_default();
                self.multipart = start.eq_ignore_ascii_case("multipart/");
            }
            Kept::TransferEncoding => self.chunked = true,
            Kept::Host => also(&mut self.host, value),
            Kept::Origin => also(&mut self.origin, value),
            Kept::Accept => also(&mut self.accept, value),
            Kept::AcceptEncoding => self.gzip |= packed::is_taken(value),
            Kept::Connection => {
                let mut words = value.split(',').map(str::trim);
                self.keep &= !words.any(|word| word.eq_ignore_ascii_case("close"));
            }
        }
    }

    fn headers_complete(&mut self) -> Result<Option<Box<Request>>, Refusal> {
        if self.method != Method::Post {
            return Ok(Some(self.take_request()));
        }
        match self.length {
            _ if self.chunked => Err(Refusal::Parameters),
            Some(Ok(length)) if length <= self.body_limit => {
                self.state = State::Body;
                Ok(if length == 0 { Some(self.take_request()) } else { None })
            }
            _ => Err(Refusal::Parameters),
        }
    }

    fn receive_body(&mut self, rest: &mut &[u8]) -> Result<Option<Box<Request>>, Refusal> {
        let Some(Ok(length)) = self.length else { return Err(Refusal::Parameters) };
        let missing = length.saturating_sub(self.body.len());
        self.body.extend_from_slice(rest.get(..missing).unwrap_or(rest));
        *rest = rest.get(missing..).unwrap_or_default();
        Ok(if self.body.len() >= length { Some(self.take_request()) } else { None })
    }

    fn take_request(&mut self) -> Box<Request> {
        let target = std::mem::take(&mut self.target);
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let path = decode(path.as_bytes()).into();
        let query = Form::parse(query.as_bytes());
        let body = std::mem::take(&mut self.body);
        let bodiless = !self.chunked && matches!(self.length, None | Some(Ok(0)));
        let ends = bodiless || self.method == Method::Post;
        Box::new(Request {
            keep: self.keep && ends && self.host.is_some(),
            chunks: self.newer && self.host.is_some(),
            secure: false,
            user: None,
            method: self.method,
            path,
            query,
            body: if self.multipart { Form::default() } else { Form::parse(&body) },
            authorization: self.authorization.take(),
            cookie: self.cookie.take(),
            host: self.host.take(),
            origin: self.origin.take(),
            accept: self.accept.take(),
            gzip: self.gzip,
            target,
        })
    }
}

fn name_of(name: &[u8]) -> Option<Kept> {
    let name = name.trim_ascii_end();
    KEPT.iter().find(|(text, _)| name.eq_ignore_ascii_case(text.as_bytes())).map(|(_, kept)| *kept)
}

/// `HTTP/0.9`, `HTTP/1.x`.
fn known_version(version: &str) -> bool {
    match version.strip_prefix("HTTP/").map(str::as_bytes) {
        Some([b'0', b'.', b'9']) => true,
        Some([b'1', b'.', minor]) => minor.is_ascii_digit(),
        _ => false,
    }
}

/// Another value of something that should have one.
fn also(kept: &mut Option<Box<str>>, value: &str) {
    *kept = Some(match kept.take() {
        Some(before) if !before.eq_ignore_ascii_case(value) => format!("{before}, {value}").into(),
        _ => value.into(),
    });
}

/// What follows the scheme of a target in absolute form (RFC 9112, 3.2.2).
fn behind_scheme(target: &str) -> Option<&str> {
    let schemes = ["http://", "https://"];
    let is =
        |scheme: &&&str| target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    schemes.iter().find(is).and_then(|scheme| target.get(scheme.len()..))
}

/// Whom a target in absolute form names.
fn authority(target: &str) -> Option<&str> {
    behind_scheme(target)?.split(['/', '?', '#']).next()
}

/// The path and query of a target in origin form or absolute form, without a fragment.
fn local_part(target: &str) -> Option<&str> {
    let local = match behind_scheme(target) {
        Some(rest) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => target,
    };
    let local = local.split('#').next().unwrap_or(local);
    local.starts_with('/').then_some(local)
}

#[cfg(test)]
#[path = "codec_tests.rs"]
mod tests;

//! Answers: status line, headers in the order clients of Monit have always seen them, error pages.
//!
//! Which answer a request gets is decided in [`super::route`] and [`super::auth`].

use super::codec::{Method, Refusal, Request};
use super::error_page::{self, Cause, Reader, footer, for_people, for_programs, signature};
use super::packed::{Packing, SHORTEST};
use super::site::Site;
pub use super::token::Token;
use crate::document::json::quoted;
use crate::document::metrics::Format;
use crate::document::trial::Standing;
use crate::document::{Document, Piece};
use crate::sys::localtime::{http_date, unix_secs};
use std::fmt::Write;
use std::time::SystemTime;

/// Bytes of a body that are sent together with the headers.
const SHORT: usize = 16 * 1024;
/// Bytes of a document that are made before they are sent. A longer one is never in memory as a whole.
const PIECE: usize = 64 * 1024;

/// Status line of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// 200
    Ok,
    /// 302: what every successful POST gets, with the full body; the command line reads that body.
    Moved,
    /// 400
    BadRequest,
    /// 401
    Unauthorized,
    /// 403
    Forbidden,
    /// 404
    NotFound,
    /// 501
    NotImplemented,
    /// 503
    Unavailable,
}

impl Status {
    /// The number.
    pub fn code(self) -> u16 {
        match self {
            Status::Ok => 200,
            Status::Moved => 302,
            Status::BadRequest => 400,
            Status::Unauthorized => 401,
            Status::Forbidden => 403,
            Status::NotFound => 404,
            Status::NotImplemented => 501,
            Status::Unavailable => 503,
        }
    }

    /// The words behind the number.
    pub fn reason(self) -> &'static str {
        match self {
            Status::Ok => "OK",
            Status::Moved => "Moved Temporarily",
            Status::BadRequest => "Bad Request",
            Status::Unauthorized => "Unauthorized",
            Status::Forbidden => "Forbidden",
            Status::NotFound => "Not Found",
            Status::NotImplemented => "Not Implemented",
            Status::Unavailable => "Service Unavailable",
        }
    }
}

/// `Content-Type`; where clients of Monit read it, without a charset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentType {
    /// Pages, error pages, and the one-word answers.
    Html,
    /// Status, summary, report.
    Plain,
    /// Pages for people, which need nothing but what is ours.
    Page,
    /// Pages of errors for people.
    Error,
    /// The end of the log, to be kept as a file.
    LogFile,
    /// Their style sheet; its address is another one in another version.
    Style,
    /// The picture of a tab.
    Icon,
    /// Status for programs.
    Xml,
    /// The same, and errors of the paths that give it.
    Json,
    /// Metrics, in either format.
    Metrics(Format),
}

impl ContentType {
    /// Is a body of this type packed for who reads that?
    fn is_packed(self) -> bool {
        !matches!(self, ContentType::Html | ContentType::Error | ContentType::Icon)
    }
}

/// How far something is that a client of ours waits for: headers that are extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// `Monit-Cycles`, by which `validate` knows that the cycle it asked for is over: cycles begun, and whether one is
    /// under way.
    Cycles(u64, bool),
    /// `Monit-Test`, by which `test alert` knows how the test of that number stands.
    Test(u32, Standing),
}

/// That a page is to be asked for anew. It names the page: one whose address ends with a fragment stays as it is otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refresh {
    /// After so many.
    pub seconds: u64,
    /// What is asked for.
    pub url: Box<str>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status line.
    pub status: Status,
    /// What the body is.
    pub content_type: ContentType,
    /// The body, or as much of it as there is.
    pub body: String,
    /// What makes the rest of it.
    pub document: Option<Box<Document>>,
    /// `Location`, for 302.
    pub location: Option<Box<str>>,
    /// The token of `Set-Cookie`, for 2xx and 3xx.
    pub token: Option<Token>,
    /// Of an error: what a person is told of it.
    pub cause: Cause,
    /// How far something is that a client waits for.
    pub progress: Option<Progress>,
    /// `Refresh`: when a browser asks for the page anew.
    pub refresh: Option<Refresh>,
    /// What packs the pieces of its body.
    pub packing: Packing,
}

/// What the headers depend on besides the answer itself.
#[derive(Debug, Clone, Copy)]
pub struct Wrapping {
    /// The time.
    pub now: SystemTime,
    /// The version is shown (`signature enable`).
    pub visible: bool,
    /// Without the body.
    pub head: bool,
    /// The connection may go on to another request.
    pub keep: bool,
    /// What has no length yet is sent in chunks (RFC 9112, 7.1).
    pub chunks: bool,
    /// The client came within TLS.
    pub secure: bool,
    /// The client reads gzip.
    pub gzip: bool,
    /// Who reads an error.
    pub reader: Reader,
}

impl Wrapping {
    /// As `request` wants it.
    pub fn of(request: &Request, now: SystemTime, visible: bool) -> Wrapping {
        let head = request.method == Method::Head;
        let reader = Reader::of(request.accept.as_deref(), &request.target);
        let Request { keep, chunks, secure, gzip, .. } = *request;
        Wrapping { now, visible, head, keep, chunks, secure, gzip, reader }
    }
}

/// The bytes of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encoded {
    /// What is sent first.
    pub first: Vec<u8>,
    /// What is sent behind it: a long body is not copied behind the headers.
    pub rest: Vec<u8>,
    /// Another request may follow.
    pub keep: bool,
}

impl Response {
    /// 200 with that body.
    pub fn ok(content_type: ContentType, body: impl Into<String>) -> Response {
        Response {
            status: Status::Ok,
            content_type,
            body: body.into(),
            document: None,
            location: None,
            token: None,
            cause: Cause::Said,
            progress: None,
            refresh: None,
            packing: Packing::default(),
        }
    }

    /// 200 with a body that is still to be made ([`Response::make`]).
    pub fn unfinished(content_type: ContentType, document: Document) -> Response {
        Response { document: Some(Box::new(document)), ..Response::ok(content_type, "") }
    }

    /// Goes on with the body, if it is still being made, as [`Document::step`]. `true`: it is whole.
    pub fn make(&mut self, site: &dyn Site, budget: &mut u32) -> bool {
        let Some(document) = &mut self.document else { return true };
        if self.body.len() >= PIECE {
            return false;
        }
        let mut piece = Piece { out: &mut self.body, budget, room: PIECE };
        let whole = document.step(site, &mut piece);
        if whole {
            self.document = None;
        }
        whole
    }

    /// Bytes of memory it takes.
    pub fn held(&self) -> usize {
        // Room for growth is not touched yet and takes none.
        self.body.len() + self.packing.held() + self.document.as_ref().map_or(0, |document| document.held())
    }

    /// Is there enough of the body to be sent, although it is not whole?
    pub fn is_piece(&self) -> bool {
        self.document.is_some() && self.body.len() >= PIECE
    }

    /// What there is of the body, before the first piece with the headers, which tell no length then. Where there are no
    /// chunks the answer ends with the connection.
    pub fn take_piece(&mut self, first: bool, wrapping: Wrapping) -> Encoded {
        let packed = wrapping.gzip && self.content_type.is_packed();
        let mut before = if first { self.headers(wrapping, None, packed) } else { String::new() };
        let (whole, keep) = (self.document.is_none(), wrapping.keep && wrapping.chunks);
        if wrapping.head {
            return Encoded { first: before.into_bytes(), rest: Vec::new(), keep };
        }
        let mut body = std::mem::take(&mut self.body).into_bytes();
        if packed {
            body = self.packing.pack(&body, whole);
        }
        if wrapping.chunks {
            if !body.is_empty() {
                let _ = write!(before, "{:x}\r\n", body.len());
                body.extend_from_slice(b"\r\n");
            }
            body.extend_from_slice(if whole { b"0\r\n\r\n" } else { b"" });
        }
        Encoded { first: before.into_bytes(), rest: body, keep: whole && keep }
    }

    /// Room for the next piece: that of one that was sent.
    pub fn reuse(&mut self, sent: Vec<u8>) {
        let mut sent = sent;
        sent.clear();
        if self.body.capacity() == 0 && sent.capacity() <= 2 * PIECE {
            self.body = String::from_utf8(sent).unwrap_or_default();
        }
    }

    /// The last piece of an answer that breaks off: its readers would not notice otherwise. `None`: they do, since its
    /// form has an end.
    pub fn broken_off(&self) -> Option<&'static str> {
        let shown = self.document.as_ref().is_none_or(|document| document.shows_its_end());
        (!shown).then_some("\nThe rest is missing: Monit has read its control file anew, ask again\n")
    }

    /// An error; `message` becomes the text of the page, which the command line prints.
    pub fn error(status: Status, message: impl Into<String>) -> Response {
        Response { status, ..Response::ok(ContentType::Html, message) }
    }

    /// The same error, of which a person is told this.
    pub fn because(self, cause: Cause) -> Response {
        Response { cause, ..self }
    }

    /// Is this 4xx or 5xx? Its body is a message then, not yet a page.
    pub fn is_error(&self) -> bool {
        self.status.code() >= 400
    }

    /// The bytes to send.
    pub fn encode(mut self, wrapping: Wrapping) -> Encoded {
        if self.is_error() {
            let (code, reason) = (self.status.code(), self.status.reason());
            let signature = signature(wrapping.visible);
            self.body = match (self.content_type, wrapping.reader) {
                (ContentType::Json, _) => self.error_object(),
                (_, Reader::Program) => for_programs(code, reason, &self.body, &signature),
                (_, Reader::Person(depth)) => {
                    self.content_type = ContentType::Error;
                    for_people(code, reason, &self.body, self.cause, depth, &signature)
                }
            };
        }
        let packed = wrapping.gzip && self.content_type.is_packed() && self.body.len() >= SHORTEST;
        let mut body = std::mem::take(&mut self.body).into_bytes();
        if packed {
            body = self.packing.pack(&body, true);
        }
        let mut first = self.headers(wrapping, Some(body.len()), packed).into_bytes();
        if wrapping.head {
            return Encoded { first, rest: Vec::new(), keep: wrapping.keep };
        }
        if body.len() <= SHORT {
            first.append(&mut body);
        }
        Encoded { first, rest: body, keep: wrapping.keep }
    }

    /// `length`: of the whole body; `None`: it ends where the connection does. `packed`: the body is.
    fn headers(&self, wrapping: Wrapping, length: Option<usize>, packed: bool) -> String {
        let chunks = length.is_none() && wrapping.chunks;
        let keep = wrapping.keep && (length.is_some() || chunks);
        let mut out =
            String::with_capacity(800 + length.filter(|length| *length <= SHORT).unwrap_or_default());
        let _ = write!(
            out,
            "HTTP/1.{} {} {}\r\nDate: {}\r\nServer: {}\r\n",
            u8::from(keep || chunks),
            self.status.code(),
            self.status.reason(),
            http_date(unix_secs(wrapping.now)),
            signature(wrapping.visible),
        );
        if let Some(length) = length {
            let _ = write!(out, "Content-Length: {length}\r\n");
        }
        out.push_str(if chunks { "Transfer-Encoding: chunked\r\n" } else { "" });
        let policy = match self.content_type {
            ContentType::Page => PAGE_POLICY,
            ContentType::Html => HTML_POLICY,
            ContentType::Error => error_page::POLICY,
            _ => "frame-ancestors 'self'",
        };
        let connection = if keep { KEPT } else { "Connection: close\r\n" };
        let _ = write!(out, "{connection}{FRAMES}Content-Security-Policy: {policy}\r\n{PROTECTION}");
        if let Some(token) = self.token {
            let secure = if wrapping.secure { "; Secure" } else { "" };
            let _ = write!(
                out,
                "Set-Cookie: securitytoken={token}; Max-Age=600; HttpOnly; SameSite=strict{secure}\r\n"
            );
        }
        out.push_str(match self.content_type {
            ContentType::Html => "Content-Type: text/html\r\n",
            ContentType::Plain => "Content-Type: text/plain\r\n",
            ContentType::Page | ContentType::Error => {
                "Content-Type: text/html; charset=utf-8\r\nCache-Control: private, no-cache\r\n"
            }
            ContentType::Style => {
                "Content-Type: text/css\r\nCache-Control: private, max-age=31536000, immutable\r\n"
            }
            ContentType::Icon => "Content-Type: image/svg+xml\r\nCache-Control: private, max-age=86400\r\n",
            ContentType::LogFile => {
                "Content-Type: text/plain; charset=utf-8\r\nCache-Control: private, no-cache\r\n\
                 Content-Disposition: attachment; filename=monit.log\r\n"
            }
            ContentType::Xml => "Content-Type: text/xml\r\n",
            ContentType::Json => "Content-Type: application/json\r\n",
            ContentType::Metrics(Format::OpenMetrics) => {
                "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"
            }
            ContentType::Metrics(Format::Text) => {
                "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
            }
        });
        out.push_str(if packed { "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n" } else { "" });
        if let Some(location) = &self.location {
            let _ = write!(out, "Location: {location}\r\n");
        }
        match self.progress {
            Some(Progress::Cycles(begun, running)) => {
                let _ = write!(out, "Monit-Cycles: {begun}{}\r\n", if running { "; running" } else { "" });
            }
            Some(Progress::Test(run, standing)) => {
                let _ = write!(out, "Monit-Test: {run}; {}\r\n", standing.word());
            }
            None => {}
        }
        if let Some(Refresh { seconds, url }) = self.refresh.as_ref().filter(|_| self.status == Status::Ok) {
            let _ = write!(out, "Refresh: {seconds}; url={url}\r\n");
        }
        if self.status == Status::Unauthorized {
            out.push_str("WWW-Authenticate: Basic realm=\"monit\"\r\n");
        }
        out.push_str("\r\n");
        out
    }

    fn error_object(&self) -> String {
        let mut object = "{\"error\":".to_owned();
        quoted(&mut object, &self.body);
        object.push_str("}\n");
        object
    }
}

/// The answer to a request that never became one. It has its own shape: no length, no number in the title.
pub fn refusal(refusal: Refusal, now: SystemTime, visible: bool) -> Vec<u8> {
    let mut out = format!(
        "HTTP/1.0 400 Bad Request\r\nDate: {}\r\nServer: {}\r\nContent-Type: text/html\r\nConnection: close\r\n\
         {FRAMES}Content-Security-Policy: {HTML_POLICY}\r\n{PROTECTION}\r\n<html><head><title>Bad Request</title></head><body bgcolor=#FFFFFF><h2>Bad Request</h2>\
         {refusal}<p>",
        http_date(unix_secs(now)),
        signature(visible),
    );
    footer(&mut out, &signature(visible));
    out.into_bytes()
}

/// Pages load our style sheet and pictures, send forms to us, and nothing else.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";
/// Error pages and answers of one word load nothing.
const HTML_POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
/// Clients are told less time than they have, so that they do not send a request in the moment we close.
const KEPT: &str = "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n";

const FRAMES: &str = "X-Content-Type-Options: nosniff\r\nX-Frame-Options: SAMEORIGIN\r\n";
const PROTECTION: &str = "X-XSS-Protection: 1; mode=block\r\n\
    Referrer-Policy: same-origin\r\nPermissions-Policy: geolocation=(),camera=(),microphone=()\r\n";

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;

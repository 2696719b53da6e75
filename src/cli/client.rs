//! The client of a running daemon: one request, one answer, over whichever way leads to it.
//!
//! The ways, in this order: the control socket beside the pid file (the daemon's owner needs neither `set httpd` nor a
//! password), the unix socket of `set httpd`, its TCP port. The text of an answer is handed back as it came.

use super::request::{Request, error_message};
use super::secured::Secured;
use crate::config::{Credentials, Httpd, PasswordForm};
use crate::daemon::find::{self, Stopped};
use crate::sys;
use crate::tls;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long each read or write may take. A daemon answers in milliseconds; one that is stopped must not hang scripts.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// How often the client that waits looks whether the daemon was stopped.
pub(super) const GLANCE: Duration = Duration::from_secs(1);
/// Longest answer taken: the status of some ten thousand services.
const LONGEST: u64 = 64 * 1024 * 1024;

/// What the daemon answered.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The text, coloured and boxed.
    pub text: String,
    /// The header `Monit-Cycles`: cycles begun, and whether one is under way. Not every daemon tells.
    pub cycles: Option<(u64, bool)>,
    /// The header `Monit-Test`: how a test of alerts stands.
    pub test: Option<TestState>,
}

/// A test of alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestState {
    /// Its number.
    pub run: u32,
    /// How far it is.
    pub standing: Standing,
}

/// How far a test is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not everything has come of it.
    Running,
    /// All messages were taken.
    Good,
    /// Not all were.
    Bad,
}

impl TestState {
    fn read(value: &str) -> Option<TestState> {
        let (run, word) = value.split_once(';')?;
        let standing = match word.trim() {
            "good" => Standing::Good,
            "bad" => Standing::Bad,
            _ => Standing::Running,
        };
        Some(TestState { run: run.trim().parse().ok()?, standing })
    }
}

impl Answer {
    fn new(text: &str, cycles: Option<&str>, test: Option<&str>) -> Answer {
        let cycles = cycles.and_then(|value| {
            let (count, running) = match value.trim().split_once(';') {
                Some((count, _)) => (count, true),
                None => (value.trim(), false),
            };
            Some((count.parse().ok()?, running))
        });
        Answer { text: text.to_owned(), cycles, test: test.and_then(TestState::read) }
    }
}

const CYCLES: &str = "Monit-Cycles";
const TEST: &str = "Monit-Test";

/// Why there is no answer. The texts are those scripts know.
#[derive(Debug)]
pub enum Failure {
    /// No way to the daemon.
    NoInterface,
    /// The TCP port does not answer.
    Connect(String, u32, String),
    /// The unix socket does not answer.
    Socket(PathBuf, io::Error),
    /// The connection broke.
    Receive(String),
    /// No answer came in time.
    Silent,
    /// No answer comes, because the daemon is stopped.
    Stopped(Stopped),
    /// 401.
    Unauthorized,
    /// Users are listed, but none whose password is known.
    NoPassword,
    /// The daemon refused: its message.
    Refused(String),
    /// No random bytes for the token.
    Token(io::Error),
    /// There is no secure connection with it.
    Tls(tls::Failure),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::NoInterface => f.write_str(
                "Monit: the monit HTTP interface is not enabled, please add the 'set httpd' statement and use the 'allow' \
                 option to allow monit to connect",
            ),
            Failure::Connect(host, port, reason) => write!(f, "Cannot connect to [{host}]:{port} -- {reason}"),
            Failure::Socket(path, error) => {
                write!(f, "Unix socket {} connection error -- {}", path.display(), sys::error_text(error))
            }
            Failure::Receive(reason) => write!(f, "Error receiving data -- {reason}"),
            Failure::Silent => {
                write!(f, "Error receiving data -- the daemon does not answer within {} seconds", PATIENCE.as_secs())
            }
            Failure::Stopped(stopped) => stopped.fmt(f),
            Failure::Unauthorized => f.write_str(
                "You are not authorized to access monit. Either you supplied the wrong credentials (e.g. bad password), or \
                 your browser doesn't understand how to supply the credentials required",
            ),
            Failure::NoPassword => f.write_str(
                "The control file lists no user with a cleartext password that the command line could use; run it as the \
                 user of the daemon, or add one to 'set httpd'",
            ),
            Failure::Refused(message) => f.write_str(message),
            Failure::Token(error) => write!(f, "Cannot make a security token -- {}", sys::error_text(error)),
            Failure::Tls(failure) => failure.fmt(f),
        }
    }
}

/// The ways to one daemon.
pub struct Client<'a> {
    /// The control socket.
    pub socket: &'a Path,
    /// The control file's `set httpd`.
    pub httpd: &'a Httpd,
}

impl Client<'_> {
    /// Sends the request.
    pub fn send(&self, request: &Request) -> Result<Answer, Failure> {
        let mut random = [0; 16];
        sys::random::fill(&mut random).map_err(Failure::Token)?;
        let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let body = request.body(&token);
        // Not every caller may connect to it, and an older daemon may have none: then the other ways are tried.
        if let Ok(stream) = UnixStream::connect(self.socket) {
            return over(stream, &head(request, "localhost", &token, body.len(), None), &body);
        }
        let login = self.login()?;
        if let Some(listener) = &self.httpd.unix {
            let stream = UnixStream::connect(&listener.path)
                .map_err(|error| Failure::Socket(listener.path.to_path_buf(), error))?;
            return over(stream, &head(request, "localhost", &token, body.len(), login.as_deref()), &body);
        }
        let Some(port) = self.httpd.port else { return Err(Failure::NoInterface) };
        let host = self.httpd.address.as_deref().unwrap_or("127.0.0.1");
        if let Some(options) = &self.httpd.tls {
            let stream = Secured::connect(options, host, port)?;
            let host = format!("{}:{port}", literal(host));
            return exchange(
                stream,
                None,
                &head(request, &host, &token, body.len(), login.as_deref()),
                &body,
            );
        }
        tcp(request, host, port, &token, login, body)
    }

    /// The value of the Authorization header: the first user who may act, else the first who may look.
    fn login(&self) -> Result<Option<String>, Failure> {
        let known = |user: &&Credentials| user.form == PasswordForm::Cleartext;
        let users = &self.httpd.users;
        let user =
            users.iter().filter(known).find(|user| !user.readonly).or_else(|| users.iter().find(known));
        match user {
            Some(user) => {
                Ok(Some(format!("Basic {}", STANDARD.encode(format!("{}:{}", user.name, user.password)))))
            }
            None if users.is_empty() => Ok(None),
            None => Err(Failure::NoPassword),
        }
    }
}

/// HTTP/1.1, so that the end of an answer can be told from a connection that breaks.
fn head(request: &Request, host: &str, token: &str, length: usize, login: Option<&str>) -> String {
    let mut head = format!(
        "POST {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nCookie: securitytoken={token}\r\n\
         Content-Length: {length}\r\n",
        request.path
    );
    if let Some(login) = login {
        head.push_str(&format!("Authorization: {login}\r\n"));
    }
    head.push_str("\r\n");
    head
}

fn broken(error: io::Error) -> Failure {
    match error.kind() {
        // What a socket says whose time is up.
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Failure::Silent,
        _ => Failure::Receive(sys::error_text(&error)),
    }
}

/// Over a unix socket.
fn over(stream: UnixStream, head: &str, body: &str) -> Result<Answer, Failure> {
    let daemon = sys::socket::peer_credentials(&stream).map_or(0, |peer| peer.pid);
    stream.set_read_timeout(Some(GLANCE)).map_err(broken)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(broken)?;
    exchange(stream, Some(daemon), head, body)
}

/// The answer ends where the connection does. A read of the stream waits for [`GLANCE`] at most; `daemon` is who
/// is at its other end, if that is known.
fn exchange(
    mut stream: impl Read + Write,
    daemon: Option<i32>,
    head: &str,
    body: &str,
) -> Result<Answer, Failure> {
    // A server may answer and close before it has read everything; what it said matters more than the failed write.
    let written = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
    let mut stream = stream.take(LONGEST);
    let (mut answer, mut known, mut heard) = (Vec::new(), 0, Instant::now());
    while let Err(error) = stream.read_to_end(&mut answer) {
        let silent = matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
        if !silent && !answer.is_empty() {
            break;
        }
        if !silent {
            return Err(broken(written.err().unwrap_or(error)));
        }
        daemon.map_or(Ok(()), find::stays_stopped).map_err(Failure::Stopped)?;
        if answer.len() > known {
            (known, heard) = (answer.len(), Instant::now());
        }
        // Half an answer is none.
        if heard.elapsed() >= PATIENCE {
            return Err(Failure::Silent);
        }
    }
    let find = |end: &[u8]| {
        let at = answer.windows(end.len()).position(|bytes| bytes == end)?;
        answer.split_at_checked(at + end.len())
    };
    let no_http = || Failure::Receive("not an HTTP answer".into());
    let (head, body) = find(b"\r\n\r\n").or_else(|| find(b"\n\n")).ok_or_else(no_http)?;
    let head = String::from_utf8_lossy(head);
    let status = status(&head).ok_or_else(no_http)?;
    let header = |wanted: &str| {
        head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case(wanted).then_some(value.trim())
        })
    };
    let (cycles, test) = (header(CYCLES), header(TEST));
    if header("Transfer-Encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        let body = joined(body).ok_or_else(cut_off)?;
        return judge(status, &String::from_utf8_lossy(&body), cycles, test);
    }
    whole(header("Content-Length"), body.len())?;
    judge(status, &String::from_utf8_lossy(body), cycles, test)
}

/// The content of chunks (RFC 9112, 7.1); `None`: their end is missing.
fn joined(mut chunks: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::with_capacity(chunks.len());
    loop {
        let end = chunks.iter().position(|byte| *byte == b'\n')?;
        let (line, rest) = chunks.split_at_checked(end + 1)?;
        let size = std::str::from_utf8(line).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(content);
        }
        let (chunk, rest) = rest.split_at_checked(size)?;
        content.extend_from_slice(chunk);
        chunks = rest.strip_prefix(b"\r\n")?;
    }
}

fn cut_off() -> Failure {
    Failure::Receive("the answer is cut off".into())
}

/// Are so many bytes of a body all that was announced?
fn whole(announced: Option<&str>, body: usize) -> Result<(), Failure> {
    match announced.and_then(|length| length.parse::<usize>().ok()) {
        Some(length) if body < length => Err(cut_off()),
        _ => Ok(()),
    }
}

fn status(head: &str) -> Option<u16> {
    let mut words = head.lines().next()?.split(' ');
    if !words.next()?.starts_with("HTTP/") {
        return None;
    }
    words.next()?.parse().ok()
}

/// A POST that worked is answered 302 with the text; nothing is to be followed.
fn judge(status: u16, body: &str, cycles: Option<&str>, test: Option<&str>) -> Result<Answer, Failure> {
    match status {
        200..=399 => Ok(Answer::new(body, cycles, test)),
        401 => Err(Failure::Unauthorized),
        status => {
            let message = error_message(body);
            Err(Failure::Refused(if message.is_empty() { format!("HTTP status {status}") } else { message }))
        }
    }
}

/// A host as addresses of pages have it.
fn literal(host: &str) -> String {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => format!("[{address}]"),
        _ => host.to_owned(),
    }
}

fn tcp(
    request: &Request,
    host: &str,
    port: u32,
    token: &str,
    login: Option<String>,
    body: String,
) -> Result<Answer, Failure> {
    let mut post = minreq::post(format!("http://{}:{port}{}", literal(host), request.path))
        .with_header("Content-Type", "application/x-www-form-urlencoded")
        .with_header("Cookie", format!("securitytoken={token}"))
        .with_follow_redirects(false)
        .with_timeout(PATIENCE.as_secs())
        .with_body(body);
    if let Some(login) = login {
        post = post.with_header("Authorization", login);
    }
    let mut answer = post.send_lazy().map_err(|error| unreachable(host, port, error))?;
    let mut bytes = Vec::new();
    let status = answer.status_code;
    let header = |wanted: &str| {
        let named = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        named.map(|(_, value)| value.clone())
    };
    let (length, cycles, test) = (header("Content-Length"), header(CYCLES), header(TEST));
    match answer.by_ref().take(LONGEST).read_to_end(&mut bytes) {
        Err(error) if bytes.is_empty() => return Err(Failure::Receive(sys::error_text(&error))),
        // It has no length, so that nothing else tells.
        Err(_) if length.is_none() => return Err(cut_off()),
        _ => {}
    }
    whole(length.as_deref(), bytes.len())?;
    judge(status, &String::from_utf8_lossy(&bytes), cycles.as_deref(), test.as_deref())
}

fn unreachable(host: &str, port: u32, error: minreq::Error) -> Failure {
    match error {
        minreq::Error::IoError(error) => match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Failure::Silent,
            io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => {
                Failure::Receive(sys::error_text(&error))
            }
            _ => Failure::Connect(host.to_owned(), port, sys::error_text(&error)),
        },
        other => Failure::Receive(other.to_string()),
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;

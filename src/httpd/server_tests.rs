use super::*;
use crate::config::{Allow, Credentials, PasswordForm};
use crate::httpd::crowd::CONNECTIONS;
use crate::httpd::doors::RETRY;
use crate::httpd::scripted::Scripted;
use crate::service::{Receipt, UserAction};
use crate::sys::Scratch;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::SystemTime;

#[path = "long_answer_tests.rs"]
mod long_answers;
#[path = "password_tests.rs"]
mod passwords;

/// The interface, a loop of one turn at a time, and a clock that tests move.
struct Rig {
    httpd: Httpd,
    site: Scripted,
    ahead: Duration,
    folder: Scratch,
}

fn user(name: &str, password: &str) -> Credentials {
    let form = PasswordForm::Cleartext;
    Credentials { name: name.into(), password: password.into(), form, readonly: name == "viewer" }
}

fn settings(port: u16) -> config::Httpd {
    config::Httpd {
        port: Some(port.into()),
        address: Some("127.0.0.1".into()),
        allow: vec![Allow { text: "".into(), networks: vec![(Ipv4Addr::LOCALHOST.into(), 8)] }],
        ..config::Httpd::default()
    }
}

/// A port nobody listens on at the moment.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Rig {
    fn new(change: impl FnOnce(&mut config::Httpd)) -> Rig {
        let folder = Scratch::new();
        let mut settings = settings(free_port());
        change(&mut settings);
        let (httpd, problems) = Httpd::open(&settings, Some(&folder.join("ctl")), Instant::now());
        assert!(problems.is_empty(), "{problems:?}");
        Rig { httpd, site: Scripted::example(), ahead: Duration::ZERO, folder }
    }

    fn now(&self) -> Now {
        Now { mono: Instant::now() + self.ahead, wall: SystemTime::now() }
    }

    /// One turn of the loop, waiting at most a little.
    fn turn(&mut self) {
        let mut set = PollSet::new();
        self.httpd.register(&mut set);
        set.wake_at(Instant::now() + Duration::from_millis(20));
        set.wait(Instant::now()).unwrap();
        let now = self.now();
        let ready: Vec<_> = set.ready().collect();
        for (token, readiness) in ready {
            self.httpd.on_ready(token, readiness, now, &mut self.site);
        }
        self.httpd.on_tick(now, &mut self.site);
        self.httpd.release(Receipt::recorded(Vec::new()));
    }

    fn address(&self) -> SocketAddr {
        let port = self.httpd.doors.open().find_map(Listener::port).unwrap();
        (Ipv4Addr::LOCALHOST, port).into()
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address()).unwrap()
    }

    fn control(&self) -> UnixStream {
        UnixStream::connect(self.folder.join("ctl")).unwrap()
    }

    fn is_making(&self) -> bool {
        self.httpd.connections.iter().any(Connection::is_making)
    }

    fn clients(&self) -> usize {
        self.httpd.connections.iter().count()
    }

    /// Turns until the server has ended the connection.
    fn finish(&mut self, mut stream: impl Read) -> String {
        let mut all = Vec::new();
        let mut buffer = [0; 65536];
        for _ in 0..500 {
            match stream.read(&mut buffer) {
                Ok(0) => return String::from_utf8(all).unwrap(),
                Ok(count) => all.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.turn(),
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return String::new(),
                Err(error) => panic!("{error}"),
            }
        }
        panic!("no end after {:?}", String::from_utf8_lossy(&all));
    }

    fn ask(&mut self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        stream.set_nonblocking(true).unwrap();
        self.finish(stream)
    }

    fn ask_control(&mut self, request: &str) -> String {
        let mut stream = self.control();
        stream.write_all(request.as_bytes()).unwrap();
        stream.set_nonblocking(true).unwrap();
        self.finish(stream)
    }
}

fn post(path: &str, fields: &str, headers: &str) -> String {
    let body = format!("{fields}&format=text&securitytoken=T");
    format!(
        "POST {path} HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\nCookie: securitytoken=T\r\n\
         Content-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

#[test]
fn a_command_line_client_is_served_on_either_door() {
    let mut rig = Rig::new(|_| {});
    let summary = rig.ask(&post("/_summary", "service=svc", ""));
    assert!(summary.starts_with("HTTP/1.0 302 Moved Temporarily\r\n"), "{summary}");
    assert!(summary.contains("\r\nLocation: /_summary\r\n") && summary.contains("Monit 6.1.0 uptime: 12m\n"));
    let done = rig.ask_control(&post("/_doaction", "action=stop&service=svc", ""));
    assert!(done.starts_with("HTTP/1.0 302 ") && done.ends_with("Location: /_doaction\r\n\r\n"), "{done}");
    assert_eq!(rig.site.orders, [(UserAction::Stop, vec![1])]);
    assert_eq!(rig.site.said(), Vec::<&str>::new());
    assert!(!rig.httpd.is_busy());
}

#[test]
fn the_control_socket_works_without_set_httpd() {
    let mut rig = Rig::new(|settings| *settings = config::Httpd::default());
    assert!(rig.ask_control("GET /_ping HTTP/1.0\r\n\r\n").ends_with("\r\n\r\npong"));
    assert_eq!(rig.httpd.addresses().count(), 0);
    let path = rig.folder.join("ctl");
    assert!(path.exists());
    rig.httpd.close();
    assert!(!path.exists());
}

#[test]
fn strangers_are_dropped_before_they_speak() {
    let mut rig =
        Rig::new(|settings| settings.allow[0].networks = vec![(Ipv4Addr::new(10, 0, 0, 0).into(), 8)]);
    assert_eq!(rig.ask("GET / HTTP/1.0\r\n\r\n"), "");
    assert_eq!(rig.site.said(), ["Denied connection from non-authorized client [127.0.0.1]"]);
    assert_eq!(rig.clients(), 0);
}

#[test]
fn denials_are_answered_and_logged_in_known_words() {
    let mut rig = Rig::new(|settings| settings.users = vec![user("admin", "s3cret"), user("viewer", "look")]);
    let admin = "Authorization: Basic YWRtaW46czNjcmV0\r\n";
    let viewer = "Authorization: Basic dmlld2VyOmxvb2s=\r\n";
    for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(), "401 Unauthorized"),
        (format!("GET /_ping HTTP/1.1\r\n{admin}\r\n"), "200 OK"),
        ("GET / HTTP/1.1\r\nAuthorization: Basic YWRtaW46eA==\r\n\r\n".to_owned(), "401 Unauthorized"),
        ("GET / HTTP/1.1\r\nAuthorization: Basic bm9iOng=\r\n\r\n".to_owned(), "401 Unauthorized"),
        (format!("GET /nosuch HTTP/1.1\r\n{admin}\r\n"), "404 Not Found"),
        (post("/_doaction", "action=stop&service=svc", viewer), "403 Forbidden"),
        (post("/_summary", "service=svc", viewer), "302 Moved Temporarily"),
        (post("/_doaction", "action=stop&service=svc", admin).replace("=T\r\n", "=U\r\n"), "403 Forbidden"),
        (format!("PUT / HTTP/1.0\r\n{admin}\r\n"), "501 Not Implemented"),
        ("garbage\r\n\r\n".to_owned(), "400 Bad Request"),
        (format!("POST /_doaction HTTP/1.0\r\n{admin}\r\naction=start"), "400 Bad Request"),
    ] {
        let answer = rig.ask(&request);
        assert!(answer.starts_with(&format!("HTTP/1.0 {status}\r\n")), "{request} gave {answer}");
    }
    assert_eq!(rig.site.orders, []);
    assert_eq!(
        rig.site.said(),
        [
            "HttpRequest: access denied -- client [127.0.0.1]: wrong password for user 'admin'",
            "HttpRequest: access denied -- client [127.0.0.1]: unknown user 'nob'",
            "HttpRequest: error -- client [127.0.0.1]: HTTP/1.0 404 There is no service named \"nosuch\"",
            "HttpRequest: error -- client [127.0.0.1]: HTTP/1.0 403 You do not have sufficient privileges to access this page",
            "HttpRequest: access denied -- client [127.0.0.1]: CSRF token mismatch",
            "HttpRequest: error -- client [127.0.0.1]: HTTP/1.0 403 Invalid CSRF Token",
            "HttpRequest: error -- client [127.0.0.1]: HTTP/1.0 501 Method not implemented",
        ]
    );
}

#[test]
fn head_gets_the_headers_alone() {
    let mut rig = Rig::new(|_| {});
    let answer = rig.ask("HEAD /_ping HTTP/1.1\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.0 200 OK\r\n") && answer.contains("\r\nContent-Length: 4\r\n"));
    assert!(answer.ends_with("\r\n\r\n"));
}

#[test]
fn silent_and_slow_clients_delay_nobody_and_are_dropped() {
    let mut rig = Rig::new(|_| {});
    let silent: Vec<TcpStream> = (0..20).map(|_| rig.connect()).collect();
    let mut slow = rig.connect();
    slow.write_all(b"POST /_doaction HTTP/1.0\r\nContent-Length: 400\r\n\r\na").unwrap();
    let before = Instant::now();
    assert!(rig.ask("GET /_ping HTTP/1.0\r\n\r\n").ends_with("pong"));
    // Behind all of them it would wait ten seconds for each.
    assert!(before.elapsed() < Duration::from_secs(100));
    for _ in 0..50 {
        if rig.clients() == 21 {
            break;
        }
        rig.turn();
    }
    assert_eq!(rig.clients(), 21);
    assert!(rig.httpd.deadline().unwrap() <= Instant::now() + Duration::from_secs(10));
    rig.ahead = Duration::from_secs(9);
    slow.write_all(b"c").unwrap();
    rig.turn();
    assert!(rig.clients() >= 21, "a byte now and then does not make the time longer");
    rig.ahead = Duration::from_secs(11);
    rig.turn();
    assert_eq!(rig.clients(), 0);
    assert_eq!(rig.httpd.connections.capacity(), 0, "no memory is kept for them");
    drop(silent);
}

#[test]
fn who_floods_crowds_out_himself() {
    let mut rig = Rig::new(|_| {});
    let mut patient = rig.control();
    patient.write_all(b"GET /_ping HT").unwrap();
    rig.turn();
    let mut flood = Vec::new();
    for _ in 0..10 {
        // No more than the kernel's queue holds, or the test would wait for itself.
        flood.extend((0..100).map(|_| rig.connect()));
        for _ in 0..100 / PER_TURN + 1 {
            rig.turn();
            assert!(rig.clients() <= CONNECTIONS);
        }
    }
    assert_eq!(flood.len(), 1000);
    assert!(rig.ask("GET /_ping HTTP/1.0\r\n\r\n").ends_with("pong"), "a client that speaks is served");
    patient.write_all(b"TP/1.0\r\n\r\n").unwrap();
    patient.set_nonblocking(true).unwrap();
    assert!(rig.finish(patient).ends_with("pong"), "and other neighbourhoods are not touched");
}

#[test]
fn slow_readers_cannot_fill_the_memory() {
    let mut rig = Rig::new(|_| {});
    let name: &'static str = Box::leak("x".repeat(1000).into_boxed_str());
    rig.site.services = vec![(name, "File", 2, crate::document::text::Class::Up); 2000];
    let request = "GET /_status HTTP/1.0\r\n\r\n";
    let mut readers = Vec::new();
    for _ in 0..8 {
        let mut stream = rig.connect();
        stream.write_all(request.as_bytes()).unwrap();
        readers.push(stream);
        // All before are slow by now.
        rig.ahead += Duration::from_secs(2);
        rig.turn();
        while rig.is_making() {
            rig.turn();
            let held: usize = rig.httpd.connections.iter().map(Connection::held).sum();
            assert!(held <= 8 * 40 * 1024, "{held}: nobody holds a document of two megabytes");
        }
    }
    rig.ahead += Duration::from_secs(2);
    let answer = rig.ask(request);
    assert!(answer.matches(name).count() == 2000, "one who reads gets all of it");
}

#[test]
fn a_log_is_not_filled_by_a_client() {
    let mut rig = Rig::new(|_| {});
    for _ in 0..100 {
        rig.ask("GET /nosuch HTTP/1.0\r\n\r\n");
    }
    assert_eq!(rig.site.said.len(), 30);
    rig.ahead = Duration::from_secs(60);
    rig.turn();
    assert_eq!(rig.site.said.len(), 31, "told without another error");
    rig.ask("GET /no%0Asuch HTTP/1.0\r\n\r\n");
    assert_eq!(rig.site.said()[30], "HttpRequest: 70 more errors were not logged");
    assert!(rig.site.said()[31].ends_with("named \"no?such\""), "{:?}", rig.site.said()[31]);
}

#[test]
fn a_taken_port_is_opened_when_it_is_free() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let now = Instant::now();
    let (httpd, problems) = Httpd::open(&settings(port), None, now);
    let problems: Vec<String> = problems.iter().map(Problem::to_string).collect();
    assert_eq!(
        problems,
        [format!("HTTP server -- Cannot bind: Address already in use ([127.0.0.1]:{port})")]
    );
    let mut rig = Rig { httpd, site: Scripted::example(), ahead: Duration::ZERO, folder: Scratch::new() };
    rig.ahead = RETRY + Duration::from_secs(1);
    rig.turn();
    assert_eq!(rig.site.said(), Vec::<&str>::new(), "said once, not at each attempt");
    drop(taken);
    rig.ahead = RETRY * 2 + Duration::from_secs(2);
    rig.turn();
    assert_eq!(rig.site.said(), [format!("HTTP server started at [127.0.0.1]:{port}")]);
    assert_eq!(rig.httpd.addresses().collect::<Vec<_>>(), [format!("[127.0.0.1]:{port}")]);
    assert!(rig.ask("GET /_ping HTTP/1.0\r\n\r\n").ends_with("pong"));
    assert_eq!(rig.httpd.doors.deadline(), None);
}

#[test]
fn a_reload_keeps_what_stays_and_applies_the_rest() {
    let mut rig = Rig::new(|_| {});
    let port = rig.address().port();
    let control = rig.folder.join("ctl");
    let mut waiting = rig.connect();
    waiting.write_all(b"GET /_ping").unwrap();
    rig.turn();
    let mut changed = settings(port);
    changed.users = vec![user("admin", "x")];
    let problems = rig.httpd.reload(&changed, Some(&control), Instant::now());
    assert!(problems.is_empty(), "{problems:?}");
    waiting.write_all(b" HTTP/1.0\r\n\r\n").unwrap();
    waiting.set_nonblocking(true).unwrap();
    assert!(rig.finish(waiting).starts_with("HTTP/1.0 401 "), "the new rules hold for requests from now on");

    let problems = rig.httpd.reload(&config::Httpd::default(), Some(&control), Instant::now());
    assert!(problems.is_empty());
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err(), "closed");
    assert!(rig.ask_control("GET /_ping HTTP/1.0\r\n\r\n").ends_with("pong"));
}

#[test]
fn a_connection_that_goes_on_is_asked_anew_whether_it_may() {
    let mut rig = Rig::new(|_| {});
    let port = rig.address().port();
    let mut client = rig.connect();
    client.set_nonblocking(true).unwrap();
    let request = b"GET /_ping HTTP/1.1\r\nHost: localhost\r\n\r\n";
    client.write_all(request).unwrap();
    while !rig.httpd.connections.iter().any(Connection::is_idle) {
        rig.turn();
    }
    let (mut answer, mut settings) = ([0; 4096], settings(port));
    let count = client.read(&mut answer).unwrap();
    assert!(answer[..count].ends_with(b"pong"));
    settings.allow[0].networks = vec![(Ipv4Addr::new(10, 0, 0, 0).into(), 8)];
    let control = rig.folder.join("ctl");
    let problems = rig.httpd.reload(&settings, Some(&control), Instant::now());
    assert!(problems.is_empty(), "{problems:?}");
    client.write_all(request).unwrap();
    assert_eq!(rig.finish(client), "", "not one word");
    assert_eq!(rig.site.said(), ["Denied connection from non-authorized client [127.0.0.1]"]);
}

#[test]
fn one_connection_serves_several_requests_and_makes_room_when_it_is_idle() {
    let mut rig = Rig::new(|_| {});
    let mut client = rig.connect();
    client.set_nonblocking(true).unwrap();
    for number in 1..=3 {
        client.write_all(b"GET /_ping HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let (mut text, mut buffer) = (String::new(), [0; 4096]);
        while !text.ends_with("pong") {
            match client.read(&mut buffer) {
                Ok(count) => text.push_str(std::str::from_utf8(&buffer[..count]).unwrap()),
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
            rig.turn();
        }
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{number}: {text}");
        assert!(!rig.httpd.is_busy(), "it may be cut off at the end");
    }
    // More than there is room for: the idle one goes first.
    let newcomers: Vec<TcpStream> = (0..CONNECTIONS).map(|_| rig.connect()).collect();
    for _ in 0..CONNECTIONS / PER_TURN + 2 {
        rig.turn();
    }
    assert_eq!(rig.clients(), newcomers.len());
    assert!(matches!(client.read(&mut [0; 16]), Ok(0) | Err(_)));
    assert!(rig.httpd.connections.iter().all(|connection| !connection.is_idle()));
}

#[test]
fn what_is_said_of_a_client_that_made_room_is_not_taken_for_the_next_one() {
    let mut rig = Rig::new(|_| {});
    let mut gone = rig.connect();
    gone.write_all(b"GET /_ping HTTP/1.0\r\n\r\n").unwrap();
    rig.turn();
    let old = rig.httpd.connections.mark(0);
    assert!(rig.httpd.connections.iter().all(Connection::is_served));
    // It has its answer and is the one to go; the owner's request is being made in its place.
    let crowd: Vec<TcpStream> = (1..CONNECTIONS).map(|_| rig.connect()).collect();
    for _ in 0..CONNECTIONS / PER_TURN + 1 {
        rig.turn();
    }
    long_answers::many(&mut rig);
    let mut owner = rig.control();
    owner.write_all(post("/_summary", "", "").as_bytes()).unwrap();
    owner.set_nonblocking(true).unwrap();
    rig.turn();
    assert_ne!(rig.httpd.connections.mark(0), old, "{}", crowd.len());
    assert!(rig.is_making());
    let hung_up = Readiness { readable: true, hangup: true, ..Readiness::default() };
    let now = rig.now();
    rig.httpd.on_ready(Token { source: Source::Connection, id: 0, part: old }, hung_up, now, &mut rig.site);
    assert_eq!(rig.finish(owner).matches("a_service").count(), 10_000);
}

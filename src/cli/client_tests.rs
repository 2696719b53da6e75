use super::*;
use crate::config::UnixListener as Listener;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::thread;

fn user(name: &str, form: PasswordForm, readonly: bool) -> Credentials {
    Credentials { name: name.into(), password: "pw".into(), form, readonly }
}

fn summary() -> Request {
    Request::view("/_summary", None, None)
}

/// Reads one request and answers it; the request.
fn serve(mut stream: impl Read + Write, answer: &str) -> String {
    let mut seen = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&seen).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|l| l.strip_prefix("Content-Length: ")).unwrap_or("0");
            if body.len() >= length.trim().parse().unwrap() {
                break;
            }
        }
        match stream.read(&mut piece).unwrap() {
            0 => break,
            n => seen.extend_from_slice(&piece[..n]),
        }
    }
    stream.write_all(answer.as_bytes()).unwrap();
    String::from_utf8(seen).unwrap()
}

fn socket(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("monit-rs-client-{name}-{}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

#[test]
fn the_control_socket_comes_first_and_needs_no_password() {
    let path = socket("ctl");
    let listener = UnixListener::bind(&path).unwrap();
    let server = thread::spawn(move || {
        serve(
            listener.accept().unwrap().0,
            "HTTP/1.0 302 Moved Temporarily\r\nLocation: /_summary\r\nMonit-Cycles: 7; running\r\n\r\nall well\n",
        )
    });
    let httpd = Httpd {
        port: Some(1),
        users: vec![user("admin", PasswordForm::Cleartext, false)],
        ..Httpd::default()
    };
    let answer = Client { socket: &path, httpd: &httpd }.send(&summary()).unwrap();
    assert_eq!(answer, Answer { text: "all well\n".into(), cycles: Some((7, true)), test: None });
    let seen = server.join().unwrap();
    assert!(seen.starts_with("POST /_summary HTTP/1.1\r\n"), "{seen}");
    assert!(!seen.contains("Authorization"), "{seen}");
    let cookie = seen.split("Cookie: securitytoken=").nth(1).unwrap().lines().next().unwrap();
    assert!(seen.ends_with(&format!("\r\n\r\nformat=text&securitytoken={cookie}")), "{seen}");
    std::fs::remove_file(path).unwrap();
}

#[test]
fn an_answer_that_comes_in_pieces_is_taken_whole() {
    let path = socket("slow");
    let listener = UnixListener::bind(&path).unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\none ").unwrap();
        // Longer than the client waits before it looks whether the daemon was stopped.
        thread::sleep(GLANCE + GLANCE / 4);
        stream.write_all(b"two\n").unwrap();
        // What it asked is read to the end, or the rest of the answer would be lost with it.
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let answer = Client { socket: &path, httpd: &Httpd::default() }.send(&summary()).unwrap();
    assert_eq!(answer.text, "one two\n");
    server.join().unwrap();
    std::fs::remove_file(path).unwrap();
}

#[test]
fn tcp_logs_in_as_the_first_user_who_may_act() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = u32::from(listener.local_addr().unwrap().port());
    let server = thread::spawn(move || {
        serve(
            listener.accept().unwrap().0,
            "HTTP/1.0 302 Moved Temporarily\r\nLocation: /_doaction\r\nContent-Length: 1\r\n\r\n\n",
        )
    });
    let httpd = Httpd {
        port: Some(port),
        users: vec![
            user("digest", PasswordForm::Md5, false),
            user("reader", PasswordForm::Cleartext, true),
            user("admin", PasswordForm::Cleartext, false),
        ],
        ..Httpd::default()
    };
    let request = Request::action("start", ["web".to_owned()]);
    let answer = Client { socket: &socket("none"), httpd: &httpd }.send(&request).unwrap();
    assert_eq!((answer.text.trim(), answer.cycles), ("", None));
    let seen = server.join().unwrap();
    assert!(seen.starts_with("POST /_doaction HTTP/1"), "{seen}");
    assert!(seen.contains(&format!("Authorization: Basic {}", STANDARD.encode("admin:pw"))), "{seen}");
    assert!(seen.contains("\r\n\r\naction=start&service=web&format=text&"), "{seen}");
}

fn failure(httpd: &Httpd, name: &str) -> String {
    Client { socket: &socket(name), httpd }.send(&summary()).unwrap_err().to_string()
}

#[test]
fn every_failure_has_the_text_scripts_know() {
    assert!(
        failure(&Httpd::default(), "f1")
            .starts_with("Monit: the monit HTTP interface is not enabled, please")
    );
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = Httpd { port: Some(free.into()), ..Httpd::default() };
    assert_eq!(
        failure(&refused, "f2"),
        format!("Cannot connect to [127.0.0.1]:{free} -- Connection refused")
    );
    let unix = Httpd {
        unix: Some(Listener {
            path: Path::new("/nonexistent/s").into(),
            uid: None,
            gid: None,
            permission: None,
            readonly: false,
        }),
        ..Httpd::default()
    };
    assert_eq!(
        failure(&unix, "f3"),
        "Unix socket /nonexistent/s connection error -- No such file or directory"
    );
    let digests =
        Httpd { port: Some(1), users: vec![user("d", PasswordForm::Crypt, false)], ..Httpd::default() };
    assert!(failure(&digests, "f4").contains("no user with a cleartext password"));
    for (answer, text) in [
        ("HTTP/1.0 401 Unauthorized\r\n\r\n", "You are not authorized to access monit. Either you supplied"),
        (
            "HTTP/1.0 400 Bad Request\r\n\r\n<h2>Bad Request</h2>Service 'x' not found<hr>",
            "Service 'x' not found",
        ),
        ("HTTP/1.0 503 Service Unavailable\r\n\r\n", "HTTP status 503"),
        (
            "HTTP/1.0 302 Moved Temporarily\r\nContent-Length: 9\r\n\r\nall well",
            "Error receiving data -- the answer is cut off",
        ),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let httpd = Httpd { port: Some(listener.local_addr().unwrap().port().into()), ..Httpd::default() };
        let server = thread::spawn(move || serve(listener.accept().unwrap().0, answer));
        assert!(failure(&httpd, "f5").starts_with(text), "{answer}");
        server.join().unwrap();
    }
}

#[cfg(feature = "tls")]
mod within_tls {
    use super::*;
    use crate::config::Tls;
    use crate::tls::{Acceptor, Session};
    use std::net::TcpStream;

    struct Served(Session, TcpStream);

    impl Read for Served {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(&mut self.1, buffer).map_err(|failure| io::Error::other(failure.to_string()))?
        }
    }

    impl Write for Served {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(&mut self.1, bytes).map_err(|failure| io::Error::other(failure.to_string()))?
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn data(name: &str) -> Box<Path> {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(name).into()
    }

    /// What the client says to a daemon that shows the certificate `shown` and whose control file names `own`.
    fn ask(shown: &str, own: Tls, answer: &'static str) -> Result<Answer, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = u32::from(listener.local_addr().unwrap().port());
        let options =
            Tls { pemfile: Some(data(shown)), clientpemfile: own.clientpemfile.clone(), ..Tls::default() };
        let server = thread::spawn(move || {
            let mut socket = listener.accept().unwrap().0;
            let mut session = Acceptor::new(&options).unwrap().accept().unwrap();
            loop {
                match session.handshake(&mut socket) {
                    Ok(true) => break,
                    Ok(false) => {}
                    Err(_) => return String::new(),
                }
            }
            serve(Served(session, socket), answer)
        });
        let users = vec![user("admin", PasswordForm::Cleartext, false)];
        let httpd = Httpd { port: Some(port), users, tls: Some(Box::new(own)), ..Httpd::default() };
        let reply = Client { socket: &socket("tls"), httpd: &httpd }.send(&summary());
        let seen = server.join().unwrap();
        assert!(reply.is_err() || seen.starts_with("POST /_summary HTTP/1.1\r\n"), "{seen}");
        reply
    }

    const ANSWER: &str = "HTTP/1.0 302 Moved Temporarily\r\nContent-Length: 9\r\n\r\nall well\n";

    #[test]
    fn the_daemon_is_known_by_its_own_certificate_whatever_it_says() {
        for name in ["selfsigned.pem", "good.pem"] {
            let own = Tls { pemfile: Some(data(name)), ..Tls::default() };
            assert_eq!(ask(name, own, ANSWER).unwrap().text, "all well\n", "{name}");
        }
        let own = Tls { pemfile: Some(data("good.pem")), ..Tls::default() };
        let failure = ask("selfsigned.pem", own, ANSWER).unwrap_err();
        assert!(failure.to_string().contains("the certificate has the checksum"), "{failure}");
        // Who may not read the file asks those whom everybody asks.
        let own = Tls { pemfile: Some(data("nosuch.pem")), ..Tls::default() };
        let failure = ask("selfsigned.pem", own, ANSWER).unwrap_err();
        assert!(failure.to_string().contains("certificate verification failed"), "{failure}");
    }

    #[test]
    fn a_client_certificate_with_its_key_is_shown_and_half_an_answer_is_none() {
        let own = Tls {
            pemfile: Some(data("good.pem")),
            clientpemfile: Some(data("client.pem")),
            ..Tls::default()
        };
        assert_eq!(ask("good.pem", own.clone(), ANSWER).unwrap().text, "all well\n");
        for half in [
            "HTTP/1.0 200 OK\r\nContent-Length: 90\r\n\r\nall",
            "HTTP/1.0 302 Moved Temporarily\r\nContent-Length: 9\r\n\r\nall well",
        ] {
            let failure = ask("good.pem", own.clone(), half).unwrap_err();
            assert!(failure.to_string().contains("the answer is cut off"), "{failure}");
        }
    }
}

#[test]
fn chunks_are_joined_and_their_end_is_missed() {
    let whole = b"5;name=value\r\nall w\r\n00003\r\nell\r\n0\r\n\r\n";
    assert_eq!(joined(whole).as_deref(), Some(&b"all well"[..]));
    for end in 0..whole.len() - 3 {
        assert_eq!(joined(&whole[..end]), None, "{end}");
    }
    for wrong in [&b"x\r\n"[..], b"-1\r\nx\r\n0\r\n\r\n", b"1\r\nxy0\r\n\r\n", b"ffffffffffffffffffff\r\n"] {
        assert_eq!(joined(wrong), None);
    }
}

//! Requests and what the reference answers, in `tests/http`; to a client that wants to close ours must be the same but for
//! the version, the date, the token, and a stricter policy for what a page may load.

use super::scripted::Scripted;
use super::server::Httpd;
use crate::config::{self, Credentials, PasswordForm};
use crate::document::text::Class;
use crate::reactor::{Now, PollSet};
use crate::service::Receipt;
use crate::sys::Scratch;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

fn settings(socket: &Path) -> config::Httpd {
    let user = |name: &str, password: &str| Credentials {
        name: name.into(),
        password: password.into(),
        form: PasswordForm::Cleartext,
        readonly: name == "viewer",
    };
    let unix =
        config::UnixListener { path: socket.into(), uid: None, gid: None, permission: None, readonly: false };
    config::Httpd {
        unix: Some(unix),
        users: vec![user("admin", "s3cret"), user("viewer", "look")],
        ..Default::default()
    }
}

fn site() -> Scripted {
    let mut site = Scripted::example();
    site.uptime = Duration::from_secs(34 * 60);
    site.services = vec![("p_run", "Process", 1, Class::Up)];
    for (class, count) in [(Class::Up, 15), (Class::Down, 11), (Class::Initialising, 2)] {
        site.services.extend(std::iter::repeat_n(("other", "File", 2, class), count));
    }
    site
}

/// What a client gets for these bytes.
fn exchange(request: &str) -> String {
    let folder = Scratch::new();
    let socket = folder.join("s");
    let (mut httpd, problems) = Httpd::open(&settings(&socket), None, Now::read().mono);
    assert!(problems.is_empty(), "{problems:?}");
    let mut site = site();
    let mut client = UnixStream::connect(&socket).unwrap();
    client.write_all(request.as_bytes()).unwrap();
    client.set_nonblocking(true).unwrap();
    let mut all = Vec::new();
    loop {
        match client.read_to_end(&mut all) {
            Ok(_) => break,
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
        let mut set = PollSet::new();
        httpd.register(&mut set);
        set.wait(Now::read().mono).unwrap();
        let ready: Vec<_> = set.ready().collect();
        assert!(!ready.is_empty(), "no answer to {request}");
        for (token, readiness) in ready {
            httpd.on_ready(token, readiness, Now::read(), &mut site);
        }
        httpd.release(Receipt::recorded(Vec::new()));
    }
    String::from_utf8(all).unwrap()
}

/// Takes away what differs by its nature.
fn comparable(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace("onit 6.0.0", "onit 6.1.0");
    let lines = text.lines().map(|line| match line.split_once(": ") {
        Some(("Date", _)) => "Date: then".to_owned(),
        Some(("Set-Cookie", value)) => {
            let (token, rest) = value.split_once(';').unwrap();
            assert_eq!(token.len(), "securitytoken=".len() + 32, "{line}");
            format!("Set-Cookie: securitytoken;{rest}")
        }
        Some(("Content-Security-Policy", value)) => {
            assert!(value.ends_with("frame-ancestors 'self'"), "{line}");
            "Content-Security-Policy: frame-ancestors 'self'".to_owned()
        }
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

#[test]
fn answers_are_those_of_the_reference() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let (request, expected) = text.split_once("<<< response\n").unwrap();
        let request = request.strip_prefix(">>> request\n").unwrap();
        let request = request.replacen("\nHost: ", "\nConnection: close\nHost: ", 1);
        assert_eq!(comparable(&exchange(&request)), comparable(expected), "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 17);
}

//! The interface from outside: a real daemon, its command line, and clients that mean no good.
#![allow(clippy::expect_used)]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};
use support::{Lab, free_port, http::connect};

const CHECKS: &str = "set daemon 60\nset httpd port @P@ address 127.0.0.1\n  unixsocket @D@/http.sock permission 0660\n  \
    @ALLOW@\ncheck file good path @D@/monitrc group files\ncheck file gone path @D@/gone group files\n";

/// A daemon whose first cycle is over, and its port.
fn daemon(allow: &str) -> (Lab, u16) {
    let port = free_port();
    let text = CHECKS.replace("@P@", &port.to_string()).replace("@ALLOW@", allow);
    let mut lab = Lab::with(&text);
    lab.start(["-v"]);
    lab.wait_line("'gone' file doesn't exist");
    (lab, port)
}

/// The whole answer; what came before a reset, if there was one.
fn ask(port: u16, request: &str) -> String {
    let mut stream = connect(port);
    stream.write_all(request.as_bytes()).expect("write");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn post(port: u16, path: &str, authorization: &str, fields: &str) -> String {
    let body = format!("{fields}&format=text&securitytoken=T");
    let length = body.len();
    ask(
        port,
        &format!(
            "POST {path} HTTP/1.0\r\nCookie: securitytoken=T\r\n{authorization}Content-Length: {length}\r\n\r\n{body}"
        ),
    )
}

#[test]
fn clients_see_and_order_what_the_command_line_does() {
    let (lab, port) = daemon("allow localhost");
    let summary = post(port, "/_summary", "", "group=FILES");
    assert!(summary.starts_with("HTTP/1.0 302 Moved Temporarily\r\n"), "{summary}");
    assert!(summary.contains("\x1b[0;91mDoes not exist "), "{summary}");
    let plain = lab.cli(["-B", "-g", "files", "summary"]).clean();
    let rows: Vec<&str> = plain.lines().skip(1).map(str::trim_end).collect();
    assert_eq!(
        rows,
        [
            " Service Name                     Status                      Type",
            " good                             OK                          File",
            " gone                             Does not exist              File",
        ]
    );
    let done = post(port, "/_doaction", "", "action=unmonitor&service=go.*");
    assert!(done.starts_with("HTTP/1.0 302 ") && done.ends_with("Location: /_doaction\r\n\r\n"), "{done}");
    lab.wait_status("good", "Not monitored");
    assert_eq!(lab.status_of("gone").as_deref(), Some("Not monitored"));
    assert!(lab.cli(["report", "unmonitored"]).clean().starts_with('2'));
    let mode = std::fs::metadata(lab.path("http.sock")).expect("socket").permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
}

#[test]
fn passwords_are_asked_and_read_only_users_only_look() {
    let (mut lab, port) = daemon("allow adm:\"pw\"\n  allow ro:\"pw\" read-only");
    let (adm, ro) = ("Authorization: Basic YWRtOnB3\r\n", "Authorization: Basic cm86cHc=\r\n");
    let order = "action=unmonitor&service=good";
    assert!(post(port, "/_doaction", "", order).starts_with("HTTP/1.0 401 "));
    assert!(post(port, "/_doaction", ro, order).starts_with("HTTP/1.0 403 "));
    assert!(post(port, "/_report", ro, "type=total").ends_with("\r\n\r\n3\n"));
    let wrong = post(port, "/_doaction", "Authorization: Basic YWRtOng=\r\n", order);
    assert!(wrong.starts_with("HTTP/1.0 401 "));
    lab.wait_line("HttpRequest: access denied -- client [127.0.0.1]: wrong password for user 'adm'");
    assert_eq!(lab.status_of("good").as_deref(), Some("OK"), "nothing was ordered");
    assert!(post(port, "/_doaction", adm, order).starts_with("HTTP/1.0 302 "));
    lab.wait_status("good", "Not monitored");
}

#[test]
fn a_page_of_somebody_else_orders_nothing() {
    let (mut lab, port) = daemon("allow localhost");
    let order = "action=unmonitor&service=good";
    for headers in [
        "Host: evil.example:2812\r\nOrigin: http://evil.example:2812\r\n",
        "Host: localhost.evil.example\r\n",
        "Host: localhost\r\nOrigin: http://evil.example\r\n",
        "Host: localhost\r\nOrigin: null\r\n",
    ] {
        for path in ["/_doaction", "/good"] {
            let answer = post(port, path, headers, order);
            assert!(answer.starts_with("HTTP/1.0 403 "), "{headers:?} {answer}");
        }
    }
    lab.wait_line("no password is asked for, and its Host 'evil.example:2812' is not this machine's");
    assert_eq!(lab.status_of("good").as_deref(), Some("OK"), "nothing was ordered");
    // Whoever browses by address, through a tunnel or with Monit's own client is at home.
    for (headers, monitored) in [
        (String::new(), false),
        (format!("Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"), true),
        ("Host: localhost:9000\r\nOrigin: http://localhost:9000\r\n".to_owned(), false),
    ] {
        let order = if monitored { "action=monitor&service=good" } else { order };
        let answer = post(port, "/_doaction", &headers, order);
        assert!(answer.starts_with("HTTP/1.0 302 "), "{headers:?} {answer}");
        lab.wait_status("good", if monitored { "OK" } else { "Not monitored" });
    }
    let shown = post(port, "/_summary", "Host: alias.example\r\n", "group=files");
    assert!(shown.starts_with("HTTP/1.0 302 "), "{shown}");
}

#[test]
fn with_a_password_every_name_is_welcome() {
    let (lab, port) = daemon("allow adm:\"pw\"");
    let headers =
        "Authorization: Basic YWRtOnB3\r\nHost: monit.example.org\r\nOrigin: https://monit.example.org\r\n";
    let answer = post(port, "/_doaction", headers, "action=unmonitor&service=good");
    assert!(answer.starts_with("HTTP/1.0 302 "), "{answer}");
    lab.wait_status("good", "Not monitored");
}

#[test]
fn hostile_clients_delay_nobody() {
    let (lab, port) = daemon("allow localhost");
    // Silent ones, slow ones, some that send garbage, and one that never ends its headers.
    let mut clients: Vec<TcpStream> = Vec::new();
    let mut slowest = Duration::ZERO;
    for number in 0..300 {
        let mut client = connect(port);
        let _ = match number % 3 {
            0 => Ok(()),
            1 => client.write_all(b"POST /_doaction HTTP/1.0\r\nContent-Len"),
            _ => client.write_all(&[0xff; 3000]),
        };
        clients.push(client);
        if number % 30 == 0 {
            let before = Instant::now();
            assert!(ask(port, "GET /_ping HTTP/1.0\r\n\r\n").ends_with("pong"));
            slowest = slowest.max(before.elapsed());
        }
    }
    let mut endless = connect(port);
    let flood = [b'a'; 64 * 1024];
    let _ = endless.write_all(b"GET / HTTP/1.0\r\nX: ");
    let ended = (0..100).any(|_| endless.write_all(&flood).is_err());
    assert!(ended, "six megabytes of headers are not read to their end");
    let before = Instant::now();
    assert_eq!(lab.status_of("good").as_deref(), Some("OK"));
    slowest = slowest.max(before.elapsed());
    // Generous for a loaded machine; one client at a time would need minutes.
    assert!(slowest < Duration::from_secs(60), "{slowest:?}");
    let open = std::fs::read_dir(format!("/proc/{}/fd", lab.daemon_pid())).expect("descriptors").count();
    assert!(open < 100, "{open} descriptors");
}

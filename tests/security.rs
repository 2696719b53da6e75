//! What strangers try: each test is one of their ways in, against the real program over real connections.
#![allow(clippy::expect_used, clippy::panic)]

#[path = "security/bytes.rs"]
mod bytes;
#[path = "security/flood.rs"]
mod flood;
#[path = "security/forged.rs"]
mod forged;
#[path = "security/markup.rs"]
mod markup;
mod support;

use std::io::{Read, Write};
use support::{Lab, free_port, http::connect};

/// `adm:pw` and `ro:pw`.
const ADM: &str = "Authorization: Basic YWRtOnB3\r\n";
const RO: &str = "Authorization: Basic cm86cHc=\r\n";
/// Lines of `set httpd` for them.
const USERS: &str = "allow adm:\"pw\" allow ro:\"pw\" read-only";

/// A daemon with this access and a service that must stay as it is: whoever gets an order through leaves a file.
fn daemon(access: &str, more: &str) -> (Lab, u16) {
    daemon_in(Lab::new(), access, more)
}

/// The same in a laboratory that was prepared.
fn daemon_in(mut lab: Lab, access: &str, more: &str) -> (Lab, u16) {
    let port = free_port();
    lab.control(&format!(
        "set log @D@/log\nset daemon 60\nset httpd port {port} address 127.0.0.1\n  {access}\n\
         check file svc path @D@/monitrc start \"/usr/bin/touch @D@/acted\" stop \"/usr/bin/touch @D@/acted\"\n{more}"
    ));
    lab.start(["-v"]);
    lab.wait_status("svc", "OK");
    (lab, port)
}

/// Everything the server says to these bytes until it has closed the connection. A reset keeps what came before it.
fn send(port: u16, bytes: &[u8]) -> String {
    let mut stream = connect(port);
    // It may have answered and closed before it has got all.
    let _ = stream.write_all(bytes);
    let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        answer.extend_from_slice(buffer.get(..count).unwrap_or_default());
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(port: u16, path: &str, headers: &str) -> String {
    send(port, format!("GET {path} HTTP/1.0\r\n{headers}\r\n").as_bytes())
}

fn post(port: u16, path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    send(port, format!("POST {path} HTTP/1.0\r\n{headers}Content-Length: {length}\r\n\r\n{body}").as_bytes())
}

/// The number of the status line.
fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

/// The service was not touched, and the daemon answers.
fn unharmed(lab: &Lab) {
    lab.wait_status("svc", "OK");
    assert!(!lab.path("acted").exists(), "an order got through: {}", lab.console());
}

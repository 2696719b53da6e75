//! Patterns and texts that took seconds to hours, and passwords tried in a row: the real daemon serves others meanwhile.
#![allow(clippy::expect_used)]

mod support;

use nix::sys::signal::Signal;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{Lab, free_port, http::connect, spawn};

/// What each of these took before was tens of seconds, and grew with the square.
const SHORT: Duration = Duration::from_secs(10);

fn ask(port: u16, request: &str) -> String {
    let mut stream = connect(port);
    stream.write_all(request.as_bytes()).expect("write");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(port: u16, pattern: &str) -> String {
    let escaped: String = pattern.bytes().map(|byte| format!("%{byte:02x}")).collect();
    ask(port, &format!("GET /_summary?service={escaped} HTTP/1.0\r\n\r\n"))
}

#[test]
fn patterns_of_clients_cost_little_or_are_refused() {
    let port = free_port();
    let services: String =
        (0..50).map(|number| format!("check file service_{number} with path /etc/passwd\n")).collect();
    let text =
        format!("set daemon 60\nset httpd port {port} address 127.0.0.1\n  allow localhost\n{services}");
    let mut lab = Lab::with(&text);
    lab.start(["-v"]);
    lab.wait_line("'service_49'");
    let begun = Instant::now();
    for pattern in ["(((((((((.?)?)?)?)?)?)?)?)?){256}", "(a*)\\1*", "((a{1,200}){1,200}){1,200}"] {
        let answer = get(port, pattern);
        assert!(answer.starts_with("HTTP/1.0 400 "), "{answer}");
        assert!(answer.contains("are not taken from clients"), "{answer}");
    }
    assert!(get(port, &"(.*)*".repeat(40)).starts_with("HTTP/1.0 200 "));
    assert!(get(port, "service_[0-9]{1,255}").contains("service_49"));
    assert!(begun.elapsed() < SHORT, "{:?}", begun.elapsed());
}

#[test]
fn texts_of_strangers_are_searched_in_a_moment() {
    let mut lab = Lab::new();
    let (get, java) = ("GET".repeat(1000) + "\n", "java".repeat(30_000));
    let mut long =
        spawn(Command::new("/bin/sh").args(["-c", "read line", &java, &java]).stdin(Stdio::piped()));
    lab.control(
        "set daemon 1\nset limits { fileContentBuffer: 4 kB }\n\
         check process java with matching \"java.*tomcat\"\n\
         check process again with matching \"^/bin/sh -c (r)ead line .*\\1tomcat|(ja)\\2va\"\n\
         check file log with path @D@/log\n  if content = \"GET.*\\.php.*500$\" then alert\n\
           if content = \"^(.+) \\1$\" then alert\n",
    );
    lab.file("log", "");
    lab.start(["-v"]);
    lab.wait_line("'log' file exists");
    lab.wait_line("'again' process is not running");
    let begun = Instant::now();
    lab.file("log", &(get.repeat(1000) + "GET /x.php 500\nthe same the same\n"));
    lab.wait_line("GET /x.php 500");
    lab.wait_line("the same the same");
    assert!(begun.elapsed() < 2 * SHORT, "{:?}", begun.elapsed());
    let begun = Instant::now();
    assert_eq!(lab.stop(Signal::SIGTERM), Some(0));
    assert!(begun.elapsed() < SHORT, "{:?}", begun.elapsed());
    let _ = long.kill();
    let _ = long.wait();
}

#[test]
fn wrong_passwords_in_a_row_take_longer_and_longer() {
    let port = free_port();
    let mut lab = Lab::with(&format!(
        "set daemon 60\nset httpd port {port} address 127.0.0.1\n  allow md5 @D@/passwords\n"
    ));
    lab.file("passwords", "admin:$apr1$xY$87p4jeUEgdZiUcbbvyNV/.\n");
    lab.start(["-v"]);
    drop(connect(port));
    // Of `admin:wrong`.
    let request = "GET /_ping HTTP/1.0\r\nAuthorization: Basic YWRtaW46d3Jvbmc=\r\n\r\n";
    let begun = Instant::now();
    for _ in 0..7 {
        assert!(ask(port, request).starts_with("HTTP/1.0 401 "));
    }
    // Nothing three times, then 0.25, 0.5, 1 and 2 s.
    assert!(begun.elapsed() > Duration::from_millis(3700), "{:?}", begun.elapsed());
    assert_eq!(lab.cli(["summary"]).code, 0, "the control socket knows no passwords");
}

//! What people ask for from the command line: start, stop, restart, monitor, unmonitor, status, summary, report.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use support::{Lab, alive, eventually, free_port, http::connect};

/// A process service `name` with the toy init script of the same name.
fn process(lab: &Lab, name: &str, more: &str) -> String {
    lab.init_script(name);
    format!(
        "check process {name} with pidfile @D@/{name}.pid
  start program = \"@D@/{name} start\"
  stop program = \"@D@/{name} stop\"
  {more}\n"
    )
}

fn calls(lab: &Lab) -> Vec<String> {
    lab.lines("calls")
}

#[test]
fn actions_are_carried_out_at_once() {
    let mut lab = Lab::new();
    let text = process(&lab, "p", "");
    lab.control(&format!("set daemon 300\n{text}"));
    lab.start(&[] as &[&str]);
    lab.wait_line("'p' start: ");
    let first = lab.pid("p");
    lab.wait_status("p", "OK");

    let begin = Instant::now();
    assert_eq!(lab.cli(["restart", "p"]).clean(), "");
    lab.wait_lines(&["'p' restart on user request", "'p' stop: ", "'p' start: ", "'p' restart action done"]);
    assert!(begin.elapsed() < Duration::from_secs(20), "not a cycle later: {:?}", begin.elapsed());
    let second = eventually("a new process", || Some(lab.pid("p")).filter(|pid| *pid != first));
    assert!(!alive(first) && alive(second));

    lab.cli(["stop", "p"]).clean();
    lab.wait_line("'p' stop action done");
    eventually("the end of p", || (!alive(second)).then_some(()));
    lab.wait_status("p", "Not monitored");
    lab.cli(["start", "p"]).clean();
    lab.wait_line("'p' start action done");
    lab.wait_status("p", "OK");
    assert_eq!(calls(&lab), ["p start", "p stop", "p start", "p stop", "p start"]);

    lab.cli(["unmonitor", "P"]).clean();
    lab.wait_status("p", "Not monitored");
    lab.cli(["monitor", "p.*"]).clean();
    lab.wait_status("p", "OK");
    let reply = lab.cli(["start", "nosuch"]);
    assert_eq!((reply.code, reply.err.as_str()), (1, "There is no service named \"nosuch\"\n"));
}

#[test]
fn dependants_stop_first_and_start_last_and_once() {
    let mut lab = Lab::new();
    let text = [
        process(&lab, "top", "depends on left, right"),
        process(&lab, "left", "depends on base"),
        process(&lab, "right", "depends on base"),
        process(&lab, "base", ""),
    ]
    .concat();
    lab.control(&format!("set daemon 300\n{text}"));
    lab.start(&[] as &[&str]);
    for name in ["base", "left", "right", "top"] {
        lab.wait_status(name, "OK");
    }
    assert_eq!(calls(&lab), ["base start", "left start", "right start", "top start"]);
    lab.cli(["restart", "base"]).clean();
    lab.wait_line("'base' restart action done");
    for name in ["base", "left", "right", "top"] {
        lab.wait_status(name, "OK");
    }
    let calls = calls(&lab).split_off(4);
    assert_eq!(calls.len(), 8, "each once: {calls:?}");
    let at =
        |call: &str| calls.iter().position(|c| c == call).unwrap_or_else(|| panic!("{call} in {calls:?}"));
    for (earlier, later) in [
        ("top stop", "left stop"),
        ("top stop", "right stop"),
        ("left stop", "base stop"),
        ("right stop", "base stop"),
        ("base stop", "base start"),
        ("base start", "left start"),
        ("base start", "right start"),
        ("left start", "top start"),
        ("right start", "top start"),
    ] {
        assert!(at(earlier) < at(later), "{earlier} before {later}: {calls:?}");
    }
}

#[test]
fn groups_and_all() {
    let mut lab = Lab::with(
        "set daemon 300
check file a path @D@/monitrc
  group g
check file b path @D@/monitrc
  group g
check file c path @D@/monitrc",
    );
    lab.start(&[] as &[&str]);
    lab.wait_status("c", "OK");
    lab.cli(["-g", "G", "unmonitor"]).clean();
    lab.wait_status("a", "Not monitored");
    lab.wait_status("b", "Not monitored");
    assert_eq!(lab.status_of("c").as_deref(), Some("OK"));
    let reply = lab.cli(["-g", "nosuch", "stop"]);
    assert_eq!((reply.code, reply.err.as_str()), (1, "Group 'nosuch' not found\n"));
    let report = lab.cli(["report"]).clean();
    assert!(
        report.contains("unmonitored:    2 (50.0%)") && report.contains("total:          4 services"),
        "{report}"
    );
    assert_eq!(lab.cli(["report", "unmonitored"]).clean(), "2\n");
    lab.cli(["monitor", "all"]).clean();
    for name in ["a", "b", "c"] {
        lab.wait_status(name, "OK");
    }
    let summary = lab.cli(["-B", "-g", "g", "summary"]).clean();
    assert_eq!(summary.lines().count(), 4, "{summary}");
    let status = lab.cli(["status", "a"]).clean();
    for label in [
        "File 'a'",
        "  status                       OK",
        "  permission                   600",
        "  data collected",
    ] {
        assert!(status.contains(label), "{label:?} in {status}");
    }
}

#[test]
fn without_set_httpd_only_the_owner_is_let_in() {
    use std::os::unix::fs::MetadataExt;
    let mut lab = Lab::with("set daemon 300\ncheck file f path @D@/monitrc");
    lab.start(&[] as &[&str]);
    lab.wait_status("f", "OK");
    let socket =
        std::fs::symlink_metadata(lab.path("monit.ctl")).expect("the control socket beside the pid file");
    assert_eq!(socket.mode() & 0o777, 0o600);
    assert_eq!(lab.stop(Signal::SIGTERM), Some(0));
    assert!(!lab.path("monit.ctl").exists());
}

/// One HTTP exchange, as bytes.
fn exchange(port: u16, request: &str) -> String {
    let mut stream = connect(port);
    stream.write_all(request.as_bytes()).expect("send");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("answer");
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn the_interface_asks_who_is_there() {
    let port = free_port();
    let mut lab = Lab::with(&format!(
        "set daemon 300
set httpd port {port} address 127.0.0.1
  allow admin:\"s3cret\"
  allow viewer:\"look\" read-only
check file f path @D@/monitrc"
    ));
    lab.start(&[] as &[&str]);
    lab.wait_status("f", "OK");
    let answer = exchange(port, "GET /_ping HTTP/1.0\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.0 401 Unauthorized\r\n"), "{answer}");
    assert!(answer.contains("WWW-Authenticate: Basic realm=\"monit\"\r\n"), "{answer}");
    let answer = exchange(port, "GET /_ping HTTP/1.0\r\nAuthorization: Basic YWRtaW46czNjcmV0\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.0 200 OK\r\n") && answer.ends_with("\r\n\r\npong"), "{answer}");

    let post = |user: &str, cookie: &str, body: &str| {
        exchange(
            port,
            &format!(
                "POST /_doaction HTTP/1.0\r\nAuthorization: Basic {user}\r\nCookie: securitytoken={cookie}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ),
        )
    };
    let body = "action=unmonitor&service=f&format=text&securitytoken=abc";
    assert!(post("YWRtaW46czNjcmV0", "other", body).starts_with("HTTP/1.0 403 "));
    assert!(post("dmlld2VyOmxvb2s=", "abc", body).starts_with("HTTP/1.0 403 "), "read-only");
    assert_eq!(lab.status_of("f").as_deref(), Some("OK"));
    let answer = post("YWRtaW46czNjcmV0", "abc", body);
    assert!(answer.starts_with("HTTP/1.0 302 Moved Temporarily\r\n"), "{answer}");
    lab.wait_status("f", "Not monitored");
}

#[test]
fn silent_clients_delay_nobody() {
    let port = free_port();
    let mut lab = Lab::with(&format!(
        "set daemon 300\nset httpd port {port} address 127.0.0.1 allow 127.0.0.1\ncheck file f path @D@/monitrc"
    ));
    lab.start(&[] as &[&str]);
    lab.wait_status("f", "OK");
    let mut silent: Vec<TcpStream> = (0..20).map(|_| connect(port)).collect();
    for stream in &mut silent {
        stream.write_all(b"GET /_sta").expect("half a request");
    }
    let begin = Instant::now();
    assert!(exchange(port, "GET /_ping HTTP/1.0\r\n\r\n").ends_with("pong"));
    // Each of them may be silent for ten seconds: behind all of them it would be minutes.
    assert!(begin.elapsed() < Duration::from_secs(100), "took {:?}", begin.elapsed());
}

#[test]
fn hanging_start_programs_delay_nobody() {
    let mut lab = Lab::new();
    let hanging: String = (0..20)
        .map(|n| {
            format!("check process h{n} with pidfile @D@/never{n}.pid\n  start program = \"/bin/sleep 60\" with timeout 60 seconds\n")
        })
        .collect();
    let text = process(&lab, "p", "");
    lab.control(&format!("set daemon 1\n{hanging}{text}"));
    lab.start(&[] as &[&str]);
    lab.wait_status("p", "OK");
    let first = lab.pid("p");
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(first), Signal::SIGKILL).expect("kill");
    let begin = Instant::now();
    lab.wait_line("'p' process is not running");
    eventually("a new process", || Some(lab.pid("p")).filter(|pid| *pid != first));
    // A cycle of a second, and ample room for a busy machine; a single hanging program alone would cost 60 s.
    assert!(begin.elapsed() < Duration::from_secs(20), "took {:?}", begin.elapsed());
}

/// Reading all of the file would take minutes: only the daemon's checks do, in slices.
#[test]
fn asking_a_daemon_does_not_hash_what_it_watches() {
    let mut lab = Lab::new();
    lab.control("set daemon 300\ncheck file large with path @D@/large\n  if failed checksum then alert\n");
    lab.start(&[] as &[&str]);
    lab.wait_status("large", "Does not exist");
    let large = std::fs::File::create(lab.path("large")).expect("a file");
    large.set_len(200 << 30).expect("a sparse file");
    let begin = Instant::now();
    assert!(lab.cli(["-B", "summary"]).clean().contains("large"));
    assert_eq!(lab.cli(["unmonitor", "large"]).clean(), "");
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}

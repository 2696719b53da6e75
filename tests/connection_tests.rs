//! Connection tests from the control file to the alert: servers that answer, refuse, keep silent, and many at once.
#![allow(clippy::expect_used)]

mod support;

use std::net::{TcpListener, TcpStream};
use support::{Lab, eventually, free_port, refusing_port};

/// A listener that accepts nothing: the kernel makes connections until its queue is full, nobody ever says a word.
fn silent() -> (TcpListener, u16) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("bind");
    let port = listener.local_addr().expect("address").port();
    (listener, port)
}

#[test]
fn a_port_is_told_when_it_closes_and_when_it_opens() {
    let (listener, port) = silent();
    let mut lab = Lab::with(&format!(
        "set daemon 1\ncheck host here with address 127.0.0.1\n  if failed port {port} then alert\n"
    ));
    lab.start(["-v"]);
    lab.wait_line(&format!("'here' connection succeeded to [127.0.0.1]:{port} [TCP/IP]"));
    let status = lab.cli(["-B", "status", "here"]).clean();
    let line = status.lines().find(|line| line.contains("port response time")).expect("a response time");
    assert!(line.contains(&format!(" ms to 127.0.0.1:{port} type TCP/IP protocol DEFAULT")), "{line}");
    drop(listener);
    lab.wait_line(&format!(
        "'here' failed protocol test [DEFAULT] at [127.0.0.1]:{port} [TCP/IP] -- Connection refused"
    ));
    lab.wait_status("here", "Connection failed");
    let status = lab.cli(["-B", "status", "here"]).clean();
    assert!(
        status.contains(&format!("FAILED to [127.0.0.1]:{port} type TCP/IP protocol DEFAULT")),
        "{status}"
    );
    let again = eventually("the port", || TcpListener::bind(("127.0.0.1", port)).ok());
    lab.wait_line(&format!("'here' connection succeeded to [127.0.0.1]:{port} [TCP/IP]"));
    lab.wait_status("here", "OK");
    drop(again);
}

#[test]
fn each_attempt_is_told_with_its_reason() {
    let port = free_port();
    let mut lab = Lab::with(&format!(
        "set daemon 60\ncheck host here with address 127.0.0.1\n  if failed port {port} with retry 3 then alert\n"
    ));
    lab.start(["-v"]);
    lab.wait_lines(&[
        "Connection refused (attempt 1/3)",
        "Connection refused (attempt 2/3)",
        &format!("failed protocol test [DEFAULT] at [127.0.0.1]:{port} [TCP/IP] -- Connection refused"),
    ]);
}

#[test]
fn silent_servers_hold_nobody_up() {
    // `expect` waits for words that never come; a listener nobody accepts from stands for a host that is up and dead.
    let (_listener, port) = silent();
    let (_alive, good) = silent();
    let mut text = String::from("set daemon 1\n");
    for number in 0..40 {
        text.push_str(&format!(
            "check host silent{number} with address 127.0.0.1\n  if failed port {port} expect \"never\" with timeout 30 seconds then alert\n"
        ));
    }
    text.push_str(&format!(
        "check host alive with address 127.0.0.1\n  if failed port {good} then alert\ncheck file there path @D@/monitrc\n"
    ));
    let mut lab = Lab::with(&text);
    lab.start(["-v"]);
    for _ in 0..3 {
        lab.wait_line("'alive' connection succeeded");
    }
    lab.wait_status("there", "OK");
    let client = TcpStream::connect(("127.0.0.1", good));
    assert!(client.is_ok());
}

#[test]
fn a_name_without_an_address_is_told_as_that() {
    let mut lab = Lab::with(
        "set daemon 60\ncheck host nobody with address nobody.invalid\n  if failed port 80 then alert\n",
    );
    lab.start(["-v"]);
    lab.wait_line(
        "'nobody' failed protocol test [DEFAULT] at [nobody.invalid]:80 [TCP/IP] -- Cannot resolve ",
    );
}

#[test]
fn a_host_is_pinged_or_it_is_said_why_not() {
    let mut lab = Lab::with(
        "set daemon 1
check host here with address 127.0.0.1
  if failed ping count 2 size 100 with timeout 20 seconds then alert
check host nowhere with address 255.255.255.255
  if failed ping count 1 with timeout 20 seconds then alert
  if failed port 9 then alert
",
    );
    lab.start(["-v"]);
    let can = "'here' ping test succeeded [response time ";
    let cannot = "'here' ping test cannot be carried out -- Operation not permitted: run monit as root or ";
    let can = eventually("a verdict, or why there is none", || {
        let console = lab.console();
        let said = |text| console.contains(text);
        (said(can) || said(cannot)).then(|| said(can))
    });
    if !can {
        assert_ne!(lab.status_of("here").as_deref(), Some("ICMP failed"));
        return support::skip::skip("ping", "no echo requests may be sent here");
    }
    lab.wait_status("here", "OK");
    let status = lab.cli(["-B", "status", "here"]).clean();
    let line = status.lines().find(|line| line.contains("ping response time")).expect("a response time");
    assert!(line.ends_with(" ms"), "{line}");
    // A broadcast address is refused to whoever does not ask for it.
    lab.wait_line("'nowhere' ping test failed -- Permission denied");
    lab.wait_status("nowhere", "ICMP failed");
    assert!(!lab.console().contains("failed protocol test"));
}

#[test]
fn few_descriptors_are_shared_and_never_run_out() {
    // 60 silent servers and 60 that answer, where the daemon may open 40 files: the cap follows from that, whatever was asked for.
    let (_silent, quiet) = silent();
    let (_alive, good) = silent();
    let mut text = String::from("set daemon 1\nset limits { connectionTests: 4096 }\n");
    for number in 0..60 {
        text.push_str(&format!(
            "check host silent{number} with address 127.0.0.1
  if failed port {quiet} expect \"never\" with timeout 1 second then alert
check host alive{number} with address 127.0.0.1
  if failed port {good} then alert
"
        ));
    }
    text.push_str("check file there path @D@/monitrc\n  if failed checksum then alert\n");
    let mut lab = Lab::with(&text);
    let shell = ["sh", "-c", "ulimit -n 40; exec \"$@\"", "sh"].map(str::to_owned);
    lab.start_under(&shell, ["-v"]);
    eventually("each of them", || {
        let console = lab.console();
        let all = |name: &str, words: &str| {
            (0..60).all(|number| console.contains(&format!("'{name}{number}' {words}")))
        };
        (all("alive", "connection succeeded") && all("silent", "failed protocol test")).then_some(())
    });
    lab.wait_status("there", "OK");
    let console = lab.console();
    for line in console.lines().filter(|line| line.contains("failed protocol test")) {
        assert!(line.contains("'silent") && line.ends_with("-- Timed out waiting for an answer"), "{line}");
    }
    assert!(!console.contains("Too many open files"), "{console}");
}

/// Answers each connection with what `answer` makes of the first line of the request.
fn http_server(answer: impl Fn(&str) -> String + Send + 'static) -> u16 {
    use std::io::{BufRead, BufReader, Write};
    let (listener, port) = silent();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let Ok(reading) = stream.try_clone() else { return };
            let mut lines = BufReader::new(reading).lines().map_while(Result::ok);
            let first = lines.next().unwrap_or_default();
            while lines.next().is_some_and(|line| !line.is_empty()) {}
            let _ = stream.write_all(answer(&first).as_bytes());
        }
    });
    port
}

#[test]
fn a_redirect_leads_to_another_server() {
    let to = |place: &str| format!("HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n");
    let last = http_server(|first| match first {
        "GET /health HTTP/1.1" => "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}".into(),
        _ => "HTTP/1.1 404 No\r\n\r\n".into(),
    });
    let closed = refusing_port();
    let port = http_server(move |first| match first {
        "GET /away HTTP/1.1" => to(&format!("http://localhost:{last}/health")),
        "GET /shut HTTP/1.1" => to(&format!("http://127.0.0.1:{closed}/")),
        "GET /lost HTTP/1.1" => to("http://nobody.invalid/"),
        _ => to("/away"),
    });
    let mut lab = Lab::with(&format!(
        "set daemon 60
check host good with address 127.0.0.1
  if failed port {port} protocol http and request \"/\" and follow 2 redirects and json \"/status\" = \"ok\" then alert
check host short with address 127.0.0.1
  if failed port {port} protocol http and request \"/\" and follow 1 redirect then alert
check host shut with address 127.0.0.1
  if failed url http://127.0.0.1:{port}/shut follow 3 redirects then alert
check host lost with address 127.0.0.1
  if failed url http://127.0.0.1:{port}/lost follow 3 redirects with timeout 20 seconds then alert
"
    ));
    lab.start(["-v"]);
    // They end in any order.
    for line in [
        format!("'good' connection succeeded to [127.0.0.1]:{port}/ [TCP/IP]"),
        "-- HTTP error: redirected more often than 1".into(),
        format!(
            "'shut' failed protocol test [HTTP] at [127.0.0.1]:{port}/shut [TCP/IP] -- Connection refused"
        ),
        "/lost [TCP/IP] -- Cannot resolve ".into(),
    ] {
        eventually(&line, || lab.console().contains(&line).then_some(()));
    }
}

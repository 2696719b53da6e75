//! `monit test alert`: what comes of test messages through the real outbox.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/json.rs"]
mod json;
mod support;

use json::described as schema;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use support::http::ask;
use support::receiver::{Receiver, Reply, TAKES};
use support::{Lab, free_port};

/// A mail server that takes what is for addresses at `good`, refuses what is for `bad` and puts the rest off. What it takes is
/// put into the list.
fn mail_server() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let port = listener.local_addr().expect("address").port();
    let taken = Arc::new(Mutex::new(Vec::new()));
    let list = taken.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let list = list.clone();
            std::thread::spawn(move || -> Option<()> {
                let mut out = stream.try_clone().ok()?;
                let lines = BufReader::new(stream).lines().map_while(Result::ok);
                out.write_all(b"220 mx\r\n").ok()?;
                let (mut data, mut text) = (false, String::new());
                for line in lines {
                    let answer = match (data, line.as_str()) {
                        (true, ".") => {
                            data = false;
                            list.lock().unwrap().push(std::mem::take(&mut text));
                            "250 ok"
                        }
                        (true, line) => {
                            text += line;
                            text.push('\n');
                            continue;
                        }
                        (false, line) if line.starts_with("DATA") => {
                            data = true;
                            "354 go on"
                        }
                        (false, line) if line.starts_with("RCPT") && line.contains("bad") => {
                            "550 no such user here"
                        }
                        (false, line) if line.starts_with("RCPT") && line.contains("grey") => {
                            "451 try again later"
                        }
                        (false, line) if line.starts_with("QUIT") => "221 bye",
                        _ => "250 ok",
                    };
                    out.write_all(format!("{answer}\r\n").as_bytes()).ok()?;
                }
                Some(())
            });
        }
    });
    (port, taken)
}

#[test]
fn each_recipient_gets_a_message_and_what_came_back_is_said() {
    let receiver = Receiver::start(|path, _| match path {
        "/SECRET/refuses" => Reply::Says("404 Not Found"),
        "/SECRET/busy" => Reply::Says("503 Later"),
        _ => TAKES,
    });
    let (mx, taken) = mail_server();
    let port = receiver.port;
    let mut lab = Lab::with(&format!(
        "set daemon 60\nset eventqueue basedir @D@/queue\nset mailserver 127.0.0.1 port {mx}\n\
         set mail-format {{ from: monit@good.example }}\n\
         set alert a@good.example on {{ timeout }}\nset alert x@bad.example\nset alert y@grey.example not on {{ instance }}\n\
         set alert webhook ops url \"http://127.0.0.1:{port}/SECRET/ops\"\n\
         set alert webhook refuses url \"http://127.0.0.1:{port}/SECRET/refuses\"\n\
         set alert webhook busy url \"http://127.0.0.1:{port}/SECRET/busy\"\nset alert @ops on {{ timeout }}\n\
         set mmonit http://u:SECRET@127.0.0.1:{port}/collector\n\
         check file here path @D@/monitrc\n  noalert z@good.example\n  alert w@good.example only on {{ timeout }}\n"
    ));
    assert!(lab.cli(["test", "alert"]).err.contains("not running"));
    lab.start(["-v"]);
    lab.wait_status("here", "OK");
    let reply = lab.cli(["test", "alert"]);
    let lines: Vec<Vec<&str>> =
        reply.out.lines().map(|line| line.splitn(2, "  ").map(str::trim).collect()).collect();
    let words = |to: &str| lines.iter().find(|line| line[0] == to).map_or("none", |line| line[1]);
    assert_eq!(reply.code, 1, "{}{}", reply.out, reply.err);
    assert_eq!(words("a@good.example"), "delivered");
    assert_eq!(words("w@good.example"), "delivered");
    assert_eq!(words("@ops"), "delivered");
    assert!(words("x@bad.example").starts_with("refused -- Mail server"), "{}", reply.out);
    assert!(words("x@bad.example").contains("550 no such user here"), "{}", reply.out);
    assert!(words("y@grey.example").starts_with("queued, it is tried again -- "), "{}", reply.out);
    assert!(words("y@grey.example").contains("451 try again later"), "{}", reply.out);
    assert!(words("@refuses").contains("404 Not Found"), "{}", reply.out);
    assert!(words("@busy").starts_with("queued") && words("@busy").contains("503 Later"), "{}", reply.out);
    assert_eq!(words("z@good.example"), "none", "who is told of nothing");
    let collector = format!("M/Monit http://[127.0.0.1]:{port}/collector");
    assert_eq!(words(&collector), "delivered");
    assert!(!reply.out.contains("SECRET"), "{}", reply.out);
    let of_test = |text: &&String| text.contains("Test message of monit on");
    assert_eq!(taken.lock().unwrap().iter().filter(of_test).count(), 2);
    let bodies = receiver.requests("/SECRET/ops");
    assert_eq!(bodies.len(), 1);
    assert!(bodies[0].body.contains("Test message of monit on"), "{}", bodies[0].body);
    // One alone; and one that waits is not doubled.
    assert_eq!(lab.cli(["test", "alert", "ops"]).clean(), "@ops  delivered\n");
    assert_eq!(lab.cli(["test", "alert", "A@GOOD.example"]).clean(), "a@good.example  delivered\n");
    assert!(lab.cli(["test", "alert", "busy"]).out.contains("queued"));
    let json = lab.cli(["--json", "test", "alert", "@ops"]).clean();
    assert_eq!(schema(&json, "trial").at(&["results"]).list()[0].at(&["result"]).text(), "delivered");
    assert!(lab.cli(["test", "alert", "nobody"]).err.contains("Nobody is told of alerts at 'nobody'"));
    assert!(lab.cli(["test", "mail"]).err.contains("monit test alert"));
    // Nothing of it is kept on the disk.
    let files = fs::read_dir(lab.path("queue")).unwrap().flatten();
    for file in files {
        let text = String::from_utf8_lossy(&fs::read(file.path()).unwrap_or_default()).into_owned();
        assert!(!text.contains("Test message"), "{text}");
    }
}

#[test]
fn who_may_not_order_may_not_test_and_the_loop_waits_for_nobody() {
    let receiver = Receiver::start(|_, _| Reply::Stalls);
    let port = free_port();
    let mut lab = Lab::with(&format!(
        "set daemon 60\nset httpd port {port} address 127.0.0.1\n  allow u:p\n  allow r:p read-only\n\
         set alert webhook stalls url \"http://127.0.0.1:{}/x\" timeout 600 seconds\ncheck file here path @D@/monitrc\n",
        receiver.port
    ));
    lab.start(["-v"]);
    lab.wait_status("here", "OK");
    let post = |login: &str, token: &str| {
        let body = format!("{token}destination=stalls");
        let head = format!(
            "Authorization: Basic {login}\r\nCookie: securitytoken=x\r\nContent-Length: {}\r\n",
            body.len()
        );
        ask(port, &format!("POST /api/v1/test-alert HTTP/1.0\r\n{head}\r\n{body}"))
    };
    assert!(post("cjpw", "securitytoken=x&").0.contains(" 403 "), "who may only look");
    assert!(post("dTpw", "").0.contains(" 403 "), "without a token");
    let (head, body) = post("dTpw", "securitytoken=x&");
    assert!(head.contains(" 200 "), "{head}{body}");
    schema(&body, "tested");
    receiver.wait("/x", 1);
    let (head, body) = post("dTpw", "securitytoken=x&");
    assert!(head.contains(" 400 ") && body.contains("under way already"), "{body}");
    // Each is answered while the receiver says nothing, which it does for ten minutes.
    for _ in 0..20 {
        let (_, body) = ask(port, "GET /api/v1/test-alert HTTP/1.0\r\nAuthorization: Basic cjpw\r\n\r\n");
        let trial = schema(&body, "trial");
        assert_eq!(trial.at(&["results"]).list()[0].at(&["result"]).text(), "waiting");
    }
}

#[test]
fn without_recipients_there_is_nothing_to_test() {
    let mut lab = Lab::with("set daemon 60\ncheck file here path @D@/monitrc\n");
    lab.start(["-v"]);
    lab.wait_status("here", "OK");
    assert!(lab.cli(["test", "alert"]).err.contains("Nobody is told of alerts, see 'set alert'"));
    lab.control("set daemon 60\nset alert a@b.example\ncheck file here path @D@/monitrc\n");
    let text =
        fs::read_to_string(lab.path("monitrc")).unwrap().replace("@D@", &lab.dir().display().to_string());
    fs::write(lab.path("monitrc"), text).unwrap();
    assert_eq!(lab.cli(["reload"]).code, 0);
    lab.wait_line("Monit reloaded");
    let reply = lab.cli(["test", "alert"]);
    assert_eq!(
        (reply.code, reply.out.as_str()),
        (1, "a@b.example  refused -- no mail server is defined, see 'set mailserver'\n")
    );
}

//! Alerts to real receivers by HTTP: every format, every kind of trouble, and no secret anywhere.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use nix::sys::signal::Signal;
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::receiver::{Receiver, Reply, Request, TAKES};
use support::{Lab, eventually, free_port};

const NONE: [&str; 0] = [];

/// The text behind `"name":"`.
fn member<'a>(body: &'a str, name: &str) -> &'a str {
    let (_, rest) =
        body.split_once(&format!("\"{name}\":\"")).unwrap_or_else(|| panic!("no {name} in {body}"));
    rest.split('"').next().unwrap()
}

fn secret(lab: &Lab, name: &str, text: &str) {
    lab.file(name, text);
    lab.chmod(name, 0o600);
}

const WATCHED: &str = "check file watched with path @D@/watched\n  if does not exist then alert\n";

#[test]
fn each_format_is_told_of_failure_and_recovery_as_one_incident() {
    let receiver = Receiver::start(|_, _| TAKES);
    let port = receiver.port;
    let lab = Lab::new();
    secret(&lab, "token", "T0KEN\n");
    lab.file("template", "{\"t\":\"$SERVICE is $STATE ($INCIDENT)\"}");
    // Format, path of the URL, other options, path of the request.
    let formats = [
        ("json", "/json", "secret file @D@/token header \"X-Site: n1\"", "/json"),
        ("slack", "/slack/a/b", "", "/slack/a/b"),
        ("discord", "/discord", "", "/discord"),
        ("telegram", "/sendMessage?chat_id=42", "secret file @D@/token", "/botT0KEN/sendMessage"),
        ("ntfy", "/base/topic", "secret file @D@/token", "/base/"),
        ("gotify", "/message", "secret file @D@/token", "/message"),
        ("pagerduty", "/v2/enqueue", "secret file @D@/token", "/v2/enqueue"),
        ("teams", "/teams?sig=1", "template file @D@/template", "/teams?sig=1"),
        ("alertmanager", "/api/v2/alerts", "", "/api/v2/alerts"),
    ];
    let mut text = "set daemon 1\n".to_owned();
    for (format, path, options, _) in formats {
        text += &format!(
            "set alert webhook {format} url \"http://127.0.0.1:{port}{path}\" format {format} {options}\n"
        );
    }
    // Half of them of all services, half of this one.
    let (global, own) = formats.split_at(4);
    global
        .iter()
        .for_each(|(name, ..)| text += &format!("set alert @{name} not on {{ instance, action }}\n"));
    text += WATCHED;
    own.iter().for_each(|(name, ..)| text += &format!("  alert @{name}\n"));
    lab.control(&text);
    let mut lab = lab;
    lab.start(NONE);
    for (_, _, _, path) in formats {
        receiver.wait(path, 1);
    }
    lab.file("watched", "");
    let both: Vec<Vec<Request>> = formats.iter().map(|(_, _, _, path)| receiver.wait(path, 2)).collect();
    lab.stop(Signal::SIGTERM);
    for ((format, ..), requests) in formats.iter().zip(&both) {
        for request in requests {
            assert!(request.head.starts_with("POST "), "{format}: {}", request.head);
            assert!(request.head.contains("\r\nContent-Type: application/json\r\n"), "{format}");
            assert!(request.head.contains(&format!("\r\nHost: 127.0.0.1:{port}\r\n")), "{format}");
            assert!(request.body.contains("watched"), "{format}: {}", request.body);
        }
    }
    let pair = |format: &str| {
        let at = formats.iter().position(|(name, ..)| *name == format).unwrap();
        (&both[at][0], &both[at][1])
    };
    let (failed, recovered) = pair("json");
    assert_eq!((member(&failed.body, "state"), member(&recovered.body, "state")), ("failed", "recovered"));
    assert_eq!(member(&failed.body, "incident"), member(&recovered.body, "incident"));
    assert_ne!(member(&failed.body, "id"), member(&recovered.body, "id"));
    assert!(
        failed.head.contains("\r\nX-Site: n1\r\n") && failed.head.contains("\r\nX-Monit-Signature: sha256=")
    );
    let incident = member(&failed.body, "incident");
    let (failed, recovered) = pair("pagerduty");
    assert_eq!(member(&failed.body, "event_action"), "trigger");
    assert_eq!(member(&recovered.body, "event_action"), "resolve");
    assert_eq!(
        (member(&failed.body, "dedup_key"), member(&recovered.body, "dedup_key")),
        (incident, incident)
    );
    assert_eq!(member(&failed.body, "routing_key"), "T0KEN");
    let (failed, recovered) = pair("alertmanager");
    assert_eq!((member(&failed.body, "incident"), member(&recovered.body, "incident")), (incident, incident));
    let (failed, _) = pair("teams");
    assert_eq!(failed.body, format!("{{\"t\":\"watched is failed ({incident})\"}}"));
    assert_eq!(member(&pair("telegram").0.body, "chat_id"), "42");
    assert_eq!(member(&pair("ntfy").0.body, "topic"), "topic");
    assert!(pair("ntfy").0.head.contains("\r\nAuthorization: Bearer T0KEN\r\n"));
    assert!(pair("gotify").0.head.contains("\r\nX-Gotify-Key: T0KEN\r\n"));
}

#[test]
fn whatever_a_receiver_does_it_gets_the_alert_in_the_end() {
    let receiver = Receiver::start(|path, before| match (path, before) {
        ("/500", 0) => Reply::Says("500 Oops"),
        ("/503", 0) => Reply::Says("503 Busy\r\nRetry-After: 3"),
        ("/429", 0) => Reply::Says("429 Slow\r\nRetry-After: 3"),
        ("/302", 0) => Reply::Says("302 Found\r\nLocation: /elsewhere"),
        ("/cut", 0) => Reply::Cuts,
        ("/stall", 0) => Reply::Stalls,
        ("/garbage", 0) => Reply::Says("what\r\n\r\n\0\0"),
        _ => TAKES,
    });
    let (port, closed) = (receiver.port, free_port());
    let names = ["500", "503", "429", "302", "cut", "stall", "garbage"];
    let mut text = format!(
        "set daemon 60\nset alert webhook down url http://127.0.0.1:{closed}/secret/path format json\nset alert @down not on {{ instance }}\n"
    );
    for name in names {
        text += &format!("set alert webhook w{name} url http://127.0.0.1:{port}/{name} timeout 2 seconds\n");
        text += &format!("set alert @w{name} not on {{ instance }}\n");
    }
    let mut lab = Lab::with(&format!("{text}{WATCHED}"));
    lab.start(NONE);
    for name in names {
        let requests = receiver.wait(&format!("/{name}"), 2);
        assert_eq!(requests[0].body, requests[1].body, "{name}: the same message with the same id");
        assert_eq!(member(&requests[0].body, "state"), "failed");
        let pause = requests[1].at - requests[0].at;
        let least = if matches!(name, "429" | "503") { 3 } else { 1 };
        assert!(pause >= Duration::from_secs(least) - Duration::from_millis(100), "{name}: {pause:?}");
    }
    assert!(receiver.requests("/elsewhere").is_empty(), "a redirect was followed");
    // The one that is down has held up nobody, and gets its own when it is there.
    let listener = TcpListener::bind(("127.0.0.1", closed)).expect("the port that was free");
    let (mut stream, _) = listener.accept().expect("a connection");
    let mut head = String::new();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    reader.read_line(&mut head).expect("a request");
    assert_eq!(head, "POST /secret/path HTTP/1.1\r\n");
    stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").expect("an answer");
    lab.wait_line(&format!("Webhook @down (http://127.0.0.1:{closed}) takes alerts again"));
    let console = lab.console();
    for said in [
        "500 Oops; 1 alerts wait, next attempt in 1 s",
        "429 Slow; 1 alerts wait, next attempt in 3 s",
        "302 Found (redirects are not followed); 1 alerts wait",
        "Timed out waiting for an answer; 1 alerts wait",
    ] {
        assert_eq!(console.matches(said).count(), 1, "{said}:\n{console}");
    }
    assert_eq!(console.matches("Connection refused").count(), 1, "told once:\n{console}");
    assert!(!console.contains("/secret/path"), "{console}");
}

#[test]
fn what_is_refused_for_good_is_told_and_dropped() {
    let receiver = Receiver::start(|_, before| if before == 0 { Reply::Says("422 What") } else { TAKES });
    let port = receiver.port;
    let mut lab = Lab::with(&format!(
        "set daemon 1\nset alert webhook x url http://127.0.0.1:{port}/x\nset alert @x not on {{ instance }}\n{WATCHED}"
    ));
    lab.start(NONE);
    let said = lab.wait_line("refuses the alert 'watched' Does not exist (");
    assert!(said.ends_with(", which is dropped -- HTTP/1.1 422 What"), "{said}");
    lab.file("watched", "");
    let requests = receiver.wait("/x", 2);
    assert_eq!(member(&requests[1].body, "state"), "recovered");
    lab.stop(Signal::SIGTERM);
    assert_eq!(receiver.requests("/x").len(), 2);
}

#[test]
fn a_reload_tells_nothing_twice_to_one_that_takes_its_time() {
    let (answers, waits) = std::sync::mpsc::channel::<()>();
    let waits = std::sync::Mutex::new(waits);
    let receiver = Receiver::start(move |_, before| {
        // It has the alert, and says so when the test lets it.
        if before == 0 {
            let _ = waits.lock().unwrap().recv();
        }
        TAKES
    });
    let port = receiver.port;
    let mut lab = Lab::with(&format!(
        "set daemon 1\nset alert webhook x url http://127.0.0.1:{port}/x timeout 60 seconds\nset alert @x not on {{ instance }}\n{WATCHED}"
    ));
    lab.start(NONE);
    receiver.wait("/x", 1);
    lab.signal(Signal::SIGHUP);
    lab.wait_line("Monit reloaded");
    answers.send(()).expect("a receiver");
    lab.file("watched", "");
    let requests = receiver.wait("/x", 2);
    assert_eq!(member(&requests[1].body, "state"), "recovered", "the same twice");
}

#[test]
fn what_somebody_can_mend_is_tried_again() {
    let receiver = Receiver::start(|path, before| match (path, before) {
        ("/401", 0) => Reply::Says("401 Who"),
        ("/404", 0) => Reply::Says("404 Where"),
        _ => TAKES,
    });
    let port = receiver.port;
    let mut text = "set daemon 60\n".to_owned();
    for path in ["401", "404"] {
        text += &format!("set alert webhook w{path} url http://127.0.0.1:{port}/{path}\n");
        text += &format!("set alert @w{path} not on {{ instance }}\n");
    }
    let mut lab = Lab::with(&format!("{text}{WATCHED}"));
    lab.start(NONE);
    for path in ["/401", "/404"] {
        let requests = receiver.wait(path, 2);
        assert_eq!(requests[0].body, requests[1].body);
    }
    assert!(!lab.console().contains("dropped"), "{}", lab.console());
}

#[test]
fn a_dead_destination_holds_up_no_other_and_a_killed_daemon_loses_nothing() {
    const ALERTS: usize = 30;
    let mended = Arc::new(Mutex::new(false));
    let is_mended = mended.clone();
    let receiver = Receiver::start(move |path, _| match path {
        "/dead" if !*is_mended.lock().unwrap() => Reply::Cuts,
        _ => TAKES,
    });
    let port = receiver.port;
    let mut text = format!(
        "set daemon 600\nset eventqueue basedir @D@/queue slots 1000\n\
         set alert webhook live url http://127.0.0.1:{port}/live\nset alert webhook dead url http://127.0.0.1:{port}/dead\n\
         set alert @live not on {{ instance, action }}\nset alert @dead not on {{ instance, action }}\n"
    );
    for number in 0..ALERTS {
        text +=
            &format!("check file f{number} with path @D@/never{number}\n  if does not exist then alert\n");
    }
    let mut lab = Lab::with(&text);
    lab.start(NONE);
    receiver.wait("/live", ALERTS);
    // All are on the disk, with who has them, before the daemon dies; what is not may come twice, which is another test.
    let all_marked = || {
        let files = fs::read_dir(lab.path("queue")).ok()?.flatten();
        let texts: Vec<String> = files.filter_map(|file| fs::read_to_string(file.path()).ok()).collect();
        let marked = texts.iter().filter(|text| text.contains("\n@live\n")).count();
        (marked == ALERTS && texts.len() == ALERTS).then_some(())
    };
    eventually("marks on the disk", all_marked);
    lab.stop(Signal::SIGKILL);
    *mended.lock().unwrap() = true;
    let before = receiver.requests("/dead").len();
    lab.start(NONE);
    let services = |path: &str, skip: usize| -> BTreeSet<String> {
        let requests = receiver.requests(path);
        requests.iter().skip(skip).map(|request| member(&request.body, "service").to_owned()).collect()
    };
    eventually("everything at the one that was dead", || {
        (services("/dead", before).len() == ALERTS).then_some(())
    });
    eventually("an empty queue", || (fs::read_dir(lab.path("queue")).ok()?.count() == 0).then_some(()));
    lab.stop(Signal::SIGTERM);
    assert_eq!(receiver.requests("/live").len(), ALERTS, "nothing twice");
    assert_eq!(services("/live", 0).len(), ALERTS);
}

#[test]
fn daemons_killed_at_any_moment_lose_nothing() {
    const ALERTS: usize = 12;
    let receiver = Receiver::start(|_, _| TAKES);
    let port = receiver.port;
    let mut text = format!(
        "set daemon 600\nset eventqueue basedir @D@/queue\n\
         set alert webhook a url http://127.0.0.1:{port}/a\nset alert webhook b url http://127.0.0.1:{port}/b\n\
         set alert @a not on {{ instance, action }}\nset alert @b not on {{ instance, action }}\n"
    );
    for number in 0..ALERTS {
        text +=
            &format!("check file f{number} with path @D@/never{number}\n  if does not exist then alert\n");
    }
    let mut lab = Lab::with(&text);
    for kill in 0..8u64 {
        lab.start(NONE);
        lab.wait_line("file doesn't exist");
        std::thread::sleep(Duration::from_micros(kill * 7919 % 40_000));
        lab.stop(Signal::SIGKILL);
    }
    lab.start(NONE);
    for path in ["/a", "/b"] {
        eventually("each alert at each receiver", || {
            let services: BTreeSet<String> = receiver
                .requests(path)
                .iter()
                .map(|request| member(&request.body, "service").to_owned())
                .collect();
            (services.len() == ALERTS).then_some(())
        });
    }
    lab.stop(Signal::SIGTERM);
}

#[test]
fn no_secret_is_shown_anywhere() {
    let receiver = Receiver::start(|_, before| if before == 0 { Reply::Says("500 Oops") } else { TAKES });
    let port = receiver.port;
    let mut lab = Lab::new();
    let secrets = ["S3CRETPATH", "S3CRETQUERY", "S3CRETKEY", "S3CRETHEADER", "S3CRETUSER", "S3CRETWORD"];
    secret(&lab, "url", &format!("http://S3CRETUSER:S3CRETWORD@127.0.0.1:{port}/S3CRETPATH?x=S3CRETQUERY\n"));
    secret(&lab, "key", "S3CRETKEY");
    lab.control(&format!(
        "set daemon 1\nset log @D@/log\nset alert webhook kept url file @D@/url secret file @D@/key header \"X-Key: S3CRETHEADER\"\n\
         set alert webhook plain url http://127.0.0.1:{port}/S3CRETPATH/plain\n\
         set alert @kept\nset alert @plain\n{WATCHED}\
         check program tell with path @D@/tell\n  if status != 0 then alert\n"
    ));
    lab.program("tell", "cat /proc/$PPID/cmdline; tr '\\0' '\\n' < /proc/$PPID/environ; env");
    lab.start(["-vv"]);
    eventually("requests", || (receiver.count() >= 4).then_some(()));
    let pid = lab.daemon_pid();
    let mut shown = Vec::new();
    for name in ["cmdline", "environ"] {
        shown.push((
            name,
            String::from_utf8_lossy(&fs::read(format!("/proc/{pid}/{name}")).unwrap()).into_owned(),
        ));
    }
    for words in [&["-tv"][..], &["status"], &["summary"], &["-v", "status", "tell"], &["lint"]] {
        let reply = lab.cli(words);
        shown.push((words[words.len() - 1], reply.out + &reply.err));
    }
    assert!(
        shown.iter().any(|(_, text)| text.contains(&format!("@kept http://127.0.0.1:{port}"))),
        "{shown:?}"
    );
    lab.stop(Signal::SIGTERM);
    shown.push(("console", lab.console()));
    shown.push(("log", lab.lines("log").join("\n")));
    shown.push(("state", String::from_utf8_lossy(&fs::read(lab.path("monit.state")).unwrap()).into_owned()));
    lab.control(
        "set alert webhook x url http://S3CRETUSER:S3CRETWORD@127.0.0.1/S3CRETPATH formt json\n\
         set alert webhook y url\n http://127.0.0.1/S3CRETPATH\n header \"X-Key: S3CRETHEADER\" formt\n",
    );
    shown.push(("errors", lab.cli(["-t"]).err));
    assert_eq!(shown.last().map(|(_, text)| text.matches("error 'formt'").count()), Some(2), "{shown:?}");
    for (what, text) in &shown {
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} in {what}:\n{text}");
        }
    }
}

#[test]
fn a_control_file_that_cannot_work_is_refused() {
    let lab = Lab::new();
    secret(&lab, "good", "http://127.0.0.1/x");
    lab.file("open", "x");
    lab.chmod("open", 0o644);
    secret(&lab, "empty", "\n");
    secret(&lab, "ftp", "ftp://x/");
    for (text, said) in [
        ("set alert webhook x url file @D@/open", "the file has permission 0644, at most 0700 is allowed"),
        ("set alert webhook x url file @D@/none", "the file cannot be read -- No such file or directory"),
        ("set alert webhook x url file @D@/empty", "the file must hold one line of text"),
        ("set alert webhook x url file @D@/ftp", "this is no http or https URL"),
        ("set alert webhook x url http://127.0.0.1:70000/", "this is no http or https URL"),
        ("set alert webhook x url \"nonsense\"", "this is no http or https URL"),
        ("set alert webhook x url file @D@/good secret file @D@/open", "the file has permission 0644"),
        (
            "set alert webhook x url file @D@/good format slack secret file @D@/good",
            "the format slack knows no secret",
        ),
        (
            "set alert webhook x url file @D@/good format pagerduty",
            "the format pagerduty needs a 'secret file'",
        ),
        ("set alert webhook x url file @D@/good format foo", "syntax error"),
        ("set alert webhook x url file @D@/good header \"nothing\"", "this is no header that can be set"),
        (
            "set alert webhook x url file @D@/good header \"Content-Length: 1\"",
            "this is no header that can be set",
        ),
        ("set alert webhook \"a b\" url file @D@/good", "the name of a webhook has letters"),
        (
            "set alert webhook x url file @D@/good\nset alert webhook X url file @D@/good",
            "there is a webhook of that name",
        ),
        ("set alert @nobody", "there is no webhook named 'nobody'"),
        (
            "set alert webhook x url file @D@/good\nset alert @x with mail-format { subject: y }",
            "syntax error",
        ),
    ] {
        lab.control(&format!("{text}\ncheck file f with path /etc/passwd"));
        let reply = lab.cli(["-t"]);
        assert_ne!(reply.code, 0, "{text}");
        assert!((reply.out.clone() + &reply.err).contains(said), "{text}: {} {}", reply.out, reply.err);
    }
    lab.control(
        "set alert webhook x url file @D@/good\nset alert @X but not on { instance } with reminder on 3 cycles\n\
         check file f with path /etc/passwd\n  noalert @x\n",
    );
    let reply = lab.cli(["-t"]);
    assert_eq!(reply.code, 0, "{} {}", reply.out, reply.err);
}

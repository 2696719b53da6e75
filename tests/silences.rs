//! Silences on the real thing: what a receiver of alerts gets, who may order one, where one is seen.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/json.rs"]
mod json;
mod support;

use json::{Json, described as schema};
use nix::sys::signal::Signal;
use std::fs;
use support::http::ask;
use support::receiver::{Receiver, TAKES};
use support::{Lab, eventually, free_port};

/// A daemon with a cycle each second that tells the receiver of everything but itself.
fn control(receiver: &Receiver, more: &str) -> String {
    format!(
        "set daemon 1\nset alert webhook ops url \"http://127.0.0.1:{}/ops\"\nset alert @ops not on {{ instance }}\n{more}",
        receiver.port
    )
}

const FILES: &str = "check file web1 path @D@/web1 group www\n  if does not exist then alert\n\
    check file web2 path @D@/web2\n  if does not exist then alert\n\
    check file db path @D@/db\n  if does not exist then alert\n";

fn lab(control: &str) -> Lab {
    let lab = Lab::new();
    ["web1", "web2", "db"].into_iter().for_each(|name| drop(lab.file(name, "x")));
    lab.control(control);
    lab
}

/// Service and state of what was told, in order.
fn told(receiver: &Receiver) -> Vec<(String, String)> {
    let all = receiver.requests("/ops");
    let of = |name: &str, body: &Json| body.at(&[name]).text().to_owned();
    all.iter()
        .map(|request| Json::parse(&request.body))
        .map(|body| (of("service", &body), of("state", &body)))
        .collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(service, state)| ((*service).to_owned(), (*state).to_owned())).collect()
}

#[test]
fn what_fails_in_a_silence_is_told_once_at_its_end_whatever_becomes_of_the_daemon() {
    let receiver = Receiver::start(|_, _| TAKES);
    let mut lab = lab(&control(&receiver, FILES));
    lab.start(["-v"]);
    lab.wait_status("db", "OK");
    let reply = lab.cli(["silence", "web.*", "for", "1", "hour", "a", "reason"]);
    let said = reply.clean();
    assert!(said.starts_with("Silence 1 of 'web.*' (2 services): alerts are held back until 20"), "{said}");
    lab.wait_line("Silence 1 of 'web.*' begins: 2 services until");
    ["web1", "web2", "db"].into_iter().for_each(|name| fs::remove_file(lab.path(name)).unwrap());
    receiver.wait("/ops", 1);
    lab.wait_status("web1", "Does not exist");
    lab.wait_status("web2", "Does not exist");
    // What failed and recovered meanwhile is nothing to tell.
    lab.file("web2", "x");
    lab.wait_status("web2", "OK");
    lab.signal(Signal::SIGKILL);
    lab.wait_exit();
    lab.start(["-v"]);
    lab.wait_status("web1", "Does not exist");
    assert!(lab.cli(["status", "web1"]).clean().contains("silenced                     until 20"));
    assert_eq!(told(&receiver), pairs(&[("db", "failed")]));
    assert_eq!(lab.cli(["unsilence", "1"]).clean(), "Silence 1 of 'web.*' is lifted\n");
    lab.wait_line("Silence 1 of 'web.*' is lifted: 3 events held back");
    receiver.wait("/ops", 2);
    // Killed again: it is told once all the same, and its recovery too.
    lab.signal(Signal::SIGKILL);
    lab.wait_exit();
    lab.start(["-v"]);
    lab.wait_status("web1", "Does not exist");
    lab.file("web1", "x");
    receiver.wait("/ops", 3);
    assert_eq!(told(&receiver), pairs(&[("db", "failed"), ("web1", "failed"), ("web1", "recovered")]));
    let bodies: Vec<String> = receiver
        .requests("/ops")
        .into_iter()
        .map(|request| request.body)
        .filter(|body| body.contains("web1"))
        .collect();
    let incident = |body: &str| Json::parse(body).at(&["incident"]).text().to_owned();
    assert_eq!(incident(&bodies[0]), incident(&bodies[1]), "one incident");
    assert_eq!(lab.cli(["silence", "--list"]).clean(), "No service is silenced\n");
}

#[test]
fn a_silence_ends_by_itself_and_reminders_do_not_double_it() {
    let ended = ["3s", "10s", "25s"].into_iter().any(|time| {
        let receiver = Receiver::start(|_, _| TAKES);
        let more =
            "check file web1 path @D@/web1\n  if does not exist then alert\n  alert @ops with reminder on 1000 cycles\n";
        let mut lab = lab(&control(&receiver, more));
        lab.start(["-v"]);
        lab.wait_status("web1", "OK");
        assert_eq!(lab.cli(["silence", "web1", "for", time]).code, 0);
        fs::remove_file(lab.path("web1")).unwrap();
        lab.wait_status("web1", "Does not exist");
        let told_in_silence = told(&receiver);
        // On a busy machine it may be over before the failure is seen: then a longer one shows it.
        if lab.console().contains("Silence 1 of 'web1' ends") {
            return false;
        }
        assert_eq!(told_in_silence, []);
        lab.wait_line("Silence 1 of 'web1' ends: 1 event held back");
        receiver.wait("/ops", 1);
        // What is told of it again would be told before the recovery.
        lab.wait_checks("web1", 2);
        lab.file("web1", "x");
        receiver.wait("/ops", 2);
        assert_eq!(told(&receiver), pairs(&[("web1", "failed"), ("web1", "recovered")]));
        true
    });
    assert!(ended, "every silence was over before a file was looked at");
}

#[test]
fn maintenance_goes_by_the_control_file_and_can_hold_actions() {
    let receiver = Receiver::start(|_, _| TAKES);
    let files =
        "check file web1 path @D@/web1\n  if does not exist then exec \"/bin/sh -c 'echo x >> @D@/done'\"\n";
    let statement = "set maintenance \"* * * * *\" for 10 minutes on \"web.*\" hold actions\n";
    let mut lab = lab(&control(&receiver, &format!("{statement}{files}")));
    let shown = lab.cli(["-t", "-v"]).clean();
    assert!(shown.contains("\"* * * * *\" for 10 m on 'web.*' hold actions"), "{shown}");
    lab.start(["-v"]);
    lab.wait_line("Silence 1 of 'web.*' begins: 1 service until");
    lab.wait_status("web1", "OK");
    fs::remove_file(lab.path("web1")).unwrap();
    lab.wait_status("web1", "Does not exist");
    lab.wait_line("exec is held back, the service is silenced");
    assert!(lab.cli(["why", "web1"]).clean().contains("its alerts and actions are held back"));
    assert!(lab.cli(["silence", "--list"]).clean().contains("-- maintenance"));
    assert!(lab.lines("done").is_empty());
    lab.control(&control(&receiver, files).replace("@D@", &lab.dir().display().to_string()));
    assert_eq!(lab.cli(["reload"]).code, 0);
    lab.wait_line("Silence 1 of 'web.*' is lifted, its statement is gone");
    receiver.wait("/ops", 1);
    eventually("the action", || (lab.lines("done").len() == 1).then_some(()));
    assert_eq!(told(&receiver), pairs(&[("web1", "failed")]));
}

#[test]
fn a_silence_is_seen_everywhere_but_in_monits_own_layout() {
    let receiver = Receiver::start(|_, _| TAKES);
    let port = free_port();
    let interface = format!("set httpd port {port} address 127.0.0.1\n  allow u:p\n  allow r:p read-only\n");
    let mut lab = lab(&control(&receiver, &format!("{interface}{FILES}")));
    lab.start(["-v"]);
    lab.wait_status("db", "OK");
    let header = |user: &str| {
        let login = if user == "u" { "dTpw" } else { "cjpw" };
        format!("Authorization: Basic {login}\r\n")
    };
    let get = |path: &str| ask(port, &format!("GET {path} HTTP/1.0\r\n{}\r\n", header("u"))).1;
    let post = |user: &str, token: bool, body: &str| {
        let body = format!("{}{body}", if token { "securitytoken=x&" } else { "" });
        let head = format!("{}Cookie: securitytoken=x\r\nContent-Length: {}\r\n", header(user), body.len());
        ask(port, &format!("POST /api/v1/silences HTTP/1.0\r\n{head}\r\n{body}"))
    };
    let order = "action=silence&group=WWW&duration=2%20hours&reason=%3Cnew%3E%20disk&hold=actions";
    assert!(post("r", true, order).0.contains(" 403 "), "who may only look");
    assert!(post("u", false, order).0.contains(" 403 "), "without a token");
    assert!(get("/api/v1/silences").contains("\"silences\":[]"));
    let (head, body) = post("u", true, order);
    assert!(head.contains(" 200 "), "{head}{body}");
    assert_eq!(schema(&body, "silenced").at(&["id"]).number(), 1.0);
    let list = schema(&get("/api/v1/silences"), "silences");
    let first = &list.at(&["silences"]).list()[0];
    assert_eq!((first.at(&["group"]).text(), first.at(&["services"]).number()), ("WWW", 1.0));
    assert_eq!(first.at(&["reason"]).text(), "<new> disk");
    let seconds = first.at(&["until"]).number() - first.at(&["begun"]).number();
    assert_eq!(seconds, 7200.0);
    schema(&lab.cli(["--json", "silence", "--list"]).clean(), "silences");
    let one = schema(&get("/api/v1/services/web1"), "service");
    assert_eq!(one.at(&["silence", "reason"]).text(), "<new> disk");
    assert_eq!(schema(&get("/api/v1/services/db"), "service").at(&["silence"]), &Json::Null);
    let metrics = get("/metrics");
    for line in [
        "monit_service_silenced{service=\"web1\",type=\"file\"} 1",
        "monit_service_silenced{service=\"db\",type=\"file\"} 0",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
    assert!(get("/").contains("<span class=\"silenced\">silenced until "));
    for page in ["/", "/web1"] {
        let page = get(page);
        assert!(page.contains(" until <time title=\"20"), "{page}");
        assert!(page.contains("&lt;new&gt; disk") && !page.contains("<new>"), "{page}");
    }
    assert!(!get("/db").contains("class=\"silenced\""));
    let status = lab.cli(["status"]).clean();
    assert_eq!(status.matches("\n  silenced  ").count(), 1, "{status}");
    assert!(lab.cli(["why", "web1"]).clean().contains("Silence 1 of group 'WWW' lasts until 20"));
    assert!(!get("/_status?format=xml").contains("silence"));
    let (_, body) = post("u", true, "action=unsilence&group=www");
    assert_eq!(schema(&body, "unsilenced").at(&["ids"]).list().len(), 1);
    for wrong in [
        "action=x",
        "action=silence&service=web1",
        "action=silence&service=nobody&duration=5",
        "action=unsilence&service=7",
        "action=silence&service=web1&duration=5&hold=fast",
        "action=silence&service=web1&group=www&duration=5",
    ] {
        let (head, body) = post("u", true, wrong);
        assert!(head.contains(" 400 "), "{wrong}: {head}");
        schema(&body, "error");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_in_words() {
    let receiver = Receiver::start(|_, _| TAKES);
    let mut lab = lab(&control(&receiver, FILES));
    assert!(lab.cli(["silence", "web1", "for", "5", "minutes"]).err.contains("not running"));
    lab.start(["-v"]);
    lab.wait_status("db", "OK");
    for (words, wanted) in [
        (&["silence", "web1"][..], "how long"),
        (&["silence", "web1", "for", "2", "fortnights"], "Invalid duration '2 fortnights'"),
        (&["silence", "web1", "for", "400", "days"], "Invalid duration"),
        (&["silence", "nobody", "for", "2", "hours"], "Service 'nobody' not found"),
        (&["-g", "nobody", "silence", "for", "2", "hours"], "Service group 'nobody' not found"),
        (&["unsilence", "web1"], "There is no silence of 'web1'"),
        (&["--list", "status"], "--list is for silence"),
        (&["--json", "silence", "web1", "for", "2", "hours"], "--json is for"),
    ] {
        let reply = lab.cli(words);
        assert_ne!(reply.code, 0, "{words:?}");
        let said = reply.out + &reply.err;
        assert!(said.contains(wanted), "{words:?}: {said}");
    }
    assert_eq!(lab.cli(["silence", "web.*", "for", "2", "hours"]).code, 0);
    let said = lab.cli(["unsilence", "web1"]).err;
    assert!(said.contains("silence 1 of 'web.*' is about it"), "{said}");
    for _ in 1..64 {
        assert_eq!(lab.cli(["silence", "db", "for", "1", "day"]).code, 0);
    }
    assert!(lab.cli(["silence", "db", "for", "1", "day"]).err.contains("There are 64 silences already"));
    assert_eq!(lab.cli(["unsilence"]).code, 0);
    assert_eq!(lab.cli(["silence"]).clean(), "No service is silenced\n");
}

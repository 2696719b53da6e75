//! `monit why`: the same words for people, pages and programs.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/json.rs"]
mod json;
mod support;

use json::Json;
use std::fs;
use support::http::ask;
use support::{Lab, free_port};

const CHECKS: &str = "set daemon 60\nset httpd port @P@ address 127.0.0.1\n  allow localhost\n\
    check system sys\n\
    check file good path @D@/monitrc\n\
    check file gone path @D@/gone\n  if does not exist then unmonitor\n\
    check file big path @D@/monitrc\n  if size > 10 B for 2 cycles then alert\n\
    check file large path @D@/monitrc\n  if size > 10 B then alert\n\
    check file missing path @D@/missing\n  if does not exist then exec \"/bin/true\"\n\
    check file behind path @D@/monitrc\n  depends on missing\n";

fn lab() -> (Lab, u16) {
    let port = free_port();
    let mut lab = Lab::with(&CHECKS.replace("@P@", &port.to_string()));
    lab.start(["-v"]);
    lab.wait_status("gone", "Not monitored");
    lab.wait_status("large", "Size failed");
    lab.wait_status("missing", "Does not exist");
    (lab, port)
}

/// What `monit why NAME` says, its lines joined.
fn why(lab: &Lab, name: &str) -> String {
    lab.cli(["why", name]).clean()
}

#[test]
fn every_state_has_its_reason() {
    let (lab, _) = lab();
    let rc = lab.path("monitrc");
    let text = fs::read_to_string(&rc).expect("the control file");
    let line = |words: &str| text.lines().position(|line| line.contains(words)).expect("a line") + 1;
    let rc = rc.display();

    let good = why(&lab, "good");
    assert!(good.starts_with("'good' is fine\n  The next check begins in "), "{good}");
    let gone = why(&lab, "gone");
    assert_eq!(gone, "'gone' is not monitored: nobody looks until 'monit monitor gone'\n");

    let big = why(&lab, "big");
    let rule = format!("The rule at {rc}:{} says alert", line("for 2 cycles"));
    for part in
        ["'big' is not fine: Size failed", "bad in 1 of the last 2 cycles, 2 count", "size is ", &rule]
    {
        assert!(big.contains(part), "{part} in {big}");
    }
    let large = why(&lab, "large");
    let rule = format!("The rule at {rc}:{} says alert", line("size > 10 B then"));
    for part in ["Size failed for 1 cycle, since 2", "; then: size ", &rule, "The next check begins in "] {
        assert!(large.contains(part), "{part} in {large}");
    }
    let behind = why(&lab, "behind");
    for part in ["'behind' was not checked yet", "It waits for 'missing', which is not fine"] {
        assert!(behind.contains(part), "{part} in {behind}");
    }

    let all = lab.cli(["why"]).clean();
    let first: Vec<&str> = all.lines().filter(|line| line.starts_with('\'')).collect();
    assert_eq!(first.len(), 3, "only those that are not fine: {all}");
    assert!(!lab.cli(["why", "nobody"]).err.is_empty());
}

#[test]
fn each_of_several_tests_of_one_kind_has_its_own_event() {
    let mut lab = Lab::with(
        "set daemon 60\ncheck file f path @D@/monitrc\n  if size > 10 B then alert\n  if size != 7 B then alert\n",
    );
    lab.start(["-v"]);
    lab.wait_status("f", "Size failed");
    let text = why(&lab, "f");
    let told = |at: usize, limit: &str| {
        let line = text.lines().nth(at).unwrap_or_default();
        assert!(
            line.contains("; then: ") && line.contains(&format!("(limit: {limit})")),
            "{limit} in {text}"
        );
    };
    told(1, "> 10 B");
    told(2, "!= 7 B");
}

#[test]
fn each_restart_limit_has_its_own_event() {
    let mut lab = Lab::with(
        "set daemon 1\ncheck process p with pidfile @D@/p.pid\n  start program = \"/bin/true\" with timeout 1 second\n\
         if 1 restarts within 20 cycles then alert\n  if 3 restarts within 30 cycles then alert\n",
    );
    lab.start(["-v"]);
    lab.wait_line("service restarted 3 times within");
    let rc = lab.path("monitrc");
    let text = fs::read_to_string(&rc).expect("the control file");
    for limit in ["1 restarts", "3 restarts"] {
        let line = text.lines().position(|line| line.contains(limit)).expect("a line") + 1;
        let place = format!("The rule at {}:{line} says alert", rc.display());
        let text = why(&lab, "p");
        let cause = text.lines().find(|line| line.contains(&place) && line.contains("; then: "));
        let times = limit.replace("restarts", "times");
        assert!(
            cause.is_some_and(|cause| cause.contains(&format!("restarted {times}"))),
            "{limit} in {text}"
        );
    }
}

#[test]
fn pages_and_programs_get_the_same_words() {
    let (lab, port) = lab();
    let get = |path: &str| ask(port, &format!("GET {path} HTTP/1.0\r\n\r\n")).1;
    let large = Json::parse(&get("/api/v1/services/large"));
    let words: Vec<&str> = large.at(&["why", "words"]).list().iter().map(Json::text).collect();
    assert_eq!(words[0], "'large' is not fine: Size failed");
    let cause = large.at(&["why", "causes", "0"]);
    assert_eq!((cause.at(&["event"]).text(), cause.at(&["state"]).text()), ("size", "failed"));
    assert!(cause.at(&["rule"]).text().contains("monitrc:") && cause.at(&["since"]).number() > 1e9);
    assert_eq!(cause.at(&["action"]).text(), "alert");
    assert!((0.0..=60.0).contains(&large.at(&["why", "next_check_seconds"]).number()));
    let behind = Json::parse(&get("/api/v1/services/behind"));
    assert_eq!(behind.at(&["why", "waits_for", "0"]).text(), "missing");
    let page = get("/behind");
    assert!(page.contains("<li>It waits for &#39;missing&#39;, which is not fine</li>"), "{page}");
    // The overview says what is not fine, since when and what is done about it, and nothing of what is.
    let overview = get("/");
    let attention = overview.split("Needs attention").nth(1).and_then(|rest| rest.split("</ul>").next());
    let attention = attention.expect("a list");
    for part in [
        "! Size failed</span><div> <span class=\"since\">since <time",
        "→ alert</bdi></span>",
        "→ exec</bdi></span>",
    ] {
        assert!(attention.contains(part), "{part} in {attention}");
    }
    assert!(!attention.contains("good"), "{attention}");
    let brief = Json::parse(&lab.cli(["--json", "why", "large"]).clean());
    assert_eq!(brief.at(&["services", "0", "why", "words", "0"]).text(), words[0]);
}

#[test]
fn a_start_that_goes_on_is_told_with_its_limit() {
    let mut lab = Lab::with(
        "set daemon 60\n\
         check process slow with pidfile @D@/slow.pid\n\
         start program = \"@D@/start\" with timeout 30 seconds\n",
    );
    lab.program("start", "echo begun > @D@/begun; read x < @D@/fifo");
    nix::unistd::mkfifo(&lab.path("fifo"), nix::sys::stat::Mode::S_IRWXU).expect("mkfifo");
    lab.start(["-v"]);
    support::eventually("the program runs", || fs::read_to_string(lab.path("begun")).ok());
    let text = why(&lab, "slow");
    for part in ["is being carried out", "Its start program runs since ", "its limit is 30 s"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    fs::write(lab.path("fifo"), "x\n").expect("write");
}

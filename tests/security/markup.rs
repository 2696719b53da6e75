//! Texts of others are never markup: names, paths, messages, output, log lines, what a request says of itself.

use super::{ADM, USERS, daemon, daemon_in, get, post, send};
use crate::support::{Lab, eventually};

/// It would run in every place where it is taken for markup: text, attributes, CDATA, comments.
const EVIL: &str = "<img src=x onerror=alert(1)>'\\\"-->]]><script>alert(2)</script>&";

fn evil_daemon() -> (Lab, u16) {
    let name = "<img src=x onerror=alert(1)>";
    let lab = Lab::new();
    lab.program("prog", &format!("printf '%s\\n' \"{}\"; exit 1", EVIL.replace('\'', "")));
    lab.file("content", "");
    let (lab, port) = daemon_in(
        lab,
        USERS,
        &format!(
            "check file \"{name}'-->]]>&\" path \"@D@/{name}\"\n  if not exist then alert\n\
             check program \"prog<script>\" path \"@D@/prog\"\n  if status != 0 then alert\n\
             check file content path @D@/content\n  if content = \"img\" then alert\n\
             check process \"match<b>\" matching \"<img src=x onerror=alert.1.>\"\n"
        ),
    );
    lab.file("content", &format!("{EVIL}\n"));
    (lab, port)
}

/// No element or attribute of the text came to life.
fn assert_dead(what: &str, answer: &str) {
    for live in ["<img", "<script", "<b>", "onerror=alert(1)>\"", "]]><"] {
        assert!(!answer.contains(live), "{live} in {what}: {answer}");
    }
}

#[test]
fn xss_through_every_field_of_a_service() {
    let (lab, port) = evil_daemon();
    lab.wait_status("match<b>", "Does not exist");
    lab.cli(["validate"]);
    eventually("the program's words", || {
        get(port, "/prog%3Cscript%3E", ADM).contains("alert(2)").then_some(())
    });
    let sick = "/%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E'--%3E%5D%5D%3E%26";
    for path in [
        "/",
        sick,
        "/prog%3Cscript%3E",
        "/content",
        "/match%3Cb%3E",
        "/_runtime",
        "/_viewlog",
        "/_viewevents",
    ] {
        let answer = get(port, path, ADM);
        assert!(answer.starts_with("HTTP/1.0 200 "), "{path}: {answer}");
        assert!(answer.contains("&lt;") || path == "/_runtime" || path == "/content", "{path}: {answer}");
        assert_dead(path, &answer);
    }
    // Those of programs are not read as pages, and keep their own shape.
    let xml = get(port, "/_status?format=xml", ADM);
    assert!(xml.contains("Content-Type: text/xml\r\n") && xml.contains("nosniff"));
    let (_, document) = xml.split_once("\r\n\r\n").expect("a body");
    let outside = document.split("<![CDATA[").map(|part| part.rsplit("]]>").next().unwrap_or(part));
    outside.for_each(|part| assert!(!part.contains("<img") && !part.contains("<script"), "{document}"));
    let json = get(port, "/api/v1/services", ADM);
    assert!(json.contains("Content-Type: application/json\r\n") && json.contains("nosniff"));
}

#[test]
fn xss_through_what_a_request_says() {
    let (lab, port) = daemon(USERS, "");
    let evil = "<script>alert(1)</script><img src=x>";
    let encoded = "%3Cscript%3Ealert(1)%3C%2Fscript%3E%3Cimg%20src=x%3E";
    for answer in [
        get(port, &format!("/{encoded}"), ADM),
        get(port, &format!("/_report?type={encoded}"), ADM),
        get(port, &format!("/_status?service={encoded}"), ADM),
        get(port, &format!("/_status?group={encoded}"), ADM),
        get(port, &format!("/api/v1/{encoded}"), ADM),
        get(port, "/", &format!("{ADM}User-Agent: {evil}\r\nReferer: {evil}\r\nHost: {evil}\r\n")),
        get(port, "/svc", &format!("{ADM}Cookie: securitytoken={evil}\r\n")),
        post(
            port,
            "/svc",
            &format!("{ADM}Cookie: securitytoken=T\r\n"),
            &format!("action={encoded}&securitytoken=T"),
        ),
        post(
            port,
            "/_runtime",
            &format!("{ADM}Cookie: securitytoken=T\r\n"),
            &format!("action={encoded}&securitytoken=T"),
        ),
        send(port, format!("GET /{evil} HTTP/1.0 {evil}\r\n\r\n").as_bytes()),
        send(port, format!("{evil} / HTTP/1.0\r\n\r\n").as_bytes()),
    ] {
        assert_dead("an answer", &answer);
    }
    drop(lab);
}

#[test]
fn xss_through_the_log() {
    use base64::Engine;
    let (mut lab, port) = daemon(USERS, "");
    let evil = "<script>alert(1)</script><img src=x>";
    // The name of a user, a path, an action: all of them come into the log.
    let login = base64::engine::general_purpose::STANDARD.encode(format!("{evil}\x1b[2J\r\nforged:pw"));
    get(port, "/", &format!("Authorization: Basic {login}\r\nUser-Agent: {evil}\r\n"));
    lab.wait_line("unknown user '<script>");
    get(port, "/%3Cimg%20src=x%3E%0aforged%20line%1b[2J", ADM);
    lab.wait_line("There is no service named \"<img src=x>");
    let page = get(port, "/_viewlog", ADM);
    assert!(page.contains("&lt;script&gt;alert(1)") && page.contains("&lt;img src=x&gt;"), "{page}");
    assert_dead("the log", &page);
    let log = std::fs::read_to_string(lab.path("log")).expect("a log");
    assert!(!log.contains('\x1b') && !log.lines().any(|line| line.starts_with("forged")), "{log}");
}

//! What we answer to programs is what `doc/api.schema.json` says.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/json.rs"]
mod json;
mod support;

use json::{Json, violations};
use std::fs;
use std::path::Path;
use support::http::ask;
use support::{Lab, free_port};

fn schema() -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("doc/api.schema.json");
    Json::parse(&fs::read_to_string(path).expect("doc/api.schema.json"))
}

/// Checks a document against one of the definitions.
fn assert_is(document: &str, definition: &str) -> Json {
    let (schema, document) = (schema(), Json::parse(document));
    let found = violations(&schema, schema.at(&["$defs", definition]), &document, definition);
    assert!(found.is_empty(), "{}\nin {document:?}", found.join("\n"));
    document
}

#[test]
fn every_answer_is_as_the_schema_says() {
    let port = free_port();
    let mut lab = Lab::with(&format!(
        "set daemon 60\nset httpd port {port} address 127.0.0.1\n  allow localhost\n\
         check system sys\n  if loadavg (1min) > 1000 then alert\n\
         check file gone path @D@/gone group files\n\
         check file \"o\\dd <n>\" path @D@/monitrc\n\
         check process self with pidfile @D@/monit.pid\n\
         check filesystem root path /\n\
         check program true path /bin/true\n  if status != 0 then alert\n\
         check directory here path @D@\n\
         check host two address 127.0.0.1\n  if failed port {} then alert\n  depends on self\n",
        free_port()
    ));
    lab.start(["-v"]);
    lab.wait_status("two", "Connection failed");
    lab.wait_status("gone", "Does not exist");
    lab.wait_status("true", "OK");
    let get = |path: &str| ask(port, &format!("GET {path} HTTP/1.0\r\n\r\n")).1;
    assert_is(&get("/api/v1/status"), "status");
    let services = assert_is(&get("/api/v1/services"), "services");
    assert_eq!(services.at(&["services"]).list().len(), 8);
    for service in services.at(&["services"]).list() {
        assert_is(&get(&format!("/api/v1/services/{}", encoded(service.at(&["name"]).text()))), "service");
    }
    let events = assert_is(&get("/api/v1/events"), "events");
    assert_is(&get("/api/v1/services?words=yes"), "services");
    assert!(events.at(&["events"]).list().len() >= 3);
    for path in [
        "/api/v1/services/nobody",
        "/api/v1/services?words=many",
        "/api/v1/events?since=x",
        "/api/v1/events?limit=0",
        "/api/v1/nothing",
    ] {
        assert_is(&get(path), "error");
    }
    for (words, definition) in [
        (&["--json", "summary"][..], "services"),
        (&["--json", "status"], "services"),
        (&["--json", "report"], "report"),
        (&["--json", "why"], "services"),
        (&["--json", "events"], "events"),
    ] {
        assert_is(&lab.cli(words).clean(), definition);
    }
    let found = assert_is(
        &lab.cli(["--json", "procmatch", &format!("{}/monitrc -I", lab.dir().display())]).clean(),
        "procmatch",
    );
    assert_eq!(found.at(&["matches"]).list().len(), 1, "{found:?}");
    assert_eq!(found.at(&["matches", "0", "pid"]).number(), f64::from(lab.daemon_pid()));
    assert!(matches!(found.at(&["matches", "0", "chosen"]), Json::Bool(true)));
    for wrong in [&["--json", "procmatch", "("][..], &["--json", "procmatch"]] {
        let reply = lab.cli(wrong);
        assert_eq!(reply.code, 1);
        assert_is(&reply.out, "error");
    }
    let reply = lab.cli(["--json", "validate"]);
    assert_eq!(reply.code, 1, "not all are well");
    assert_eq!(assert_is(&reply.out, "services").at(&["services"]).list().len(), 8);
    let order = "POST /api/v1/services/gone HTTP/1.0\r\nCookie: securitytoken=T\r\nContent-Length: 32\r\n\r\n\
                 action=unmonitor&securitytoken=T";
    assert_is(&ask(port, order).1, "accepted");
}

#[test]
fn a_check_without_a_daemon_is_told_as_json_and_nothing_else() {
    let lab = Lab::with("check file good path @D@/monitrc\ncheck file gone path @D@/gone\n");
    let reply = lab.cli(["--json", "validate"]);
    assert_eq!(reply.code, 1);
    let found = assert_is(&reply.out, "services");
    let states: Vec<(&str, &str)> = (found.at(&["services"]).list().iter())
        .map(|service| (service.at(&["name"]).text(), service.at(&["state"]).text()))
        .collect();
    assert_eq!(states[..2], [("good", "up"), ("gone", "down")]);
    lab.control("check file good path @D@/monitrc\n");
    assert_eq!(lab.cli(["--json", "validate"]).code, 0);
}

fn encoded(name: &str) -> String {
    name.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn the_validator_finds_what_is_wrong() {
    let schema = schema();
    let event = "{\"seq\":1,\"time\":1.5,\"service\":\"a\",\"type\":\"file\",\"event\":\"size\",\"state\":\"failed\",\
                 \"title\":\"t\",\"action\":\"alert\",\"message\":\"\"}";
    let wrong =
        |text: &str| violations(&schema, schema.at(&["$defs", "event"]), &Json::parse(text), "e").len();
    assert_eq!(wrong(event), 0);
    for (from, to) in [
        ("\"seq\":1", "\"seq\":1.5"),
        ("\"seq\":1", "\"seq\":0"),
        ("\"seq\":1,", ""),
        ("\"service\":\"a\"", "\"service\":\"\""),
        ("\"type\":\"file\"", "\"type\":\"thing\""),
        ("\"time\":1.5", "\"time\":null"),
    ] {
        assert_eq!(wrong(&event.replace(from, to)), 1, "{to}");
    }
}

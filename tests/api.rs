//! The interface for programs from outside: JSON, metrics, orders, and `--json` of the command line.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::string_slice)]

mod support;

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};
use support::http::ask;
use support::skip::skip;
use support::{Lab, free_port, spawn};

const CHECKS: &str = "set daemon 60\nset httpd port @P@ address 127.0.0.1\n  allow localhost\n\
    check system sys\n  if loadavg (1min) > 1000 then alert\n\
    check file good path @D@/monitrc group files\n  if size > 1 B then alert\n\
    check file gone path @D@/gone group files\n\
    check process self with pidfile @D@/monit.pid\n\
    check file \"o\\dd <n>\" path @D@/monitrc\n\
    check host two address 127.0.0.1\n  if failed port @C@ then alert\n  if failed port @C@ then alert\n";

/// A daemon that has looked at everything, and its port.
fn daemon() -> (Lab, u16) {
    let port = free_port();
    let text = CHECKS.replace("@P@", &port.to_string()).replace("@C@", &support::refusing_port().to_string());
    let mut lab = Lab::with(&text);
    lab.start(["-v"]);
    lab.wait_line("Monit 6.1.0 started");
    lab.wait_status("two", "Connection failed");
    lab.wait_status("good", "Size failed");
    lab.wait_status("self", "OK");
    (lab, port)
}

fn get(port: u16, path: &str) -> (String, String) {
    ask(port, &format!("GET {path} HTTP/1.0\r\n\r\n"))
}

fn post(port: u16, path: &str, fields: &str) -> (String, String) {
    let body = format!("{fields}&securitytoken=T");
    let length = body.len();
    ask(
        port,
        &format!("POST {path} HTTP/1.0\r\nCookie: securitytoken=T\r\nContent-Length: {length}\r\n\r\n{body}"),
    )
}

/// What Python's JSON parser and an expression over `d` say of a document; `None`: there is no Python.
fn python(document: &str, expression: &str) -> Option<String> {
    let script = format!("import json, sys; d = json.load(sys.stdin); print(({expression}))");
    read_by_python(&script, document)
}

/// What a script says that has the document on its standard input.
fn read_by_python(script: &str, document: &str) -> Option<String> {
    let there = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join("python3").is_file()));
    if !there {
        skip("Python reading the document", "there is no python3");
        return None;
    }
    let mut command = Command::new("python3");
    let mut child = spawn(command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()));
    child.stdin.take().expect("input").write_all(document.as_bytes()).expect("write");
    let output = child.wait_with_output().expect("python3");
    assert!(output.status.success(), "{document}");
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn assert_says(document: &str, expression: &str, expected: &str) {
    if let Some(said) = python(document, expression) {
        assert_eq!(said, expected, "{expression} of {document}");
    }
}

#[test]
fn services_come_as_json() {
    let (lab, port) = daemon();
    let (head, status) = get(port, "/api/v1/status");
    assert!(
        head.starts_with("HTTP/1.0 200 ") && head.contains("\r\nContent-Type: application/json"),
        "{head}"
    );
    let counts = "{'up': 3, 'down': 3, 'initialising': 0, 'unmonitored': 0, 'total': 6}";
    assert_says(&status, "d['counts']", counts);
    assert_says(
        &status,
        "d['schema'], d['monit']['version'], d['monit']['host'], d['monit']['poll_seconds']",
        "(2, '6.1.0', 'sys', 60)",
    );

    let (_, services) = get(port, "/api/v1/services");
    assert_says(
        &services,
        "[s['name'] for s in d['services']]",
        "['sys', 'good', 'gone', 'self', 'o\\\\dd <n>', 'two']",
    );
    let readings = "[r for s in d['services'] for r in s['readings'].values()]";
    assert_says(
        &services,
        &format!("sorted(set(k for r in {readings} if r['values'] for k in r))"),
        "['failed', 'values']",
    );
    let (_, words) = get(port, "/api/v1/services?words=yes");
    assert_says(
        &words,
        &format!("len({readings}) > 20, all(r['label'] and r['text'] for r in {readings})"),
        "(True, True)",
    );
    let numbers = "[{k: sorted(r['values']) for k, r in s['readings'].items()} for s in d['services']]";
    if let Some(said) = python(&services, numbers) {
        assert_says(&words, numbers, &said);
    }
    let (_, files) = get(port, "/api/v1/services?group=files");
    assert_says(
        &files,
        "[(s['name'], s['state'], s['status'], s['groups']) for s in d['services']]",
        "[('good', 'down', ['Size failed'], ['files']), ('gone', 'down', ['Does not exist'], ['files'])]",
    );

    let (_, good) = get(port, "/api/v1/services/GOOD");
    assert_says(
        &good,
        "d['type'], d['monitoring'], d['pending'], d['readings']['size']['failed'], d['readings']['size']['values']['bytes'] > 1",
        "('file', 'monitored', None, True, True)",
    );
    let (_, system) = get(port, "/api/v1/services/sys");
    assert_says(
        &system,
        "sorted(d['readings']['load']['values']), len(d['readings']['cpu']['values'])",
        "(['15m', '1m', '5m'], 9)",
    );
    let (_, two) = get(port, "/api/v1/services/two");
    assert_says(&two, "len(d['readings']), len(set(r['target'] for r in d['readings'].values()))", "(2, 1)");
    let (_, gone) = get(port, "/api/v1/services/gone");
    assert_says(&gone, "d['readings']", "{}");
    let (head, nobody) = get(port, "/api/v1/services/nobody");
    assert!(head.starts_with("HTTP/1.0 404 ") && head.contains("Content-Type: application/json"), "{head}");
    assert_eq!(nobody, "{\"error\":\"There is no service named \\\"nobody\\\"\"}\n");
    assert!(get(port, "/api/v2").0.starts_with("HTTP/1.0 404 "));

    for (words, expression, expected) in [
        (&["--json", "summary"][..], "len(d['services']), 'readings' in d['services'][0]", "(6, False)"),
        (&["status", "--json", "good"], "d['services'][0]['readings']['uid']['label']", "uid"),
        (&["--json", "report", "-g", "files"], "d['counts']['down'], d['counts']['total']", "(2, 2)"),
    ] {
        assert_says(&lab.cli(words).clean(), expression, expected);
    }
    let refused = lab.cli(["--json", "start", "good"]);
    assert_eq!(
        (refused.code, refused.err.trim()),
        (
            1,
            "Option --json is for status, summary, report, why, events, validate, procmatch, test alert and silence --list"
        )
    );
}

#[test]
fn orders_are_taken_with_a_token_only() {
    let (lab, port) = daemon();
    let (head, body) =
        ask(port, "POST /api/v1/services/good HTTP/1.0\r\nContent-Length: 16\r\n\r\naction=unmonitor");
    assert!(head.starts_with("HTTP/1.0 403 ") && body.contains("Invalid CSRF Token"), "{head}{body}");
    let (head, body) = post(port, "/api/v1/services/good", "action=explode");
    assert!(head.starts_with("HTTP/1.0 400 ") && body.starts_with("{\"error\":"), "{head}{body}");
    let (head, body) = post(port, "/api/v1/services/good", "action=unmonitor");
    assert!(head.starts_with("HTTP/1.0 200 ") && !head.contains("Location"), "{head}");
    assert_eq!(body, "{\"accepted\":\"unmonitor\"}\n");
    lab.wait_status("good", "Not monitored");
    let (head, _) = post(port, "/api/v1/services", "action=monitor&service=good&service=go.*");
    assert!(head.starts_with("HTTP/1.0 200 "), "{head}");
    lab.wait_status("good", "Size failed");
    assert!(post(port, "/api/v1/status", "action=start").0.starts_with("HTTP/1.0 404 "));
}

#[test]
fn metrics_keep_the_rules_of_their_formats() {
    let (_lab, port) = daemon();
    let accept = "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n";
    let (head, open) =
        ask(port, &format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{accept}\r\n"));
    assert!(
        head.contains("\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8"),
        "{head}"
    );
    assert!(open.ends_with("\n# EOF\n") && open.matches("# EOF").count() == 1);
    let (head, plain) = get(port, "/metrics");
    assert!(head.contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8"), "{head}");
    for text in [&open, &plain] {
        keeps_the_rules(text);
        for line in [
            "monit_service_up{service=\"self\",type=\"process\"} 1",
            "monit_service_up{service=\"gone\",type=\"file\"} 0",
            "monit_service_up{service=\"o\\\\dd <n>\",type=\"file\"} 1",
            "monit_file_hardlink{service=\"good\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in {text}");
        }
        assert!(
            text.contains("\nmonit_system_cpu_user_ratio{") && text.contains("\nmonit_system_load_15m{"),
            "{text}"
        );
        assert!(text.contains("\nmonit_process_read_bytes_total{service=\"self\"} "), "{text}");
        // A number that is not known is no sample.
        assert!(!text.contains("NaN") && !text.contains("monit_file_size_bytes{service=\"gone\"}"));
    }
    let (_, files) = get(port, "/metrics?group=files");
    assert!(files.contains("service=\"good\"") && !files.contains("service=\"self\""));
    strict_parser(&open);
}

/// One TYPE per family and all its samples behind it, no sample twice, units in names.
fn keeps_the_rules(text: &str) {
    let (mut families, mut samples, mut family) = (BTreeSet::new(), BTreeSet::new(), String::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let name = rest.split(' ').next().expect("a name");
            assert!(!rest.ends_with("_total gauge"), "{rest}: that is how counters end");
            assert!(families.insert(name.to_owned()), "{name} is described twice");
            family = name.to_owned();
        } else if let Some(rest) = line.strip_prefix("# UNIT ") {
            let (name, unit) = rest.split_once(' ').expect("a unit");
            assert!(name == family && name.ends_with(&format!("_{unit}")), "{line}");
        } else if !line.starts_with('#') {
            let (key, value) = line.rsplit_once(' ').expect("a value");
            let name = key.split('{').next().expect("a name");
            let suffix = name.strip_prefix(family.as_str());
            let known = ["", "_total", "_info"].map(Some);
            assert!(known.contains(&suffix), "{line} stands in {family}");
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{name}");
            assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{line}");
            assert!(samples.insert(key.to_owned()), "{key} stands there twice");
        }
    }
    assert!(families.len() > 30, "{families:?}");
}

/// The parser of Prometheus' own Python client, where it is installed.
fn strict_parser(text: &str) {
    let script = "import sys\ntry:\n import prometheus_client.openmetrics.parser as p\n\
                  except ImportError:\n print('absent'); sys.exit()\n\
                  print(len(list(p.text_string_to_metric_families(sys.stdin.read()))))";
    match read_by_python(script, text).as_deref() {
        None => {}
        Some("absent") => skip("the strict parser of metrics", "there is no prometheus_client"),
        Some(count) => assert!(count.parse::<u32>().is_ok_and(|count| count > 30), "{count}"),
    }
}

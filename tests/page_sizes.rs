//! How large pages and documents are, as they are and packed.
#![allow(clippy::expect_used)]

mod support;

use std::io::{Read, Write};
use support::http::{ask, connect, unpack};
use support::{Lab, free_port};

/// What a browser gets: how many bytes came, and what they are unpacked.
fn packed(port: u16, path: &str) -> (usize, String) {
    let mut stream = connect(port);
    let request = format!("GET {path} HTTP/1.0\r\nAccept-Encoding: deflate, gzip, br\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("write");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head") + 4;
    let body = answer.split_off(end);
    let head = String::from_utf8(answer).expect("text");
    assert!(head.contains("\r\nContent-Encoding: gzip\r\nVary: Accept-Encoding\r\n"), "{head}");
    (body.len(), String::from_utf8(unpack(body)).expect("text"))
}

/// Each row is a service that is well. The budgets are those of a slow phone: bytes as they are and packed, for 1000, 100 and 30
/// services.
#[test]
fn pages_of_many_services_stay_small() {
    for (count, paths) in [
        (
            1000,
            &[
                ("/", 5_000, 2_000),
                ("/?type=all", 300_000, 16_000),
                ("/service-7", 30_000, 8_000),
                ("/_status?format=xml", 800_000, 60_000),
                ("/api/v1/services", 1_000_000, 60_000),
                ("/metrics", 1_000_000, 60_000),
            ][..],
        ),
        (100, &[("/", 75_000, 12_000)]),
        (30, &[("/", 25_000, 6_000), ("/_style.css", 10_000, 5_000)]),
    ] {
        let port = free_port();
        let files: String =
            (0..count).map(|at| format!("check file service-{at} path @D@/monitrc\n")).collect();
        let httpd = format!("set daemon 60\nset httpd port {port} address 127.0.0.1\n  allow 127.0.0.1\n");
        let mut lab = Lab::with(&format!("{httpd}check system box\n{files}"));
        lab.start(["-v"]);
        lab.wait_status(&format!("service-{}", count - 1), "OK");
        for (path, budget, budget_packed) in paths {
            let (head, page) = ask(port, &format!("GET {path} HTTP/1.0\r\n\r\n"));
            assert!(head.starts_with("HTTP/1.0 200 "), "{path}: {head}");
            assert!(page.len() > budget / 10 && page.len() < *budget, "{count} {path}: {}", page.len());
            let (packed, unpacked) = packed(port, path);
            assert!(packed < *budget_packed, "{count} {path}: {packed} of {}", page.len());
            // The time of day may have grown.
            assert!(unpacked.len().abs_diff(page.len()) < 200, "{path}: {unpacked}");
            let end = page.get(page.len() - 20..).expect("an end");
            assert!(unpacked.starts_with(&page[..20]) && unpacked.ends_with(end), "{path}: {unpacked}");
        }
    }
}

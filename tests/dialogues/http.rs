//! HTTP: the request byte by byte, and what is made of answers.

use super::stage::{Said, Stage, test};
use monit_rs::MONIT_VERSION;
use monit_rs::protocol::Next;

const CLOSED: &str = "connection closed by the server";

/// What becomes of an answer, behind which the server closes.
fn verdict(options: &str, answer: &[u8]) -> Result<(), String> {
    test(&format!("port 8080 protocol http {options}")).verdict(&[
        Said::Anything,
        Said::Server(answer),
        Said::End,
    ])
}

fn sent(host: &'static str, text: &str) -> String {
    let mut test = test(text);
    test.host = host;
    let Next::Send(bytes) = test.begin().start() else { panic!("{text}: no request") };
    String::from_utf8(bytes).unwrap()
}

#[test]
fn the_request_byte_by_byte() {
    let agent = format!("User-Agent: Monit/{MONIT_VERSION}\r\nAccept: */*\r\n");
    let usual = format!("{agent}Accept-Encoding: identity\r\nConnection: close\r\n");
    for (host, text, expected) in [
        ("h", "port 8080 protocol http", format!("GET / HTTP/1.1\r\nHost: h:8080\r\n{usual}\r\n")),
        ("::1", "port 80 protocol http", format!("GET / HTTP/1.1\r\nHost: [::1]\r\n{usual}\r\n")),
        ("::1", "port 443 protocol http", format!("GET / HTTP/1.1\r\nHost: [::1]:443\r\n{usual}\r\n")),
        ("h", "port 443 protocol https", format!("GET / HTTP/1.1\r\nHost: h\r\n{usual}\r\n")),
        ("h", "port 443 protocol http with ssl", format!("GET / HTTP/1.1\r\nHost: h\r\n{usual}\r\n")),
        (
            "h",
            "port 81 protocol http method head request \"/a b?c=%20&d=100%\"",
            format!("HEAD /a%20b?c=%20&d=100%25 HTTP/1.1\r\nHost: h:81\r\n{usual}\r\n"),
        ),
        (
            "h",
            "port 81 protocol http username us password \"p:w\" hostheader \"v:1\"",
            format!("GET / HTTP/1.1\r\nAuthorization: Basic dXM6cDp3\r\n{usual}Host:v:1\r\n\r\n"),
        ),
        (
            "h",
            "port 81 protocol http http headers [Host: \"foo:99\", Accept-encoding: gzip, Cookie: \"a=b; c=d\"]",
            format!(
                "GET / HTTP/1.1\r\n{agent}Connection: close\r\nHost:foo:99\r\nAccept-encoding:gzip\r\n\
                 Cookie:a=b; c=d\r\n\r\n"
            ),
        ),
        (
            "h",
            "port 81 protocol http username u password p http headers [Authorization: \"Bearer x\"]",
            format!("GET / HTTP/1.1\r\nHost: h:81\r\n{usual}Authorization:Bearer x\r\n\r\n"),
        ),
        (
            "h",
            "url http://us:p%40w@h:8080/a%20b?c=d%20e#f",
            format!(
                "GET /a%20b?c=d%20e HTTP/1.1\r\nAuthorization: Basic dXM6cEB3\r\nHost: h:8080\r\n{usual}\r\n"
            ),
        ),
        ("h", "url https://h/", format!("GET / HTTP/1.1\r\nHost: h\r\n{usual}\r\n")),
    ] {
        assert_eq!(sent(host, text), expected, "{text}");
    }
}

#[test]
fn answers() {
    let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    let chunked =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n";
    let open = b"HTTP/1.0 200 OK\n\nhello";
    let not_found = b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello";
    let sum = "checksum 5d41402abc4b2a76b9719d911017c592";
    let no_match = "HTTP error: Regular expression doesn't match: No match";
    let cut = format!("HTTP error: Receiving data -- {CLOSED}");
    let no_answer = format!("HTTP: Error receiving data -- {CLOSED}");
    for (options, answer, expected) in [
        ("", &ok[..], ""),
        ("", b"HTTP/1.1 399 X\r\n\r\n", ""),
        ("", b"HTTP/1.1 301 M\r\nLocation: /\r\n\r\n", ""),
        ("", not_found, "HTTP error: Server returned status 404"),
        (
            "",
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 X\r\n\r\n",
            "HTTP error: Server returned status 404",
        ),
        ("status = 404", not_found, ""),
        ("status != 200", ok, "HTTP error: Server returned status 200"),
        ("status < 300", ok, ""),
        ("", b"SSH-2.0-foo\r\n", "HTTP error: Cannot parse HTTP status in response -- SSH-2.0-foo"),
        ("", b"HTTP/1.1 foo\r\n\r\n", "HTTP error: Cannot parse HTTP status in response -- HTTP/1.1 foo"),
        ("", b"", &no_answer),
        ("", b"HTTP/1.1 200 OK\r\nContent-", &no_answer),
        ("method head", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", ""),
        ("content = \"^hel+o$\"", ok, ""),
        ("content = \"^hello$\"", open, ""),
        ("content = \"^helloworld$\"", chunked, ""),
        ("content = \"nope\"", ok, no_match),
        ("content != \"hello\"", ok, "HTTP error: Regular expression matches"),
        ("content != \"nope\"", ok, ""),
        ("status = 404 content = \"hello\"", not_found, ""),
        ("content = \"hello\"", not_found, "HTTP error: Server returned status 404"),
        ("content = \"x\"", b"HTTP/1.1 204 No\r\n\r\n", no_match),
        (
            "content = \"x\"",
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP error: No content returned from server",
        ),
        ("content = \"hello\"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", &cut),
        ("content = \"hello\"", &chunked[..60], &cut),
        (sum, ok, ""),
        (sum, open, ""),
        (
            "checksum aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            ok,
            "Checksum error: MD5 mismatch (expected aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa got \
             5d41402abc4b2a76b9719d911017c592)",
        ),
        ("checksum AAF4C61DDCC5E8A2DABEDE0F3B482CD9AEA9434D content = \"hello\"", ok, ""),
        (
            "checksum 5d41402abc4b2a76b9719d911017c592 content = \"hello\"",
            chunked,
            "Checksum error: MD5 mismatch (expected 5d41402abc4b2a76b9719d911017c592 got \
             fc5e038d38a57032085441e7fe7010b0)",
        ),
    ] {
        let expected = if expected.is_empty() { Ok(()) } else { Err(expected.to_string()) };
        assert_eq!(verdict(options, answer), expected, "{options} {:?}", String::from_utf8_lossy(answer));
    }
}

#[test]
fn of_a_body_no_more_is_kept_than_is_searched() {
    let mut test = test("port 80 protocol http content = \"z\"");
    test.limits.http_content_buffer = 1000;
    let mut protocol = test.begin();
    protocol.start();
    protocol.input(b"HTTP/1.1 200 OK\r\n\r\n", false);
    for _ in 0..99 {
        assert_eq!(protocol.input(b"0123456789", false), Next::Read);
    }
    let Next::Match(_, text) = protocol.input(&[b'z'; 4096], false) else { panic!("long enough") };
    assert_eq!((text.len(), text.capacity(), &text[990..]), (1000, 1000, &b"zzzzzzzzzz"[..]));
}

#[test]
fn a_sum_is_of_the_whole_body_and_the_search_of_its_beginning() {
    let body = vec![b'x'; 3 * 1024 * 1024];
    let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    answer.extend_from_slice(&body);
    let test = test("port 80 protocol http checksum 0db73d6b0d5f6ee4a5b0d4b5d1d7a4a1 content = \"x\"");
    let mut stage = Stage::of(&test);
    for part in answer.chunks(4096) {
        assert_eq!(stage.step, Next::Read);
        let step = stage.protocol.input(part, false);
        stage.perform(step);
    }
    let step = stage.protocol.input(&[], true);
    let Next::Match(_, text) = &step else { panic!("{step:?}") };
    assert_eq!(text.len(), 1024 * 1024);
    stage.perform(step);
    let Next::Fail(failure) = stage.step else { panic!("the sum is invented") };
    assert!(failure.to_string().ends_with("got c1887f0c970afa48194adf7f5c504696)"), "{failure}");
}

/// A redirect behind which the server closes.
fn moved(location: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n").into_bytes()
}

#[test]
fn redirects_are_followed_when_asked_for() {
    let test = test(
        "port 8080 protocol http username u password p request \"/a/b\" follow 2 redirects content = \"here\"",
    );
    let agent = format!(
        "User-Agent: Monit/{MONIT_VERSION}\r\nAccept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
    );
    let auth = "Authorization: Basic dTpw\r\n";
    let first = format!("GET /a/b HTTP/1.1\r\n{auth}Host: h.example:8080\r\n{agent}");
    let beside = format!("GET /a/c?d HTTP/1.1\r\n{auth}Host: h.example:8080\r\n{agent}");
    let other = format!("GET / HTTP/1.1\r\nHost: other.example\r\n{agent}");
    let (to_beside, to_other, circle) = (moved("c?d#e"), moved("https://other.example"), moved("/a/b"));
    let server = Said::Server;
    let end = server(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere");
    test.succeeds(&[Said::Client(first.as_bytes()), end]);
    test.succeeds(&[
        Said::Client(first.as_bytes()),
        server(&to_beside),
        Said::Client(beside.as_bytes()),
        server(&to_other),
        Said::Client(other.as_bytes()),
        end,
    ]);
    let around = [server(&circle), Said::Anything, server(&circle), Said::Anything, server(&circle)];
    test.fails(&around, "HTTP error: redirected more often than 2");
    let away = moved("ftp://x/");
    test.fails(&[server(&away)], "HTTP error: redirected to an address that is not followed -- ftp://x/");
    // Without a place to go to it is an answer like others; so is any redirect that nobody wants followed.
    let nowhere = b"HTTP/1.1 304 Not Modified\r\n\r\n";
    test.fails(&[server(nowhere)], "HTTP error: Regular expression doesn't match: No match");
    assert_eq!(verdict("status = 302", &circle), Ok(()));
}

#[test]
fn json_of_the_answer() {
    let answer =
        |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes();
    let good = answer("{\"status\": \"ok\", \"disks\": [{\"free\": 7}]}");
    for (options, wanted) in [
        ("json \"/status\" = \"ok\"", ""),
        ("json \"/status\" = ok and json \"/disks/0/free\" = 7", ""),
        ("json \"/status\" != \"down\" content = \"free\"", ""),
        ("json \"/none\" != \"x\"", ""),
        ("json \"/status\" = \"up\"", "HTTP error: '/status' of the answer is 'ok', not 'up'"),
        ("json \"/status\" != \"ok\"", "HTTP error: '/status' of the answer is 'ok'"),
        ("json \"/none\" = \"x\"", "HTTP error: the answer has no '/none'"),
        ("json \"/disks\" = \"x\"", "HTTP error: '/disks' of the answer is 'an array or object', not 'x'"),
        (
            "json \"/status\" = ok content = \"full\"",
            "HTTP error: Regular expression doesn't match: No match",
        ),
    ] {
        let found = verdict(options, &good);
        assert_eq!(found.err().unwrap_or_default(), wanted, "{options}");
    }
    let status = "json \"/status\" = \"ok\"";
    assert_eq!(verdict(status, &answer("<html>")).unwrap_err(), "HTTP error: the answer is not JSON");
    assert_eq!(verdict(status, &answer("")).unwrap_err(), "HTTP error: No content returned from server");
    assert_eq!(
        verdict(status, b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}").unwrap_err(),
        format!("HTTP error: Receiving data -- {CLOSED}")
    );
    // It would be half of it, or nearly all: what is cut off is missing also where the same bytes bring the end.
    for length in [1024 * 1024, 2_000_000] {
        let long = answer(&format!("{{\"status\": \"ok\", \"x\": \"{}\"}}", "y".repeat(length)));
        let mut stage = Stage::of(&test(&format!("port 8080 protocol http {status}")));
        for piece in long.chunks(65_536) {
            if stage.is_waiting() {
                let step = stage.protocol.input(piece, false);
                stage.perform(step);
            }
        }
        let Next::Fail(failure) = stage.step else { panic!("{:?}", stage.step) };
        assert_eq!(
            failure.to_string(),
            "HTTP error: the answer is longer than httpContentBuffer allows",
            "{length}"
        );
    }
}

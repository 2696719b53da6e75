//! Requests that are no proper ones: too large, ambiguous, or not what their decoder expects.

use super::{ADM, USERS, daemon, get, post, send, status, unharmed};

const COOKIE: &str = "Cookie: securitytoken=T\r\n";

/// Lines of the head, without the body.
fn head(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or(answer, |(head, _)| head)
}

#[test]
fn header_injection() {
    let (lab, port) = daemon("allow localhost", "check file \"a b\" path @D@/monitrc\n");
    for evil in [
        "%0d%0aX-Evil: 1",
        "%0aX-Evil: 1",
        "%0D%0A%0D%0A<x>",
        "\u{2028}X-Evil:1",
        "%E5%98%8A%E5%98%8DX-Evil:1",
    ] {
        for answer in [
            get(port, &format!("/svc{evil}"), ""),
            get(port, &format!("/_ping?x={evil}"), ""),
            post(port, &format!("/_status?x={evil}"), COOKIE, "securitytoken=T"),
            post(port, &format!("/_summary/..{evil}"), COOKIE, "securitytoken=T"),
            post(port, "/a%20b", COOKIE, &format!("action=monitor&page={evil}&securitytoken=T")),
            get(port, "/svc", &format!("Cookie: securitytoken=0123{evil}\r\nHost: x{evil}\r\n")),
        ] {
            let evil_line = |line: &str| line.starts_with("X-Evil") || line.starts_with("<x>");
            assert!(!answer.lines().any(evil_line), "{evil}: {answer}");
        }
    }
    // What breaks a line cannot be part of a request line.
    for evil in ["\r", "\x0b", "\0", "\x7f", "\u{85}"] {
        assert_eq!(status(&get(port, &format!("/svc{evil}X-Evil:1"), "")), "400", "{evil:?}");
    }
    unharmed(&lab);
}

#[test]
fn oversize_everything() {
    let (lab, port) = daemon(USERS, "");
    let long = "x".repeat(1 << 20);
    for (what, request) in [
        ("a request line", format!("GET /{long} HTTP/1.0\r\n\r\n")),
        ("a method", format!("{long} / HTTP/1.0\r\n\r\n")),
        ("a version", format!("GET / HTTP/{long}\r\n\r\n")),
        ("no line at all", long.clone()),
        ("a cookie", format!("GET / HTTP/1.0\r\n{ADM}Cookie: {long}\r\n\r\n")),
        ("a password", format!("GET / HTTP/1.0\r\nAuthorization: Basic {long}\r\n\r\n")),
        ("a header's name", format!("GET / HTTP/1.0\r\n{long}: 1\r\n\r\n")),
        ("a header nobody reads", format!("GET / HTTP/1.0\r\nX: {long}\r\n\r\n")),
        ("headers", format!("GET / HTTP/1.0\r\n{}\r\n", "X: y\r\n".repeat(50_000))),
        ("blank lines", "\r\n".repeat(10_000)),
        ("a body", format!("POST /svc HTTP/1.0\r\n{ADM}Content-Length: {}\r\n\r\n{long}", long.len())),
        ("a length", format!("POST /svc HTTP/1.0\r\n{ADM}Content-Length: {}\r\n\r\n", "9".repeat(400))),
    ] {
        let answer = send(port, request.as_bytes());
        // A client that is cut off while it still sends may see the reset before the answer.
        assert!(["400", "none"].contains(&status(&answer)), "{what}: {}", answer.len());
    }
    // What fits is served, however much there is of it.
    let many = format!("GET /_ping?{} HTTP/1.0\r\n{ADM}\r\n", "a=b&".repeat(900));
    assert!(send(port, many.as_bytes()).ends_with("pong"));
    let mut headers = String::new();
    (0..1000).for_each(|number| headers.push_str(&format!("X-{number}: y\r\n")));
    assert!(send(port, format!("GET /_ping HTTP/1.0\r\n{ADM}{headers}\r\n").as_bytes()).ends_with("pong"));
    unharmed(&lab);
}

#[test]
fn path_tricks() {
    let (lab, port) = daemon("allow localhost", "");
    for path in [
        "/../../../../etc/passwd",
        "/..%2f..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..\\..\\etc\\passwd",
        "//etc/passwd",
        "/./etc/passwd",
        "/svc/../../etc/passwd",
        "/_style.css/../../../etc/passwd",
        "/_viewlog/../../../etc/passwd",
        "/file:///etc/passwd",
        "/svc/",
        "/_ping/",
        "//_ping",
        "/_ping%00",
        "/_ping%20",
        "/_ping;x",
        "/api/v1/services/../status",
        "/api/v1/services/%2e%2e/status",
    ] {
        let answer = get(port, path, "");
        assert_eq!(status(&answer), "404", "{path}: {answer}");
        assert!(!answer.contains("root:") && !answer.ends_with("pong"), "{path}: {answer}");
    }
    for path in ["etc/passwd", "*", "?x", "file:///etc/passwd", "ftp://localhost/_ping", ""] {
        assert_eq!(status(&send(port, format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes())), "400", "{path:?}");
    }
    unharmed(&lab);
}

#[test]
fn percent_decoding() {
    let (lab, port) = daemon("allow localhost", "check file \"a+b%41\" path @D@/monitrc\n");
    for (path, expected) in [
        ("/%5fping", "200"),
        ("/_PING", "200"),
        ("/%255fping", "404"),
        ("/%", "404"),
        ("/%4", "404"),
        ("/%zz", "404"),
        ("/%00", "404"),
        ("/svc%00", "404"),
        ("/%ff%fe", "404"),
        ("/%c0%ae%c0%ae", "404"),
        ("/%u0073vc", "404"),
        ("/s%76c", "200"),
        ("/a%2Bb%2541", "200"),
        ("/a%2Bb%41", "404"),
    ] {
        let answer = get(port, path, "");
        assert_eq!(status(&answer), expected, "{path}: {answer}");
    }
    // A field that is encoded twice names another service.
    for name in ["%2573vc", "svc%00", "s%76c%0a", "svc%26action=stop"] {
        let body = format!("action=stop&service={name}&securitytoken=T");
        assert_eq!(status(&post(port, "/_doaction", COOKIE, &body)), "400", "{name}");
    }
    unharmed(&lab);
}

#[test]
fn request_smuggling() {
    let (lab, port) = daemon("allow localhost", "");
    // What a second request would do, if somebody took the rest of the first for one.
    let body = "action=stop&service=svc&securitytoken=T";
    let hidden = format!(
        "POST /_doaction HTTP/1.1\r\nHost: localhost\r\n{COOKIE}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    for framing in [
        "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n".to_owned(),
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n".to_owned(),
        "Transfer-Encoding: identity\r\nContent-Length: 0\r\n".to_owned(),
        "transfer-encoding : chunked\r\nContent-Length: 0\r\n".to_owned(),
        "Transfer-Encoding:\tchunked\r\nContent-Length: 0\r\n".to_owned(),
        "Content-Length: 0\r\nContent-Length: 5\r\n".to_owned(),
        "Content-Length: 0, 5\r\n".to_owned(),
        "Content-Length: +0\r\n".to_owned(),
        "Content-Length: -1\r\n".to_owned(),
        "Content-Length: 0x0\r\n".to_owned(),
        "Content-Length: 0 0\r\n".to_owned(),
        "Content-Length: \r\n".to_owned(),
        format!("Content-Length: {}\r\n", u128::MAX),
        "Content-Length: 0\r\n Content-Length: 5\r\n".to_owned(),
        "Content-Length: 0\r\n".to_owned(),
        String::new(),
    ] {
        for method in ["GET", "POST", "HEAD", "OPTIONS"] {
            let request = format!("{method} /_ping HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n{hidden}");
            let answer = send(port, request.as_bytes());
            assert_eq!(answer.matches("HTTP/1.").count(), 1, "{method} {framing:?}: {answer}");
            assert!(answer.contains("Connection: close\r\n"), "{method} {framing:?}: {answer}");
        }
        unharmed(&lab);
    }
}

#[test]
fn other_methods() {
    let (lab, port) = daemon("allow localhost", "");
    for method in ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "X", "GETT", "PO"] {
        for path in ["/", "/svc", "/_doaction"] {
            let body = "action=stop&service=svc&securitytoken=T";
            let headers = format!("{COOKIE}Content-Length: {}\r\nX-Secret: s3cret\r\n", body.len());
            let answer = send(port, format!("{method} {path} HTTP/1.0\r\n{headers}\r\n{body}").as_bytes());
            assert_eq!(status(&answer), "501", "{method} {path}: {answer}");
            assert!(!answer.contains("s3cret"), "nothing of the request comes back: {answer}");
            assert!(!answer.contains("Access-Control-Allow"), "{answer}");
        }
    }
    for method in ["G\tT", "GET\0", "{}", "<b>"] {
        assert_eq!(
            status(&send(port, format!("{method} / HTTP/1.0\r\n\r\n").as_bytes())),
            "400",
            "{method:?}"
        );
    }
    for path in
        ["/", "/svc", "/_ping", "/_status", "/_status?format=xml", "/metrics", "/api/v1/status", "/nosuch"]
    {
        let answer = send(port, format!("HEAD {path} HTTP/1.0\r\n\r\n").as_bytes());
        assert!(answer.ends_with("\r\n\r\n") && answer.matches("\r\n\r\n").count() == 1, "{path}: {answer}");
    }
    // HTTP/2 is not spoken, nor HTTP/3; what is like HTTP/1 is.
    for version in ["HTTP/2.0", "HTTP/1", "HTTP/1.10", "HTTP/9.9", "http/1.0", "ICAP/1.0"] {
        assert_eq!(status(&send(port, format!("GET / {version}\r\n\r\n").as_bytes())), "400", "{version}");
    }
    assert_eq!(status(&send(port, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")), "400");
    unharmed(&lab);
}

#[test]
fn every_answer_carries_the_headers_of_safety() {
    let (lab, port) = daemon(USERS, "");
    let answers = [
        get(port, "/", ADM),
        get(port, "/", ""),
        get(port, "/svc", ADM),
        get(port, "/nosuch", ADM),
        get(port, "/_ping", ADM),
        get(port, "/_status", ADM),
        get(port, "/_status?format=xml", ADM),
        get(port, "/api/v1/status", ADM),
        get(port, "/api/v1/nosuch", ADM),
        get(port, "/metrics", ADM),
        get(port, "/_style.css", ADM),
        get(port, "/_viewlog", ADM),
        post(port, "/svc", ADM, "action=stop"),
        send(port, b"garbage\r\n\r\n"),
        send(port, format!("PUT / HTTP/1.0\r\n{ADM}\r\n").as_bytes()),
    ];
    for answer in &answers {
        for header in [
            "X-Content-Type-Options: nosniff",
            "X-Frame-Options: SAMEORIGIN",
            "frame-ancestors 'self'",
            "Referrer-Policy: same-origin",
            "Permissions-Policy: ",
        ] {
            assert!(head(answer).contains(header), "{header}: {}", head(answer));
        }
        let html = head(answer).contains("text/html");
        assert!(!html || head(answer).contains("default-src 'none'"), "{}", head(answer));
        assert!(!head(answer).contains("unsafe-"), "{}", head(answer));
    }
    drop(lab);
}

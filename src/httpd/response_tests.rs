use super::*;
use crate::MONIT_VERSION;
use std::time::{Duration, UNIX_EPOCH};

const PLAIN: Wrapping = Wrapping {
    now: UNIX_EPOCH,
    visible: true,
    head: false,
    keep: false,
    chunks: false,
    secure: false,
    gzip: false,
    reader: Reader::Program,
};

fn at() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_224_029)
}

/// As a client of the reference sees it; only the version and the content policy differ.
#[test]
fn an_unknown_service_gives_the_page_clients_know() {
    let response = Response::error(Status::NotFound, "There is no service named \"nosuch\"");
    let text = String::from_utf8(response.encode(Wrapping { now: at(), ..PLAIN }).first).unwrap();
    assert_eq!(
        text,
        "HTTP/1.0 404 Not Found\r\n\
         Date: Sat, 21 Nov 2026 01:20:29 GMT\r\n\
         Server: monit 6.1.0\r\n\
         Content-Length: 213\r\n\
         Connection: close\r\n\
         X-Content-Type-Options: nosniff\r\n\
         X-Frame-Options: SAMEORIGIN\r\n\
         Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'\r\n\
         X-XSS-Protection: 1; mode=block\r\n\
         Referrer-Policy: same-origin\r\n\
         Permissions-Policy: geolocation=(),camera=(),microphone=()\r\n\
         Content-Type: text/html\r\n\
         \r\n\
         <html><head><title>404 Not Found</title></head><body bgcolor=#FFFFFF><h2>Not Found</h2>There is no \
         service named \"nosuch\"<hr><a href='https://mmonit.com/monit/'><font size=-1>monit 6.1.0</font></a>\
         </body></html>\r\n"
    );
}

#[test]
fn lengths_are_those_of_the_reference() {
    for (status, message, length) in [
        (Status::Forbidden, "Invalid CSRF Token", 197),
        (Status::Forbidden, "You do not have sufficient privileges to access this page", 236),
        (Status::BadRequest, "Service 'nosuch' not found", 209),
        (Status::BadRequest, "Invalid action \"bogus\"", 205),
        (Status::NotImplemented, "Method not implemented", 213),
        (Status::Unauthorized, super::super::auth::UNAUTHORIZED, 361),
    ] {
        let text = String::from_utf8(Response::error(status, message).encode(PLAIN).first).unwrap();
        assert!(text.contains(&format!("Content-Length: {length}\r\n")), "{text}");
    }
}

#[test]
fn a_success_carries_a_token_and_where_it_went() {
    let mut response = Response::ok(ContentType::Html, "");
    response.status = Status::Moved;
    response.token = Token::random();
    response.location = Some("/_doaction".into());
    let text = String::from_utf8(response.clone().encode(PLAIN).first).unwrap();
    let token = response.token.unwrap().to_string();
    assert_eq!(token.len(), 32);
    let end = format!(
        "Permissions-Policy: geolocation=(),camera=(),microphone=()\r\n\
         Set-Cookie: securitytoken={token}; Max-Age=600; HttpOnly; SameSite=strict\r\n\
         Content-Type: text/html\r\nLocation: /_doaction\r\n\r\n"
    );
    assert!(text.starts_with("HTTP/1.0 302 Moved Temporarily\r\n") && text.ends_with(&end), "{text}");
}

#[test]
fn a_refused_request_has_its_own_page() {
    let text = String::from_utf8(refusal(Refusal::Malformed, at(), true)).unwrap();
    assert!(!text.contains("Content-Length"));
    assert!(
        text.ends_with(
            "<html><head><title>Bad Request</title></head><body bgcolor=#FFFFFF><h2>Bad Request</h2>Cannot parse \
             request<p><hr><a href='https://mmonit.com/monit/'><font size=-1>monit 6.1.0</font></a></body></html>\r\n"
        ),
        "{text}"
    );
}

#[test]
fn without_signature_no_version_shows() {
    let text = String::from_utf8(
        Response::error(Status::NotFound, "x").encode(Wrapping { visible: false, ..PLAIN }).first,
    )
    .unwrap();
    assert!(text.contains("\r\nServer: monit \r\n") && text.contains("<font size=-1>monit </font>"));
    assert!(!text.contains(MONIT_VERSION));
}

#[test]
fn what_a_client_sent_is_never_markup() {
    let text = String::from_utf8(Response::error(Status::NotFound, "<b>&\"").encode(PLAIN).first).unwrap();
    assert!(text.contains("&lt;b&gt;&amp;\""));
    let head = Response::ok(ContentType::Plain, "body").encode(Wrapping { head: true, ..PLAIN });
    let head = String::from_utf8(head.first).unwrap();
    assert!(head.contains("Content-Length: 4\r\n") && head.ends_with("\r\n\r\n"));
}

#[test]
fn a_long_body_is_not_copied_behind_the_headers() {
    let response = Response::ok(ContentType::Plain, "x".repeat(SHORT + 1));
    let Encoded { first, rest, .. } = response.clone().encode(PLAIN);
    assert!(first.ends_with(b"\r\n\r\n") && rest.len() == SHORT + 1);
    let length = format!("Content-Length: {}\r\n", SHORT + 1);
    assert!(String::from_utf8(first).unwrap().contains(&length));
    let Encoded { first: head, rest: nothing, .. } = response.encode(Wrapping { head: true, ..PLAIN });
    assert!(String::from_utf8(head).unwrap().contains(&length) && nothing.is_empty());
}

#[test]
fn a_connection_that_goes_on_speaks_the_newer_version_and_tls_marks_the_cookie() {
    let mut response = Response::ok(ContentType::Html, "pong");
    response.token = Token::random();
    let kept = response.clone().encode(Wrapping { keep: true, secure: true, ..PLAIN });
    let text = String::from_utf8(kept.first).unwrap();
    assert!(kept.keep && text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(text.contains("\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n"), "{text}");
    assert!(text.contains("; SameSite=strict; Secure\r\n"), "{text}");
    // Where only its end tells the length it cannot go on.
    response.body = "x".repeat(26);
    let piece = response.clone().take_piece(true, Wrapping { keep: true, ..PLAIN });
    let text = String::from_utf8(piece.first).unwrap();
    assert!(text.starts_with("HTTP/1.0 200 OK\r\n") && text.contains("\r\nConnection: close\r\n"), "{text}");
    assert!(!piece.keep && piece.rest == b"x".repeat(26));
    assert!(!text.contains("Secure"));
}

#[test]
fn pieces_are_chunks_for_those_who_read_them() {
    let wrapping = Wrapping { keep: true, chunks: true, ..PLAIN };
    let mut response = Response::ok(ContentType::Plain, "x".repeat(26));
    response.document = Some(Box::new(Document::Overview(Box::default())));
    let Encoded { first, rest, keep } = response.take_piece(true, wrapping);
    let first = String::from_utf8(first).unwrap();
    assert!(first.starts_with("HTTP/1.1 200 OK\r\n") && first.ends_with("\r\n\r\n1a\r\n"), "{first}");
    assert!(first.contains("\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n"), "{first}");
    assert!(!first.contains("Content-Length") && rest == [&b"x".repeat(26)[..], b"\r\n"].concat() && !keep);
    let room = rest.capacity();
    response.reuse(rest);
    assert!(response.body.is_empty() && response.body.capacity() == room);
    response.document = None;
    let nothing = response.take_piece(false, wrapping);
    assert_eq!(
        (nothing.first.as_slice(), nothing.rest.as_slice(), nothing.keep),
        (&b""[..], &b"0\r\n\r\n"[..], true)
    );
    response.body.push('y');
    let last = response.take_piece(false, wrapping);
    assert_eq!((last.first.as_slice(), last.rest.as_slice()), (&b"1\r\n"[..], &b"y\r\n0\r\n\r\n"[..]));
}

/// That the pieces are one stream is seen in `tests/page_sizes.rs`, by the reader that everybody has.
#[test]
fn what_is_long_is_packed_for_who_reads_that() {
    let wrapping = Wrapping { keep: true, chunks: true, gzip: true, ..PLAIN };
    let text = "<p>much the same".repeat(500);
    let head = |encoded: &Encoded| {
        let text = String::from_utf8_lossy(&encoded.first);
        text.split_once("\r\n\r\n").map_or_else(|| text.to_string(), |(head, _)| head.to_owned())
    };
    for (content_type, gzip, length, packed) in [
        (ContentType::Page, true, 5000, true),
        (ContentType::Style, true, 5000, true),
        (ContentType::Page, false, 5000, false),
        (ContentType::Page, true, 1000, false),
        (ContentType::Xml, true, 5000, true),
        (ContentType::Json, false, 5000, false),
        (ContentType::Html, true, 5000, false),
    ] {
        let response = Response::ok(content_type, &text[..length]);
        let whole = response.clone().encode(Wrapping { gzip, ..wrapping });
        let told = head(&whole);
        assert_eq!(told.contains("\r\nContent-Encoding: gzip"), packed, "{content_type:?}");
        let body = whole.first.len() - told.len() - 4;
        assert!(
            told.contains(&format!("\r\nContent-Length: {body}\r\n")) && (body < 500) == packed,
            "{told}"
        );
        assert_eq!(told.contains("\r\nVary: Accept-Encoding"), packed);
        let without = response.encode(Wrapping { gzip, head: true, ..wrapping });
        assert_eq!((head(&without), without.rest.len()), (told, 0), "HEAD is told the same");
    }
    let mut response = Response::ok(ContentType::Page, &*text);
    response.document = Some(Box::new(Document::Overview(Box::default())));
    let first = response.take_piece(true, wrapping);
    assert!(head(&first).contains("\r\nContent-Encoding: gzip") && first.rest.len() < 500);
    assert!(response.held() > text.len(), "what it has sent is remembered: {}", response.held());
    response.body.push_str(&text);
    response.document = None;
    let last = response.take_piece(false, wrapping);
    assert!(last.rest.ends_with(b"\r\n0\r\n\r\n") && last.rest.len() < 200, "{}", last.rest.len());
    assert_eq!(response.held(), 0);
}

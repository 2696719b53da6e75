use super::*;
use proptest::prelude::*;

const LIMIT: usize = 1000;

fn read(bytes: &[u8]) -> Event {
    Codec::new(LIMIT).receive(bytes)
}

fn request(bytes: &[u8]) -> Request {
    match read(bytes) {
        Event::Request(request) => *request,
        other => panic!("{other:?} for {:?}", String::from_utf8_lossy(bytes)),
    }
}

#[test]
fn a_browser_reads_a_page() {
    let request = request(
        b"GET /a%20b?service=x+y&group= HTTP/1.1\r\nHost: h:2812\r\nAuthorization: Basic YTpi\r\n\
          Cookie: a=1\r\ncookie: securitytoken=abc\r\nAccept: */*\r\n\r\n",
    );
    assert_eq!(request.method, Method::Get);
    assert_eq!(&*request.target, "/a%20b?service=x+y&group=");
    assert_eq!(&*request.path, "/a b");
    assert_eq!(request.query.get("service"), Some("x y"));
    assert_eq!(request.query.get("group"), Some(""));
    assert_eq!(request.authorization.as_deref(), Some("Basic YTpi"));
    assert_eq!(request.cookie.as_deref(), Some("a=1; securitytoken=abc"));
}

#[test]
fn the_command_line_posts_a_form() {
    let request = request(
        b"POST /_doaction HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\n\
          Cookie: securitytoken=T\r\nContent-Length: 38\r\n\r\naction=stop&service=a&securitytoken=TX and more",
    );
    assert_eq!(request.method, Method::Post);
    assert_eq!(request.body.get("securitytoken"), Some("TX"));
    assert_eq!(request.body.get("action"), Some("stop"));
}

#[test]
fn versions_line_ends_and_odd_headers() {
    for line in ["GET / HTTP/0.9\r\n\r\n", "GET / HTTP/1.2\n\n", "\r\nget / HTTP/1.0\n\r\n"] {
        assert_eq!(request(line.as_bytes()).method, Method::Get, "{line:?}");
    }
    for line in ["GET / HTTP/2.0\r\n\r\n", "garbage\r\n\r\n", "GET /\r\n\r\n", "GET x HTTP/1.0\r\n\r\n"] {
        assert_eq!(read(line.as_bytes()), Event::Refused(Refusal::Malformed), "{line:?}");
    }
    let odd = request(
        b"HEAD / HTTP/1.0\r\nno colon\r\n: empty\r\n folded: x\r\nAuthorization : Basic eA==\r\n\r\n",
    );
    assert_eq!(odd.method, Method::Head);
    assert_eq!(odd.authorization.as_deref(), Some("Basic eA=="));
    assert_eq!(&*request(b"GET http://host:1/_ping?x#y HTTP/1.1\r\n\r\n").target, "/_ping?x");
    assert_eq!(request(b"PUT / HTTP/1.1\r\n\r\n").method, Method::Other);
}

#[test]
fn a_body_needs_one_plain_length() {
    let post = |headers: &str, body: &str| read(format!("POST / HTTP/1.0\r\n{headers}\r\n{body}").as_bytes());
    for headers in [
        "",
        "Content-Length: x\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: +1\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Content-Length: 1001\r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n",
        "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
    ] {
        assert_eq!(post(headers, "a=b"), Event::Refused(Refusal::Parameters), "{headers:?}");
    }
    assert!(matches!(post("Content-Length: 0\r\n", ""), Event::Request(_)));
    assert!(matches!(post("Content-Length: 3\r\nContent-Length: 3\r\n", "a=b"), Event::Request(_)));
    assert_eq!(post("Content-Length: 4\r\n", "a=b"), Event::NeedMore);
    let Event::Request(multipart) = post("Content-Type: multipart/form-data\r\nContent-Length: 3\r\n", "a=b")
    else {
        panic!("not taken")
    };
    assert_eq!(multipart.body, Form::default());
}

#[test]
fn long_lines_end_where_they_should() {
    let long = format!("GET /{} HTTP/1.0\r\n\r\n", "a".repeat(REQUEST_LINE));
    assert_eq!(read(long.as_bytes()), Event::Refused(Refusal::LongTarget));
    let fits = format!("GET /{} HTTP/1.0\r\n\r\n", "a".repeat(3000));
    assert!(matches!(read(fits.as_bytes()), Event::Request(_)));
    let cookie = format!("GET / HTTP/1.0\r\nCookie: {}\r\n\r\n", "a".repeat(KEPT_HEADER));
    assert_eq!(read(cookie.as_bytes()), Event::Refused(Refusal::LongHeaders));
}

#[test]
fn a_hundred_kilobytes_of_headers_pass_in_constant_memory() {
    let mut codec = Codec::new(LIMIT);
    codec.receive(b"GET / HTTP/1.0\r\nX-Long: ");
    for _ in 0..100 {
        assert_eq!(codec.receive(&[b'a'; 1000]), Event::NeedMore);
        assert!(codec.line.capacity() <= KEPT_HEADER);
    }
    assert!(matches!(codec.receive(b"\r\nCookie: a\r\n\r\n"), Event::Request(_)));

    let mut codec = Codec::new(LIMIT);
    codec.receive(b"GET / HTTP/1.0\r\n");
    let ended = (0..1000).find_map(|_| match codec.receive(&[b'a'; 1000]) {
        Event::NeedMore => None,
        other => Some(other),
    });
    assert_eq!(ended, Some(Event::Refused(Refusal::LongHeaders)));
}

#[test]
fn blank_lines_without_end_are_not_waited_for() {
    assert_eq!(read("\r\n".repeat(20).as_bytes()), Event::Refused(Refusal::Malformed));
}

/// The first event that is not `NeedMore`, with the bytes given in pieces of `sizes`.
fn in_pieces(bytes: &[u8], mut sizes: impl Iterator<Item = usize>) -> Event {
    let mut codec = Codec::new(LIMIT);
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(sizes.next().unwrap_or(1).clamp(1, rest.len()));
        rest = after;
        match codec.receive(piece) {
            Event::NeedMore => {}
            other => return other,
        }
    }
    Event::NeedMore
}

#[test]
fn a_split_at_every_byte_changes_nothing() {
    let long = format!("GET / HTTP/1.0\r\nX: {}\r\nCookie: c\r\n\r\n", "y".repeat(9000));
    for text in [
        "POST /_status?a=b HTTP/1.1\r\nHost: x\r\nCookie: securitytoken=T\r\nContent-Length: 9\r\n\r\nservice=x",
        "GET /nosuch HTTP/1.0\nAuthorization: Basic x\n\n",
        "garbage\r\n\r\n",
        &long,
    ] {
        let whole = read(text.as_bytes());
        assert_ne!(whole, Event::NeedMore);
        for at in 0..text.len() {
            assert_eq!(
                in_pieces(text.as_bytes(), [at.max(1), text.len()].into_iter()),
                whole,
                "split at {at}"
            );
        }
        assert_eq!(in_pieces(text.as_bytes(), std::iter::repeat(1)), whole, "byte by byte");
    }
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_give_the_same(
        bytes in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..400).boxed(),
            "(GET|POST|X) /[a-z%?=&+ ]{0,20} HTTP/1\\.[01]\r?\n(([A-Za-z]{1,9}|Content-Length|Cookie): ?[0-9a-z]{0,3}\r?\n){0,4}\r?\n[a-z=&%]{0,30}"
                .prop_map(String::into_bytes).boxed(),
        ],
        sizes in proptest::collection::vec(1usize..20, 1..50),
    ) {
        prop_assert_eq!(in_pieces(&bytes, sizes.into_iter().cycle()), read(&bytes));
    }
}

#[test]
fn who_may_go_on_says_so_by_its_version_its_host_and_no_word_of_closing() {
    let keep = |text: &str| match Codec::new(1000).receive(text.as_bytes()) {
        Event::Request(request) => request.keep,
        other => panic!("{other:?}"),
    };
    assert!(keep("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert!(keep("GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, TE\r\nContent-Length: 0\r\n\r\n"));
    assert!(keep("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na"));
    assert!(!keep("GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nConnection: CLOSE\r\n\r\n"));
    assert!(!keep("GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"), "as Monit answers it");
    assert!(!keep("GET / HTTP/1.1\r\n\r\n"), "scripts that read to the end");
    assert!(!keep("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"), "a body nobody reads");
    assert!(!keep("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\nGET /"), "sent ahead");
}

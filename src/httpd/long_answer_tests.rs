//! Answers that are made in many turns.

use super::*;

/// Ten thousand services of one name; `lines` of a status each.
pub(super) fn many(rig: &mut Rig) {
    rig.site.services = vec![("a_service", "File", 2, crate::document::text::Class::Up); 10_000];
}

/// What was sent in chunks, which must have an end.
fn joined(mut chunks: &str) -> String {
    let mut all = String::new();
    loop {
        let (size, rest) = chunks.split_once("\r\n").unwrap();
        let (chunk, rest) = rest.split_at(usize::from_str_radix(size, 16).unwrap());
        all.push_str(chunk);
        chunks = rest.strip_prefix("\r\n").unwrap();
        if size == "0" {
            assert_eq!(chunks, "");
            return all;
        }
    }
}

#[test]
fn a_long_answer_is_made_in_many_turns_and_delays_no_other_client() {
    let mut rig = Rig::new(|_| {});
    many(&mut rig);
    let older = "HTTP/1.0\r\n\r\n";
    let newer = "HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    for (path, version) in [("/_status", older), ("/_summary", older), ("/_status", newer)] {
        let mut long = rig.connect();
        long.write_all(format!("GET {path} {version}").as_bytes()).unwrap();
        long.set_nonblocking(true).unwrap();
        let (mut text, mut buffer, mut turns) = (Vec::new(), vec![0; 1 << 20], 0);
        loop {
            let mut other = rig.connect();
            other.write_all(b"GET /_ping HTTP/1.0\r\n\r\n").unwrap();
            rig.site.shown.set(0);
            rig.turn();
            let shown = rig.site.shown.get();
            assert!(shown <= 1_600, "{shown} services looked at in one turn");
            let mut answer = String::new();
            // Answered in the very turn it came; the server waits for nothing but our end.
            other.shutdown(std::net::Shutdown::Write).unwrap();
            other.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            other.read_to_string(&mut answer).unwrap();
            assert!(answer.ends_with("pong"));
            turns += 1;
            match long.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => text.extend_from_slice(&buffer[..count]),
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
        }
        assert!(turns >= 10, "{turns}");
        let text = String::from_utf8(text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.contains("Content-Length"), "{head}");
        let body = if version == newer { joined(body) } else { body.to_owned() };
        assert_eq!(body.matches("a_service").count(), 10_000, "{path}");
    }
}

#[test]
fn an_answer_in_chunks_leaves_the_connection_to_the_next_request() {
    let mut rig = Rig::new(|_| {});
    many(&mut rig);
    let mut client = rig.connect();
    client.set_nonblocking(true).unwrap();
    let (mut text, mut buffer) = (String::new(), vec![0; 1 << 20]);
    for path in ["/_status", "/_summary"] {
        client.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).unwrap();
        text.clear();
        while !text.ends_with("\r\n0\r\n\r\n") {
            match client.read(&mut buffer) {
                Ok(0) => panic!("closed after {}", text.len()),
                Ok(count) => text.push_str(&String::from_utf8_lossy(&buffer[..count])),
                Err(_) => rig.turn(),
            }
        }
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n"), "{head}");
    }
}

#[test]
fn one_long_answer_is_made_at_a_time_and_everybody_gets_his() {
    let mut rig = Rig::new(|_| {});
    many(&mut rig);
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = rig.connect();
        client.write_all(b"GET /_summary HTTP/1.0\r\n\r\n").unwrap();
        client.set_nonblocking(true).unwrap();
        clients.push(client);
    }
    for client in clients {
        assert_eq!(rig.finish(client).matches("a_service").count(), 10_000);
    }
}

#[test]
fn a_reload_begins_a_long_answer_anew() {
    let mut rig = Rig::new(|_| {});
    many(&mut rig);
    let mut client = rig.connect();
    client.write_all(b"GET /_summary HTTP/1.0\r\n\r\n").unwrap();
    client.set_nonblocking(true).unwrap();
    // The rows are measured, none is shown yet.
    (0..3).for_each(|_| rig.turn());
    assert!(rig.is_making());
    rig.site.services = vec![("another", "File", 2, crate::document::text::Class::Up); 2_000];
    rig.site.generation += 1;
    let text = rig.finish(client);
    assert_eq!((text.matches("another").count(), text.matches("a_service").count()), (2_000, 0));
}

/// What a client gets of a long status whose services are others before it is whole.
fn broken_off<S: Read + Write>(connect: impl FnOnce(&Rig) -> S, request: &str) -> String {
    let mut rig = Rig::new(|_| {});
    many(&mut rig);
    let mut client = connect(&rig);
    client.write_all(request.as_bytes()).unwrap();
    (0..3).for_each(|_| rig.turn());
    rig.site.generation += 1;
    let text = rig.finish(client);
    assert!(text.matches("a_service").count() < 10_000, "{} bytes", text.len());
    text
}

#[test]
fn a_reload_breaks_off_what_is_sent_in_part_and_says_so() {
    let tcp = |rig: &Rig| {
        let client = rig.connect();
        client.set_nonblocking(true).unwrap();
        client
    };
    let control = |rig: &Rig| {
        let client = rig.control();
        client.set_nonblocking(true).unwrap();
        client
    };
    let (older, newer) =
        ("GET /_status HTTP/1.0\r\n\r\n", "GET /_status HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(
        broken_off(tcp, older).is_empty() && broken_off(tcp, newer).is_empty(),
        "the connection is reset"
    );
    let text = broken_off(control, older);
    let end = |text: &str| text[text.len() - 200..].to_owned();
    assert!(text.ends_with("control file anew, ask again\n"), "{}", end(&text));
    let text = broken_off(control, newer);
    assert!(!text.contains("ask again") && !text.ends_with("\r\n0\r\n\r\n"), "{}", end(&text));
}

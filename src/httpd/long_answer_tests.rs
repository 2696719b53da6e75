//! Answers that are made in many turns.

use super::*;

/// Ten thousand services of one name; `lines` of a status each.
pub(super) fn many(rig: &mut Rig) {
    rig.site.services = vec![("a_service", "File", 2, crate::document::text::Class::Up); 10_000];
}

#[test]
fn a_long_answer_is_made_in_many_turns_and_delays_no_other_client() {
    let mut rig = Rig::new(|_| {});
    many(&mut rig);
    for path in ["/_status", "/_summary"] {
        let mut long = rig.connect();
        long.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).unwrap();
        rig.turn();
        let mut turns = 0;
        while rig.is_making() {
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
        }
        assert!(turns >= 10, "{turns}");
        long.set_nonblocking(true).unwrap();
        let text = rig.finish(long);
        assert_eq!(text.matches("a_service").count(), 10_000, "{path}");
        let length = text.split_once("\r\n\r\n").unwrap().1.len();
        assert!(text.contains(&format!("Content-Length: {length}\r\n")));
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
    client.write_all(b"GET /_status HTTP/1.0\r\n\r\n").unwrap();
    client.set_nonblocking(true).unwrap();
    (0..5).for_each(|_| rig.turn());
    assert!(rig.is_making());
    rig.site.services = vec![("another", "File", 2, crate::document::text::Class::Up); 2_000];
    rig.site.generation += 1;
    let text = rig.finish(client);
    assert_eq!((text.matches("another").count(), text.matches("a_service").count()), (2_000, 0));
}

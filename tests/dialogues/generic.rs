//! `send` and `expect`.

use super::stage::{Said, Stage, test};
use monit_rs::protocol::Next;
use std::time::Duration;

const NOTHING: &str = "GENERIC: error receiving data -- connection closed by the server";

#[test]
fn it_is_over_as_soon_as_the_pattern_is_found() {
    test("port 7 send \"A\\r\\nB\\0x41\\0xff\\0x00\" expect \"^HE.*re\"")
        .succeeds(&[Said::Client(b"A\r\nBA\xff\0"), Said::Server(b"HEllo there")]);
    test("port 7 expect \"220 .*\" send \"HELO x\\r\\n\" expect \"250\"").succeeds(&[
        Said::Server(b"220 hi\r\n"),
        Said::Client(b"HELO x\r\n"),
        Said::Server(b"250 ok\r\n"),
    ]);
    test("port 7 type udp send \"ping\" expect \"^pong$\"")
        .verdict(&[Said::Client(b"ping"), Said::Server(b"pong")])
        .unwrap();
    test("port 7 send \"a\" send \"b\"").succeeds(&[Said::Client(b"ab")]);
    test("port 7 expect \"a\" send \"bye\"").succeeds(&[Said::Server(b"a"), Said::Client(b"bye")]);
}

#[test]
fn nothing_but_the_end_of_the_connection_or_of_the_buffer_makes_it_fail() {
    test("port 7 expect \"X\"").fails(
        &[Said::Server(b"abc\0d"), Said::Pause, Said::End],
        "GENERIC: received unexpected data [abc\\0d] -- No match",
    );
    test("port 7 expect \"X\"").fails(&[Said::End], NOTHING);
    test("port 7 expect \"X\"").fails(
        &[Said::Server(&[b'x'; 300])],
        &format!("GENERIC: received unexpected data [{}] -- No match", "x".repeat(255)),
    );
    test("port 7 expect \"x{255}\"").succeeds(&[Said::Server(&[b'x'; 300])]);
    test("port 7 expect \"a.0b\"").succeeds(&[Said::Server(b"a\0b")]);
    test("port 7 expect \"late$\"").succeeds(&[Said::Server(b"too "), Said::Pause, Said::Server(b"late")]);
}

#[test]
fn what_was_not_looked_at_is_forgotten() {
    let test = test("port 7 expect \"^a\" send \"q\" expect \"^b\"");
    let mut said = vec![Said::Server(b"a\nb\n"), Said::Client(b"q"), Said::Server(b"c"), Said::End];
    let failure = "GENERIC: received unexpected data [c] -- No match";
    assert_eq!(test.play_whole(&said), Err(failure.to_string()));
    said[2] = Said::Server(b"b");
    assert_eq!(test.play_whole(&said), Ok(()));
}

#[test]
fn the_late_end_of_a_greeting_does_not_hide_the_answer() {
    let test = test("port 7 expect \"^220\" send \"q\" expect \"^250\"");
    let said = [
        Said::Server(b"220-one\r\n"),
        Said::Client(b"q"),
        Said::Server(b"220 two\r\n"),
        Said::Server(b"250 ok\r\n"),
    ];
    assert_eq!(test.play_whole(&said), Ok(()));
    // But the middle of a line is not its beginning.
    let said =
        [Said::Server(b"220\r\n"), Said::Client(b"q"), Said::Server(b"no "), Said::Server(b"250"), Said::End];
    assert!(test.play_whole(&said).is_err());
}

#[test]
fn at_the_time_limit_what_came_is_told() {
    let mut stage = Stage::of(&test("port 7 send \"a\" expect \"b\""));
    assert_eq!(stage.protocol.late(), None);
    let step = stage.protocol.input(b"c\r\n", false);
    stage.perform(step);
    let failure = stage.protocol.late().unwrap().to_string();
    assert_eq!(failure, "GENERIC: received unexpected data [c] -- No match");
}

#[test]
fn a_large_buffer_is_not_searched_at_every_arrival() {
    let mut test = test("port 7 expect \"z\"");
    test.limits.send_expect_buffer = 1024 * 1024;
    let mut protocol = test.begin();
    protocol.start();
    let (mut searched, mut arrivals) = (0, 0);
    loop {
        arrivals += 1;
        match protocol.input(&[b'x'; 1024], false) {
            Next::Match(_, text) => {
                searched += text.len();
                if let Next::Fail(_) = protocol.matched(false) {
                    break;
                }
            }
            Next::ReadQuiet(pause) => assert!(pause <= Duration::from_millis(100)),
            step => assert_eq!(step, Next::Read),
        }
    }
    assert_eq!(arrivals, 1024);
    assert!(searched < 8 * 1024 * 1024, "{searched} bytes were searched");
}

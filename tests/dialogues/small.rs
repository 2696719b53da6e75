//! Protocols of a few bytes: MQTT, the time protocol, fail2ban, gpsd.

use super::stage::{Said, WALL, test};
use Said::{Anything, Client as C, End, Pause, Server as S};

const CLOSED: &str = "connection closed by the server";

#[test]
fn mqtt() {
    let bye = C(b"\xe0\0");
    let test_of = |options: &str| test(&format!("port 7 protocol mqtt {options}"));
    test_of("").succeeds(&[
        C(b"\x10\x1c\0\x04MQTT\x04\x02\0\x01\0\x10monit-1700000000"),
        S(b"\x20\x02\0\0"),
        bye,
    ]);
    test_of("username u password p").succeeds(&[
        C(b"\x10\x22\0\x04MQTT\x04\xc2\0\x01\0\x10monit-1700000000\0\x01u\0\x01p"),
        S(b"\x20\x02\x01\0"),
        bye,
    ]);
    let long = format!("username u password \"{}\"", "p".repeat(200));
    let mut packet = b"\x10\xe9\x01\0\x04MQTT\x04\xc2\0\x01\0\x10monit-1700000000\0\x01u\0\xc8".to_vec();
    packet.extend_from_slice(&[b'p'; 200]);
    test_of(&long).succeeds(&[C(&packet), S(b"\x20\x02\0\0"), bye]);
    let code = |code: u8| [0x20, 2, 0, code];
    for (answer, failure) in [
        (
            &code(4)[..],
            "Unexpected connection response code -- Connection Refused: bad user name or password (4)",
        ),
        (&code(5), "Unexpected connection response code -- Connection Refused: not authorized (5)"),
        (&code(9), "Unexpected connection response code -- unknown (9)"),
        (b"\x30\x02\0\0", "Unexpected connection response type -- 3"),
        (b"\x20\x03\0\0\0", "Unexpected connection response length -- 3"),
        (b"220 mail\r\n", "Unexpected connection response type -- 3"),
        (b"\x20\x02", "Error receiving connection response -- CLOSED"),
    ] {
        test_of("").fails(&[Anything, S(answer), End], &failure.replace("CLOSED", CLOSED));
    }
}

#[test]
fn rdate() {
    let rdate = test("port 37 protocol rdate");
    let time = |apart: i64| {
        let seconds = u64::try_from(i64::try_from(WALL).unwrap() + apart).unwrap() + 2_208_988_800;
        u32::try_from(seconds).unwrap().to_be_bytes()
    };
    for apart in [0, 3, -3] {
        rdate.succeeds(&[S(&time(apart))]);
    }
    for apart in [-4, 30, -100_000_000] {
        rdate.fails(&[S(&time(apart))], "RDATE error: time does not match system time");
    }
    rdate.fails(&[S(b"ab"), End], &format!("RDATE: error receiving data -- {CLOSED}"));
    rdate.fails(&[S(&[0, 0, 0, 0])], "RDATE error: time does not match system time");
    test("port 37 type udp protocol rdate").succeeds(&[C(&[0]), S(&time(1))]);
}

#[test]
fn fail2ban() {
    let fail2ban = test("port 7 protocol fail2ban");
    let ping = C(b"(lp0\nS'ping'\np1\na.<F2B_END_COMMAND>\0");
    fail2ban.succeeds(&[ping, S(b"\x80\x02K\0U\x04pong\x86.<F2B_END_COMMAND>\0")]);
    fail2ban.succeeds(&[ping, S(b"\x80\x04\x95.")]);
    fail2ban.fails(&[ping, S(b"hello")], "FAIL2BAN: PONG error");
    fail2ban.fails(&[ping, S(b"\x80hello")], "FAIL2BAN: PONG error");
    fail2ban.fails(&[ping, End], &format!("FAIL2BAN: PONG read error -- {CLOSED}"));
    fail2ban.fails(&[ping, S(b"\x80\x04x"), End], &format!("FAIL2BAN: PONG read error -- {CLOSED}"));
}

#[test]
fn gps() {
    let gps = test("port 2947 protocol gps");
    let ask = C(b"G\r\n");
    gps.succeeds(&[ask, S(b"GPSD,G=GPS\r\n")]);
    gps.succeeds(&[ask, S(b"GPSD,G=RTCM104v2\r\n")]);
    gps.fails(&[ask, S(b"GPSD,G=?\r\n")], "GPS error (no device): GPSD,G=?");
    gps.fails(&[ask, End], &format!("GPS: error receiving data -- {CLOSED}"));
    let version = S(b"{\"class\":\"VERSION\",\"release\":\"3.22\"}\r\n");
    let devices = C(b"G\r\n?DEVICES;\r\n");
    let error = S(b"{\"class\":\"ERROR\",\"message\":\"Unrecognized request 'G'\"}\r\n");
    let device =
        S(b"{\"class\":\"DEVICES\",\"devices\":[{\"class\":\"DEVICE\",\"path\":\"/dev/ttyS0\"}]}\r\n");
    gps.succeeds(&[version, devices, error, device]);
    gps.succeeds(&[version, devices, Pause]);
    gps.fails(
        &[version, devices, S(b"{\"class\":\"DEVICES\",\"devices\":[]}\r\n")],
        "GPS error (no device): {\"class\":\"DEVICES\",\"devices\":[]}",
    );
}

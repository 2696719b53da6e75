//! Every protocol of the control language at once against servers that trickle, and against servers that never stop: each test
//! ends in time, the daemon stays small, and nobody else waits.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use monit_rs::config::PROTOCOLS;
use std::io::Write;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};
use support::{Lab, eventually};

/// The time limit of all tests, in seconds.
const LIMIT: u64 = 3;

/// What a busy machine may add to it, in seconds: a byte each second would add a minute and more.
const SLACK: f64 = 10.0;

/// More anonymous memory than all these tests need at once, in kB: those that look a body through may keep a megabyte each.
const MUCH: u64 = 12 * 1024;

/// How an honest answer begins, where that is no line. Four bytes are more than what trickles in within the limit.
const BEGINNINGS: &[(&str, &[u8])] = &[
    ("apache-status", b"HTTP"),
    ("dns", b"\0\x40ab"),
    ("dwp", b"DWP/"),
    ("fail2ban", b"\x80\x02K\0"),
    ("gps", b"GPSD"),
    ("http", b"HTTP"),
    ("https", b"\x16\x03\x03\x40"),
    ("imap", b"* OK"),
    ("imaps", b"\x16\x03\x03\x40"),
    ("ldap2", b"\x30\x40\x02\x01"),
    ("ldap3", b"\x30\x40\x02\x01"),
    ("memcache", b"\x81\x0a\0\0"),
    ("mongodb", b"\x26\0\0\0"),
    ("mqtt", b"\x20\x02\0\0"),
    ("mysql", b"\x40\0\0\0"),
    ("mysqls", b"\x40\0\0\0"),
    ("pgsql", b"R\0\0\0"),
    ("pop", b"+OK "),
    ("pops", b"\x16\x03\x03\x40"),
    ("postfix-policy", b"acti"),
    ("redis", b"+PON"),
    ("rsync", b"@RSY"),
    ("sieve", b"\"IMP"),
    ("sip", b"SIP/"),
    ("smtps", b"\x16\x03\x03\x40"),
    ("spamassassin", b"SPAM"),
    ("ssh", b"SSH-"),
    ("tns", b"\0\x0f\0\0"),
    ("websocket", b"HTTP"),
];

fn beginning(protocol: &str) -> &'static [u8] {
    BEGINNINGS.iter().find(|(known, _)| *known == protocol).map_or(&b"220-"[..], |(_, bytes)| bytes)
}

/// The names of protocols with a dialogue, that of `send` and `expect` among them.
fn protocols() -> impl Iterator<Item = &'static str> {
    PROTOCOLS
        .iter()
        .map(|protocol| protocol.keyword)
        .filter(|keyword| *keyword != "default")
        .chain(["generic"])
}

/// The control file: a test of each protocol on the port of its server, and a server that is well.
fn control(port: impl Fn(&'static str) -> u16, well: u16) -> String {
    let mut text = String::from("set daemon 1\n");
    for protocol in protocols() {
        let speak = match protocol {
            "generic" => "send \"a\" expect \"good\"".to_owned(),
            "http" => "protocol http content = \"good\"".to_owned(),
            "radius" => "type udp protocol radius".to_owned(),
            "apache-status" => "protocol apache-status loglimit > 99%".to_owned(),
            "websocket" => "protocol websocket version 13".to_owned(),
            other => format!("protocol {other}"),
        };
        text.push_str(&format!(
            "check host {protocol} with address 127.0.0.1\n  if failed port {} {speak} with timeout {LIMIT} seconds then alert\n",
            port(protocol)
        ));
    }
    text.push_str(&format!("check host well with address 127.0.0.1\n  if failed port {well} then alert\n"));
    text
}

/// A server of datagrams that answers each with one byte, and another one every second.
fn trickle_datagrams(socket: UdpSocket) {
    let mut buffer = [0; 2000];
    while let Ok((_, from)) = socket.recv_from(&mut buffer) {
        let socket = socket.try_clone().expect("clone");
        thread::spawn(move || {
            while socket.send_to(b"\x1c", from).is_ok() {
                thread::sleep(Duration::from_secs(1));
            }
        });
    }
}

/// Serves each connection by a thread of its own, until the client has gone.
fn serve(listener: TcpListener, talk: impl Fn(TcpStream) + Clone + Send + 'static) {
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let talk = talk.clone();
            thread::spawn(move || talk(stream));
        }
    });
}

fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("bind");
    let port = listener.local_addr().expect("address").port();
    (listener, port)
}

/// Anonymous memory of a process in kB.
fn anonymous(pid: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the daemon is there");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("a kernel that tells");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// What became of each test, in seconds since the start and with its reason; the most memory, and the checks of `well` that ended
/// before the first of them.
fn watch(lab: &Lab, begun: Instant) -> (Vec<(&'static str, f64, String)>, u64, usize) {
    let (mut ended, mut most, mut well) = (Vec::<(&str, f64, String)>::new(), 0, 0);
    let succeeded = "'well' connection succeeded";
    eventually("a verdict on every protocol", || {
        most = most.max(anonymous(lab.daemon_pid()));
        let console = lab.console();
        for protocol in protocols() {
            let (mark, good) = (
                format!("'{protocol}' failed protocol test ["),
                format!("'{protocol}' connection succeeded"),
            );
            let line = console.lines().find(|line| line.contains(&mark) || line.contains(&good));
            if let (Some(line), false) = (line, ended.iter().any(|(known, ..)| *known == protocol)) {
                if ended.is_empty() {
                    well = console.matches(succeeded).count();
                }
                let reason = line.split(" -- ").nth(1).unwrap_or("it succeeded").to_owned();
                ended.push((protocol, begun.elapsed().as_secs_f64(), reason));
            }
        }
        (ended.len() == protocols().count()).then_some(())
    });
    (ended, most, well)
}

#[test]
fn who_says_one_byte_a_second_gets_no_second_more_than_others() {
    let (_well, well) = listen();
    let datagrams = UdpSocket::bind(("127.0.0.1", 0)).expect("bind");
    let udp = datagrams.local_addr().expect("address").port();
    thread::spawn(move || trickle_datagrams(datagrams));
    let port = |protocol: &'static str| {
        if ["ntp3", "radius"].contains(&protocol) {
            return udp;
        }
        let (listener, port) = listen();
        serve(listener, move |mut stream| {
            // No byte at the very end of the limit, which would be in time or not.
            thread::sleep(Duration::from_millis(500));
            for byte in beginning(protocol).iter().chain(std::iter::repeat(&b'x')) {
                if stream.write_all(&[*byte]).is_err() {
                    return;
                }
                thread::sleep(Duration::from_secs(1));
            }
        });
        port
    };
    let mut lab = Lab::with(&control(port, well));
    let begun = Instant::now();
    lab.start(["-v"]);
    let (ended, most, checks) = watch(&lab, begun);
    for (protocol, seconds, reason) in ended {
        // Some say what is wrong with the half of an answer, once there is no more time for the other half.
        assert_ne!(reason, "it succeeded", "{protocol} after {seconds:.2} s");
        let limits = LIMIT as f64..LIMIT as f64 + SLACK;
        assert!(limits.contains(&seconds), "{protocol} was given up after {seconds:.2} s: {reason}");
    }
    assert!(checks >= 2, "the check of a server that is well came {checks} times meanwhile");
    assert!(most < MUCH, "the daemon took {most} kB");
}

#[test]
fn who_never_stops_is_left() {
    let (_well, well) = listen();
    let (listener, tcp) = listen();
    serve(listener, |mut stream| {
        let noise = [b'A'; 16 * 1024];
        while stream.write_all(&noise).is_ok() {}
    });
    let mut lab = Lab::with(&control(|_| tcp, well));
    let begun = Instant::now();
    lab.start(["-v"]);
    let (ended, most, _) = watch(&lab, begun);
    for (protocol, seconds, reason) in ended {
        assert_ne!(reason, "it succeeded", "{protocol} after {seconds:.1} s");
    }
    assert!(most < MUCH, "the daemon took {most} kB");
    lab.wait_status("well", "OK");
}

//! Many at once, and many in a row.

use super::{ADM, USERS, connect, daemon, get, unharmed};
use crate::support::{PATIENCE, eventually};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

/// A connection whose client has that address, which is not the one others have.
fn from(address: &str, port: u16) -> TcpStream {
    use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn, bind, connect, socket};
    let own = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).expect("a socket");
    let local: SocketAddr = format!("{address}:0").parse().expect("an address");
    let server: SocketAddr = format!("127.0.0.1:{port}").parse().expect("an address");
    let (SocketAddr::V4(local), SocketAddr::V4(server)) = (local, server) else { panic!("IPv4") };
    bind(own.as_raw_fd(), &SockaddrIn::from(local)).expect("bind");
    connect(own.as_raw_fd(), &SockaddrIn::from(server)).expect("connect");
    let stream = TcpStream::from(own);
    stream.set_read_timeout(Some(PATIENCE)).expect("timeout");
    stream
}

fn ask_from(address: &str, port: u16, request: &str) -> String {
    let mut stream = from(address, port);
    stream.write_all(request.as_bytes()).expect("write");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn slow_loris_two_hundred_times() {
    let (lab, port) = daemon("allow 127.0.0.0/8", "");
    let mut slow: Vec<TcpStream> = Vec::new();
    for number in 0..200 {
        let mut stream = connect(port);
        let begun: &[u8] = match number % 4 {
            0 => b"G",
            1 => b"GET / HTTP/1.0\r\nX: y",
            2 => b"POST /svc HTTP/1.0\r\nContent-Length: 1000\r\n\r\na",
            _ => b"",
        };
        let _ = stream.write_all(begun);
        slow.push(stream);
        if number % 20 == 19 {
            // Whoever speaks is served, from near and from far, and so is the owner.
            let ping = "GET /_ping HTTP/1.0\r\n\r\n";
            assert!(ask_from("127.0.0.1", port, ping).ends_with("pong"), "{number}");
            assert!(ask_from("127.0.0.9", port, ping).ends_with("pong"), "{number}");
            assert_eq!(lab.status_of("svc").as_deref(), Some("OK"), "{number}");
        }
        for stream in slow.iter_mut().filter(|_| number % 10 == 0) {
            let _ = stream.write_all(b"z");
        }
    }
    let open = std::fs::read_dir(format!("/proc/{}/fd", lab.daemon_pid())).map_or(0, Iterator::count);
    assert!(open < 100, "{open} descriptors");
    // A byte now and then does not keep them.
    let begun = Instant::now();
    eventually("the end of all of them", || {
        slow.retain_mut(|stream| {
            stream.set_nonblocking(true).is_ok()
                && stream.write_all(b"z").is_ok()
                && !matches!(stream.read(&mut [0; 512]), Ok(0))
        });
        slow.is_empty().then_some(())
    });
    assert!(begun.elapsed() < Duration::from_secs(60), "each has its time");
    unharmed(&lab);
}

#[test]
fn a_thousand_wrong_passwords() {
    let (mut lab, port) = daemon(USERS, "");
    let wrong = "GET /_ping HTTP/1.0\r\nAuthorization: Basic YWRtOng=\r\n\r\n";
    let mut waiting = Vec::new();
    for number in 0..1000 {
        let mut stream = from("127.0.0.7", port);
        let _ = stream.write_all(wrong.as_bytes());
        waiting.push(stream);
        if number % 100 == 50 {
            // Others are not made to wait, neither the same user from elsewhere nor another one from there.
            assert!(get(port, "/_ping", ADM).ends_with("pong"), "{number}");
            let other = "GET /_ping HTTP/1.0\r\nAuthorization: Basic cm86cHc=\r\n\r\n";
            assert!(ask_from("127.0.0.7", port, other).ends_with("pong"), "{number}");
            let reply = lab.cli(["status", "svc"]);
            assert!(reply.code == 0 && reply.out.contains("OK"), "{number}: {reply:?}");
        }
    }
    let mut refused = 0;
    for mut stream in waiting {
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(!answer.contains(" 200 "), "{answer}");
        refused += usize::from(answer.starts_with("HTTP/1.0 401"));
    }
    // Three at once, then one after each pause.
    assert!(refused < 60, "{refused} passwords were tried");
    lab.wait_line("wrong password for user 'adm'");
    unharmed(&lab);
}

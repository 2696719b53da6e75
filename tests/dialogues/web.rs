//! What is built on HTTP: apache-status, websocket, dwp; and SIP, which looks like it.

use super::stage::{Said, Test, test};
use Said::{Anything, Client as C, End, Server as S};
use monit_rs::MONIT_VERSION;

const CLOSED: &str = "connection closed by the server";

fn apache(limits: &str) -> Test {
    test(&format!("port 7 protocol apache-status {limits}"))
}

fn page(head: &str, scoreboard: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{head}\r\nTotal Accesses: 1\nBusyWorkers: 1\n{scoreboard}").into_bytes()
}

#[test]
fn apache_status() {
    let test = apache("path /foo username u password p loglimit > 10%");
    let request = format!(
        "GET /foo?auto HTTP/1.1\r\nHost: h.example:7\r\nAccept: */*\r\nUser-Agent: Monit/{MONIT_VERSION}\r\n\
         Connection: close\r\nAuthorization: Basic dTpw\r\n\r\n"
    );
    let good = page("", "Scoreboard: LCCCCCCCCC\n");
    test.succeeds(&[C(request.as_bytes()), S(&good)]);
    let board = "Scoreboard: LLCCDDKKWWRRSS__GGII\nTLSSessionCacheStatus\n";
    for (name, doing) in [
        ("log", "logging"),
        ("close", "closing connections"),
        ("dns", "waiting for DNS"),
        ("keepalive", "in keepalive"),
        ("reply", "sending a reply"),
        ("request", "reading requests"),
        ("start", "starting"),
        ("wait", "waiting for a connection"),
        ("graceful", "finishing gracefully"),
        ("cleanup", "in idle cleanup"),
    ] {
        let page = page("", board);
        let said = [Anything, S(&page), End];
        assert_eq!(apache(&format!("{name}limit > 10%")).verdict(&said), Ok(()), "{name}");
        let failure = format!("APACHE-STATUS: error -- 10 percent of processes are {doing}");
        assert_eq!(apache(&format!("{name}limit = 10%")).verdict(&said), Err(failure));
    }
    let many = page("Transfer-Encoding: chunked\r\n", "");
    let chunk = format!("Scoreboard: {}{}\n", "L".repeat(3000), ".".repeat(5000));
    let body =
        format!("20\r\nTotal Accesses: 1\nBusyWorkers: 1\n\r\n{:x}\r\n{chunk}\r\n0\r\n\r\n", chunk.len());
    let mut many = many[..many.len() - 33].to_vec();
    many.extend_from_slice(body.replacen("20\r\n", "21\r\n", 1).as_bytes());
    assert_eq!(
        apache("loglimit > 36%").verdict(&[Anything, S(&many)]),
        Err("APACHE-STATUS: error -- 37 percent of processes are logging".into())
    );
    let failures: [(&[u8], &str); 4] = [
        (b"HTTP/1.1 404 X\r\n\r\n", "APACHE-STATUS: error -- server returned status 404"),
        (b"HTTP/1.1 200 OK\r\n\r\nfoo\nNo Scoreboard: LLL\n", "APACHE-STATUS: error -- no scoreboard found"),
        (b"SSH-2.0-x\r\n", "APACHE-STATUS: error -- SSH-2.0-x"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nScoreb",
            "APACHE-STATUS: error receiving data -- CLOSED",
        ),
    ];
    for (answer, failure) in failures {
        apache("loglimit > 36%").fails(&[Anything, S(answer), End], &failure.replace("CLOSED", CLOSED));
    }
}

const SWITCHING: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=\r\n\r\n";
const PING: Said<'_> = C(b"\x89\x80\0\x01\x02\x03");
const CLOSE: Said<'_> = C(b"\x88\x80\0\x01\x02\x03");

#[test]
fn websocket() {
    let request = "GET /a HTTP/1.1\r\nHost: hh\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nSec-WebSocket-Version: 8\r\nOrigin: http://o\r\n\
                   Pragma: no-cache\r\nCache-Control: no-cache\r\n\r\n";
    test("port 7 protocol websocket request /a host \"hh\" version 8 origin \"http://o\"").succeeds(&[
        C(request.as_bytes()),
        S(SWITCHING),
        PING,
        S(b"\x8a\0"),
        CLOSE,
        S(b"\x88\x02\x03\xe8"),
    ]);
    let test = test("port 7 protocol websocket request /");
    // Other frames, of all lengths, are passed over.
    let mut frames = b"\x81\x02hi\x82\x7e\x01\0".to_vec();
    frames.extend_from_slice(&[0x8a; 256]);
    frames.extend_from_slice(b"\x89\0\x82\x7f\0\0\0\0\0\0\0\x03abc\x8a\0");
    test.succeeds(&[Anything, S(SWITCHING), PING, S(&frames), CLOSE, S(b"\x81\x02hi\x88\0")]);
    test.succeeds(&[Anything, S(b"HTTP/1.1 101 x\r\n\r\n"), PING, S(b"\x8a\0"), CLOSE, S(b"\x88\0")]);
    let early = "WEBSOCKET: response 0xa: header read error -- CLOSED".replace("CLOSED", CLOSED);
    test.fails(&[Anything, S(SWITCHING), PING, End], &early);
    test.fails(&[Anything, S(SWITCHING), PING, S(b"\x88\0")], &early);
    test.fails(&[Anything, S(b"HTTP/1.1 400 Bad\r\n\r\n")], "WEBSOCKET: error -- HTTP/1.1 400 Bad");
    test.fails(
        &[Anything, S(b"HTTP/1.1 101 x\r\nSec-WebSocket-Accept: x\r\n\r\n")],
        "WEBSOCKET: error -- the server accepts another key than ours",
    );
    let mut endless = b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff".to_vec();
    endless.resize(2 * 1024 * 1024, 0);
    assert_eq!(
        test.play_in(4096, &[Anything, S(SWITCHING), PING, S(&endless)]),
        Err("the server's answer is too long".into())
    );
}

#[test]
fn dwp() {
    let test = test("port 7 protocol dwp");
    let request = C(b"HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n");
    test.succeeds(&[request, S(b"DWP/1.1 200 OK\r\n")]);
    test.succeeds(&[request, S(b"HTTP/1.0 302\r\n")]);
    test.fails(&[request, S(b"DWP/1.1 500 OK\r\n")], "DWP error: DWP/1.1 500 OK");
    test.fails(&[request, S(b"foo\r\n")], "DWP error: foo");
    test.fails(&[request, End], &format!("DWP: error receiving data -- {CLOSED}"));
}

#[test]
fn sip() {
    let random = "000102030405060708090a0b0c0d0e0f";
    let request = format!(
        "OPTIONS sip:me@here SIP/2.0\r\nVia: SIP/2.0/UDP localhost;branch=z9hG4bKh{};rport\r\nMax-Forwards: 6\r\n\
         To: <sip:me@here>\r\nFrom: monit <sip:monit@localhost>;tag={}\r\nCall-ID: 1011121314151617\r\n\
         CSeq: 63104 OPTIONS\r\nContact: <sip:localhost>\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\
         User-Agent: Monit/{MONIT_VERSION}\r\n\r\n",
        &random[..16],
        &random[16..]
    );
    test("port 7 type udp protocol sip target \"me@here\" maxforward 6")
        .succeeds(&[C(request.as_bytes()), S(b"SIP/2.0 200 OK\r\nVia: x\r\n\r\n")]);
    let test = test("port 7 protocol sip");
    test.succeeds(&[Anything, S(b"SIP/2.0 100 Trying\r\nVia: x\r\n\r\nSIP/2.0 200 OK\r\n\r\n")]);
    test.fails(&[Anything, S(b"SIP/2.0 404 X\r\n\r\n")], "SIP error: Server returned status 404");
    test.fails(&[Anything, S(b"SIP/2.0 301 X\r\n\r\n")], "SIP info: Server redirection. Returned status 301");
    test.fails(&[Anything, S(b"HTTP/1.1 200 OK\r\n")], "SIP error -- HTTP/1.1 200 OK");
    test.fails(
        &[Anything, S(b"SIP/2.0 183 X\r\n\r\n"), End],
        &format!("SIP: error receiving data -- {CLOSED}"),
    );
}

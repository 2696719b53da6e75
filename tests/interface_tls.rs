//! `set httpd … with ssl`: a real daemon, clients within TLS and clients that are not.
#![cfg(feature = "tls")]
#![allow(clippy::expect_used)]

mod support;

use monit_rs::config::Tls;
use monit_rs::tls::{Options, Session};
use nix::sys::signal::Signal;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Lab, eventually, free_port, http::connect, is_installed, run, skip::skip};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(name)
}

/// Puts a certificate of ours into the laboratory, as the file of that name.
fn put(lab: &Lab, certificate: &str, name: &str) {
    fs::copy(data(certificate), lab.path(name)).expect("copy");
    lab.chmod(name, 0o600);
}

/// A laboratory whose control file has these TLS options, and the port.
fn lab(options: &str) -> (Lab, u16) {
    let (lab, port) = (Lab::new(), free_port());
    for name in ["good.pem", "client.pem", "expired.pem", "ca.pem"] {
        put(&lab, name, name);
    }
    lab.control(&format!(
        "set daemon 60\nset httpd port {port} address 127.0.0.1 with ssl {{ {options} }}\n  allow localhost\n\
         check file good path @D@/monitrc"
    ));
    (lab, port)
}

/// The same with a daemon whose first cycle is over.
fn daemon(options: &str) -> (Lab, u16) {
    let (mut lab, port) = lab(options);
    lab.start(["-v"]);
    lab.wait_status("good", "OK");
    (lab, port)
}

/// The whole answer to a client with this certificate of its own; what went wrong otherwise.
fn ask(port: u16, certificate: Option<&str>, request: &str) -> Result<String, String> {
    let own = Tls {
        ca_file: Some(data("ca.pem").into()),
        clientpemfile: certificate.map(|name| data(name).into()),
        ..Tls::default()
    };
    let mut stream = connect(port);
    let options = Options::new(&own, &Tls::default(), None);
    let mut session = Session::new(&options, Some("localhost")).map_err(|failure| failure.to_string())?;
    while !session.handshake(&mut stream).map_err(|failure| failure.to_string())? {}
    let sent = session.write(&mut stream, request.as_bytes()).map_err(|failure| failure.to_string())?;
    assert_eq!(sent.map_err(|error| error.to_string())?, request.len());
    let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        match session.read(&mut stream, &mut buffer).map_err(|failure| failure.to_string())? {
            Ok(0) => return Ok(String::from_utf8_lossy(&answer).into_owned()),
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

fn pong(port: u16) -> bool {
    ask(port, None, "GET /_ping HTTP/1.0\r\n\r\n").is_ok_and(|answer| answer.ends_with("pong"))
}

#[test]
fn pages_are_served_within_tls_and_nothing_beside_it() {
    let (mut lab, port) = daemon("pemfile: @D@/good.pem");
    assert_eq!(lab.cli(["-t"]).clean(), "Control file syntax OK\n", "no note");
    assert!(!lab.console().contains("not available"), "{}", lab.console());
    assert!(pong(port));
    let page =
        ask(port, None, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("a page");
    assert!(page.starts_with("HTTP/1.0 200 ") && page.contains("</html>"), "{page}");

    let mut plain = connect(port);
    plain.write_all(b"GET /_ping HTTP/1.0\r\n\r\n").expect("write");
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP"), "{answer:?}");
    lab.wait_line(
        "SSL accept error: client [127.0.0.1]: TLS: handshake failed -- the client does not speak TLS",
    );
    assert!(pong(port));
}

#[test]
fn chain_and_key_may_stand_in_two_files() {
    let (_lab, port) = daemon("pemchain: @D@/good.pem, pemkey: @D@/good.pem, version: tlsv12");
    assert!(pong(port));
}

#[test]
fn only_clients_with_a_certificate_come_in_where_one_is_asked_for() {
    let (mut lab, port) = daemon("pemfile: @D@/good.pem, clientpemfile: @D@/ca.pem");
    let request = "GET /_ping HTTP/1.0\r\n\r\n";
    assert!(ask(port, None, request).is_err());
    lab.wait_line("handshake failed -- the client shows no certificate");
    assert!(ask(port, Some("client.pem"), request).expect("an answer").ends_with("pong"));
    assert!(ask(port, Some("selfsigned.pem"), request).is_err());
    lab.wait_line("SSL accept error: client [127.0.0.1]: TLS: certificate verification failed");
    assert_eq!(lab.status_of("good").as_deref(), Some("OK"), "the command line has the control socket");
}

#[test]
fn a_certificate_that_cannot_be_used_keeps_the_port_shut_until_it_can() {
    let (mut lab, port) = lab("pemfile: @D@/own.pem");
    put(&lab, "expired.pem", "own.pem");
    lab.start(["-v"]);
    let told = lab.wait_line("HTTP server -- not started");
    let file = lab.path("own.pem");
    let expected = format!("at [127.0.0.1]:{port}: TLS: '{}': the certificate has expired", file.display());
    assert!(told.ends_with(&expected), "{told}");
    lab.wait_status("good", "OK");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "never in plain text instead");
    put(&lab, "good.pem", "own.pem");
    lab.wait_line(&format!("HTTP server started at [127.0.0.1]:{port}"));
    assert!(pong(port));
}

#[test]
fn a_reload_reads_the_certificate_anew() {
    let (mut lab, port) = lab("pemfile: @D@/own.pem");
    put(&lab, "selfsigned.pem", "own.pem");
    lab.start(["-v"]);
    lab.wait_status("good", "OK");
    let request = "GET /_ping HTTP/1.0\r\n\r\n";
    assert!(ask(port, None, request).is_err(), "signed by nobody we know");
    put(&lab, "good.pem", "own.pem");
    lab.signal(Signal::SIGHUP);
    eventually("the new certificate", || pong(port).then_some(()));
    // One that is no certificate is told, and the old one goes on until there is one again.
    lab.file("own.pem", "nothing");
    lab.chmod("own.pem", 0o600);
    lab.signal(Signal::SIGHUP);
    let told = lab.wait_line("certificate not renewed");
    let file = lab.path("own.pem");
    let expected =
        format!("at [127.0.0.1]:{port}, the old one stays: TLS: '{}': no certificate in it", file.display());
    assert!(told.ends_with(&expected), "{told}");
    assert!(pong(port));
    assert_eq!(lab.status_of("good").as_deref(), Some("OK"));
    put(&lab, "selfsigned.pem", "own.pem");
    eventually("the newest certificate", || ask(port, None, request).is_err().then_some(()));
    lab.wait_line(&format!("HTTP server at [127.0.0.1]:{port}: certificate renewed"));
}

#[test]
fn clients_that_stall_in_the_handshake_delay_nobody_and_are_dropped() {
    let (lab, port) = daemon("pemfile: @D@/good.pem");
    let begin = [0x16, 3, 1, 2, 0, 1];
    let mut stalled: Vec<TcpStream> = (0..20u8)
        .map(|number| {
            let mut stream = connect(port);
            // Some say nothing at all.
            let said = if number % 2 == 0 { &begin[..] } else { &[] };
            stream.write_all(said).expect("write");
            stream
        })
        .collect();
    assert_eq!(lab.status_of("good").as_deref(), Some("OK"));
    assert!(pong(port));
    for stream in &mut stalled {
        let mut rest = Vec::new();
        if let Err(error) = stream.read_to_end(&mut rest) {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
        }
    }
    assert!(pong(port));
}

#[test]
fn other_clients_of_tls_are_served() {
    let (lab, port) = daemon("pemfile: @D@/good.pem, clientpemfile: @D@/client.pem");
    let (ca, own) = (lab.path("ca.pem"), lab.path("client.pem"));
    if is_installed("curl") {
        for version in ["--tlsv1.3", "--tls-max"] {
            let mut curl = Command::new("curl");
            curl.args(["-sS", version]).args((version == "--tls-max").then_some("1.2"));
            curl.arg("--cacert").arg(&ca).arg("--cert").arg(&own);
            let output = run(curl.arg(format!("https://127.0.0.1:{port}/_ping")));
            assert_eq!(String::from_utf8_lossy(&output.stdout), "pong", "{output:?}");
        }
    } else {
        skip("curl as a client of the interface", "it is not installed");
    }
}

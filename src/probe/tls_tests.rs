//! Conversations over TLS with servers of every kind.

use super::driver_tests::{Echo, echo, run, target};
use super::{Failure as ProbeFailure, Success, Target};
use crate::config::{ChecksumKind, Tls, TlsVersions};
use crate::tls::*;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

fn data(name: &str) -> Box<Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(name).into()
}

#[derive(Clone, Copy, Default)]
struct Server {
    starttls: bool,
    asks_certificate: bool,
    old: bool,
}

fn serve(pem: &str, server: Server) -> (u16, JoinHandle<()>) {
    let chain: Vec<_> = CertificateDer::pem_file_iter(data(pem)).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(data(pem)).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions: &[_] = if server.old { &[&rustls::version::TLS12] } else { rustls::ALL_VERSIONS };
    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(versions).unwrap();
    let builder = if server.asks_certificate {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(data("ca.pem")).unwrap()).unwrap();
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    let config = Arc::new(builder.with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // A client that does not like us just leaves; that is not this thread's affair.
        let _ = talk(&mut stream, config, server.starttls);
        // A socket closed with bytes unread is reset, and our last words (an alert) with it.
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    (port, thread)
}

fn talk(stream: &mut TcpStream, config: Arc<ServerConfig>, starttls: bool) -> std::io::Result<()> {
    if starttls {
        stream.write_all(b"hello\n")?;
    }
    let mut tls = rustls::StreamOwned::new(ServerConnection::new(config).unwrap(), stream.try_clone()?);
    if !starttls {
        tls.write_all(b"hello\n")?;
    }
    let mut line = Vec::new();
    let mut byte = [0u8; 1];
    while line.last() != Some(&b'\n') {
        tls.read_exact(&mut byte)?;
        line.push(byte[0]);
    }
    tls.write_all(&line)?;
    let mut rest = String::new();
    tls.read_to_string(&mut rest).map(drop)
}

fn options() -> Options {
    let own = Tls { ca_file: Some(data("ca.pem")), ..Tls::default() };
    Options::new(&own, &Tls::default(), None)
}

fn connect(pem: &str, host: &str, server: Server, options: Options) -> Result<Success, ProbeFailure> {
    let (port, thread) = serve(pem, server);
    let target = Target {
        tls: Some(options),
        starttls: server.starttls,
        family: crate::config::Family::V4,
        ..target(host, port)
    };
    let (_, result) = run(target, Echo { starttls: server.starttls, ..echo() });
    thread.join().unwrap();
    result
}

fn refusal(pem: &str, host: &str, options: Options) -> String {
    match connect(pem, host, Server::default(), options) {
        Ok(_) => "accepted".into(),
        Err(failure) => failure.to_string(),
    }
}

#[test]
fn a_good_certificate_by_name_and_address() {
    for host in ["localhost", "127.0.0.1"] {
        for starttls in [false, true] {
            for old in [false, true] {
                let server = Server { starttls, old, ..Server::default() };
                let success = connect("good.pem", host, server, options()).unwrap();
                assert_eq!(success.validity, Some(Validity { from: 1_577_836_800, to: 4_733_510_400 }));
            }
        }
    }
}

#[test]
fn what_is_not_trusted_by_default() {
    let failed = "TLS: certificate verification failed -- ";
    for (pem, text) in [
        ("expired.pem", "the certificate has expired"),
        ("other.pem", "the certificate is for another host"),
        ("selfsigned.pem", "self signed certificate is not allowed"),
        ("leaf.pem", "self signed certificate is not allowed"),
    ] {
        assert_eq!(refusal(pem, "localhost", options()), format!("{failed}{text}"), "{pem}");
        let lax = Options { verify: false, ..options() };
        assert_eq!(refusal(pem, "localhost", lax), "accepted", "{pem}");
    }
    // The host's bundle does not know our authority.
    let system = Options { ca_file: None, ..options() };
    assert_eq!(refusal("good.pem", "localhost", system), format!("{failed}the issuer is not trusted"));
    let folder = Options { ca_file: None, ca_path: Some(data("")), ..options() };
    assert_eq!(refusal("good.pem", "localhost", folder), "accepted");
}

#[test]
fn self_signed_only_where_allowed() {
    let allowed = Options { selfsigned: true, ..options() };
    assert_eq!(refusal("selfsigned.pem", "localhost", allowed.clone()), "accepted");
    assert_eq!(refusal("leaf.pem", "localhost", allowed.clone()), "accepted");
    // The permission is for self-signed certificates, not for all.
    assert_ne!(refusal("other.pem", "localhost", allowed.clone()), "accepted");
    assert_ne!(refusal("expired.pem", "localhost", allowed), "accepted");
    // Named as trusted it is like any other, host name included.
    let named = Options { ca_file: Some(data("leaf.pem")), ..options() };
    assert_eq!(refusal("leaf.pem", "localhost", named.clone()), "accepted");
    assert_ne!(refusal("leaf.pem", "127.0.0.1", named), "accepted");
}

#[test]
fn the_checksum_must_fit() {
    let der = CertificateDer::from_pem_file(data("good.pem")).unwrap();
    let sums = [
        (ChecksumKind::Md5, format!("{:X}", md5::compute(&der))),
        (ChecksumKind::Sha1, sha1_smol::Sha1::from(&der).digest().to_string()),
        (ChecksumKind::Sha256, {
            let digest = ring::digest::digest(&ring::digest::SHA256, &der);
            digest.as_ref().iter().map(|b| format!("{b:02x}")).collect()
        }),
    ];
    for (kind, sum) in sums {
        let right = Options { checksum: Some((kind, sum.as_str().into())), ..options() };
        assert_eq!(refusal("good.pem", "localhost", right), "accepted");
        let wrong =
            Options { checksum: Some((kind, "00".repeat(sum.len() / 2).into())), verify: false, ..options() };
        let text = refusal("good.pem", "localhost", wrong);
        assert!(text.contains(&sum.to_lowercase()), "{text}");
    }
}

#[test]
fn a_client_certificate_is_shown_where_one_is_asked_for() {
    for old in [false, true] {
        let server = Server { asks_certificate: true, old, ..Server::default() };
        let with = Options { client_pem: Some(data("client.pem")), ..options() };
        connect("good.pem", "localhost", server, with).unwrap();
        let text = connect("good.pem", "localhost", server, options()).unwrap_err().to_string();
        assert!(text.contains("client certificate"), "{text}");
    }
    let broken = Options { client_pem: Some(data("make")), ..options() };
    assert!(refusal("good.pem", "localhost", broken).ends_with("no certificate in it"));
}

#[test]
fn a_server_that_does_not_speak_tls() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"220 plain mail server\r\n").unwrap();
        let _ = stream.read(&mut [0u8; 4096]);
    });
    let target = Target { tls: Some(options()), ..target("127.0.0.1", port) };
    let (_, result) = run(target, echo());
    assert_eq!(
        result.unwrap_err().to_string(),
        "TLS: handshake failed -- the server does not speak TLS here"
    );
    server.join().unwrap();
}

#[test]
fn what_is_left_open_comes_from_the_global_settings() {
    let global = Tls { verify: Some(false), ca_file: Some(data("ca.pem")), ..Tls::default() };
    assert!(!Options::new(&Tls::default(), &global, None).verify);
    let own = Tls { verify: Some(true), ca_path: Some(data("")), ..Tls::default() };
    let merged = Options::new(&own, &global, None);
    assert!(merged.verify && merged.ca_file.is_none() && merged.ca_path.is_some());
    assert!(Options::new(&Tls::default(), &Tls::default(), None).verify);
}

#[test]
fn old_versions_are_refused_in_plain_words() {
    let versions = TlsVersions { tlsv1: true, ..TlsVersions::default() };
    let tls = Tls { versions: Some(versions), ..Tls::default() };
    assert!(unsupported(&tls).unwrap().contains("before 1.2"));
    let options = Options { versions, ..options() };
    assert!(matches!(Session::new(&options, None), Err(Failure::OldVersions)));
    assert_eq!(unsupported(&Tls::default()), None);
}

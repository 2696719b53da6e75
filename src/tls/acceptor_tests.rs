//! Our server side against our client side, over a socket pair.

use super::*;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

fn data(name: &str) -> Box<Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(name).into()
}

fn client(pem: Option<&str>) -> Options {
    let own = Tls { clientpemfile: pem.map(data), ca_file: Some(data("ca.pem")), ..Tls::default() };
    Options::new(&own, &Tls::default(), None)
}

/// Both handshakes, turn by turn; what the server came to, then the client.
fn meet(acceptor: &Acceptor, options: &Options) -> (Result<(), Failure>, Result<(), Failure>) {
    let (mut here, mut there) = UnixStream::pair().unwrap();
    here.set_nonblocking(true).unwrap();
    there.set_nonblocking(true).unwrap();
    let mut server = acceptor.accept().unwrap();
    let mut client = Session::new(options, Some("localhost")).unwrap();
    let (mut ours, mut theirs) = (None, None);
    for _ in 0..100 {
        if ours.is_none() {
            ours = turn(server.handshake(&mut here));
        }
        if theirs.is_none() {
            theirs = turn(client.handshake(&mut there));
        }
        if let (Some(Err(_)), _) | (_, Some(Err(_))) | (Some(_), Some(_)) = (&ours, &theirs) {
            break;
        }
    }
    if let (Some(Ok(())), Some(Ok(()))) = (&ours, &theirs) {
        // TLS 1.3: whether the server takes the client is only known with its first bytes.
        let said = talk(&mut server, &mut here, &mut client, &mut there);
        return (said, Ok(()));
    }
    (ours.unwrap_or(Ok(())), theirs.unwrap_or(Ok(())))
}

fn turn(result: Result<bool, Failure>) -> Option<Result<(), Failure>> {
    match result {
        Ok(true) => Some(Ok(())),
        Ok(false) => None,
        Err(failure) => Some(Err(failure)),
    }
}

fn talk(
    server: &mut Session,
    here: &mut (impl Read + Write),
    client: &mut Session,
    there: &mut (impl Read + Write),
) -> Result<(), Failure> {
    assert_eq!(client.write(there, b"GET /").unwrap().unwrap(), 5);
    let mut buffer = [0; 16];
    let count = server.read(here, &mut buffer)?.unwrap();
    assert_eq!(&buffer[..count], b"GET /");
    server.farewell();
    server.flush(here)?;
    assert_eq!(client.read(there, &mut buffer).unwrap().unwrap(), 0, "the farewell is the end");
    Ok(())
}

#[test]
fn a_server_shows_its_certificate() {
    let acceptor = Acceptor::new(&Tls { pemfile: Some(data("good.pem")), ..Tls::default() }).unwrap();
    let (server, client) = meet(&acceptor, &client(None));
    assert!(server.is_ok() && client.is_ok(), "{server:?} {client:?}");
}

#[test]
fn a_client_without_certificate_stays_outside_where_one_is_asked_for() {
    let options =
        Tls { pemfile: Some(data("good.pem")), clientpemfile: Some(data("ca.pem")), ..Tls::default() };
    let acceptor = Acceptor::new(&options).unwrap();
    let (server, _) = meet(&acceptor, &client(None));
    assert!(server.is_err(), "{server:?}");
    let (server, theirs) = meet(&acceptor, &client(Some("client.pem")));
    assert!(server.is_ok() && theirs.is_ok(), "{server:?} {theirs:?}");
    let (server, _) = meet(&acceptor, &client(Some("selfsigned.pem")));
    assert!(server.is_err(), "{server:?}");
}

#[test]
fn the_very_certificate_may_be_named() {
    let options = Tls {
        pemfile: Some(data("good.pem")),
        clientpemfile: Some(data("selfsigned.pem")),
        ..Tls::default()
    };
    let acceptor = Acceptor::new(&options).unwrap();
    let (server, theirs) = meet(&acceptor, &client(Some("selfsigned.pem")));
    assert!(server.is_ok() && theirs.is_ok(), "{server:?} {theirs:?}");
}

#[test]
fn what_is_missing_is_named() {
    let missing = |options: Tls| Acceptor::new(&options).map(drop).unwrap_err().to_string();
    assert!(missing(Tls::default()).contains("pemfile"));
    let text = missing(Tls { pemfile: Some(Path::new("/nonexistent/x.pem").into()), ..Tls::default() });
    assert!(text.contains("/nonexistent/x.pem"), "{text}");
    let text = missing(Tls { pemfile: Some(data("ca.pem")), ..Tls::default() });
    assert!(text.contains("private key"), "{text}");
}

#[test]
fn what_clients_would_refuse_is_not_shown() {
    let refused = |options: Tls| Acceptor::new(&options).map(drop).unwrap_err().to_string();
    let text = refused(Tls { pemfile: Some(data("expired.pem")), ..Tls::default() });
    assert!(text.ends_with("expired.pem': the certificate has expired"), "{text}");
    let chain = Tls { pemchain: Some(data("good.pem")), ..Tls::default() };
    let text = refused(Tls { pemkey: Some(data("client.pem")), ..chain.clone() });
    assert!(text.contains("good.pem': certificate and key cannot be used"), "{text}");
    let text = refused(Tls { pemkey: Some(data("ca.pem")), ..chain.clone() });
    assert!(text.contains("ca.pem': no private key"), "{text}");
    assert!(Acceptor::new(&Tls { pemkey: Some(data("good.pem")), ..chain }).is_ok());
}

#[test]
fn a_client_named_by_its_certificate_is_not_let_in_for_ever() {
    let options =
        Tls { pemfile: Some(data("good.pem")), clientpemfile: Some(data("expired.pem")), ..Tls::default() };
    let acceptor = Acceptor::new(&options).unwrap();
    let (server, _) = meet(&acceptor, &client(Some("expired.pem")));
    assert!(server.unwrap_err().to_string().contains("expired"));
}

#[test]
fn ciphers_may_be_chosen() {
    let with = |list: &str, versions: TlsVersions| {
        let ciphers = Some(list.into());
        Acceptor::new(&Tls {
            pemfile: Some(data("good.pem")),
            ciphers,
            versions: Some(versions),
            ..Tls::default()
        })
    };
    let old = TlsVersions { tlsv12: true, ..TlsVersions::default() };
    let both = TlsVersions { tlsv13: true, ..old };
    let text = with("RC4-SHA", old).map(drop).unwrap_err().to_string();
    assert!(text.contains("'RC4-SHA'"), "{text}");
    for (list, versions, meets) in [
        ("RC4-SHA", both, true),
        ("HIGH:!aNULL", old, true),
        ("ECDHE-ECDSA-AES128-GCM-SHA256", old, true),
        ("ECDHE-RSA-AES128-GCM-SHA256", old, false),
    ] {
        let (server, client) = meet(&with(list, versions).unwrap(), &client(None));
        assert_eq!(server.is_ok() && client.is_ok(), meets, "{list}: {server:?} {client:?}");
    }
}

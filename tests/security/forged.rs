//! Requests that come through a user's browser, or with less right than they claim.

use super::{ADM, RO, USERS, daemon, get, post, send, status, unharmed};
use crate::support::skip::skip;
use crate::support::{Lab, PATIENCE, free_port};
use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream};

/// Everything that changes something, with its fields.
const ORDERS: [(&str, &str); 6] = [
    ("/_doaction", "action=stop&service=svc"),
    ("/svc", "action=stop"),
    ("/_runtime", "action=validate"),
    ("/", "action=stop"),
    ("/api/v1/services", "action=stop&service=svc"),
    ("/api/v1/services/svc", "action=stop"),
];

const COOKIE: &str = "Cookie: securitytoken=T\r\n";

#[test]
fn csrf_without_a_token() {
    let (lab, port) = daemon("allow localhost", "");
    for (path, fields) in ORDERS {
        for headers in ["", COOKIE, "Cookie: securitytoken=\r\n"] {
            let answer = post(port, path, headers, fields);
            assert_eq!(status(&answer), "403", "{path} {headers}: {answer}");
            assert!(answer.contains("CSRF"), "in words: {answer}");
        }
        let in_url = post(port, &format!("{path}?{fields}&securitytoken=T"), COOKIE, "");
        assert_eq!(status(&in_url), "403", "{path}");
        // What is asked for by GET changes nothing.
        get(port, &format!("{path}?{fields}&securitytoken=T"), COOKIE);
    }
    unharmed(&lab);
}

#[test]
fn csrf_with_a_wrong_token() {
    let (lab, port) = daemon("allow localhost", "");
    for (path, fields) in ORDERS {
        for (cookie, token) in
            [("T", "U"), ("T", "t"), ("T", "T%00"), ("T", "TT"), ("T; securitytoken=U", "U"), ("", "")]
        {
            let headers = format!("Cookie: securitytoken={cookie}\r\n");
            let answer = post(port, path, &headers, &format!("{fields}&securitytoken={token}"));
            assert_eq!(status(&answer), "403", "{path} {cookie} {token}: {answer}");
        }
    }
    unharmed(&lab);
}

#[test]
fn csrf_from_another_origin() {
    let (lab, port) = daemon("allow localhost", "");
    for (path, fields) in ORDERS {
        for origin in ["http://evil.example", "null", "http://localhost.evil.example", "http://localhost:1"] {
            let headers = format!("{COOKIE}Host: localhost:{port}\r\nOrigin: {origin}\r\n");
            let answer = post(port, path, &headers, &format!("{fields}&securitytoken=T"));
            assert_eq!(status(&answer), "403", "{path} {origin}: {answer}");
        }
    }
    // The cookie is not sent along with what other pages ask for, and no page may frame ours.
    let page = get(port, "/", "");
    assert!(
        page.contains("HttpOnly; SameSite=strict\r\n") && page.contains("X-Frame-Options: SAMEORIGIN\r\n")
    );
    unharmed(&lab);
}

#[test]
fn dns_rebinding() {
    let (lab, port) = daemon("allow localhost", "");
    for (path, fields) in ORDERS {
        for host in
            ["evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", "[evil]"]
        {
            let headers = format!("{COOKIE}Host: {host}\r\n");
            let answer = post(port, path, &headers, &format!("{fields}&securitytoken=T"));
            assert_eq!(status(&answer), "403", "{path} {host}: {answer}");
            let absolute = format!("http://{host}{path}");
            let answer = post(port, &absolute, COOKIE, &format!("{fields}&securitytoken=T"));
            assert_eq!(status(&answer), "403", "{absolute}: {answer}");
        }
    }
    unharmed(&lab);
}

#[test]
fn read_only_users_stay_read_only() {
    let (lab, port) = daemon(USERS, "");
    for (path, fields) in ORDERS {
        if path == "/" {
            continue; // There is no service of that name for anybody.
        }
        for more in ["", "X-HTTP-Method-Override: POST\r\n", "X-Original-URL: /_doaction\r\n"] {
            let headers = format!("{RO}{COOKIE}{more}");
            let answer = post(port, path, &headers, &format!("{fields}&securitytoken=T&readonly=0"));
            assert_eq!(status(&answer), "403", "{path}: {answer}");
        }
        let upper = path.to_ascii_uppercase();
        let answer = post(port, &upper, &format!("{RO}{COOKIE}"), &format!("{fields}&securitytoken=T"));
        assert!(["403", "404"].contains(&status(&answer)), "{upper}: {answer}");
    }
    assert_eq!(status(&get(port, "/_viewlog", RO)), "403");
    for path in ["/", "/svc", "/_runtime"] {
        let page = get(port, path, RO);
        assert!(status(&page) == "200" && !page.contains("<form") && !page.contains("<button"), "{path}");
    }
    // Two users in one request are one, or none.
    let both = post(port, "/svc", &format!("{RO}{ADM}{COOKIE}"), "action=bogus&securitytoken=T");
    assert!(["400", "401", "403"].contains(&status(&both)), "{both}");
    unharmed(&lab);
}

#[test]
fn a_read_only_server_takes_no_orders_from_anybody() {
    let port = free_port();
    let mut lab = Lab::with(&format!(
        "set daemon 60\nset httpd port {port} read-only address 127.0.0.1\n allow adm:\"pw\"\n\
         check file svc path @D@/monitrc start \"/usr/bin/touch @D@/acted\" stop \"/usr/bin/touch @D@/acted\"\n"
    ));
    lab.start(["-v"]);
    lab.wait_status("svc", "OK");
    for (path, fields) in ORDERS.into_iter().filter(|(path, _)| *path != "/") {
        let answer = post(port, path, &format!("{ADM}{COOKIE}"), &format!("{fields}&securitytoken=T"));
        assert_eq!(status(&answer), "403", "{path}: {answer}");
    }
    unharmed(&lab);
}

/// Whether a client from `address` is let in at all.
fn admitted(address: &str, port: u16) -> Option<bool> {
    let address: IpAddr = address.parse().expect("an address");
    let mut stream = TcpStream::connect((address, port)).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).expect("timeout");
    let _ = stream.write_all(b"GET /_ping HTTP/1.0\r\n\r\n");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    Some(answer.ends_with("pong"))
}

#[test]
fn an_allow_list_is_not_passed_by_as_an_address_of_the_other_family() {
    for (allow, v4, v6) in [
        ("10.0.0.0/8", false, false),
        ("127.0.0.0/8", true, false),
        ("::1", false, true),
        ("fe80::/10", false, false),
        ("127.0.0.2", false, false),
    ] {
        let port = free_port();
        let mut lab = Lab::with(&format!(
            "set daemon 60\nset httpd port {port}\n allow {allow}\ncheck file svc path @D@/monitrc\n"
        ));
        lab.start(["-v"]);
        lab.wait_status("svc", "OK");
        assert_eq!(admitted("127.0.0.1", port), Some(v4), "{allow}");
        // To the server this client is ::ffff:127.0.0.1, whichever socket it was let in by.
        match admitted("::ffff:127.0.0.1", port) {
            Some(found) => assert_eq!(found, v4, "{allow}"),
            None => skip("an IPv4 address in IPv6", "not here"),
        }
        match admitted("::1", port) {
            Some(found) => assert_eq!(found, v6, "{allow}"),
            None => skip("IPv6", "not here"),
        }
    }
}

#[test]
fn the_control_socket_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (lab, port) = daemon("allow localhost", "");
    let sockets: Vec<_> = std::fs::read_dir(lab.dir())
        .expect("a folder")
        .flatten()
        .filter(|entry| std::os::unix::fs::FileTypeExt::is_socket(&entry.file_type().expect("a type")))
        .collect();
    assert!(!sockets.is_empty());
    for socket in sockets {
        assert_eq!(socket.metadata().expect("a mode").permissions().mode() & 0o777, 0o600);
    }
    assert!(send(port, b"GET /_ping HTTP/1.0\r\n\r\n").ends_with("pong"));
}

#[cfg(feature = "tls")]
#[test]
fn tls_without_a_certificate_where_one_is_asked_for() {
    use monit_rs::config::Tls;
    use monit_rs::tls::{Options, Session};
    let port = free_port();
    let data =
        |name: &str| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(name);
    let mut lab = Lab::new();
    for name in ["good.pem", "ca.pem"] {
        std::fs::copy(data(name), lab.path(name)).expect("copy");
        lab.chmod(name, 0o600);
    }
    lab.control(&format!(
        "set daemon 60\nset httpd port {port} address 127.0.0.1\n \
         with ssl {{ pemfile: @D@/good.pem, clientpemfile: @D@/ca.pem }}\n allow localhost\ncheck file svc path @D@/monitrc"
    ));
    lab.start(["-v"]);
    lab.wait_status("svc", "OK");
    let ask = |certificate: Option<&str>| -> Option<String> {
        let own = Tls { clientpemfile: certificate.map(|name| data(name).into()), ..Tls::default() };
        let options = Options { verify: false, ..Options::new(&own, &Tls::default(), None) };
        let mut stream = super::connect(port);
        let mut session = Session::new(&options, Some("localhost")).ok()?;
        while !session.handshake(&mut stream).ok()? {}
        session.write(&mut stream, b"GET /_ping HTTP/1.0\r\n\r\n").ok()?.ok()?;
        let mut buffer = [0; 4096];
        let count = session.read(&mut stream, &mut buffer).ok()?.ok()?;
        Some(String::from_utf8_lossy(&buffer[..count]).into_owned())
    };
    for certificate in [None, Some("selfsigned.pem"), Some("expired.pem")] {
        let answer = ask(certificate).unwrap_or_default();
        assert!(!answer.contains("HTTP/"), "{certificate:?}: {answer}");
    }
    assert!(ask(Some("client.pem")).is_some_and(|answer| answer.contains(" 200 OK")));
    assert!(!send(port, b"GET /_ping HTTP/1.0\r\n\r\n").contains("HTTP/"), "and in plain text nobody");
}

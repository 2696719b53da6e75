use super::*;
use crate::config::{Allow, Credentials, PasswordForm};
use crate::httpd::codec::{Codec, Event};
use crate::httpd::password::Look;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

fn user(name: &str, password: &str, form: PasswordForm) -> Credentials {
    Credentials { name: name.into(), password: password.into(), form, readonly: name.starts_with("ro") }
}

fn allow(network: &str, bits: u8) -> Allow {
    Allow { text: network.into(), networks: vec![(network.parse().unwrap(), bits)] }
}

fn gate(allow: Vec<Allow>, users: Vec<Credentials>) -> Gate {
    Gate::new(&Httpd { allow, users, ..Httpd::default() }, 1000)
}

/// What the gate says, with helpers that answer at once.
fn told(gate: &Gate, origin: Origin, request: &Request) -> Result<Privilege, Denial> {
    let attempt = gate.attempt(origin, request)?;
    let verdict = attempt.as_ref().map(|attempt| match gate.look(origin, attempt) {
        Look::Known(verdict) => (attempt, verdict),
        Look::Ask(question) => (attempt, Verdict::read(&question.answer())),
    });
    gate.judge(origin, request, verdict)
}

fn request(text: &str) -> Request {
    match Codec::new(1000).receive(text.as_bytes()) {
        Event::Request(request) => *request,
        other => panic!("{other:?}"),
    }
}

fn get(credentials: &str) -> Request {
    request(&format!("GET / HTTP/1.0\r\nauthorization: bAsIc {}\r\n\r\n", STANDARD.encode(credentials)))
}

fn post(cookie: &str, body: &str) -> Request {
    request(&format!("POST / HTTP/1.0\r\n{cookie}Content-Length: {}\r\n\r\n{body}", body.len()))
}

const HERE: Origin = Origin::Tcp(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

fn from(address: &str) -> Origin {
    Origin::Tcp(address.parse().unwrap())
}

#[test]
fn addresses_are_held_against_the_list() {
    let gate = gate(vec![allow("10.1.0.0", 16), allow("192.0.2.7", 32), allow("2001:db8::", 33)], vec![]);
    for inside in ["10.1.255.255", "192.0.2.7", "::ffff:10.1.2.3", "2001:db8:7fff::1"] {
        assert!(gate.admits(from(inside)), "{inside}");
    }
    for outside in ["10.2.0.0", "192.0.2.6", "::ffff:10.2.2.3", "2001:db8:8000::1", "127.0.0.1", "::1"] {
        assert!(!gate.admits(from(outside)), "{outside}");
    }
    assert!(gate.admits(Origin::Unix), "a socket has no address");
    let everywhere = super::tests::gate(vec![allow("0.0.0.0", 0)], vec![]);
    assert!(everywhere.admits(from("203.0.113.9")) && !everywhere.admits(from("2001:db8::1")));
}

#[test]
fn users_alone_let_every_address_try() {
    let gate = gate(vec![], vec![user("admin", "secret", PasswordForm::Cleartext)]);
    assert!(gate.admits(from("203.0.113.9")));
    assert_eq!(told(&gate, HERE, &get("admin:secret")), Ok(Privilege::Full));
    assert_eq!(told(&gate, Origin::Unix, &get("admin:secret")), Ok(Privilege::Full));
    assert_eq!(told(&gate, HERE, &get("admin:secre")), Err(Denial::WrongPassword("admin".into())));
    assert_eq!(told(&gate, HERE, &get("admin:secret1")), Err(Denial::WrongPassword("admin".into())));
    assert_eq!(told(&gate, HERE, &get("root:secret")), Err(Denial::UnknownUser("root".into())));
    assert_eq!(told(&gate, HERE, &get("ad\nmin:")), Err(Denial::UnknownUser("ad?min".into())));
    assert_eq!(told(&gate, HERE, &request("GET / HTTP/1.0\r\n\r\n")), Err(Denial::NoCredentials));
    let bearer = request("GET / HTTP/1.0\r\nAuthorization: Bearer x\r\n\r\n");
    assert_eq!(told(&gate, HERE, &bearer), Err(Denial::NoCredentials));
}

#[test]
fn nothing_allowed_lets_nobody_in_but_the_owner() {
    let gate = gate(vec![], vec![]);
    assert!(!gate.admits_anybody());
    assert!(!gate.admits(HERE) && !gate.admits(Origin::Unix));
    assert!(gate.admits(Origin::Control(Some(0))) && gate.admits(Origin::Control(Some(1000))));
    assert!(!gate.admits(Origin::Control(Some(1001))) && !gate.admits(Origin::Control(None)));
}

#[test]
fn the_control_socket_asks_no_password_but_wants_the_token() {
    let gate = gate(vec![], vec![user("admin", "secret", PasswordForm::Cleartext)]);
    let owner = Origin::Control(Some(0));
    assert_eq!(told(&gate, owner, &request("GET / HTTP/1.0\r\n\r\n")), Ok(Privilege::Full));
    assert_eq!(told(&gate, owner, &post("", "action=stop")), Err(Denial::NoToken));
}

#[test]
fn digests_of_md5_are_compared_here() {
    let gate = gate(
        vec![],
        vec![
            user("one", "$1$abcdefgh$yTpYrEJJOuAsO2Aee15/D1", PasswordForm::Md5),
            user("two", "$1$abcdefgh$yTpYrEJJOuAsO2Aee15/D1", PasswordForm::Crypt),
        ],
    );
    assert_eq!(told(&gate, HERE, &get("one:pass word")), Ok(Privilege::Full));
    assert_eq!(told(&gate, HERE, &get("two:pass word")), Ok(Privilege::Full));
    assert_eq!(told(&gate, HERE, &get("one:pass")), Err(Denial::WrongPassword("one".into())));
    assert_eq!(
        told(&gate, HERE, &get("one:$1$abcdefgh$yTpYrEJJOuAsO2Aee15/D1")),
        Err(Denial::WrongPassword("one".into())),
        "a stolen digest is not a password"
    );
}

#[test]
fn read_only_comes_from_the_user_or_the_listener() {
    let users = vec![user("admin", "a", PasswordForm::Cleartext), user("ro", "b", PasswordForm::Cleartext)];
    let mut settings = Httpd { users, ..Httpd::default() };
    let judge = |settings: &Httpd, origin, credentials| {
        told(&Gate::new(settings, 0), origin, &get(credentials)).unwrap()
    };
    assert_eq!(judge(&settings, HERE, "admin:a"), Privilege::Full);
    assert_eq!(judge(&settings, HERE, "ro:b"), Privilege::ReadOnly);
    settings.readonly = true;
    assert_eq!(judge(&settings, HERE, "admin:a"), Privilege::ReadOnly);
    assert_eq!(judge(&settings, Origin::Unix, "admin:a"), Privilege::Full);
}

#[test]
fn a_post_needs_the_same_token_twice() {
    let gate = gate(vec![allow("127.0.0.1", 32)], vec![]);
    let judge = |cookie: &str, body: &str| told(&gate, HERE, &post(cookie, body));
    assert_eq!(judge("Cookie: securitytoken=abc\r\n", "&x&securitytoken=abc"), Ok(Privilege::Full));
    assert_eq!(judge("Cookie: a=b;  securitytoken=abc; c=d\r\n", "securitytoken=abc"), Ok(Privilege::Full));
    assert_eq!(judge("Cookie: securitytoken=abc\r\n", "action=x"), Err(Denial::NoToken));
    assert_eq!(judge("Cookie: securitytoken=\r\n", "securitytoken="), Err(Denial::NoToken));
    assert_eq!(judge("", "securitytoken=abc"), Err(Denial::NoCookie));
    assert_eq!(judge("Cookie: xsecuritytoken=abc\r\n", "securitytoken=abc"), Err(Denial::NoTokenInCookie));
    assert_eq!(judge("Cookie: securitytoken=abd\r\n", "securitytoken=abc"), Err(Denial::TokenMismatch));
    let in_query = request(
        "POST /?securitytoken=abc HTTP/1.0\r\nCookie: securitytoken=abc\r\nContent-Length: 0\r\n\r\n",
    );
    assert_eq!(told(&gate, HERE, &in_query), Err(Denial::NoToken));
}

#[test]
fn a_page_of_somebody_else_changes_nothing_where_no_password_is_asked_for() {
    let request = |path: &str, headers: &str| {
        let body = "securitytoken=x";
        super::tests::request(&format!(
            "POST {path} HTTP/1.0\r\nCookie: securitytoken=x\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    };
    let open =
        Gate::new(&Httpd { port: Some(2812), allow: vec![allow("127.0.0.1", 32)], ..Httpd::default() }, 1000);
    let foreign = |path: &str, headers: &str| {
        matches!(told(&open, HERE, &request(path, headers)), Err(Denial::Foreign(..)))
    };
    for headers in [
        "Host: evil.example\r\n",
        "HOST:evil.example:2812\r\n",
        "Host: localhost\r\nHost: evil.example\r\n",
        "Host: localhost\r\nOrigin: http://evil.example\r\n",
        "Origin: null\r\n",
    ] {
        assert!(foreign("/_doaction", headers) && foreign("/nginx", headers), "{headers:?}");
        assert!(foreign("/_runtime", headers), "{headers:?}");
        assert!(!foreign("/_Summary", headers), "a text changes nothing: {headers:?}");
    }
    assert!(foreign("http://evil.example/_doaction", ""));
    for headers in ["", "Host: localhost:2812\r\nOrigin: http://localhost:2812\r\n", "Host: 192.0.2.1\r\n"] {
        assert!(!foreign("/_doaction", headers), "{headers:?}");
    }
    // Sockets are out of a browser's reach, and a password is proof of another kind.
    let evil = request("/_doaction", "Host: evil.example\r\nOrigin: http://evil.example\r\n");
    assert_eq!(told(&open, Origin::Unix, &evil), Ok(Privilege::Full));
    assert_eq!(told(&open, Origin::Control(Some(0)), &evil), Ok(Privilege::Full));
    let closed = gate(vec![allow("127.0.0.1", 32)], vec![user("a", "b", PasswordForm::Cleartext)]);
    let proxied = request("/_doaction", "Host: evil.example\r\nAuthorization: Basic YTpi\r\n");
    assert_eq!(told(&closed, HERE, &proxied), Ok(Privilege::Full));
}

//! Exchanges as MySQL 8, MariaDB 10 and older servers hold them.

use super::super::exchange::{Turn, cut_off, play, test};
use super::*;
use crate::config::{Connection, OptionValue, Tls};

fn greeting(plugin: &str, tls: bool) -> Vec<u8> {
    let mut body = vec![10];
    body.extend_from_slice(b"8.0.36\0");
    body.extend_from_slice(&[9, 0, 0, 0]);
    body.extend_from_slice(b"abcdefgh\0");
    body.extend_from_slice(if tls { &[0xff, 0xff] } else { &[0xff, 0xf7] });
    body.extend_from_slice(&[33, 2, 0, 0xff, 0xc7, 21]);
    body.extend_from_slice(&[0; 10]);
    body.extend_from_slice(b"ijklmnopqrst\0");
    body.extend_from_slice(plugin.as_bytes());
    body.push(0);
    packet::encode(0, &body)
}

const SALT: &[u8] = b"abcdefghijklmnopqrst";

fn with_login() -> Connection {
    test("mysql", &[(OptionName::Username, "joe"), (OptionName::Password, "secret")])
}

fn login(method: Method, number: u8, secured: bool) -> Turn {
    Turn::Sends(packet::encode(number, &login::response("joe", "secret", method, SALT, secured)))
}

fn ok(number: u8) -> Turn {
    Turn::Says(packet::encode(number, &[0, 0, 0, 2, 0, 0, 0]))
}

fn quit() -> Turn {
    Turn::Sends(vec![1, 0, 0, 0, 1])
}

#[test]
fn without_credentials_the_greeting_is_enough() {
    let said = Turn::Says(greeting("caching_sha2_password", true));
    assert_eq!(play(&test("mysql", &[]), std::slice::from_ref(&said)), Next::Done);
    cut_off(&test("mysql", &[]), &[said]);
    let blocked = packet::encode(0, b"\xff\x69\x04Host 'x' is blocked");
    let refused = Failure::Answer("the server refuses", "Host 'x' is blocked".into());
    assert_eq!(play(&test("mysql", &[]), &[Turn::Says(blocked)]), Next::Fail(refused));
    let old = packet::encode(0, b"\x093.22\0....");
    assert_eq!(
        play(&test("mysql", &[]), &[Turn::Says(old)]),
        Next::Fail(Failure::Code("Invalid protocol version", 9))
    );
}

#[test]
fn the_proofs_of_a_password() {
    // Computed with another implementation of the digests (Python's hashlib) from the manual's formulas.
    let native = login::proof("secret", Method::Native, SALT);
    let sha2 = login::proof("secret", Method::CachingSha2, SALT);
    assert_eq!((native.len(), sha2.len()), (20, 32));
    assert_eq!(crate::digest::hex(&native), NATIVE);
    assert_eq!(crate::digest::hex(&sha2), SHA2);
    assert!(login::proof("", Method::Native, SALT).is_empty());
}

const NATIVE: &str = "8817c50fa779daef010ee7577825b0847df9842e";
const SHA2: &str = "c76e2898612a4cf042c77fa8c4702c4c64c0c2c557c53c4d75595aaa6abae809";

#[test]
fn a_login_with_the_native_method() {
    let turns = [
        Turn::Says(greeting("mysql_native_password", false)),
        login(Method::Native, 1, false),
        ok(2),
        quit(),
    ];
    assert_eq!(play(&with_login(), &turns), Next::Done);
    let denied = packet::encode(2, b"\xff\x15\x04#28000Access denied for user 'joe'");
    let turns = [turns[0].clone(), turns[1].clone(), Turn::Says(denied)];
    let refused = Failure::Answer("the server refuses", "Access denied for user 'joe'".into());
    assert_eq!(play(&with_login(), &turns), Next::Fail(refused));
}

#[test]
fn a_cached_password_needs_no_tls() {
    let begin = [Turn::Says(greeting("caching_sha2_password", true)), login(Method::CachingSha2, 1, false)];
    let fast = [&begin[..], &[Turn::Says(packet::encode(2, &[1, 3])), ok(3), quit()]].concat();
    assert_eq!(play(&with_login(), &fast), Next::Done);
    let full = [&begin[..], &[Turn::Says(packet::encode(2, &[1, 4]))]].concat();
    assert!(matches!(play(&with_login(), &full), Next::Fail(Failure::Refuses(_))));
}

#[test]
fn a_method_is_switched() {
    let switch = [&b"\xfemysql_native_password\0"[..], SALT, &[0]].concat();
    let turns = [
        Turn::Says(greeting("caching_sha2_password", false)),
        login(Method::CachingSha2, 1, false),
        Turn::Says(packet::encode(2, &switch)),
        Turn::Sends(packet::encode(3, &login::proof("secret", Method::Native, SALT))),
        ok(4),
        quit(),
    ];
    assert_eq!(play(&with_login(), &turns), Next::Done);
    let clear = [&turns[..2], &[Turn::Says(packet::encode(2, b"\xfemysql_clear_password\0"))]].concat();
    assert!(
        matches!(play(&with_login(), &clear), Next::Fail(Failure::Answer(..))),
        "the password is not given away"
    );
}

#[test]
fn behind_tls_the_password_is_handed_over() {
    let secure = Connection { tls: Some(Box::<Tls>::default()), ..with_login() };
    let turns = [
        Turn::Says(greeting("caching_sha2_password", true)),
        Turn::Sends(packet::encode(1, &login::request_tls())),
        Turn::Tls,
        login(Method::CachingSha2, 2, true),
        Turn::Says(packet::encode(3, &[1, 4])),
        Turn::Sends(packet::encode(4, b"secret\0")),
        ok(5),
        quit(),
    ];
    assert_eq!(play(&secure, &turns), Next::Done);
    let without = play(&secure, &[Turn::Says(greeting("mysql_native_password", false))]);
    assert_eq!(without, Next::Fail(Failure::Unsupported("TLS")));
}

#[test]
fn the_servers_key_is_compared() {
    let key = b"-----BEGIN PUBLIC KEY-----\n";
    let mut pinned = with_login();
    let kind = crate::config::ChecksumKind::Sha256;
    let ask = |pinned: &Connection| {
        play(
            pinned,
            &[
                Turn::Says(greeting("caching_sha2_password", true)),
                login(Method::CachingSha2, 1, false),
                Turn::Says(packet::encode(2, &[1, 4])),
                Turn::Sends(packet::encode(3, &[2])),
                Turn::Says(packet::encode(4, &[&[1], &key[..]].concat())),
            ],
        )
    };
    pinned.protocol.options.push((OptionName::RsaKey, OptionValue::Checksum(kind, "00".into())));
    assert!(matches!(ask(&pinned), Next::Fail(Failure::Answer("the server's key has another checksum", _))));
    let sum = login::key_sum(kind, key);
    pinned.protocol.options.push((OptionName::RsaKey, OptionValue::Checksum(kind, sum.into())));
    assert!(matches!(ask(&pinned), Next::Fail(Failure::Refuses(_))));
}

#[test]
fn nonsense() {
    for said in [&b"SSH-2.0-OpenSSH_9.2\r\n"[..], b"\0\0\0\0", b"\x01\0\0\0\x0a"] {
        let step = play(&test("mysql", &[]), &[Turn::Says(said.to_vec())]);
        assert_eq!(step, Next::Fail(Failure::NotSpoken("MySQL")), "{said:?}");
    }
}

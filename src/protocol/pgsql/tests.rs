//! Exchanges as PostgreSQL holds them.

use super::super::exchange::{Turn, cut_off, hex, play, test};
use super::*;
use crate::config::{Connection, Tls};

fn with_login() -> Connection {
    test(
        "pgsql",
        &[(OptionName::Username, "joe"), (OptionName::Password, "secret"), (OptionName::Database, "db")],
    )
}

fn startup(pairs: &[u8]) -> Turn {
    let length = (8 + pairs.len() + 1) as u32;
    Turn::Sends([&length.to_be_bytes()[..], &[0, 3, 0, 0], pairs, &[0]].concat())
}

fn says(kind: u8, body: &[u8]) -> Turn {
    Turn::Says(message(kind, body))
}

const ANYBODY: &[u8] = b"user\0root\0database\0root\0";
const JOE: &[u8] = b"user\0joe\0database\0db\0";

#[test]
fn without_credentials_any_answer_will_do() {
    let anybody = test("pgsql", &[]);
    let ready = [startup(ANYBODY), says(b'R', &[0; 4]), Turn::Sends(TERMINATE.to_vec())];
    assert_eq!(play(&anybody, &ready), Next::Done);
    cut_off(&anybody, &ready[..2]);
    let unknown = says(b'E', b"SFATAL\0C28000\0Mrole \"root\" does not exist\0\0");
    assert_eq!(play(&anybody, &[startup(ANYBODY), unknown]), Next::Done);
    for code in ["00000003", "00000005 01020304", "0000000a 53 00 00"] {
        assert_eq!(play(&anybody, &[startup(ANYBODY), says(b'R', &hex(code))]), Next::Done);
    }
}

#[test]
fn passwords_in_clear_text_and_as_a_sum() {
    // Whoever says nothing more has nothing against us.
    let ok = [says(b'R', &[0; 4]), Turn::Quiet, Turn::Sends(TERMINATE.to_vec())];
    let clear = [startup(JOE), says(b'R', &[0, 0, 0, 3]), Turn::Sends(message(b'p', b"secret\0"))];
    assert_eq!(play(&with_login(), &[&clear[..], &ok].concat()), Next::Done);
    // md5(md5("secretjoe") + 01020304), computed with another implementation.
    let sum = [
        startup(JOE),
        says(b'R', &[0, 0, 0, 5, 1, 2, 3, 4]),
        Turn::Sends(message(b'p', b"md5850be429f1fe77df3f603ac424abb440\0")),
    ];
    assert_eq!(play(&with_login(), &[&sum[..], &ok].concat()), Next::Done);
    let refused = says(b'E', b"SFATAL\0C28P01\0Mpassword authentication failed for user \"joe\"\0\0");
    assert_eq!(
        play(&with_login(), &[&sum[..], &[refused]].concat()),
        Next::Fail(Failure::Answer(
            "the server refuses",
            "password authentication failed for user \"joe\"".into()
        ))
    );
}

#[test]
fn a_database_that_is_not_there_is_told_after_the_login() {
    let admitted = [startup(JOE), says(b'R', &[0; 4])];
    let parameters = [says(b'S', b"server_version\x0015.18\0"), says(b'K', &[0; 8])];
    let ready = [says(b'Z', b"I"), Turn::Sends(TERMINATE.to_vec())];
    assert_eq!(play(&with_login(), &[&admitted[..], &parameters, &ready].concat()), Next::Done);
    cut_off(&with_login(), &[&admitted[..], &parameters, &ready[..1]].concat());
    let missing = says(b'E', b"SFATAL\0C3D000\0Mdatabase \"db\" does not exist\0\0");
    assert_eq!(
        play(&with_login(), &[&admitted[..], &[missing]].concat()),
        Next::Fail(Failure::Answer("the server refuses", "database \"db\" does not exist".into()))
    );
}

#[test]
fn scram_ends_well_only_with_a_server_that_knows_the_password() {
    let mut ours = Scram::new("secret", &[7; 32]);
    let first = ours.first();
    let challenge = format!("r={}more,s=c2FsdA==,i=4096", &first[8..]);
    let proof = ours.proof(challenge.as_bytes()).unwrap();
    let mut hello = b"SCRAM-SHA-256\0".to_vec();
    hello.extend_from_slice(&(first.len() as u32).to_be_bytes());
    hello.extend_from_slice(first.as_bytes());
    let begin = [
        startup(JOE),
        says(b'R', b"\0\0\0\x0aSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"),
        Turn::Sends(message(b'p', &hello)),
        says(b'R', &[&[0, 0, 0, 11], challenge.as_bytes()].concat()),
        Turn::Sends(message(b'p', proof.as_bytes())),
    ];
    let wrong = says(b'R', b"\0\0\0\x0cv=AAAA");
    assert!(matches!(play(&with_login(), &[&begin[..], &[wrong]].concat()), Next::Fail(Failure::Refuses(_))));
}

#[test]
fn tls_is_asked_for() {
    let secure = Connection { tls: Some(Box::<Tls>::default()), ..test("pgsql", &[]) };
    let request = Turn::Sends(SSL_REQUEST.to_vec());
    let ok = [startup(ANYBODY), says(b'R', &[0; 4]), Turn::Sends(TERMINATE.to_vec())];
    let turns = [&[request.clone(), Turn::Says(b"S".to_vec()), Turn::Tls], &ok[..]].concat();
    assert_eq!(play(&secure, &turns), Next::Done);
    let refused = play(&secure, &[request.clone(), Turn::Says(b"N".to_vec())]);
    assert_eq!(refused, Next::Fail(Failure::Unsupported("TLS")));
    // What stands in front of TLS could have been put there by anybody.
    let early = play(&secure, &[request, Turn::Says(b"SR".to_vec())]);
    assert!(matches!(early, Next::Fail(_)), "{early:?}");
}

#[test]
fn nonsense() {
    for said in [&b"SSH-2.0-OpenSSH_9.2\r\n"[..], b"R\xff\xff\xff\xff", b"R\0\0\0\x03", b"R\0\0\0\x04"] {
        let step = play(&test("pgsql", &[]), &[startup(ANYBODY), Turn::Says(said.to_vec())]);
        assert_eq!(step, Next::Fail(Failure::NotSpoken("PostgreSQL")), "{said:?}");
    }
}

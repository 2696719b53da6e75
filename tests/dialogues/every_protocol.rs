//! One table of all protocols with a server that answers well: its bytes come one by one, and it hangs up behind each.

use super::hostile::held;
use super::stage::{Said, Stage, Test, test};
use monit_rs::config::{PROTOCOLS, Transport};
use monit_rs::protocol::Next;
use monit_rs::protocol::registry::dialogue;

/// What a server says to what it was sent.
type Answer = fn(&[u8]) -> Vec<u8>;

/// A protocol's name is that of the control file; with options its test is as long as it can be.
struct Row {
    keyword: &'static str,
    options: &'static str,
    answers: &'static [Answer],
}

const fn row(keyword: &'static str, options: &'static str, answers: &'static [Answer]) -> Row {
    Row { keyword, options, answers }
}

fn greeting_of_mysql(_: &[u8]) -> Vec<u8> {
    let mut body = b"\x0a8.0.36\0\x09\0\0\0abcdefgh\0\xff\xff\x21\x02\0\xff\xc7\x15".to_vec();
    body.extend_from_slice(&[0; 10]);
    body.extend_from_slice(b"ijklmnopqrst\0mysql_native_password\0");
    let mut packet = vec![u8::try_from(body.len()).unwrap(), 0, 0, 0];
    packet.append(&mut body);
    packet
}

fn answer_of_radius(query: &[u8]) -> Vec<u8> {
    let mut packet = vec![2, query[1], 0, 24];
    packet.extend_from_slice(&query[4..20]);
    packet.extend_from_slice(&[18, 4, b'o', b'k']);
    let sum = md5::compute([&packet[..], b"s3cret"].concat());
    packet[4..20].copy_from_slice(&sum.0);
    packet
}

fn answer_of_ntp(query: &[u8]) -> Vec<u8> {
    let mut said = vec![0; 48];
    (said[0], said[1]) = (0x24, 2);
    said[24..32].copy_from_slice(&query[40..48]);
    said
}

fn answer_of_dns(query: &[u8]) -> Vec<u8> {
    let mut said = query.to_vec();
    said[4..6].copy_from_slice(&[0x81, 0x80]);
    said[9] = 1;
    said
}

const OK_OF_MONGODB: &[u8] =
    b"\x26\0\0\0\x09\0\0\0\x01\0\0\0\xdd\x07\0\0\0\0\0\0\0\x11\0\0\0\x01ok\0\0\0\0\0\0\0\xf0\x3f\0";
const BIND_OF_LDAP: &[u8] = b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\0\x04\0\x04\0";
const PAGE: &[u8] =
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\nf\r\n{\"a\": [\"good\"]}\r\n0\r\n\r\n";
const GREETED: &[Answer] = &[|_| b"220 r\r\n".to_vec(), |_| b"221 b\r\n".to_vec()];
const MAIL: &[Answer] =
    &[|_| b"220-a\r\n220 b\r\n".to_vec(), |_| b"250-b\r\n250 SIZE 1\r\n".to_vec(), |_| b"221 b\r\n".to_vec()];
const IMAP: &[Answer] = &[|_| b"* OK r\r\n".to_vec(), |_| b"* BYE\r\n001 OK\r\n".to_vec()];
const POP: &[Answer] = &[|_| b"+OK p\r\n".to_vec(), |_| b"+OK b\r\n".to_vec()];
const LOGIN_TO_MYSQL: &[Answer] =
    &[greeting_of_mysql, |sent| vec![7, 0, 0, sent[3] + 1, 0, 0, 0, 2, 0, 0, 0]];

#[rustfmt::skip]
const TABLE: &[Row] = &[
    row("default", "", &[]),
    row("generic", "send \"a\" expect \"good\"", &[|_| b"so good".to_vec()]),
    row("apache-status", "loglimit > 10%", &[|_| b"HTTP/1.1 200 OK\r\n\r\nBusyWorkers: 1\nScoreboard: LCCCCCCCCC\n".to_vec()]),
    row("clamav", "", &[|_| b"PONG\n".to_vec()]),
    row("dns", "", &[answer_of_dns]),
    row("dwp", "", &[|_| b"DWP/1.1 200 OK\r\n".to_vec()]),
    row("fail2ban", "", &[|_| b"\x80\x02K\0U\x04pong\x86.<F2B_END_COMMAND>\0".to_vec()]),
    row("ftp", "", GREETED),
    row("gps", "", &[|_| b"GPSD,G=GPS\r\n".to_vec()]),
    row("http", "content = \"good\" json \"/a/0\" = \"good\"", &[|_| PAGE.to_vec()]),
    row("https", "content = \"good\"", &[|_| PAGE.to_vec()]),
    row("imap", "", IMAP),
    row("imaps", "", IMAP),
    row("ldap2", "", &[|_| BIND_OF_LDAP.to_vec()]),
    row("ldap3", "", &[|_| BIND_OF_LDAP.to_vec()]),
    row("lmtp", "", &[|_| b"220 l\r\n".to_vec(), |_| b"250-l\r\n250 SIZE\r\n".to_vec(), |_| b"221 b\r\n".to_vec()]),
    row("memcache", "", &[|_| [&[0x81, 0x0a][..], &[0; 22]].concat()]),
    row("mongodb", "", &[|_| OK_OF_MONGODB.to_vec()]),
    row("mqtt", "username u password p", &[|_| b"\x20\x02\0\0".to_vec()]),
    row("mysql", "username u password p", LOGIN_TO_MYSQL),
    row("mysqls", "", &[greeting_of_mysql]),
    row("nntp", "", &[|_| b"200 n\r\n".to_vec(), |_| b"205 b\r\n".to_vec()]),
    row("ntp3", "", &[answer_of_ntp]),
    row("pgsql", "", &[|_| b"R\0\0\0\x08\0\0\0\0".to_vec()]),
    row("pop", "", POP),
    row("pops", "", POP),
    row("postfix-policy", "", &[|_| b"action=DUNNO\n\n".to_vec()]),
    row("radius", "secret s3cret", &[answer_of_radius]),
    row("rdate", "", &[|_| 3_908_988_800_u32.to_be_bytes().to_vec()]),
    row("redis", "", &[|_| b"+PONG\r\n".to_vec(), |_| b"+OK\r\n".to_vec()]),
    row("rsync", "", &[|_| b"@RSYNCD: 31.0\n".to_vec(), |_| b"mod1\tx\n@RSYNCD: EXIT\n".to_vec()]),
    row("sieve", "", &[|_| b"\"A\" \"b\"\r\nOK \"r\"\r\n".to_vec(), |_| b"OK \"b\"\r\n".to_vec()]),
    row("sip", "", &[|_| b"SIP/2.0 100 Trying\r\nVia: x\r\n\r\nSIP/2.0 200 OK\r\n\r\n".to_vec()]),
    row("smtp", "", MAIL),
    row("smtps", "", MAIL),
    row("spamassassin", "", &[|_| b"SPAMD/1.5 0 PONG\r\n".to_vec()]),
    row("ssh", "", &[|_| b"SSH-2.0-OpenSSH_9\r\n".to_vec()]),
    row("tns", "", &[|_| b"\0\x0f\0\0\x04\0\0\0\0\0\0\x03(k)".to_vec()]),
    row("websocket", "version 13", &[|_| b"HTTP/1.1 101 x\r\n\r\n".to_vec(), |_| b"\x8a\0".to_vec(), |_| b"\x88\0".to_vec()]),
];

impl Row {
    fn test(&self) -> Test {
        let transport = if self.keyword == "radius" { "type udp " } else { "" };
        test(&match self.keyword {
            "generic" => format!("port 7 {}", self.options),
            keyword => format!("port 7 {transport}protocol {keyword} {}", self.options),
        })
    }

    /// Plays it up to byte `end` of answer `last`, behind which the server hangs up.
    fn play(&self, last: usize, end: usize) -> Played {
        let test = self.test();
        let mut stage = Stage::of(&test);
        let mut played = Played { verdict: Ok(()), held: 0, length: 0 };
        // A datagram comes as it is; half of one is another one.
        let chunk = if test.connection.transport == Transport::Udp { usize::MAX } else { 1 };
        for (at, answer) in self.answers.iter().enumerate().take(last.saturating_add(1)) {
            stage.secure_if_asked();
            if !stage.is_waiting() {
                break;
            }
            let said = answer(&stage.sent);
            played.length = said.len();
            stage.sent.clear();
            let said = if at == last { &said[..end.min(said.len())] } else { &said[..] };
            stage.say(&Said::Server(said), chunk);
            played.held = played.held.max(held(&stage));
        }
        stage.secure_if_asked();
        if last == usize::MAX {
            stage.say(&Said::Pause, usize::MAX);
        }
        stage.say(&Said::End, usize::MAX);
        played.verdict = match stage.step {
            Next::Done => Ok(()),
            Next::Fail(failure) => Err(failure.to_string()),
            step => panic!("{} goes on behind byte {end} of answer {last}: {step:?}", self.keyword),
        };
        played
    }
}

/// How it went.
struct Played {
    verdict: Result<(), String>,
    /// The most that was held between two answers.
    held: usize,
    /// Of the last answer.
    length: usize,
}

/// More than any dialogue needs to keep of these answers, as [`held`] counts.
const MUCH: usize = 8 * 1024;

#[test]
fn the_table_has_every_protocol() {
    for protocol in PROTOCOLS.iter().map(|protocol| protocol.keyword).chain(["generic"]) {
        assert!(dialogue(protocol).is_some(), "{protocol}");
        assert!(TABLE.iter().any(|row| row.keyword == protocol), "{protocol} has no line in the table");
    }
}

#[test]
fn every_protocol_succeeds_byte_by_byte_and_comes_to_an_end_wherever_it_is_cut_off() {
    for row in TABLE {
        let whole = row.play(usize::MAX, 0);
        assert_eq!(whole.verdict, Ok(()), "{}", row.keyword);
        assert!(whole.held < MUCH, "{} holds {}", row.keyword, whole.held);
        let mut enough = false;
        for last in 0..row.answers.len() {
            let mut end = 0;
            loop {
                let cut = row.play(last, end);
                assert!(cut.held < MUCH, "{} holds {}", row.keyword, cut.held);
                let place = format!("{} behind byte {end} of answer {last}: {:?}", row.keyword, cut.verdict);
                assert!(end > 0 || last > 0 || cut.verdict.is_err(), "{place}: nothing was said");
                assert!(!enough || cut.verdict.is_ok(), "{place}: less than that was enough");
                enough = cut.verdict.is_ok();
                end += 1;
                if end > cut.length {
                    break;
                }
            }
        }
        assert!(enough || row.answers.is_empty(), "{} never succeeds when the server hangs up", row.keyword);
    }
}

//! Servers that are asked no more than whether they are there, as tables: what is said in turn, and how it ends.

use super::stage::{Said, test};
use Said::{Client as C, End, Pause, Server as S};

const CLOSED: &str = "connection closed by the server";

/// Each row: options, what is said in turn, the failure or nothing.
fn play(rows: &[(&str, &[Said<'_>], &str)]) {
    for (options, said, failure) in rows {
        let test = test(&format!("port 7 protocol {options}"));
        match *failure {
            "" => test.succeeds(said),
            text => test.fails(said, &text.replace("CLOSED", CLOSED)),
        }
    }
}

#[test]
fn ftp() {
    play(&[
        ("ftp", &[S(b"220 r\r\n"), C(b"QUIT\r\n"), S(b"221 b\r\n")], ""),
        (
            "ftp",
            &[
                S(b"220-a\r\n foo\r\n221 no\r\n220b\r\n220-\r\n220 r\r\n"),
                C(b"QUIT\r\n"),
                S(b"221-b\r\n221 x\r\n"),
            ],
            "",
        ),
        ("ftp", &[S(b"120 in a minute\r\n220 r\r\n"), C(b"QUIT\r\n"), S(b"221\r\n")], ""),
        ("ftp", &[S(b"530 no\r\n")], "FTP greeting error: 530 no"),
        ("ftp", &[S(b"2200 no\r\n")], "FTP greeting error: 2200 no"),
        ("ftp", &[S(b"SSH-2.0-x\r\n")], "FTP greeting error: SSH-2.0-x"),
        ("ftp", &[End], "FTP: error receiving data -- CLOSED"),
        ("ftp", &[S(b"22"), End], "FTP: error receiving data -- CLOSED after '22'"),
        ("ftp", &[S(b"220-a\r\nb"), End], "FTP: error receiving data -- CLOSED after 'b'"),
        ("ftp", &[S(b"421 busy"), End], "FTP greeting error: 421 busy"),
        ("ftp", &[S(b"220 r\r\n"), C(b"QUIT\r\n"), S(b"500 b\r\n")], "FTP quit error: 500 b"),
        ("ftp", &[S(b"220 r\r\n"), C(b"QUIT\r\n"), End], "FTP: error receiving data -- CLOSED"),
    ]);
}

#[test]
fn mailboxes() {
    play(&[
        ("pop", &[S(b"+OK p\r\n"), C(b"QUIT\r\n"), S(b"+OK b\r\n")], ""),
        ("pop", &[S(b"-ERR p\r\n")], "POP: invalid greeting -- -ERR p"),
        ("pop", &[S(b"+OK p\r\n"), C(b"QUIT\r\n"), S(b"-ERR b\r\n")], "POP: invalid QUIT response -- -ERR b"),
        ("pop", &[End], "POP: greeting read error -- CLOSED"),
        ("pop", &[S(b"+O"), End], "POP: greeting read error -- CLOSED after '+O'"),
        ("imap", &[S(b"* OK r\r\n"), C(b"001 LOGOUT\r\n"), S(b"* BYE\r\n001 OK\r\n")], ""),
        ("imap", &[S(b"* PREAUTH r\r\n"), C(b"001 LOGOUT\r\n"), S(b"* FLAGS ()\r\n* BYE\r\n")], ""),
        ("imap", &[S(b"* BYE no\r\n")], "IMAP: invalid greeting -- * BYE no"),
        (
            "imap",
            &[S(b"* OK r\r\n"), C(b"001 LOGOUT\r\n"), S(b"001 OK\r\n")],
            "IMAP: invalid logout response: 001 OK",
        ),
        (
            "imap",
            &[S(b"* OK r\r\n"), C(b"001 LOGOUT\r\n"), End],
            "IMAP: logout response read error -- CLOSED",
        ),
        ("sieve", &[S(b"\"A\" \"b\"\r\nOK \"ready\"\r\n"), C(b"LOGOUT\r\n"), S(b"OK \"Logout\"\r\n")], ""),
        ("sieve", &[S(b"BYE \"no\"\r\n")], "SIEVE: invalid greeting -- BYE \"no\""),
        (
            "sieve",
            &[S(b"\"A\" \"b\"\r\n\"C"), End],
            "SIEVE: error receiving server capabilities -- CLOSED after '\"C'",
        ),
        ("sieve", &[S(b"NO"), End], "SIEVE: invalid greeting -- NO"),
        ("sieve", &[S(b"\"A\" \"b\"\r\n"), End], "SIEVE: error receiving server capabilities -- CLOSED"),
        (
            "sieve",
            &[S(b"OK\r\n"), C(b"LOGOUT\r\n"), S(b"NO \"x\"\r\n")],
            "SIEVE: invalid LOGOUT response -- NO \"x\"",
        ),
    ]);
}

#[test]
fn imap_asks_for_tls_on_its_usual_port() {
    let starttls = test("port 143 protocol imap with ssl");
    starttls.succeeds(&[
        S(b"* OK [CAPABILITY STARTTLS] r\r\n"),
        C(b"001 STARTTLS\r\n"),
        S(b"* NOTE\r\n001 OK begin\r\n"),
        Said::Tls,
        C(b"001 LOGOUT\r\n"),
        S(b"* BYE\r\n"),
    ]);
    starttls.fails(
        &[S(b"* OK r\r\n"), C(b"001 STARTTLS\r\n"), S(b"001 BAD what\r\n")],
        "IMAP: invalid STARTTLS response -- 001 BAD what",
    );
    // What came before the handshake does not count behind it.
    let said = [S(b"* OK r\r\n"), Said::Anything, S(b"001 OK\r\n* BYE\r\n"), Said::Tls, Said::Anything, End];
    assert!(starttls.play_whole(&said).is_err());
    test("port 993 protocol imaps").succeeds(&[S(b"* OK\r\n"), C(b"001 LOGOUT\r\n"), S(b"* BYE\r\n")]);
}

#[test]
fn pop_and_sieve_ask_for_tls_on_their_usual_ports() {
    let pop = test("port 110 protocol pop with ssl");
    let stls =
        [S(b"+OK r\r\n"), C(b"STLS\r\n"), S(b"+OK begin\r\n"), Said::Tls, C(b"QUIT\r\n"), S(b"+OK b\r\n")];
    pop.succeeds(&stls);
    pop.fails(&[stls[0], stls[1], S(b"-ERR no\r\n")], "POP: invalid STLS response -- -ERR no");
    let sieve = test("port 4190 protocol sieve with ssl");
    let greeting = S(b"\"STARTTLS\"\r\nOK \"Dovecot ready.\"\r\n");
    // It says what it can once more: the first time anybody could have said it.
    let again = S(b"\"SASL\" \"PLAIN\"\r\nOK \"TLS negotiation successful.\"\r\n");
    let begin = [greeting, C(b"STARTTLS\r\n"), S(b"OK \"Begin TLS negotiation now.\"\r\n"), Said::Tls];
    let bye = [again, C(b"LOGOUT\r\n"), S(b"OK \"Logout completed.\"\r\n")];
    sieve.succeeds(&[&begin[..], &bye].concat());
    let refused = S(b"NO \"TLS is not for you\"\r\n");
    sieve.fails(
        &[begin[0], begin[1], refused],
        "SIEVE: invalid STARTTLS response -- NO \"TLS is not for you\"",
    );
    test("port 995 protocol pops").succeeds(&[S(b"+OK\r\n"), C(b"QUIT\r\n"), S(b"+OK\r\n")]);
}

#[test]
fn news_and_local_mail() {
    play(&[
        ("nntp", &[S(b"200 n\r\n"), C(b"QUIT\r\n"), S(b"205 b\r\n")], ""),
        ("nntp", &[S(b"201 n\r\n"), C(b"QUIT\r\n"), S(b"205 b\r\n")], ""),
        ("nntp", &[S(b"502 n\r\n")], "NNTP error: 502 n"),
        ("nntp", &[S(b"200 n\r\n"), C(b"QUIT\r\n"), S(b"500 b\r\n")], "NNTP error: 500 b"),
        (
            "lmtp",
            &[
                S(b"220 l\r\n"),
                C(b"LHLO localhost\r\n"),
                S(b"250-l\r\n250 SIZE\r\n"),
                C(b"QUIT\r\n"),
                S(b"221 b\r\n"),
            ],
            "",
        ),
        ("lmtp", &[S(b"421 no\r\n")], "LMTP error: 421 no"),
        ("lmtp", &[S(b"220 l\r\n"), C(b"LHLO localhost\r\n"), S(b"500 l\r\n")], "LMTP error: 500 l"),
    ]);
}

#[test]
fn ssh_hears_itself() {
    play(&[
        ("ssh", &[S(b"SSH-2.0-OpenSSH_9\r\n"), C(b"SSH-2.0-OpenSSH_9\r\n"), S(b"\0\0\x05"), End], ""),
        ("ssh", &[S(b"SSH-1.99-x\n"), C(b"SSH-1.99-x\r\n"), Pause], ""),
        ("ssh", &[S(b"hello\r\n")], "SSH: protocol error -- hello"),
        ("ssh", &[End], "SSH: error receiving identification string -- CLOSED"),
    ]);
}

#[test]
fn rsync() {
    play(&[
        (
            "rsync",
            &[
                S(b"@RSYNCD: 31.0 sha512 md5\n"),
                C(b"@RSYNCD: 31.0 sha512 md5\n#list\n"),
                S(b"welcome\n\nmod1\tcomment\n@RSYNCD: EXIT\n"),
            ],
            "",
        ),
        ("rsync", &[S(b"hello\n")], "RSYNC: server greeting parse error -- hello"),
        ("rsync", &[End], "RSYNC: did not see server greeting -- CLOSED"),
        (
            "rsync",
            &[S(b"@RSYNCD: 31.0\n"), C(b"@RSYNCD: 31.0\n#list\n"), S(b"@ERROR: no\n")],
            "RSYNC: the server refuses -- @ERROR: no",
        ),
        (
            "rsync",
            &[S(b"@RSYNCD: 31.0\n"), C(b"@RSYNCD: 31.0\n#list\n"), S(b"mod1\n"), End],
            "RSYNC: error receiving data -- CLOSED",
        ),
    ]);
}

#[test]
fn one_question() {
    let ping = C(b"*1\r\n$4\r\nPING\r\n");
    let quit = C(b"*1\r\n$4\r\nQUIT\r\n");
    let policy = "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=SMTP\nsender=monit@foo.tld\n\
                  recipient=monit@foo.tld\nclient_address=1.2.3.4\nclient_name=mx.foo.tld\n\n";
    let policy = C(policy.as_bytes());
    let spamc = C(b"PING SPAMC/1.2\r\n");
    play(&[
        ("redis", &[ping, S(b"+PONG\r\n"), quit, S(b"+OK\r\n")], ""),
        ("redis", &[ping, S(b"-NOAUTH Authentication required.\r\n"), quit, End], ""),
        ("redis", &[ping, S(b"-NOPERM no\r\n"), quit, Pause], ""),
        ("redis", &[ping, S(b"-ERR x\r\n")], "REDIS: PING error -- -ERR x"),
        ("redis", &[ping, S(b"-LOADING x\r\n")], "REDIS: PING error -- -LOADING x"),
        ("redis", &[ping, End], "REDIS: PING response error -- CLOSED"),
        ("clamav", &[C(b"PING\r\n"), S(b"PONG\n")], ""),
        ("clamav", &[C(b"PING\r\n"), S(b"PONG"), End], ""),
        ("clamav", &[C(b"PING\r\n"), S(b"NO\n")], "CLAMAV: invalid PONG response -- NO"),
        ("spamassassin", &[spamc, S(b"SPAMD/1.5 0 PONG\r\n")], ""),
        (
            "spamassassin",
            &[spamc, S(b"SPAMD/1.5 76 Bad\r\n")],
            "SPAMASSASSIN: invalid PONG response -- SPAMD/1.5 76 Bad",
        ),
        ("postfix-policy", &[policy, S(b"action=DUNNO\n\n")], ""),
        ("postfix-policy", &[policy, S(b"foo\n\n")], "POSTFIX-POLICY error: foo"),
    ]);
}

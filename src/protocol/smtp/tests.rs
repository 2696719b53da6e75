use super::*;
use crate::protocol::transcript::{play, settle};

fn options() -> Options {
    Options { hostname: "vm.example".into(), ..Options::default() }
}

fn letter(to: &str, content: &str) -> Envelope {
    Envelope { from: "monit@vm".into(), to: to.into(), content: content.as_bytes().to_vec() }
}

/// Plays a whole session that delivers `letters`, with the server's words cut at every possible length.
fn session(options: &Options, letters: &[Envelope], lines: &[&str]) -> (Next, Vec<Fate>) {
    let mut results = Vec::new();
    for chunk in [1, 2, 3, 7, 1000] {
        let mut todo = letters.iter();
        let mut outcomes = Vec::new();
        let mut protocol =
            Owner { delivery: Delivery::new(options.clone()), todo: &mut todo, outcomes: &mut outcomes };
        let step = play(&mut protocol, lines, chunk);
        results.push((step, outcomes));
    }
    let last = results.pop().unwrap();
    for other in results {
        assert_eq!(other, last, "the result depends on how the bytes were cut");
    }
    last
}

/// What mail delivery does around the dialogue: gives it messages when it is ready, collects what became of them.
#[derive(Debug)]
struct Owner<'a> {
    delivery: Delivery,
    todo: &'a mut std::slice::Iter<'a, Envelope>,
    outcomes: &'a mut Vec<Fate>,
}

impl Owner<'_> {
    fn serve(&mut self, mut step: Next) -> Next {
        loop {
            self.outcomes.extend(self.delivery.take_outcome());
            if step != Next::Read || !self.delivery.is_ready() {
                return step;
            }
            match self.todo.next() {
                Some(letter) => self.delivery.submit(letter.clone()),
                None => self.delivery.quit(),
            }
            step = self.delivery.input(&[], false);
        }
    }
}

impl Protocol for Owner<'_> {
    fn start(&mut self) -> Next {
        let step = self.delivery.start();
        self.serve(step)
    }
    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        let step = self.delivery.input(bytes, eof);
        self.serve(step)
    }
    fn secured(&mut self) -> Next {
        let step = self.delivery.secured();
        self.serve(step)
    }
}

#[test]
fn two_messages_over_one_connection() {
    let letters =
        [letter("a@b.c", "Subject: x\n\n.hidden\nend\n"), letter("d@e.f", "Subject: y\r\n\r\nlast line")];
    let (step, outcomes) = session(
        &options(),
        &letters,
        &[
            "S: 220-mx ESMTP",
            "S: 220 second line",
            "C: EHLO vm.example",
            "S: 250-mx",
            "S: 250-SIZE 1000000",
            "S: 250 8BITMIME",
            "C: MAIL FROM: <monit@vm>",
            "S: 250 ok",
            "C: RCPT TO: <a@b.c>",
            "S: 250 ok",
            "C: DATA",
            "S: 354 go",
            "C: Subject: x",
            "C: ",
            "C: ..hidden",
            "C: end",
            "C: .",
            "S: 250 queued",
            "C: MAIL FROM: <monit@vm>",
            "S: 250 ok",
            "C: RCPT TO: <d@e.f>",
            "S: 250 ok",
            "C: DATA",
            "S: 354 go",
            "C: Subject: y",
            "C: ",
            "C: last line",
            "C: .",
            "S: 250 queued",
            "C: QUIT",
            "S: 221 bye",
        ],
    );
    assert_eq!(step, Next::Done);
    assert_eq!(outcomes, [Fate::Delivered, Fate::Delivered]);
}

#[test]
fn ehlo_refused_means_helo() {
    let (step, _) = session(
        &options(),
        &[],
        &[
            "S: 220 old",
            "C: EHLO vm.example",
            "S: 502 what?",
            "C: HELO vm.example",
            "S: 250 hi",
            "C: QUIT",
            "EOF",
        ],
    );
    assert_eq!(step, Next::Done);
}

#[test]
fn starttls_then_plain_authentication() {
    let options = Options { starttls: true, credentials: Some(("us".into(), "pw".into())), ..options() };
    let (step, _) = session(
        &options,
        &[],
        &[
            "S: 220 mx",
            "C: EHLO vm.example",
            "S: 250-mx",
            "S: 250-AUTH CRAM-MD5",
            "S: 250 STARTTLS",
            "C: STARTTLS",
            "S: 220 go",
            "TLS",
            "C: EHLO vm.example",
            "S: 250-mx",
            "S: 250 AUTH CRAM-MD5 LOGIN PLAIN",
            "C: AUTH PLAIN AHVzAHB3",
            "S: 235 ok",
            "C: QUIT",
            "S: 221 bye",
        ],
    );
    assert_eq!(step, Next::Done);
    let (step, _) = session(&options, &[], &["S: 220 mx", "C: EHLO vm.example", "S: 250 mx"]);
    assert_eq!(step, Next::Fail(Failure::Unsupported("STARTTLS")));
}

#[test]
fn words_in_clear_text_behind_starttls_are_refused() {
    let mut delivery = Delivery::new(Options { starttls: true, ..options() });
    delivery.start();
    delivery.input(b"220 mx\r\n", false);
    delivery.input(b"250-mx\r\n250 STARTTLS\r\n", false);
    let step = delivery.input(b"220 go\r\n250 AUTH PLAIN\r\n", false);
    assert!(matches!(step, Next::Fail(_)), "{step:?}");
}

#[test]
fn login_and_cram_md5() {
    let options = Options { credentials: Some(("us".into(), "pw".into())), ..options() };
    let (step, _) = session(
        &options,
        &[],
        &[
            "S: 220 mx",
            "C: EHLO vm.example",
            "S: 250-mx",
            "S: 250 AUTH LOGIN",
            "C: AUTH LOGIN",
            "S: 334 VXNlcm5hbWU6",
            "C: dXM=",
            "S: 334 UGFzc3dvcmQ6",
            "C: cHc=",
            "S: 235 ok",
            "C: QUIT",
            "S: 221 bye",
        ],
    );
    assert_eq!(step, Next::Done);
    // Refused CRAM-MD5 (a server that keeps only hashes): the next mechanism.
    let (step, _) = session(
        &options,
        &[],
        &[
            "S: 220 mx",
            "C: EHLO vm.example",
            "S: 250-mx",
            "S: 250 AUTH CRAM-MD5 PLAIN",
            "C: AUTH CRAM-MD5",
            "S: 334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+",
            "C: dXMgYjAzN2EwYThmZDhjZDI2MWRlNmE5Mzg3YTFlODI2NDg=",
            "S: 535 no",
            "C: AUTH PLAIN AHVzAHB3",
            "S: 235 ok",
            "C: QUIT",
            "S: 221 bye",
        ],
    );
    assert_eq!(step, Next::Done);
}

#[test]
fn no_way_to_authenticate() {
    let options = Options { credentials: Some(("us".into(), "pw".into())), ..options() };
    for offer in ["S: 250 AUTH GSSAPI", "S: 250 mx"] {
        let (step, _) = session(&options, &[], &["S: 220 mx", "C: EHLO vm.example", offer]);
        let Next::Fail(failure) = step else { panic!("{step:?}") };
        assert_eq!(failure.to_string(), "Authentication failed -- no supported authentication methods found");
    }
    let lines = [
        "S: 220 mx",
        "C: EHLO vm.example",
        "S: 250-mx",
        "S: 250 AUTH PLAIN",
        "C: AUTH PLAIN AHVzAHB3",
        "S: 535 bad password",
    ];
    let (step, _) = session(&options, &[], &lines);
    assert_eq!(step, Next::Fail(Failure::Answer("Authentication failed", "535 bad password".into())));
}

#[test]
fn a_refused_message_does_not_end_the_connection() {
    let letters = [letter("a@b", "x"), letter("c@d", "y"), letter("e@f", "z"), letter("g@h", "last")];
    let (step, outcomes) = session(
        &options(),
        &letters,
        &[
            "S: 220 mx",
            "C: EHLO vm.example",
            "S: 250 mx",
            "C: MAIL FROM: <monit@vm>",
            "S: 452 full",
            "C: MAIL FROM: <monit@vm>",
            "S: 250 ok",
            "C: RCPT TO: <c@d>",
            "S: 550 nobody",
            "C: RSET",
            "S: 250 ok",
            "C: MAIL FROM: <monit@vm>",
            "S: 250 ok",
            "C: RCPT TO: <e@f>",
            "S: 250 ok",
            "C: DATA",
            "S: 451 later",
            "C: RSET",
            "S: 250 ok",
            "C: MAIL FROM: <monit@vm>",
            "S: 250 ok",
            "C: RCPT TO: <g@h>",
            "S: 250 ok",
            "C: DATA",
            "S: 354 go",
            "C: last",
            "C: .",
            "S: 554 spam",
            "C: QUIT",
            "S: 221 bye",
        ],
    );
    assert_eq!(step, Next::Done);
    let refused = |why, text: &str| Fate::Refused { why, text: text.into() };
    assert_eq!(
        outcomes,
        [
            refused(Refusal::ForNow, "452 full"),
            refused(Refusal::OfRecipient, "550 nobody"),
            refused(Refusal::ForNow, "451 later"),
            refused(Refusal::OfMessage, "554 spam")
        ]
    );
}

#[test]
fn a_server_that_will_not_says_why() {
    for (said, text) in [
        (vec!["S: 421 busy"], "Mailserver response error -- 421 busy"),
        (vec!["S: 554 go away"], "Mailserver response error -- 554 go away"),
        (vec!["S: SSH-2.0-OpenSSH"], "Mailserver response error -- SSH-2.0-OpenSSH"),
        (vec!["EOF"], "connection closed by the server"),
        (
            vec!["S: 220 mx", "C: EHLO vm.example", "S: 500 no", "C: HELO vm.example", "S: 550 no"],
            "Mailserver response error -- 550 no",
        ),
        (vec!["S: 220 mx", "C: EHLO vm.example", "S: 421 bye"], "Mailserver response error -- 421 bye"),
    ] {
        let (step, _) = session(&options(), &[], &said);
        let Next::Fail(failure) = step else { panic!("{said:?}: {step:?}") };
        assert_eq!(failure.to_string(), text);
    }
}

#[test]
fn addresses_cannot_smuggle_commands() {
    let bad = ["a@b>\r\nDATA", "a@b> BODY=X", "a b@c", "", "a@b\n", "<a@b"];
    let letters: Vec<Envelope> = bad.iter().map(|to| letter(to, "x")).collect();
    let (step, outcomes) = session(
        &options(),
        &letters,
        &["S: 220 mx", "C: EHLO vm.example", "S: 250 mx", "C: QUIT", "S: 221 bye"],
    );
    assert_eq!(step, Next::Done);
    assert_eq!(outcomes.len(), bad.len());
    assert!(outcomes.iter().all(|o| matches!(o, Fate::Refused { why: Refusal::OfMessage, .. })));
    let odd = Options { hostname: "a\r\nb c".into(), ..options() };
    session(&odd, &[], &["S: 220 mx", "C: EHLO abc", "S: 250 mx", "C: QUIT", "S: 221 bye"]);
}

#[test]
fn extensions_are_used_only_where_needed() {
    let letters = [letter("a@b", "größe"), letter("ä@b", "plain"), letter("a@b", &"x".repeat(2000))];
    let (_, outcomes) = session(
        &options(),
        &letters,
        &[
            "S: 220 mx",
            "C: EHLO vm.example",
            "S: 250-mx",
            "S: 250-8bitmime",
            "S: 250-size 1999",
            "S: 250 SMTPUTF8",
            "C: MAIL FROM: <monit@vm> BODY=8BITMIME",
            "S: 250 ok",
            "C: RCPT TO: <a@b>",
            "S: 250 ok",
            "C: DATA",
            "S: 354 go",
            "C: größe",
            "C: .",
            "S: 250 ok",
            "C: MAIL FROM: <monit@vm> SMTPUTF8",
            "S: 250 ok",
            "C: RCPT TO: <ä@b>",
            "S: 250 ok",
            "C: DATA",
            "S: 354 go",
            "C: plain",
            "C: .",
            "S: 250 ok",
            "C: QUIT",
            "S: 221 bye",
        ],
    );
    assert!(matches!(outcomes[2], Fate::Refused { why: Refusal::OfMessage, .. }));
}

#[test]
fn the_final_dot_cannot_come_from_the_text() {
    for (text, wire) in [
        ("", ".\r\n"),
        ("a", "a\r\n.\r\n"),
        ("a\n.\nQUIT\n", "a\r\n..\r\nQUIT\r\n.\r\n"),
        ("a\r.\rb", "a\r\n..\r\nb\r\n.\r\n"),
        (".a\r\n..b\r\n", "..a\r\n...b\r\n.\r\n"),
        ("a\0\n\0.\n", "a\r\n..\r\n.\r\n"),
        ("a\n\n", "a\r\n\r\n.\r\n"),
    ] {
        assert_eq!(String::from_utf8(stuffed(text.as_bytes().to_vec())).unwrap(), wire, "{text:?}");
    }
}

#[test]
fn the_end_of_a_message_gets_more_patience() {
    let mut delivery = Delivery::new(options());
    delivery.start();
    let mut sent = Vec::new();
    for said in ["220 mx\r\n", "250 mx\r\n"] {
        let step = delivery.input(said.as_bytes(), false);
        settle(&mut delivery, step, &mut sent);
    }
    delivery.submit(letter("a@b", "x"));
    for said in ["", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"] {
        assert_eq!(delivery.patience(), Duration::ZERO);
        let step = delivery.input(said.as_bytes(), false);
        settle(&mut delivery, step, &mut sent);
    }
    assert!(delivery.patience() >= Duration::from_secs(60));
}

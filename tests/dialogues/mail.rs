//! Mail servers: the dialogue of a delivery, without a message.

use super::stage::{Said, test};
use Said::{Client as C, End, Server as S};

const EHLO: Said<'_> = C(b"EHLO localhost\r\n");
const QUIT: Said<'_> = C(b"QUIT\r\n");
const BYE: Said<'_> = S(b"221 bye\r\n");

#[test]
fn smtp() {
    let smtp = test("port 25 protocol smtp");
    smtp.succeeds(&[S(b"220-a\r\n220 f ESMTP\r\n"), EHLO, S(b"250-f\r\n250 SIZE 1\r\n"), QUIT, BYE]);
    let helo = C(b"HELO localhost\r\n");
    smtp.succeeds(&[S(b"220 f\r\n"), EHLO, S(b"502 what\r\n"), helo, S(b"250 f\r\n"), QUIT, BYE]);
    smtp.fails(&[S(b"421 busy\r\n")], "Mailserver response error -- 421 busy");
    smtp.fails(&[S(b"SSH-2.0-x\r\n")], "Mailserver response error -- SSH-2.0-x");
    smtp.fails(
        &[S(b"220 f\r\n"), EHLO, S(b"502 a\r\n"), helo, S(b"502 b\r\n")],
        "Mailserver response error -- 502 b",
    );
    smtp.fails(
        &[S(b"220 f\r\n"), EHLO, S(b"250 f\r\n"), QUIT, S(b"500 x\r\n")],
        "Mailserver response error -- 500 x",
    );
    let closed = "Error receiving data from the mailserver -- connection closed by the server";
    smtp.fails(&[End], closed);
    smtp.fails(&[S(b"220 f\r\n"), EHLO, S(b"250 f\r\n"), QUIT, End], closed);
}

#[test]
fn smtp_logs_in() {
    let smtp = test("port 25 protocol smtp username u password p");
    let plain = C(b"AUTH PLAIN AHUAcA==\r\n");
    let offer = S(b"250-f\r\n250 AUTH PLAIN LOGIN\r\n");
    smtp.succeeds(&[S(b"220 f\r\n"), EHLO, offer, plain, S(b"235 in\r\n"), QUIT, BYE]);
    smtp.succeeds(&[
        S(b"220 f\r\n"),
        EHLO,
        S(b"250-f\r\n250 AUTH LOGIN\r\n"),
        C(b"AUTH LOGIN\r\n"),
        S(b"334 b\r\n"),
        C(b"dQ==\r\n"),
        S(b"334 b\r\n"),
        C(b"cA==\r\n"),
        S(b"235 in\r\n"),
        QUIT,
        BYE,
    ]);
    smtp.fails(
        &[S(b"220 f\r\n"), EHLO, S(b"250 f\r\n")],
        "Authentication failed -- no supported authentication methods found",
    );
    smtp.fails(
        &[S(b"220 f\r\n"), EHLO, S(b"250-f\r\n250 AUTH PLAIN\r\n"), plain, S(b"535 no\r\n")],
        "Authentication failed -- 535 no",
    );
}

#[test]
fn smtp_asks_for_tls_on_the_ports_of_mail_exchange_and_submission() {
    for text in ["port 25 protocol smtp with ssl", "port 587 protocol smtps"] {
        test(text).succeeds(&[
            S(b"220 f\r\n"),
            EHLO,
            S(b"250-f\r\n250 STARTTLS\r\n"),
            C(b"STARTTLS\r\n"),
            S(b"220 go\r\n"),
            Said::Tls,
            EHLO,
            S(b"250 f\r\n"),
            QUIT,
            BYE,
        ]);
        test(text)
            .fails(&[S(b"220 f\r\n"), EHLO, S(b"250 f\r\n")], "STARTTLS is not supported by the server");
    }
    for text in ["port 465 protocol smtps", "port 2525 protocol smtp with ssl"] {
        test(text).succeeds(&[S(b"220 f\r\n"), EHLO, S(b"250 f\r\n"), QUIT, BYE]);
    }
}

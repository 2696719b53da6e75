use super::*;
use crate::event::ActionName;
use crate::mail::tests::event;
use std::time::{Duration, UNIX_EPOCH};

const NONE: MailFormat = MailFormat::NONE;

fn letterhead<'a>(own: &'a MailFormat, global: &'a MailFormat) -> Letterhead<'a> {
    let now = UNIX_EPOCH + Duration::from_secs(1_795_221_943);
    Letterhead { host: "vm", domain: "mail.vm", own, global, now, eight_bit: true }
}

fn text(event: &Event, letterhead: &Letterhead<'_>) -> String {
    String::from_utf8(compose(event, "a@b.c", letterhead).content).unwrap()
}

fn headers(text: &str) -> Vec<(&str, &str)> {
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    head.split("\r\n").map(|line| line.split_once(": ").unwrap_or((line, ""))).collect()
}

fn body(text: &str) -> &str {
    text.split_once("\r\n\r\n").unwrap().1
}

#[test]
fn the_default_message() {
    let event = Event { action: ActionName::Restart, ..event("p1", 1) };
    let text = text(&event, &letterhead(&NONE, &NONE));
    let headers = headers(&text);
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "From",
            "To",
            "Subject",
            "Date",
            "X-Mailer",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding",
            "X-Auto-Response-Suppress",
            "Precedence",
            "Message-Id"
        ]
    );
    let value = |name: &str| headers.iter().find(|(n, _)| *n == name).unwrap().1;
    assert_eq!(value("From"), "monit@vm");
    assert_eq!(value("To"), "a@b.c");
    assert_eq!(value("Subject"), "monit alert --  Does not exist p1");
    assert_eq!(value("X-Mailer"), "Monit 6.1.0");
    assert_eq!(value("Content-Type"), "text/plain; charset=utf-8");
    assert_eq!(value("Content-Transfer-Encoding"), "8bit");
    assert!(value("Message-Id").starts_with("<1795221943.") && value("Message-Id").ends_with("@mail.vm>"));
    let date = display_local(1_795_221_943);
    assert!(value("Date").starts_with(&date) && value("Date").len() > date.len() + 3, "{}", value("Date"));
    assert_eq!(
        body(&text),
        format!(
            "Does not exist Service p1 \r\n\r\n\tDate:        {date}\r\n\tAction:      restart\r\n\
             \tHost:        vm\r\n\tDescription: process is not running\r\n\r\n\
             Your faithful employee,\r\nMonit\r\n\r\n"
        )
    );
}

#[test]
fn formats_and_variables() {
    let global = MailFormat {
        from: Some(("Mo Nit".into(), "monit@$HOST".into())),
        reply_to: Some(("".into(), "admin@x.y".into())),
        subject: Some("[$SERVICE] $EVENT $ACTION$NOTHING $".into()),
        message: Some("  $DESCRIPTION on $HOST\n.dot $$EVENT $HOSTX".into()),
    };
    let own = MailFormat { subject: Some("short".into()), ..NONE };
    let tricky = Event { description: "says $SERVICE\r\nand more".into(), ..event("p1", 1) };
    let all = text(&tricky, &letterhead(&NONE, &global));
    let headers = headers(&all);
    assert_eq!(headers[0], ("Reply-To", "admin@x.y"));
    assert_eq!(headers[1], ("From", "\"Mo Nit\" <monit@vm>"));
    assert_eq!(headers[3], ("Subject", "[p1] Does not exist alert$NOTHING $"));
    assert_eq!(body(&all), "  says $SERVICE\r\nand more on vm\r\n.dot $Does not exist vmX\r\n");
    let envelope = compose(&tricky, "a@b.c", &letterhead(&own, &global));
    assert_eq!((&*envelope.from, &*envelope.to), ("monit@vm", "a@b.c"));
    let local = String::from_utf8(envelope.content).unwrap();
    assert!(local.contains("\r\nSubject: short\r\n") && local.contains("and more on vm"));
}

#[test]
fn nothing_can_inject_a_header() {
    let global = MailFormat {
        from: Some(("x\"\r\nBcc: v@w".into(), "a@b>\r\nX: y".into())),
        subject: Some("$SERVICE: $DESCRIPTION".into()),
        ..NONE
    };
    let evil = Event { description: "a\r\nBcc: victim@x\r\n\r\nbody".into(), ..event("s\nCc: z@z", 1) };
    let text = text(&evil, &letterhead(&NONE, &global));
    assert_eq!(headers(&text).len(), 11, "{text}");
    assert!(headers(&text).iter().all(|(name, _)| !name.ends_with("cc") && !name.is_empty()));
}

#[test]
fn the_lines_of_a_log_are_in_the_subject_too() {
    let global = MailFormat { subject: Some("$SERVICE: $DESCRIPTION".into()), ..NONE };
    let found = Event { description: "content match:\nERR $HOST 1\nERR 2\n".into(), ..event("log", 1) };
    let text = text(&found, &letterhead(&NONE, &global));
    let subject =
        headers(&text).iter().find(|(name, _)| *name == "Subject").map(|(_, value)| value.to_string());
    assert_eq!(subject.as_deref(), Some("log: content match: ERR $HOST 1; ERR 2"));
}

#[test]
fn long_lines_and_bytes_above_127_arrive_through_any_server() {
    let long = Event { description: "ü".repeat(4000).into(), ..event("größe", 1) };
    for eight_bit in [true, false] {
        let text = text(&long, &Letterhead { eight_bit, ..letterhead(&NONE, &NONE) });
        assert!(text.split("\r\n").all(|line| line.len() <= 998));
        assert!(text.is_ascii() && text.contains("Content-Transfer-Encoding: quoted-printable\r\n"));
    }
    let short = Event { description: "größe".into(), ..event("x", 1) };
    assert!(text(&short, &letterhead(&NONE, &NONE)).contains("Description: größe"));
    let seven = text(&short, &Letterhead { eight_bit: false, ..letterhead(&NONE, &NONE) });
    assert!(seven.contains("Description: gr=C3=B6=C3=9Fe"));
    let plain = text(&event("x", 1), &Letterhead { eight_bit: false, ..letterhead(&NONE, &NONE) });
    assert!(plain.contains("Content-Transfer-Encoding: 7bit"));
}

#[test]
fn a_message_sent_again_has_the_same_id() {
    let id = |event: &Event, to: &str, later: u64| {
        let now = UNIX_EPOCH + Duration::from_secs(2_000_000_000 + later);
        let envelope = compose(event, to, &Letterhead { now, ..letterhead(&NONE, &NONE) });
        let text = String::from_utf8(envelope.content).unwrap();
        headers(&text).iter().find(|(name, _)| *name == "Message-Id").unwrap().1.to_owned()
    };
    let first = event("x", 1);
    assert_eq!(id(&first, "a@b", 0), id(&first, "a@b", 60));
    assert_ne!(id(&first, "a@b", 0), id(&first, "c@d", 0));
    let second = Event { id: first.id + 1, ..first.clone() };
    assert_ne!(id(&first, "a@b", 0), id(&second, "a@b", 0));
}

#[test]
fn evidence_stands_below_the_default_text_and_no_other() {
    let plain = event("p1", 1);
    let seen =
        Event { evidence: "The program ended with exit status 3.\n  ü\u{1b}\n".into(), ..plain.clone() };
    let without = text(&plain, &letterhead(&NONE, &NONE));
    let with = text(&seen, &letterhead(&NONE, &NONE));
    let (head, tail) = with.split_at(without.len());
    assert_eq!(head, without);
    assert_eq!(tail, "The program ended with exit status 3.\r\n  ü \r\n\r\n");
    let own = MailFormat { message: Some("mine".into()), ..NONE };
    for (own, global) in [(&own, &NONE), (&NONE, &own)] {
        assert_eq!(body(&text(&seen, &letterhead(own, global))), "mine\r\n");
    }
}

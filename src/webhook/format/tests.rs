use super::super::message::Group;
use super::super::message::tests::event;
use super::*;
use crate::config::{Place, SecretUse, Url};
use crate::event::State;
use crate::noise::{Manner, Parcel, What};
use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

fn webhook(format: WebhookFormat) -> Webhook {
    let (path, query) = match format {
        WebhookFormat::Telegram => ("/sendMessage", Some("chat_id=42")),
        WebhookFormat::Ntfy => ("/alerts", None),
        WebhookFormat::Gotify => ("/message", None),
        WebhookFormat::Pagerduty => ("/v2/enqueue", None),
        WebhookFormat::Alertmanager => ("/api/v2/alerts", None),
        _ => ("/hook", None),
    };
    let url =
        Url { path: path.into(), query: query.map(Into::into), host: "h".into(), port: 80, ..Url::default() };
    let secret = (format.secret_use() != SecretUse::None).then(|| "SECRET".into());
    Webhook {
        place: Place::default(),
        name: "x".into(),
        url,
        format,
        timeout: Webhook::TIMEOUT,
        headers: Default::default(),
        secret,
        template: None,
    }
}

fn written(format: WebhookFormat, state: State) -> Draft {
    let mut event = event("web", state);
    if state == State::Failed {
        event.evidence = "Failed by the answer.\nThe server said:\n  HTTP/1.1 503 Busy\n".into();
    }
    let key = 1 + u64::from(state == State::Succeeded);
    draft(&Message { event: &event, host: "box", key, group: None }, &webhook(format))
}

#[test]
fn each_format_of_the_language_is_there_once() {
    for (word, format) in WebhookFormat::ALL {
        assert_eq!(FORMATS.iter().filter(|known| known.format == format).count(), 1, "{word}");
        assert_eq!(format.word(), word);
    }
    assert_eq!(FORMATS.len(), WebhookFormat::ALL.len());
}

/// Brackets and quotes match, and no control character is in it.
fn is_json(text: &str) -> bool {
    let (mut open, mut quoted, mut escaped) = (Vec::new(), false, false);
    for letter in text.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            letter if quoted && letter.is_control() => return false,
            _ if quoted => {}
            '{' | '[' => open.push(letter),
            '}' if open.pop() != Some('{') => return false,
            ']' if open.pop() != Some('[') => return false,
            _ => {}
        }
    }
    open.is_empty() && !quoted
}

#[test]
fn what_else_the_query_of_a_url_says_is_sent() {
    let message = Message { event: &event("web", State::Failed), host: "box", key: 1, group: None };
    for (format, query, target) in [
        (WebhookFormat::Telegram, "a=1&chat_id=42&b=2", "/botSECRET/sendMessage?a=1&b=2"),
        (WebhookFormat::Telegram, "chat_id=42", "/botSECRET/sendMessage"),
        (WebhookFormat::Ntfy, "auth=x", "/?auth=x"),
        (WebhookFormat::Gotify, "a=1", "/message?a=1"),
    ] {
        let mut webhook = webhook(format);
        webhook.url.query = Some(query.into());
        assert_eq!(draft(&message, &webhook).target, target);
    }
}

#[test]
fn whatever_an_event_holds_the_body_is_json() {
    for (word, format) in WebhookFormat::ALL {
        for nasty in ["\"}],{[\\", "\0\u{1b}[2J\u{2028}\r\n\t", "<&>$", &"ü\"".repeat(12_000)] {
            let mut event = event(nasty, State::Failed);
            event.description = nasty.into();
            event.evidence = nasty.into();
            // As a queue file may say.
            event.time = UNIX_EPOCH + Duration::from_secs(i64::MAX as u64);
            let Draft { body, .. } =
                draft(&Message { event: &event, host: nasty, key: 1, group: None }, &webhook(format));
            assert!(is_json(&body), "{word}: {body}");
        }
        for state in [State::Failed, State::Succeeded, State::Changed, State::NotChanged] {
            assert!(is_json(&written(format, state).body), "{word}");
        }
    }
}

#[test]
fn several_events_are_json_in_each_format_and_are_all_there() {
    for (word, format) in WebhookFormat::ALL {
        for what in [What::News, What::Summary] {
            let manner = if format.keeps_accounts() { Manner::Each } else { Manner::Told };
            let mut parcel = Parcel::new(what, manner, (1, 3));
            for (key, service) in [(1, "we\"b"), (2, "db"), (3, "<x>")] {
                parcel.add(key, event(service, State::Failed));
            }
            let first = parcel.oldest().unwrap().clone();
            let (title, text) = (parcel.title("box"), parcel.text("box", &crate::config::Config::default()));
            let group = Group { parcel, title, text };
            let message = Message { event: &first, host: "box", key: 1, group: Some(&group) };
            let Draft { body, .. } = draft(&message, &webhook(format));
            assert!(is_json(&body), "{word}: {body}");
            // It takes one event in each request, and never gets several.
            let all = format == WebhookFormat::Pagerduty || body.contains("db");
            assert!(all && body.contains("we\\\"b"), "{word}: {body}");
            let mut again = Parcel::new(what, manner, (1, 3));
            again.add(1, event("we\"b", State::Succeeded));
            let again = Group { parcel: again, title: String::new(), text: String::new() };
            // Repeated with fewer of its events it is the same message; with another one behind it it is not.
            assert_eq!(message.id(), Message { group: Some(&again), ..message }.id());
            let other = Group { parcel: Parcel::new(what, manner, (1, 4)), ..again };
            assert_ne!(message.id(), Message { group: Some(&other), ..message }.id());
            assert_ne!(message.id(), Message { group: None, ..message }.id());
        }
    }
}

#[test]
fn what_others_have_written_is_a_link_to_nobody() {
    let link =
        "http://evil.example/ www.evil.example [a](//evil.example) <http://evil.example|b> joe@evil.example";
    let mut event = event(link, State::Failed);
    (event.description, event.evidence) = (link.into(), link.into());
    let mut parcel = Parcel::new(What::News, Manner::Told, (1, 2));
    parcel.add(1, event.clone());
    parcel.add(2, event.clone());
    let (title, text) = (parcel.title("box"), parcel.text("box", &crate::config::Config::default()));
    let group = Group { parcel, title, text };
    for (word, format) in WebhookFormat::ALL {
        // These are read by programs.
        if matches!(format, WebhookFormat::Json | WebhookFormat::Pagerduty | WebhookFormat::Alertmanager) {
            continue;
        }
        for group in [None, Some(&group)] {
            let Draft { body, .. } =
                draft(&Message { event: &event, host: "box", key: 1, group }, &webhook(format));
            assert!(body.contains("evil"), "{word}: {body}");
            for links in ["://", "www.", "](", "@e", "<http"] {
                assert!(!body.contains(links), "{word} has {links}: {body}");
            }
        }
    }
}

#[test]
fn what_breaks_links_makes_no_message_too_long() {
    let mut event = event("web", State::Failed);
    (event.description, event.evidence) = ("@a".repeat(2000).into(), "://".repeat(300).into());
    for (format, field) in [(WebhookFormat::Telegram, "text"), (WebhookFormat::Ntfy, "message")] {
        let message = Message { event: &event, host: "box", key: 1, group: None };
        let Draft { body, .. } = draft(&message, &webhook(format));
        let text = body.split(&format!("\"{field}\":\"")).nth(1).unwrap().split("\",\"").next().unwrap();
        // An escape is longer than what it stands for.
        assert!(text.replace("\\n", " ").len() <= 4096, "{field}: {}", text.len());
        assert!(text.contains("@\u{200b}a") && is_json(&body), "{body}");
    }
}

/// The part of the document that shows what is sent.
fn generated() -> String {
    let mut out = String::new();
    for (word, format) in WebhookFormat::ALL {
        let _ = writeln!(out, "### {word}\n\n```");
        for state in [State::Failed, State::Succeeded] {
            let Draft { target, headers, body } = written(format, state);
            let _ = writeln!(out, "POST {target}");
            for (name, value) in headers {
                let _ = writeln!(out, "{name}: {value}");
            }
            let _ = writeln!(out, "{body}\n");
        }
        out.truncate(out.trim_end().len());
        let _ = writeln!(out, "\n```\n");
    }
    out
}

#[test]
fn the_document_shows_what_each_format_sends() {
    let zoned = |text: &str| {
        text.split("Date: ")
            .enumerate()
            .map(|(n, part)| if n == 0 { part } else { part.get(25..).unwrap_or(part) })
            .collect::<String>()
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("doc/webhooks.md");
    let text = std::fs::read_to_string(&path).expect("doc/webhooks.md");
    let (begin, end) = ("<!-- begin of what the tests compare -->\n", "<!-- end -->");
    let (head, rest) = text.split_once(begin).expect("the first mark");
    let (middle, tail) = rest.split_once(end).expect("the second mark");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, format!("{head}{begin}{}{end}{tail}", generated())).expect("doc/webhooks.md");
    } else {
        assert_eq!(zoned(middle), zoned(&generated()), "run the tests with UPDATE_EXPECT=1");
    }
}

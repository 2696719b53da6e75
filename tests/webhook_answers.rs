//! Each format of a webhook at a real receiver that answers in every way there is: what is sent again, what is not, what is told.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use nix::sys::signal::Signal;
use std::process::Command;
use std::time::Duration;
use support::receiver::{Receiver, Reply, TAKES};
use support::{Lab, eventually, free_port, run};

/// Format, URL behind the server, path of its requests.
const FORMATS: &[(&str, &str, &str)] = &[
    ("json", "/json", "/json"),
    ("slack", "/slack", "/slack"),
    ("discord", "/discord", "/discord"),
    ("telegram", "/sendMessage?chat_id=42", "/botT0KEN/sendMessage"),
    ("ntfy", "/base/topic", "/base/"),
    ("gotify", "/message", "/message"),
    ("pagerduty", "/v2/enqueue", "/v2/enqueue"),
    ("teams", "/teams", "/teams"),
    ("alertmanager", "/api/v2/alerts", "/api/v2/alerts"),
];

/// What becomes of an alert after the first answer to it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    /// It is there.
    Taken,
    /// It comes again, not before so many seconds, and these words say why.
    Again(u64, &'static str),
    /// It is dropped, and these words say so.
    Dropped(&'static str),
}

use Fate::{Again, Dropped, Taken};

/// The first answer, and what comes of it.
const ANSWERS: &[(&str, Reply, Fate)] = &[
    ("204", Reply::Bytes("HTTP/1.1 204 No Content\r\n\r\n"), Taken),
    (
        "chunked",
        Reply::Bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
        Taken,
    ),
    ("a body cut off", Reply::Bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), Taken),
    (
        "a body without end",
        Reply::Floods("HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n", "more and more"),
        Taken,
    ),
    ("100 and then", Reply::Bytes("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n"), Taken),
    ("100 alone", Reply::Bytes("HTTP/1.1 100 Continue\r\n\r\n"), Again(1, "connection closed by the server")),
    ("500", Reply::Says("500 Oops"), Again(1, "500 Oops; ")),
    ("503", Reply::Says("503 Busy\r\nRetry-After: 3"), Again(3, "503 Busy; ")),
    ("429 and seconds", Reply::Says("429 Slow\r\nRetry-After: 3"), Again(3, "429 Slow; ")),
    ("429 alone", Reply::Says("429 Slow"), Again(1, "429 Slow; ")),
    (
        "301",
        Reply::Says("301 Moved\r\nLocation: /elsewhere"),
        Again(1, "301 Moved (redirects are not followed)"),
    ),
    ("307", Reply::Says("307 Go\r\nLocation: /elsewhere"), Again(1, "307 Go (redirects are not followed)")),
    ("401", Reply::Says("401 Who"), Again(1, "401 Who")),
    ("hangs up", Reply::Cuts, Again(1, "connection closed by the server")),
    (
        "a head cut off",
        Reply::Bytes("HTTP/1.1 200 OK\r\nContent-Le"),
        Again(1, "connection closed by the server"),
    ),
    (
        "a head without end",
        Reply::Floods("HTTP/1.1 200 OK\r\n", "X-More: and more\r\n"),
        Again(1, "too long"),
    ),
    ("a line without end", Reply::Floods("HTTP/1.1 200 ", "OK"), Again(1, "too long")),
    (
        "100 without end",
        Reply::Floods("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n"),
        Again(1, ""),
    ),
    ("no HTTP", Reply::Bytes("220 mx.example ESMTP\r\n\r\n"), Again(1, "not HTTP")),
    ("stalls", Reply::Stalls, Again(1, "Timed out waiting for an answer")),
    ("400", Reply::Says("400 Bad"), Dropped("400 Bad")),
    ("422", Reply::Says("422 What"), Dropped("422 What")),
];

/// A control file with a webhook of each format at this port.
fn control(lab: &Lab, port: u16) {
    lab.file("token", "T0KEN\n");
    lab.chmod("token", 0o600);
    let mut text = "set daemon 1\n".to_owned();
    for (format, path, _) in FORMATS {
        let secret = match *format {
            "slack" | "discord" | "teams" => "",
            _ => "secret file @D@/token",
        };
        text += &format!(
            "set alert webhook {format} url \"http://127.0.0.1:{port}{path}\" format {format} {secret} timeout 5 seconds\n\
             set alert @{format} not on {{ instance, action }}\n"
        );
    }
    lab.control(&format!("{text}check file watched with path @D@/watched\n  if does not exist then alert\n"));
}

/// Has all formats answered so at first, and looks at what comes of it.
fn answered(name: &str, first: Reply, fate: Fate) {
    let receiver = Receiver::start(move |_, before| if before == 0 { first } else { TAKES });
    let mut lab = Lab::new();
    control(&lab, receiver.port);
    lab.start(["-v"]);
    let so_far = if matches!(fate, Again(..)) { 2 } else { 1 };
    for (format, _, path) in FORMATS {
        receiver.wait(path, so_far);
        if fate == Taken {
            lab_says(&lab, name, &format!("alert sent to @{format}"));
        }
        if let Again(_, words) | Dropped(words) = fate {
            let said = lab_says(&lab, name, &format!("Webhook @{format} ("));
            assert!(said.contains(words), "{name}: {said}");
        }
    }
    lab.file("watched", "");
    for (format, _, path) in FORMATS {
        let requests = receiver.wait(path, so_far + 1);
        let (first, second) = (&requests[0], &requests[1]);
        assert_eq!(
            first.body == second.body,
            so_far == 2,
            "{name}, {format}: {} {}",
            first.body,
            second.body
        );
        if let Again(seconds, _) = fate {
            let (pause, least) = (second.at - first.at, Duration::from_secs(seconds));
            assert!(pause >= least - Duration::from_millis(100), "{name}, {format}: after {pause:?}");
            assert_ne!(second.body, requests[2].body, "{name}, {format}");
        }
    }
    assert!(receiver.requests("/elsewhere").is_empty(), "{name}: a redirect was followed");
    lab.stop(Signal::SIGTERM);
    let all: usize = FORMATS.iter().map(|(_, _, path)| receiver.requests(path).len()).sum();
    assert_eq!((all, receiver.count()), (FORMATS.len() * (so_far + 1), all), "{name}");
}

/// The first line of the console with these words.
fn lab_says(lab: &Lab, name: &str, words: &str) -> String {
    eventually(&format!("{words:?} of {name}"), || {
        lab.console().lines().find(|line| line.contains(words)).map(str::to_owned)
    })
}

#[test]
fn whatever_is_answered_each_format_comes_once_and_again_only_where_it_must() {
    // A few at a time: each is a daemon.
    for some in ANSWERS.chunks(4) {
        std::thread::scope(|scope| {
            for (name, first, fate) in some {
                scope.spawn(|| answered(name, *first, *fate));
            }
        });
    }
}

#[test]
fn a_date_to_come_back_at_is_kept() {
    // The date that is made has whole seconds: it is up to one of them earlier than five seconds from here.
    let end = std::time::SystemTime::now() + Duration::from_secs(4);
    let output = run(Command::new("date")
        .args(["-u", "-d", "now + 5 seconds", "+%a, %d %b %Y %H:%M:%S GMT"])
        .env("LC_ALL", "C"));
    let date = String::from_utf8(output.stdout).expect("a date");
    let answer: &'static str = format!("429 Slow\r\nRetry-After: {}", date.trim()).leak();
    let receiver = Receiver::start(move |_, before| if before == 0 { Reply::Says(answer) } else { TAKES });
    let mut lab = Lab::new();
    control(&lab, receiver.port);
    lab.start(["-v"]);
    for (format, _, path) in FORMATS {
        receiver.wait(path, 2);
        assert!(std::time::SystemTime::now() >= end, "{format} did not wait");
    }
}

#[test]
fn who_is_down_gets_the_alert_later() {
    let port = free_port();
    let mut lab = Lab::new();
    control(&lab, port);
    lab.start(["-v"]);
    for (format, ..) in FORMATS {
        let said = lab_says(&lab, "down", &format!("Webhook @{format} ("));
        assert!(said.contains("Connection refused"), "{said}");
    }
    let receiver = Receiver::at(port, |_, _| TAKES);
    for (format, _, path) in FORMATS {
        receiver.wait(path, 1);
        lab_says(&lab, "down", &format!("alert sent to @{format}"));
    }
    lab.stop(Signal::SIGTERM);
    assert_eq!(receiver.count(), FORMATS.len());
}

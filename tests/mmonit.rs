//! M/Monit: what collectors are sent, when, and what becomes of it when they are down. The layout is held against what Monit
//! was seen to send.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "mmonit/collector.rs"]
mod collector;
mod support;
#[path = "xml/parser.rs"]
mod xml;

use collector::{Collector, Post, Reply, TAKES};
use nix::sys::signal::Signal;
use std::time::{Duration, Instant};
use support::{Lab, eventually, free_port};

const NONE: [&str; 0] = [];
const WATCHED: &str = "check system sys.example\n  if loadavg (1min) > 9999 then alert\n\
    check file watched with path @D@/watched\n  group gg\n  if does not exist then alert\n";

fn headers(post: &Post) -> Vec<&str> {
    post.head
        .lines()
        .map(|line| line.split_once(": ").map_or(line, |(name, _)| name))
        .filter(|line| !line.is_empty())
        .collect()
}

fn is_status(post: &&Post) -> bool {
    post.message().is_none()
}

#[test]
fn messages_look_like_those_of_monit() {
    let collector = Collector::start(|_, _| TAKES);
    let (port, http) = (collector.port, free_port());
    let mut lab = Lab::with(&format!(
        "set daemon 1\nset httpd port {http} and use address 127.0.0.1\n  allow guest:x read-only\n  allow admin:s3cret\n\
         set mmonit http://monuser:mon%23%40%25p#ss@127.0.0.1:{port}/collector with timeout 3 seconds hostgroups [ab cd]\n{WATCHED}"
    ));
    lab.start(NONE);
    collector.wait_event("file doesn't exist");
    let posts = collector.wait(4);
    let first = &posts[0];
    let usual = [
        "POST /collector HTTP/1.1",
        "Host",
        "Content-Type",
        "Content-Length",
        "Pragma",
        "Accept",
        "User-Agent",
    ];
    assert_eq!(headers(first), [&usual[..], &["Authorization"]].concat());
    assert!(
        first.head.contains(&format!("\r\nHost: 127.0.0.1:{port}\r\nContent-Type: text/xml\r\n")),
        "{}",
        first.head
    );
    assert!(
        first.head.contains("\r\nPragma: no-cache\r\nAccept: */*\r\nUser-Agent: Monit/6.1.0\r\n"),
        "{}",
        first.head
    );
    assert_eq!(first.login().as_deref(), Some("monuser:mon#@%p#ss"));
    // It says that it can take packed messages with its first answer.
    assert!(!first.packed() && posts[1..].iter().all(Post::packed));
    assert_eq!(headers(&posts[1]), [&usual[..], &["Content-Encoding", "Authorization"]].concat());

    let document = first.document();
    let service = "service(type collected_sec collected_usec status status_hint monitor monitormode onreboot pendingaction)";
    assert_eq!(
        document.shape(&[]),
        format!(
            "monit(server(uptime poll startdelay localhostname controlfile httpd(address port ssl) credentials(username password)) \
             platform(name release version machine cpu memory swap) hostgroups(name name) services({service} {service}) \
             servicegroups(servicegroup(service)) event(collected_sec collected_usec service type id state action message))"
        ),
        "before the first check"
    );
    assert_eq!(document.attribute("version"), Some("6.1.0"));
    assert_eq!(document.attribute("id").map(str::len), Some(32));
    assert_eq!(document.at("server/credentials/username"), Some("admin"));
    assert_eq!(document.at("server/credentials/password"), Some("s3cret"));
    assert_eq!(document.child("hostgroups").unwrap().children[1].text, "cd");
    let event = |post: &Post| {
        let event = post.document().child("event").expect("an event").clone();
        ["service", "type", "id", "state", "action", "message"]
            .map(|name| event.at(name).unwrap_or_default().to_owned())
    };
    assert_eq!(event(first), ["Monit", "5", "65536", "2", "6", "Monit 6.1.0 started"]);
    assert!(is_status(&&posts[1]), "then how the services are");
    assert_eq!(
        event(&collector.wait_event("file doesn't exist")),
        ["watched", "2", "512", "1", "1", "file doesn't exist"]
    );
    lab.file("watched", "");
    assert_eq!(event(&collector.wait_event("file exists"))[2..5], ["512", "0", "1"]);
    assert_eq!(lab.cli(["unmonitor", "watched"]).code, 0);
    assert_eq!(event(&collector.wait_event("unmonitor action done"))[1..5], ["2", "131072", "2", "1"]);
    lab.stop(Signal::SIGTERM);
    let last = collector.posts().pop().unwrap();
    assert_eq!(event(&last), ["Monit", "5", "65536", "2", "3", "Monit 6.1.0 stopped"]);
    for secret in ["mon#", "mon%23", "s3cret"] {
        assert!(!lab.console().contains(secret), "{}", lab.console());
        assert!(!lab.cli(["-tv"]).out.contains(secret) || secret == "s3cret");
    }
}

#[test]
fn each_cycle_is_told_once_and_a_reload_begins_anew() {
    let collector = Collector::start(|_, _| TAKES);
    let port = collector.port;
    let mut lab =
        Lab::with(&format!("set daemon 1\nset mmonit http://u:p@127.0.0.1:{port}/collector\n{WATCHED}"));
    lab.file("watched", "");
    lab.start(NONE);
    let posts = collector.wait(5);
    assert_eq!(collector.messages(), ["Monit 6.1.0 started"]);
    // Told twice, two would say the same; when they arrive is the machine's business.
    let collected = |post: &Post| {
        let document = post.document();
        ["collected_sec", "collected_usec"].map(|name| {
            document.at(&format!("services/service/{name}")).and_then(|text| text.parse::<u64>().ok())
        })
    };
    let times: Vec<_> = posts.iter().filter(is_status).map(collected).collect();
    assert!(times.iter().all(|time| time[0].is_some()), "{times:?}");
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
    // Nobody has a password to tell, and no interface to be reached at.
    assert!(posts.iter().all(|post| !post.text.contains("<httpd>") && !post.text.contains("credentials")));
    let before = posts[0].document().attribute("incarnation").unwrap().to_owned();
    lab.signal(Signal::SIGHUP);
    let reloaded = collector.wait_event("Monit reloaded");
    assert!(!reloaded.packed(), "what it can take is found out anew");
    assert_ne!(reloaded.document().attribute("incarnation"), Some(&*before));
    let since = collector.posts().len();
    let posts = collector.wait(since + 2);
    assert!(posts.last().is_some_and(|post| is_status(&post) && post.packed()));
    let console = lab.console();
    assert_eq!(console.matches("M/Monit heartbeat started").count(), 2, "{console}");
}

#[test]
fn a_reload_tells_nothing_twice_to_one_that_takes_its_time() {
    let (answers, waits) = std::sync::mpsc::channel::<()>();
    let waits = std::sync::Mutex::new(waits);
    let collector = Collector::start(move |post, _| {
        // It has the event, and says so when the test lets it.
        if post.message().is_some_and(|message| message.contains("doesn't exist")) {
            let _ = waits.lock().unwrap().recv();
        }
        TAKES
    });
    let port = collector.port;
    let mut lab = Lab::with(&format!(
        "set daemon 60\nset mmonit http://u:p@127.0.0.1:{port}/c timeout 60 seconds\n{WATCHED}"
    ));
    lab.start(NONE);
    collector.wait_event("doesn't exist");
    lab.signal(Signal::SIGHUP);
    lab.wait_line("Monit reloaded");
    answers.send(()).expect("a collector");
    collector.wait_event("Monit reloaded");
    let told = collector.messages().iter().filter(|text| text.contains("doesn't exist")).count();
    assert_eq!(told, 1, "{:?}", collector.messages());
}

#[test]
fn one_that_is_down_is_told_of_once_and_loses_nothing() {
    let port = free_port();
    let mut lab = Lab::with(&format!(
        "set daemon 1\nset mmonit http://u:p@127.0.0.1:{port}/collector?t=T0KEN\n{WATCHED}"
    ));
    lab.start(NONE);
    let shown = format!("http://[127.0.0.1]:{port}/collector");
    lab.wait_line(&format!("M/Monit: failed to send message to {shown} -- Connection refused"));
    lab.file("watched", "");
    lab.wait_status("watched", "OK");
    // Some cycles later.
    lab.wait_checks("watched", 3);
    assert_eq!(lab.console().matches("failed to send").count(), 1, "{}", lab.console());
    let collector = Collector::at(port, |_, _| TAKES);
    lab.wait_line(&format!("M/Monit: {shown} takes messages again"));
    collector.wait_event("file exists");
    assert_eq!(collector.messages(), ["Monit 6.1.0 started", "file doesn't exist", "file exists"]);
    assert!(collector.posts()[0].head.starts_with("POST /collector?t=T0KEN HTTP/1.1\r\n"));
    let port = collector.turn_off();
    lab.wait_line("failed to send message to");
    let collector = Collector::at(port, |_, _| Reply::Says("500 No\r\nServer: x"));
    lab.wait_line("HTTP/1.1 500 No");
    assert!(!lab.console().contains("T0KEN"), "{}", lab.console());
    drop(collector);
}

#[test]
fn whatever_is_no_answer_of_success_is_tried_again() {
    for (reply, told) in [
        (Reply::Says("401 Unauthorized"), "HTTP/1.1 401 Unauthorized"),
        (Reply::Says("404 Not Found"), "HTTP/1.1 404 Not Found"),
        (Reply::Says("302 Found\r\nLocation: /x"), "HTTP/1.1 302 Found (redirects are not followed)"),
        (Reply::Says("\x1b[2Jx"), "HTTP"),
        (Reply::Cuts, "closed"),
        (Reply::Stalls, "Timed out"),
    ] {
        // Each event is taken with the second attempt.
        let collector = Collector::start(move |post, before| {
            let is_new = before == 0 && post.message().is_some();
            if is_new { reply } else { TAKES }
        });
        let port = collector.port;
        let mut lab = Lab::with(&format!(
            "set daemon 60\nset mmonit http://u:p@127.0.0.1:{port}/ timeout 1 second\n{WATCHED}"
        ));
        lab.start(NONE);
        let line = lab.wait_line("M/Monit: failed to send message");
        assert!(line.contains(told) && !line.contains('\x1b'), "{line}");
        eventually("both events", || {
            let mut messages = collector.messages();
            messages.dedup();
            (messages == ["Monit 6.1.0 started", "file doesn't exist"]).then_some(())
        });
    }
}

#[test]
fn one_that_refuses_an_event_but_not_how_the_services_are_is_told_of_once() {
    let collector = Collector::start(|post, _| match post.message() {
        Some(message) if message.contains("exist") => Reply::Says("403 Forbidden"),
        _ => TAKES,
    });
    let port = collector.port;
    let mut lab = Lab::with(&format!("set daemon 1\nset mmonit http://u:p@127.0.0.1:{port}/c\n{WATCHED}"));
    lab.start(NONE);
    lab.wait_line("HTTP/1.1 403 Forbidden");
    let before = collector.posts().len();
    collector.wait(before + 6);
    let console = lab.console();
    assert_eq!(
        (console.matches("failed to send").count(), console.matches("again").count()),
        (1, 0),
        "{console}"
    );
}

#[test]
fn an_event_that_is_refused_for_good_holds_up_no_other() {
    let collector = Collector::start(|post, _| match post.message() {
        Some(message) if message.contains("doesn't exist") => Reply::Says("400 Bad Request"),
        _ => TAKES,
    });
    let port = collector.port;
    let mut lab = Lab::with(&format!("set daemon 1\nset mmonit http://u:p@127.0.0.1:{port}/c\n{WATCHED}"));
    lab.start(NONE);
    let line = lab.wait_line("refuses the event 'watched' Does not exist (file doesn't exist)");
    assert!(line.ends_with(", which is dropped -- HTTP/1.1 400 Bad Request"), "{line}");
    lab.file("watched", "");
    eventually("the recovery", || {
        collector.messages().iter().any(|text| text == "file exists").then_some(())
    });
    assert_eq!(lab.console().matches("which is dropped").count(), 1, "{}", lab.console());
}

#[test]
fn one_that_refuses_everything_refuses_no_event() {
    let mends = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mended = mends.clone();
    let collector = Collector::start(move |_, _| match mended.load(std::sync::atomic::Ordering::SeqCst) {
        true => TAKES,
        false => Reply::Says("400 Bad Request"),
    });
    let port = collector.port;
    let mut lab = Lab::with(&format!("set daemon 1\nset mmonit http://u:p@127.0.0.1:{port}/c\n{WATCHED}"));
    lab.start(NONE);
    collector.wait(6);
    mends.store(true, std::sync::atomic::Ordering::SeqCst);
    lab.wait_line("takes messages again");
    assert!(!lab.console().contains("dropped"), "{}", lab.console());
    eventually("both events", || {
        let messages = collector.messages();
        messages.last().is_some_and(|last| last == "file doesn't exist").then_some(())
    });
}

#[test]
fn each_server_has_its_own_pace() {
    let (good, silent) = (Collector::start(|_, _| TAKES), Collector::start(|_, _| Reply::Stalls));
    let (a, b, dead) = (good.port, silent.port, support::refusing_port());
    let mut lab = Lab::with(&format!(
        "set daemon 1\nset httpd port {} allow admin:pw\nset mmonit http://u:p@127.0.0.1:{b}/silent timeout 30 seconds\n  \
         http://u:p@127.0.0.1:{dead}/dead\n  http://a:b@localhost:{a}/good hostgroups [gg]\n  http://c:d@localhost:{a}/good\n{WATCHED}",
        free_port()
    ));
    lab.start(NONE);
    lab.wait_line("file doesn't exist");
    lab.file("watched", "");
    eventually("all of both", || {
        let of = |login: &str| {
            let posts = good.posts().into_iter().filter(|post| post.login().as_deref() == Some(login));
            posts.filter_map(|post| post.message()).count()
        };
        (of("a:b") == 3 && of("c:d") == 3).then_some(())
    });
    for post in good.posts() {
        assert_eq!(post.text.contains("<hostgroups>"), post.login().as_deref() == Some("a:b"));
    }
    assert_eq!(silent.posts().len(), 1, "it has not answered");
    let asked = Instant::now();
    lab.stop(Signal::SIGTERM);
    assert!(asked.elapsed() < Duration::from_secs(10), "one that is silent holds up nobody");
    assert_eq!(good.messages().iter().filter(|message| message.contains("stopped")).count(), 2);
}

#[test]
fn what_waits_in_the_queue_survives_a_kill() {
    let port = free_port();
    let mut lab = Lab::with(&format!(
        "set daemon 1\nset eventqueue basedir @D@/queue slots 100\nset mmonit http://u:p@127.0.0.1:{port}/c\n{WATCHED}"
    ));
    lab.start(NONE);
    lab.wait_line("failed to send");
    lab.file("watched", "");
    lab.wait_status("watched", "OK");
    let count = || std::fs::read_dir(lab.path("queue")).map_or(0, |folder| folder.flatten().count());
    eventually("three files", || (count() == 3).then_some(()));
    lab.stop(Signal::SIGKILL);
    let collector = Collector::at(port, |_, _| TAKES);
    lab.start(NONE);
    let all = ["Monit 6.1.0 started", "file doesn't exist", "file exists", "Monit 6.1.0 started"];
    eventually("all of them", || (collector.messages().len() >= 4).then_some(()));
    assert_eq!(collector.messages(), all);
    let left = || std::fs::read_dir(lab.path("queue")).map_or(0, |folder| folder.flatten().count());
    eventually("an empty queue", || (left() == 0).then_some(()));
}

#[test]
fn a_run_that_ends_by_itself_tells_events_only() {
    let collector = Collector::start(|_, _| TAKES);
    let lab = Lab::with(&format!("set mmonit http://u:p@127.0.0.1:{}/c\n{WATCHED}", collector.port));
    assert_eq!(lab.cli(NONE).code, 0);
    assert_eq!(collector.messages(), ["file doesn't exist"]);
    let posts = collector.posts();
    assert_eq!(posts.len(), 1, "{posts:?}");
    assert_eq!(posts[0].document().attribute("id").map(str::to_owned), lab.lines("monit.id").pop());
}

/// The time that a process has had a processor: what it keeps others waiting for, whatever else runs on this machine.
fn worked(pid: i32) -> Duration {
    let text = std::fs::read_to_string(format!("/proc/{pid}/schedstat")).expect("schedstat");
    Duration::from_nanos(text.split(' ').next().and_then(|number| number.parse().ok()).expect("nanoseconds"))
}

#[test]
fn each_service_of_ten_thousand_is_told_and_nobody_waits_for_that() {
    const SERVICES: usize = 10_000;
    let collector = Collector::start(|_, _| TAKES);
    let (port, http) = (collector.port, free_port());
    let mut text = format!(
        "set daemon 3\nset httpd port {http} and use address 127.0.0.1 allow localhost\nset mmonit http://u:p@127.0.0.1:{port}/c\n\
         check system sys.example\n"
    );
    for number in 1..SERVICES {
        text += &format!("check file f{number} path @D@/f\n");
    }
    let mut lab = Lab::with(&text);
    lab.file("f", "");
    lab.start(NONE);
    // One that came as it is, and one that was packed.
    collector.wait(1);
    let (pid, mut pauses) = (lab.daemon_pid(), Vec::new());
    let (begun, posts) = (worked(pid), collector.posts().len());
    while collector.posts().len() < 4 || pauses.len() < 100 {
        let before = worked(pid);
        let (head, _) = support::http::ask(http, "GET /_ping HTTP/1.0\r\n\r\n");
        assert!(head.starts_with("HTTP/1.0 200") || head.starts_with("HTTP/1.1 200"), "{head}");
        pauses.push(worked(pid) - before);
        std::thread::sleep(Duration::from_millis(5));
    }
    pauses.sort();
    let (most, longest) = (pauses[pauses.len() * 95 / 100], pauses[pauses.len() - 1]);
    // Beside what all of it takes, on whatever machine.
    let documents = u32::try_from(collector.posts().len() - posts).expect("a number");
    let each = (worked(pid) - begun) / documents;
    assert!(most < each / 10 && longest < each / 4, "{most:?} {longest:?} of {each:?}");
    let posts = collector.posts();
    assert!(!posts[0].packed() && posts[1..].iter().all(Post::packed));
    for post in posts.iter().take(2) {
        let document = post.document();
        let services = document.child("services").expect("services");
        assert_eq!(services.children.len(), SERVICES);
        assert_eq!(services.children[SERVICES - 1].attribute("name"), Some("f9999"));
    }
    // Nothing of it is left.
    let files = format!("/proc/{pid}/fd");
    let links = || {
        std::fs::read_dir(&files)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|file| file.path().read_link().ok())
    };
    eventually("no document between two", || {
        (!links().any(|link| link.to_string_lossy().contains("monit-message"))).then_some(())
    });
}

#[test]
fn there_is_a_bound_that_is_told() {
    let urls: Vec<String> = (0..33).map(|number| format!("http://u:p@h{number}/c")).collect();
    let reply = Lab::with(&format!("set daemon 1\nset mmonit {}\n{WATCHED}", urls.join(" "))).cli(["-t"]);
    assert_eq!(reply.code, 1);
    let said = format!("{}{}", reply.out, reply.err);
    assert!(said.contains("there are more than 32 M/Monit servers 'http://*"), "{said}");
}

/// The server is our own interface: what it says to a message is that it does not want it.
#[cfg(feature = "tls")]
#[test]
fn a_server_is_known_by_its_certificate() {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls");
    let (mut server, port) = (Lab::new(), free_port());
    std::fs::copy(data.join("good.pem"), server.path("own.pem")).unwrap();
    server.chmod("own.pem", 0o600);
    server.control(&format!(
        "set daemon 60\nset httpd port {port} address 127.0.0.1 with ssl {{ pemfile: @D@/own.pem }}\n  allow localhost\n{WATCHED}"
    ));
    server.start(NONE);
    server.wait_line("Starting Monit");
    let ca = data.join("ca.pem").display().to_string();
    for (options, told) in [
        ("", "TLS: certificate verification failed"),
        (" ssl { verify: disable }", "HTTP/1.1 4"),
        (&*format!(" ssl {{ CACertificateFile: \"{ca}\" }}"), "HTTP/1.1 4"),
        (
            " ssl { verify: disable } certificate checksum md5 \"0123456789abcdef0123456789abcdef\"",
            "checksum",
        ),
    ] {
        let mut lab = Lab::with(&format!(
            "set daemon 60\nset mmonit https://u:p@localhost:{port}/c{options}\n{WATCHED}"
        ));
        lab.start(NONE);
        let line = lab.wait_line("M/Monit: failed to send message");
        assert!(line.contains(told), "{options}: {line}");
    }
}

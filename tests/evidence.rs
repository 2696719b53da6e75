//! What alerts show beside the description: in mail and to webhooks, of real programs, processes and servers, and never what
//! is nobody's business.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

#[path = "support/json.rs"]
mod json;
mod support;

use json::Json;
use std::sync::{Arc, Mutex};
use support::mail::mail_server;
use support::receiver::{Receiver, TAKES};
use support::{Lab, eventually};

const NONE: [&str; 0] = [];

/// A daemon, a mail server and a receiver by HTTP that are told of everything.
struct Story {
    lab: Lab,
    mails: Arc<Mutex<Vec<String>>>,
    receiver: Receiver,
}

impl Story {
    /// The daemon runs with `text` in its control file, behind who is told; `lab` may have programs for it.
    fn begin(mut lab: Lab, text: &str) -> Story {
        let mails = Arc::new(Mutex::new(Vec::new()));
        let (smtp, receiver) = (mail_server(&mails), Receiver::start(|_, _| TAKES));
        let port = receiver.port;
        lab.control(&format!(
            "set daemon 1\nset mailserver 127.0.0.1 port {smtp}\nset alert a@b.c not on {{ instance, action }}\n\
             set alert webhook ops url \"http://127.0.0.1:{port}/ops\"\nset alert @ops not on {{ instance, action }}\n{text}"
        ));
        lab.start(NONE);
        Story { lab, mails, receiver }
    }

    /// The first mail that holds this, as its reader sees it: lines end with `\n`.
    fn mail(&self, text: &str) -> String {
        eventually(&format!("a mail with {text:?}"), || {
            let mails = self.mails.lock().unwrap();
            mails.iter().find(|mail| mail.contains(text)).map(|mail| mail.replace("\r\n", "\n"))
        })
    }

    /// The evidence of the first event about this service; `None`: it has none.
    fn evidence(&self, service: &str) -> Option<String> {
        let body = eventually(&format!("an event of {service}"), || {
            let all = self.receiver.requests("/ops");
            let mut bodies = all.iter().map(|request| Json::parse(&request.body));
            bodies.find(|body| body.at(&["service"]).text() == service)
        });
        let Json::Object(members) = &body else { panic!("no object: {body:?}") };
        members.iter().find(|(name, _)| *name == "evidence").map(|(_, value)| value.text().to_owned())
    }
}

/// What stands below the default text.
fn below(mail: &str) -> &str {
    let (_, below) = mail.split_once("\nYour faithful employee,\nMonit\n").expect("the default text");
    below.trim_end_matches(".\n").trim()
}

const LONG: &str = "i=0; while [ $i -lt 400 ]; do echo line $i; i=$((i+1)); done; \
    printf 'last \\033[31mwords\\377 \\342\\200\\256\\n'; exit 3";

#[test]
fn of_a_program_that_fails_its_end_and_how_it_ended() {
    let lab = Lab::new();
    let (long, short) = (lab.program("long", LONG), lab.program("short", "echo boom; kill -9 $$"));
    let text = format!(
        "check program long with path {}\n  if status != 0 then alert\n\
         check program short with path {}\n  if status != 0 then alert\n",
        long.display(),
        short.display()
    );
    let story = Story::begin(lab, &text);
    let mail = story.mail("Service long");
    let seen = below(&mail);
    assert!(seen.starts_with("The program ended with exit status 3.\nThe end of its output:\n"), "{mail}");
    assert!(seen.ends_with("  line 398\n  line 399\n  last ?[31mwords? ?"), "{mail}");
    assert!(seen.len() <= 1000, "{}", seen.len());
    assert_eq!(story.evidence("long").as_deref().map(str::trim_end), Some(seen));
    // What the description says is not said twice.
    assert_eq!(story.evidence("short").as_deref(), Some("The program was ended by SIGKILL.\n"));
}

#[test]
fn of_a_start_that_fails_its_end_and_how_it_ended() {
    let lab = Lab::new();
    lab.program("start", LONG);
    let text = "check process p with pidfile @D@/p.pid\n  start program = \"@D@/start\" with timeout 20 seconds\n  \
        if does not exist then start\n";
    let story = Story::begin(lab, text);
    let mail = story.mail("failed to start (exit status 3)");
    assert!(
        below(&mail).starts_with("The program ended with exit status 3.\nThe end of its output:\n"),
        "{mail}"
    );
    assert!(below(&mail).contains("\n  line 399\n  last ?[31mwords"), "{mail}");
}

#[test]
fn a_message_of_ones_own_and_whoever_wants_none_get_none() {
    let lab = Lab::new();
    let fails = lab.program("fails", "echo boom; exit 3");
    let check = format!("check program fails with path {}\n  if status != 0 then alert\n", fails.display());
    let own = Story::begin(lab, &format!("set mail-format {{ message: mine $DESCRIPTION }}\n{check}"));
    let mail = own.mail("mine");
    assert!(mail.ends_with("\nmine status failed (3) -- boom\n.\n"), "{mail}");
    assert!(own.evidence("fails").is_some());

    let lab = Lab::new();
    lab.program("fails", "echo boom; exit 3");
    let off = check.replace(&own.lab.dir().display().to_string(), "@D@");
    let off = Story::begin(lab, &format!("set evidence off\n{off}"));
    let mail = off.mail("Service fails");
    assert_eq!(below(&mail), "", "{mail}");
    assert_eq!(off.evidence("fails"), None);
}

/// Two processes that work until the test is over, the second below the first, with names of their own and an argument
/// that is nobody's business.
struct Hogs(std::process::Child);

impl Hogs {
    fn start(lab: &Lab, names: [&str; 2]) -> Hogs {
        let programs = names.map(|name| lab.path(name));
        for program in &programs {
            std::fs::copy("/bin/sh", program).expect("a copy of the shell");
        }
        let script = format!(
            "echo $$ > {}; \"$1\" -c 'while kill -0 \"$1\"; do :; done' x $$ --password=S3CRET 2>/dev/null & while :; do :; done",
            lab.path("hog.pid").display()
        );
        let [first, second] = programs;
        let mut command = std::process::Command::new(first);
        command.args(["-c", &script, "x"]).arg(second).arg("--password=S3CRET");
        let hogs = Hogs(support::spawn(&mut command));
        lab.pid("hog");
        hogs
    }
}

impl Drop for Hogs {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn of_a_busy_machine_who_works_and_no_arguments() {
    let lab = Lab::new();
    let hogs = Hogs::start(&lab, ["hog1", "h\u{1b}g\nx"]);
    // Whatever is measured is told: on a large machine two processes and their memory are next to nothing.
    let text = "check system box\n  if cpu usage >= 0% then alert\n  if loadavg (1min) >= 0 then alert\n  \
        if memory usage >= 0% then alert\n\
        check process tree with pidfile @D@/hog.pid\n  if children > 0 then alert\n  if cpu >= 0% then alert\n";
    let story = Story::begin(lab, text);
    for event in ["cpu usage of", "loadavg (1min) of"] {
        let mail = story.mail(event);
        assert!(below(&mail).starts_with("Biggest processes by cpu (of one processor):\n  "), "{mail}");
        assert!(below(&mail).lines().count() <= 6, "{mail}");
    }
    let memory = story.mail("mem usage of");
    assert!(below(&memory).starts_with("Biggest processes by resident memory:\n  "), "{memory}");
    assert_eq!(below(&memory).lines().count(), 6, "{memory}");
    let tree = story.mail("children count 1");
    let seen = below(&tree);
    assert!(seen.starts_with("Biggest of its processes by resident memory:\n  "), "{tree}");
    assert!(seen.contains(&format!("\n  hog1[{}] ", hogs.0.id())) && seen.contains("\n  h?g?x["), "{tree}");
    assert_eq!(seen.lines().count(), 3, "{tree}");
    let told: String = story.mails.lock().unwrap().concat();
    let posted: String = story.receiver.requests("/ops").iter().map(|request| &*request.body).collect();
    assert!(!told.contains("S3CRET") && !posted.contains("S3CRET"), "{told}{posted}");
    assert!(!story.lab.console().contains("hog1"), "the log is Monit's");
}

#[test]
fn a_reminder_has_the_biggest_processes() {
    let text =
        "check system box\n  if memory usage >= 0% then alert\n  alert r@b.c with reminder on 2 cycles\n";
    let story = Story::begin(Lab::new(), text);
    let mails = eventually("two reminders", || {
        let mails = story.mails.lock().unwrap();
        let to = |mail: &&String| mail.contains("To: r@b.c") && mail.contains("mem usage of");
        let found: Vec<String> = mails.iter().filter(to).map(|mail| mail.replace("\r\n", "\n")).collect();
        (found.len() > 2).then_some(found)
    });
    for mail in &mails {
        assert!(below(mail).starts_with("Biggest processes by resident memory:\n  "), "{mail}");
        assert_eq!(below(mail).lines().count(), 6, "{mail}");
    }
}

/// A server that reads what it is sent and gives one answer, the same to everybody.
fn server(answer: &'static [u8]) -> u16 {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
    let port = listener.local_addr().expect("address").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]).and_then(|_| stream.write_all(answer));
        }
    });
    port
}

#[test]
fn of_a_connection_its_phase_and_what_the_server_said_but_not_what_we_said() {
    let hostile = b"HTTP/1.1 503 Go\x1b[2J away \xe2\x80\xae, hunter22:T0KENT0KEN\r\nSet-Cookie: session=C00KIE\r\n\r\n";
    let (busy, echo) = (server(hostile), server(b"what is HUNTER22?\r\nmore\r\n"));
    let (closes, refuses) = (server(b""), support::refusing_port());
    let login = "protocol http username joe password hunter22 http headers [X-Token: T0KENT0KEN]";
    let text = format!(
        "check host busy with address 127.0.0.1\n  if failed port {busy} {login} then alert\n\
         check host echo with address 127.0.0.1\n  \
         if failed port {echo} send \"login hunter22\\r\\n\" expect \"OK\" then alert\n\
         check host closes with address 127.0.0.1\n  if failed port {closes} protocol http then alert\n\
         check host refuses with address 127.0.0.1\n  if failed port {refuses} then alert\n"
    );
    let story = Story::begin(Lab::new(), &text);
    let seen = |name: &str| story.evidence(name).unwrap_or_default();
    assert_eq!(
        seen("busy"),
        "Failed by the answer.\nThe server said:\n  HTTP/1.1 503 Go?[2J away ?, ****:****\n"
    );
    assert_eq!(seen("echo"), "Failed by the answer.\n", "the description has what it said");
    assert_eq!(seen("closes"), "Failed while waiting for an answer.\n");
    assert_eq!(seen("refuses"), "Failed while connecting.\n");
    let mail = story.mail("Service busy");
    assert!(below(&mail).contains("HTTP/1.1 503 Go?[2J away"), "{mail}");
    let told: String = story.mails.lock().unwrap().concat();
    for secret in ["T0KEN", "C00KIE"] {
        assert!(!told.contains(secret), "{told}");
    }
}

//! No secret of the control file is in anything that comes out: a daemon that has every kind of them, with servers that say
//! back all they are told, and then with mistakes in the file.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod cores;
mod markers;
mod mistakes;
mod processes;
mod servers;
#[path = "../support/mod.rs"]
mod support;

use base64::Engine;
use markers::{Found, Secrets};
use nix::sys::signal::Signal;
use processes::Watch;
use servers::Way::{Elsewhere, Raw, Status};
use std::fs;
use std::path::Path;
use support::receiver::{Receiver, TAKES};
use support::{Lab, eventually, free_port, http::ask, refusing_port};

/// Each way in which an HTTP server can say back what it was told, and those it is not spoken to again.
const WAYS: &[servers::Way] = &[Status("500"), Raw, Elsewhere, Status("401")];
const REFUSES: &[servers::Way] = &[Status("404"); 50];

/// A file of one secret, as such a file must be.
fn file(lab: &Lab, name: &str, text: &str) {
    lab.file(name, &format!("{text}\n"));
    lab.chmod(name, 0o600);
}

/// Everybody who is told of alerts, with what each wants to know of us. The number is that of webhooks.
fn destinations(lab: &Lab, secrets: &mut Secrets) -> (String, usize) {
    let mut text = String::from(
        "set mail-format { from: monit@mx.example }\nset alert ops@mx.example\n\
             set alert night@mx.example group within 1 second\nset mailserver",
    );
    for auth in ["PLAIN", "LOGIN", "CRAM-MD5"] {
        let word = secrets.make("password of a mail server");
        let port = servers::mail(auth, "535");
        text += &format!(" 127.0.0.1 port {port} username \"me\" password \"{word}\",");
    }
    text += &format!(" 127.0.0.1 port {} with timeout 5 seconds\n", servers::mail("NONE", "250"));
    let mut count = 0;
    let mut webhook = |secrets: &mut Secrets, scheme: &str, server: &str, format: &str| {
        let mut new = |what: &str| secrets.make(&format!("{what} of a webhook"));
        let (user, word) = (new("user"), new("password"));
        let (path, query, header, key) = (new("path"), new("query"), new("header"), new("secret"));
        file(lab, &format!("key{count}"), &key);
        let url = format!("{scheme}://{user}:a%23{word}@{server}/v1/{path}/?chat_id={query}");
        let url = if format == "ntfy" { url.replace("/?", "?") } else { url };
        let url = if count % 2 == 0 {
            file(lab, &format!("url{count}"), &url);
            format!("file @D@/url{count}")
        } else {
            format!("\"{url}\"")
        };
        let key = match format {
            "slack" | "discord" | "teams" => String::new(),
            _ => format!("secret file @D@/key{count}"),
        };
        text += &format!(
            "set alert webhook w{count} url {url} format {format} header \"X-Own: {header}\" {key} timeout 5 seconds\n\
             set alert @w{count}\n"
        );
        count += 1;
    };
    for format in
        ["json", "slack", "discord", "telegram", "ntfy", "gotify", "pagerduty", "teams", "alertmanager"]
    {
        webhook(secrets, "http", &format!("127.0.0.1:{}", servers::http(WAYS)), format);
    }
    webhook(secrets, "http", &format!("127.0.0.1:{}", servers::http(REFUSES)), "telegram");
    webhook(secrets, "https", &format!("127.0.0.1:{}", servers::http(WAYS)), "json");
    webhook(secrets, "http", &format!("127.0.0.1:{}", refusing_port()), "gotify");
    webhook(secrets, "http", "nowhere.invalid", "ntfy");
    text += "set mmonit";
    for server in [servers::http(WAYS), servers::http(REFUSES), refusing_port()] {
        let mut new = |what: &str| secrets.make(&format!("{what} of M/Monit"));
        let (user, word, query) = (new("user"), new("password"), new("query"));
        text += &format!(
            " http://{user}:b%40{word}@127.0.0.1:{server}/collector?t={query} with timeout 5 seconds"
        );
    }
    text.push('\n');
    for server in [servers::http(WAYS), servers::http(REFUSES), refusing_port()] {
        let mut new = |what: &str| secrets.make(&format!("{what} of a heartbeat"));
        let (user, word, path, query) = (new("user"), new("password"), new("path"), new("query"));
        text += &format!(
            "set heartbeat url http://{user}:{word}@127.0.0.1:{server}/{path}?k={query} every 1 second\n"
        );
    }
    (text, count)
}

/// Tests of servers, each with whatever it logs in with; their names.
fn probes(secrets: &mut Secrets) -> (String, Vec<String>) {
    let mut new = |what: &str| secrets.make(&format!("{what} of a test"));
    // Servers name the user to say why they refuse.
    let (user, word, key) = ("user", new("password"), new("secret"));
    let login = format!("username {user} password \"{word}\"");
    let line = || servers::parrot(b"220 here\r\n", servers::line);
    let web = || servers::http(REFUSES);
    let tests = [
        format!("url http://{user}:{word}@127.0.0.1:{}/x", web()),
        format!(
            "url http://{user}:{word}@127.0.0.1:{}/x with follow 3 redirects",
            servers::http(&[Elsewhere; 99])
        ),
        format!("url http://{user}:{word}@127.0.0.1:{}/x", servers::http(&[Raw; 99])),
        format!("port {} protocol http {login}", web()),
        format!("port {} protocol http http headers [X-Key: {key}, X-Other: a]", web()),
        format!("port {} protocol http {login}", servers::parrot(b"", servers::same)),
        format!("port {} protocol apache-status {login} loglimit > 10%", web()),
        format!("port {} protocol mysql {login}", servers::parrot(servers::MYSQL, servers::mysql)),
        format!("port {} protocol mysql {login}", line()),
        format!("port {} protocol pgsql {login}", servers::parrot(b"", servers::pgsql)),
        format!("port {} protocol pgsql {login}", line()),
        format!("port {} protocol smtp {login}", servers::mail("PLAIN", "535")),
        format!("port {} protocol smtp {login}", servers::mail("LOGIN", "535")),
        format!("port {} protocol smtp {login}", servers::mail("CRAM-MD5", "535")),
        format!("port {} protocol mqtt {login}", servers::parrot(b"", servers::same)),
        format!("port {} type udp protocol radius secret \"{key}\"", servers::udp_parrot()),
        format!("port {} send \"AUTH {key}\\r\\n\" expect \"[+]OK\"", servers::parrot(b"", servers::line)),
    ];
    let names = (0..tests.len()).map(|number| format!("probe{number}")).collect();
    let text = tests.iter().enumerate().map(|(number, test)| {
        format!("check host probe{number} with address 127.0.0.1\n  if failed {test} then alert\n")
    });
    (text.collect(), names)
}

/// All files below a folder but those that have secrets by their nature.
fn files(folder: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let own = ["monitrc", "url", "key", "token", "users"].iter().any(|own| name.starts_with(own));
        if entry.path().is_dir() {
            files(&entry.path(), into);
        } else if !own && let Ok(bytes) = fs::read(entry.path()) {
            into.push((format!("file {name}"), bytes));
        }
    }
}

/// What each command says.
fn commands(lab: &Lab, into: &mut Vec<(String, Vec<u8>)>) {
    for line in [
        "-t",
        "-tv",
        "-vt",
        "status",
        "-v status",
        "summary",
        "report",
        "why",
        "why probe0",
        "events",
        "lint",
        "procmatch .",
        "silence --list",
        "--json status",
        "--json summary",
        "--json why",
        "--json events",
        "--json procmatch .",
        "validate",
        "test alert",
        "--json test alert",
        "beat beats",
        "-V",
        "-h",
        "--json report",
    ] {
        let reply = lab.cli(line.split(' '));
        into.push((format!("monit {line}"), (reply.out + &reply.err).into_bytes()));
    }
}

/// What each page says.
fn pages(port: u16, login: &str, names: &[String], into: &mut Vec<(String, Vec<u8>)>) {
    let fixed = [
        "",
        "_status",
        "_status?format=xml",
        "_status2?format=xml&level=full",
        "_summary",
        "_report",
        "_events",
        "_why",
        "_silences",
        "_test_results",
        "_runtime",
        "_viewevents",
        "_viewlog",
        "_about",
        "metrics",
        "api/v1/status",
        "api/v1/events",
        "api/v1/services",
        "api/v1/silences",
        "api/v1/test-alert",
        "api/v1/why",
        "_getid",
        "beats",
        "nothing",
    ];
    let all = fixed.iter().map(|path| (*path).to_owned()).chain(names.iter().cloned());
    for path in all {
        let (head, body) =
            ask(port, &format!("GET /{path} HTTP/1.0\r\nAuthorization: Basic {login}\r\n\r\n"));
        assert!(!head.contains(" 401 "), "{path}: {head}");
        into.push((format!("page /{path}"), (head + &body).into_bytes()));
    }
}

#[test]
fn no_secret_comes_out_of_a_daemon_whatever_others_say_to_it() {
    let mut secrets = Secrets::default();
    let (mut lab, http) = (Lab::new(), free_port());
    let receiver = Receiver::start(|_, _| TAKES);
    let (told, webhooks) = destinations(&lab, &mut secrets);
    let (tests, names) = probes(&mut secrets);
    let mut new = |what: &str| secrets.make(what);
    let (admin, guest, listed, token) =
        (new("password of allow"), new("quoted password of allow"), new("password in a file"), new("token"));
    file(&lab, "token", &new("token in a file"));
    file(&lab, "users", &format!("ann:{listed}"));
    let tell = lab.program(
        "tell",
        "env > @D@/environment.$$; tr '\\0' ' ' < /proc/$PPID/cmdline; cat /proc/$PPID/environ; sleep 0.1; exit 1",
    );
    let tell = tell.display();
    lab.control(&format!(
        "set daemon 1\nset log @D@/log\nset eventqueue basedir @D@/queue\nset history on file @D@/past\nset metrics file @D@/metrics\n\
         set httpd port {http} address 127.0.0.1\n  allow admin:{admin}\n  allow guest:\"{guest}\" read-only\n  allow cleartext @D@/users\n\
         {told}set alert webhook open url http://127.0.0.1:{}/open\nset alert @open\n\
         check heartbeat beats within 1 hour token \"{token}\"\ncheck heartbeat more within 1 hour token file @D@/token\n\
         check program tells with path {tell}\n  if status != 0 then exec \"{tell}\"\n\
         check file gone with path @D@/gone\n  start program = \"{tell}\"\n  if does not exist then start\n{tests}",
        receiver.port
    ));
    lab.start(["-vv"]);
    let watch = Watch::begin(lab.daemon_pid());
    for name in &names {
        lab.wait_status(name, "Connection failed");
    }
    let login = base64::engine::general_purpose::STANDARD.encode(format!("admin:{admin}"));
    for number in 0..webhooks {
        eventually("something of each webhook", || {
            let said = lab.console();
            (said.contains(&format!("Webhook @w{number} ("))).then_some(())
        });
    }
    let mut seen = Vec::new();
    commands(&lab, &mut seen);
    pages(http, &login, &names, &mut seen);
    for signal in [Signal::SIGUSR1, Signal::SIGHUP] {
        lab.signal(signal);
    }
    lab.wait_line("reloaded");
    receiver.wait("/open", 5);
    eventually("a look at a child", || watch.has_met_a_child().then_some(()));
    files(lab.dir(), &mut seen);
    lab.stop(Signal::SIGTERM);
    seen.extend(watch.end());
    files(lab.dir(), &mut seen);
    for request in receiver.requests("/open") {
        seen.push(("the message to somebody else".to_owned(), (request.head + &request.body).into_bytes()));
    }
    let console = lab.console();
    assert!(console.contains("535"), "{console}");
    seen.push(("the console".to_owned(), console.into_bytes()));
    let found: Vec<Found> = seen.iter().flat_map(|(place, text)| secrets.within(place, text)).collect();
    // As Monit shows it in what it makes of the file, at a verbose start too.
    let is_dump =
        |found: &Found| found.what == "query of M/Monit" && found.near.contains("    = http://[127.0.0.1]:");
    report(found.into_iter().filter(|found| !is_dump(found)).collect());
}

/// Fails with one line for each kind of secret and each place.
fn report(mut found: Vec<Found>) {
    found.sort_by(|a, b| (&a.what, &a.place).cmp(&(&b.what, &b.place)));
    found.dedup_by(|a, b| (&a.what, &a.place) == (&b.what, &b.place));
    let lines: Vec<String> =
        found.iter().map(|found| format!("{} in {}: …{}…", found.what, found.place, found.near)).collect();
    assert!(lines.is_empty(), "{} secrets shown:\n{}", lines.len(), lines.join("\n"));
}

//! The XML status of a real daemon: its elements are those of the reference, every parser reads it, filters count.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::string_slice)]

mod support;
#[path = "xml/parser.rs"]
mod xml;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use support::http::{ask, connect};
use support::skip::skip;
use support::{Lab, eventually, free_port, spawn};
use xml::{Node, parse};

/// The control file behind `tests/xml/*.xml`.
const CHECKS: &str = r#"set daemon 60
set httpd port @P@ and use address 127.0.0.1
    allow localhost
check system sys.example
    group g_sys
    if loadavg (1min) > 1000 then alert
check process p_run with pidfile @D@/run.pid
    group g_proc
    group g_two
    if total cpu > 100% then alert
check process p_web with pidfile @D@/run.pid
    group g_proc
    start program = "/bin/true"
    stop program = "/bin/true"
    if failed port @W@ protocol http request "/" with timeout 3 seconds then alert
    if failed unixsocket @D@/u.sock then alert
check process p_match matching "sleep 7702"
check process p_down with pidfile @D@/down.pid
check process p_startfail with pidfile @D@/down2.pid
    start program = "/bin/false" with timeout 2 seconds
check process p_unmon with pidfile @D@/run.pid
    onreboot nostart
check process p_init with pidfile @D@/run.pid
    every "0 0 1 1 *"
check process p_dep with pidfile @D@/run.pid
    depends on p_down
check file f_ok with path @D@/ok
    group g_file
    if failed checksum then alert
    if content = "zzz" then alert
check file f_plain with path @D@/sum
check file f_bad with path @D@/sum
    if failed permission 600 then alert
    if size > 1 B then alert
check file f_missing with path @D@/nope
check file f_type with path @D@/d
check directory d_ok with path @D@/d
    group g_file
check directory d_missing with path @D@/dx
check fifo ff_ok with path @D@/fifo
check fifo ff_missing with path @D@/nofifo
check filesystem fs_root with path /
    if space usage > 100% then alert
check filesystem fs_missing with path @D@/nofs
check host h_ok with address 127.0.0.1
    if failed port @W@ protocol http with timeout 5 seconds then alert
    if failed port @W@ type tcp then alert
check host h_down with address 127.0.0.1
    if failed port @C@ with timeout 5 seconds then alert
check program pr_ok with path @D@/ok.sh
    if status != 0 then alert
check program pr_bad with path "@D@/bad.sh"
    if status != 0 then alert
check program pr_silent with path @D@/silent.sh
    if status != 0 then alert
check network n_lo with interface lo
    if link down then alert
check network n_ip with address 127.0.0.1
check network n_missing with interface nosuch0
"#;

/// What depends on the machine: a ping needs a privilege, and not every disk tells what it has done.
const OF_THE_MACHINE: &[&str] = &["icmp"];
const OF_THE_DISK: &[&str] = &["read", "write", "servicetime", "inode"];

fn get(port: u16, path: &str) -> (String, String) {
    ask(port, &format!("GET {path} HTTP/1.0\r\n\r\n"))
}

/// A web server that answers everybody, for as long as the test runs.
fn web_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 1024]);
                let _ = stream.write_all(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok");
            });
        }
    });
    port
}

/// A daemon on these checks, after a cycle in which all was looked at.
fn daemon() -> (Lab, u16, Vec<std::process::Child>) {
    let port = free_port();
    let text = CHECKS
        .replace("@P@", &port.to_string())
        .replace("@W@", &web_server().to_string())
        .replace("@C@", &support::refusing_port().to_string());
    let mut lab = Lab::with(&text);
    let sleeper = spawn(Command::new("sleep").arg("7701").stdout(Stdio::null()));
    let matched = spawn(Command::new("sleep").arg("7702").stdout(Stdio::null()));
    lab.file("run.pid", &sleeper.id().to_string());
    lab.file("ok", "hello\n");
    lab.file("sum", "12345");
    std::fs::create_dir(lab.path("d")).expect("a folder");
    nix::unistd::mkfifo(&lab.path("fifo"), nix::sys::stat::Mode::S_IRWXU).expect("a fifo");
    let socket = std::os::unix::net::UnixListener::bind(lab.path("u.sock")).expect("a socket");
    std::thread::spawn(move || socket.incoming().flatten().for_each(drop));
    lab.program("ok.sh", "echo all fine");
    lab.program("bad.sh", "echo err >&2; echo line one; echo 'line <two> & \"three\"'; exit 3");
    lab.program("silent.sh", "true");
    lab.start(["-v"]);
    lab.wait_line("Monit 6.1.0 started");
    eventually("all services are looked at", || {
        let document = parse(&get(port, "/_status?format=xml").1).expect("well-formed");
        let checked =
            |name: &str| service(&document, name).is_some_and(|node| node.at("monitor") == Some("1"));
        ["p_web", "h_ok", "h_down", "pr_ok", "pr_bad", "pr_silent", "n_lo", "fs_root", "p_match"]
            .iter()
            .all(|name| checked(name))
            .then_some(())
    });
    lab.cli(["monitor", "p_unmon"]).clean();
    lab.wait_status("p_unmon", "OK");
    (lab, port, vec![sleeper, matched])
}

/// A service of either layout.
fn service<'a>(document: &'a Node, name: &str) -> Option<&'a Node> {
    let all = document.child("services").unwrap_or(document);
    all.children.iter().find(|node| {
        node.name == "service" && node.attribute("name").or_else(|| node.at("name")) == Some(name)
    })
}

#[test]
fn every_service_has_the_elements_of_the_reference() {
    let (lab, port, children) = daemon();
    for (path, golden) in [
        ("/_status?format=xml", include_str!("xml/first.xml")),
        ("/_status2?format=XML", include_str!("xml/second.xml")),
    ] {
        let (head, body) = get(port, path);
        assert!(head.contains("\r\nContent-Type: text/xml"), "{head}");
        assert!(
            body.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><monit")
                && body.ends_with("</monit>"),
            "{path}"
        );
        let (ours, theirs) = (parse(&body).expect("well-formed"), parse(golden).expect("well-formed"));
        for part in ["server", "platform"] {
            let shape = |node: &Node| node.child(part).map(|part| part.shape(&[]));
            assert_eq!(shape(&ours), shape(&theirs), "{path}");
        }
        let keys = |node: &Node| node.attributes.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
        assert_eq!(keys(&ours), keys(&theirs));
        let mut compared = 0;
        let all = theirs.child("services").unwrap_or(&theirs);
        for wanted in all.children.iter().filter(|node| node.name == "service") {
            let name = wanted.attribute("name").or_else(|| wanted.at("name")).expect("a name");
            // Their program is said to be monitored while its first run has not ended.
            if name == "pr_slow" {
                continue;
            }
            if name == "p_match" && !nix::unistd::geteuid().is_root() {
                skip("what a process of root reads and writes", "needs root");
                compared += 1;
                continue;
            }
            if name == "fs_root" && !support::skip::root_is_a_mount_point() {
                skip("the filesystem of the root", "it is no mount point here, as in a plain chroot");
                compared += 1;
                continue;
            }
            let got = service(&ours, name).unwrap_or_else(|| panic!("{name} is missing"));
            let leave_out = if name == "fs_root" { OF_THE_DISK } else { OF_THE_MACHINE };
            assert_eq!(got.shape(leave_out), wanted.shape(leave_out), "{path}: {name}");
            for field in
                ["type", "monitor", "monitormode", "onreboot", "pendingaction", "status", "every/type"]
            {
                // What a failed start leaves behind is told in a cycle's order, which is another.
                if name != "p_startfail" && name != "p_dep" {
                    assert_eq!(got.at(field), wanted.at(field), "{path}: {field} of {name}");
                }
            }
            assert_eq!(got.attribute("type"), wanted.attribute("type"));
            compared += 1;
        }
        assert!(compared == 28, "{compared}");
        let groups = |node: &Node| node.child("servicegroups").map(|groups| format!("{groups:?}"));
        assert_eq!(groups(&ours), groups(&theirs));
    }
    let document = parse(&get(port, "/_status?format=xml").1).expect("well-formed");
    let value =
        |name: &str, path: &str| service(&document, name).and_then(|node| node.at(path)).map(str::to_owned);
    assert_eq!(value("pr_bad", "program/output").as_deref(), Some("err\nline one\nline <two> & \"three\""));
    assert_eq!(value("pr_bad", "program/status").as_deref(), Some("3"));
    assert_eq!(value("f_type", "mode").as_deref(), Some("7777"));
    assert_eq!(value("f_ok", "size").as_deref(), Some("6"));
    assert_eq!(value("h_down", "port/responsetime").as_deref(), Some("-1.000000"));
    assert_eq!(value("p_web", "port/request").as_deref(), Some("/"));
    filters_count(port);
    python_reads_it(port);
    drop(lab);
    for mut child in children {
        child.kill().expect("kill");
        child.wait().expect("wait");
    }
}

fn filters_count(port: u16) {
    let names = |query: &str| {
        let document = parse(&get(port, &format!("/_status?format=xml&{query}")).1).expect("well-formed");
        let services = document.children.iter().filter(|node| node.name == "service");
        services.filter_map(|node| node.at("name").map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(names("service=f_ok"), ["f_ok"]);
    assert_eq!(names("service=d_.*"), ["d_ok", "d_missing"]);
    assert_eq!(names("group=g_file"), ["f_ok", "d_ok"]);
    let (head, _) = get(port, "/_status?format=xml&service=nobody");
    assert!(head.starts_with("HTTP/1.0 400 "), "{head}");
    let second = parse(&get(port, "/_status2?format=xml&group=g_two").1).expect("well-formed");
    let groups = second.child("servicegroups").expect("groups");
    let named: Vec<_> = groups.children.iter().filter_map(|group| group.attribute("name")).collect();
    assert_eq!(named, ["g_two", "g_proc"]);
    assert_eq!(groups.children[1].children.len(), 1, "only what was asked for");
}

/// A parser that many clients use.
fn python_reads_it(port: u16) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if !std::env::split_paths(&path).any(|folder| folder.join("python3").is_file()) {
        return skip("Python reading the document", "there is no python3");
    }
    let script = "import sys, xml.etree.ElementTree as t; r = t.fromstring(sys.stdin.buffer.read()); \
                  print(len(r.findall('.//service')))";
    let mut command = Command::new("python3");
    let mut child = spawn(command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()));
    let (_, body) = get(port, "/_status?format=xml");
    child.stdin.take().expect("input").write_all(body.as_bytes()).expect("write");
    let output = child.wait_with_output().expect("python3");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "28");
}

#[test]
fn no_name_and_no_output_breaks_a_document() {
    let port = free_port();
    let mut lab = Lab::with(&format!(
        "set daemon 60\nset httpd port {port} address 127.0.0.1\n  allow localhost\n\
         check program \"a<b>&]]>'x\" path @D@/odd.sh group \"g<&>\"\n  if status != 0 then alert\n\
         check file \"ünï\" path \"@D@/a&b<c>\" group \"g<&>\"\n"
    ));
    lab.program("odd.sh", "printf 'x\\001\\033]]>&<y>\\377'");
    lab.start(["-v"]);
    lab.wait_line("Monit 6.1.0 started");
    let find = |path: &str| parse(&get(port, path).1).unwrap_or_else(|error| panic!("{path}: {error}"));
    let output = eventually("the program has ended", || {
        let document = find("/_status?format=xml");
        service(&document, "a<b>&]]>'x")?.at("program/output").map(str::to_owned)
    });
    assert!(output.starts_with("x??]]>&<y>"), "{output:?}");
    let second = find("/_status2?format=xml");
    assert!(service(&second, "ünï").is_some());
    let group =
        second.child("servicegroups").and_then(|groups| groups.child("servicegroup")).expect("a group");
    assert_eq!(group.attribute("name"), Some("g<&>"));
    assert_eq!(group.children[0].text, "a<b>&]]>'x");
}

/// Longer than a piece: it comes without a length, whole, and while others are served.
#[test]
fn a_long_document_is_whole_and_never_held() {
    use std::fmt::Write as _;
    let port = free_port();
    let mut text = format!("set daemon 60\nset httpd port {port} address 127.0.0.1\n  allow localhost\n");
    for number in 0..3000 {
        let _ = writeln!(text, "check file file_number_{number} path @D@/monitrc");
    }
    let mut lab = Lab::with(&text);
    lab.start::<&str>([]);
    lab.wait_line("Monit 6.1.0 started");
    lab.wait_status("file_number_2999", "OK");
    for path in ["/_status?format=xml", "/_status2?format=xml"] {
        let (head, body) = get(port, path);
        assert!(!head.contains("Content-Length") && body.len() > 1_000_000, "{head}");
        assert_eq!(parse(&body).expect("well-formed").shape(&[]).matches("service(").count(), 3001);
    }
    for path in ["/api/v1/services", "/metrics", "/_status", "/_status?format=json"] {
        let (_, body) = get(port, path);
        assert!(body.contains("file_number_0") && body.contains("file_number_2999"), "{path}");
    }
    let (head, body) = get(port, "/_status?format=xml&service=file_number_7");
    assert!(head.contains(&format!("\r\nContent-Length: {}", body.len())), "{head}");

    // A reader that never reads holds no more than what one piece takes, and nobody up.
    let mut slow: Vec<TcpStream> = Vec::new();
    for _ in 0..20 {
        let mut stream = connect(port);
        write!(stream, "GET /_status?format=xml HTTP/1.0\r\n\r\n").expect("write");
        slow.push(stream);
    }
    let (_, body) = get(port, "/_status?format=xml");
    assert!(parse(&body).is_ok());
    drop(slow);
    let mut head = connect(port);
    write!(head, "HEAD /_status?format=xml HTTP/1.0\r\n\r\n").expect("write");
    let mut answer = String::new();
    head.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.0 200 ") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[test]
fn what_is_not_well_formed_is_noticed() {
    for bad in [
        "<a>",
        "<a></b>",
        "<a x=\"1\" x=\"2\"/>",
        "<a>&</a>",
        "<a>]]></a>",
        "<a/>b",
        "<a>\u{1}</a>",
        "<1/>",
        "<a x=\"<\"/>",
    ] {
        assert!(parse(bad).is_err(), "{bad}");
    }
    let good =
        parse("<?xml version=\"1.0\"?><a x=\"&lt;\"><b><![CDATA[<&]]></b>&#10;</a>").expect("well-formed");
    assert_eq!((good.attribute("x"), good.at("b"), good.text.as_str()), (Some("<"), Some("<&"), "\n"));
}

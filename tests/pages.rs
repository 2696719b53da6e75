//! The pages from outside: what they say, what their forms do, and that no name breaks out of its place.
#![allow(clippy::expect_used)]

mod support;

use base64::Engine;
use support::http::ask;
use support::{Lab, free_port};

/// `adm:pw` and `ro:pw`.
const ADM: &str = "Authorization: Basic YWRtOnB3\r\n";
const RO: &str = "Authorization: Basic cm86cHc=\r\n";

fn daemon() -> (Lab, u16) {
    let port = free_port();
    let mut lab = Lab::with(&format!(
        "set log @D@/log\nset daemon 60\nset httpd port {port} address 127.0.0.1\n  allow adm:\"pw\"\n  allow ro:\"pw\" read-only\n\
         check system box\ncheck file good path @D@/monitrc\ncheck file gone path @D@/gone\n\
         check file \"<b>x&\" path @D@/monitrc depends on good group www\n\
         check process \"a b\" with pidfile @D@/monit.pid start \"/bin/true\" stop \"/bin/true\"\n"
    ));
    lab.start(["-v"]);
    lab.wait_line("Monit 6.1.0 started");
    lab.wait_status("a", "OK");
    lab.wait_status("gone", "Does not exist");
    (lab, port)
}

fn get(port: u16, path: &str, user: &str) -> (String, String) {
    ask(port, &format!("GET {path} HTTP/1.0\r\n{user}\r\n"))
}

fn post(port: u16, path: &str, user: &str, token: &str, fields: &str) -> (String, String) {
    let body = format!("{fields}&securitytoken={token}");
    let length = body.len();
    let cookie = format!("Cookie: securitytoken={token}\r\n");
    ask(port, &format!("POST {path} HTTP/1.0\r\n{user}{cookie}Content-Length: {length}\r\n\r\n{body}"))
}

#[test]
fn the_overview_tells_what_is_wrong_first() {
    let (_lab, port) = daemon();
    let (head, page) = get(port, "/", ADM);
    assert!(
        head.starts_with("HTTP/1.0 200 ") && head.contains("Content-Type: text/html; charset=utf-8"),
        "{head}"
    );
    assert!(head.contains("Content-Security-Policy: default-src 'none'; style-src 'self'"), "{head}");
    let verdict = page.find("1 of 5 services failed").expect("a verdict");
    let attention = page.find("Needs attention").expect("what is wrong");
    let sick =
        page.find("<a href=\"./gone\">gone</a> <span class=\"state down\">! Does not exist").expect("it");
    assert!(
        verdict < attention
            && attention < sick
            && sick < page.find("<h2>Processes <small>1</small></h2>").expect("a type")
    );
    assert!(
        page.contains("<a href=\"./%3Cb%3Ex%26\">&lt;b&gt;x&amp;</a>") && !page.contains("<b>"),
        "{page}"
    );
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains(" style="), "{page}");
    let style = page
        .split("href=\"./_style.css?")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("its address");
    let (head, style) = get(port, &format!("/_style.css?{style}"), RO);
    assert!(head.contains("Cache-Control: private, max-age=31536000, immutable"), "{head}");
    assert!(
        head.contains("Content-Type: text/css") && style.contains("prefers-color-scheme: dark"),
        "{head}"
    );
    assert!(get(port, "/", "").0.starts_with("HTTP/1.0 401 "));
    // Which tab of many is it? The one of a page with something failed on it.
    for (path, icon) in [
        ("/", "_icon_failed"),
        ("/gone", "_icon_failed"),
        ("/good", "_icon"),
        ("/?type=process", "_icon"),
        ("/_runtime", "_icon"),
    ] {
        assert!(
            get(port, path, RO).1.contains(&format!("<link rel=\"icon\" href=\"./{icon}.svg\">")),
            "{path}"
        );
        let (head, picture) = get(port, &format!("/{icon}.svg"), RO);
        assert!(head.contains("Content-Type: image/svg+xml") && picture.starts_with("<svg "), "{head}");
    }
}

#[test]
fn a_service_page_has_working_forms_for_those_who_may() {
    let (lab, port) = daemon();
    let (head, page) = get(port, "/a%20b", ADM);
    let token = head.split("securitytoken=").nth(1).and_then(|rest| rest.split(';').next()).expect("a token");
    assert!(
        page.contains(&format!("name=\"securitytoken\" value=\"{token}\"")),
        "the form repeats the cookie"
    );
    for words in
        ["Start</button>", "?confirm=stop\">Stop", "?confirm=restart\">Restart", "Disable monitoring"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    // With its own name, below a proxy's path too: one whose address has a fragment is not asked for anew otherwise.
    assert!(head.ends_with("\r\nRefresh: 60; url=./a%20b") && !page.contains("Yes, "), "{head}");
    assert!(head.contains("\r\nCache-Control: private, no-cache\r\n"), "{head}");
    let (head, _) = get(port, "/a%20b?history=day", ADM);
    assert!(head.ends_with("\r\nRefresh: 60; url=./a%20b?history=day"), "{head}");
    assert!(!get(port, "/a%20b?refresh=off", ADM).0.contains("\r\nRefresh: "));
    // A question stays until it is answered: nothing refreshes it.
    for word in ["stop", "restart"] {
        let (head, asked) = get(port, &format!("/a%20b?confirm={word}"), ADM);
        assert!(asked.contains(&format!("value=\"{word}\">Yes, {word} it</button>")), "{asked}");
        assert!(
            asked.contains("<form method=\"post\" action=\"./a%20b\">"),
            "the answer leads back to the page: {asked}"
        );
        assert!(!head.contains("\r\nRefresh: ") && !asked.contains("Start</button>"), "{head}");
        assert!(!get(port, &format!("/a%20b?confirm={word}"), RO).1.contains("<form"));
    }
    let (head, plain) = get(port, "/good?confirm=stop", ADM);
    assert!(!plain.contains("Yes, stop it") && head.starts_with("HTTP/1.0 200 "), "there is no such program");
    assert!(page.contains("<dt>parent pid</dt>") && page.contains("defined at"), "{page}");
    // A second page leaves the forms of the first of use.
    let cookie = format!("{ADM}Cookie: securitytoken={token}\r\n");
    for other in ["/good", "/_style.css", "/_viewlog", "/", "/_status"] {
        assert!(get(port, other, &cookie).0.contains(&format!("securitytoken={token};")), "{other}");
    }
    let (head, body) = post(port, "/a%20b", ADM, token, "action=unmonitor&page=1");
    assert!(head.starts_with("HTTP/1.0 302 ") && head.contains("\r\nLocation: ./a%20b"), "{head}");
    assert!(body.contains("<h1>a b</h1>"), "the page is there too");
    lab.wait_status("a", "Not monitored");
    let (head, _) = post(port, "/a%20b", ADM, "abc", "action=monitor");
    assert!(head.contains("\r\nLocation: /a%20b"), "scripts get what they always got: {head}");
    lab.wait_status("a", "OK");

    let (_, looks) = get(port, "/a%20b", RO);
    assert!(
        looks.contains("<h1>a b</h1>") && !looks.contains("<form") && !looks.contains("<button"),
        "{looks}"
    );
    let (head, body) = post(port, "/a%20b", RO, "abc", "action=stop");
    assert!(head.starts_with("HTTP/1.0 403 ") && body.contains("sufficient privileges"), "{head}");
    let (_, odd) = get(port, "/%3Cb%3Ex%26", ADM);
    assert!(odd.contains("<h1>&lt;b&gt;x&amp;</h1>") && odd.contains("<a href=\"./good\">"), "{odd}");
    assert!(get(port, "/nobody", ADM).0.starts_with("HTTP/1.0 404 "));
}

#[test]
fn the_page_of_a_service_has_its_tests_with_what_came_of_them() {
    let port = free_port();
    let mut lab = Lab::with(&format!(
        "set log @D@/log\nset daemon 60\nset httpd port {port} address 127.0.0.1\n  allow adm:\"pw\"\n\
         check file good path @D@/monitrc\n  if size > 1 GB then exec \"/bin/secret word\"\n  if changed size then alert\n\
         check host web address 127.0.0.1\n  if failed port {port} protocol http\n    request \"/_ping?token=secret\" username adm password pw for 2 cycles then alert\n\
         check file gone path @D@/gone\n  if size > 5 B then alert\n"
    ));
    lab.start(["-v"]);
    lab.wait_status("web", "OK");
    lab.wait_status("gone", "Does not exist");
    let row = |label: &str, class: &str, words: &str| {
        format!(
            "<td role=\"cell\">{label}</td><td role=\"cell\"><span class=\"state {class}\">{words}</span></td>"
        )
    };
    let (_, page) = get(port, "/good", ADM);
    assert!(
        page.contains(&row("Existence", "up", "✓ OK")) && page.contains(&row("Size", "up", "✓ OK")),
        "{page}"
    );
    assert!(page.contains("data-l=\"Condition\">greater than 1073741824 byte(s)</td>"), "{page}");
    assert!(
        page.contains(&format!("{}<td role=\"cell\" data-l=\"Measured\">", row("Size", "up", "✓ OK"))),
        "{page}"
    );
    assert!(page.contains("data-l=\"Then\">exec</td>") && !page.contains("secret"), "{page}");
    let (_, page) = get(port, "/web?history=week", ADM);
    let condition = format!(
        "data-l=\"Condition\">failed 127.0.0.1:{port} protocol HTTP with timeout 5 s for 2 cycles</td>"
    );
    assert!(page.contains(&condition), "{page}");
    assert!(page.contains("<strong aria-current=\"true\">week</strong>"), "{page}");
    let (_, page) = get(port, "/gone", ADM);
    assert!(page.contains(&row("Existence", "down", "! Failed")), "{page}");
    assert!(page.contains(&row("Size", "unmonitored", "– No data")), "what is not there has no size: {page}");
}

#[test]
fn the_monitor_and_its_log_are_shown() {
    let (mut lab, port) = daemon();
    let (head, log) = get(port, "/_viewlog", ADM);
    assert!(log.contains("&#39;gone&#39; file doesn&#39;t exist") && !log.contains("<b>"), "{log}");
    assert!(
        !head.contains("\r\nRefresh: ") && !log.contains(">Older</a>"),
        "who reads is not torn away: {head}"
    );
    let (head, file) = get(port, "/_viewlog?download=on", ADM);
    assert!(head.contains("\r\nContent-Disposition: attachment; filename=monit.log"), "{head}");
    assert_eq!(file, std::fs::read_to_string(lab.path("log")).expect("a log"));
    let (_, begin) = get(port, "/_viewlog?before=200", ADM);
    assert!(begin.contains(">Newer</a>") && !begin.contains("file doesn&#39;t exist"), "{begin}");
    assert!(get(port, "/_viewlog?from=x", ADM).0.starts_with("HTTP/1.0 400 "));
    for path in ["/_viewlog", "/_viewlog?download=on"] {
        assert!(get(port, path, RO).0.starts_with("HTTP/1.0 403 "));
    }
    let (_, runtime) = get(port, "/_runtime", ADM);
    assert!(runtime.contains("Control file") && runtime.contains("Check all services now"), "{runtime}");
    assert!(!get(port, "/_runtime", RO).1.contains("<form"));
    let (head, _) = post(port, "/_runtime", ADM, "abc", "action=validate");
    assert!(head.starts_with("HTTP/1.0 302 "), "{head}");
    lab.wait_line("Awakened by a client");
    let (head, body) = post(port, "/_runtime", ADM, "abc", "action=stop");
    assert!(head.starts_with("HTTP/1.0 400 ") && body.contains("set httpd"), "{head}{body}");
    assert!(post(port, "/_runtime", RO, "abc", "action=validate").0.starts_with("HTTP/1.0 403 "));
}

#[test]
fn alerts_are_held_back_and_told_again_from_the_pages() {
    let (mut lab, port) = daemon();
    let (_, page) = get(port, "/gone", ADM);
    assert!(page.contains("href=\"?confirm=silence\"") && !page.contains("name=\"reason\""), "{page}");
    // What is typed stays: nothing refreshes the form.
    let (head, form) = get(port, "/gone?confirm=silence", ADM);
    assert!(!head.contains("\r\nRefresh: ") && form.contains("name=\"reason\""), "{head}{form}");
    for time in ["1 hour", "4 hours", "tomorrow"] {
        assert!(form.contains(&format!("name=\"duration\" value=\"{time}\"")), "{time}: {form}");
    }
    let looks = get(port, "/gone?confirm=silence", RO).1;
    assert!(!looks.contains("<form") && !looks.contains("confirm="), "{looks}");
    // Without a token, without the right and without a time nothing is done.
    let order = "action=silence&page=gone&reason=%3Cb%3Ekernel";
    let (head, _) = ask(
        port,
        &format!("POST /gone HTTP/1.0\r\n{ADM}Content-Length: 29\r\n\r\naction=silence&duration=1hour"),
    );
    assert!(head.starts_with("HTTP/1.0 403 "), "{head}");
    assert!(
        post(port, "/gone", RO, "abc", &format!("{order}&duration=1 hour")).0.starts_with("HTTP/1.0 403 ")
    );
    assert!(post(port, "/gone", ADM, "abc", order).0.starts_with("HTTP/1.0 400 "));
    assert!(
        post(port, "/nobody", ADM, "abc", &format!("{order}&duration=1 hour")).0.starts_with("HTTP/1.0 404 ")
    );
    assert!(get(port, "/api/v1/silences", ADM).1.contains("\"silences\":[]"));

    let (head, _) = post(port, "/gone", ADM, "abc", &format!("{order}&duration=1+hour"));
    assert!(head.starts_with("HTTP/1.0 302 ") && head.contains("\r\nLocation: ./gone"), "{head}");
    lab.wait_line("Silence 1 of 'gone' begins for adm: 1 service until");
    for path in ["/gone", "/", "/_runtime"] {
        let (_, page) = get(port, path, ADM);
        assert!(
            page.contains(" by adm: <q>&lt;b&gt;kernel</q>") && page.contains("value=\"unsilence\""),
            "{page}"
        );
        let (_, looks) = get(port, path, RO);
        assert!(looks.contains("&lt;b&gt;kernel</q>") && !looks.contains("<form"), "{looks}");
    }
    let (_, silences) = get(port, "/api/v1/silences", ADM);
    assert!(silences.contains("kernel\",\"by\":\"adm\""), "{silences}");
    assert!(post(port, "/_runtime", RO, "abc", "action=unsilence&id=1").0.starts_with("HTTP/1.0 403 "));
    let (head, _) = post(port, "/", ADM, "abc", "action=unsilence&id=1&page=");
    assert!(head.starts_with("HTTP/1.0 302 ") && head.ends_with("\r\nLocation: ./"), "{head}");
    lab.wait_line("Silence 1 of 'gone' is lifted");
    assert!(!get(port, "/gone", ADM).1.contains("Silenced"));
    // It may be over before the button is pressed.
    for path in ["/_runtime", "/gone"] {
        assert!(post(port, path, ADM, "abc", "action=unsilence&id=1").0.starts_with("HTTP/1.0 302 "));
        let (head, body) = post(port, path, ADM, "abc", "action=unsilence&id=abc");
        assert!(
            head.starts_with("HTTP/1.0 400 ") && body.contains("Invalid number of a silence: "),
            "{head}{body}"
        );
    }
    assert!(
        post(port, "/gone", ADM, "abc", &format!("{order}&duration=tomorrow&hold=actions"))
            .0
            .contains(" 302 ")
    );
    assert!(get(port, "/gone", RO).1.contains(" 08:00</time>"), "until the next morning");
    assert!(post(port, "/gone", ADM, "abc", "action=unsilence&page=gone").0.starts_with("HTTP/1.0 400 "));
}

/// What a browser says it reads.
const BROWSER: &str = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n";

#[test]
fn a_person_gets_an_error_to_read_and_a_way_back_and_a_script_what_it_knows() {
    let (_lab, port) = daemon();
    let (head, page) = get(port, "/no%3Cb%3Edy", &format!("{ADM}{BROWSER}"));
    assert!(head.starts_with("HTTP/1.0 404 ") && head.contains("style-src 'sha256-"), "{head}");
    assert!(page.contains("There is no service named &quot;no&lt;b&gt;dy&quot;"), "{page}");
    assert!(page.contains("<h1>Not Found</h1>") && page.contains("<a href=\"./\">Overview</a>"), "{page}");
    // Its style is the one that the policy allows.
    let style = page.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).expect("a style");
    let mut hasher = monit_rs::digest::Hasher::new(monit_rs::digest::Kind::Sha256);
    hasher.update(style.as_bytes());
    let digest = base64::engine::general_purpose::STANDARD.encode(hasher.finish_bytes());
    assert!(head.contains(&format!("style-src 'sha256-{digest}'")), "{digest}: {head}");
    for (path, user, code, words) in [
        ("/", "", "401", "User name or password not accepted."),
        ("/_viewlog", RO, "403", "Your account may only read."),
        ("/?group=nobody", ADM, "400", "Service group &#39;nobody&#39; not found"),
    ] {
        let (head, page) = get(port, path, &format!("{user}{BROWSER}"));
        assert!(head.starts_with(&format!("HTTP/1.0 {code} ")) && page.contains(words), "{head}{page}");
        assert!(page.contains("<html lang=\"en\">") && page.len() < 2048, "{page}");
        let (_, plain) = get(port, path, user);
        assert!(
            plain.starts_with(&format!("<html><head><title>{code} "))
                && plain.contains("<hr><a href='https:")
        );
    }
    let stale = format!("POST /good HTTP/1.0\r\n{ADM}{BROWSER}Content-Length: 16\r\n\r\naction=unmonitor");
    let (head, page) = ask(port, &stale);
    assert!(head.starts_with("HTTP/1.0 403 ") && page.contains("nothing was done"), "{head}{page}");
    assert!(page.contains("<a href=\"\">Reload</a>"), "{page}");
}

#[test]
fn nothing_is_ok_where_nothing_is_monitored() {
    let (lab, port) = daemon();
    lab.cli(["unmonitor", "all"]);
    for name in ["good", "gone", "<b>x&", "a", "box"] {
        lab.wait_status(name, "Not monitored");
    }
    let (_, page) = get(port, "/", ADM);
    assert!(page.contains("<title>nothing monitored - "), "{page}");
    assert!(
        page.contains("<p class=\"verdict unmonitored\" role=\"status\">No service is monitored</p>"),
        "{page}"
    );
}

#[test]
fn a_page_that_is_paused_stays_so_when_another_span_is_chosen() {
    let (_lab, port) = daemon();
    for (query, link) in [("", "?history=day\""), ("?refresh=off", "?history=day&amp;refresh=off\"")] {
        let (_, page) = get(port, &format!("/good{query}"), ADM);
        assert!(page.contains(&format!("<a href=\"{link}>day</a>")), "{page}");
    }
}

#[test]
fn events_are_shown_by_day_and_found_by_service() {
    let (mut lab, port) = daemon();
    let (head, page) = get(port, "/_viewevents", RO);
    assert!(head.starts_with("HTTP/1.0 200 ") && head.contains("\r\nRefresh: "), "{head}");
    assert!(
        page.contains("<a href=\"./gone\">gone</a> <span class=\"state down\">! Does not exist</span>"),
        "{page}"
    );
    lab.file("gone", "here");
    lab.cli(["validate"]);
    lab.wait_line("'gone' file exists");
    let (_, page) = get(port, "/_viewevents?service=GONE", RO);
    assert!(page.contains("✓ Exists <small>after ") && !page.contains("Monit instance"), "{page}");
    assert!(
        page.contains("Events of <strong>GONE</strong>") && page.contains("?service=GONE&amp;filter=on\""),
        "{page}"
    );
    let (_, page) = get(port, "/_viewevents?state=failed", RO);
    assert!(page.contains("! Does not exist</span>") && !page.contains("✓ Exists"), "{page}");
    // What is chosen in the form is not taken away by a refresh.
    let (head, form) = get(port, "/_viewevents?service=gone&state=failed&filter=on", RO);
    assert!(!head.contains("\r\nRefresh: "), "{head}");
    for part in [
        "<option value=\"gone\" selected>",
        "value=\"failed\" checked>",
        "<form class=\"question\" method=\"get\"",
    ] {
        assert!(form.contains(part), "{part}: {form}");
    }
    let (_, none) = get(port, "/_viewevents?service=%3Cscript%3E", RO);
    assert!(none.contains("There is no such event.") && !none.contains("<script"), "{none}");
    for wrong in ["before=x", "state=odd"] {
        assert!(get(port, &format!("/_viewevents?{wrong}"), RO).0.starts_with("HTTP/1.0 400 "), "{wrong}");
    }
}

#[test]
fn events_of_a_service_that_is_gone_lead_nowhere() {
    let (mut lab, port) = daemon();
    let linked = "<a href=\"./gone\">gone</a>";
    assert!(get(port, "/_viewevents", RO).1.contains(linked));
    let text = std::fs::read_to_string(lab.path("monitrc")).expect("its control file");
    let left: Vec<&str> = text.lines().filter(|line| !line.starts_with("check file gone ")).collect();
    lab.file("monitrc", &format!("{}\n", left.join("\n")));
    lab.cli(["reload"]);
    lab.wait_line("Monit reloaded");
    assert!(get(port, "/gone", RO).0.starts_with("HTTP/1.0 404 "));
    for path in ["/", "/_viewevents"] {
        let (_, page) = get(port, path, RO);
        assert!(page.contains("title=\"no longer in the control file\">gone</span>"), "{path}: {page}");
        assert!(!page.contains("href=\"./gone\""), "{path}: {page}");
    }
}

#[test]
fn the_overview_is_about_a_group_or_a_type_alone_if_wanted() {
    let (_lab, port) = daemon();
    let (head, page) = get(port, "/?group=WWW&refresh=off", RO);
    assert!(head.starts_with("HTTP/1.0 200 ") && page.contains("<title>OK - Group WWW - "), "{page}");
    assert!(page.contains("The only service is OK") && !page.contains("./gone"), "{page}");
    assert!(page.contains("?group=WWW&amp;type=file&amp;refresh=off\">Files</a>"), "{page}");
    assert!(page.contains("<a href=\"?group=WWW\">Resume</a>"), "{page}");
    let (_, page) = get(port, "/?type=process", RO);
    assert!(
        page.contains("./a%20b") && page.contains("The only service is OK") && !page.contains("./good"),
        "{page}"
    );
    assert!(page.contains("<td role=\"cell\" data-l=\"CPU\">"), "{page}");
    let (_, page) = get(port, "/?type=fifo", RO);
    assert!(page.contains("There is no such service here"), "{page}");
    for wrong in ["group=nobody", "type=odd"] {
        assert!(get(port, &format!("/?{wrong}"), RO).0.starts_with("HTTP/1.0 400 "), "{wrong}");
    }
}

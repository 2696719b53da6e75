use super::*;
use crate::httpd::codec::{Codec, Event};
use crate::httpd::scripted::Scripted;

fn ask(site: &mut Scripted, privilege: Privilege, method: &str, target: &str, body: &str) -> Response {
    let text = format!("{method} {target} HTTP/1.0\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    match Codec::new(10_000).receive(text.as_bytes()) {
        Event::Request(request) => {
            let mut choosing = Choosing::default();
            choosing.refuel(1_000_000);
            let mut response = answer(&request, privilege, site, &mut choosing).expect(target);
            assert!(response.make(site, &mut 1_000_000), "{target}");
            response
        }
        other => panic!("{other:?} for {target}"),
    }
}

fn get(target: &str) -> Response {
    ask(&mut Scripted::example(), Privilege::ReadOnly, "GET", target, "")
}

fn post(site: &mut Scripted, target: &str, body: &str) -> Response {
    ask(site, Privilege::Full, "POST", target, body)
}

fn error(response: &Response) -> (u16, &str) {
    assert_eq!(response.token, None, "errors set no cookie");
    (response.status.code(), &response.body)
}

#[test]
fn small_answers() {
    let pong = get("/_ping");
    assert_eq!((pong.status, &*pong.body, pong.content_type), (Status::Ok, "pong", ContentType::Html));
    assert!(pong.token.is_some() && pong.location.is_none());
    assert_eq!(get("/_PING").body, "pong");
    assert_eq!(get("/_getid").body, "d6c5e0bb72704e1cef78b8973581ee0e");
    let moved = post(&mut Scripted::example(), "/_ping", "x=1");
    assert_eq!((moved.status, &*moved.body, moved.location.as_deref()), (Status::Moved, "", Some("/_ping")));
}

#[test]
fn what_does_not_exist() {
    assert_eq!(error(&get("/nosuch")), (404, "There is no service named \"nosuch\""));
    assert_eq!(error(&get("/_doaction")), (404, "There is no service named \"_doaction\""));
    assert_eq!(error(&get("/svc/")), (404, "There is no service named \"svc/\""));
    assert_eq!(error(&get("//_ping")), (404, "There is no service named \"/_ping\""));
    assert_eq!(error(&get("/a%zz")), (404, "There is no service named \"a%zz\""));
    let other = ask(&mut Scripted::example(), Privilege::Full, "PUT", "/", "");
    assert_eq!(error(&other), (501, "Method not implemented"));
}

#[test]
fn pages_have_forms_whose_token_is_the_cookie() {
    let mut site = Scripted::example();
    let page = ask(&mut site, Privilege::Full, "GET", "/_runtime", "");
    let token = page.token.map(|token| token.to_string()).unwrap_or_default();
    assert!(token.len() == 32 && page.body.contains(&token) && page.content_type == ContentType::Page);
    assert!(!get("/_runtime").body.contains("<form"));
    let woken = post(&mut site, "/_runtime", "action=validate");
    assert!((woken.status, site.woken) == (Status::Moved, true));
    assert_eq!(error(&get("/_viewlog")).0, 403);
    assert!(get("/_about").body.contains("Runtime"));
}

/// The names in the rows of a summary, or the headings of a status.
fn shown(response: &Response) -> Vec<String> {
    assert_eq!((response.status, response.content_type), (Status::Ok, ContentType::Plain));
    let plain = |line: &str| line.split_whitespace().next().map(str::to_owned);
    if response.body.contains("monitoring status") {
        let headings = response.body.lines().filter_map(|line| line.split_once(" '"));
        return headings.map(|(_, name)| name.trim_end_matches('\'').to_owned()).collect();
    }
    response.body.lines().skip(2).filter_map(plain).collect()
}

#[test]
fn summaries_are_grouped_by_type_unless_chosen() {
    let all = ["sys.example", "svc", "web1", "web2", "f_bad", "lo"];
    assert_eq!(shown(&get("/_summary?color=0")), all);
    assert_eq!(shown(&get("/_summary?group=G&color=0")), ["f_bad", "svc"], "in file order");
    assert_eq!(shown(&get("/_summary?color=0&service=WEB.")), ["web1", "web2"]);
    assert_eq!(shown(&get("/_summary?color=0&service=svc&group=g")), ["svc"]);
    assert_eq!(shown(&get("/_status?color=0")), ["f_bad", "svc", "lo", "web1", "web2", "sys.example"]);
    assert_eq!(shown(&get("/_status?service=web2&color=0&format=text")), ["web2"]);
    assert_eq!(shown(&get("/_status2?service=web2&color=0")), ["web2"]);
    assert!(get("/_summary").body.contains("\x1b[0;92mOK"), "coloured unless asked otherwise");
}

#[test]
fn views_of_what_is_not_there() {
    for path in ["/_status", "/_summary", "/_report"] {
        for (query, message) in [
            ("service=nosuch", "Service 'nosuch' not found"),
            ("service=", "Service '' not found"),
            ("service=(", "Service '(' not found"),
            ("service=all", "Service 'all' not found"),
            ("group=nosuch", "Service group 'nosuch' not found"),
            ("group=nosuch&service=svc", "Service group 'nosuch' not found"),
        ] {
            assert_eq!(error(&get(&format!("{path}?{query}"))), (400, message), "{path}");
        }
    }
    assert_eq!(error(&get("/_report?type=bogus")), (400, "Invalid report type: 'bogus'"));
}

#[test]
fn reports_count() {
    assert_eq!(get("/_report?type=UP").body, "4\n");
    assert_eq!(get("/_report?type=down&group=g").body, "1\n");
    assert!(get("/_report").body.ends_with("total:          6 services\n"));
    let posted = post(&mut Scripted::example(), "/_report", "type=total&format=text");
    assert_eq!(
        (posted.status, &*posted.body, posted.location.as_deref()),
        (Status::Moved, "6\n", Some("/_report"))
    );
}

#[test]
fn orders_are_queued_at_once_and_answered() {
    let mut site = Scripted::example();
    let answer =
        post(&mut site, "/_doaction", "action=restart&service=svc&service=web.&service=SVC&format=text");
    assert_eq!(
        (answer.status, &*answer.body, answer.location.as_deref()),
        (Status::Moved, "", Some("/_doaction"))
    );
    assert_eq!(site.orders, [(UserAction::Restart, vec![1, 3, 4])]);
    let answer = post(&mut site, "/WEB2", "action=MONITOR");
    assert_eq!((answer.status, answer.location.as_deref()), (Status::Moved, Some("/WEB2")));
    assert_eq!(site.orders.last(), Some(&(UserAction::Monitor, vec![4])));
}

#[test]
fn orders_that_make_no_sense_change_nothing() {
    let mut site = Scripted::example();
    for (target, body, expected) in [
        ("/_doaction", "action=bogus&service=svc", (400, "Invalid action \"bogus\"")),
        ("/_doaction", "service=svc", (400, "Invalid action \"\"")),
        (
            "/_doaction",
            "action=start&service=svc&service=nosuch",
            (400, "There is no service named \"nosuch\""),
        ),
        ("/_doaction", "action=start&service=all", (400, "There is no service named \"all\"")),
        ("/_doaction", "action=start", (400, "There is no service named \"\"")),
        ("/svc", "action=frob", (400, "Invalid action \"frob\"")),
        ("/nosuch", "action=start", (404, "There is no service named \"nosuch\"")),
        ("/nosuch", "action=unsilence&id=1", (404, "There is no service named \"nosuch\"")),
        ("/web.", "action=start", (404, "There is no service named \"web.\"")),
        ("/", "x=1", (400, "Invalid action \"\"")),
        ("/", "action=start", (404, "There is no service named \"\"")),
    ] {
        assert_eq!(error(&post(&mut site, target, body)), expected, "{target} {body}");
    }
    for target in ["/_doaction", "/svc"] {
        let denied = ask(&mut site, Privilege::ReadOnly, "POST", target, "action=stop&service=svc");
        assert_eq!(error(&denied), (403, auth::READ_ONLY));
    }
    let allowed = ask(&mut site, Privilege::ReadOnly, "POST", "/_summary", "service=svc");
    assert_eq!(allowed.status, Status::Moved);
    assert_eq!(site.orders, []);
    assert_eq!(site.lifted, []);
}

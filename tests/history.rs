//! The last events and the course of readings from outside: commands, pages, files.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/json.rs"]
mod json;
mod support;

use json::Json;
use nix::sys::signal::Signal;
use std::fs;
use support::http::ask;
use support::{Lab, eventually, free_port};

fn with(port: u16, more: &str) -> Lab {
    Lab::with(&format!(
        "set daemon 60\nset httpd port {port} address 127.0.0.1\n  allow localhost\n{more}\
         check system sys\n\
         check file gone path @D@/gone\n\
         check file here path @D@/monitrc\n"
    ))
}

fn get(port: u16, path: &str) -> String {
    ask(port, &format!("GET {path} HTTP/1.0\r\n\r\n")).1
}

#[test]
fn events_outlive_the_daemon_and_are_asked_for_by_number() {
    let port = free_port();
    let mut lab = with(port, "");
    lab.start(["-v"]);
    lab.wait_status("gone", "Does not exist");
    let all = Json::parse(&get(port, "/api/v1/events"));
    let events = all.at(&["events"]).list();
    let titles: Vec<&str> = events.iter().map(|event| event.at(&["title"]).text()).collect();
    assert_eq!(titles, ["Monit instance changed", "Does not exist"]);
    assert_eq!(events[1].at(&["service"]).text(), "gone");
    let next = all.at(&["next"]).number();
    assert_eq!(events[1].at(&["seq"]).number(), next);

    let none = Json::parse(&get(port, &format!("/api/v1/events?since={next}")));
    assert_eq!((none.at(&["events"]).list().len(), none.at(&["missed"])), (0, &Json::Bool(false)));
    let text = lab.cli(["events", "gone"]).clean();
    assert!(
        text.lines().count() == 1 && text.contains("Does not exist") && text.contains(" gone "),
        "{text}"
    );
    assert!(!lab.cli(["events", "nobody"]).err.is_empty());

    fs::write(lab.path("gone"), "back").expect("write");
    lab.stop(Signal::SIGTERM);
    lab.start(["-v"]);
    lab.wait_status("gone", "OK");
    let later = Json::parse(&get(port, &format!("/api/v1/events?since={next}")));
    let seen = later.at(&["events"]).list();
    let titles: Vec<&str> = seen.iter().map(|event| event.at(&["title"]).text()).collect();
    assert_eq!(titles, ["Monit instance changed", "Monit instance changed", "Exists"]);
    assert!(seen.iter().all(|event| event.at(&["seq"]).number() > next));
    assert_eq!(later.at(&["missed"]), &Json::Bool(false));
}

#[test]
fn pages_show_events_and_graphs() {
    let port = free_port();
    let mut lab = with(port, "");
    lab.start(["-v"]);
    lab.wait_status("gone", "Does not exist");
    let overview = get(port, "/");
    assert!(overview.contains("<h2>Last events</h2>") && overview.contains("Does not exist"), "{overview}");
    let page = get(port, "/gone");
    assert!(page.contains("<ul class=\"events\"><li><time title="), "{page}");
    for span in ["hour", "day", "month"] {
        let page = get(port, &format!("/sys?history={span}"));
        assert!(page.contains(&format!("<strong aria-current=\"true\">{span}</strong>")), "{page}");
        assert_eq!(page.matches("<figure>").count(), 5, "four graphs and the strip: {page}");
        assert!(page.ends_with("</html>\n") && !page.contains("style="), "{page}");
    }
}

#[test]
fn readings_of_a_minute_become_a_picture() {
    let port = free_port();
    let mut lab = with(port, "");
    lab.start(["-v"]);
    lab.wait_status("here", "OK");
    // The end of the daemon writes what it has.
    lab.stop(Signal::SIGTERM);
    lab.start(["-v"]);
    lab.wait_status("here", "OK");
    let page = eventually("the columns are found", || {
        let page = get(port, "/here");
        page.contains("<svg").then_some(page)
    });
    assert!(page.contains("<title id=\"g0t\">size, last hour</title>"), "{page}");
}

#[test]
fn history_off_writes_nothing_and_says_so() {
    let port = free_port();
    let mut lab = with(port, "set history off\n");
    lab.start(["-v"]);
    lab.wait_status("gone", "Does not exist");
    assert!(lab.cli(["events"]).clean().contains("see 'set history'"));
    assert!(get(port, "/api/v1/events").contains("\"kept\":false"));
    assert!(!get(port, "/sys").contains("<svg"));
    let names = fs::read_dir(lab.path("")).expect("folder").flatten().map(|entry| entry.file_name());
    let kept: Vec<_> = names.filter(|name| name.to_string_lossy().contains("events")).collect();
    assert!(kept.is_empty(), "{kept:?}");
}

#[test]
fn history_is_kept_where_it_is_said() {
    let port = free_port();
    let mut lab = with(port, "set history on file @D@/past\n");
    lab.start(["-v"]);
    lab.wait_status("gone", "Does not exist");
    eventually("the readings have a file", || lab.path("past.readings").exists().then_some(()));
    assert!(lab.path("past.events").metadata().expect("the events").len() > 512);
    // A file that is no history is moved aside.
    lab.stop(Signal::SIGTERM);
    fs::write(lab.path("past.events"), "a diary").expect("write");
    lab.start(["-v"]);
    lab.wait_line("another or a damaged file, set aside as");
    assert_eq!(fs::read_to_string(lab.path("past.events.damaged")).expect("aside"), "a diary");
}

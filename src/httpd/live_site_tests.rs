use super::*;
use crate::config::{Config, Group, Mode, OnReboot, Service};
use crate::document::Platform;
use crate::httpd::auth::Privilege;
use crate::httpd::codec::{Codec, Event};
use crate::httpd::route;
use crate::reactor::Now;
use crate::service::Services;
use std::path::Path;

fn services() -> Services {
    let mut passive = Service::new("b", Subject::File(Path::new("/nonexistent").into()));
    passive.mode = Mode::Passive;
    passive.onreboot = OnReboot::NoStart;
    let config = Config {
        services: vec![
            passive,
            Service::new("a", Subject::Fifo(Path::new("/nonexistent").into())),
            Service::new("sys", Subject::System),
        ],
        check_order: vec![0, 1, 2],
        groups: vec![Group { name: "g".into(), members: vec![1] }],
        ..Config::default()
    };
    Services::new(config, None, None, Now::read())
}

fn ask(site: &mut LiveSite<'_>, request: &str) -> String {
    let Event::Request(request) = Codec::new(1000).receive(request.as_bytes()) else { panic!("{request}") };
    let mut choosing = crate::httpd::choosing::Choosing::default();
    choosing.refuel(1_000_000);
    let mut response = route::answer(&request, Privilege::Full, site, &mut choosing).unwrap();
    assert!(response.make(site, &mut 1_000_000));
    response.body
}

#[test]
fn real_services_are_shown_and_ordered_about() {
    let services = services();
    let mut log = Log::capture();
    let current = Current {
        services: &services,
        uptime: Duration::from_secs(60),
        id: "i",
        incarnation: 0,
        control: Path::new("/etc/monitrc"),
        platform: &Platform::default(),
        history: None,
        now: Now::read(),
    };
    let test = crate::document::trial::Trial::default();
    let mut site = LiveSite {
        current,
        requests: Vec::new(),
        silencing: Vec::new(),
        test: &test,
        testing: None,
        wake: false,
        log: &mut log,
    };
    assert_eq!(
        ask(&mut site, "GET /_summary?color=0 HTTP/1.0\r\n\r\n"),
        "Monit 6.1.0 uptime: 1m\n \
         Service Name                     Status                      Type          \n \
         sys                              Initializing                System        \n \
         b                                Not monitored               File          \n \
         a                                Initializing                Fifo          \n"
    );
    let status = ask(&mut site, "GET /_status?color=0&service=B HTTP/1.0\r\n\r\n");
    assert_eq!(
        status,
        "Monit 6.1.0 uptime: 1m\n\nFile 'b'\n  status                       Not monitored\n  \
         monitoring status            Not monitored\n  monitoring mode              passive\n  \
         on reboot                    nostart\n  data collected               -\n\n"
    );
    assert_eq!(ask(&mut site, "GET /_report?type=initialising HTTP/1.0\r\n\r\n"), "2\n");
    assert_eq!(ask(&mut site, "GET /_report?type=total&group=G HTTP/1.0\r\n\r\n"), "1\n");
    let body = "action=Monitor&service=[ab]";
    let post = format!("POST /_doaction HTTP/1.0\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    assert_eq!(ask(&mut site, &post), "");
    assert_eq!(site.requests, [(UserAction::Monitor, vec![0, 1])]);
    assert_eq!(site.body_limit(), 4096 + 3 * 5 + 3 * 16);
}

use super::*;
use crate::config;
use crate::sys::Scratch;
use std::os::unix::fs::PermissionsExt;

fn settings() -> Httpd {
    let networks = vec![(IpAddr::V4(Ipv4Addr::LOCALHOST), 32)];
    let allow = vec![config::Allow { text: "localhost".into(), networks }];
    Httpd { allow, ..Httpd::default() }
}

fn unix(path: &Path, permission: Option<u32>) -> config::UnixListener {
    config::UnixListener { path: path.into(), uid: None, gid: None, permission, readonly: false }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn said(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(Problem::to_string).collect()
}

#[test]
fn without_set_httpd_only_the_control_socket_is_there() {
    let control = Path::new("/run/monit.ctl");
    let (doors, problems) = doors(&Httpd::default(), Some(control));
    assert_eq!(doors, [Door::Control { path: control.into() }]);
    assert!(problems.is_empty());
}

#[test]
fn settings_that_open_nothing_say_why() {
    let nobody = Httpd { port: Some(2812), ..Httpd::default() };
    let (none, problems) = doors(&nobody, None);
    assert!(none.is_empty());
    assert_eq!(said(&problems), ["Monit httpd not started since no connections are allowed"]);

    let secured = Httpd { port: Some(2812), tls: Some(Box::default()), ..settings() };
    let (door, _) = doors(&secured, None);
    let said_of_door = Problem::Tls(door[0].clone(), tls::Failure::NoCertificate).to_string();
    assert!(said_of_door.starts_with("HTTP server -- not started at [*]:2812: TLS"), "{said_of_door}");

    let (none, problems) = doors(&Httpd { port: Some(70_000), ..settings() }, None);
    assert!(none.is_empty());
    assert!(said(&problems)[0].contains("70000"));
}

#[test]
fn names_and_wildcards_become_addresses() {
    let addresses = |address: Option<&str>| {
        let settings = Httpd { port: Some(2812), address: address.map(Into::into), ..settings() };
        match doors(&settings, None).0.as_slice() {
            [Door::Tcp { text, addresses, .. }] => (text.to_string(), addresses.clone()),
            other => panic!("{other:?}"),
        }
    };
    let parse = |list: [&str; 2]| list.map(|text| text.parse::<SocketAddr>().unwrap()).to_vec();
    assert_eq!(addresses(None), ("[*]:2812".into(), parse(["[::]:2812", "0.0.0.0:2812"])));
    assert_eq!(
        addresses(Some("localhost")),
        ("[localhost]:2812".into(), parse(["[::1]:2812", "127.0.0.1:2812"]))
    );
    assert_eq!(addresses(Some("192.0.2.1")).1, ["192.0.2.1:2812".parse().unwrap()]);
}

#[test]
fn a_name_stands_for_what_was_looked_up_before() {
    let at = |listen: Listen| {
        doors(&Httpd { port: Some(2812), address: Some("vm.example".into()), listen, ..settings() }, None)
    };
    let found = ["192.0.2.1:0", "[2001:db8::1]:0"].map(|text| text.parse().unwrap()).to_vec();
    let (open, problems) = at(Listen::At(found));
    let expected = ["192.0.2.1:2812", "[2001:db8::1]:2812"].map(|text| text.parse().unwrap()).to_vec();
    assert_eq!(open, [Door::Tcp { text: "[vm.example]:2812".into(), addresses: expected, tls: None }]);
    assert!(problems.is_empty());
    for (listen, reason) in [
        (Listen::Nowhere("Name or service not known".into()), "Name or service not known"),
        (Listen::At(Vec::new()), "address not available"),
        (Listen::NotLookedUp, "not looked up"),
    ] {
        let (none, problems) = at(listen);
        assert!(none.is_empty());
        assert_eq!(said(&problems), [format!("HTTP server -- Cannot bind: address vm.example: {reason}")]);
    }
}

#[test]
fn a_taken_port_is_a_problem_with_known_words() {
    let taken = sys::socket::listen_tcp("127.0.0.1:0".parse().unwrap()).unwrap();
    let door = Door::Tcp { text: "x".into(), addresses: vec![taken.local_addr().unwrap()], tls: None };
    assert_eq!(
        Listener::open(&door, None).unwrap_err().to_string(),
        "HTTP server -- Cannot bind: Address already in use (x)"
    );
}

#[test]
fn sockets_have_the_mode_they_should_and_go_away() {
    let folder = Scratch::new();
    let (control, open, narrow) = (folder.join("ctl"), folder.join("open"), folder.join("narrow"));
    for (path, permission, expected) in
        [(&open, None, 0o777 & !current_umask()), (&narrow, Some(0o660), 0o660)]
    {
        let settings = Httpd { unix: Some(unix(path, permission)), ..settings() };
        let (doors, _) = doors(&settings, Some(&control));
        let opened: Vec<Listener> = doors.iter().map(|door| Listener::open(door, None).unwrap()).collect();
        assert_eq!((mode(&control), mode(path)), (0o600, expected));
        opened.into_iter().for_each(Listener::close);
        assert!(!control.exists() && !path.exists());
    }
}

#[test]
fn an_owner_can_be_given() {
    let folder = Scratch::new();
    let path: Box<Path> = folder.join("s").into();
    let (uid, gid) = (sys::process::own_uid(), nix::unistd::getgid().as_raw());
    let door = Door::Unix { path: path.clone(), mode: Some(0o640), uid: Some(uid), gid: Some(gid) };
    let listener = Listener::open(&door, None).unwrap();
    assert_eq!(mode(&path), 0o640);
    listener.close();
}

#[test]
fn a_file_that_took_our_place_is_not_removed() {
    let folder = Scratch::new();
    let path = folder.join("s");
    let listener = Listener::open(&Door::Control { path: path.clone().into() }, None).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "someone else's").unwrap();
    let again = Listener::open(&Door::Control { path: path.clone().into() }, None).unwrap_err();
    assert!(matches!(again, Problem::Cannot(_, error) if error.kind() == io::ErrorKind::AlreadyExists));
    listener.close();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "someone else's");
}

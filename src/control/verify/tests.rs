use super::*;
use crate::config::{Action, Group, Httpd, Mmonit, Place, ProcessBy, Test, Url};
use crate::control::outside::Live;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const PLAIN: Invocation = Invocation { poll: false, init: false, host_name: "myhost" };

fn file(name: &str) -> Service {
    Service::new(name, Subject::File(Path::new("/f").into()))
}

/// A file of `name->dependency,dependency` words.
fn depending(words: &[&str]) -> Config {
    let mut config = Config { files: vec![Path::new("/rc").into()], ..Config::default() };
    for (line, word) in (1..).zip(words) {
        let (name, on) = word.split_once("->").unwrap_or((word, ""));
        let mut service = file(name);
        service.place = Place { file: 0, line };
        service.depends_on = on
            .split(',')
            .filter(|on| !on.is_empty())
            .map(|on| (on.into(), service.place))
            .collect::<Vec<_>>()
            .into();
        config.services.push(service);
    }
    config
}

fn order(words: &[&str]) -> String {
    let mut config = depending(words);
    finish_well(&mut config);
    let names: Vec<&str> =
        config.check_order.iter().map(|&index| &*config.services[index as usize].name).collect();
    names.join(" ")
}

fn complaints(config: &mut Config) -> Vec<String> {
    finish(config, &PLAIN)
        .diagnostics
        .iter()
        .map(|d| match d.hint() {
            Some(hint) => format!("{} [{hint}]", d.first_line()),
            None => d.first_line(),
        })
        .collect()
}

fn finish_well(config: &mut Config) {
    assert_eq!(complaints(config), [""; 0]);
}

#[test]
fn bases_come_before_dependants_in_passes_over_the_file() {
    assert_eq!(order(&["z", "b->q", "a", "q->y", "y", "m", "k->m,b"]), "z a y m myhost q b k");
    assert_eq!(
        order(&["top->left,right", "left->base", "right->base", "base", "other->base"]),
        "base other myhost left right top"
    );
    assert_eq!(order(&["a->MyHost", "b"]), "b myhost a");
}

#[test]
fn names_compare_without_case_and_twice_is_once() {
    let mut config = depending(&["A", "b->a,A"]);
    finish_well(&mut config);
    assert_eq!(config.services[1].depends[..], [0]);
}

#[test]
fn a_loop_is_shown_whole() {
    let mut config = depending(&["a->d", "d->c", "c->b", "b->c"]);
    assert_eq!(
        complaints(&mut config),
        ["/rc:3: Found a depend loop in the control file involving the service 'c' \
          [each depends on the next: c -> b -> c]"]
    );
    let mut config = depending(&["a->a"]);
    assert_eq!(
        complaints(&mut config),
        ["/rc:1: Found a depend loop in the control file involving the service 'a' \
          [each depends on the next: a -> a]"]
    );
}

#[test]
fn an_unknown_dependency_is_named_with_what_was_perhaps_meant() {
    let mut config = depending(&["apache_bin", "a->apache_bni", "b->nope"]);
    assert!(finish(&mut config, &PLAIN).ends_at_once);
    assert_eq!(
        complaints(&mut depending(&["apache_bin", "a->apache_bni", "b->nope"])),
        [
            "/rc:2: Depending service 'apache_bni' is not defined in the control file \
             [did you mean 'apache_bin'?]",
            "/rc:3: Depending service 'nope' is not defined in the control file",
        ]
    );
}

#[test]
fn nobody_is_told_to_depend_on_himself() {
    assert_eq!(
        complaints(&mut depending(&["mysql->mysqld", "web"])),
        ["/rc:1: Depending service 'mysqld' is not defined in the control file"]
    );
    assert_eq!(
        complaints(&mut depending(&["mysql->mysqld", "mysqlb"])),
        ["/rc:1: Depending service 'mysqld' is not defined in the control file [did you mean 'mysqlb'?]"]
    );
}

#[test]
fn a_chain_as_long_as_the_file_takes_no_stack_and_little_time() {
    let words: Vec<String> =
        (0..20_000).map(|n| format!("s{n}->s{}", n + 1)).chain(["s20000".into()]).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let order = order(&words);
    assert!(order.starts_with("s20000 myhost s19999 s19998 "));
    assert!(order.ends_with(" s1 s0"));
}

#[test]
fn implicit_tests_stand_in_front_and_only_where_none_was_written() {
    let mut config = Config::default();
    config.services.push(Service::new("p", Subject::Process(ProcessBy::Matching("x".into()))));
    config.services.push(Service::new("fs", Subject::Filesystem("/".into())));
    let mut exists = file("e");
    exists.tests.push(Test {
        place: Place { file: 0, line: 9 },
        condition: Condition::Exist,
        rate: Default::default(),
        then: Action::Alert,
        recovery_rate: Default::default(),
        recovery: Action::Alert,
    });
    config.services.push(exists);
    config
        .services
        .push(Service::new("n", Subject::Network(crate::config::NetworkBy::Interface("lo".into()))));
    finish_well(&mut config);
    let tests: Vec<Vec<(&Condition, &Action)>> = config
        .services
        .iter()
        .map(|service| service.tests.iter().map(|test| (&test.condition, &test.then)).collect())
        .collect();
    assert_eq!(
        tests,
        [
            vec![(&Condition::NotExist, &Action::Restart)],
            vec![(&Condition::NotExist, &Action::Restart), (&Condition::FsFlagsChanged, &Action::Alert)],
            vec![(&Condition::Exist, &Action::Alert)],
            vec![(&Condition::LinkDown, &Action::Alert)],
            vec![],
        ]
    );
    let system = config.services.last().unwrap();
    assert_eq!((&*system.name, &system.subject, system.place.line), ("myhost", &Subject::System, 0));
}

#[test]
fn the_implicit_system_service_needs_its_name() {
    let mut config = depending(&["MYHOST"]);
    assert_eq!(
        complaints(&mut config),
        ["/rc:1: 'check system' not defined in control file, failed to add automatic configuration \
          (service name myhost is used already) -- please add 'check system <name>' manually \
          [for example: check system this-host]"]
    );
}

#[test]
fn checks_without_anything_to_check_are_errors() {
    let mut config = depending(&[]);
    config.services.push(Service::new("h", Subject::Host("localhost".into())));
    config.services.push(Service::new(
        "p",
        Subject::Program(Box::new(crate::config::ProgramCheck {
            command: crate::config::Command {
                argv: ["/bin/true".into()].into(),
                uid: None,
                gid: None,
                timeout: Some(Duration::from_secs(300)),
            },
        })),
    ));
    assert_eq!(
        complaints(&mut config),
        [
            "'check host' statement is incomplete: Please specify a port number to test or an icmp test at the remote host: \
             'h' [for example: if failed ping then alert]",
            "'check program p' is incomplete: Please add a 'status' or 'content' test [for example: if status != 0 then \
             alert]",
        ]
    );
}

#[test]
fn staying_in_the_foreground_needs_a_poll_time() {
    let init = Invocation { init: true, ..PLAIN };
    let outcome = finish(&mut Config::default(), &init);
    assert_eq!((outcome.diagnostics.len(), outcome.ends_at_once), (1, false));
    assert_eq!(finish(&mut Config::default(), &Invocation { poll: true, ..init }).diagnostics.len(), 0);
    let mut config = Config::default();
    config.settings.init = true;
    assert_eq!(complaints(&mut config).len(), 1);
    config.settings.poll = Some(Duration::from_secs(5));
    config.services.clear();
    finish_well(&mut config);
}

#[test]
fn mmonit_wants_a_port_and_a_password_to_share() {
    use crate::config::{Credentials, PasswordForm};
    let url = Url {
        secure: false,
        username: None,
        password: None,
        host: "h".into(),
        port: 80,
        path: "/c".into(),
        query: None,
        text: "http://h/c".into(),
    };
    let mmonit = Mmonit {
        place: Place { file: 0, line: 1 },
        url,
        timeout: Duration::from_secs(5),
        tls: None,
        certificate: None,
        register_credentials: true,
        hostgroups: Vec::new(),
    };
    let warning = |httpd: Httpd, register: bool| {
        let mut config = Config::default();
        config.settings.mmonits.push(Mmonit { register_credentials: register, ..mmonit.clone() });
        config.settings.httpd = httpd;
        finish(&mut config, &PLAIN).diagnostics.pop().map(|d| d.first_line())
    };
    let user = |form, readonly| Credentials { name: "a".into(), password: "b".into(), form, readonly };
    let port = |users| Httpd { port: Some(2812), users, ..Httpd::default() };
    assert!(warning(Httpd::default(), true).unwrap().contains("no httpd allowed"));
    assert!(warning(port(vec![]), true).unwrap().contains("no suitable credentials"));
    assert_eq!(warning(port(vec![]), false), None);
    assert!(warning(port(vec![user(PasswordForm::Cleartext, true)]), true).is_some());
    assert!(warning(port(vec![user(PasswordForm::Md5, false)]), true).is_some());
    assert_eq!(warning(port(vec![user(PasswordForm::Cleartext, false)]), true), None);
}

#[test]
fn groups_know_their_members_in_file_order() {
    let mut config = depending(&["a", "b", "c"]);
    config.groups.push(Group { name: "g".into(), members: vec![] });
    config.services[2].groups = vec![0, 0].into();
    config.services[0].groups = vec![0].into();
    finish_well(&mut config);
    assert_eq!(config.groups[0].members, [0, 2]);
}

/// A folder of our own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("monit-verify-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_control_file_is_a_file_that_nobody_else_can_read_or_write() {
    let folder = Folder::new("access");
    let path = folder.0.join("rc file");
    std::fs::write(&path, "").unwrap();
    for (mode, fine) in [
        (0o600, true),
        (0o700, true),
        (0o400, true),
        (0o1600, true),
        (0o4600, true),
        (0o640, false),
        (0o601, false),
        (0o644, false),
    ] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        match access(&path, &Live) {
            Ok(()) => assert!(fine, "{mode:o}"),
            Err(refusal) => {
                assert!(!fine, "{mode:o}");
                assert_eq!(
                    refusal.to_string(),
                    format!(
                        "The control file '{}' permission {mode:04o} is wrong, maximum 0700 allowed",
                        path.display()
                    )
                );
                assert_eq!(refusal.hint().unwrap(), format!("chmod 600 '{}'", path.display()));
                assert!(!refusal.is_fatal());
            }
        }
    }
    let link = folder.0.join("link");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert_eq!(access(&link, &Live), Ok(()));
    for not_a_file in [Path::new("/dev/null"), &folder.0, &folder.0.join("nope"), &path.join("nope")] {
        let refusal = access(not_a_file, &Live).unwrap_err();
        assert_eq!(refusal.to_string(), format!("The control file '{}' is not a file", not_a_file.display()));
        assert!(refusal.is_fatal());
    }
}

#[test]
fn the_words_for_a_foreign_file_name_the_owner_to_set() {
    let refusal = Refusal::Owner { path: "/etc/monitrc".into(), caller: 0 };
    assert_eq!(refusal.to_string(), "The control file '/etc/monitrc' must be owned by you.");
    assert_eq!(refusal.hint().unwrap(), "chown root /etc/monitrc");
    // Giving the file away would show its passwords, and let somebody else name what root runs.
    let refusal = Refusal::Owner { path: "/etc/monitrc".into(), caller: 65534 };
    assert_eq!(refusal.hint().unwrap(), "run monit as root, or as the owner of the file");
}

//! What statements mean: the configuration they become.

use super::*;
use crate::config::*;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

fn first(text: &str) -> Service {
    accepted(text).services.into_iter().next().expect("a service")
}

/// The only test of a process that is written.
fn condition(test: &str) -> Condition {
    condition_of("check process x with pidfile /x", test)
}

fn condition_of(service: &str, test: &str) -> Condition {
    let service = first(&format!("{service} if {test} then alert"));
    service.tests.into_iter().rfind(|test| test.place.line > 0).expect("a test").condition
}

fn argv(service: &Service) -> Vec<OsString> {
    service.start.as_ref().expect("a start program").argv.to_vec()
}

#[test]
fn commands_become_arguments() {
    for (command, want) in [
        ("\"/bin/true a b\"", vec!["/bin/true", "a", "b"]),
        ("= \"/bin/sh -c 'x && y'\"", vec!["/bin/sh", "-c", "x && y"]),
        ("program = \"/bin/true 'ab'c c'd\"", vec!["/bin/true", "'ab'c", "c'd"]),
        ("program '/bin/true'", vec!["/bin/true"]),
        ("/bin/true \"a b\" c", vec!["/bin/true", "a b", "c"]),
        ("program = \"/bin/true\n a\tb\"", vec!["/bin/true", "a", "b"]),
        ("program = \"/bin/true\" as user", vec!["/bin/true", "user"]),
    ] {
        let service = first(&format!("check process x with pidfile /x start {command}"));
        assert_eq!(argv(&service), want, "{command}");
    }
}

#[test]
fn bytes_that_are_no_text_reach_paths_and_arguments_unchanged() {
    let text = b"check file x with path /tmp/\xff\xfe start program = \"/bin/true \xe9\"";
    let loaded = parse_str(NAME, text, &Overrides::default());
    let service = loaded.config.expect("accepted").services.remove(0);
    assert_eq!(service.subject, Subject::File(Path::new(OsStr::from_bytes(b"/tmp/\xff\xfe")).into()));
    assert_eq!(argv(&service)[1], OsStr::from_bytes(b"\xe9"));
}

#[test]
fn units_multiply() {
    let memory = |bytes| Condition::Resource(Resource::Memory, Operator::Greater, Amount::Number(bytes));
    assert_eq!(condition("memory > 1.5 kb"), memory(1536.0));
    assert_eq!(condition("memory > 2 GB"), memory(2.0 * 1024.0 * 1024.0 * 1024.0));
    assert_eq!(condition("memory > 7"), memory(7.0));
    let percent = Condition::Resource(Resource::Memory, Operator::Equal, Amount::Percent(5.0));
    assert_eq!(condition("memory usage 5%"), percent);
    assert_eq!(condition("uptime > 2 days"), Condition::Uptime(Operator::Greater, 172_800));
    assert_eq!(
        condition_of("check file x path /etc/passwd", "size >= 3 MB"),
        Condition::Size(Operator::GreaterOrEqual, 3 << 20)
    );
    assert_eq!(
        condition_of("check network x interface lo", "total upload > 1 GB in last 1 day"),
        Condition::Traffic {
            direction: Direction::Write,
            operator: Operator::Greater,
            limit: 1 << 30,
            unit: TrafficUnit::Bytes,
            span: Span::Hours(24)
        }
    );
}

#[test]
fn of_tests_in_a_row_the_last_one_counts() {
    let last = Condition::Resource(Resource::Load5PerCore, Operator::Greater, Amount::Number(2.0));
    assert_eq!(condition("cpu > 5% and memory > 5% and loadavg (5min) per core > 2"), last);
}

#[test]
fn rates_actions_and_else() {
    let text = "check process x with pidfile /x if cpu > 5% for 3 times within 5 cycles then restart \
                else if succeeded for 2 cycles then exec \"/bin/true\" repeat every 4 cycles";
    let service = first(text);
    let test = service.tests.last().expect("a test");
    assert_eq!((test.rate, test.recovery_rate), (Rate { count: 3, cycles: 5 }, Rate { count: 2, cycles: 2 }));
    assert_eq!(test.then, Action::Restart);
    let Action::Exec(exec) = &test.recovery else { panic!("{test:?}") };
    assert_eq!((exec.repeat, exec.command.timeout), (4, None));
}

#[test]
fn limits_hold_for_what_follows() {
    let text = "check process a with pidfile /a start \"/bin/true\" \
                set limits { startTimeout: 5 s shutdownTimeout: 1500 ms connectionTests: 1100 } set onreboot nostart \
                check process b with pidfile /b start \"/bin/true\" stop \"/bin/true\" timeout 1 second";
    let config = accepted(text);
    let timeout = |command: &Option<Box<Command>>| command.as_ref().and_then(|command| command.timeout);
    let seconds = |n| Some(Duration::from_secs(n));
    assert_eq!(timeout(&config.services[0].start), seconds(30));
    assert_eq!(timeout(&config.services[1].start), seconds(5));
    assert_eq!(timeout(&config.services[1].stop), seconds(1));
    assert_eq!(config.settings.limits.shutdown_timeout, Duration::from_millis(1500));
    assert_eq!(config.settings.limits.connection_tests, 1100);
    assert_eq!(config.services[0].onreboot, OnReboot::Start);
    assert_eq!(config.services[1].onreboot, OnReboot::NoStart);
}

#[test]
fn a_changed_network_timeout_reaches_the_second_connection() {
    let text = "set limits { networkTimeout: 11 s } check process x with pidfile /x \
                if failed port 1 then alert if failed port 2 then alert";
    let timeouts: Vec<u64> = first(text)
        .tests
        .iter()
        .filter_map(|test| match &test.condition {
            Condition::Connection(connection) => Some(connection.timeout.as_secs()),
            _ => None,
        })
        .collect();
    assert_eq!(timeouts, [5, 11]);
}

#[test]
fn connections() {
    let Condition::Connection(c) = condition(
        "failed host db port 993 type tcp protocol imaps and certificate valid > 30 days \
         certificate checksum = \"AA:BB:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD\" retry 3",
    ) else {
        panic!()
    };
    assert_eq!(c.target, Target::Port(Address { host: "db".into(), port: 993 }));
    assert_eq!((c.protocol.spec.keyword, c.retry), ("imaps", 3));
    assert!(c.tls.is_some());
    let certificate = c.certificate.as_deref().expect("certificate tests");
    assert_eq!(certificate.valid_days, Some(30));
    assert_eq!(certificate.checksum, Some((ChecksumKind::Md5, "aabb00112233445566778899aabbccdd".into())));

    let Condition::Connection(c) = condition("failed port 2 send \"a\\0x00b\\n\" expect \"^x\"") else {
        panic!()
    };
    assert_eq!(c.steps[..], [Exchange::Send((*b"a\0b\n").into()), Exchange::Expect("^x".into())]);
    assert_eq!(c.protocol.spec.keyword, "generic");
}

#[test]
fn options_of_ours_stand_with_the_protocol_and_behind_it() {
    let protocol = |text: &str| match condition(text) {
        Condition::Connection(connection) => connection.protocol.clone(),
        other => panic!("{other:?}"),
    };
    for text in [
        "failed port 80 protocol http follow 2 redirects and json \"/a\" = ok and json \"/b\" != 3.5 request \"/x\"",
        "failed port 80 protocol http request \"/x\" with timeout 3 seconds and follow 2 redirects json \"/a\" = \"ok\" \
         json \"/b\" != 3.5",
        "failed url http://x/x follow 2 redirects and json \"/a\" = ok content = \"y\" and json \"/b\" != 3.5",
    ] {
        let protocol = protocol(text);
        assert_eq!(protocol.number(OptionName::Follow), Some(2), "{text}");
        let json: Vec<_> = protocol.json().map(|test| (&*test.pointer, test.negated, &*test.value)).collect();
        assert_eq!(json, [("/a", false, "ok"), ("/b", true, "3.5")], "{text}");
    }
    for (text, value) in
        [("", None), ("= 192.0.2.1", Some("192.0.2.1")), ("= \"10 mx.x.\"", Some("10 mx.x."))]
    {
        let protocol = protocol(&format!(
            "failed port 53 type udp protocol dns query WWW.x. type mx {text} timeout 2 s"
        ));
        let query = protocol.query().unwrap();
        assert_eq!((&*query.name, query.kind.name, query.value.as_deref()), ("WWW.x", "MX", value));
    }
    // They are plain words anywhere else.
    accepted(
        "check process follow with pidfile /x\n group json\ncheck process query with pidfile /y\n group redirects",
    );
}

#[test]
fn urls_are_taken_apart() {
    let Condition::Connection(c) = condition("failed url https://u:p%40x@[::1]:8443/a?c=d#e") else {
        panic!()
    };
    let Target::Url(url) = &c.target else { panic!() };
    assert_eq!((url.username.as_deref(), url.password.as_deref()), (Some("u"), Some("p@x")));
    assert_eq!((&*url.host, url.port, &*url.path, url.query.as_deref()), ("::1", 8443, "/a", Some("c=d")));
}

#[test]
fn alerts_select_events() {
    let config = accepted("set alert a@b.c not on { instance, action } set alert d@e.f only on { timeout }");
    let events: Vec<EventSet> = config.settings.alerts.iter().map(|alert| alert.events).collect();
    assert!(!events[0].contains(EventKind::Instance) && events[0].contains(EventKind::Timeout));
    assert_eq!(events[1], EventSet(EventKind::Timeout.bit()));
}

#[test]
fn mail_formats_keep_their_text() {
    let text = "set mail-format {\n from: \"John D\" <x@y.z>\n subject: $EVENT # x\n message: a\nb }";
    let format = accepted(text).settings.mail_format;
    assert_eq!(format.from, Some(("John D".into(), "x@y.z".into())));
    assert_eq!(format.subject.as_deref(), Some("$EVENT # x"));
    assert_eq!(format.message.as_deref(), Some("a\nb"));
}

#[test]
fn who_may_use_the_web_interface() {
    let text =
        "set httpd port 2812 allow 10.0.0.0/255.255.0.0 allow ::1 allow \"admin\":\"x\" read-only allow @ops";
    let httpd = accepted(text).settings.httpd;
    let networks: Vec<_> = httpd.allow.iter().flat_map(|allow| allow.networks.clone()).collect();
    assert_eq!(networks, [("10.0.0.0".parse().expect("ip"), 16), ("::1".parse().expect("ip"), 128)]);
    assert!(httpd.users[0].readonly && !httpd.users[1].readonly);
    assert_eq!(httpd.users[1].form, PasswordForm::PamGroup);
}

#[test]
fn the_command_line_wins() {
    let overrides = Overrides {
        ignore_daemon: true,
        ignore_pidfile: true,
        poll: Some(Duration::from_secs(7)),
        init: true,
        ..Overrides::default()
    };
    let loaded = parse_str(NAME, b"set daemon 30 set pidfile /x set statefile /y", &overrides);
    let settings = loaded.config.expect("accepted").settings;
    assert_eq!((settings.poll, settings.pidfile), (Some(Duration::from_secs(7)), None));
    assert!(settings.init && settings.statefile.is_some());
}

#[test]
fn maintenance_says_when_and_for_whom() {
    let services = "check file web1 path /x group www check file system path /y ";
    let read = |text: &str| accepted(&format!("{services} {text}")).settings.maintenance;
    let all = read(
        "set maintenance \"0 2 * * 0\" for 2 hours on \"web.*\" hold actions \
         set maintenance '*/5 * * * *' for 90 on group www\n set maintenance \"0 3 1 * *\" for 1 day on system",
    );
    let told: Vec<String> = all
        .iter()
        .map(|one| format!("{} {} {} {}", one.begins.text, one.time.as_secs(), one.on, one.hold_actions))
        .collect();
    assert_eq!(
        told,
        ["0 2 * * 0 7200 'web.*' true", "*/5 * * * * 90 group 'www' false", "0 3 1 * * 86400 'system' false"]
    );
    for all in ["all", "ALL", "\"All\""] {
        let every = read(&format!("set maintenance \"0 2 * * 0\" for 2 hours on {all} hold actions"));
        assert_eq!((every[0].on.text(), every[0].hold_actions), (".*", true), "{all}");
    }
    for (text, wanted) in [
        ("set maintenance \"0 2 * *\" for 2 hours on web1", "cron"),
        ("set maintenance \"0 2 * * 0\" for 0 hours on web1", "the time in seconds"),
        ("set maintenance \"0 2 * * 0\" for 32 days on web1", "the time in seconds"),
        ("set maintenance \"0 2 * * 0\" for 2 hours on \"web(\"", "invalid regular expression"),
        ("set maintenance \"0 2 * * 0\" for 2 hours on \"(a)\\1\"", "no back references"),
        ("set maintenance \"0 2 * * 0\" for 2 hours on group db", "no service group named 'db'"),
        ("set maintenance \"0 2 * * 0\" for 2 hours on web1 hold", "syntax error"),
    ] {
        let loaded = parse_str(NAME, format!("{services} {text}").as_bytes(), &Overrides::default());
        assert!(loaded.config.is_none(), "{text}");
        let found: Vec<String> = loaded.diagnostics.iter().map(|one| one.first_line()).collect();
        assert!(found.iter().any(|line| line.contains(wanted)), "{text}: {found:?}");
    }
}

#[test]
fn history_is_kept_where_it_is_said() {
    let history = |text: &str| accepted(text).settings.history;
    assert_eq!(history("set daemon 30"), None);
    assert_eq!(history("set history on"), Some(History { on: true, file: None }));
    assert_eq!(history("set history off set daemon 30"), Some(History { on: false, file: None }));
    let path = std::path::Path::new("/var/lib/h");
    assert_eq!(
        history("set history on file /var/lib/h"),
        Some(History { on: true, file: Some(path.into()) })
    );
    assert_eq!(accepted("check file history with path /x group off").services[0].name.as_ref(), "history");
}

#[test]
fn metrics_go_to_the_last_file_that_is_named() {
    let file = |text: &str| accepted(text).settings.metrics_file;
    assert_eq!(file("set daemon 30"), None);
    let path = std::path::Path::new("/var/lib/m.prom");
    assert_eq!(file("set metrics file /x set metrics file /var/lib/m.prom").as_deref(), Some(path));
    assert_eq!(
        accepted("check file metrics with path /x group metrics").services[0].name.as_ref(),
        "metrics"
    );
}

#[test]
fn our_words_are_special_only_where_nothing_else_could_stand() {
    let service = first(
        "check process x with pidfile /x start \"/bin/true\" exitwatch off\n exitwatch on delay 3 s backoff 2 to 60 seconds",
    );
    assert_eq!(argv(&service), ["/bin/true", "exitwatch", "off"]);
    assert_eq!(service.exitwatch, Some(ExitWatch { on: true, delay: Duration::from_secs(3) }));
    let (first_pause, longest) = (Duration::from_secs(2), Duration::from_secs(60));
    assert_eq!(service.backoff, Some(Backoff { first: first_pause, longest }));
    let named = first("check process backoff with pidfile /x group exitwatch every 2 minutes");
    assert_eq!(named.every, Every::Period(Duration::from_secs(120)));
}

#[test]
fn later_tests_of_a_kind_replace_earlier_ones() {
    let service = first(
        "check file x path /etc/passwd if failed uid root then alert if failed permission 600 then stop if changed permission then alert if failed uid 0 then stop",
    );
    let written: Vec<_> = service.tests.iter().filter(|test| test.place.line > 0).collect();
    assert_eq!(written.len(), 2);
    assert_eq!(written[0].condition, Condition::PermissionChanged);
    assert_eq!(written[1].then, Action::Stop);
}

#[test]
fn a_file_without_an_expected_sum_is_hashed() {
    let folder = std::env::temp_dir().join(format!("monit-sum-{}", std::process::id()));
    std::fs::write(&folder, "").expect("a file");
    let text = format!("check file x path {} if failed md5 checksum then alert", folder.display());
    let service = first(&text);
    let Condition::Checksum(ChecksumKind::Md5, Some(digest)) =
        &service.tests.last().expect("a test").condition
    else {
        panic!()
    };
    assert_eq!((&*digest.hex, digest.given), ("d41d8cd98f00b204e9800998ecf8427e", false));
    std::fs::remove_file(&folder).expect("removed");
}

#[test]
fn places_say_which_file_and_line() {
    let folder = std::env::temp_dir().join(format!("monit-place-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    for (name, text) in [
        ("a.conf", "\n check process a with pidfile /a\n"),
        ("b.conf", "check process b with pidfile /b\n"),
        ("c.conf~", "nonsense"),
    ] {
        std::fs::write(folder.join(name), text).expect("a file");
    }
    let config = accepted(&format!("\ninclude {}/*\ncheck process z with pidfile /z", folder.display()));
    let names: Vec<&str> = config.services.iter().map(|service| &*service.name).take(3).collect();
    assert_eq!(names, ["b", "a", "z"], "matches are read in reverse order");
    assert!(config.cite(config.services[1].place).ends_with("a.conf:2"));
    assert_eq!(config.cite(config.services[2].place), "monitrc:3");
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn words_of_our_tests_are_plain_words_elsewhere() {
    let text = "check system pressure if pressure io full avg300 > 2.5% then alert if pressure cpu = 3% then alert if oom kills > 0 then alert";
    let conditions: Vec<_> = first(text).tests.iter().map(|test| test.condition.clone()).collect();
    let pressure = |of, full, over, operator, limit| Condition::Pressure { of, full, over, operator, limit };
    assert_eq!(
        conditions[..3],
        [
            pressure(Stalled::Io, true, 300, Operator::Greater, 2.5),
            pressure(Stalled::Cpu, false, 10, Operator::Equal, 3.0),
            Condition::OomKills(Operator::Greater, 0),
        ]
    );
    let text = "check directory entries with path /etc if entries > 10 then exec \"/bin/true\" if total size > 2 kB then alert group oom";
    let service = first(text);
    let written: Vec<_> = service.tests.iter().filter(|test| test.place.line > 0).collect();
    assert_eq!(written[0].condition, Condition::Entries(Operator::Greater, 10));
    assert_eq!(written[1].condition, Condition::TotalSize(Operator::Greater, 2048));
    for text in [
        "check system x if \"pressure\" cpu > 3% then alert",
        "check system x if changed pressure cpu > 3% then alert",
        "check system x if pressure disk > 3% then alert",
        "check system x if oom > 3 then alert",
        "check file x with path /x if entries > 3 then alert",
        "check file x with path /x if total size > 3 then alert",
    ] {
        assert!(parse(text).config.is_none(), "{text}");
    }
}

#[test]
fn a_verbose_run_tells_who_is_let_in() {
    let loaded = parse(
        "set httpd port 1 allow 127.0.0.1 allow a1:\"b\" allow ::1 allow 10.0.0.0/8 allow A1:\"c\" allow @g1 read-only \
         allow 10.0.0.0/8 allow 127.0.0.1/32",
    );
    let told: Vec<String> = loaded.remarks.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "Adding 'allow 127.0.0.1' -- host resolved to [::ffff:127.0.0.1]",
            "Adding credentials for user 'a1'",
            "Adding 'allow ::1' -- host resolved to [::1]",
            "Adding 'allow 10.0.0.0/8'",
            "Adding PAM group 'g1'",
        ]
    );
    let warned: Vec<String> = loaded.diagnostics.iter().map(Diagnostic::first_line).collect();
    assert_eq!(
        warned[1..],
        [
            "monitrc:1: Skipping 'allow 10.0.0.0/8' -- present in ACL already",
            "monitrc:1: Skipping 'allow 127.0.0.1/32' -- present in ACL already",
        ]
    );
    // A mask in digits is another thing than a number of bits.
    assert!(parse("set httpd allow 10.0.0.0/8 allow 10.0.0.0/255.0.0.0").diagnostics.is_empty());
}

//! One block per service.

use super::*;

#[test]
fn a_process_in_the_order_of_the_reference() {
    let mut service = Service::new("p", Subject::Process(ProcessBy::Pidfile(Path::new("/tmp/x").into())));
    let start = command(&["/bin/true", "x"], Some(seconds(90)));
    service.start = Some(Box::new(Command { uid: Some(1), gid: Some(1), ..start }));
    service.stop = Some(Box::new(command(&["/bin/true"], Some(Duration::from_millis(1500)))));
    service.depends_on = vec![("F".into(), Place::default()), ("d".into(), Place::default())].into();
    let exec = |words: &[&str], timeout, repeat| {
        Action::Exec(Box::new(Exec { command: command(words, timeout), repeat }))
    };
    let share = |what, n| test(Condition::Resource(what, Operator::Greater, Amount::Percent(n)));
    let number = |what, n| test(Condition::Resource(what, Operator::Greater, Amount::Number(n)));
    let local = |port| connection(Target::Port(Address { host: "localhost".into(), port }));
    let connected = |connection| test(Condition::Connection(std::rc::Rc::new(connection)));
    let site = url("https://w.x:80/a?b=c", true, "w.x", 80, "/a", Some("b=c"));
    service.tests = vec![
        share(Resource::Cpu, 3.0),
        share(Resource::TotalCpu, 3.0),
        number(Resource::TotalMemory, 3_145_728.0),
        number(Resource::Load5PerCore, 3.0),
        number(Resource::ReadBytes, 3_145_728.0),
        number(Resource::DiskWriteOperations, 3.0),
        test(Condition::Uptime(Operator::Greater, 259_200)),
        Test {
            then: Action::Ignore,
            recovery: Action::Stop,
            ..connected(Connection { transport: Transport::Udp, ..local(3306) })
        },
        connected(Connection {
            family: Family::V6,
            outgoing: Some(Box::new("127.0.0.1".parse().unwrap())),
            timeout: seconds(3661),
            retry: 5,
            response_time: Some(Box::new(ResponseTime { operator: Operator::Greater, limit: seconds(5) })),
            tls: Some(Box::new(Tls { verify: Some(true), ..Tls::default() })),
            certificate: Some(Box::new(Certificate {
                valid_days: Some(5),
                checksum: Some((ChecksumKind::Md5, "d41d8cd98f00b204e9800998ecf8427e".into())),
            })),
            ..local(80)
        }),
        connected(connection(Target::Url(Box::new(site)))),
        Test {
            then: exec(&["/bin/true", "a"], Some(seconds(7)), 5),
            recovery: exec(&["/bin/false"], None, 0),
            recovery_rate: Rate { count: 3, cycles: 3 },
            ..connected(connection(Target::Unix(Path::new("/tmp/x").into())))
        },
        Test {
            recovery: Action::Stop,
            recovery_rate: Rate { count: 2, cycles: 2 },
            ..connected(Connection { succeeded: true, ..local(80) })
        },
        test(Condition::Gid(Identity { id: 0, text: "root".into() })),
        test(Condition::TotalFileDescriptors(Operator::Greater, 3)),
        test(Condition::FileDescriptors(Operator::Greater, Amount::Number(3.0))),
        test(Condition::FileDescriptors(Operator::Greater, Amount::Percent(3.0))),
        test(Condition::SecurityAttribute(StringOperator::NotEqual, "x".into())),
        test(Condition::SecurityAttribute(StringOperator::Match, "x y".into())),
        test(Condition::Euid(Identity { id: 0, text: "0".into() })),
        test(Condition::Uid(Identity { id: 0, text: "root".into() })),
        test(Condition::PpidChanged),
        test(Condition::PidChanged),
        test(Condition::Exist),
        Test { rate: Rate { count: 2, cycles: 3 }, then: Action::Restart, ..test(Condition::NotExist) },
    ];
    service.every = Every::Cycles(2);
    service.restart_limits = vec![
        RestartLimit { place: Place::default(), restarts: 3, cycles: 5, action: Action::Unmonitor },
        RestartLimit { place: Place::default(), restarts: 4, cycles: 5, action: Action::Stop },
    ]
    .into();
    block(
        &service,
        &expect![[r#"
            Process Name          = p
             Pid file             = /tmp/x
             Monitoring mode      = active
             On reboot            = start
             Start program        = '/bin/true x' as uid 1 as gid 1 timeout 1.500 m
             Stop program         = '/bin/true' timeout 1.500 s
             Existence            = if does not exist for 2 times within 3 cycles then restart
             Non-Existence        = if exist then alert
             Depends on Service   = d
             Depends on Service   = F
             Pid                  = if changed then alert
             PPid                 = if changed then alert
             UID                  = if failed 0 then alert
             EUID                 = if failed 0 then alert
             Security attribute   = if matching "x y" then alert
             Security attribute   = if not equal to "x" then alert
             Total filedescriptors = if greater than 3 then alert
             Filedescriptors      = if greater than 3.0% then alert
             Filedescriptors      = if greater than 3 then alert
             GID                  = if failed 0 then alert
             Port                 = if succeeded [localhost]:80 type TCP/IP protocol DEFAULT with timeout 5 s then alert else if failed for 2 cycles then stop
             Port                 = if failed [w.x]:80/a?b=c type TCP/IP protocol DEFAULT with timeout 5 s using TLS then alert
             Port                 = if failed [localhost]:80 via address 127.0.0.1 type TCP/IPv6 protocol DEFAULT with timeout 1.017 h and retry 5 times and responsetime greater than 5 s using TLS with options {verify: enable} and certificate valid for at least 5 days and certificate checksum MD5 equal to 'd41d8cd98f00b204e9800998ecf8427e' then alert
             Port                 = if failed [localhost]:3306 type UDP/IP protocol DEFAULT with timeout 5 s then ignore else if succeeded then stop
             Unix Socket          = if failed /tmp/x type TCP protocol DEFAULT with timeout 5 s then exec '/bin/true a' timeout 7000 cycle(s) repeat every 5 cycle(s) else if succeeded for 3 cycles then exec '/bin/false'
             Uptime               = if greater than 259200 second(s) then alert
             Disk write limit     = if greater than 3 operations/s then alert
             Read limit           = if greater than 3 MB/s then alert
             Load avg/core (5m)   = if greater than 3.0 then alert
             Memory amount limit (incl. children) = if greater than 3 MB then alert
             CPU usage limit (incl. children) = if greater than 3.0% then alert
             CPU usage limit      = if greater than 3.0% then alert
             Every                = Check service every 2 cycles
             Timeout              = If restarted 4 times within 5 cycle(s) then stop
             Timeout              = If restarted 3 times within 5 cycle(s) then unmonitor
        "#]],
    );
}

#[test]
fn groups_come_youngest_first_as_they_were_first_written() {
    let group = |name: &str| Group { name: name.into(), members: Vec::new() };
    let config = Config { groups: vec![group("if"), group("a"), group("b")], ..Config::default() };
    let mut service = Service::new("x", Subject::System);
    service.groups = vec![2, 0, 1, 1].into();
    let mut out = String::new();
    service::write(&config, &service, &Live, &mut out);
    assert!(out.contains("\n Group                = b, a, a, if\n"), "{out}");
}

#[test]
fn a_file_lists_content_in_file_order_and_the_rest_backwards() {
    let mut service = Service::new("f", Subject::File(Path::new("/etc/passwd").into()));
    let pattern = |text: &str| PatternSource::Pattern(text.into());
    service.tests = vec![
        test(Condition::Checksum(ChecksumKind::Md5, None)),
        test(Condition::Permission(0o644)),
        test(Condition::Timestamp(TimestampKind::Default, Operator::Greater, 3 * 86_400)),
        test(Condition::TimestampChanged(TimestampKind::Access)),
        test(Condition::Timestamp(TimestampKind::Modification, Operator::Greater, 5)),
        test(Condition::Size(Operator::Greater, 3_145_728)),
        test(Condition::SizeChanged),
        test(Condition::Hardlink(Operator::Changed, 2)),
        test(Condition::FileContent(StringOperator::Equal, pattern("ab"))),
        test(Condition::FileContent(StringOperator::NotEqual, pattern("b"))),
    ];
    service.ignores = vec![(StringOperator::Equal, pattern("zz"), Place::default())].into();
    block(
        &service,
        &expect![[r#"
            File Name             = f
             Path                 = /etc/passwd
             Monitoring mode      = active
             On reboot            = start
             Checksum             = if failed 00000000000000000000000000000000(MD5) then alert
             Permission           = if failed 0644 then alert
             modify time          = if greater than 5 s then alert
             access time          = if changed then alert
             modify/change time   = if greater than 3 d then alert
             Size                 = if changed then alert
             Size                 = if greater than 3145728 byte(s) then alert
             Hardlink             = if changed 2 then alert
             Ignore content       = if content = "zz" then ignore
             Content              = if content = "ab" then alert
             Content              = if content != "b" then alert
        "#]],
    );
}

#[test]
fn filesystems() {
    let mut service = Service::new("fs", Subject::Filesystem("/".into()));
    let (percent, bytes, operator) = (Amount::Percent(5.0), Amount::Number(3072.0), Operator::Greater);
    service.tests = vec![
        test(Condition::Space { free: false, operator, limit: percent }),
        test(Condition::Space { free: true, operator: Operator::Less, limit: bytes }),
        test(Condition::Inode { free: false, operator, limit: Amount::Number(5.0) }),
        test(Condition::FsBytes(Direction::Read, operator, bytes)),
        test(Condition::FsOperations(Direction::Write, operator, 3)),
        test(Condition::FsServiceTime(operator, Duration::from_millis(1500))),
        test(Condition::FsFlagsChanged),
    ];
    block(
        &service,
        &expect![[r#"
            Filesystem Name       = fs
             Path                 = /
             Monitoring mode      = active
             On reboot            = start
             Filesystem flags     = if changed then alert
             Service time limit   = if service time greater than 1.500 s/operation then alert
             Write limit          = if write greater than 3 operations/s then alert
             Read limit           = if read greater than 3 kB/s then alert
             Inodes usage limit   = if greater than 5 then alert
             Space free limit     = if less than 3 kB then alert
             Space usage limit    = if greater than 5.0% then alert
        "#]],
    );
}

#[test]
fn networks() {
    let lo = crate::config::NetworkBy::Interface("lo".into());
    let mut service = Service::new("n", Subject::Network(lo));
    let traffic = |direction, unit, span, limit| {
        test(Condition::Traffic { direction, operator: Operator::Greater, limit, unit, span })
    };
    service.tests = vec![
        Test { recovery: Action::Stop, ..test(Condition::LinkUp) },
        test(Condition::LinkChanged),
        test(Condition::Saturation(Operator::Greater, 5)),
        traffic(Direction::Write, TrafficUnit::Bytes, Span::Second, 3072),
        traffic(Direction::Read, TrafficUnit::Packets, Span::Minutes(2), 3),
        traffic(Direction::Write, TrafficUnit::Bytes, Span::Hours(24), 3072),
    ];
    block(
        &service,
        &expect![[r#"
            Network Name          = n
             Interface            = lo
             Monitoring mode      = active
             On reboot            = start
             Link status          = if up then alert else if failed then stop
             Link capacity        = if changed then alert
             Link utilization     = if greater than 5.0% then alert
             Total upload bytes   = if greater than 3 kB in last 24 hour(s) then alert
             Upload bytes         = if greater than 3 kB/s then alert
             Total downl. packets = if greater than 3 packets in last 2 minute(s) then alert
        "#]],
    );
}

#[test]
fn hosts() {
    let mut service = Service::new("h", Subject::Host("localhost".into()));
    let ping = Ping {
        succeeded: false,
        family: Family::Any,
        count: 5,
        size: 100,
        timeout: seconds(3),
        response_time: Some(ResponseTime { operator: Operator::Less, limit: Duration::from_millis(4) }),
        outgoing: Some("::1".parse().unwrap()),
    };
    let six = Ping { family: Family::V6, succeeded: true, response_time: None, ..ping.clone() };
    service.tests = vec![test(Condition::Ping(Box::new(ping))), test(Condition::Ping(Box::new(six)))];
    block(
        &service,
        &expect![[r#"
            Remote Host Name      = h
             Address              = localhost
             Monitoring mode      = active
             On reboot            = start
             Ping6                = if succeeded count 5 size 100 with timeout 3 s via address ::1 then alert
             Ping                 = if failed count 5 size 100 with timeout 3 s and responsetime less than 4 ms via address ::1 then alert
        "#]],
    );
}

#[test]
fn what_the_reference_does_not_know() {
    use crate::config::{Backoff, ExitWatch};
    let mut service = Service::new("x", Subject::Process(ProcessBy::Matching("x y".into())));
    service.every = Every::Period(seconds(90));
    service.exitwatch = Some(ExitWatch { on: true, delay: seconds(2) });
    service.backoff = Some(Backoff { first: seconds(1), longest: seconds(300) });
    block(
        &service,
        &expect![[r#"
        Process Name          = x
         Match                = x y
         Monitoring mode      = active
         On reboot            = start
         Every                = Check service every 1.500 m
         Exit watch           = on with delay 2 s
         Backoff              = restart after 1 s, at most 5 m
    "#]],
    );
}

#[test]
fn programs() {
    let command = command(&["/bin/true", "a", "b c"], Some(seconds(500)));
    let mut service = Service::new("pr", Subject::Program(Box::new(crate::config::ProgramCheck { command })));
    service.tests = vec![
        test(Condition::ProgramStatus(Operator::Greater, 3)),
        test(Condition::ProgramStatusChanged),
        test(Condition::ProgramContent(StringOperator::Equal, "a".into())),
        test(Condition::ProgramContent(StringOperator::NotEqual, "b".into())),
        test(Condition::ProgramOutputChanged),
        test(Condition::ProgramOutputNotChanged),
    ];
    block(
        &service,
        &expect![[r#"
            Program Name          = pr
             Path                 = /bin/true a b c
             Monitoring mode      = active
             On reboot            = start
             Program timeout      = terminate the program if not finished within 8.333 m
             Status               = if exit value changed then alert
             Status               = if exit value > 3 then alert
             Content              = if content = "a" then alert
             Content              = if content != "b" then alert
             Content change       = if content not changed then alert
             Content change       = if content changed then alert
        "#]],
    );
}

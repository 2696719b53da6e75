//! The settings.

use super::*;

#[test]
fn runtime_constants_of_an_empty_file() {
    let context = DumpContext {
        control_file: Path::new("/etc/monitrc"),
        pidfile: Path::new("/run/monit.pid"),
        idfile: Path::new("/root/.monit.id"),
        statefile: Path::new("/root/.monit.state"),
        debug: true,
        outside: &Live,
    };
    let mut config = Config::default();
    config.services.push(Service::new("vm", Subject::System));
    let mut out = String::new();
    write(&config, &context, &mut out);
    expect![[r#"
        Runtime constants:
         Control file       = /etc/monitrc
         Log file           = (not defined)
         Pid file           = /run/monit.pid
         Id file            = /root/.monit.id
         State file         = /root/.monit.state
         Debug              = True
         Log                = False
         Use syslog         = False
         Is Daemon          = False
         Use process engine = True
         Limits             = {
                            =   programOutput:     512 B
                            =   sendExpectBuffer:  256 B
                            =   fileContentBuffer: 512 B
                            =   httpContentBuffer: 1 MB
                            =   networkTimeout:    5 s
                            =   programTimeout:    5 m
                            =   stopTimeout:       30 s
                            =   startTimeout:      30 s
                            =   restartTimeout:    30 s
                            =   execTimeout:       0 ms
                            = }
         On reboot          = start
         Poll time          = 0 seconds with start delay 0 seconds
         Start monit httpd  = False

        The service list contains the following entries:

        System Name           = vm
         Monitoring mode      = active
         On reboot            = start

        -------------------------------------------------------------------------------
    "#]]
    .assert_eq(&out);
}

#[test]
fn runtime_constants_with_everything_set() {
    let mut config = Config::default();
    let settings = &mut config.settings;
    settings.log = LogTarget::Syslog("daemon");
    settings.poll = Some(seconds(10));
    settings.start_delay = seconds(3);
    settings.eventqueue = Some(EventQueue { basedir: Path::new("/var/tmp").into(), slots: None });
    settings.tls = Tls {
        verify: Some(true),
        selfsigned: Some(true),
        versions: Some(TlsVersions { tlsv11: true, tlsv12: true, tlsv13: true, ..TlsVersions::default() }),
        ciphers: Some("abc".into()),
        pemfile: Some(Path::new("/pem").into()),
        ca_path: Some(Path::new("/ca").into()),
        ..Tls::default()
    };
    let verify = || Some(Box::new(Tls { verify: Some(true), ..Tls::default() }));
    let checksum = || {
        Some(Box::new(Certificate {
            valid_days: None,
            checksum: Some((ChecksumKind::Md5, "d41d8cd98f00b204e9800998ecf8427e".into())),
        }))
    };
    settings.mmonits = vec![
        Mmonit {
            place: Place::default(),
            url: url("https://a:b@h/c?x=y", true, "h", 80, "/c", Some("x=y")),
            timeout: seconds(10),
            tls: verify(),
            certificate: checksum(),
            register_credentials: false,
            hostgroups: vec!["a".into(), "b".into()],
        },
        Mmonit {
            place: Place::default(),
            url: Url { username: Some("u".into()), ..url("http://u:p@z/y", false, "z", 80, "/y", None) },
            timeout: seconds(3661),
            tls: None,
            certificate: None,
            register_credentials: true,
            hostgroups: Vec::new(),
        },
    ];
    let server = |host: &str, port| MailServer {
        place: Place::default(),
        host: host.into(),
        port,
        username: None,
        password: None,
        tls: None,
        certificate: None,
        doubtful: false,
    };
    settings.mailservers = vec![
        MailServer { tls: verify(), certificate: checksum(), ..server("mx", 25) },
        server("my", 99),
        MailServer { tls: Some(Box::default()), ..server("zz", 465) },
    ];
    settings.mail_timeout = Some(seconds(10));
    settings.mail_hostname = Some("foo".into());
    settings.mail_format = MailFormat {
        from: Some(("Foo".into(), "x@y".into())),
        reply_to: Some(("".into(), "q@z".into())),
        subject: None,
        message: Some("0123456789012345678ü".into()),
    };
    let httpd = &mut settings.httpd;
    httpd.port = Some(2812);
    httpd.address = Some("::1".into());
    httpd.hide_signature = true;
    httpd.tls = Some(Box::new(Tls { pemfile: Some(Path::new("/pem").into()), ..Tls::default() }));
    httpd.unix = Some(UnixListener {
        path: Path::new("/s").into(),
        uid: None,
        gid: None,
        permission: None,
        readonly: true,
    });
    httpd.users.push(Credentials {
        name: "a".into(),
        password: "b".into(),
        form: PasswordForm::Cleartext,
        readonly: false,
    });
    let alert = |address: &str, events, reminder| Alert {
        place: Place::default(),
        address: address.into(),
        events,
        reminder,
        format: None,
    };
    let some = EventSet(EventKind::Timeout.bit() | EventKind::Action.bit());
    settings.alerts = vec![alert("a@b.c", some, 5), alert("d@b.c", EventSet::ALL, 0)];
    let context = DumpContext {
        control_file: Path::new("/rc"),
        pidfile: Path::new("/pid"),
        idfile: Path::new("/id"),
        statefile: Path::new("/st"),
        debug: true,
        outside: &Live,
    };
    let mut out = String::new();
    constants::write(&config, &context, &mut out);
    // The list of events ends in a blank.
    let out = out.replace(" \n", "\n");
    let start = out.find(" Event queue").unwrap();
    expect![[r#"
        ...
         Event queue        = base directory /var/tmp with unlimited slots
         SSL options        = version: TLSv1.1 TLSv1.2 TLSv1.3, verify: enable, selfsigned: allow, pemfile: /pem, CACertificatePath: /ca, ciphers: "abc"
         M/Monit(s)         = https://[h]:80/c?x=y
                            =     with timeout 10 s
                            =     using TLS with options {verify: enable} and certificate checksum MD5 equal to 'd41d8cd98f00b204e9800998ecf8427e'
                            =     with hostgroups ["a", "b"]
                            = http://[z]:80/y
                            =     with timeout 1.017 h
                            =     with credentials
         Mail server(s)     = mx:25 using TLS with options {verify: enable} and certificate checksum MD5 equal to 'd41d8cd98f00b204e9800998ecf8427e', my:99, zz:465 using TLS with timeout 10 s using 'foo' as my hostname
         Mail from          = Foo <x@y>
         Mail reply to      = q@z
         Mail subject       = monit alert --  $EVENT $SERVICE
         Mail message       = 0123456789012345678..(truncated)
         Start monit httpd  = True
         httpd bind address = ::1
         httpd portnumber   = 2812
         httpd net readonly = Disabled
         httpd encryption   = pemfile: /pem
         httpd unix socket  = /s
         httpd unix readonly = Enabled
         httpd signature    = Disabled
         httpd auth. style  = Basic Authentication
         Alert mail to      = d@b.c
           Alert on         = All events
         Alert mail to      = a@b.c
           Alert on         = Action Timeout
           Alert reminder   = 5 cycles
    "#]].assert_eq(&format!("...\n{}", &out[start..]));
}

/// The lines about the daemon, as with `-v`.
fn listed(config: &Config) -> String {
    let path = Path::new("/x");
    let context = DumpContext {
        control_file: path,
        pidfile: path,
        idfile: path,
        statefile: path,
        debug: true,
        outside: &Live,
    };
    let mut out = String::new();
    constants::write(config, &context, &mut out);
    out
}

#[test]
fn how_often_the_log_repeats_is_told_unless_it_is_as_in_the_reference() {
    let told = |log_repeat| {
        let mut config = Config::default();
        config.settings.log_repeat = log_repeat;
        listed(&config).lines().find(|line| line.starts_with(" Log repeat")).map(str::to_owned)
    };
    assert_eq!(told(LogRepeat::Always), None);
    assert_eq!(told(LogRepeat::Every(10)).as_deref(), Some(" Log repeat         = every 10 cycle(s)"));
    assert_eq!(told(LogRepeat::Never).as_deref(), Some(" Log repeat         = never"));
}

#[test]
fn all_of_a_webhook_is_told_but_its_secrets() {
    let mut config = Config::default();
    config.settings.webhooks.push(Box::new(Webhook {
        place: Place::default(),
        name: "ops".into(),
        url: url("https://u:pw@z:8443/token?key", true, "z", 8443, "/token", Some("key")),
        format: WebhookFormat::Ntfy,
        timeout: seconds(7),
        headers: vec![(Box::from("X-Key"), Box::from("hidden"))].into(),
        secret: Some("hidden".into()),
        template: Some("hidden".into()),
    }));
    let out = listed(&config);
    let lines = out.lines().skip_while(|line| !line.starts_with(" Webhook")).take(6);
    let told: Vec<&str> =
        lines.map(|line| line.split_once('=').map_or("", |(_, said)| said.trim())).collect();
    let all = [
        "@ops https://z:8443",
        "with format ntfy",
        "with timeout 7 s",
        "with header X-Key",
        "with secret",
        "with template",
    ];
    assert_eq!(told, all, "{out}");
    assert!(["token", "key", "pw", "hidden"].iter().all(|secret| !out.contains(secret)), "{out}");
}

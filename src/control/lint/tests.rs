use super::*;
use crate::config::{
    Action, Alert, Command, Condition, Credentials, EventSet, MailServer, PasswordForm, Place, Rate, Service,
    Test, Tls,
};
use crate::control::outside::Live;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

fn at(file: u16, line: u32) -> Place {
    Place { file, line }
}

/// A configuration that nothing is to be said about.
fn clean() -> Config {
    let mut config = Config { files: vec![Path::new("/rc").into()], ..Config::default() };
    config.settings.mailservers.push(MailServer {
        place: at(0, 1),
        host: "localhost".into(),
        port: 25,
        username: None,
        password: None,
        tls: None,
        certificate: None,
        doubtful: false,
    });
    config.settings.alerts.push(Alert {
        place: at(0, 2),
        address: "a@b.c".into(),
        events: EventSet::ALL,
        reminder: 0,
        format: None,
    });
    config
}

fn process(name: &str, pidfile: &str, line: u32) -> Service {
    let mut service = Service::new(name, Subject::Process(ProcessBy::Pidfile(Path::new(pidfile).into())));
    service.place = at(0, line);
    service
}

fn command() -> Option<Box<Command>> {
    Some(Box::new(Command { argv: ["/bin/true".into()].into(), uid: None, gid: None, timeout: None }))
}

fn test(line: u32, condition: Condition, then: Action) -> Test {
    Test {
        place: at(0, line),
        condition,
        rate: Rate::default(),
        then,
        recovery_rate: Rate::default(),
        recovery: Action::Alert,
    }
}

fn advice(config: &Config) -> Vec<String> {
    advise(config, &Live)
        .iter()
        .map(|found| format!("{} [{}]", found.first_line(), found.hint().unwrap_or_default()))
        .collect()
}

fn says(config: &Config, wanted: &[&str]) {
    assert_eq!(advice(config), wanted);
}

#[test]
fn alerts_need_a_recipient_and_a_server() {
    says(&clean(), &[]);
    let mut config = clean();
    config.services.push(process("p", "/p", 3));
    config.settings.mailservers.clear();
    says(
        &config,
        &["/rc:2: alerts have recipients but there is no mail server to send them through \
           [add for example: set mailserver localhost]"],
    );
    let mut config = clean();
    config.services.push(process("p", "/p", 3));
    config.settings.alerts.clear();
    says(
        &config,
        &["nobody receives alerts: failures are only seen in the log and on the status pages \
           [add for example: set mailserver localhost and set alert you@example.com]"],
    );
}

#[test]
fn two_services_with_one_pidfile() {
    let mut config = clean();
    config.services = vec![process("a", "/p", 3), process("b", "/q", 4), process("c", "/p", 5)];
    says(&config, &[]);
    config.services[0].start = command();
    says(&config, &[]);
    config.services[2].stop = command();
    says(
        &config,
        &[
            "/rc:5: 'c' has the same pid file as 'a': /p [each would start and stop the process; give one of them its own \
           pid file, or put all tests into one]",
        ],
    );
}

#[test]
fn quotes_that_are_none() {
    let mut config = clean();
    config.services = vec![process("“web”", "/p", 3), process("it's", "/q", 4)];
    says(
        &config,
        &[
            "/rc:3: the name '“web”' contains the quote “, which is a letter like any other [use \" or ' around names]",
        ],
    );
}

#[test]
fn restart_without_a_stop_program() {
    let mut config = clean();
    let mut service = process("p", "/p", 3);
    service.start = command();
    // Nothing is there to be stopped, and nobody wrote the implicit test.
    service.tests = vec![
        test(0, Condition::NotExist, Action::Restart),
        test(4, Condition::NotExist, Action::Restart),
        test(5, Condition::PidChanged, Action::Restart),
        test(6, Condition::PpidChanged, Action::Restart),
    ];
    config.services = vec![service.clone()];
    says(
        &config,
        &[
            "/rc:5: action 'restart' of 'p' runs the start program without stopping anything: there is no stop program \
           [add a stop program or a restart program]",
        ],
    );
    service.stop = command();
    config.services = vec![service.clone()];
    says(&config, &[]);
    service.stop = None;
    service.restart = command();
    config.services = vec![service];
    says(&config, &[]);
}

#[test]
fn actions_without_a_program() {
    let mut config = clean();
    let mut service = process("p", "/p", 3);
    service.tests =
        vec![test(4, Condition::PidChanged, Action::Restart), test(5, Condition::PpidChanged, Action::Stop)];
    config.services = vec![service];
    says(
        &config,
        &[
            "/rc:4: action 'restart' does nothing: 'p' has neither a restart nor a start program \
             [add a start program and a stop program, or use: then alert]",
            "/rc:5: action 'stop' runs nothing: 'p' has no stop program [add a stop program]",
        ],
    );
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("monit-lint-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str, mode: u32) -> Box<Path> {
        let path = self.0.join(name);
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path.into()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn included_files_that_others_can_change() {
    let folder = Folder::new("include");
    let mut config = clean();
    config.files = vec![folder.file("rc", 0o666), folder.file("open", 0o664), folder.file("fine", 0o644)];
    let open = folder.0.join("open");
    let open = open.display();
    says(
        &config,
        &[&format!(
            "included file {open} can be changed by its group (mode 0664) [it names programs that run with your rights: \
             chmod go-w {open}]"
        )],
    );
}

#[test]
fn secrets_that_everybody_can_read() {
    let folder = Folder::new("secret");
    let mut config = clean();
    config.files = vec![folder.file("rc", 0o600), folder.file("in c", 0o644), folder.file("other", 0o644)];
    config.settings.httpd.place = at(1, 7);
    config.settings.httpd.users.push(Credentials {
        name: "admin".into(),
        password: "0penSesame".into(),
        form: PasswordForm::Cleartext,
        readonly: false,
    });
    config.settings.httpd.password_files.push((folder.file("htpasswd", 0o644), at(1, 8)));
    config.settings.httpd.tls =
        Some(Box::new(Tls { pemfile: Some(folder.file("key.pem", 0o640)), ..Tls::default() }));
    config.settings.mailservers[0].tls =
        Some(Box::new(Tls { pemkey: Some(folder.file("mail.pem", 0o644)), ..Tls::default() }));
    let root = folder.0.display();
    says(
        &config,
        &[
            &format!(
                "{root}/in c:7: a password stands in a file that everybody can read: {root}/in c (mode 0644) \
                 [chmod o-rwx '{root}/in c']"
            ),
            &format!(
                "{root}/in c:8: file of passwords {root}/htpasswd can be read by everybody (mode 0644) \
                 [chmod o-rwx {root}/htpasswd]"
            ),
            &format!(
                "{root}/rc:1: file of a private key {root}/mail.pem can be read by everybody (mode 0644) \
                 [chmod o-rwx {root}/mail.pem]"
            ),
        ],
    );
}

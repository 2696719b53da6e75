//! Files that others can change or read: included control files, secrets, private keys.

use super::super::findings::Findings;
use super::super::verify::quoted;
use crate::config::{Condition, Config, OptionName, Place, Subject, Target, Tls};
use crate::control::outside::Outside;
use std::collections::{BTreeSet, HashSet};
use std::path::Path;

/// Looks at the included files and at every file with a secret.
pub fn advise<'a>(config: &'a Config, outside: &dyn Outside, found: &mut Findings) {
    let with_secrets = with_secrets(config);
    // The control file itself is checked before it is used.
    for (index, path) in (0u16..).zip(&config.files).skip(1) {
        let Some(mode) = mode(path, outside) else { continue };
        if mode & 0o022 != 0 {
            found.advice(
                None,
                format!(
                    "included file {} can be changed by {} (mode {mode:04o})",
                    path.display(),
                    who(mode >> 1)
                ),
                Some(format!("it names programs that run with your rights: chmod go-w {}", quoted(path))),
            );
        }
        let first_secret = with_secrets.range((index, 0)..=(index, u32::MAX)).next();
        if let Some(&(_, line)) = first_secret.filter(|_| mode & 0o004 != 0) {
            found.advice(
                Some(Place { file: index, line }),
                format!(
                    "a password stands in a file that everybody can read: {} (mode {mode:04o})",
                    path.display()
                ),
                Some(format!("chmod o-rwx {}", quoted(path))),
            );
        }
    }
    if let Some(path) = &config.settings.metrics_file {
        if path.extension().is_none_or(|extension| extension != "prom") {
            found.advice(
                None,
                format!("the metrics file {} will not be collected by node_exporter", path.display()),
                Some("it reads files whose names end with .prom".to_owned()),
            );
        }
    }
    let mut seen = HashSet::new();
    let mut readable = |path: &'a Path, place, what: &str| {
        let Some(mode) = mode(path, outside) else { return };
        if mode & 0o004 != 0 && seen.insert(path) {
            found.advice(
                Some(place),
                format!("{what} {} can be read by everybody (mode {mode:04o})", path.display()),
                Some(format!("chmod o-rwx {}", quoted(path))),
            );
        }
    };
    for (path, place) in &config.settings.httpd.password_files {
        readable(path, *place, "file of passwords");
    }
    for (tls, place) in tls(config) {
        for path in [&tls.pemfile, &tls.pemkey].into_iter().flatten() {
            readable(path, place, "file of a private key");
        }
    }
}

/// Permission bits; `None` for what cannot be looked at, which others complain about.
fn mode(path: &Path, outside: &dyn Outside) -> Option<u32> {
    outside.status(path).ok().map(|found| found.mode & 0o777)
}

/// Who has a bit: `bits` shifted so that the lowest of each three is the one in question.
fn who(bits: u32) -> &'static str {
    match (bits & 0o010 != 0, bits & 0o001 != 0) {
        (true, true) => "its group and everybody else",
        (true, false) => "its group",
        _ => "everybody",
    }
}

/// File and line of every password and shared secret.
fn with_secrets(config: &Config) -> BTreeSet<(u16, u32)> {
    let settings = &config.settings;
    let mut places = BTreeSet::new();
    let mut note = |place: Place| {
        places.insert((place.file, place.line));
    };
    settings
        .mailservers
        .iter()
        .filter(|server| server.password.is_some())
        .for_each(|server| note(server.place));
    settings
        .mmonits
        .iter()
        .filter(|mmonit| mmonit.url.password.is_some())
        .for_each(|mmonit| note(mmonit.place));
    settings
        .webhooks
        .iter()
        .filter(|webhook| webhook.url.password.is_some())
        .for_each(|webhook| note(webhook.place));
    settings
        .heartbeats
        .iter()
        .filter(|heartbeat| heartbeat.url.password.is_some())
        .for_each(|heartbeat| note(heartbeat.place));
    if settings.httpd.users.iter().any(|user| !user.password.is_empty()) {
        note(settings.httpd.place);
    }
    for test in config.services.iter().flat_map(|service| &service.tests) {
        let Condition::Connection(connection) = &test.condition else { continue };
        let in_url = matches!(&connection.target, Target::Url(url) if url.password.is_some());
        let option = |name| connection.protocol.text(name).is_some();
        if in_url || option(OptionName::Password) || option(OptionName::Secret) {
            note(test.place);
        }
    }
    places
}

/// Every set of TLS options, with its place.
fn tls(config: &Config) -> impl Iterator<Item = (&Tls, Place)> {
    let settings = &config.settings;
    let tests = config
        .services
        .iter()
        .filter(|service| matches!(service.subject, Subject::Process(_) | Subject::Host(_)));
    let tests = tests.flat_map(|service| &service.tests).filter_map(|test| match &test.condition {
        Condition::Connection(connection) => connection.tls.as_deref().map(|tls| (tls, test.place)),
        _ => None,
    });
    std::iter::once((&settings.tls, Place::default()))
        .chain(settings.httpd.tls.as_deref().map(|tls| (tls, settings.httpd.place)))
        .chain(settings.mailservers.iter().filter_map(|server| Some((server.tls.as_deref()?, server.place))))
        .chain(settings.mmonits.iter().filter_map(|mmonit| Some((mmonit.tls.as_deref()?, mmonit.place))))
        .chain(tests)
}

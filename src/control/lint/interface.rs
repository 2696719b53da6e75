//! The web interface: who gets in, and with what.

use super::super::findings::Findings;
use crate::config::{Config, Credentials, PasswordForm};

/// What is tried first by whoever tries passwords, in lower case. The first ones stand in manuals.
const WELL_KNOWN: &[&str] = &[
    "monit",
    "admin",
    "password",
    "passwd",
    "passw0rd",
    "p@ssw0rd",
    "pass",
    "secret",
    "swordfish",
    "changeme",
    "change_me",
    "change-me",
    "default",
    "root",
    "toor",
    "test",
    "guest",
    "user",
    "demo",
    "letmein",
    "welcome",
    "qwerty",
    "abc123",
    "1234",
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "000000",
    "111111",
    "mmonit",
    "xyzzy",
];

/// An interface that nobody may use, and passwords that everybody knows.
pub fn advise(config: &Config, found: &mut Findings) {
    let httpd = &config.settings.httpd;
    let place = Some(httpd.place);
    if httpd.port.is_some() || httpd.unix.is_some() {
        if httpd.allow.is_empty() && httpd.users.is_empty() {
            found.advice(
                place,
                "nobody may use the web interface: there is no 'allow'".to_owned(),
                Some("add for example: allow localhost".to_owned()),
            );
        }
        for user in httpd.users.iter().filter(|user| is_well_known(user)) {
            found.advice(
                place,
                format!("the password of '{}' for the web interface is one that everybody knows", user.name),
                Some("choose another one; it can stop services".to_owned()),
            );
        }
    }
}

fn is_well_known(user: &Credentials) -> bool {
    let password = user.password.to_ascii_lowercase();
    user.form == PasswordForm::Cleartext
        && (WELL_KNOWN.contains(&&*password) || password == user.name.to_ascii_lowercase())
}

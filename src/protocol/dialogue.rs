//! Which dialogue a connection test holds: one line of [`DIALOGUES`] for each protocol of the control language.

use super::{
    Protocol, apache, dns, dwp, fail2ban, generic, gps, greeting, http, ldap, memcache, mongodb, mqtt, mysql,
    ntp, pgsql, plain, radius, rdate, sip, smtp, tns, websocket,
};
use crate::config::{Connection, Limits};

/// What a dialogue is told before it begins. It brings everything from outside: a dialogue asks neither a clock nor the
/// kernel.
#[derive(Debug, Clone, Copy)]
pub struct Talk<'a> {
    /// The test: protocol options, `send` and `expect`, content, TLS.
    pub test: &'a Connection,
    /// The server as the control file names it, without brackets; the path of a socket file.
    pub host: &'a str,
    /// Its port; 0 with a socket file.
    pub port: u16,
    /// The limits in force for the service.
    pub limits: &'a Limits,
    /// Bytes nobody can foresee, new for each attempt.
    pub random: [u8; 32],
    /// Seconds since 1970.
    pub wall: u64,
}

/// A protocol's entry in the registry.
pub struct Dialogue {
    /// The keywords it answers to, as in [`crate::config::PROTOCOLS`].
    pub keywords: &'static [&'static str],
    /// With TLS options: does it begin in plain text and ask for TLS itself?
    pub starttls: fn(&Talk<'_>) -> bool,
    /// Makes the dialogue.
    pub begin: fn(&Talk<'_>) -> Box<dyn Protocol>,
}

/// The dialogues there are.
pub static DIALOGUES: &[Dialogue] = &[
    plain::DIALOGUE,
    generic::DIALOGUE,
    http::DIALOGUE,
    dns::DIALOGUE,
    ldap::LDAP2,
    ldap::LDAP3,
    memcache::DIALOGUE,
    mongodb::DIALOGUE,
    mysql::DIALOGUE,
    ntp::DIALOGUE,
    pgsql::DIALOGUE,
    radius::DIALOGUE,
    tns::DIALOGUE,
    apache::DIALOGUE,
    dwp::DIALOGUE,
    fail2ban::DIALOGUE,
    gps::DIALOGUE,
    greeting::FTP,
    greeting::POP,
    greeting::IMAP,
    greeting::NNTP,
    greeting::LMTP,
    greeting::SIEVE,
    greeting::SSH,
    greeting::RSYNC,
    greeting::REDIS,
    greeting::CLAMAV,
    greeting::SPAMASSASSIN,
    greeting::POSTFIX_POLICY,
    mqtt::DIALOGUE,
    rdate::DIALOGUE,
    sip::DIALOGUE,
    smtp::probe::DIALOGUE,
    websocket::DIALOGUE,
];

/// TLS, where it is spoken, begins with the first byte.
pub fn tls_first(_: &Talk<'_>) -> bool {
    false
}

/// The entry of a test's protocol; `None`: the language has it, this program does not speak it.
pub fn dialogue(keyword: &str) -> Option<&'static Dialogue> {
    DIALOGUES.iter().find(|dialogue| dialogue.keywords.contains(&keyword))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PROTOCOLS;

    #[test]
    fn the_registry_and_the_language_name_the_same_protocols() {
        for protocol in PROTOCOLS {
            assert!(dialogue(protocol.keyword).is_some(), "{} is not spoken", protocol.keyword);
        }
        for keyword in DIALOGUES.iter().flat_map(|dialogue| dialogue.keywords) {
            let known =
                *keyword == "generic" || PROTOCOLS.iter().any(|protocol| protocol.keyword == *keyword);
            assert!(known, "{keyword} is not in the language");
        }
    }
}

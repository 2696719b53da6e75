//! Which dialogue a connection test holds: one line of [`DIALOGUES`] for each protocol of the control language.

use super::dialogue::Dialogue;
use super::{
    apache, dns, dwp, fail2ban, generic, gps, greeting, http, ldap, memcache, mongodb, mqtt, mysql, ntp,
    pgsql, plain, radius, rdate, sip, smtp, tns, websocket,
};

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

//! The protocols a connection test can speak: keyword, name, options. The dialogues are in [`crate::protocol`].

use super::{Operator, Transport};

/// A protocol as the control file may name it. One line in the registry adds one.
#[derive(Debug)]
pub struct ProtocolSpec {
    /// The keyword in the control file, lower case.
    pub keyword: &'static str,
    /// The name in messages, status and dumps: `HTTP`.
    pub name: &'static str,
    /// The transport it needs, if it must be one.
    pub transport: Option<Transport>,
    /// It switches TLS on (`https`, `smtps`).
    pub tls: bool,
    /// It starts in plain text and switches to TLS (`mysqls`).
    pub starttls: bool,
    /// The options that may follow the keyword.
    pub options: &'static [OptionSpec],
    /// At least one option must follow.
    pub needs_option: bool,
}

/// An option of a protocol.
#[derive(Debug)]
pub struct OptionSpec {
    /// The keyword.
    pub keyword: &'static str,
    /// What follows it.
    pub kind: OptionKind,
}

/// What follows a protocol option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum OptionKind {
    String,
    StringOrMail,
    Path,
    PathOrString,
    Number,
    /// `[op] NUMBER`.
    Compare,
    /// `[op] NUMBER %`.
    Percent,
    /// An MD5, SHA1 or SHA256 sum.
    Checksum,
    /// `rsakey checksum [md5|sha1|sha256] [=] STRING`.
    KeyChecksum,
    /// `method get|head`.
    Method,
    /// `[ name: value, … ]`.
    Headers,
}

/// The value of an option.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum OptionValue {
    Text(Box<str>),
    Number(u64),
    Compare(Operator, u64),
    Checksum(super::ChecksumKind, Box<str>),
    Head(bool),
    Headers(Vec<(Box<str>, Box<str>)>),
}

/// A protocol with its options, as written in a test.
#[derive(Debug, Clone)]
pub struct Protocol {
    /// Which one.
    pub spec: &'static ProtocolSpec,
    /// The options given, in file order; a later one of the same keyword wins.
    pub options: Vec<(&'static str, OptionValue)>,
}

impl PartialEq for Protocol {
    fn eq(&self, other: &Self) -> bool {
        self.spec.keyword == other.spec.keyword && self.options == other.options
    }
}

impl Protocol {
    /// The last value given for an option.
    pub fn option(&self, keyword: &str) -> Option<&OptionValue> {
        self.options.iter().rev().find(|(k, _)| *k == keyword).map(|(_, v)| v)
    }
}

/// Options that several protocols share.
const USERNAME: OptionSpec = OptionSpec { keyword: "username", kind: OptionKind::StringOrMail };
const PASSWORD: OptionSpec = OptionSpec { keyword: "password", kind: OptionKind::String };
const LOGIN: &[OptionSpec] = &[USERNAME, PASSWORD];
const HTTP: &[OptionSpec] = &[
    USERNAME,
    PASSWORD,
    OptionSpec { keyword: "request", kind: OptionKind::PathOrString },
    OptionSpec { keyword: "status", kind: OptionKind::Compare },
    OptionSpec { keyword: "checksum", kind: OptionKind::Checksum },
    OptionSpec { keyword: "method", kind: OptionKind::Method },
    OptionSpec { keyword: "hostheader", kind: OptionKind::String },
    OptionSpec { keyword: "http headers", kind: OptionKind::Headers },
];
const MYSQL: &[OptionSpec] =
    &[USERNAME, PASSWORD, OptionSpec { keyword: "rsakey", kind: OptionKind::KeyChecksum }];
const APACHE: &[OptionSpec] = &[
    USERNAME,
    PASSWORD,
    OptionSpec { keyword: "path", kind: OptionKind::Path },
    OptionSpec { keyword: "loglimit", kind: OptionKind::Percent },
    OptionSpec { keyword: "closelimit", kind: OptionKind::Percent },
    OptionSpec { keyword: "dnslimit", kind: OptionKind::Percent },
    OptionSpec { keyword: "keepalivelimit", kind: OptionKind::Percent },
    OptionSpec { keyword: "replylimit", kind: OptionKind::Percent },
    OptionSpec { keyword: "requestlimit", kind: OptionKind::Percent },
    OptionSpec { keyword: "startlimit", kind: OptionKind::Percent },
    OptionSpec { keyword: "waitlimit", kind: OptionKind::Percent },
    OptionSpec { keyword: "gracefullimit", kind: OptionKind::Percent },
    OptionSpec { keyword: "cleanuplimit", kind: OptionKind::Percent },
];
const WEBSOCKET: &[OptionSpec] = &[
    OptionSpec { keyword: "origin", kind: OptionKind::String },
    OptionSpec { keyword: "request", kind: OptionKind::Path },
    OptionSpec { keyword: "host", kind: OptionKind::String },
    OptionSpec { keyword: "version", kind: OptionKind::Number },
];
const SIP: &[OptionSpec] = &[
    OptionSpec { keyword: "target", kind: OptionKind::StringOrMail },
    OptionSpec { keyword: "maxforward", kind: OptionKind::Number },
];
const PGSQL: &[OptionSpec] =
    &[USERNAME, PASSWORD, OptionSpec { keyword: "database", kind: OptionKind::String }];
const RADIUS: &[OptionSpec] = &[OptionSpec { keyword: "secret", kind: OptionKind::String }];

impl ProtocolSpec {
    const fn plain(keyword: &'static str, name: &'static str) -> ProtocolSpec {
        ProtocolSpec {
            keyword,
            name,
            transport: None,
            tls: false,
            starttls: false,
            options: &[],
            needs_option: false,
        }
    }

    const fn with(self, options: &'static [OptionSpec]) -> ProtocolSpec {
        ProtocolSpec { options, ..self }
    }

    const fn needing_one(self) -> ProtocolSpec {
        ProtocolSpec { needs_option: true, ..self }
    }

    const fn over_tls(self) -> ProtocolSpec {
        ProtocolSpec { tls: true, transport: Some(Transport::Tcp), ..self }
    }

    const fn over_starttls(self) -> ProtocolSpec {
        ProtocolSpec { tls: true, starttls: true, ..self }
    }

    const fn over_udp(self) -> ProtocolSpec {
        ProtocolSpec { transport: Some(Transport::Udp), ..self }
    }
}

/// Connects and looks whether the socket is usable.
pub static DEFAULT: ProtocolSpec = ProtocolSpec::plain("default", "DEFAULT");

/// `send` and `expect` make a dialogue of their own. No keyword names it.
pub static GENERIC: ProtocolSpec = ProtocolSpec::plain("generic", "generic");

/// Every protocol that `protocol` may name.
pub static PROTOCOLS: &[ProtocolSpec] = &[
    ProtocolSpec::plain("default", "DEFAULT"),
    ProtocolSpec::plain("apache-status", "APACHESTATUS").with(APACHE).needing_one(),
    ProtocolSpec::plain("clamav", "CLAMAV"),
    ProtocolSpec::plain("dns", "DNS"),
    ProtocolSpec::plain("dwp", "DWP"),
    ProtocolSpec::plain("fail2ban", "FAIL2BAN"),
    ProtocolSpec::plain("ftp", "FTP"),
    ProtocolSpec::plain("gps", "GPS"),
    ProtocolSpec::plain("http", "HTTP").with(HTTP),
    ProtocolSpec::plain("https", "HTTP").with(HTTP).over_tls(),
    ProtocolSpec::plain("imap", "IMAP"),
    ProtocolSpec::plain("imaps", "IMAP").over_tls(),
    ProtocolSpec::plain("ldap2", "LDAP2"),
    ProtocolSpec::plain("ldap3", "LDAP3"),
    ProtocolSpec::plain("lmtp", "LMTP"),
    ProtocolSpec::plain("memcache", "MEMCACHE"),
    ProtocolSpec::plain("mongodb", "MONGODB"),
    ProtocolSpec::plain("mqtt", "MQTT").with(LOGIN),
    ProtocolSpec::plain("mysql", "MYSQL").with(MYSQL),
    ProtocolSpec::plain("mysqls", "MYSQL").with(MYSQL).over_starttls(),
    ProtocolSpec::plain("nntp", "NNTP"),
    ProtocolSpec::plain("ntp3", "NTP3").over_udp(),
    ProtocolSpec::plain("pgsql", "PGSQL").with(PGSQL),
    ProtocolSpec::plain("pop", "POP"),
    ProtocolSpec::plain("pops", "POP").over_tls(),
    ProtocolSpec::plain("postfix-policy", "POSTFIX-POLICY"),
    ProtocolSpec::plain("radius", "RADIUS").with(RADIUS),
    ProtocolSpec::plain("rdate", "RDATE"),
    ProtocolSpec::plain("redis", "REDIS"),
    ProtocolSpec::plain("rsync", "RSYNC"),
    ProtocolSpec::plain("sieve", "SIEVE"),
    ProtocolSpec::plain("sip", "SIP").with(SIP),
    ProtocolSpec::plain("smtp", "SMTP").with(LOGIN),
    ProtocolSpec::plain("smtps", "SMTP").with(LOGIN).over_tls(),
    ProtocolSpec::plain("spamassassin", "SPAMASSASSIN"),
    ProtocolSpec::plain("ssh", "SSH"),
    ProtocolSpec::plain("tns", "TNS"),
    ProtocolSpec::plain("websocket", "WEBSOCKET").with(WEBSOCKET).needing_one(),
];

/// The protocol of that keyword, in lower case.
pub fn protocol(keyword: &str) -> Option<&'static ProtocolSpec> {
    PROTOCOLS.iter().find(|p| p.keyword == keyword)
}

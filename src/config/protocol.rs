//! The protocols a connection test can speak: keyword, name, options. The dialogues are in [`crate::protocol`].

use super::{Few, Operator, Transport};

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
    /// Which one.
    pub name: OptionName,
    /// What follows its keyword.
    pub kind: OptionKind,
}

/// The options there are, whichever protocol takes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum OptionName {
    Username,
    Password,
    Request,
    Status,
    Checksum,
    Method,
    HostHeader,
    Headers,
    RsaKey,
    Path,
    LogLimit,
    CloseLimit,
    DnsLimit,
    KeepAliveLimit,
    ReplyLimit,
    RequestLimit,
    StartLimit,
    WaitLimit,
    GracefulLimit,
    CleanupLimit,
    Origin,
    Host,
    Version,
    Target,
    MaxForward,
    Database,
    Secret,
    Follow,
    Json,
    Query,
}

impl OptionName {
    /// The word in the control file, lower case.
    pub const fn keyword(self) -> &'static str {
        match self {
            OptionName::Username => "username",
            OptionName::Password => "password",
            OptionName::Request => "request",
            OptionName::Status => "status",
            OptionName::Checksum => "checksum",
            OptionName::Method => "method",
            OptionName::HostHeader => "hostheader",
            OptionName::Headers => "http headers",
            OptionName::RsaKey => "rsakey",
            OptionName::Path => "path",
            OptionName::LogLimit => "loglimit",
            OptionName::CloseLimit => "closelimit",
            OptionName::DnsLimit => "dnslimit",
            OptionName::KeepAliveLimit => "keepalivelimit",
            OptionName::ReplyLimit => "replylimit",
            OptionName::RequestLimit => "requestlimit",
            OptionName::StartLimit => "startlimit",
            OptionName::WaitLimit => "waitlimit",
            OptionName::GracefulLimit => "gracefullimit",
            OptionName::CleanupLimit => "cleanuplimit",
            OptionName::Origin => "origin",
            OptionName::Host => "host",
            OptionName::Version => "version",
            OptionName::Target => "target",
            OptionName::MaxForward => "maxforward",
            OptionName::Database => "database",
            OptionName::Secret => "secret",
            OptionName::Follow => "follow",
            OptionName::Json => "json",
            OptionName::Query => "query",
        }
    }
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
    /// `follow N redirects`.
    Redirects,
    /// `json POINTER =|!= VALUE`.
    Json,
    /// `query NAME type TYPE [= VALUE]`.
    Query,
}

impl OptionKind {
    /// An option of ours: its word is special only where it may stand, so that no existing file breaks.
    pub fn is_ours(self) -> bool {
        matches!(self, OptionKind::Redirects | OptionKind::Json | OptionKind::Query)
    }
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
    Json(Box<JsonTest>),
    Query(Box<DnsQuery>),
}

/// `json POINTER =|!= VALUE`: what a JSON answer must have at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonTest {
    /// Where (RFC 6901): empty, or it begins with `/`.
    pub pointer: Box<str>,
    /// `!=`.
    pub negated: bool,
    /// What, as text: `ok`, `3`, `true`, `null`.
    pub value: Box<str>,
}

/// `query NAME type TYPE [= VALUE]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsQuery {
    /// The name asked for, valid for a question: labels of 1 to 63 bytes, 253 in all.
    pub name: Box<str>,
    /// Of which type.
    pub kind: &'static RecordType,
    /// One of the records must be this.
    pub value: Option<Box<str>>,
}

/// A type of DNS records that can be asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct RecordType {
    /// Its mnemonic, upper case.
    pub name: &'static str,
    /// Its number (RFC 1035, 3.2.2 and later ones).
    pub number: u16,
}

/// The types there are.
pub static RECORD_TYPES: &[RecordType] = &[
    RecordType { name: "A", number: 1 },
    RecordType { name: "AAAA", number: 28 },
    RecordType { name: "CNAME", number: 5 },
    RecordType { name: "MX", number: 15 },
    RecordType { name: "NS", number: 2 },
    RecordType { name: "PTR", number: 12 },
    RecordType { name: "SOA", number: 6 },
    RecordType { name: "SRV", number: 33 },
    RecordType { name: "TXT", number: 16 },
];

/// A protocol with its options, as written in a test.
#[derive(Debug, Clone)]
pub struct Protocol {
    /// Which one.
    pub spec: &'static ProtocolSpec,
    /// The options given, in file order; a later one of the same keyword wins.
    pub options: Few<(OptionName, OptionValue)>,
}

impl PartialEq for Protocol {
    fn eq(&self, other: &Self) -> bool {
        self.spec.keyword == other.spec.keyword && self.options == other.options
    }
}

impl Protocol {
    /// The last value given for an option.
    pub fn option(&self, name: OptionName) -> Option<&OptionValue> {
        self.options.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The text given for an option; what is no text is not there.
    pub fn text(&self, name: OptionName) -> Option<&str> {
        match self.option(name)? {
            OptionValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number given for an option.
    pub fn number(&self, name: OptionName) -> Option<u64> {
        match self.option(name)? {
            OptionValue::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The comparison given for an option.
    pub fn compare(&self, name: OptionName) -> Option<(Operator, u64)> {
        match self.option(name)? {
            OptionValue::Compare(operator, number) => Some((*operator, *number)),
            _ => None,
        }
    }

    /// All tests of JSON.
    pub fn json(&self) -> impl Iterator<Item = &JsonTest> {
        self.options.iter().filter_map(|(_, value)| match value {
            OptionValue::Json(test) => Some(&**test),
            _ => None,
        })
    }

    /// The question given.
    pub fn query(&self) -> Option<&DnsQuery> {
        match self.option(OptionName::Query)? {
            OptionValue::Query(query) => Some(query),
            _ => None,
        }
    }

    /// The sum given for an option: lower-case hex digits.
    pub fn checksum(&self, name: OptionName) -> Option<(super::ChecksumKind, &str)> {
        match self.option(name)? {
            OptionValue::Checksum(kind, sum) => Some((*kind, sum)),
            _ => None,
        }
    }

    /// The user and the password, where both or one of them are given.
    pub fn credentials(&self) -> (Option<&str>, Option<&str>) {
        (self.text(OptionName::Username), self.text(OptionName::Password))
    }
}

/// Options that several protocols share.
const USERNAME: OptionSpec = OptionSpec { name: OptionName::Username, kind: OptionKind::StringOrMail };
const PASSWORD: OptionSpec = OptionSpec { name: OptionName::Password, kind: OptionKind::String };
const LOGIN: &[OptionSpec] = &[USERNAME, PASSWORD];
const HTTP: &[OptionSpec] = &[
    USERNAME,
    PASSWORD,
    OptionSpec { name: OptionName::Request, kind: OptionKind::PathOrString },
    OptionSpec { name: OptionName::Status, kind: OptionKind::Compare },
    OptionSpec { name: OptionName::Checksum, kind: OptionKind::Checksum },
    OptionSpec { name: OptionName::Method, kind: OptionKind::Method },
    OptionSpec { name: OptionName::HostHeader, kind: OptionKind::String },
    OptionSpec { name: OptionName::Headers, kind: OptionKind::Headers },
    FOLLOW,
    JSON,
];
/// Also where no `protocol` stands: behind a URL, and behind other options of the connection.
pub const FOLLOW: OptionSpec = OptionSpec { name: OptionName::Follow, kind: OptionKind::Redirects };
/// As [`FOLLOW`].
pub const JSON: OptionSpec = OptionSpec { name: OptionName::Json, kind: OptionKind::Json };
const DNS: &[OptionSpec] = &[OptionSpec { name: OptionName::Query, kind: OptionKind::Query }];
const MYSQL: &[OptionSpec] =
    &[USERNAME, PASSWORD, OptionSpec { name: OptionName::RsaKey, kind: OptionKind::KeyChecksum }];
const APACHE: &[OptionSpec] = &[
    USERNAME,
    PASSWORD,
    OptionSpec { name: OptionName::Path, kind: OptionKind::Path },
    OptionSpec { name: OptionName::LogLimit, kind: OptionKind::Percent },
    OptionSpec { name: OptionName::CloseLimit, kind: OptionKind::Percent },
    OptionSpec { name: OptionName::DnsLimit, kind: OptionKind::Percent },
    OptionSpec { name: OptionName::KeepAliveLimit, kind: OptionKind::Percent },
    OptionSpec { name: OptionName::ReplyLimit, kind: OptionKind::Percent },
    OptionSpec { name: OptionName::RequestLimit, kind: OptionKind::Percent },
    OptionSpec { name: OptionName::StartLimit, kind: OptionKind::Percent },
    OptionSpec { name: OptionName::WaitLimit, kind: OptionKind::Percent },
    OptionSpec { name: OptionName::GracefulLimit, kind: OptionKind::Percent },
    OptionSpec { name: OptionName::CleanupLimit, kind: OptionKind::Percent },
];
const WEBSOCKET: &[OptionSpec] = &[
    OptionSpec { name: OptionName::Origin, kind: OptionKind::String },
    OptionSpec { name: OptionName::Request, kind: OptionKind::Path },
    OptionSpec { name: OptionName::Host, kind: OptionKind::String },
    OptionSpec { name: OptionName::Version, kind: OptionKind::Number },
];
const SIP: &[OptionSpec] = &[
    OptionSpec { name: OptionName::Target, kind: OptionKind::StringOrMail },
    OptionSpec { name: OptionName::MaxForward, kind: OptionKind::Number },
];
const PGSQL: &[OptionSpec] =
    &[USERNAME, PASSWORD, OptionSpec { name: OptionName::Database, kind: OptionKind::String }];
const RADIUS: &[OptionSpec] = &[OptionSpec { name: OptionName::Secret, kind: OptionKind::String }];

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
    ProtocolSpec::plain("dns", "DNS").with(DNS),
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

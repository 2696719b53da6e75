//! The kinds of values that a statement may ask for, and what errors call them.

use std::fmt;

/// A value that may stand somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Number,
    Url,
    Checksum,
    Cron,
    Facility,
    ServiceGroup,
    GroupOrNumber,
    HostOrAddress,
    HostName,
    Allowed,
    Ciphers,
    MailAddress,
    MailServer,
    MountPoint,
    NumericAddress,
    Password,
    Path,
    Pattern,
    PatternOrFile,
    Permission,
    Program,
    ServiceName,
    Sent,
    String,
    UserOrNumber,
    UserName,
    Address,
    SystemGroup,
    Interface,
    JsonPointer,
    PasswordFile,
    PidFile,
    Socket,
    Rate,
    Hostgroups,
    PamGroup,
    BeatToken,
    WebhookName,
    Header,
    /// A sign.
    Symbol(u8),
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Wanted::Number => "a number",
            Wanted::Url => "a URL",
            Wanted::Checksum => "a checksum",
            Wanted::Cron => "a cron schedule in quotes",
            Wanted::Facility => "a facility (log_daemon)",
            Wanted::ServiceGroup => "a group name (one word on this line)",
            Wanted::GroupOrNumber => "a group name or number",
            Wanted::HostOrAddress => "a host name or address",
            Wanted::HostName => "a host name",
            Wanted::Allowed => "a host, a network, user:password or a password file",
            Wanted::Ciphers => "a list of ciphers",
            Wanted::MailAddress => "a mail address",
            Wanted::MailServer => "a mail server",
            Wanted::MountPoint => "a mount point or device",
            Wanted::NumericAddress => "a numeric IP address",
            Wanted::BeatToken => "a token, or 'file' and a path",
            Wanted::WebhookName => "the name of a webhook",
            Wanted::Header => "a header in quotes (\"Name: value\")",
            Wanted::Password => "a password",
            Wanted::Path => "a path",
            Wanted::JsonPointer => "a JSON pointer (\"/status\")",
            Wanted::Pattern => "a pattern",
            Wanted::PatternOrFile => "a pattern, or the path of a file of patterns",
            Wanted::Permission => "a permission (octal)",
            Wanted::Program => "a program",
            Wanted::ServiceName => "a service name",
            Wanted::Sent => "a string to send",
            Wanted::String => "a string",
            Wanted::UserOrNumber => "a user name or number",
            Wanted::UserName => "a user name",
            Wanted::Address => "an address",
            Wanted::SystemGroup => "the name of a group",
            Wanted::Interface => "the name of an interface",
            Wanted::PasswordFile => "the path of a password file",
            Wanted::PidFile => "the path of a pid file",
            Wanted::Socket => "the path of a socket",
            Wanted::Rate => "a rate ('for N cycles')",
            Wanted::Hostgroups => "'hostgroups'",
            Wanted::PamGroup => "'@group'",
            Wanted::Symbol(symbol) => return write!(f, "'{}'", char::from(*symbol)),
        })
    }
}

impl Wanted {
    /// A value, not a sign or word of the language.
    pub(crate) fn is_value(self) -> bool {
        !matches!(self, Wanted::Symbol(_) | Wanted::Hostgroups | Wanted::PamGroup)
    }

    /// A number, or something that may be one.
    pub(crate) fn is_number(self) -> bool {
        matches!(self, Wanted::Number | Wanted::UserOrNumber | Wanted::GroupOrNumber)
    }

    /// A path, or something that may be one.
    pub(crate) fn is_path(self) -> bool {
        matches!(
            self,
            Wanted::Path | Wanted::PatternOrFile | Wanted::PasswordFile | Wanted::PidFile | Wanted::Socket
        )
    }

    /// A pattern.
    pub(crate) fn is_pattern(self) -> bool {
        matches!(self, Wanted::Pattern | Wanted::PatternOrFile)
    }

    /// A host or an address.
    pub(crate) fn is_host(self) -> bool {
        matches!(
            self,
            Wanted::HostOrAddress
                | Wanted::HostName
                | Wanted::Allowed
                | Wanted::NumericAddress
                | Wanted::Address
                | Wanted::MailAddress
        )
    }

    /// A text that quotes make of any keyword.
    pub(crate) fn is_text(self) -> bool {
        matches!(
            self,
            Wanted::ServiceName
                | Wanted::GroupOrNumber
                | Wanted::HostOrAddress
                | Wanted::HostName
                | Wanted::Allowed
                | Wanted::MailServer
                | Wanted::Password
                | Wanted::Pattern
                | Wanted::PatternOrFile
                | Wanted::Sent
                | Wanted::String
                | Wanted::UserOrNumber
                | Wanted::UserName
                | Wanted::Address
                | Wanted::SystemGroup
                | Wanted::Interface
        )
    }
}

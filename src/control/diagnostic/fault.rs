//! Every fault as facts; its sentence is in [`super::wording`].

use super::schedule::ScheduleTrouble;
use crate::control::outside::Trouble;
use crate::sys::spawn::interpreter::Unable;
use std::net::IpAddr;
use std::time::Duration;

/// What is wrong.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Fault {
    /// A sentence made elsewhere.
    Message(String),
    // Text.
    Syntax {
        expected: Vec<String>,
    },
    UnbalancedQuotes,
    UnbalancedEscape,
    TokenTooLong {
        longest: usize,
    },
    InvalidEvery,
    InvalidHeaders,
    InvalidAddress,
    MissingAddress,
    InvalidUrl,
    UrlAtEnd,
    UnsupportedScheme,
    UnclosedList {
        list: &'static str,
    },
    ListTooLong {
        most: usize,
    },
    // Files.
    Unreadable {
        path: String,
        reason: Trouble,
    },
    IncludeMissing,
    IncludeFailed {
        path: String,
        reason: Trouble,
    },
    IncludeLoop {
        path: String,
    },
    TooManyIncludes {
        most: usize,
    },
    TooManyErrors {
        most: usize,
    },
    LeftOut {
        count: usize,
    },
    // Old spellings.
    Deprecated {
        old: &'static str,
        new: &'static str,
    },
    /// `every N cycles`; the time that is, if the length of a cycle is known.
    EveryCycles {
        cycles: u32,
        period: Option<Duration>,
    },
    // Values.
    NumberTooLarge {
        largest: u64,
    },
    OutOfRange {
        what: &'static str,
        least: u64,
        most: u64,
    },
    ZeroTimeout,
    UnknownFacility,
    Unwritable {
        reason: Trouble,
    },
    UnknownUser,
    UnknownGroup,
    OnlyRootSwitchesUser,
    Program(ProgramTrouble),
    ProgramRequired(ProgramTrouble),
    TooManyArguments {
        most: usize,
    },
    InvalidCron,
    /// A schedule of which something never comes.
    Schedule(ScheduleTrouble),
    EveryTwice,
    /// An option of `set alert` that was given before.
    NoiseTwice {
        what: &'static str,
    },
    /// An option of ours that was given before in the same statement or service.
    SaidTwice {
        what: &'static str,
    },
    /// Quiet hours without an end.
    AlwaysQuiet,
    RateOrder,
    InvalidPattern {
        reason: String,
    },
    PatternHard {
        most: usize,
    },
    PatternFile {
        reason: Trouble,
    },
    InvalidChecksum,
    ChecksumLength {
        kind: &'static str,
    },
    ChecksumNotComputed {
        path: String,
        reason: Trouble,
    },
    NotNumericAddress,
    NotJsonPointer,
    NotDnsName,
    // Services.
    DuplicateService {
        name: String,
    },
    NameWithSlash,
    LinkBothWays,
    // Connections.
    SendInProtocol {
        what: &'static str,
        protocol: &'static str,
    },
    RadiusNeedsUdp,
    RsaKeyNeedsLogin,
    RsaKeyWithTls,
    HeadWithContent,
    ConnectionHeader,
    MaxForward,
    TlsVersionUnsupported,
    // TLS files.
    PemDuplicate {
        option: &'static str,
    },
    PemUnusable {
        option: &'static str,
        reason: Trouble,
    },
    PemOwner,
    WebhookName,
    WebhookTwice,
    BeatToken {
        shortest: usize,
    },
    TooMany {
        what: &'static str,
        most: usize,
    },
    WebhookUrl,
    WebhookHeader,
    WebhookFile {
        reason: Trouble,
    },
    WebhookFileOwner,
    WebhookFileMode {
        mode: u32,
        most: u32,
    },
    WebhookFileText,
    WebhookTemplate {
        most: usize,
    },
    WebhookSecretUnused {
        format: &'static str,
    },
    WebhookSecretMissing {
        format: &'static str,
    },
    WebhookUrlLacks {
        format: &'static str,
        what: &'static str,
    },
    PemMode {
        mode: u32,
        most: u32,
    },
    HttpdNeedsPem,
    HttpdPemMixed,
    // Web interface.
    HttpdAddressTwice,
    NotANetwork,
    /// Behind `allow` something that is no host, network, user or file.
    NothingToAllow,
    /// A mail server with the name of an option.
    LoginAsServer,
    AllowUnresolved {
        reason: Trouble,
    },
    DuplicateCredentials,
    DuplicateAllow {
        text: String,
        address: Option<IpAddr>,
    },
    Htpasswd {
        reason: Trouble,
    },
    HtpasswdEmpty,
    /// The digest of this user is one that nobody can check.
    HtpasswdSha {
        /// Whose.
        user: Box<str>,
    },
    // Advice.
    OnlyLastCounts {
        what: &'static str,
    },
    ReplacesEarlier {
        what: &'static str,
        line: u32,
    },
    EverySetsService,
    UserAsArgument,
    AlertIsGlobal,
    QuoteSwallows,
    CurlyQuote,
    ShellSyntax,
    PatternAsArgument,
    PatternInPath,
    EscapedQuote,
    IncludeFolder,
    IncludeMatchesNothing,
}

/// What keeps a program from being run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ProgramTrouble {
    Missing,
    NotExecutable,
    /// It is there, but what is to run it is not.
    Unable(Unable),
}

impl Fault {
    /// The first line ends in the source text. Deprecations name the old spelling themselves.
    pub(super) fn quotes_token(&self) -> bool {
        !matches!(
            self,
            Fault::Deprecated { .. }
                | Fault::EveryCycles { .. }
                | Fault::Message(_)
                | Fault::DuplicateAllow { .. }
                | Fault::IncludeFailed { .. }
                | Fault::IncludeLoop { .. }
                | Fault::ChecksumNotComputed { .. }
                | Fault::OnlyLastCounts { .. }
                | Fault::ReplacesEarlier { .. }
                | Fault::EverySetsService
                | Fault::AlertIsGlobal
                | Fault::QuoteSwallows
                | Fault::TooManyErrors { .. }
        )
    }

    /// Nobody knows what is a text in quotes and what is not.
    pub(super) fn is_about_quotes(&self) -> bool {
        matches!(self, Fault::UnbalancedQuotes | Fault::QuoteSwallows)
    }

    /// It is not known where the mistake is: the text makes no sense.
    pub(in crate::control) fn is_about_text(&self) -> bool {
        matches!(
            self,
            Fault::UnbalancedQuotes
                | Fault::InvalidEvery
                | Fault::InvalidUrl
                | Fault::InvalidAddress
                | Fault::MissingAddress
        )
    }

    /// What would have been right at this point; `None` where saying so would not help.
    pub(super) fn expected(&self) -> Option<String> {
        /// A longer list is no help.
        const MOST: usize = 12;
        let Fault::Syntax { expected } = self else { return None };
        if expected.is_empty() || expected.len() > MOST {
            return None;
        }
        Some(listed(expected, "or"))
    }
}

/// `a, b or c`.
pub(crate) fn listed(items: &[String], last: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., end] => format!("{} {last} {end}", most.join(", ")),
    }
}

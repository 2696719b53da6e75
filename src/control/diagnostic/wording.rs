//! Every sentence about a fault.

use super::fault::{Fault, ProgramTrouble};
use crate::control::remark::Mapped;
use std::fmt;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        use Fault as F;
        match self {
            F::Message(text) => write!(f, "{text}"),
            F::Syntax { .. } => write!(f, "syntax error"),
            F::UnbalancedQuotes => write!(f, "unbalanced quotes"),
            F::UnbalancedEscape => write!(f, "unbalanced escape sequence"),
            F::TokenTooLong { longest } => write!(f, "a token is longer than {longest} bytes"),
            F::InvalidEvery => write!(f, "invalid every format"),
            F::InvalidHeaders => write!(f, "invalid HTTP header list format"),
            F::InvalidAddress => write!(f, "invalid character in a mail address"),
            F::MissingAddress => write!(f, "a mail address is missing"),
            F::InvalidUrl => write!(f, "invalid URL"),
            F::UrlAtEnd => write!(f, "a URL at the very end of a file needs a newline behind it"),
            F::UnsupportedScheme => write!(f, "only http:// and https:// URLs are supported"),
            F::UnclosedList { list } => write!(f, "the list of {list} is not closed by ]"),
            F::ListTooLong { most } => write!(f, "a list of more than {most} entries"),
            F::Unreadable { path, reason } => write!(f, "Cannot read the control file '{path}' -- {reason}"),
            F::IncludeMissing => write!(f, "Include failed -- No such file or directory"),
            F::IncludeFailed { path, reason } => {
                write!(f, "Cannot open the include file '{path}' -- {reason}")
            }
            F::IncludeLoop { path } => {
                write!(f, "Include loop: '{path}' is being read already and is skipped")
            }
            F::TooManyIncludes { most } => write!(f, "more than {most} files to include at a time"),
            F::TooManyErrors { most } => {
                write!(f, "more than {most} errors, the rest of the file was not read")
            }
            F::LeftOut { count } => write!(f, "{count} more findings are not shown"),
            F::Deprecated { old, new } => write!(f, "'{old}' is deprecated, use {new}"),
            F::EveryCycles { .. } => write!(f, "'every N cycles' is deprecated, use a period or a schedule"),
            F::NumberTooLarge { largest } => write!(f, "the number is larger than {largest}"),
            F::OutOfRange { what, least, most } => write!(f, "{what} must be between {least} and {most}"),
            F::ZeroTimeout => write!(f, "The timeout must be greater than 0"),
            F::UnknownFacility => write!(f, "unknown syslog facility"),
            F::Unwritable { reason } => write!(f, "the log file cannot be opened -- {reason}"),
            F::UnknownUser => write!(f, "there is no such user on this system"),
            F::UnknownGroup => write!(f, "there is no such group on this system"),
            F::OnlyRootSwitchesUser => write!(f, "only root may run programs as another user or group"),
            F::Program(ProgramTrouble::Missing) => write!(f, "Program does not exist:"),
            F::Program(ProgramTrouble::Unable(why)) | F::ProgramRequired(ProgramTrouble::Unable(why)) => {
                write!(f, "Program cannot be executed, {why}:")
            }
            F::Program(ProgramTrouble::NotExecutable) => write!(f, "Program is not executable:"),
            F::ProgramRequired(ProgramTrouble::Missing) => {
                write!(f, "'check program' needs a program, and this one does not exist:")
            }
            F::ProgramRequired(ProgramTrouble::NotExecutable) => {
                write!(f, "'check program' needs a program, and this one is not executable:")
            }
            F::TooManyArguments { most } => write!(f, "a command of more than {most} words"),
            F::InvalidCron => write!(f, "Invalid cron specification"),
            F::Schedule(trouble) => trouble.fmt(f),
            F::SaidTwice { what } => write!(f, "'{what}' is said twice"),
            F::EveryTwice => write!(f, "'every' was given before for this service; this one counts"),
            F::NoiseTwice { what } => write!(f, "'{what}' was given before for the same recipient"),
            F::AlwaysQuiet => write!(f, "this is every minute: nothing would ever be told"),
            F::RateOrder => write!(f, "the number of times is larger than the number of cycles"),
            F::InvalidPattern { reason } => write!(f, "invalid regular expression: {reason}"),
            F::PatternHard { most } => write!(
                f,
                "a pattern for names has no back references or large repetitions, and at most {most} bytes"
            ),
            F::PatternFile { reason } => write!(f, "the file of patterns cannot be read -- {reason}"),
            F::InvalidChecksum => {
                write!(f, "this is no MD5 (32), SHA1 (40) or SHA256 (64 hex digits) checksum:")
            }
            F::ChecksumLength { kind } => write!(f, "this is no {kind} checksum:"),
            F::ChecksumNotComputed { path, reason } => {
                write!(f, "the checksum of '{path}' cannot be computed -- {reason}")
            }
            F::NotJsonPointer => write!(f, "this is no JSON pointer:"),
            F::NotDnsName => write!(f, "this is no name that can be asked for:"),
            F::NotNumericAddress => write!(f, "this is no numeric IP address:"),
            F::DuplicateService { name } => write!(f, "Service name conflict, {name} is defined already:"),
            F::NameWithSlash => write!(f, "a service name must not start with '/'"),
            F::LinkBothWays => write!(f, "'link up' and 'link down' tests do not go together in one service"),
            F::SendInProtocol { what, protocol } => {
                write!(f, "{what} is not possible with the {protocol} protocol")
            }
            F::RadiusNeedsUdp => write!(f, "the radius protocol needs 'type udp'"),
            F::RsaKeyNeedsLogin => write!(f, "an rsakey checksum needs a username"),
            F::RsaKeyWithTls => write!(f, "an rsakey checksum makes no sense over TLS"),
            F::HeadWithContent => write!(f, "a HEAD request has no content to test"),
            F::ConnectionHeader => {
                write!(f, "setting the Connection header has no effect, the connection is always closed")
            }
            F::MaxForward => write!(f, "maxforward must be between 0 and 255, 70 is used"),
            F::TlsVersionUnsupported => write!(f, "this SSL version is not supported by any current library"),
            F::PemDuplicate { option } => write!(f, "{option} is given twice"),
            F::PemUnusable { option, reason } => write!(f, "{option} cannot be used -- {reason}"),
            F::WebhookName => write!(f, "the name of a webhook has letters, digits and '-_.' only:"),
            F::WebhookTwice => write!(f, "there is a webhook of that name already:"),
            F::TooMany { what, most } => write!(f, "there are more than {most} {what}"),
            F::BeatToken { shortest } => {
                write!(f, "a token has at least {shortest} letters, digits and '-_.~', and nothing else")
            }
            F::WebhookUrl => write!(f, "this is no http or https URL"),
            F::WebhookHeader => write!(f, "this is no header that can be set"),
            F::WebhookFile { reason } => write!(f, "the file cannot be read -- {reason}"),
            F::WebhookFileOwner => {
                write!(f, "the file must be owned by the user that runs monit, or by root")
            }
            F::WebhookFileMode { mode, most } => {
                write!(f, "the file has permission {mode:04o}, at most {most:04o} is allowed")
            }
            F::WebhookFileText => write!(f, "the file must hold one line of text"),
            F::WebhookTemplate { most } => write!(f, "the template must be text of at most {most} bytes"),
            F::WebhookSecretUnused { format } => {
                write!(
                    f,
                    "the format {format} knows no secret: there the URL is the secret, which 'url file' keeps"
                )
            }
            F::WebhookSecretMissing { format } => write!(f, "the format {format} needs a 'secret file'"),
            F::WebhookUrlLacks { format, what } => write!(f, "a URL of the format {format} needs {what}"),
            F::PemOwner => write!(f, "the key file must be owned by the user that runs monit"),
            F::PemMode { mode, most } => {
                write!(f, "the key file has permission {mode:04o}, at most {most:04o} is allowed")
            }
            F::HttpdNeedsPem => {
                write!(f, "TLS for the web interface needs a pemfile, or a pemchain and a pemkey")
            }
            F::HttpdPemMixed => write!(f, "pemfile and pemchain or pemkey do not go together"),
            F::HttpdAddressTwice => write!(f, "the address was given before; this one counts"),
            F::NothingToAllow => {
                write!(f, "invalid allow option, no host, network or user:password: it is ignored")
            }
            F::LoginAsServer => {
                write!(
                    f,
                    "this word, and each behind it, is taken as the name of a mail server, a password too:"
                )
            }
            F::NotANetwork => write!(f, "this is no network:"),
            F::AllowUnresolved { reason } => write!(f, "the host cannot be resolved -- {reason}"),
            F::DuplicateAllow { text, address: None } => {
                write!(f, "Skipping 'allow {text}' -- present in ACL already")
            }
            F::DuplicateAllow { text, address: Some(address) } => write!(
                f,
                "Skipping 'allow {text}' -- host resolved to [{}] which is present in ACL already",
                Mapped(*address)
            ),
            F::DuplicateCredentials => write!(f, "the user or group was allowed before; this one is ignored"),
            F::Htpasswd { reason } => write!(f, "the password file cannot be used -- {reason}"),
            F::HtpasswdSha { user } => write!(
                f,
                "user '{user}' will never be let in: his password is a {{SHA}} digest, which crypt(3) does not know; \
                 make it anew with 'htpasswd -B'"
            ),
            F::HtpasswdEmpty => write!(f, "the password file has no usable entry"),
            F::OnlyLastCounts { what } => {
                write!(f, "of tests in a row only the last one counts; this '{what}' test is never done")
            }
            F::ReplacesEarlier { what, line } => {
                write!(f, "this '{what}' test replaces the one on line {line}")
            }
            F::EverySetsService => {
                write!(f, "this 'every' sets the schedule of the service, not of the program")
            }
            F::UserAsArgument => write!(f, "this word is an argument of the program"),
            F::AlertIsGlobal => write!(f, "'set alert' is global, and ends the service it stands in"),
            F::QuoteSwallows => write!(f, "this quoted text runs over what looks like statements"),
            F::CurlyQuote => write!(f, "a curly quote is an ordinary character and part of the text"),
            F::ShellSyntax => {
                write!(f, "no shell reads this command: a sign of the shell is an argument like any other")
            }
            F::PatternAsArgument => {
                write!(f, "no shell reads this command: the program gets this pattern as it stands")
            }
            F::PatternInPath => write!(f, "a pattern in a path stands for itself"),
            F::EscapedQuote => write!(f, "the quote behind the backslash ends this text"),
            F::IncludeFolder => write!(f, "a folder is not included, nor is what is in it"),
            F::IncludeMatchesNothing => write!(f, "no file matches"),
        }
    }
}

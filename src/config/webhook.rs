//! `set alert webhook`: receivers of alerts by HTTP.

use super::{Few, Place, Url};
use std::time::Duration;

/// What a webhook's receiver understands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum WebhookFormat {
    #[default]
    Json,
    Slack,
    Discord,
    Telegram,
    Ntfy,
    Gotify,
    Pagerduty,
    Teams,
    Alertmanager,
}

/// What a format does with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretUse {
    /// It knows none: the URL is the secret.
    None,
    /// It may have one.
    Optional,
    /// Nothing is taken without.
    Needed,
}

impl WebhookFormat {
    /// All of them, with their words in the control file.
    pub const ALL: [(&str, WebhookFormat); 9] = [
        ("json", WebhookFormat::Json),
        ("slack", WebhookFormat::Slack),
        ("discord", WebhookFormat::Discord),
        ("telegram", WebhookFormat::Telegram),
        ("ntfy", WebhookFormat::Ntfy),
        ("gotify", WebhookFormat::Gotify),
        ("pagerduty", WebhookFormat::Pagerduty),
        ("teams", WebhookFormat::Teams),
        ("alertmanager", WebhookFormat::Alertmanager),
    ];

    /// The word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, format)| *format == self).map_or("json", |(word, _)| word)
    }

    /// Does a secret mean something to it?
    pub fn secret_use(self) -> SecretUse {
        match self {
            WebhookFormat::Slack | WebhookFormat::Discord | WebhookFormat::Teams => SecretUse::None,
            WebhookFormat::Pagerduty => SecretUse::Needed,
            _ => SecretUse::Optional,
        }
    }

    /// After so long what stays failed is told again, because its receiver forgets it; `None`: it remembers.
    pub fn renewal(self) -> Option<Duration> {
        const SIX_HOURS: Duration = Duration::from_secs(6 * 3600);
        (self == WebhookFormat::Alertmanager).then_some(SIX_HOURS)
    }

    /// Does its receiver keep accounts of incidents itself, so that it has to be told of each?
    pub fn keeps_accounts(self) -> bool {
        matches!(self, WebhookFormat::Pagerduty | WebhookFormat::Alertmanager)
    }

    /// What a URL of this format has to say and does not: without it no receiver takes the alert.
    pub fn lacks(self, url: &Url) -> Option<&'static str> {
        let chat = |part: &str| part.strip_prefix("chat_id=").is_some_and(|chat| !chat.is_empty());
        match self {
            WebhookFormat::Telegram if !url.query.iter().any(|query| query.split('&').any(chat)) => {
                Some("its chat at the end: ?chat_id=NUMBER")
            }
            WebhookFormat::Ntfy if url.path.ends_with('/') => Some("its topic at the end: /TOPIC"),
            _ => None,
        }
    }
}

/// `set alert webhook …`.
#[derive(Clone, PartialEq)]
pub struct Webhook {
    /// Where it stands.
    pub place: Place,
    /// By which alerts name it, without the `@`.
    pub name: Box<str>,
    /// Where to.
    pub url: Url,
    /// What is sent.
    pub format: WebhookFormat,
    /// Time for making the connection, and again for the answer.
    pub timeout: Duration,
    /// `header "Name: value"`, in file order.
    pub headers: Few<(Box<str>, Box<str>)>,
    /// The content of the file behind `secret file`.
    pub secret: Option<Box<str>>,
    /// The content of the file behind `template file`.
    pub template: Option<Box<str>>,
}

impl Webhook {
    /// The time limit where none is given. Nothing else waits for it.
    pub const TIMEOUT: Duration = Duration::from_secs(30);

    /// Is it the one that an alert names by this address?
    pub fn is_named(&self, address: &str) -> bool {
        address.strip_prefix('@').is_some_and(|name| name.eq_ignore_ascii_case(&self.name))
    }

    /// `@NAME`.
    pub fn address(&self) -> String {
        format!("@{}", self.name)
    }
}

/// Nothing secret in it, whoever prints it.
impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Webhook {{ {} {} {} }}", self.address(), self.format.word(), self.url.shown())
    }
}

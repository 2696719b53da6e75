//! Who is told, how, and through which servers.

use super::{Certificate, EventSet, Place, Tls, Url};
use std::time::Duration;

/// `set alert …`, or a service's `alert …` and `noalert …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Where it stands.
    pub place: Place,
    /// The mail address, or `@NAME` of a webhook.
    pub address: Box<str>,
    /// The kinds of events to mail; [`EventSet::NONE`] is `noalert`.
    pub events: EventSet,
    /// `with reminder on N cycles`; 0: none.
    pub reminder: u32,
    /// The parts of the mail format that this alert replaces. Boxed: most replace none.
    pub format: Option<Box<MailFormat>>,
}

impl Alert {
    /// Does it go to a webhook?
    pub fn is_webhook(&self) -> bool {
        self.address.starts_with('@')
    }

    /// The parts of the mail format that it replaces.
    pub fn own_format(&self) -> &MailFormat {
        self.format.as_deref().unwrap_or(&MailFormat::NONE)
    }
}

/// `mail-format { … }`; a part not given is `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MailFormat {
    /// Sender: display name (may be empty) and address.
    pub from: Option<(Box<str>, Box<str>)>,
    /// Reply-To: display name (may be empty) and address.
    pub reply_to: Option<(Box<str>, Box<str>)>,
    /// Subject with `$` variables.
    pub subject: Option<Box<str>>,
    /// Body with `$` variables.
    pub message: Option<Box<str>>,
}

impl MailFormat {
    /// Nothing given.
    pub const NONE: MailFormat = MailFormat { from: None, reply_to: None, subject: None, message: None };
    /// The sender where none was given.
    pub const FROM: &str = "monit@$HOST";
    /// The subject where none was given.
    pub const SUBJECT: &str = "monit alert --  $EVENT $SERVICE";
    /// The body where none was given.
    pub const MESSAGE: &str = "$EVENT Service $SERVICE \n\n\
        \tDate:        $DATE\n\
        \tAction:      $ACTION\n\
        \tHost:        $HOST\n\
        \tDescription: $DESCRIPTION\n\n\
        Your faithful employee,\n\
        Monit\n";
}

/// One server of `set mailserver`.
#[derive(Debug, Clone, PartialEq)]
pub struct MailServer {
    /// Where it stands.
    pub place: Place,
    /// Name or address.
    pub host: Box<str>,
    /// 25 unless given.
    pub port: u32,
    /// User for AUTH.
    pub username: Option<Box<str>>,
    /// Password for AUTH.
    pub password: Option<Box<str>>,
    /// `using tls …`: on ports 25 and 587 STARTTLS, from the first byte elsewhere.
    pub tls: Option<Box<Tls>>,
    /// `certificate checksum …`.
    pub certificate: Option<Box<Certificate>>,
    /// A word like `user` or `pass` stands before it or is its name: the name may be a password.
    pub doubtful: bool,
}

impl MailServer {
    /// The name for messages; stars for one that may be a password.
    pub fn name(&self) -> &str {
        if self.doubtful { "***" } else { &self.host }
    }
}

/// One URL of `set mmonit`.
#[derive(Debug, Clone, PartialEq)]
pub struct Mmonit {
    /// Where it stands.
    pub place: Place,
    /// The collector.
    pub url: Url,
    /// Time limit of one post.
    pub timeout: Duration,
    /// TLS options; `https` implies them.
    pub tls: Option<Box<Tls>>,
    /// `certificate checksum …`.
    pub certificate: Option<Box<Certificate>>,
    /// Send our own httpd credentials along.
    pub register_credentials: bool,
    /// `hostgroups [ … ]`.
    pub hostgroups: Vec<Box<str>>,
}

impl Mmonit {
    /// What the name of a collector begins with; its address follows.
    pub const PREFIX: &str = "M/Monit ";

    /// By what collectors are known: two may be at the same address, for different users.
    pub fn names(mmonits: &[Mmonit]) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for mmonit in mmonits {
            let name = format!("{}{}", Mmonit::PREFIX, mmonit.shown());
            let same = names.iter().filter(|known| known.split(" (").next() == Some(&name)).count();
            names.push(if same == 0 { name } else { format!("{name} ({})", same + 1) });
        }
        names
    }

    /// Where it is, as messages name it: without user, password and query, any of which may be a secret.
    pub fn shown(&self) -> String {
        let Url { host, port, path, secure, .. } = &self.url;
        format!("{}://[{host}]:{port}{path}", if *secure { "https" } else { "http" })
    }
}

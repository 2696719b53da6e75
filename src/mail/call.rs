//! The connection to a mail server, as the control file has it.

use crate::config::{Family, MailServer, Settings, Tls};
use crate::probe::{Endpoint, Patience, Probe, Resolver, Target};
use crate::protocol::smtp;
use crate::reactor::Token;
use crate::tls;
use std::time::{Duration, Instant};

/// Time limit of the control file's `set mailserver` when it gives none. Nothing else waits for it.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How a server is named in messages.
pub fn label(server: &MailServer) -> Box<str> {
    format!("[{}]:{}", server.name(), server.port).into()
}

/// What a connection to a mail server is made of.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    pub settings: &'a Settings,
    pub host: &'a str,
    pub content_patience: Option<Duration>,
    pub token: Token,
}

impl Call<'_> {
    /// Connects; `None`: its port is none.
    pub fn start(
        self,
        server: &MailServer,
        now: Instant,
        resolver: &mut Resolver,
    ) -> Option<Probe<smtp::Delivery>> {
        let settings = self.settings;
        let port = u16::try_from(server.port).ok()?;
        let options = options(server, &settings.tls);
        // RFC 3207 on the ports of mail, TLS from the first byte elsewhere (RFC 8314).
        let starttls = matches!(port, 25 | 587);
        let dialogue = smtp::Delivery::new(smtp::Options {
            hostname: settings.mail_hostname.clone().unwrap_or_else(|| self.host.into()),
            credentials: server.username.clone().zip(server.password.clone()),
            starttls: options.is_some() && starttls,
            secure: options.is_some() && !starttls,
            content_patience: self.content_patience,
            proper_end: false,
        });
        let target = Target {
            endpoint: Endpoint::Tcp { host: server.host.clone(), port },
            family: Family::Any,
            source: None,
            tls: options,
            starttls,
            patience: Patience::Step(settings.mail_timeout.unwrap_or(TIMEOUT)),
            onward: None,
        };
        Some(Probe::start(target, dialogue, self.token, now, resolver))
    }
}

/// TLS for a server, if it is wanted.
fn options(server: &MailServer, global: &Tls) -> Option<tls::Options> {
    let certificate = server.certificate.as_deref();
    match (&server.tls, certificate) {
        (None, None) => None,
        (own, certificate) => {
            let own = own.as_deref().cloned().unwrap_or_default();
            Some(tls::Options::new(&own, global, certificate))
        }
    }
}

//! Who may talk to us, and what they may do: allow lists, HTTP Basic (RFC 7617), the double-submitted token against
//! forged forms, read-only users.
//!
//! Judged in this order: the peer's address (an unlisted one is dropped without a word), the password (401), the token
//! of a POST (403), where no password is asked for whose page it comes from (403); the privilege is asked for by the routes that act (403).
//!
//! A peer on the control socket needs no password: the kernel says who it is, and only root and our own user pass.

use super::asked::only_shows;
use super::codec::{Method, Request};
use super::error_page::Cause;
use super::foreign::Names;
use super::password::{Attempt, Look, Unverifiable, Users, Verdict, constant_time_equal};
use super::response::{Response, Status};
use crate::config::Httpd;
use crate::sys;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// The text of 401 as the command line prints it.
pub const UNAUTHORIZED: &str = "You are not authorized to access monit. Either you supplied the wrong credentials \
    (e.g. bad password), or your browser doesn't understand how to supply the credentials required";
/// The text of 403 for users who may only look.
pub const READ_ONLY: &str = "You do not have sufficient privileges to access this page";

/// Where a connection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A TCP client.
    Tcp(IpAddr),
    /// `unixsocket PATH`.
    Unix,
    /// The control socket; the user of the peer, if the kernel told.
    Control(Option<u32>),
}

/// As log lines name the client.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Tcp(address) => write!(f, "{}", plain(*address)),
            Origin::Unix => f.write_str("unix socket"),
            Origin::Control(Some(uid)) => write!(f, "control socket, user {uid}"),
            Origin::Control(None) => f.write_str("control socket"),
        }
    }
}

/// What an admitted client may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privilege {
    /// Look and act.
    Full,
    /// Look.
    ReadOnly,
}

/// Why a request is not served. The texts are those of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// No credentials, or not a form of them we know: how every browser begins. Not logged.
    NoCredentials,
    /// Wrong password for that user.
    WrongPassword(Box<str>),
    /// No such user.
    UnknownUser(Box<str>),
    /// A user whose password nobody can check, and why.
    Unverifiable(Box<str>, Unverifiable),
    /// No token in the body.
    NoToken,
    /// No cookies at all.
    NoCookie,
    /// Cookies, but not the token's.
    NoTokenInCookie,
    /// Both, and they differ.
    TokenMismatch,
    /// A page of somebody else: the header that says so, and its value.
    Foreign(&'static str, Box<str>),
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Denial::NoCredentials => f.write_str("no credentials"),
            Denial::WrongPassword(user) => write!(f, "wrong password for user '{user}'"),
            Denial::UnknownUser(user) => write!(f, "unknown user '{user}'"),
            Denial::Unverifiable(user, why) => write!(f, "cannot check the password of user '{user}': {why}"),
            Denial::NoToken => f.write_str("missing CSRF token in HTTP parameter"),
            Denial::NoCookie => f.write_str("missing CSRF token cookie"),
            Denial::NoTokenInCookie => f.write_str("no CSRF token in cookie"),
            Denial::TokenMismatch => f.write_str("CSRF token mismatch"),
            Denial::Foreign(header, value) => {
                write!(f, "no password is asked for, and its {header} '{value}' is not this machine's")
            }
        }
    }
}

impl Denial {
    /// Was a password given, and not the right one?
    pub fn is_of_password(&self) -> bool {
        matches!(self, Denial::WrongPassword(_) | Denial::UnknownUser(_) | Denial::Unverifiable(..))
    }

    /// What the client is told.
    pub fn response(&self) -> Response {
        match self {
            Denial::NoCredentials
            | Denial::WrongPassword(_)
            | Denial::UnknownUser(_)
            | Denial::Unverifiable(..) => {
                Response::error(Status::Unauthorized, UNAUTHORIZED).because(Cause::Login)
            }
            Denial::Foreign(header, _) => Response::error(
                Status::Forbidden,
                format!(
                    "The {header} of this request is not a name of this machine, which could be somebody else's page. Use \
                     the machine's name or address, or let 'set httpd' ask for a password"
                ),
            ),
            _ => Response::error(Status::Forbidden, "Invalid CSRF Token").because(Cause::Stale),
        }
    }
}

/// What a user is told who may only look.
pub fn read_only() -> Response {
    Response::error(Status::Forbidden, READ_ONLY).because(Cause::ReadOnly)
}

/// The rules of `set httpd`.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    networks: Vec<(IpAddr, u8)>,
    users: Users,
    readonly: bool,
    readonly_unix: bool,
    own_uid: u32,
    /// Asked of clients that need no password.
    names: Names,
}

impl Gate {
    /// The rules of `settings`; `own_uid` is the user this process runs as.
    pub fn new(settings: &Httpd, own_uid: u32) -> Gate {
        Gate {
            networks: settings.allow.iter().flat_map(|allow| allow.networks.iter().copied()).collect(),
            users: Users::new(settings.users.clone()),
            readonly: settings.readonly,
            readonly_unix: settings.unix.as_ref().is_some_and(|unix| unix.readonly),
            own_uid,
            names: match settings.users.is_empty() && settings.port.is_some() {
                true => Names::new(
                    &sys::host::hostname().unwrap_or_default(),
                    sys::host::other_names()
                        .into_iter()
                        .chain(settings.address.iter().map(|name| name.to_string())),
                ),
                false => Names::default(),
            },
        }
    }

    /// Is there any way in but the control socket? Without one no other listener is opened.
    pub fn admits_anybody(&self) -> bool {
        !self.networks.is_empty() || !self.users.is_empty()
    }

    /// May a client from there talk at all? The first question, before a byte is read.
    pub fn admits(&self, origin: Origin) -> bool {
        match origin {
            Origin::Tcp(address) => {
                // With users alone every address may try its password.
                self.admits_anybody()
                    && (self.networks.is_empty()
                        || self.networks.iter().any(|(net, bits)| covers(*net, *bits, address)))
            }
            Origin::Unix => self.admits_anybody(),
            Origin::Control(uid) => uid.is_some_and(|uid| uid == 0 || uid == self.own_uid),
        }
    }

    /// The password that a request brings. `None`: none is asked for there.
    ///
    /// # Errors
    /// One is asked for, and there is none.
    pub fn attempt(&self, origin: Origin, request: &Request) -> Result<Option<Attempt>, Denial> {
        if matches!(origin, Origin::Control(_)) || self.users.is_empty() {
            return Ok(None);
        }
        let attempt = request.authorization.as_deref().and_then(|header| self.users.attempt(header));
        attempt.map(Some).ok_or(Denial::NoCredentials)
    }

    /// The name of the user who has sent a request that was let in; only of one that may change something.
    pub fn user(&self, origin: Origin, request: &Request) -> Option<Box<str>> {
        let attempt = (request.method == Method::Post).then(|| self.attempt(origin, request).ok())??;
        attempt.map(|attempt| shown(&attempt.name))
    }

    /// What can be said at once of that password.
    pub fn look(&self, origin: Origin, attempt: &Attempt) -> Look {
        self.users.look(attempt, &origin.to_string())
    }

    /// What a request may do whose password was looked at; `None`: it needs none. Checks the token of a POST.
    pub fn judge(
        &self,
        origin: Origin,
        request: &Request,
        password: Option<(&Attempt, Verdict)>,
    ) -> Result<Privilege, Denial> {
        let by_listener = match origin {
            Origin::Control(_) => false,
            Origin::Unix => self.readonly_unix,
            Origin::Tcp(_) => self.readonly,
        };
        let by_user = match password {
            None => false,
            Some((_, Verdict::Right(user))) => self.users.is_readonly(user),
            Some((attempt, verdict)) => {
                let name = shown(&attempt.name);
                return Err(match verdict {
                    Verdict::Unknown => Denial::UnknownUser(name),
                    Verdict::Cannot(why) => Denial::Unverifiable(name, why),
                    Verdict::Wrong | Verdict::Right(_) => Denial::WrongPassword(name),
                });
            }
        };
        if request.method == Method::Post {
            check_token(request)?;
            if matches!(origin, Origin::Tcp(_)) && self.users.is_empty() && !only_shows(&request.path) {
                let foreign = self.names.foreign(request.host.as_deref(), request.origin.as_deref());
                if let Some((header, value)) = foreign {
                    return Err(Denial::Foreign(header, shown(value)));
                }
            }
        }
        Ok(if by_listener || by_user { Privilege::ReadOnly } else { Privilege::Full })
    }
}

/// What a client calls itself goes to the log in one short line.
fn shown(name: &str) -> Box<str> {
    name.chars().take(64).map(|c| if c.is_control() { '?' } else { c }).collect::<String>().into()
}

/// The token that the cookies of a request carry.
pub(super) fn token_of(request: &Request) -> Option<&str> {
    let cookies = request.cookie.as_deref()?.split(';').filter_map(|cookie| cookie.trim().split_once('='));
    cookies
        .into_iter()
        .find_map(|(name, value)| (name == "securitytoken" && !value.is_empty()).then_some(value))
}

fn check_token(request: &Request) -> Result<(), Denial> {
    let field = request.body.get("securitytoken").filter(|token| !token.is_empty()).ok_or(Denial::NoToken)?;
    request.cookie.as_deref().ok_or(Denial::NoCookie)?;
    let cookie = token_of(request).ok_or(Denial::NoTokenInCookie)?;
    if constant_time_equal(field.as_bytes(), cookie.as_bytes()) { Ok(()) } else { Err(Denial::TokenMismatch) }
}

/// IPv4 clients of an IPv6 socket come as `::ffff:a.b.c.d`.
fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        v4 => v4,
    }
}

/// Is `address` in `network`/`bits`? Mapped IPv4 addresses count as IPv4 on both sides.
fn covers(network: IpAddr, bits: u8, address: IpAddr) -> bool {
    match (network, plain(address)) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            same_prefix(u128::from(u32::from(network)), u128::from(u32::from(address)), 32, bits)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            same_prefix(u128::from(network), u128::from(address), 128, bits)
        }
        (IpAddr::V6(network), IpAddr::V4(address)) => {
            let mapped: Ipv6Addr = address.to_ipv6_mapped();
            bits >= 96 && same_prefix(u128::from(network), u128::from(mapped), 128, bits)
        }
        (IpAddr::V4(_), IpAddr::V6(_)) => false,
    }
}

fn same_prefix(a: u128, b: u128, width: u32, bits: u8) -> bool {
    let free = width.saturating_sub(u32::from(bits));
    (a ^ b).checked_shr(free).unwrap_or(0) == 0
}

#[cfg(test)]
#[path = "auth_tests.rs"]
mod tests;

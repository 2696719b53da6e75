//! `set httpd …`.

use super::{Place, Tls};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

/// The HTTP interface. It starts if `port` or `unix` is set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Httpd {
    /// Where the first `set httpd` stands.
    pub place: Place,
    /// `port N`.
    pub port: Option<u32>,
    /// `address A`; `None`: all.
    pub address: Option<Box<str>>,
    /// What a name in `address` stands for.
    pub listen: Listen,
    /// `port N read-only`.
    pub readonly: bool,
    /// `unixsocket PATH`.
    pub unix: Option<UnixListener>,
    /// `signature disable`.
    pub hide_signature: bool,
    /// TLS is on.
    pub tls: Option<Box<Tls>>,
    /// Hosts and networks that may connect.
    pub allow: Vec<Allow>,
    /// Users that may log in.
    pub users: Vec<Credentials>,
    /// The files of passwords that `allow` names, and where.
    pub password_files: Vec<(Box<Path>, Place)>,
}

/// What the name in `address` stands for. Looked up by whoever is going to open the interface.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Listen {
    /// It is no name, or nobody has looked it up.
    #[default]
    NotLookedUp,
    /// These addresses, with port 0.
    At(Vec<SocketAddr>),
    /// Nothing, by these words of the resolver.
    Nowhere(Box<str>),
}

impl Httpd {
    /// The user whose name and password a collector is told: the first whose password is stored as it is, and who is
    /// allowed to act.
    pub fn credentials_to_share(&self) -> Option<&Credentials> {
        self.users.iter().find(|user| user.form == PasswordForm::Cleartext && !user.readonly)
    }
}

/// `unixsocket PATH …`.
#[derive(Debug, Clone, PartialEq)]
pub struct UnixListener {
    /// Where it is made.
    pub path: Box<Path>,
    /// Owner.
    pub uid: Option<u32>,
    /// Group.
    pub gid: Option<u32>,
    /// Mode; `None`: 0777 without the umask.
    pub permission: Option<u32>,
    /// `read-only`.
    pub readonly: bool,
}

/// `allow HOST`, `allow ADDRESS`, `allow NETWORK/BITS`.
#[derive(Debug, Clone, PartialEq)]
pub struct Allow {
    /// As written.
    pub text: Box<str>,
    /// The networks it stands for: address and prefix length (0 to 32 or 128). A host may have several.
    pub networks: Vec<(IpAddr, u8)>,
}

/// A user who may log in.
#[derive(Debug, Clone, PartialEq)]
pub struct Credentials {
    /// User name, or the group name for [`PasswordForm::PamGroup`].
    pub name: Box<str>,
    /// Password or digest.
    pub password: Box<str>,
    /// How `password` is to be read.
    pub form: PasswordForm,
    /// `read-only`.
    pub readonly: bool,
}

/// How a password is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordForm {
    /// As it is.
    Cleartext,
    /// `$1$` or `$apr1$`.
    Md5,
    /// crypt(3).
    Crypt,
    /// A PAM group; no password here.
    PamGroup,
}

//! The doors: TCP ports, the unix socket of `set httpd`, the control socket.
//!
//! A [`Door`] says what is to be opened, a [`Listener`] is one that is open. A door that cannot be opened is tried
//! again: a port that is taken at boot is free a minute later.

use super::auth::Origin;
use super::stream::Stream;
use crate::config::{Httpd, Listen, Tls};
use crate::sys;
use crate::tls::{self, Acceptor};
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixListener;
use std::path::Path;

/// What is to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// `port N address A`.
    Tcp {
        /// As a user calls it: `[127.0.0.1]:2812`.
        text: Box<str>,
        /// What it stands for: the wildcards are tried one after the other, of other addresses all are opened.
        addresses: Vec<SocketAddr>,
        /// With TLS, and how.
        tls: Option<Box<Tls>>,
    },
    /// `unixsocket PATH`.
    Unix {
        /// Where.
        path: Box<Path>,
        /// Its permission bits; `None`: 0777 without the umask.
        mode: Option<u32>,
        /// Its owner, if not us.
        uid: Option<u32>,
        /// Its group, if not ours.
        gid: Option<u32>,
    },
    /// The control socket of the owner, mode 0600.
    Control {
        /// Where.
        path: Box<Path>,
    },
}

/// Why a door stays shut. The first words of each are those of the reference.
#[derive(Debug)]
pub enum Problem {
    /// `set httpd` without `allow`.
    NobodyAllowed,
    /// TLS was asked for and cannot be had; plain text is no substitute.
    Tls(Door, tls::Failure),
    /// The certificate was read anew and is none to show: the one from before stays.
    Renewal(Door, tls::Failure),
    /// The port is no port.
    Port(u32),
    /// The name to listen at has no address.
    Address(Box<str>, NoAddress),
    /// The door's own trouble.
    Cannot(Door, io::Error),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::NobodyAllowed => f.write_str("Monit httpd not started since no connections are allowed"),
            Problem::Tls(door, failure) => write!(f, "HTTP server -- not started at {door}: {failure}"),
            Problem::Renewal(door, failure) => {
                write!(f, "HTTP server -- certificate not renewed at {door}, the old one stays: {failure}")
            }
            Problem::Port(port) => {
                write!(f, "HTTP server -- Cannot bind: port {port} is not between 1 and 65535")
            }
            Problem::Address(name, reason) => {
                write!(f, "HTTP server -- Cannot bind: address {name}: {reason}")
            }
            Problem::Cannot(Door::Tcp { text, .. }, error) => {
                write!(f, "HTTP server -- Cannot bind: {} ({text})", sys::error_text(error))
            }
            Problem::Cannot(Door::Unix { path, .. }, error) => {
                write!(
                    f,
                    "HTTP server -- Cannot bind to unix socket {}: {}",
                    path.display(),
                    sys::error_text(error)
                )
            }
            Problem::Cannot(Door::Control { path }, error) => {
                write!(f, "Control socket {}: {}", path.display(), sys::error_text(error))
            }
        }
    }
}

impl Door {
    /// How it has TLS, if it has.
    pub fn tls(&self) -> Option<&Tls> {
        match self {
            Door::Tcp { tls, .. } => tls.as_deref(),
            _ => None,
        }
    }
}

/// For the log, once a door that was shut is open after all.
impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Door::Tcp { text, .. } => f.write_str(text),
            Door::Unix { path, .. } | Door::Control { path } => write!(f, "{}", path.display()),
        }
    }
}

/// The doors that these settings ask for. The control socket comes first and needs no `set httpd`. Host names have been
/// looked up before, as those of `allow` are: while the control file was loaded.
pub fn doors(settings: &Httpd, control: Option<&Path>) -> (Vec<Door>, Vec<Problem>) {
    let mut doors: Vec<Door> = control.map(|path| Door::Control { path: path.into() }).into_iter().collect();
    let mut problems = Vec::new();
    if settings.port.is_none() && settings.unix.is_none() {
        return (doors, problems);
    }
    if settings.allow.is_empty() && settings.users.is_empty() {
        problems.push(Problem::NobodyAllowed);
        return (doors, problems);
    }
    match settings.port.map(|port| (port, u16::try_from(port))) {
        Some((_, Ok(port))) if port > 0 => match addresses(settings, port) {
            Ok(addresses) => {
                let text = format!("[{}]:{port}", settings.address.as_deref().unwrap_or("*")).into();
                doors.push(Door::Tcp { text, addresses, tls: settings.tls.clone() });
            }
            Err(reason) => {
                problems.push(Problem::Address(settings.address.clone().unwrap_or_default(), reason))
            }
        },
        Some((port, _)) => problems.push(Problem::Port(port)),
        None => {}
    }
    if let Some(unix) = &settings.unix {
        let (mode, uid, gid) = (unix.permission, unix.uid, unix.gid);
        doors.push(Door::Unix { path: unix.path.clone(), mode, uid, gid });
    }
    (doors, problems)
}

/// An open door.
#[derive(Debug)]
pub struct Listener {
    door: Door,
    sockets: Vec<Socket>,
    /// What makes sessions, with TLS.
    acceptor: Option<Acceptor>,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    /// With device and inode of its file: only that file is ours to remove.
    Unix(UnixListener, (u64, u64)),
}

impl Listener {
    /// Opens `door`. `acceptor`: what makes sessions, at a door with TLS.
    pub fn open(door: &Door, acceptor: Option<Acceptor>) -> Result<Listener, Problem> {
        let sockets = open_sockets(door).map_err(|error| Problem::Cannot(door.clone(), error))?;
        Ok(Listener { door: door.clone(), sockets, acceptor })
    }

    /// Clients of now on get sessions by this one.
    pub fn renew(&mut self, acceptor: &Option<Acceptor>) {
        self.acceptor.clone_from(acceptor);
    }

    /// What it is.
    pub fn door(&self) -> &Door {
        &self.door
    }

    /// The descriptors to wait for, with their numbers.
    pub fn fds(&self) -> impl Iterator<Item = (u8, RawFd)> {
        self.sockets.iter().zip(0u8..).map(|(socket, part)| match socket {
            Socket::Tcp(listener) => (part, listener.as_raw_fd()),
            Socket::Unix(listener, _) => (part, listener.as_raw_fd()),
        })
    }

    /// The port of a TCP door, for tests that let the kernel choose one.
    #[cfg(test)]
    pub fn port(&self) -> Option<u16> {
        self.sockets.iter().find_map(|socket| match socket {
            Socket::Tcp(listener) => listener.local_addr().ok().map(|address| address.port()),
            Socket::Unix(..) => None,
        })
    }

    /// The next client that waits; `WouldBlock`: none.
    pub fn accept(&self, part: u8) -> io::Result<(Stream, Origin)> {
        match self.sockets.get(usize::from(part)) {
            Some(Socket::Tcp(listener)) => {
                let (stream, peer) = listener.accept()?;
                stream.set_nonblocking(true)?;
                // Answers go out in one piece; waiting to fill packets only delays them.
                stream.set_nodelay(true)?;
                let mut stream = Stream::from(stream);
                if let Some(acceptor) = &self.acceptor {
                    let session =
                        acceptor.accept().map_err(|failure| io::Error::other(failure.to_string()))?;
                    stream = stream.secured(session);
                }
                Ok((stream, Origin::Tcp(peer.ip())))
            }
            Some(Socket::Unix(listener, _)) => {
                let (stream, _) = listener.accept()?;
                stream.set_nonblocking(true)?;
                let origin = match self.door {
                    Door::Control { .. } => {
                        Origin::Control(sys::socket::peer_credentials(&stream).ok().map(|peer| peer.uid))
                    }
                    _ => Origin::Unix,
                };
                Ok((Stream::from(stream), origin))
            }
            None => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Whether clients that look for it find it: its file is there and still ours.
    pub fn can_be_found(&self) -> bool {
        let (Door::Unix { path, .. } | Door::Control { path }) = &self.door else { return true };
        self.sockets.iter().all(|socket| match socket {
            Socket::Unix(_, ours) => identity(path).is_ok_and(|found| found == *ours),
            Socket::Tcp(_) => true,
        })
    }

    /// Closes the door and removes its file, if that is still ours.
    pub fn close(self) {
        if let Door::Unix { path, .. } | Door::Control { path } = &self.door {
            for socket in &self.sockets {
                let Socket::Unix(_, ours) = socket else { continue };
                if identity(path).is_ok_and(|found| found == *ours) {
                    let _ = std::fs::remove_file(path);
                }
            }
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = std::fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// The kernel's word; umask(2) itself can only be read by changing it.
fn current_umask() -> u32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    line.and_then(|digits| u32::from_str_radix(digits.trim(), 8).ok()).unwrap_or(0o022)
}

fn open_sockets(door: &Door) -> io::Result<Vec<Socket>> {
    let (path, mode, uid, gid) = match door {
        Door::Tcp { addresses, .. } => return open_tcp(addresses),
        Door::Unix { path, mode, uid, gid } => {
            (path, mode.unwrap_or_else(|| 0o777 & !current_umask()), *uid, *gid)
        }
        Door::Control { path } => (path, 0o600, None, None),
    };
    let (socket, file) = sys::socket::listen_unix(path, mode, uid, gid)?;
    Ok(vec![Socket::Unix(socket, file)])
}

fn open_tcp(addresses: &[SocketAddr]) -> io::Result<Vec<Socket>> {
    let (mut sockets, mut failure) = (Vec::new(), None);
    for address in addresses {
        match sys::socket::listen_tcp(*address) {
            Ok(listener) => {
                sockets.push(Socket::Tcp(listener));
                // The IPv6 wildcard has taken IPv4, too.
                if address.ip().is_unspecified() {
                    break;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            // `localhost` stands for two addresses of which a host without IPv6 has one.
            Err(error) => failure = Some(error),
        }
    }
    match failure {
        Some(error) if sockets.is_empty() => Err(error),
        _ => Ok(sockets),
    }
}

/// Is this a name to be looked up? Numbers are none, and `localhost` needs no asking.
pub fn is_name(address: &str) -> bool {
    address.parse::<IpAddr>().is_err() && !address.eq_ignore_ascii_case("localhost")
}

/// Why the name that the interface is to listen at has no address.
#[derive(Debug, PartialEq, Eq)]
pub enum NoAddress {
    /// The resolver's words.
    Said(Box<str>),
    /// The resolver knows the name, and no address of it.
    NotAvailable,
    /// Nobody has asked.
    NotLookedUp,
}

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoAddress::Said(words) => words,
            NoAddress::NotAvailable => "address not available",
            NoAddress::NotLookedUp => "not looked up",
        })
    }
}

fn addresses(settings: &Httpd, port: u16) -> Result<Vec<SocketAddr>, NoAddress> {
    /// More than any name of one machine has.
    const MOST: usize = 8;
    let local = |v6: Ipv6Addr, v4: Ipv4Addr| vec![SocketAddr::from((v6, port)), (v4, port).into()];
    let Some(address) = settings.address.as_deref() else {
        return Ok(local(Ipv6Addr::UNSPECIFIED, Ipv4Addr::UNSPECIFIED));
    };
    if let Ok(ip) = address.parse::<IpAddr>() {
        return Ok(vec![(ip, port).into()]);
    }
    if address.eq_ignore_ascii_case("localhost") {
        return Ok(local(Ipv6Addr::LOCALHOST, Ipv4Addr::LOCALHOST));
    }
    let mut found = match &settings.listen {
        Listen::At(found) => found.clone(),
        Listen::Nowhere(words) => return Err(NoAddress::Said(words.clone())),
        Listen::NotLookedUp => return Err(NoAddress::NotLookedUp),
    };
    found.truncate(MOST);
    found.iter_mut().for_each(|address| address.set_port(port));
    found.dedup();
    if found.is_empty() { Err(NoAddress::NotAvailable) } else { Ok(found) }
}

#[cfg(test)]
#[path = "listener_tests.rs"]
mod tests;

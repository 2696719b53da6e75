//! Sockets std cannot make: listeners that never block, connections that are begun and not awaited, the identity of
//! a local peer.

use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat};
use nix::sys::socket::{
    AddressFamily, Backlog, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrStorage, UnixAddr, bind,
    connect, getsockopt, listen, setsockopt, sockopt,
};
use nix::sys::stat::{Mode, fstat};
use nix::unistd::{Gid, Uid, fchownat};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// Connections the kernel keeps for us until we accept them.
const BACKLOG: i32 = 128;

const FLAGS: SockFlag = SockFlag::SOCK_NONBLOCK.union(SockFlag::SOCK_CLOEXEC);

/// Who is at the other end of a unix socket, by the kernel's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerCredentials {
    /// Process that connected; may have ended since.
    pub pid: i32,
    /// Its effective user.
    pub uid: u32,
    /// Its effective group.
    pub gid: u32,
}

/// Makes close(2) break a connection (RST), so that its other end does not take what it has for all there is
/// (`SO_LINGER` of no time). Closing still waits for nothing.
pub fn reset_at_close(socket: impl AsFd) -> io::Result<()> {
    Ok(setsockopt(&socket, sockopt::Linger, &libc::linger { l_onoff: 1, l_linger: 0 })?)
}

/// The credentials of the process that connected to our unix socket (`SO_PEERCRED`).
pub fn peer_credentials(socket: impl AsFd) -> io::Result<PeerCredentials> {
    let peer = getsockopt(&socket, sockopt::PeerCredentials)?;
    Ok(PeerCredentials { pid: peer.pid(), uid: peer.uid(), gid: peer.gid() })
}

/// Who listens at `path`, by the kernel's word: the process that called listen(2), as it was then. Never waits; a queue
/// that is full is an error.
pub fn peer_at(path: &Path) -> io::Result<PeerCredentials> {
    peer_of(&UnixAddr::new(path)?)
}

/// The same of the abstract name `name`.
pub fn abstract_peer(name: &[u8]) -> io::Result<PeerCredentials> {
    peer_of(&UnixAddr::new_abstract(name)?)
}

fn peer_of(address: &UnixAddr) -> io::Result<PeerCredentials> {
    let fd = nix::sys::socket::socket(AddressFamily::Unix, SockType::Stream, FLAGS, None)?;
    connect(fd.as_raw_fd(), address)?;
    peer_credentials(&fd)
}

/// A non-blocking socket that holds an abstract name (unix(7)): it has no file and lives as long as this descriptor.
/// Until [`listen_on`] whoever asks for it is refused.
pub fn hold_abstract(name: &[u8]) -> io::Result<UnixListener> {
    let fd = nix::sys::socket::socket(AddressFamily::Unix, SockType::Stream, FLAGS, None)?;
    bind(fd.as_raw_fd(), &UnixAddr::new_abstract(name)?)?;
    Ok(UnixListener::from(fd))
}

/// Has the kernel tell whoever connects that this process listens.
pub fn listen_on(socket: &UnixListener) -> io::Result<()> {
    Ok(listen(socket, Backlog::new(BACKLOG)?)?)
}

fn family(address: &SocketAddr) -> AddressFamily {
    if address.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 }
}

/// A non-blocking TCP listener with `SO_REUSEADDR`. The IPv6 wildcard `[::]` also takes IPv4 connections, whatever the
/// host's default (`IPV6_V6ONLY` off); other addresses are what they say.
pub fn listen_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let fd = nix::sys::socket::socket(family(&address), SockType::Stream, FLAGS, SockProtocol::Tcp)?;
    setsockopt(&fd, sockopt::ReuseAddr, &true)?;
    if address.is_ipv6() {
        setsockopt(&fd, sockopt::Ipv6V6Only, &!address.ip().is_unspecified())?;
    }
    bind(fd.as_raw_fd(), &SockaddrStorage::from(address))?;
    listen(&fd, Backlog::new(BACKLOG)?)?;
    Ok(TcpListener::from(fd))
}

/// A non-blocking unix listener at `path` with exactly the permission bits `mode`, and with the owner and group given;
/// and what its file is known by, device and inode.
///
/// A socket left by a dead process is replaced; one that still answers gives `AddrInUse`, and anything else at that
/// path is never removed. At no moment is the socket open to more people than `mode` says. Mode and owner are set on
/// nothing but this socket, whatever others put in its place: the folder may be theirs.
pub fn listen_unix(
    path: &Path,
    mode: u32,
    uid: Option<u32>,
    gid: Option<u32>,
) -> io::Result<(UnixListener, (u64, u64))> {
    remove_stale(path)?;
    let fd = nix::sys::socket::socket(AddressFamily::Unix, SockType::Stream, FLAGS, None)?;
    // The socket's own mode is what bind(2) gives to the new path, less the umask. Narrow until the owner is right.
    let owned = uid.is_some() || gid.is_some();
    let first = if owned { 0o600 } else { mode };
    nix::sys::stat::fchmod(&fd, Mode::from_bits_truncate(first as libc::mode_t))?;
    bind(fd.as_raw_fd(), &UnixAddr::new(path)?)?;
    listen(&fd, Backlog::new(BACKLOG)?)?;
    let listener = UnixListener::from(fd);
    let file = openat(AT_FDCWD, path, OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC, Mode::empty())?;
    let found = fstat(&file)?;
    // Changed through its descriptor: another file may have the name by now.
    let held = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    if owned || found.st_mode & 0o7777 != mode as libc::mode_t {
        prove_own(&listener, &held)?;
        let (uid, gid) = (uid.map(Uid::from_raw), gid.map(Gid::from_raw));
        if owned {
            fchownat(&file, "", uid, gid, AtFlags::AT_EMPTY_PATH)?;
        }
        // Behind the owner, since chown(2) clears some bits.
        std::fs::set_permissions(&held, std::fs::Permissions::from_mode(mode))?;
    }
    Ok((listener, (found.st_dev, found.st_ino)))
}

/// Whether the socket whose file is held open is this listener: only we answer there.
fn prove_own(listener: &UnixListener, held: &Path) -> io::Result<()> {
    let peer = peer_at(held);
    // Our own call waits there now.
    let _ = listener.accept();
    if peer.is_ok_and(|peer| peer.pid == super::process::own_pid()) {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::PermissionDenied, "somebody else has put something in its place"))
}

fn remove_stale(path: &Path) -> io::Result<()> {
    let metadata = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !metadata.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "exists and is not a socket"));
    }
    match connect_unix(path) {
        // Only a refusal proves that nobody listens; a full queue (EAGAIN) is somebody.
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        _ => Err(io::Error::from_raw_os_error(libc::EADDRINUSE)),
    }
}

/// Begins a TCP connection, optionally from the address `source` (port 0: any). It is made, or has failed, when the
/// socket turns writable: ask [`TcpStream::take_error`] then.
pub fn connect_tcp(address: SocketAddr, source: Option<SocketAddr>) -> io::Result<TcpStream> {
    let fd = nix::sys::socket::socket(family(&address), SockType::Stream, FLAGS, SockProtocol::Tcp)?;
    if let Some(source) = source {
        bind(fd.as_raw_fd(), &SockaddrStorage::from(source))?;
    }
    begin(connect(fd.as_raw_fd(), &SockaddrStorage::from(address)))?;
    Ok(TcpStream::from(fd))
}

/// Connects to a unix stream socket. `WouldBlock`: its queue is full, nobody accepts at the moment.
pub fn connect_unix(path: &Path) -> io::Result<UnixStream> {
    let fd = nix::sys::socket::socket(AddressFamily::Unix, SockType::Stream, FLAGS, None)?;
    begin(connect(fd.as_raw_fd(), &UnixAddr::new(path)?))?;
    Ok(UnixStream::from(fd))
}

/// Two connected local sockets on which each write is one message (`SOCK_SEQPACKET`), above the standard descriptors.
/// They block.
pub(crate) fn message_pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let kind = SockType::SeqPacket;
    let (a, b) = nix::sys::socket::socketpair(AddressFamily::Unix, kind, None, SockFlag::SOCK_CLOEXEC)?;
    Ok((super::spawn::above_standard(a)?, super::spawn::above_standard(b)?))
}

fn begin(result: nix::Result<()>) -> io::Result<()> {
    match result {
        Ok(()) | Err(nix::errno::Errno::EINPROGRESS | nix::errno::Errno::EINTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A non-blocking datagram socket connected to a local path, such as `/dev/log`.
pub fn datagram_unix(path: &Path) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.connect(path)?;
    Ok(socket)
}

/// The same with a name of its own that the kernel makes up (unix(7), autobind): the other side can answer.
pub fn named_datagram_unix(path: &Path) -> io::Result<UnixDatagram> {
    let fd = nix::sys::socket::socket(AddressFamily::Unix, SockType::Datagram, FLAGS, None)?;
    bind(fd.as_raw_fd(), &UnixAddr::new_unnamed())?;
    let socket = UnixDatagram::from(fd);
    socket.connect(path)?;
    Ok(socket)
}

/// A raw ICMP (or, for IPv6, ICMPv6) socket, non-blocking. Needs root or `CAP_NET_RAW`; see icmp(7).
pub fn raw_icmp(ipv6: bool) -> io::Result<OwnedFd> {
    icmp(SockType::Raw, ipv6)
}

/// An unprivileged ICMP echo socket, where the host's `net.ipv4.ping_group_range` allows our group.
pub fn datagram_icmp(ipv6: bool) -> io::Result<OwnedFd> {
    icmp(SockType::Datagram, ipv6)
}

fn icmp(kind: SockType, ipv6: bool) -> io::Result<OwnedFd> {
    let (family, protocol) = if ipv6 {
        (AddressFamily::Inet6, SockProtocol::IcmpV6)
    } else {
        (AddressFamily::Inet, SockProtocol::Icmp)
    };
    Ok(nix::sys::socket::socket(family, kind, FLAGS, protocol)?)
}

/// Binds a socket of [`raw_icmp`] or [`datagram_icmp`] to `source` (any address of ours without one) and connects it to
/// `address`: only packets from there are received, and what routers report of it comes as an error. Returns the
/// identifier that the kernel gives to the echo requests of a datagram socket.
pub fn connect_icmp(socket: &OwnedFd, address: SocketAddr, source: Option<IpAddr>) -> io::Result<u16> {
    // The kernel would take the front of an IPv6 address for an IPv4 address.
    if source.is_some_and(|source| source.is_ipv4() != address.is_ipv4()) {
        return Err(io::Error::from_raw_os_error(libc::EAFNOSUPPORT));
    }
    let any: IpAddr =
        if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    bind(socket.as_raw_fd(), &SockaddrStorage::from(SocketAddr::new(source.unwrap_or(any), 0)))?;
    match address {
        SocketAddr::V4(_) => setsockopt(socket, sockopt::Ipv4RecvErr, &true)?,
        SocketAddr::V6(_) => setsockopt(socket, sockopt::Ipv6RecvErr, &true)?,
    }
    let name = nix::sys::socket::getsockname::<SockaddrStorage>(socket.as_raw_fd())?;
    connect(socket.as_raw_fd(), &SockaddrStorage::from(address))?;
    let v4 = name.as_sockaddr_in().map(|v4| v4.port());
    Ok(v4.or_else(|| name.as_sockaddr_in6().map(|v6| v6.port())).unwrap_or_default())
}

/// Sends one datagram through a connected socket. Never blocks.
pub fn send(socket: &OwnedFd, bytes: &[u8]) -> io::Result<usize> {
    let flags = MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT;
    Ok(nix::sys::socket::send(socket.as_raw_fd(), bytes, flags)?)
}

/// Receives one datagram. Never blocks.
pub fn receive(socket: &OwnedFd, buffer: &mut [u8]) -> io::Result<usize> {
    Ok(nix::sys::socket::recv(socket.as_raw_fd(), buffer, MsgFlags::MSG_DONTWAIT)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::Scratch;

    #[test]
    fn a_unix_listener_has_the_mode_it_was_given() {
        let folder = Scratch::new();
        let path = folder.join("ctl");
        let (listener, _) = listen_unix(&path, 0o600, None, None).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(listener.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        let _client = connect_unix(&path).unwrap();
        let (server, _) = listener.accept().unwrap();
        let peer = peer_credentials(&server).unwrap();
        assert_eq!(peer.pid, std::process::id() as i32);
        assert_eq!(peer.uid, crate::sys::process::own_uid());
    }

    #[test]
    fn a_dead_socket_is_replaced_a_living_one_is_not() {
        let folder = Scratch::new();
        let path = folder.join("ctl");
        let (first, _) = listen_unix(&path, 0o666, None, None).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o666);
        assert_eq!(first.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert_eq!(listen_unix(&path, 0o666, None, None).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(first);
        // A child that another test is forking right now holds a copy until its exec.
        while let Err(error) = listen_unix(&path, 0o666, None, None) {
            assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
            std::thread::yield_now();
        }
        let file = path.with_file_name("file");
        std::fs::write(&file, "keep").unwrap();
        assert!(listen_unix(&file, 0o600, None, None).is_err());
        assert_eq!(std::fs::read(&file).unwrap(), b"keep");
    }

    #[test]
    fn what_others_put_in_the_place_of_a_socket_is_not_touched() {
        let folder = Scratch::new();
        let (ours, theirs) = (folder.join("ours"), folder.join("theirs"));
        let (listener, _) = listen_unix(&ours, 0o600, None, None).unwrap();
        let (other, _) = listen_unix(&theirs, 0o600, None, None).unwrap();
        prove_own(&listener, &ours).unwrap();
        // Another process would answer with its own number; nobody at all, or a file, is no proof either.
        drop(other);
        for path in [&theirs, &folder.join("nothing")] {
            assert_eq!(prove_own(&listener, path).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        }
        std::fs::write(folder.join("file"), "").unwrap();
        assert!(prove_own(&listener, &folder.join("file")).is_err());
    }

    #[test]
    fn a_busy_port_is_reported() {
        let first = listen_tcp("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = first.local_addr().unwrap();
        assert_eq!(listen_tcp(address).unwrap_err().kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn the_ipv6_wildcard_takes_ipv4_too() {
        let Ok(listener) = listen_tcp("[::]:0".parse().unwrap()) else { return };
        let port = listener.local_addr().unwrap().port();
        let client = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        assert!(client.peer_addr().unwrap().is_ipv4());
    }

    #[test]
    fn a_connection_is_begun_and_not_awaited() {
        let listener = listen_tcp("127.0.0.1:0".parse().unwrap()).unwrap();
        let client = connect_tcp(listener.local_addr().unwrap(), None).unwrap();
        super::super::poll::wait_for(&client, super::super::poll::WRITE);
        assert!(client.take_error().unwrap().is_none());
        assert!(client.peer_addr().is_ok());
    }
}

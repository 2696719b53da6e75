//! Sockets that are being connected: all addresses of a name in turn, each with its share of the time that is left.

use super::failure::Failure;
use super::stream::Socket;
use crate::sys::socket::{connect_tcp, connect_unix, named_datagram_unix};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// When a socket file is tried again whose server does not keep up with accepting.
pub(super) const FULL: Duration = Duration::from_millis(50);

/// The addresses still to be tried and the socket that is being connected.
#[derive(Debug)]
pub struct Attempt {
    addresses: Rc<[SocketAddr]>,
    next: usize,
    port: u16,
    source: Option<IpAddr>,
    socket: Option<Socket>,
    /// When the present address has had its share.
    until: Instant,
    deadline: Instant,
    error: Option<io::Error>,
}

/// How far the attempt is.
#[derive(Debug)]
pub enum Contact {
    /// Wait for the socket to turn writable.
    Wait,
    /// It stands.
    Connected(Socket),
    /// No address is left.
    Failed(Failure),
}

impl Attempt {
    /// Begins with the first address. `deadline` is that of the whole attempt.
    pub fn new(
        addresses: Rc<[SocketAddr]>,
        port: u16,
        source: Option<IpAddr>,
        now: Instant,
        deadline: Instant,
    ) -> Attempt {
        let mut attempt =
            Attempt { addresses, next: 0, port, source, socket: None, until: now, deadline, error: None };
        attempt.advance(now);
        attempt
    }

    /// The socket to wait for until it is writable.
    pub fn socket(&self) -> Option<&Socket> {
        self.socket.as_ref()
    }

    /// When the next address is due.
    pub fn deadline(&self) -> Instant {
        self.until.min(self.deadline)
    }

    /// Takes the next address that can at least be begun.
    fn advance(&mut self, now: Instant) {
        self.socket = None;
        while let Some(address) = self.addresses.get(self.next) {
            self.next += 1;
            let mut address = *address;
            address.set_port(self.port);
            let source = self.source.map(|ip| SocketAddr::new(ip, 0));
            match connect_tcp(address, source) {
                Ok(socket) => {
                    // Requests are written whole: waiting for more to send with them only costs time.
                    let _ = socket.set_nodelay(true);
                    let left = self.addresses.len() - self.next + 1;
                    let share = self.deadline.saturating_duration_since(now) / left.max(1) as u32;
                    self.until = now + share;
                    self.socket = Some(Socket::Tcp(socket));
                    return;
                }
                Err(error) => self.error = Some(error),
            }
        }
    }

    /// Looks how far the connection is; `writable` when the loop found the socket ready.
    pub fn poll(&mut self, writable: bool, now: Instant) -> Contact {
        loop {
            let Some(Socket::Tcp(socket)) = &self.socket else {
                let error = self.error.take().unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into());
                return Contact::Failed(Failure::Connect(error));
            };
            let state =
                if writable || self.until <= now { socket.take_error() } else { return Contact::Wait };
            match state {
                Ok(None) if socket.peer_addr().is_ok() => match self.socket.take() {
                    Some(socket) => return Contact::Connected(socket),
                    None => continue,
                },
                Ok(None) if self.until > now => return Contact::Wait,
                Ok(None) => self.error = Some(io::Error::from_raw_os_error(TIMED_OUT)),
                Ok(Some(error)) | Err(error) => self.error = Some(error),
            }
            if self.deadline <= now {
                self.next = self.addresses.len();
            }
            self.advance(now);
            if self.socket.is_some() {
                return Contact::Wait;
            }
        }
    }
}

/// `ETIMEDOUT`, for its usual text; the number is the same on all Linux architectures but MIPS and SPARC, where the text
/// is the only thing that suffers.
const TIMED_OUT: i32 = 110;

/// A datagram socket to the first address that takes one. Nothing is sent yet.
pub fn udp(addresses: &[SocketAddr], port: u16, source: Option<IpAddr>) -> Result<Socket, Failure> {
    let mut last = None;
    for address in addresses {
        let any: IpAddr = if address.is_ipv4() { [0, 0, 0, 0].into() } else { [0u16; 8].into() };
        let mut address = *address;
        address.set_port(port);
        let bound = UdpSocket::bind(SocketAddr::new(source.unwrap_or(any), 0)).and_then(|socket| {
            socket.set_nonblocking(true)?;
            socket.connect(address)?;
            Ok(socket)
        });
        match bound {
            Ok(socket) => return Ok(Socket::Udp(socket)),
            Err(error) => last = Some(error),
        }
    }
    Err(Failure::Connect(last.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into())))
}

/// A connection to a socket file. It stands at once or not at all; `None`: too many wait for the server to accept them,
/// try again.
pub fn unix(path: &Path, datagrams: bool) -> Result<Option<Socket>, Failure> {
    let socket = match datagrams {
        true => named_datagram_unix(path).map(Socket::UnixDatagram),
        false => connect_unix(path).map(Socket::Unix),
    };
    match socket {
        Ok(socket) => Ok(Some(socket)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(Failure::Connect(error)),
    }
}

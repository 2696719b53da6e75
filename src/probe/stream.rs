//! A connection that stands: plain or TLS, non-blocking, with what is still to be written.

use super::failure::Failure;
use crate::reactor::Interest;
use crate::tls::Session;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::{UnixDatagram, UnixStream};

/// A connected socket.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum Socket {
    Tcp(TcpStream),
    Udp(UdpSocket),
    Unix(UnixStream),
    UnixDatagram(UnixDatagram),
}

impl AsRawFd for Socket {
    fn as_raw_fd(&self) -> RawFd {
        match self {
            Socket::Tcp(socket) => socket.as_raw_fd(),
            Socket::Udp(socket) => socket.as_raw_fd(),
            Socket::Unix(socket) => socket.as_raw_fd(),
            Socket::UnixDatagram(socket) => socket.as_raw_fd(),
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(socket) => socket.read(buffer),
            Socket::Udp(socket) => socket.recv(buffer),
            Socket::Unix(socket) => socket.read(buffer),
            Socket::UnixDatagram(socket) => socket.recv(buffer),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(socket) => socket.write(bytes),
            Socket::Udp(socket) => socket.send(bytes),
            Socket::Unix(socket) => socket.write(bytes),
            Socket::UnixDatagram(socket) => socket.send(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a read found.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    /// This many bytes.
    Bytes(usize),
    /// Nothing yet.
    Nothing,
    /// Nothing more will come.
    End,
}

/// Reads at the end of a connection; who talks on gets a reset after all.
const UNREAD: usize = 8;

/// A connection and what is still to be written to it.
#[derive(Debug)]
pub struct Stream {
    socket: Socket,
    tls: Option<Box<Session>>,
    out: Vec<u8>,
    written: usize,
}

impl Stream {
    /// A plain connection.
    pub fn new(socket: Socket) -> Stream {
        Stream { socket, tls: None, out: Vec::new(), written: 0 }
    }

    /// The descriptor to wait for.
    pub fn fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    /// The address it comes from, where it has one.
    pub fn local(&self) -> Option<SocketAddr> {
        match &self.socket {
            Socket::Tcp(socket) => socket.local_addr().ok(),
            Socket::Udp(socket) => socket.local_addr().ok(),
            Socket::Unix(_) | Socket::UnixDatagram(_) => None,
        }
    }

    /// Does a datagram end with each write?
    pub fn is_datagram(&self) -> bool {
        matches!(self.socket, Socket::Udp(_) | Socket::UnixDatagram(_))
    }

    /// What to wait for.
    pub fn interest(&self) -> Interest {
        let pending = self.written < self.out.len();
        Interest { read: true, write: pending || self.tls.as_ref().is_some_and(|tls| tls.wants_write()) }
    }

    /// From now on everything goes through `session`, its handshake first.
    pub fn secure(&mut self, session: Session) {
        self.tls = Some(Box::new(session));
    }

    /// The TLS session, if there is one.
    pub fn session(&self) -> Option<&Session> {
        self.tls.as_deref()
    }

    /// Goes on with the handshake; true when it is done.
    pub fn handshake(&mut self) -> Result<bool, Failure> {
        match &mut self.tls {
            Some(tls) => Ok(tls.handshake(&mut self.socket)?),
            None => Ok(true),
        }
    }

    /// Puts bytes in line to be written.
    pub fn send(&mut self, bytes: Vec<u8>) {
        if self.written >= self.out.len() {
            self.out = bytes;
            self.written = 0;
        } else {
            self.out.extend_from_slice(&bytes);
        }
    }

    /// Writes as much as goes; true when nothing is left.
    pub fn flush(&mut self) -> Result<bool, Failure> {
        loop {
            let rest = self.out.get(self.written..).unwrap_or_default();
            let result = match &mut self.tls {
                Some(tls) if rest.is_empty() => {
                    self.out = Vec::new();
                    self.written = 0;
                    return tls.flush(&mut self.socket).map_err(Failure::from);
                }
                Some(tls) => tls.write(&mut self.socket, rest)?,
                None if rest.is_empty() => {
                    self.out = Vec::new();
                    self.written = 0;
                    return Ok(true);
                }
                None => self.socket.write(rest),
            };
            match result {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::Broken(error)),
            }
        }
    }

    /// Leaves in order: the other side hears that we end, and is not told that what it said was lost, which is a broken
    /// connection in its log. Does not wait for anything.
    pub fn leave(mut self) {
        let told = match &self.socket {
            Socket::Tcp(socket) => socket.shutdown(Shutdown::Write),
            Socket::Unix(socket) => socket.shutdown(Shutdown::Write),
            Socket::Udp(_) | Socket::UnixDatagram(_) => return,
        };
        let mut rest = [0; 4096];
        for _ in 0..UNREAD {
            if told.is_err() || !matches!(self.socket.read(&mut rest), Ok(1..)) {
                return;
            }
        }
    }

    /// One read of at most `buffer`.
    pub fn receive(&mut self, buffer: &mut [u8]) -> Result<Received, Failure> {
        loop {
            let result = match &mut self.tls {
                Some(tls) => tls.read(&mut self.socket, buffer)?,
                None => self.socket.read(buffer),
            };
            return match result {
                Ok(0) if self.is_datagram() => Ok(Received::Bytes(0)),
                Ok(0) => Ok(Received::End),
                Ok(count) => Ok(Received::Bytes(count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Received::Nothing),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => Err(Failure::Broken(error)),
            };
        }
    }
}

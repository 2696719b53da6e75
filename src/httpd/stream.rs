//! The bytes of one client: over a socket of either family, as they are or within TLS. Nothing here waits.

use crate::sys;
use crate::tls::{Failure, Session};
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;

/// A socket that does not block.
#[derive(Debug)]
enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(stream) => stream.read(buffer),
            Socket::Unix(stream) => stream.read(buffer),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(stream) => stream.write(bytes),
            Socket::Unix(stream) => stream.write(bytes),
        }
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Socket::Tcp(stream) => stream.write_vectored(parts),
            Socket::Unix(stream) => stream.write_vectored(parts),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A client's socket, and the session over it if there is one.
#[derive(Debug)]
pub struct Stream {
    socket: Socket,
    secure: Option<Box<Secure>>,
}

#[derive(Debug)]
struct Secure {
    session: Session,
    begun: bool,
    ended: bool,
    /// Why there is no session.
    failure: Option<Failure>,
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Stream {
        Stream { socket: Socket::Tcp(stream), secure: None }
    }
}

impl From<UnixStream> for Stream {
    fn from(stream: UnixStream) -> Stream {
        Stream { socket: Socket::Unix(stream), secure: None }
    }
}

impl Stream {
    /// The same socket within TLS. The handshake takes place while it is read.
    pub fn secured(mut self, session: Session) -> Stream {
        self.secure = Some(Box::new(Secure { session, begun: false, ended: false, failure: None }));
        self
    }

    /// The descriptor to wait for.
    pub fn fd(&self) -> RawFd {
        match &self.socket {
            Socket::Tcp(stream) => stream.as_raw_fd(),
            Socket::Unix(stream) => stream.as_raw_fd(),
        }
    }

    /// What the client sent; 0 at the end.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.secure {
            Some(secure) => secure.read(&mut self.socket, buffer),
            None => self.socket.read(buffer),
        }
    }

    /// Takes as many bytes of `first`, and of `rest` behind it, as there is room for.
    pub fn write(&mut self, first: &[u8], rest: &[u8]) -> io::Result<usize> {
        match self.secure.as_deref_mut() {
            Some(Secure { session, failure, .. }) => {
                let bytes = if first.is_empty() { rest } else { first };
                session.write(&mut self.socket, bytes).unwrap_or_else(|error| Err(broken(failure, error)))
            }
            None => self.socket.write_vectored(&[IoSlice::new(first), IoSlice::new(rest)]),
        }
    }

    /// Whoever still reads when the connection is closed is told that it broke, not that it ended.
    pub fn break_at_close(&self) {
        if let Socket::Tcp(stream) = &self.socket {
            // Without it he is told what he could also have seen.
            let _ = sys::socket::reset_at_close(stream);
        }
    }

    /// Is it within TLS?
    pub fn is_secure(&self) -> bool {
        self.secure.is_some()
    }

    /// `false`: what was taken is not on its way yet, ask again when there is room.
    pub fn flush(&mut self) -> io::Result<bool> {
        match self.secure.as_deref_mut() {
            Some(Secure { session, failure, .. }) => {
                session.flush(&mut self.socket).map_err(|error| broken(failure, error))
            }
            None => Ok(true),
        }
    }

    /// Nothing more is written. `false`: what was taken is not on its way yet, ask again when there is room.
    pub fn end_writing(&mut self) -> io::Result<bool> {
        if let Some(Secure { session, ended, failure, .. }) = self.secure.as_deref_mut() {
            if !std::mem::replace(ended, true) {
                session.farewell();
            }
            if !session.flush(&mut self.socket).map_err(|error| broken(failure, error))? {
                return Ok(false);
            }
        }
        match &self.socket {
            Socket::Tcp(stream) => stream.shutdown(Shutdown::Write)?,
            Socket::Unix(stream) => stream.shutdown(Shutdown::Write)?,
        }
        Ok(true)
    }

    /// Whatever the client still sends, as it comes: nobody is going to read it.
    pub fn discard(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.read(buffer)
    }

    /// Must something be written before anything is read?
    pub fn wants_write(&self) -> bool {
        self.secure.as_ref().is_some_and(|secure| secure.session.wants_write())
    }

    /// Is there something to be read that the socket does not tell of, having given it already?
    pub fn holds_text(&mut self) -> bool {
        self.secure.as_mut().is_some_and(|secure| secure.session.holds_text())
    }

    /// Why TLS came to nothing, if it did. Told once.
    pub fn take_failure(&mut self) -> Option<Failure> {
        self.secure.as_mut()?.failure.take()
    }
}

impl Secure {
    fn read(&mut self, socket: &mut Socket, buffer: &mut [u8]) -> io::Result<usize> {
        let Secure { session, begun, failure, .. } = self;
        if !*begun {
            *begun = session.handshake(socket).map_err(|error| broken(failure, error))?;
            if !*begun {
                return Err(ErrorKind::WouldBlock.into());
            }
        }
        if !session.flush(socket).map_err(|error| broken(failure, error))? {
            return Err(ErrorKind::WouldBlock.into());
        }
        match session.read(socket, buffer) {
            Ok(count) => count,
            Err(error) => Err(broken(failure, error)),
        }
    }
}

/// Keeps the reason, unless it is a client that just went away.
fn broken(kept: &mut Option<Failure>, failure: Failure) -> io::Error {
    if !matches!(failure, Failure::Closed | Failure::Broken(_)) {
        *kept = Some(failure);
    }
    ErrorKind::ConnectionAborted.into()
}

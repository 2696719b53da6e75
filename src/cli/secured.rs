//! The way to a daemon whose interface speaks TLS.

use super::client::{Failure, GLANCE, PATIENCE};
use crate::config::Tls;
use crate::sys;
use crate::tls::{self, Options, Session};
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

/// A TCP connection within TLS.
#[derive(Debug)]
pub(super) struct Secured {
    session: Session,
    socket: TcpStream,
}

impl Secured {
    /// Connects, and makes sure that it is our daemon: it shows the certificate of `pemfile` or `pemchain`. Who may not read
    /// that file verifies it as everybody else would. Where clients need a certificate it is that of `clientpemfile`, if
    /// there is a key in it.
    pub fn connect(own: &Tls, host: &str, port: u32) -> Result<Secured, Failure> {
        let server = own.pemfile.as_deref().or(own.pemchain.as_deref());
        let checksum = server.and_then(|path| tls::checksum_of(path).ok());
        let options = Options {
            verify: checksum.is_none(),
            checksum,
            client_pem: own.clientpemfile.clone().filter(|path| tls::has_key(path)),
            versions: own.versions.unwrap_or(Options::new(&Tls::default(), &Tls::default(), None).versions),
            ..Options::new(&Tls::default(), &Tls::default(), None)
        };
        let unreachable = |error: io::Error| Failure::Connect(host.into(), port, sys::error_text(&error));
        let number = u16::try_from(port).map_err(|_| unreachable(ErrorKind::InvalidInput.into()))?;
        let mut socket = TcpStream::connect((host, number)).map_err(unreachable)?;
        socket.set_read_timeout(Some(GLANCE)).map_err(unreachable)?;
        socket.set_write_timeout(Some(PATIENCE)).map_err(unreachable)?;
        let mut session = Session::new(&options, Some(host)).map_err(Failure::Tls)?;
        let begun = Instant::now();
        while !session.handshake(&mut socket).map_err(Failure::Tls)? {
            if begun.elapsed() >= PATIENCE {
                return Err(Failure::Silent);
            }
        }
        Ok(Secured { session, socket })
    }
}

impl Read for Secured {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.session
            .read(&mut self.socket, buffer)
            .map_err(|failure| io::Error::other(failure.to_string()))?
    }
}

impl Write for Secured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.session
            .write(&mut self.socket, bytes)
            .map_err(|failure| io::Error::other(failure.to_string()))?
    }

    fn flush(&mut self) -> io::Result<()> {
        self.session
            .flush(&mut self.socket)
            .map(drop)
            .map_err(|failure| io::Error::other(failure.to_string()))
    }
}

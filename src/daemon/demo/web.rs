//! The demo's web server: a process of its own that says one page to whoever asks, one after the other.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

/// Most of a request that is read, and the time a client gets for it, and for the page.
const LONGEST: usize = 4096;
const PATIENCE: Duration = Duration::from_secs(2);
const PAGE: &str = "It works.\n";

/// A port that is free just now.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Serves on this port of the loopback address until it is killed.
pub fn serve(port: u16) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    for client in listener.incoming() {
        // A client that gives up is its own affair; so is one that has never been there.
        let _ = client.and_then(answer);
    }
    Ok(())
}

fn answer(mut client: TcpStream) -> io::Result<()> {
    client.set_read_timeout(Some(PATIENCE))?;
    client.set_write_timeout(Some(PATIENCE))?;
    let mut request = Vec::new();
    let mut chunk = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < LONGEST {
        let count = client.read(&mut chunk)?;
        if count == 0 {
            return Ok(());
        }
        request.extend_from_slice(chunk.get(..count).unwrap_or_default());
    }
    let body = if request.starts_with(b"HEAD ") { "" } else { PAGE };
    let length = PAGE.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    client.write_all(head.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_its_page() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = std::thread::spawn(move || answer(listener.accept().unwrap().0));
        let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut said = String::new();
        client.read_to_string(&mut said).unwrap();
        assert!(said.starts_with("HTTP/1.1 200 OK\r\n") && said.ends_with("\r\n\r\nIt works.\n"), "{said}");
        thread.join().unwrap().unwrap();
    }
}

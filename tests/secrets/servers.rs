//! Servers that say back what they were told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Listens, and serves each connection by itself.
fn serve(serve: impl Fn(TcpStream) -> Option<()> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let port = listener.local_addr().expect("address").port();
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
            // A client that goes away is no fault of the test.
            std::thread::spawn(move || serve(stream));
        }
    });
    port
}

/// How an HTTP server says back what it was told.
#[derive(Clone, Copy)]
pub enum Way {
    /// As the words behind its status.
    Status(&'static str),
    /// In no HTTP at all.
    Raw,
    /// As the place to go on at.
    Elsewhere,
}

/// Answers request after request in these ways, then takes all.
pub fn http(ways: &'static [Way]) -> u16 {
    let count = AtomicUsize::new(0);
    serve(move |mut stream| {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body).ok()?;
        let heard = head.replace("\r\n", " ");
        let target = head.split(' ').nth(1)?;
        let answer = match ways.get(count.fetch_add(1, Ordering::Relaxed)) {
            // The line of a request is short; of its headers those of ours come last.
            Some(Way::Status(code)) => {
                let (first, last) = (heard.get(..70).unwrap_or(&heard), heard.len().saturating_sub(130));
                format!("HTTP/1.1 {code} {first} {}\r\nX: {heard}\r\n", &heard[last..])
            }
            Some(Way::Raw) => format!("{heard}\r\n"),
            Some(Way::Elsewhere) => format!("HTTP/1.1 302 {heard}\r\nLocation: gopher://x{target}\r\n"),
            None => "HTTP/1.1 200 OK\r\nServer: mmonit/4.0\r\n".to_owned(),
        };
        stream.write_all(format!("{answer}Content-Length: {}\r\n\r\n{heard}", heard.len()).as_bytes()).ok()
    })
}

/// A mail server that offers this way to log in, and answers with code and what was said.
pub fn mail(auth: &'static str, code: &'static str) -> u16 {
    serve(move |mut stream| {
        let lines = BufReader::new(stream.try_clone().ok()?).lines().map_while(Result::ok);
        stream.write_all(b"220 mx\r\n").ok()?;
        let mut asked = 0;
        for line in lines {
            let answer = match line.split(' ').next()? {
                "EHLO" => format!("250-mx\r\n250 AUTH {auth}"),
                "AUTH" if line.ends_with("LOGIN") => "334 VXNlcm5hbWU6".to_owned(),
                "AUTH" if line.ends_with("CRAM-MD5") => "334 PDFAbXg+".to_owned(),
                "AUTH" => format!("{code} no: {line}"),
                "QUIT" => "221 bye".to_owned(),
                // The user of LOGIN; then its password, or the answer to CRAM-MD5.
                _ if auth == "LOGIN" && asked == 0 => {
                    asked += 1;
                    "334 UGFzc3dvcmQ6".to_owned()
                }
                _ => format!("{code} no: {line}"),
            };
            stream.write_all(format!("{answer}\r\n").as_bytes()).ok()?;
        }
        Some(())
    })
}

/// Says this first, and then what it hears, with something before and behind it.
pub fn parrot(greeting: &'static [u8], before: fn(&[u8]) -> Vec<u8>) -> u16 {
    serve(move |mut stream| {
        stream.write_all(greeting).ok()?;
        let mut buffer = [0; 4096];
        loop {
            let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
            stream.write_all(&before(&buffer[..count])).ok()?;
        }
    })
}

/// The same by datagrams.
pub fn udp_parrot() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("bind");
    let port = socket.local_addr().expect("address").port();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((count, from)) = socket.recv_from(&mut buffer) {
            let _ = socket.send_to(&buffer[..count], from);
        }
    });
    port
}

/// What a line of text says back.
pub fn line(heard: &[u8]) -> Vec<u8> {
    [b"-ERR 500 no: ", heard, b"\r\n"].concat()
}

/// What MySQL says after its greeting: an error with what it heard.
pub fn mysql(heard: &[u8]) -> Vec<u8> {
    let text: Vec<u8> =
        heard.iter().skip(36).map(|byte| if byte.is_ascii_graphic() { *byte } else { b' ' }).collect();
    let body = [b"\xff\x15\x04#28000", &*text].concat();
    let length = (body.len() as u32).to_le_bytes();
    [&length[..3], b"\x02", &body].concat()
}

/// The greeting of MySQL 8.
pub const MYSQL: &[u8] = b"\x4a\0\0\0\x0a8.0.36\0\x08\0\0\0abcdefgh\0\xff\xff\xff\x02\0\xff\xdf\x15\0\0\0\0\0\0\0\0\0\0ijklmnopqrst\0mysql_native_password\0";

/// What PostgreSQL says: at first that it wants a password in clear text, then an error with what it heard.
pub fn pgsql(heard: &[u8]) -> Vec<u8> {
    if heard.first() != Some(&b'p') {
        return b"R\0\0\0\x08\0\0\0\x03".to_vec();
    }
    let text: Vec<u8> = heard.iter().skip(5).filter(|byte| **byte != 0).copied().collect();
    let fields = [b"SFATAL\0C28P01\0Mno: ", &*text, b"\0\0"].concat();
    [b"E", &(fields.len() as u32 + 4).to_be_bytes()[..], &fields].concat()
}

/// What was heard.
pub fn same(heard: &[u8]) -> Vec<u8> {
    heard.to_vec()
}

//! A mail server for tests, in a thread of its own, with every bad habit one can meet.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a server does instead of its duty when it hears (or, for the greeting, before it says) something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Says nothing, for as long as the client stays.
    Silent,
    /// Says this instead.
    Says(&'static str),
    /// Closes the connection.
    Hangs,
    /// Says a byte now and then, never a whole line.
    Trickles,
    /// Says lines that never end the reply.
    Endless,
    /// Says a megabyte without an end of line.
    LongLine,
    /// Says bytes that are no text, in lines.
    Garbage,
}

/// What a server allows itself and others.
#[derive(Debug, Default)]
pub struct Rules {
    /// How long it takes for each message.
    pub pause: Duration,
    /// Connections it lets in at the same time; the next one is told to go away. 0: any number.
    pub most: u32,
    /// It closes the connection instead of taking each so-many-th message. 0: never.
    pub unreliable: u32,
}

/// The moments of a dialogue. `Dot` is the end of a message.
pub const MOMENTS: [&str; 6] = ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "dot"];

#[derive(Debug, Default)]
struct Seen {
    mails: Vec<(String, String)>,
    connections: u32,
    open: u32,
    /// The most that were open at the same time, those sent away not counted.
    widest: u32,
    offered: u32,
}

/// The server. Its thread ends with the test process.
pub struct FakeServer {
    pub port: u16,
    seen: Arc<Mutex<Seen>>,
    habit: Arc<Mutex<Option<(&'static str, Habit)>>>,
}

impl FakeServer {
    pub fn start() -> FakeServer {
        FakeServer::with(None)
    }

    pub fn ruled(rules: Rules) -> FakeServer {
        FakeServer::listen(None, rules, |stream| Box::new(stream))
    }

    /// One that has `habit` at this moment.
    pub fn with(habit: Option<(&'static str, Habit)>) -> FakeServer {
        FakeServer::listen(habit, Rules::default(), |stream| Box::new(stream))
    }

    /// One that speaks TLS from the first byte, with certificate and key from this file.
    #[cfg(feature = "tls")]
    pub fn tls(pem: &std::path::Path) -> FakeServer {
        use rustls::pki_types::pem::PemObject;
        use rustls::pki_types::{CertificateDer, PrivateKeyDer};
        let chain = CertificateDer::pem_file_iter(pem).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(pem).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder =
            rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = builder.unwrap().with_no_client_auth().with_single_cert(chain, key).unwrap();
        let config = Arc::new(config);
        FakeServer::listen(None, Rules::default(), move |stream| {
            let session = rustls::ServerConnection::new(config.clone()).unwrap();
            Box::new(rustls::StreamOwned::new(session, stream))
        })
    }

    fn listen(
        habit: Option<(&'static str, Habit)>,
        rules: Rules,
        wrap: impl Fn(TcpStream) -> Box<dyn Stream> + Send + 'static,
    ) -> FakeServer {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let habit = Arc::new(Mutex::new(habit));
        let rules = Arc::new(rules);
        let server = FakeServer { port, seen: seen.clone(), habit: habit.clone() };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, habit, rules) = (seen.clone(), habit.clone(), rules.clone());
                let mut stream = wrap(stream);
                std::thread::spawn(move || {
                    let full = {
                        let mut seen = seen.lock().unwrap();
                        seen.connections += 1;
                        let full = rules.most > 0 && seen.open >= rules.most;
                        seen.open += 1;
                        seen.widest = seen.widest.max(seen.open - u32::from(full));
                        full
                    };
                    // A client that leaves is not this thread's affair.
                    let _ = match full {
                        true => stream.write_all(b"421 too many connections from you\r\n"),
                        false => serve(&mut *stream, &seen, &habit, &rules),
                    };
                    seen.lock().unwrap().open -= 1;
                });
            }
        });
        server
    }

    /// From now on an ordinary server.
    pub fn mend(&self) {
        *self.habit.lock().unwrap() = None;
    }

    /// Recipient and text of each message accepted.
    pub fn mails(&self) -> Vec<(String, String)> {
        self.seen.lock().unwrap().mails.clone()
    }

    pub fn connections(&self) -> u32 {
        self.seen.lock().unwrap().connections
    }

    /// The most connections at the same time.
    pub fn widest(&self) -> u32 {
        self.seen.lock().unwrap().widest
    }
}

fn misbehave(stream: &mut dyn Stream, habit: Habit) -> std::io::Result<()> {
    let pause = Duration::from_millis(10);
    match habit {
        Habit::Says(text) => write!(stream, "{text}\r\n"),
        Habit::Hangs => Err(std::io::ErrorKind::ConnectionAborted.into()),
        // Until the client has had enough.
        Habit::Silent => std::io::copy(stream, &mut std::io::sink()).map(drop),
        Habit::Trickles => loop {
            stream.write_all(b"2")?;
            std::thread::sleep(pause);
        },
        Habit::Endless => loop {
            stream.write_all(b"250-more\r\n")?;
            std::thread::sleep(pause);
        },
        Habit::LongLine => {
            stream.write_all(&vec![b'2'; 1024 * 1024])?;
            std::io::copy(stream, &mut std::io::sink()).map(drop)
        }
        Habit::Garbage => stream.write_all(b"\xff\x00\x80 \x1b[2J\xfe\r\n\xf0\x9f\r\n"),
    }
}

trait Stream: Read + Write + Send {}

impl<S: Read + Write + Send> Stream for S {}

/// Appends a line to `text`; false at the end.
fn read_line(stream: &mut dyn Stream, text: &mut String) -> std::io::Result<bool> {
    let mut line = Vec::new();
    let mut byte = [0u8; 1];
    while line.last() != Some(&b'\n') {
        if stream.read(&mut byte)? == 0 {
            return Ok(false);
        }
        line.push(byte[0]);
    }
    text.push_str(&String::from_utf8_lossy(&line));
    Ok(true)
}

fn serve(
    stream: &mut dyn Stream,
    seen: &Mutex<Seen>,
    habit: &Mutex<Option<(&'static str, Habit)>>,
    rules: &Rules,
) -> std::io::Result<()> {
    let bad = |moment: &str| habit.lock().unwrap().filter(|(at, _)| *at == moment).map(|(_, habit)| habit);
    match bad("greeting") {
        Some(habit) => misbehave(stream, habit)?,
        None => stream.write_all(b"220 fake\r\n")?,
    }
    let mut to = String::new();
    let mut line = String::new();
    loop {
        line.clear();
        if !read_line(stream, &mut line)? {
            return Ok(());
        }
        let command = line.split([' ', '\r']).next().unwrap_or_default();
        if let Some(habit) = bad(command) {
            misbehave(stream, habit)?;
            continue;
        }
        match command {
            "EHLO" => stream.write_all(b"250-fake\r\n250 8BITMIME\r\n")?,
            "MAIL"
                if rules.unreliable > 0 && {
                    let mut seen = seen.lock().unwrap();
                    seen.offered += 1;
                    seen.offered % rules.unreliable == 0
                } =>
            {
                return Ok(());
            }
            "RCPT" => {
                to = line.trim().trim_start_matches("RCPT TO: <").trim_end_matches('>').to_owned();
                stream.write_all(b"250 ok\r\n")?;
            }
            "DATA" => {
                stream.write_all(b"354 go\r\n")?;
                let mut text = String::new();
                while !text.ends_with("\r\n.\r\n") {
                    if !read_line(stream, &mut text)? {
                        return Ok(());
                    }
                }
                std::thread::sleep(rules.pause);
                let dot = bad("dot");
                // One that hangs up here has accepted: the acknowledgement is what gets lost.
                if dot.is_none() || dot == Some(Habit::Hangs) {
                    seen.lock().unwrap().mails.push((to.clone(), text));
                }
                match dot {
                    Some(habit) => misbehave(stream, habit)?,
                    None => stream.write_all(b"250 queued\r\n")?,
                }
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n")?;
                return Ok(());
            }
            _ => stream.write_all(b"250 ok\r\n")?,
        }
    }
}

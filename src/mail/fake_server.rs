//! A mail server for tests, in a thread of its own, with every bad habit one can meet.

use std::io::{BufRead, BufReader, Write};
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
}

/// The moments of a dialogue. `Dot` is the end of a message.
pub const MOMENTS: [&str; 6] = ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "dot"];

#[derive(Debug, Default)]
struct Seen {
    mails: Vec<(String, String)>,
    connections: u32,
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

    /// One that has `habit` at this moment.
    pub fn with(habit: Option<(&'static str, Habit)>) -> FakeServer {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let habit = Arc::new(Mutex::new(habit));
        let server = FakeServer { port, seen: seen.clone(), habit: habit.clone() };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, habit) = (seen.clone(), habit.clone());
                std::thread::spawn(move || {
                    seen.lock().unwrap().connections += 1;
                    // A client that leaves is not this thread's affair.
                    let _ = serve(stream, &seen, &habit);
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
}

fn misbehave(stream: &mut TcpStream, habit: Habit) -> std::io::Result<()> {
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
    }
}

fn serve(
    mut stream: TcpStream,
    seen: &Mutex<Seen>,
    habit: &Mutex<Option<(&'static str, Habit)>>,
) -> std::io::Result<()> {
    let bad = |moment: &str| habit.lock().unwrap().filter(|(at, _)| *at == moment).map(|(_, habit)| habit);
    let mut reader = BufReader::new(stream.try_clone()?);
    match bad("greeting") {
        Some(habit) => misbehave(&mut stream, habit)?,
        None => stream.write_all(b"220 fake\r\n")?,
    }
    let mut to = String::new();
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let command = line.split([' ', '\r']).next().unwrap_or_default();
        if let Some(habit) = bad(command) {
            misbehave(&mut stream, habit)?;
            continue;
        }
        match command {
            "EHLO" => stream.write_all(b"250-fake\r\n250 8BITMIME\r\n")?,
            "RCPT" => {
                to = line.trim().trim_start_matches("RCPT TO: <").trim_end_matches('>').to_owned();
                stream.write_all(b"250 ok\r\n")?;
            }
            "DATA" => {
                stream.write_all(b"354 go\r\n")?;
                let mut text = String::new();
                while !text.ends_with("\r\n.\r\n") {
                    if reader.read_line(&mut text)? == 0 {
                        return Ok(());
                    }
                }
                let dot = bad("dot");
                // One that hangs up here has accepted: the acknowledgement is what gets lost.
                if dot.is_none() || dot == Some(Habit::Hangs) {
                    seen.lock().unwrap().mails.push((to.clone(), text));
                }
                match dot {
                    Some(habit) => misbehave(&mut stream, habit)?,
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

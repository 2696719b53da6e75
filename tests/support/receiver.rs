//! Receivers of requests by HTTP that keep what they got and answer as the test says.

use super::eventually;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// What a receiver got.
#[derive(Debug, Clone)]
pub struct Request {
    pub path: String,
    pub head: String,
    pub body: String,
    pub at: Instant,
}

/// What it does about it.
#[derive(Clone, Copy)]
pub enum Reply {
    Says(&'static str),
    /// These bytes, then the end.
    Bytes(&'static str),
    /// The first, then the second again and again, until the client has had enough.
    Floods(&'static str, &'static str),
    Cuts,
    Stalls,
}

impl Reply {
    /// On the client's connection.
    pub fn carry_out(self, mut stream: TcpStream) -> Option<()> {
        match self {
            Reply::Says(text) => {
                stream.write_all(format!("HTTP/1.1 {text}\r\nContent-Length: 0\r\n\r\n").as_bytes()).ok()
            }
            Reply::Bytes(text) => stream.write_all(text.as_bytes()).ok(),
            Reply::Floods(first, more) => {
                stream.write_all(first.as_bytes()).ok()?;
                let more = more.repeat(1000);
                while stream.write_all(more.as_bytes()).is_ok() {}
                None
            }
            Reply::Cuts => None,
            // Until the client has had enough.
            Reply::Stalls => stream.read(&mut [0]).ok().map(drop),
        }
    }
}

pub const TAKES: Reply = Reply::Says("200 OK");

/// A receiver: `reply` decides by the path and how many requests for it there were before.
pub struct Receiver {
    /// On 127.0.0.1.
    pub port: u16,
    got: Arc<Mutex<Vec<Request>>>,
}

impl Receiver {
    /// Listens from now on.
    pub fn start(reply: impl Fn(&str, usize) -> Reply + Send + Sync + 'static) -> Receiver {
        Receiver::at(0, reply)
    }

    /// The same at this port.
    pub fn at(port: u16, reply: impl Fn(&str, usize) -> Reply + Send + Sync + 'static) -> Receiver {
        let listener = eventually("the port", || TcpListener::bind(("127.0.0.1", port)).ok());
        let port = listener.local_addr().expect("address").port();
        let got = Arc::new(Mutex::new(Vec::new()));
        let (inbox, reply) = (got.clone(), Arc::new(reply));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (inbox, reply) = (inbox.clone(), reply.clone());
                // A client that goes away is no fault of the test.
                std::thread::spawn(move || serve(stream, &inbox, &*reply));
            }
        });
        Receiver { port, got }
    }

    /// How many requests there were.
    pub fn count(&self) -> usize {
        self.got.lock().unwrap().len()
    }

    /// Those for `path` so far.
    pub fn requests(&self, path: &str) -> Vec<Request> {
        self.got.lock().unwrap().iter().filter(|request| request.path == path).cloned().collect()
    }

    /// The same, when there are `count`.
    pub fn wait(&self, path: &str, count: usize) -> Vec<Request> {
        eventually(&format!("{count} requests for {path}"), || {
            let found = self.requests(path);
            (found.len() >= count).then_some(found)
        })
    }
}

fn serve(
    stream: TcpStream,
    inbox: &Mutex<Vec<Request>>,
    reply: &(dyn Fn(&str, usize) -> Reply + Send + Sync),
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let length = length.map_or(Some(0), |length| length.parse().ok())?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let path = head.split(' ').nth(1)?.to_owned();
    let before = {
        let mut inbox = inbox.lock().unwrap();
        let before = inbox.iter().filter(|request| request.path == path).count();
        let body = String::from_utf8(body).ok()?;
        inbox.push(Request { path: path.clone(), head, body, at: Instant::now() });
        before
    };
    reply(&path, before).carry_out(stream)
}

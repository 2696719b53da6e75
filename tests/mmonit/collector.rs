//! A collector on loopback that notes what it is sent.

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::support::http::unpack;
pub use super::support::receiver::Reply;
use super::support::{PATIENCE, eventually};
use super::xml::{Node, parse};

/// A message.
#[derive(Debug, Clone)]
pub struct Post {
    /// Request line and headers.
    pub head: String,
    /// The document, unpacked.
    pub text: String,
}

impl Post {
    /// The document taken apart.
    pub fn document(&self) -> Node {
        parse(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// Did it come packed?
    pub fn packed(&self) -> bool {
        self.head.contains("\r\nContent-Encoding: gzip\r\n")
    }

    /// What the event says; `None`: it is only about how the services are.
    pub fn message(&self) -> Option<String> {
        self.document().at("event/message").map(str::to_owned)
    }

    /// `Authorization`, decoded.
    pub fn login(&self) -> Option<String> {
        use base64::Engine;
        let (_, rest) = self.head.split_once("\r\nAuthorization: Basic ")?;
        let bytes = base64::engine::general_purpose::STANDARD.decode(rest.lines().next()?).ok()?;
        String::from_utf8(bytes).ok()
    }
}

/// As M/Monit 4 does.
pub const TAKES: Reply = Reply::Says("200 OK\r\nServer: mmonit/4.0");

/// One that can be turned off and on again.
pub struct Collector {
    /// Where it listens, on or off.
    pub port: u16,
    got: Arc<Mutex<Vec<Post>>>,
    stop: Arc<Mutex<bool>>,
}

impl Collector {
    /// `reply` decides by the message and how many there were before.
    pub fn start(reply: impl Fn(&Post, usize) -> Reply + Send + Sync + 'static) -> Collector {
        Collector::at(0, reply)
    }

    /// The same at this port.
    pub fn at(port: u16, reply: impl Fn(&Post, usize) -> Reply + Send + Sync + 'static) -> Collector {
        let listener = eventually("the port", || TcpListener::bind(("127.0.0.1", port)).ok());
        let port = listener.local_addr().expect("address").port();
        let got = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(Mutex::new(false));
        let (inbox, reply, end) = (got.clone(), Arc::new(reply), stop.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if *end.lock().unwrap() {
                    return;
                }
                let (inbox, reply) = (inbox.clone(), reply.clone());
                // A client that goes away is no fault of the test.
                std::thread::spawn(move || serve(stream, &inbox, &*reply));
            }
        });
        Collector { port, got, stop }
    }

    /// Listens no more.
    pub fn turn_off(self) -> u16 {
        *self.stop.lock().unwrap() = true;
        // Wakes the one who accepts; whoever connects next is refused.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        let end = Instant::now() + PATIENCE;
        while TcpStream::connect_timeout(&([127, 0, 0, 1], self.port).into(), Duration::from_secs(1)).is_ok()
        {
            assert!(Instant::now() < end, "the collector goes on");
        }
        self.port
    }

    /// What came so far.
    pub fn posts(&self) -> Vec<Post> {
        self.got.lock().unwrap().clone()
    }

    /// What the events said that came so far.
    pub fn messages(&self) -> Vec<String> {
        self.posts().iter().filter_map(Post::message).collect()
    }

    /// Waits for so many messages.
    pub fn wait(&self, count: usize) -> Vec<Post> {
        eventually(&format!("{count} messages"), || Some(self.posts()).filter(|posts| posts.len() >= count))
    }

    /// Waits for an event that says this.
    pub fn wait_event(&self, text: &str) -> Post {
        let says = |post: &Post| post.message().is_some_and(|message| message.contains(text));
        eventually(&format!("the event {text:?}"), || self.posts().into_iter().find(says))
    }
}

fn serve(
    stream: TcpStream,
    inbox: &Mutex<Vec<Post>>,
    reply: &(dyn Fn(&Post, usize) -> Reply + Send + Sync),
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "))?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = if head.contains("gzip") { unpack(body) } else { body };
    let post = Post { head, text: String::from_utf8(body).expect("UTF-8") };
    let before = {
        let mut inbox = inbox.lock().unwrap();
        inbox.push(post.clone());
        inbox.len() - 1
    };
    reply(&post, before).carry_out(stream)
}

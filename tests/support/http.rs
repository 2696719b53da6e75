//! A client that writes what it is told: one request, one answer.

use super::{PATIENCE, eventually, spawn};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

/// A connection to the interface as soon as it is open: certificates are read beside the first cycle, and a port that
/// is taken is asked for again, so that a first cycle which is over says nothing about the door.
pub fn connect(port: u16) -> TcpStream {
    let stream = eventually("an open interface", || TcpStream::connect(("127.0.0.1", port)).ok());
    stream.set_read_timeout(Some(PATIENCE)).expect("timeout");
    stream
}

/// Head and body of the answer to `request`.
pub fn ask(port: u16, request: &str) -> (String, String) {
    let mut stream = connect(port);
    stream.write_all(request.as_bytes()).expect("write");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer in UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head.to_owned(), body.to_owned())
}

/// What is packed with gzip, unpacked by the program that everybody has.
pub fn unpack(bytes: Vec<u8>) -> Vec<u8> {
    let (read, write) = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).expect("pipe");
    let writer = std::thread::spawn(move || std::fs::File::from(write).write_all(&bytes));
    let gzip = spawn(Command::new("gzip").arg("-dc").stdin(read).stdout(Stdio::piped()));
    let output = gzip.wait_with_output().expect("gzip");
    assert!(output.status.success(), "not gzip");
    writer.join().expect("a thread").expect("write");
    output.stdout
}

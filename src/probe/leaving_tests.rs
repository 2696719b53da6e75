//! How a conversation leaves its server.

use super::driver::tests::{TOKEN, target};
use super::{Probe, Resolver};
use crate::protocol::{Next, Protocol};
use crate::reactor::Readiness;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::time::Instant;

/// Asks nothing.
#[derive(Debug)]
struct Silent;

impl Protocol for Silent {
    fn start(&mut self) -> Next {
        Next::Done
    }

    fn input(&mut self, _: &[u8], _: bool) -> Next {
        Next::Done
    }
}

#[test]
fn what_a_server_said_is_not_thrown_back_at_it() {
    // Its greeting is there before we close, and nobody has asked for it: not read, it would make the close a reset.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let place = target("127.0.0.1", listener.local_addr().unwrap().port());
    let mut resolver = Resolver::knowing("localhost", &[]);
    let mut probe = Probe::start(place, Silent, TOKEN, Instant::now(), &mut resolver);
    assert!(probe.result().is_none(), "it has not been looked at yet");
    let mut server = listener.accept().unwrap().0;
    server.write_all(b"220 at your service\r\n").unwrap();
    let ready = Readiness { readable: true, writable: true, ..Default::default() };
    while probe.result().is_none() {
        probe.on_ready(ready, Instant::now());
        probe.on_tick(Instant::now(), &mut resolver);
    }
    assert!(probe.into_result().1.unwrap().is_ok());
    let mut rest = Vec::new();
    assert_eq!(server.read_to_end(&mut rest).unwrap(), 0, "an end, no reset");
}

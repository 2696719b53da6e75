//! Ports of the loopback address: free ones, and one where nobody listens.

use super::eventually;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn, bind, getsockname, socket};
use std::net::TcpListener;
use std::os::fd::IntoRawFd;
use std::sync::atomic::{AtomicU32, Ordering};

/// A port on the loopback address that nobody uses now. It is none of those that the kernel gives to connections and to
/// whoever asks for any port, so that no other test is met there later.
pub fn free_port() -> u16 {
    const FIRST: u32 = 10_000;
    const COUNT: u32 = 22_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Tests that run at the same time begin far from each other.
    let begin = std::process::id().wrapping_mul(7919);
    eventually("a free port", || {
        let number = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = u16::try_from(FIRST + number).ok()?;
        TcpListener::bind(("127.0.0.1", port)).is_ok().then_some(port)
    })
}

/// A port where whoever connects is refused as long as this process lives: it is taken, and nobody listens.
pub fn refusing_port() -> u16 {
    let held = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).expect("a socket");
    let held = held.into_raw_fd();
    bind(held, &SockaddrIn::new(127, 0, 0, 1, 0)).expect("a port");
    getsockname::<SockaddrIn>(held).expect("its number").port()
}

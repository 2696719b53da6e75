//! Any bytes, in any pieces: the HTTP codec never panics, never keeps more than it says, and gives the same request
//! however the bytes are cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use monit_rs::httpd::codec::{Codec, Event};

const BODY: usize = 4096;

fn read(pieces: impl Iterator<Item = impl AsRef<[u8]>>) -> Event {
    let mut codec = Codec::new(BODY);
    for piece in pieces {
        match codec.receive(piece.as_ref()) {
            Event::NeedMore => {}
            other => return other,
        }
    }
    Event::NeedMore
}

fuzz_target!(|input: (u8, &[u8])| {
    let (size, bytes) = input;
    let whole = read(std::iter::once(bytes));
    assert_eq!(whole, read(bytes.chunks(usize::from(size).max(1))));
    if let Event::Request(request) = whole {
        assert!(request.path.starts_with('/') || request.path.is_empty());
        assert!(!request.target.chars().any(char::is_control), "it goes into a header");
    }
});

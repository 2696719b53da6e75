//! Plays a dialogue against a written transcript, whole and split at every byte.
//!
//! One step per line: `S: ` what the server says, `C: ` what must be sent, `TLS` where the handshake happens,
//! `EOF` where the server closes. CR LF is added to what is said.

use super::{Next, Protocol};

/// Plays `lines` against the dialogue, feeding at most `chunk` bytes at a time; returns the last step.
pub fn play<P: Protocol>(protocol: &mut P, lines: &[&str], chunk: usize) -> Next {
    let mut sent: Vec<u8> = Vec::new();
    let mut step = protocol.start();
    step = settle(protocol, step, &mut sent);
    for line in lines {
        if let Some(said) = line.strip_prefix("S: ") {
            assert!(sent.is_empty(), "before {line:?} sent {:?}", String::from_utf8_lossy(&sent));
            let mut bytes = said.as_bytes().to_vec();
            bytes.extend_from_slice(b"\r\n");
            for part in bytes.chunks(chunk) {
                assert!(
                    matches!(step, Next::Read | Next::Send(_)),
                    "at {line:?} the dialogue is at {step:?}"
                );
                step = protocol.input(part, false);
                step = settle(protocol, step, &mut sent);
            }
        } else if let Some(wanted) = line.strip_prefix("C: ") {
            let mut bytes = wanted.as_bytes().to_vec();
            bytes.extend_from_slice(b"\r\n");
            assert!(
                sent.starts_with(&bytes),
                "wanted {:?}, sent {:?}, step {step:?}",
                wanted,
                String::from_utf8_lossy(&sent)
            );
            sent.drain(..bytes.len());
        } else if *line == "TLS" {
            assert_eq!(step, Next::StartTls);
            step = protocol.secured();
            step = settle(protocol, step, &mut sent);
        } else if *line == "EOF" {
            step = protocol.input(&[], true);
            step = settle(protocol, step, &mut sent);
        } else {
            panic!("not a transcript line: {line:?}");
        }
    }
    assert!(sent.is_empty(), "at the end sent {:?}", String::from_utf8_lossy(&sent));
    step
}

/// Does what a driver does with `Send`.
pub fn settle<P: Protocol>(protocol: &mut P, mut step: Next, sent: &mut Vec<u8>) -> Next {
    loop {
        match step {
            Next::Send(bytes) => {
                sent.extend_from_slice(&bytes);
                step = protocol.input(&[], false);
            }
            Next::Finish(bytes) => {
                sent.extend_from_slice(&bytes);
                return Next::Done;
            }
            other => return other,
        }
    }
}

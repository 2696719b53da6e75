//! gpsd: is there a receiver? Old daemons answer `G` with the type of the device; those since 2010 greet with a JSON object
//! and are asked for their devices.

use super::dialogue::{Dialogue, tls_first};
use super::line::Lines;
use super::{Failure, Next, Protocol, excerpt};
use std::time::Duration;

const NO_DEVICE: &str = "GPS error (no device)";
const CLOSED: &str = "GPS: error receiving data";
/// A daemon that has greeted runs; one that does not tell its devices within this time says nothing against them.
const PAUSE: Duration = Duration::from_secs(1);

/// `protocol gps`.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["gps"],
    starttls: tls_first,
    begin: |_| Box::new(Gps { lines: Lines::new(), greeted: false }),
};

#[derive(Debug)]
struct Gps {
    lines: Lines,
    /// It speaks JSON.
    greeted: bool,
}

impl Gps {
    /// What a line means; `None`: the next one will tell.
    fn line(&mut self) -> Option<Next> {
        while let Some(line) = self.lines.next() {
            let has = |text: &str| line.windows(text.len()).any(|window| window == text.as_bytes());
            if line.starts_with(b"{") {
                if has("\"class\":\"VERSION\"") && !self.greeted {
                    self.greeted = true;
                    return Some(Next::Send(b"?DEVICES;\r\n".to_vec()));
                }
                if has("\"class\":\"DEVICES\"") {
                    return Some(match has("\"devices\":[]") {
                        false => Next::Done,
                        true => Next::Fail(Failure::Said(NO_DEVICE, excerpt(line, 256))),
                    });
                }
            } else if !self.greeted {
                let is_there = [&b"GPSD,G=GPS"[..], b"GPSD,G=RTCM104"].iter().any(|is| line.starts_with(is));
                return Some(match is_there {
                    true => Next::Done,
                    false => Next::Fail(Failure::Said(NO_DEVICE, excerpt(line, 256))),
                });
            }
        }
        None
    }
}

impl Protocol for Gps {
    fn start(&mut self) -> Next {
        Next::Send(b"G\r\n".to_vec())
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        if let Err(failure) = self.lines.push(bytes) {
            return Next::Fail(failure);
        }
        match self.line() {
            Some(step) => step,
            None if eof => Next::Fail(Failure::ClosedAt(CLOSED)),
            None if self.greeted => Next::ReadQuiet(PAUSE),
            None => Next::Read,
        }
    }

    fn quiet(&mut self) -> Next {
        if self.greeted { Next::Done } else { Next::Read }
    }
}

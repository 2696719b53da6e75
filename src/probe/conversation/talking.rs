//! The dialogue's part of a conversation: its steps are carried out, its bytes written and read.

use super::super::driver::Talker;
use super::super::failure::Failure;
use super::super::looking::Looking;
use super::super::stream::Received;
use super::{Conversation, Phase};
use crate::protocol::{self, Next};
use std::time::Instant;

/// Most reads in one turn; a server that never stops talking gets no more of the loop than others.
const READS: usize = 8;
/// Bytes of one read.
const CHUNK: usize = 4096;

impl Conversation {
    /// Asks the dialogue for its next step after it was told something.
    pub(in crate::probe) fn proceed(&mut self, protocol: Talker<'_>, now: Instant) {
        if matches!(self.phase, Phase::Talking(_)) && !self.sending {
            let step = protocol.input(&[], false);
            self.perform(protocol, step, now);
        }
    }

    pub(super) fn perform(&mut self, protocol: Talker<'_>, mut step: Next, now: Instant) {
        loop {
            match step {
                Next::Read => return,
                Next::ReadQuiet(pause) => {
                    self.quiet = Some((pause, now + pause));
                    return;
                }
                Next::Send(bytes) => {
                    self.quiet = None;
                    let Phase::Talking(stream) = &mut self.phase else { return };
                    if self.broken {
                        return;
                    }
                    stream.send(bytes);
                    self.words.iter_mut().for_each(|words| words.ask());
                    self.sending = true;
                    self.renew(protocol, now);
                    match self.flush() {
                        Ok(true) => step = protocol.input(&[], false),
                        Ok(false) => return,
                        Err(failure) => return self.broken(protocol, failure, now),
                    }
                }
                Next::Finish(bytes) => {
                    let Phase::Talking(mut stream) = std::mem::replace(&mut self.phase, Phase::Resolving)
                    else {
                        return;
                    };
                    stream.send(bytes);
                    self.phase = Phase::Finishing(stream);
                    self.renew(protocol, now);
                    return self.write(protocol, now);
                }
                Next::Match(pattern, text) => {
                    step = match Looking::begin(pattern, text, now) {
                        Ok(mut looking) => match looking.go_on(protocol, now) {
                            Some(step) => step,
                            None => return self.looking = Some(Box::new(looking)),
                        },
                        Err(failure) => Next::Fail(failure),
                    };
                }
                Next::StartTls => {
                    let Phase::Talking(stream) = std::mem::replace(&mut self.phase, Phase::Resolving) else {
                        return;
                    };
                    self.renew(protocol, now);
                    return self.secure(protocol, stream, now);
                }
                Next::Again => return self.again(protocol, now),
                Next::Elsewhere(server) => {
                    self.target.go_elsewhere(*server);
                    return self.again(protocol, now);
                }
                Next::Done => return self.end(now, Ok(())),
                Next::Fail(failure) => return self.end(now, Err(failure.into())),
            }
        }
    }

    /// Begins once more, in the next turn, which comes at once.
    fn again(&mut self, protocol: Talker<'_>, now: Instant) {
        self.leave(Phase::Resolving);
        (self.began, self.quiet, self.sending, self.broken) = (false, None, false, false);
        self.renew(protocol, now);
        self.more = true;
    }

    /// Writes what is in line; true when all of it is gone.
    fn flush(&mut self) -> Result<bool, Failure> {
        let (Phase::Talking(stream) | Phase::Finishing(stream)) = &mut self.phase else { return Ok(false) };
        let done = stream.flush()?;
        self.sending = !done;
        Ok(done)
    }

    pub(super) fn write(&mut self, protocol: Talker<'_>, now: Instant) {
        let sending = self.sending;
        match self.flush() {
            Ok(true) if matches!(self.phase, Phase::Finishing(_)) => self.end(now, Ok(())),
            Ok(true) if sending => {
                let step = protocol.input(&[], false);
                self.perform(protocol, step, now);
            }
            Ok(_) => {}
            Err(failure) => self.broken(protocol, failure, now),
        }
    }

    /// The connection takes no more bytes. What the server said before it hung up is the better reason.
    fn broken(&mut self, protocol: Talker<'_>, failure: Failure, now: Instant) {
        self.sending = false;
        self.broken = true;
        self.read(protocol, now);
        if !matches!(self.phase, Phase::Over(_) | Phase::Resolving) {
            self.end(now, Err(failure));
        }
    }

    pub(super) fn read(&mut self, protocol: Talker<'_>, now: Instant) {
        let mut chunk = [0u8; CHUNK];
        self.more = false;
        for _ in 0..READS {
            if self.looking.is_some() {
                return;
            }
            let Phase::Talking(stream) = &mut self.phase else { return };
            let step = match stream.receive(&mut chunk) {
                Ok(Received::Nothing) => return,
                Ok(Received::Bytes(count)) => {
                    if let Some((pause, at)) = &mut self.quiet {
                        *at = now + *pause;
                    }
                    let bytes = chunk.get(..count).unwrap_or_default();
                    self.words.iter_mut().for_each(|words| words.hear(bytes));
                    protocol.input(bytes, false)
                }
                Ok(Received::End) => match protocol.input(&[], true) {
                    // There is nothing to read and nobody to answer to.
                    Next::Read | Next::ReadQuiet(_) | Next::Send(_) | Next::StartTls => {
                        Next::Fail(protocol::Failure::Closed)
                    }
                    step => step,
                },
                Err(failure) => return self.end(now, Err(failure)),
            };
            self.perform(protocol, step, now);
        }
        self.more = matches!(self.phase, Phase::Talking(_));
    }
}

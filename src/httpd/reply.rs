//! What a request gets, and when it is sent.

use super::auth::Origin;
use super::beat;
use super::codec::{Method, Refusal, Request};
use super::response::Encoded;
use super::unfinished::Unfinished;
use std::time::Instant;

/// What a request gets.
#[derive(Debug)]
pub enum Reply {
    /// The answer.
    Now(Encoded),
    /// One that takes several turns of the loop to make.
    Later(Box<Unfinished>),
    /// None yet: ask again then.
    Wait(Box<Request>, Instant),
}

/// Makes the answer, or begins it.
pub type Respond<'a> = &'a mut dyn FnMut(Origin, Result<Request, Refusal>) -> Reply;

/// When an answer is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// In this turn, as far as the socket allows.
    AtOnce,
    /// When what was ordered is recorded ([`super::connection::Connection::release`]): a client that was told must find it so after a crash.
    OnceRecorded,
}

impl Sending {
    /// Of the answer to this request.
    pub fn of(request: &Request) -> Sending {
        if request.method == Method::Post || beat::is_beat(request) {
            Sending::OnceRecorded
        } else {
            Sending::AtOnce
        }
    }
}

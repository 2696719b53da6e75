//! An answer on its way: made a piece at a time, between which the loop turns.

use super::auth::Privilege;
use super::choosing::Choosing;
use super::codec::Request;
use super::response::{Response, Status};
use super::route;
use super::site::Site;
use std::time::Instant;

/// An answer that takes several turns of the loop to make.
#[derive(Debug)]
pub struct Unfinished {
    /// What was asked.
    pub request: Request,
    /// By whom.
    pub privilege: Privilege,
    /// The numbers of the services it was begun with ([`super::site::Site::generation`]).
    pub generation: u64,
    /// The choice of services, as far as it is made.
    pub choosing: Choosing,
    /// The answer as far as it is made; `None`: it is not yet known which services it is about.
    pub response: Option<Response>,
    /// Until when all of it must have been read, if the first piece is on its way already.
    pub until: Option<Instant>,
}

impl Unfinished {
    /// Bytes of memory the answer takes.
    pub fn held(&self) -> usize {
        self.response.as_ref().map_or(0, Response::held)
    }

    /// The answer, once it is whole.
    pub fn take_response(&mut self) -> Response {
        let none = || Response::error(Status::Unavailable, "There is no answer");
        self.response.take().unwrap_or_else(none)
    }

    /// Works on it as long as there is budget, in microseconds, and takes what it used off it. `true`: it is whole.
    pub fn go_on(&mut self, site: &mut dyn Site, budget: &mut u32) -> bool {
        if self.response.is_none() {
            self.choosing.refuel(*budget);
            self.response = route::answer(&self.request, self.privilege, site, &mut self.choosing);
            *budget = self.choosing.left();
        }
        self.response.as_mut().is_some_and(|response| response.make(site, budget))
    }
}

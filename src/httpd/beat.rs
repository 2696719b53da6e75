//! `/beat/NAME?token=TOKEN`: a job reports that it has done its work. Its token opens nothing else, so no user is needed.

use super::asked::parameter;
use super::backoff::{Failures, Neighbourhood};
use super::codec::{Method, Request};
use super::password::constant_time_equal;
use super::response::{ContentType, Response, Status};
use super::site::Site;
use crate::service::UserAction;
use std::time::Instant;

/// In the list of wrong passwords: whose token it is nobody is told.
pub const ANYBODY: Option<u16> = Some(u16::MAX);

/// The service that a request is a beat for.
fn name(request: &Request) -> Option<&str> {
    let (start, name) = request.path.split_at_checked("/beat/".len())?;
    (start.eq_ignore_ascii_case("/beat/") && !name.is_empty()).then_some(name)
}

/// Is it one? To look whether there is something, as with HEAD, is none.
pub fn is_beat(request: &Request) -> bool {
    matches!(request.method, Method::Get | Method::Post) && name(request).is_some()
}

/// Passes the beat on. A wrong token, a service without one and an unknown name get the same answer.
fn answer(request: &Request, site: &mut dyn Site) -> Response {
    let index = name(request).and_then(|name| site.exact(name));
    let wanted = index.and_then(|index| site.heartbeat(index)).flatten();
    let given = parameter(request, "token").unwrap_or_default();
    match (index, wanted) {
        (Some(index), Some(token)) if constant_time_equal(token.as_bytes(), given.as_bytes()) => {
            site.order(UserAction::Beat, vec![index]);
            Response::ok(ContentType::Plain, "OK\n")
        }
        _ => Response::error(Status::Forbidden, "This is not the token of a heartbeat service of that name"),
    }
}

/// The answer, or until when who has sent wrong tokens waits for it. Who knows the token never waits for those who do not.
pub fn take(
    request: &Request,
    near: Neighbourhood,
    failures: &mut Failures,
    now: Instant,
    site: &mut dyn Site,
) -> Result<Response, Instant> {
    let response = answer(request, site);
    if response.is_error() {
        if let Some(until) = failures.wait(near, ANYBODY, now) {
            return Err(until);
        }
        failures.add(near, ANYBODY, now);
    }
    Ok(response)
}

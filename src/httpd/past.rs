//! The paths of the last events, and of why services are as they are.

use super::asked::{all, bad, chosen, json, parameter, wants_json};
use super::auth::Privilege;
use super::choosing::Choosing;
use super::codec::Request;
use super::response::{ContentType, Response};
use super::site::Site;
use crate::document::Document;
use crate::document::events::{Events, Form, Wanted};
use crate::document::json::Content;
use crate::document::why::Reasons;

/// How many lines a terminal gets that asks for no number.
const LINES: u16 = 50;

/// Which events a request means; the inner error refuses it.
fn wanted(request: &Request, site: &dyn Site, choosing: &mut Choosing) -> Option<Result<Wanted, Response>> {
    let services = match chosen(request, site, choosing)? {
        Ok(services) => services,
        Err(response) => return Some(Err(response)),
    };
    let named = |services: Vec<u32>| services.into_iter().map(|index| site.name(index).into()).collect();
    let mut wanted = Wanted { services: services.map(named), ..Wanted::default() };
    if let Some(since) = parameter(request, "since") {
        match since.parse() {
            Ok(since) => wanted.since = Some(since),
            Err(_) => return Some(Err(bad(format!("Invalid number of an event: '{since}'")))),
        }
    }
    if let Some(limit) = parameter(request, "limit") {
        match limit.parse() {
            Ok(limit) if limit > 0 => wanted.limit = Some(limit),
            _ => return Some(Err(bad(format!("Invalid number of events: '{limit}'")))),
        }
    }
    Some(Ok(wanted))
}

pub(super) fn events(
    request: &Request,
    _: Privilege,
    site: &mut dyn Site,
    choosing: &mut Choosing,
) -> Option<Response> {
    Some(match wanted(request, site, choosing)? {
        Ok(wanted) => document(ContentType::Json, Form::Json, wanted),
        Err(response) => response,
    })
}

/// For the command line.
pub(super) fn events_text(
    request: &Request,
    privilege: Privilege,
    site: &mut dyn Site,
    choosing: &mut Choosing,
) -> Option<Response> {
    if wants_json(request) {
        return events(request, privilege, site, choosing);
    }
    Some(match wanted(request, site, choosing)? {
        Ok(wanted) => {
            let limit = wanted.limit.or(Some(LINES));
            document(ContentType::Plain, Form::Text, Wanted { limit, ..wanted })
        }
        Err(response) => response,
    })
}

/// For the command line. Of all services those that are not fine.
pub(super) fn why(
    request: &Request,
    _: Privilege,
    site: &mut dyn Site,
    choosing: &mut Choosing,
) -> Option<Response> {
    let services = match chosen(request, site, choosing)? {
        Ok(services) => services,
        Err(response) => return Some(response),
    };
    let sick = services.is_none();
    let services = services.unwrap_or_else(|| all(site));
    if wants_json(request) {
        return Some(json(services, Content::Why));
    }
    Some(Response::unfinished(ContentType::Plain, Document::Why(Reasons::new(services, sick))))
}

fn document(content_type: ContentType, form: Form, wanted: Wanted) -> Response {
    Response::unfinished(content_type, Document::Events(Box::new(Events::new(form, wanted))))
}

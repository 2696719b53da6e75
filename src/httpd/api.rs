//! The interface for programs: JSON below `/api/v1`, and `/metrics`. `doc/api.md` tells its users the same.

use super::asked::{all, bad, chosen, json, parameter};
use super::auth::Privilege;
use super::choosing::Choosing;
use super::codec::Request;
use super::response::{ContentType, Response, Status};
use super::route::{act_on, do_action};
use super::site::Site;
use crate::document::Document;
use crate::document::json::{Content, quoted};
use crate::document::metrics::{Format, Metrics};

/// What stands before a service's name in its path.
const SERVICE: &str = "/api/v1/services/";

/// Is it the interface for programs? Its answers are JSON, errors too, and a POST is answered without a detour.
pub(super) fn is_api(path: &str) -> bool {
    path.get(.."/api/".len()).is_some_and(|start| start.eq_ignore_ascii_case("/api/"))
}

pub(super) fn metrics(
    request: &Request,
    _: Privilege,
    site: &mut dyn Site,
    choosing: &mut Choosing,
) -> Option<Response> {
    let services = match chosen(request, site, choosing)? {
        Ok(services) => services.unwrap_or_else(|| all(site)),
        Err(response) => return Some(response),
    };
    // Prometheus names what it can read; the older format is for everybody else.
    let open = request.accept.as_ref().is_some_and(|accept| accept.contains("application/openmetrics-text"));
    let format = if open { Format::OpenMetrics } else { Format::Text };
    let document = Document::Metrics(Metrics::new(services, format));
    Some(Response::unfinished(ContentType::Metrics(format), document))
}

/// The name behind [`SERVICE`].
pub(super) fn name(request: &Request) -> Option<&str> {
    let (start, name) = request.path.split_at_checked(SERVICE.len())?;
    (start.eq_ignore_ascii_case(SERVICE) && !name.is_empty()).then_some(name)
}

pub(super) fn nothing_there(request: &Request) -> Response {
    let text = format!("There is nothing at {} for this method, see doc/api.md", request.path);
    Response::error(Status::NotFound, text)
}

/// About the services that were asked for, or all.
fn about(content: Content, request: &Request, site: &dyn Site, choosing: &mut Choosing) -> Option<Response> {
    Some(match chosen(request, site, choosing)? {
        Ok(services) => json(services.unwrap_or_else(|| all(site)), content),
        Err(response) => response,
    })
}

pub(super) fn status(
    request: &Request,
    _: Privilege,
    site: &mut dyn Site,
    choosing: &mut Choosing,
) -> Option<Response> {
    about(Content::Status, request, site, choosing)
}

pub(super) fn services(
    request: &Request,
    _: Privilege,
    site: &mut dyn Site,
    choosing: &mut Choosing,
) -> Option<Response> {
    let content = match parameter(request, "words") {
        None | Some("no") => Content::Numbers,
        Some("yes") => Content::Services,
        Some(other) => return Some(bad(format!("Bad words '{other}': \"yes\" or \"no\""))),
    };
    about(content, request, site, choosing)
}

pub(super) fn service(request: &Request, _: Privilege, site: &mut dyn Site) -> Response {
    let name = name(request).unwrap_or_default();
    match site.exact(name) {
        Some(index) => json(vec![index], Content::One),
        None => Response::error(Status::NotFound, format!("There is no service named \"{name}\"")),
    }
}

/// What was taken on, as JSON.
fn taken_on(request: &Request) -> Response {
    let mut body = "{\"accepted\":".to_owned();
    quoted(&mut body, &parameter(request, "action").unwrap_or_default().to_ascii_lowercase());
    body.push_str("}\n");
    Response::ok(ContentType::Json, body)
}

pub(super) fn service_action(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    let name = name(request).unwrap_or_default();
    let done = act_on(name, request, privilege, site);
    if done.is_error() { done } else { taken_on(request) }
}

pub(super) fn action(
    request: &Request,
    privilege: Privilege,
    site: &mut dyn Site,
    choosing: &mut Choosing,
) -> Option<Response> {
    let done = do_action(request, privilege, site, choosing)?;
    Some(if done.is_error() { done } else { taken_on(request) })
}

//! Paths and what answers them. A page is one function and one row of `ROUTES`.
//!
//! Paths that begin with `/_` are ours and compare without case; every other path is a service's name.

use super::auth::{Privilege, READ_ONLY};
use super::codec::{Method, Request};
use super::pattern;
use super::response::{ContentType, Response, Status, Token};
use super::site::Site;
use super::text::report::Counts;
use super::text::{Rendering, Style};
use crate::service::UserAction;

/// Answers one request that was let in.
type Answer = fn(&Request, Privilege, &mut dyn Site) -> Response;

/// A path and what answers its two methods; `None`: as if the path did not exist.
struct Route {
    path: &'static str,
    get: Option<Answer>,
    post: Option<Answer>,
}

/// All paths but those of services.
const ROUTES: &[Route] = &[
    Route { path: "/", get: Some(pages), post: Some(nothing_to_do) },
    Route { path: "/_status", get: Some(status_text), post: Some(status_text) },
    Route { path: "/_status2", get: Some(status_text), post: Some(status_text) },
    Route { path: "/_summary", get: Some(summary_text), post: Some(summary_text) },
    Route { path: "/_report", get: Some(report_text), post: Some(report_text) },
    Route { path: "/_doaction", get: None, post: Some(do_action) },
    Route { path: "/_ping", get: Some(ping), post: Some(empty) },
    Route { path: "/_getid", get: Some(get_id), post: Some(empty) },
    Route { path: "/_runtime", get: Some(pages), post: Some(pages) },
    Route { path: "/_viewlog", get: Some(pages), post: Some(pages) },
    Route { path: "/_about", get: Some(pages), post: Some(pages) },
    Route { path: "/favicon.ico", get: Some(no_icon), post: None },
];

/// Those of them that never change anything.
const SHOWS: [&str; 6] = ["/_status", "/_status2", "/_summary", "/_report", "/_ping", "/_getid"];

/// The routes of a service's name.
const SERVICE: Route = Route { path: "/NAME", get: Some(service_page), post: Some(service_action) };

/// Whether a POST to this path changes nothing: the command line asks so for texts.
pub fn only_shows(path: &str) -> bool {
    SHOWS.iter().any(|shows| shows.eq_ignore_ascii_case(path))
}

/// Answers a request that was let in with that privilege.
pub fn answer(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    if request.method == Method::Other {
        return Response::error(Status::NotImplemented, "Method not implemented");
    }
    let post = request.method == Method::Post;
    let ours = ROUTES.iter().find(|route| route.path.eq_ignore_ascii_case(&request.path));
    let route = ours.unwrap_or(&SERVICE);
    let Some(answer) = (if post { route.post } else { route.get }) else { return no_such_service(request) };
    let mut response = answer(request, privilege, site);
    if response.is_error() {
        return response;
    }
    let Some(token) = Token::random() else {
        return Response::error(Status::Unavailable, "No random numbers for a security token");
    };
    response.token = Some(token);
    if response.content_type == ContentType::Plain {
        response.cycles = site.cycles();
    }
    if post {
        response.status = Status::Moved;
        response.location = Some(request.target.clone());
    }
    response
}

/// A parameter of the body, else of the URL.
fn parameter<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.body.get(name).or_else(|| request.query.get(name))
}

/// The name a path stands for.
fn named(request: &Request) -> &str {
    request.path.strip_prefix('/').unwrap_or(&request.path)
}

fn no_such_service(request: &Request) -> Response {
    Response::error(Status::NotFound, format!("There is no service named \"{}\"", named(request)))
}

fn bad(message: String) -> Response {
    Response::error(Status::BadRequest, message)
}

/// The services that `group` and `service` choose, in the order they are shown. Without either: `None`.
fn chosen(request: &Request, site: &dyn Site) -> Result<Option<Vec<u32>>, Response> {
    let members = match parameter(request, "group") {
        Some(name) => match site.group(name) {
            Some(members) => Some(members),
            None => return Err(bad(format!("Service group '{name}' not found"))),
        },
        None => None,
    };
    let Some(pattern) = parameter(request, "service") else { return Ok(members) };
    let found = pattern::find(site, pattern);
    if found.is_empty() {
        return Err(bad(format!("Service '{pattern}' not found")));
    }
    Ok(Some(match members {
        Some(members) => members.into_iter().filter(|index| found.contains(index)).collect(),
        None => found,
    }))
}

/// `color=0` and `width=N` are extensions: a client that says nothing gets 80 columns in colour.
fn style(request: &Request) -> Style {
    let colour = parameter(request, "color") != Some("0");
    Style { colour, width: parameter(request, "width").and_then(|width| width.parse().ok()) }
}

fn status_text(request: &Request, _: Privilege, site: &mut dyn Site) -> Response {
    if parameter(request, "format").is_some_and(|format| format.eq_ignore_ascii_case("xml")) {
        return Response::error(
            Status::NotImplemented,
            "The XML format is not available in this build yet; without format=xml the status comes as text",
        );
    }
    let services = match chosen(request, site) {
        Ok(services) => services.unwrap_or_else(|| (0..site.count()).collect()),
        Err(response) => return response,
    };
    Response::unfinished(Rendering::status(services, style(request)))
}

fn summary_text(request: &Request, _: Privilege, site: &mut dyn Site) -> Response {
    let services = match chosen(request, site) {
        Ok(Some(services)) => services,
        Ok(None) => {
            let mut all: Vec<u32> = (0..site.count()).collect();
            all.sort_by_key(|index| site.rank(*index));
            all
        }
        Err(response) => return response,
    };
    Response::unfinished(Rendering::summary(services, style(request)))
}

fn report_text(request: &Request, _: Privilege, site: &mut dyn Site) -> Response {
    let kind = parameter(request, "type");
    let services = match chosen(request, site) {
        Ok(services) => services.unwrap_or_else(|| (0..site.count()).collect()),
        Err(response) => return response,
    };
    let sheets = services.iter().filter_map(|index| site.sheet(*index, false));
    let counts = Counts::of(sheets.map(|sheet| sheet.class));
    match kind {
        None => Response::ok(ContentType::Plain, counts.all()),
        Some(kind) => match counts.one(kind) {
            Some(text) => Response::ok(ContentType::Plain, text),
            None => bad(format!("Invalid report type: '{kind}'")),
        },
    }
}

/// Any number of services, by names or patterns. One that is unknown refuses the whole request.
fn do_action(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    if privilege == Privilege::ReadOnly {
        return Response::error(Status::Forbidden, READ_ONLY);
    }
    let order = match order(request) {
        Ok(order) => order,
        Err(response) => return response,
    };
    let mut services: Vec<u32> = Vec::new();
    for pattern in request.body.all("service") {
        let found = pattern::find(site, pattern);
        if found.is_empty() {
            return bad(format!("There is no service named \"{pattern}\""));
        }
        services.extend(found);
    }
    if services.is_empty() {
        return bad("There is no service named \"\"".into());
    }
    // Named twice is still one order.
    let mut seen = std::collections::HashSet::new();
    services.retain(|index| seen.insert(*index));
    site.order(order, services);
    Response::ok(ContentType::Html, "")
}

fn order(request: &Request) -> Result<UserAction, Response> {
    let word = parameter(request, "action").unwrap_or("");
    UserAction::from_word(word).ok_or_else(|| bad(format!("Invalid action \"{word}\"")))
}

fn service_action(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    let Some(index) = site.exact(named(request)) else { return no_such_service(request) };
    if privilege == Privilege::ReadOnly {
        return Response::error(Status::Forbidden, READ_ONLY);
    }
    match order(request) {
        Ok(order) => {
            site.order(order, vec![index]);
            Response::ok(ContentType::Html, "")
        }
        Err(response) => response,
    }
}

fn service_page(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    match site.exact(named(request)) {
        Some(_) => pages(request, privilege, site),
        None => no_such_service(request),
    }
}

fn pages(_: &Request, _: Privilege, _: &mut dyn Site) -> Response {
    Response::error(
        Status::NotImplemented,
        "Web pages are not available in this build yet; the text of _summary, _status and _report is",
    )
}

/// A form without a service to act on.
fn nothing_to_do(request: &Request, _: Privilege, _: &mut dyn Site) -> Response {
    match order(request) {
        Ok(_) => no_such_service(request),
        Err(response) => response,
    }
}

fn no_icon(_: &Request, _: Privilege, _: &mut dyn Site) -> Response {
    Response::error(Status::NotFound, "There is no icon")
}

fn ping(_: &Request, _: Privilege, _: &mut dyn Site) -> Response {
    Response::ok(ContentType::Html, "pong")
}

fn get_id(_: &Request, _: Privilege, site: &mut dyn Site) -> Response {
    Response::ok(ContentType::Html, site.id())
}

fn empty(_: &Request, _: Privilege, _: &mut dyn Site) -> Response {
    Response::ok(ContentType::Html, "")
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;

//! Paths and what answers them. A page is one function and one row of `ROUTES`.
//!
//! Paths that begin with `/_` are ours and compare without case; every other path is a service's name.

use super::api;
use super::asked::{all, bad, choose, chosen, json, named, no_such_service, parameter, wants_json};
use super::auth::{self, Privilege, token_of};
use super::choosing::Choosing;
use super::codec::{Method, Request};
use super::page;
use super::past;
use super::response::{ContentType, Progress, Response, Status, Token};
use super::silences;
use super::site::Site;
use super::test_alert;
use crate::document::Document;
use crate::document::json::Content;
use crate::document::text::report::Kind;
use crate::document::text::{Rendering, Style};
use crate::document::xml::{Layout, Xml};
use crate::service::UserAction;

/// Answers one request that was let in.
enum Answer {
    Once(fn(&Request, Privilege, &mut dyn Site) -> Response),
    /// `None`: which services it is about takes more turns to find out; nothing was done.
    AboutMany(fn(&Request, Privilege, &mut dyn Site, &mut Choosing) -> Option<Response>),
}

use Answer::{AboutMany, Once};

/// A path and what answers its two methods; `None`: as if the path did not exist.
struct Route {
    path: &'static str,
    get: Option<Answer>,
    post: Option<Answer>,
}

/// All paths but those of services.
const ROUTES: &[Route] = &[
    Route { path: "/", get: Some(Once(page::overview)), post: Some(Once(of_all)) },
    Route { path: "/_status", get: Some(AboutMany(status)), post: Some(AboutMany(status)) },
    Route { path: "/_status2", get: Some(AboutMany(status)), post: Some(AboutMany(status)) },
    Route { path: "/_summary", get: Some(AboutMany(summary_text)), post: Some(AboutMany(summary_text)) },
    Route { path: "/_report", get: Some(AboutMany(report_text)), post: Some(AboutMany(report_text)) },
    Route {
        path: "/_events",
        get: Some(AboutMany(past::events_text)),
        post: Some(AboutMany(past::events_text)),
    },
    Route { path: "/_why", get: Some(AboutMany(past::why)), post: Some(AboutMany(past::why)) },
    Route { path: "/_silences", get: Some(Once(silences::list_text)), post: Some(Once(silences::list_text)) },
    Route { path: "/_silence", get: None, post: Some(AboutMany(silences::order_text)) },
    Route { path: "/_test_alert", get: None, post: Some(Once(test_alert::begin_text)) },
    Route { path: "/_test_results", get: Some(Once(test_alert::text)), post: Some(Once(test_alert::text)) },
    Route { path: "/_doaction", get: None, post: Some(AboutMany(do_action)) },
    Route { path: "/_ping", get: Some(Once(ping)), post: Some(Once(empty)) },
    Route { path: "/_getid", get: Some(Once(get_id)), post: Some(Once(empty)) },
    Route { path: "/_runtime", get: Some(Once(page::runtime)), post: Some(Once(page::runtime_action)) },
    Route { path: "/_viewevents", get: Some(Once(page::events)), post: None },
    Route { path: "/_viewlog", get: Some(Once(page::log)), post: Some(Once(page::log)) },
    Route { path: "/_about", get: Some(Once(page::runtime)), post: Some(Once(empty)) },
    Route { path: "/_icon.svg", get: Some(Once(page::icon)), post: None },
    Route { path: "/_icon_failed.svg", get: Some(Once(page::icon_failed)), post: None },
    Route { path: "/_style.css", get: Some(Once(page::style)), post: None },
    Route { path: "/metrics", get: Some(AboutMany(api::metrics)), post: Some(Once(service_action)) },
    Route { path: "/api/v1/status", get: Some(AboutMany(api::status)), post: None },
    Route { path: "/api/v1/events", get: Some(AboutMany(past::events)), post: None },
    Route {
        path: "/api/v1/services",
        get: Some(AboutMany(api::services)),
        post: Some(AboutMany(api::action)),
    },
    Route {
        path: "/api/v1/silences",
        get: Some(Once(silences::list)),
        post: Some(AboutMany(silences::order)),
    },
    Route {
        path: "/api/v1/test-alert",
        get: Some(Once(test_alert::json)),
        post: Some(Once(test_alert::begin)),
    },
    Route { path: "/favicon.ico", get: Some(Once(no_icon)), post: None },
];

/// The routes of a service's name.
const SERVICE: Route =
    Route { path: "/NAME", get: Some(Once(page::service)), post: Some(Once(service_action)) };

/// The routes of a service in the interface for programs.
const API: Route = Route {
    path: "/api/v1/services/NAME",
    get: Some(Once(api::service)),
    post: Some(Once(api::service_action)),
};

/// Answers a request that was let in with that privilege. `None`: its choice of services takes another turn of the loop.
pub fn answer(
    request: &Request,
    privilege: Privilege,
    site: &mut dyn Site,
    choosing: &mut Choosing,
) -> Option<Response> {
    if request.method == Method::Other {
        return Some(Response::error(Status::NotImplemented, "Method not implemented"));
    }
    let post = request.method == Method::Post;
    let ours = ROUTES.iter().find(|route| route.path.eq_ignore_ascii_case(&request.path));
    let programs = api::is_api(&request.path);
    let route = ours.unwrap_or(if programs && api::name(request).is_some() { &API } else { &SERVICE });
    let mut response = match if post { &route.post } else { &route.get } {
        None if programs => api::nothing_there(request),
        None => no_such_service(request),
        Some(Once(answer)) => answer(request, privilege, site),
        Some(AboutMany(answer)) => answer(request, privilege, site, choosing)?,
    };
    if response.is_error() {
        if programs {
            response.content_type = ContentType::Json;
        }
        return Some(response);
    }
    // A style sheet or a log must not take the token away from the forms of the page it belongs to.
    let had = || token_of(request).and_then(Token::read);
    let Some(token) = response.token.or_else(had).or_else(Token::random) else {
        return Some(Response::error(Status::Unavailable, "No random numbers for a security token"));
    };
    response.token = Some(token);
    if response.content_type == ContentType::Plain {
        let cycles = || site.cycles().map(|(begun, running)| Progress::Cycles(begun, running));
        response.progress = response.progress.or_else(cycles);
    }
    if post && !programs {
        response.status = Status::Moved;
        response.location = Some(page::location(request));
    }
    Some(response)
}

/// `color=0` and `width=N` are extensions: a client that says nothing gets 80 columns in colour.
fn style(request: &Request) -> Style {
    let colour = parameter(request, "color") != Some("0");
    Style { colour, width: parameter(request, "width").and_then(|width| width.parse().ok()) }
}

fn status(request: &Request, _: Privilege, site: &mut dyn Site, choosing: &mut Choosing) -> Option<Response> {
    let services = match chosen(request, site, choosing)? {
        Ok(services) => services,
        Err(response) => return Some(response),
    };
    if wants_json(request) {
        return Some(json(services.unwrap_or_else(|| all(site)), Content::Services));
    }
    if parameter(request, "format").is_some_and(|format| format.eq_ignore_ascii_case("xml")) {
        let second = request.path.eq_ignore_ascii_case("/_status2");
        let layout = if second { Layout::Second } else { Layout::First };
        let xml = Xml::new(services, site.count(), layout);
        return Some(Response::unfinished(ContentType::Xml, Document::Xml(xml)));
    }
    let services = services.unwrap_or_else(|| all(site));
    let text = Rendering::status(services, style(request));
    Some(Response::unfinished(ContentType::Plain, Document::Text(text)))
}

fn summary_text(
    request: &Request,
    _: Privilege,
    site: &mut dyn Site,
    choosing: &mut Choosing,
) -> Option<Response> {
    let services = match chosen(request, site, choosing)? {
        Ok(Some(services)) => services,
        Ok(None) => {
            let mut all: Vec<u32> = (0..site.count()).collect();
            all.sort_by_key(|index| site.rank(*index));
            all
        }
        Err(response) => return Some(response),
    };
    if wants_json(request) {
        return Some(json(services, Content::Summary));
    }
    let text = Rendering::summary(services, style(request));
    Some(Response::unfinished(ContentType::Plain, Document::Text(text)))
}

fn report_text(
    request: &Request,
    _: Privilege,
    site: &mut dyn Site,
    choosing: &mut Choosing,
) -> Option<Response> {
    let kind = parameter(request, "type");
    let services = match chosen(request, site, choosing)? {
        Ok(services) => services.unwrap_or_else(|| all(site)),
        Err(response) => return Some(response),
    };
    if wants_json(request) {
        return Some(match kind {
            None => json(services, Content::Counts),
            Some(_) => bad("As JSON a report has all counts: leave the type out".to_owned()),
        });
    }
    let kind = match kind.map(|word| Kind::of(word).ok_or(word)).transpose() {
        Ok(kind) => kind,
        Err(word) => return Some(bad(format!("Invalid report type: '{word}'"))),
    };
    let text = Rendering::report(services, kind, style(request));
    Some(Response::unfinished(ContentType::Plain, Document::Text(text)))
}

/// Any number of services, by names or patterns. One that is unknown refuses the whole request.
pub(super) fn do_action(
    request: &Request,
    privilege: Privilege,
    site: &mut dyn Site,
    choosing: &mut Choosing,
) -> Option<Response> {
    if privilege == Privilege::ReadOnly {
        return Some(auth::read_only());
    }
    let order = match order(request) {
        Ok(order) => order,
        Err(response) => return Some(response),
    };
    if let Some(group) = request.body.get("group") {
        // An extension, for a client that cannot read the control file.
        return Some(match site.group(group) {
            Some(members) => match fitting(order, &members, site) {
                Ok(order) => {
                    site.order(order, members);
                    Response::ok(ContentType::Html, "")
                }
                Err(response) => response,
            },
            None => bad(format!("Service group '{group}' not found")),
        });
    }
    let unknown = |name: &str| format!("There is no service named \"{name}\"");
    let patterns: Vec<&str> = request.body.all("service").collect();
    let services = match choose(&patterns, site, choosing, unknown)? {
        Ok(services) if services.is_empty() => return Some(bad(unknown(""))),
        Ok(services) => services,
        Err(response) => return Some(response),
    };
    Some(match fitting(order, &services, site) {
        Ok(order) => {
            site.order(order, services);
            Response::ok(ContentType::Html, "")
        }
        Err(response) => response,
    })
}

fn order(request: &Request) -> Result<UserAction, Response> {
    let word = parameter(request, "action").unwrap_or("");
    UserAction::from_word(word).ok_or_else(|| bad(format!("Invalid action \"{word}\"")))
}

/// Only for a job that reports there is something to report.
fn fitting(order: UserAction, services: &[u32], site: &dyn Site) -> Result<UserAction, Response> {
    let other = services.iter().find(|index| site.heartbeat(**index).is_none());
    match other.filter(|_| order == UserAction::Beat) {
        Some(index) => Err(bad(format!("'{}' is no heartbeat service", site.name(*index)))),
        None => Ok(order),
    }
}

fn service_action(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    if site.exact(named(request)).is_none() {
        return no_such_service(request);
    }
    let done = silences::form(request, privilege, site)
        .unwrap_or_else(|| act_on(named(request), request, privilege, site));
    // With the page, as Monit has it, although browsers go on to another.
    if done.is_error() {
        return done;
    }
    let page = page::service(request, privilege, site);
    if page.is_error() { done } else { page }
}

pub(super) fn act_on(name: &str, request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    let Some(index) = site.exact(name) else {
        return Response::error(Status::NotFound, format!("There is no service named \"{name}\""));
    };
    if privilege == Privilege::ReadOnly {
        return auth::read_only();
    }
    match order(request).and_then(|order| fitting(order, &[index], site)) {
        Ok(order) => {
            site.order(order, vec![index]);
            Response::ok(ContentType::Html, "")
        }
        Err(response) => response,
    }
}

/// A form without a service to act on: it lifts silences.
fn of_all(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    if let Some(done) = silences::form(request, privilege, site) {
        return done;
    }
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

//! What a request asks for: its parameters, the services it is about, and the answers that many paths share.

use super::choosing::{Choosing, Chosen};
use super::codec::Request;
use super::response::{ContentType, Response, Status};
use super::site::Site;
use crate::document::Document;
use crate::document::json::{Content, Json};

/// Paths that never change anything.
const SHOWS: [&str; 10] = [
    "/_status",
    "/_status2",
    "/_summary",
    "/_report",
    "/_events",
    "/_why",
    "/_silences",
    "/_test_results",
    "/_ping",
    "/_getid",
];

/// Whether a POST to this path changes nothing: the command line asks so for texts.
pub fn only_shows(path: &str) -> bool {
    SHOWS.iter().any(|shows| shows.eq_ignore_ascii_case(path))
}

/// A parameter of the body, else of the URL.
pub(super) fn parameter<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.body.get(name).or_else(|| request.query.get(name))
}

/// The name a path stands for.
pub(super) fn named(request: &Request) -> &str {
    request.path.strip_prefix('/').unwrap_or(&request.path)
}

pub(super) fn no_such_service(request: &Request) -> Response {
    Response::error(Status::NotFound, format!("There is no service named \"{}\"", named(request)))
}

pub(super) fn bad(message: String) -> Response {
    Response::error(Status::BadRequest, message)
}

/// Reads the choice of a request; what is not found refuses all of it, in the words given here.
pub(super) fn choose(
    patterns: &[&str],
    site: &dyn Site,
    choosing: &mut Choosing,
    missing: fn(&str) -> String,
) -> Option<Result<Vec<u32>, Response>> {
    let named = |at: usize| patterns.get(at).copied().unwrap_or_default();
    Some(match choosing.choose(site, patterns) {
        Chosen::NotYet => return None,
        Chosen::Services(services) => Ok(services),
        Chosen::Nothing(at) => Err(bad(missing(named(at)))),
        Chosen::Refused(at, refusal) => Err(bad(format!("{} -- {refusal}", missing(named(at))))),
    })
}

/// The services that `group` and `service` choose, in the order they are shown. Without either: `None`. The outer `None`:
/// it is not known yet.
pub(super) fn chosen(
    request: &Request,
    site: &dyn Site,
    choosing: &mut Choosing,
) -> Option<Result<Option<Vec<u32>>, Response>> {
    let members = match parameter(request, "group") {
        Some(name) => match site.group(name) {
            Some(members) => Some(members),
            None => return Some(Err(bad(format!("Service group '{name}' not found")))),
        },
        None => None,
    };
    let Some(pattern) = parameter(request, "service") else { return Some(Ok(members)) };
    let found = match choose(&[pattern], site, choosing, |pattern| format!("Service '{pattern}' not found"))?
    {
        Ok(found) => found,
        Err(response) => return Some(Err(response)),
    };
    Some(Ok(Some(match members {
        Some(members) => {
            let found: std::collections::HashSet<u32> = found.into_iter().collect();
            members.into_iter().filter(|index| found.contains(index)).collect()
        }
        None => found,
    })))
}

/// All services, in file order.
pub(super) fn all(site: &dyn Site) -> Vec<u32> {
    (0..site.count()).collect()
}

/// Was it asked for with `format=json`?
pub(super) fn wants_json(request: &Request) -> bool {
    parameter(request, "format").is_some_and(|format| format.eq_ignore_ascii_case("json"))
}

/// A short document for programs.
pub(super) fn json_text(text: String) -> Response {
    Response::ok(ContentType::Json, text)
}

/// A document about these services.
pub(super) fn json(services: Vec<u32>, content: Content) -> Response {
    Response::unfinished(ContentType::Json, Document::Json(Json::new(services, content)))
}

//! The paths of pages for people.

use super::asked::{bad, named, no_such_service, parameter};
use super::auth::{Privilege, READ_ONLY, token_of};
use super::codec::Request;
use super::response::{ContentType, Response, Status, Token};
use super::site::Site;
use crate::document::Document;
use crate::document::page::{self, Asked, Overview, STYLE, ServicePage, Viewer};
use crate::history::Ring;

/// A page that may have forms: their token is that of the cookie beside them.
fn with_forms(
    request: &Request,
    privilege: Privilege,
    make: impl FnOnce(Viewer<'_>) -> Option<String>,
) -> Response {
    let token = token_of(request).and_then(Token::read).or_else(Token::random);
    let text = token.filter(|_| privilege == Privilege::Full).map(|token| token.to_string());
    match make(Viewer { token: text.as_deref() }) {
        Some(body) => Response { token, ..Response::ok(ContentType::Page, body) },
        None => no_such_service(request),
    }
}

/// After how many seconds a browser asks for the page anew: not where its user has paused it.
fn refresh(request: &Request, seconds: Option<u64>) -> Option<u64> {
    seconds.filter(|_| request.query.get("refresh") != Some("off"))
}

pub(super) fn overview(request: &Request, _: Privilege, site: &mut dyn Site) -> Response {
    let token = token_of(request).and_then(Token::read);
    let document = Document::Overview(Box::<Overview>::default());
    let refresh = refresh(request, page::refresh(&*site));
    Response { token, refresh, ..Response::unfinished(ContentType::Page, document) }
}

pub(super) fn service(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    let Some(index) = site.exact(named(request)) else { return no_such_service(request) };
    let ring = parameter(request, "history").and_then(Ring::from_word).unwrap_or(Ring::Hour);
    let token = token_of(request).and_then(Token::read).or_else(Token::random);
    let text = token.filter(|_| privilege == Privilege::Full).map(|token| token.to_string());
    // A question stays until it is answered.
    let asked = request.query.get("confirm").and_then(Asked::from_word);
    let page = ServicePage::new(index, Viewer { token: text.as_deref() }, ring, asked);
    let document = Document::Service(Box::new(page));
    let refresh = refresh(request, page::refresh(&*site)).filter(|_| asked.is_none());
    Response { token, refresh, ..Response::unfinished(ContentType::Page, document) }
}

pub(super) fn runtime(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    with_forms(request, privilege, |viewer| Some(page::runtime(&*site, viewer)))
}

pub(super) fn runtime_action(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    let action = parameter(request, "action").unwrap_or_default();
    match action.to_ascii_lowercase().as_str() {
        _ if privilege == Privilege::ReadOnly => Response::error(Status::Forbidden, READ_ONLY),
        "validate" => {
            site.wake();
            runtime(request, privilege, site)
        }
        "stop" => bad("The interface is not stopped by a client: take 'set httpd' out and reload".to_owned()),
        _ => bad(format!("Invalid action \"{action}\"")),
    }
}

pub(super) fn log(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    match privilege {
        Privilege::ReadOnly => Response::error(Status::Forbidden, READ_ONLY),
        Privilege::Full => Response {
            refresh: refresh(request, Some(page::LOG_REFRESH)),
            ..Response::ok(ContentType::Page, page::log(&site.log_tail()))
        },
    }
}

pub(super) fn style(_: &Request, _: Privilege, _: &mut dyn Site) -> Response {
    Response::ok(ContentType::Style, STYLE)
}

/// Where a browser goes on after a POST: to the same path. Our own forms say so, and get it relative to their page, which
/// is right below a proxy's path too.
pub(super) fn location(request: &Request) -> Box<str> {
    let last = request.target.rsplit('/').next().unwrap_or_default();
    match request.body.get("page") {
        Some(_) => format!("./{last}").into(),
        None => request.target.clone(),
    }
}

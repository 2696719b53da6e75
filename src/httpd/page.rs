//! The paths of pages for people.

use super::asked::{bad, named, no_such_service, parameter};
use super::auth::{self, Privilege, token_of};
use super::codec::Request;
use super::response::{ContentType, Refresh, Response, Token};
use super::silences;
use super::site::Site;
use crate::document::Document;
use crate::document::log_file::Place;
use crate::document::log_text::LogText;
use crate::document::page::{
    self, Asked, Choice, EventsPage, Filter, ICON, ICON_FAILED, Overview, Range, Renewal, STYLE, ServicePage,
    Types, Viewer,
};

/// The token of the forms of a page, which is that of the cookie beside them, and its text where the viewer may have forms.
fn token(request: &Request, privilege: Privilege) -> (Option<Token>, Option<String>) {
    let token = token_of(request).and_then(Token::read).or_else(Token::random);
    (token, token.filter(|_| privilege == Privilege::Full).map(|token| token.to_string()))
}

/// Whether a browser asks for the page anew: not where its user has paused it.
fn renewal(request: &Request, seconds: Option<u64>) -> Renewal {
    match (seconds, request.query.get("refresh")) {
        (None, _) => Renewal::Never,
        (_, Some("off")) => Renewal::Paused,
        (Some(seconds), _) => Renewal::Every(seconds),
    }
}

fn refresh(request: &Request, renewal: Renewal) -> Option<Refresh> {
    match renewal {
        Renewal::Every(seconds) => Some(Refresh { seconds, url: beside(&request.target).into() }),
        Renewal::Paused | Renewal::Never => None,
    }
}

/// Which services the overview is to be about.
fn filter(request: &Request, site: &dyn Site) -> Result<Filter, Response> {
    let word = |name| request.query.get(name).filter(|word: &&str| !word.is_empty());
    let group = word("group");
    if let Some(name) = group.filter(|name| site.group(name).is_none()) {
        return Err(bad(format!("Service group '{name}' not found")));
    }
    let types = match word("type") {
        None => Types::default(),
        Some(word) => {
            Types::from_word(word).ok_or_else(|| bad(format!("Invalid type of services: '{word}'")))?
        }
    };
    Ok(Filter { group: group.map(Into::into), types })
}

pub(super) fn overview(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    let (token, text) = token(request, privilege);
    let filter = match filter(request, &*site) {
        Ok(filter) => filter,
        Err(response) => return response,
    };
    let renewal = renewal(request, page::refresh(&*site));
    let page = Overview::new(Viewer { token: text.as_deref() }, renewal, filter);
    let document = Document::Overview(Box::new(page));
    Response {
        token,
        refresh: refresh(request, renewal),
        ..Response::unfinished(ContentType::Page, document)
    }
}

pub(super) fn service(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    let Some(index) = site.exact(named(request)) else { return no_such_service(request) };
    let range = parameter(request, "history").and_then(Range::from_word).unwrap_or(Range::Hour);
    let (token, text) = token(request, privilege);
    // A question stays until it is answered.
    let asked = request.query.get("confirm").and_then(Asked::from_word);
    let renewal = renewal(request, page::refresh(&*site).filter(|_| asked.is_none()));
    let page = ServicePage::new(index, Viewer { token: text.as_deref() }, range, asked, renewal);
    let document = Document::Service(Box::new(page));
    Response {
        token,
        refresh: refresh(request, renewal),
        ..Response::unfinished(ContentType::Page, document)
    }
}

pub(super) fn events(request: &Request, _: Privilege, site: &mut dyn Site) -> Response {
    let word = |name| request.query.get(name).filter(|word: &&str| !word.is_empty());
    let before = match word("before").map(|number| number.parse().map_err(|_| number)).transpose() {
        Ok(before) => before,
        Err(number) => return bad(format!("Invalid number of an event: '{number}'")),
    };
    let failed = match word("state") {
        None => false,
        Some("failed") => true,
        Some(other) => {
            return bad(format!("Invalid state: '{other}'. Events of any state are shown, or failed"));
        }
    };
    let choice =
        Choice { service: word("service").map(Into::into), failed, before, form: word("filter").is_some() };
    // What is old does not change, and a form keeps what is chosen in it.
    let seconds = page::refresh(&*site).filter(|_| choice.before.is_none() && !choice.form);
    let renewal = renewal(request, seconds);
    let document = Document::EventsPage(Box::new(EventsPage::new(choice, renewal)));
    Response { refresh: refresh(request, renewal), ..Response::unfinished(ContentType::Page, document) }
}

pub(super) fn runtime(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    let (token, text) = token(request, privilege);
    let body = page::runtime(&*site, Viewer { token: text.as_deref() });
    Response { token, ..Response::ok(ContentType::Page, body) }
}

pub(super) fn runtime_action(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    if let Some(done) = silences::form(request, privilege, site) {
        return if done.is_error() { done } else { runtime(request, privilege, site) };
    }
    let action = parameter(request, "action").unwrap_or_default();
    match action.to_ascii_lowercase().as_str() {
        _ if privilege == Privilege::ReadOnly => auth::read_only(),
        "validate" => {
            site.wake();
            runtime(request, privilege, site)
        }
        "stop" => bad("The interface is not stopped by a client: take 'set httpd' out and reload".to_owned()),
        _ => bad(format!("Invalid action \"{action}\"")),
    }
}

pub(super) fn log(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    if privilege == Privilege::ReadOnly {
        return auth::read_only();
    }
    if request.query.get("download").is_some() {
        return Response::unfinished(ContentType::LogFile, Document::LogText(LogText::default()));
    }
    let place = |name| {
        let text: Option<&str> = request.query.get(name);
        text.map(|text| text.parse().map_err(|_| bad(format!("Invalid place in the log: '{text}'"))))
            .transpose()
    };
    let place = match (place("before"), place("from")) {
        (Err(response), _) | (_, Err(response)) => return response,
        (Ok(Some(at)), _) => Place::Before(at),
        (_, Ok(Some(at))) => Place::From(at),
        (Ok(None), Ok(None)) => Place::End,
    };
    Response::ok(ContentType::Page, page::log(&*site, place))
}

pub(super) fn style(_: &Request, _: Privilege, _: &mut dyn Site) -> Response {
    Response::ok(ContentType::Style, STYLE)
}

pub(super) fn icon(_: &Request, _: Privilege, _: &mut dyn Site) -> Response {
    Response::ok(ContentType::Icon, ICON)
}

pub(super) fn icon_failed(_: &Request, _: Privilege, _: &mut dyn Site) -> Response {
    Response::ok(ContentType::Icon, ICON_FAILED)
}

/// Where a browser goes on after a POST: to the same path. Our own forms say so, and get it relative to their page, which
/// is right below a proxy's path too.
pub(super) fn location(request: &Request) -> Box<str> {
    match request.body.get("page") {
        Some(_) => beside(&request.target).into(),
        None => request.target.clone(),
    }
}

/// A page as it is called by itself and those beside it, also below a proxy's path.
fn beside(target: &str) -> String {
    let path = target.split('?').next().unwrap_or_default();
    let last = path.rfind('/').map_or(0, |slash| slash + 1);
    format!("./{}", target.get(last..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn a_page_is_called_as_those_beside_it_call_it() {
        for (target, name) in [
            ("/", "./"),
            ("/web?history=week", "./web?history=week"),
            ("/?group=a/b", "./?group=a/b"),
            ("/deep/a:b", "./a:b"),
        ] {
            assert_eq!(beside(target), name);
        }
    }
}

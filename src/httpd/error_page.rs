//! Pages of errors: for programs as Monit has always written them, since they read the message out of it, and for people with a
//! browser one that they can read, with a way back.
//!
//! A browser may not get the style sheet without a password, so the page has the little it needs itself. The policy names it
//! by its digest and allows no other.

use crate::MONIT_VERSION;
use crate::document::page;
use std::fmt::Write;

/// Who reads an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A script, or a command line.
    Program,
    /// Somebody with a browser, on a page that many folders below the overview.
    Person(u8),
}

impl Reader {
    /// The one who accepts such answers and asks for that address.
    pub fn of(accept: Option<&str>, target: &str) -> Reader {
        match accept.is_some_and(|accept| accept.contains("text/html")) {
            true => {
                let path = target.split('?').next().unwrap_or_default();
                let depth = path.bytes().filter(|byte| *byte == b'/').count().saturating_sub(1);
                Reader::Person(u8::try_from(depth).unwrap_or(u8::MAX))
            }
            false => Reader::Program,
        }
    }
}

/// What a person is told in other words than a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cause {
    /// The message says it.
    #[default]
    Said,
    /// Wrong user or password, or none.
    Login,
    /// A user who may only look.
    ReadOnly,
    /// A form without its token, which is good for ten minutes.
    Stale,
}

impl Cause {
    fn words(self) -> Option<&'static str> {
        match self {
            Cause::Said => None,
            Cause::Login => Some("User name or password not accepted."),
            Cause::ReadOnly => Some("Your account may only read."),
            Cause::Stale => Some("This page was open over 10 minutes; nothing was done."),
        }
    }
}

/// What the page for people looks like.
const STYLE: &str = "body{font:16px/1.45 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem;\
overflow-wrap:anywhere;color:#1b1f24;background:#fff}h1{font-size:1.5rem}a{color:#0a58ca;display:inline-block;\
padding:.65rem 1rem .65rem 0}footer{font-size:.85rem;margin-top:2rem}@media(prefers-color-scheme:dark){body{color:#e6edf3;\
background:#0f1419}a{color:#7db7ff}}";

/// The policy of the page for people: [`STYLE`] and nothing else.
pub const POLICY: &str = "default-src 'none'; style-src 'sha256-53LXomr+rsiB1C2WvzO8kZt8qJGiakfEh2ETjbdxvxk='; base-uri 'none'; \
form-action 'none'; frame-ancestors 'self'";

/// The page for people. `code` and `reason` are those of the status line.
pub fn for_people(
    code: u16,
    reason: &str,
    message: &str,
    cause: Cause,
    depth: u8,
    signature: &str,
) -> String {
    let mut page = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{code} {reason}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><style>{STYLE}</style></head><body><main><h1>{reason}</h1><p>"
    );
    page::escape(&mut page, cause.words().unwrap_or(message));
    page.push_str("</p><p>");
    // An empty address is that of the page itself, which is asked for and not sent again.
    page.push_str(if cause == Cause::Stale { "<a href=\"\">Reload</a>" } else { "" });
    page.push_str("<a href=\"");
    page.push_str(if depth == 0 { "./" } else { "" });
    page.extend(std::iter::repeat_n("../", usize::from(depth)));
    let _ = writeln!(page, "\">Overview</a></p></main><footer>{signature}</footer></body></html>");
    page
}

/// The page that programs know.
pub fn for_programs(code: u16, reason: &str, message: &str, signature: &str) -> String {
    let mut page =
        format!("<html><head><title>{code} {reason}</title></head><body bgcolor=#FFFFFF><h2>{reason}</h2>");
    escape(&mut page, message);
    footer(&mut page, signature);
    page
}

/// The signature of this program, if it is to be seen.
pub fn signature(visible: bool) -> String {
    format!("monit {}", if visible { MONIT_VERSION } else { "" })
}

/// The end of the page that programs know.
pub fn footer(page: &mut String, signature: &str) {
    let _ = write!(
        page,
        "<hr><a href='https://mmonit.com/monit/'><font size=-1>{signature}</font></a></body></html>\r\n"
    );
}

/// Appends `text` with what HTML would read as markup written as entities.
fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_allows_the_style_that_the_page_has() {
        use base64::Engine;
        let digest = ring::digest::digest(&ring::digest::SHA256, STYLE.as_bytes());
        let digest = base64::engine::general_purpose::STANDARD.encode(digest);
        assert!(POLICY.contains(&format!("'sha256-{digest}'")), "{digest}");
    }

    #[test]
    fn the_page_is_short_and_what_was_asked_for_breaks_out_of_nothing() {
        let page = for_people(404, "Not Found", "no \"<b>\"", Cause::Said, 0, "monit");
        assert!(page.contains(&format!("<style>{STYLE}</style>")) && page.len() < 2048, "{page}");
        assert!(page.contains("<p>no &quot;&lt;b&gt;&quot;</p><p><a href=\"./\">Overview</a></p>"), "{page}");
        assert!(!page.contains("//") && !page.contains("style="), "{page}");
    }

    #[test]
    fn a_person_is_told_what_to_do_and_finds_the_way_back() {
        let stale = for_people(403, "Forbidden", "Invalid CSRF Token", Cause::Stale, 2, "monit");
        assert!(stale.contains("<a href=\"\">Reload</a><a href=\"../../\">Overview</a>"), "{stale}");
        assert!(stale.contains("nothing was done") && !stale.contains("CSRF"), "{stale}");
        for (accept, target, reader) in [
            (Some("text/html,*/*;q=0.8"), "/web?a=/b/", Reader::Person(0)),
            (Some("text/html"), "/a/b/c", Reader::Person(2)),
            (Some("*/*"), "/web", Reader::Program),
            (None, "/web", Reader::Program),
        ] {
            assert_eq!(Reader::of(accept, target), reader, "{accept:?} {target}");
        }
    }
}

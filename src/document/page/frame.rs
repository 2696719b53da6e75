//! What all pages are made of: their top and end, texts and links that cannot leave their place, facts, forms.

use super::icon::Icon;
use super::style::STYLE_MARK;
use crate::document::markup;
use std::fmt::Write;

/// Who looks: what the page may offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer<'a> {
    /// The token of the page's forms; `None`: one who only looks and gets no buttons.
    pub token: Option<&'a str>,
}

/// Appends a text such that neither an element nor an attribute in double or single quotes can be left. What controls a terminal
/// has its sign.
pub fn escape(out: &mut String, text: &str) {
    markup::escape(out, text, |out, character| match character {
        '\'' => out.push_str("&#39;"),
        '\n' | '\t' => out.push(character),
        character if character.is_control() => out.push(control(character)),
        character => out.push(character),
    });
}

/// The sign of a control character.
fn control(character: char) -> char {
    match u32::from(character) {
        0x7f => '\u{2421}',
        code => char::from_u32(0x2400 + code).filter(|_| code < 0x20).unwrap_or('\u{fffd}'),
    }
}

/// Appends a text of others such that it does not turn around what stands beside it: some scripts run from right to left.
pub(super) fn foreign(out: &mut String, text: &str) {
    // None of ASCII does.
    if text.is_ascii() {
        return escape(out, text);
    }
    out.push_str("<bdi>");
    escape(out, text);
    out.push_str("</bdi>");
}

/// A text as an element.
pub(super) fn element(out: &mut String, name: &str, text: &str) {
    out.extend(["<", name, ">"]);
    foreign(out, text);
    out.extend(["</", name, ">"]);
}

/// A relative link to a service's page. The dot keeps a name with a colon from being a scheme.
pub(super) fn link(out: &mut String, name: &str) {
    out.push_str("<a href=\"");
    address(out, name);
    out.push_str("\">");
    foreign(out, name);
    out.push_str("</a>");
}

/// Where the page of a service is.
pub(super) fn address(out: &mut String, name: &str) {
    out.push_str("./");
    encode(out, name);
}

/// A text as a part of an address.
pub(super) fn encode(out: &mut String, name: &str) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    match name.bytes().all(plain) {
        true => out.push_str(name),
        false => name.bytes().for_each(|byte| match plain(byte) {
            true => out.push(char::from(byte)),
            false => {
                let _ = write!(out, "%{byte:02X}");
            }
        }),
    }
}

/// Whether a page is asked for anew by itself; the answer's headers say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Renewal {
    /// Every so many seconds.
    Every(u64),
    /// Its user wants it to stay as it is.
    Paused,
    /// There is something to be typed, or nothing that changes.
    #[default]
    Never,
}

/// What stands above the content of a page.
pub(super) struct Top<'a> {
    pub(super) title: &'a str,
    /// Its own link in the navigation; of a service it has none.
    pub(super) here: &'a str,
    pub(super) renewal: Renewal,
    /// What else its address says; empty or ended by `&amp;`.
    pub(super) query: &'a str,
}

const PLACES: [(&str, &str); 4] =
    [("./", "Overview"), ("./_viewevents", "Events"), ("./_viewlog", "Log"), ("./_runtime", "Runtime")];

/// Everything before the page's own content.
pub(super) fn begin(out: &mut String, top: &Top<'_>) {
    begin_with(out, top, Icon::Plain);
}

/// The same, with that picture in the tab.
pub(super) fn begin_with(out: &mut String, top: &Top<'_>, icon: Icon) {
    out.push_str("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    escape(out, top.title);
    out.push_str(
        "</title><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <link rel=\"icon\" href=\"",
    );
    let _ = write!(
        out,
        "{}\"><link rel=\"stylesheet\" href=\"./_style.css?{:08x}\"></head><body><nav aria-label=\"Pages\">",
        icon.path(),
        STYLE_MARK
    );
    for (to, words) in PLACES {
        let current = if to == top.here { " aria-current=\"page\"" } else { "" };
        let _ = write!(out, "<a href=\"{to}\"{current}>{words}</a>");
    }
    let query = top.query;
    let _ = match top.renewal {
        Renewal::Every(seconds) => write!(
            out,
            "<span class=\"refresh\"><span>every {seconds} s </span><a href=\"?{query}refresh=off\">Pause</a></span>"
        ),
        Renewal::Paused => {
            let query = query.strip_suffix("&amp;").unwrap_or(query);
            write!(
                out,
                "<span class=\"refresh\"><strong>Paused</strong> <a href=\"?{query}\">Resume</a></span>"
            )
        }
        Renewal::Never => Ok(()),
    };
    out.push_str("</nav><main>");
}

/// The end of a page.
pub fn end(out: &mut String) {
    let _ = writeln!(
        out,
        "</main><footer>Monit {} &middot; monit-rs {}</footer></body></html>",
        crate::MONIT_VERSION,
        env!("CARGO_PKG_VERSION")
    );
}

/// A line of a list of facts.
pub(super) fn row(out: &mut String, label: &str, value: &str, failed: bool) {
    out.push_str(if failed { "<div class=\"down\"><dt>" } else { "<div><dt>" });
    escape(out, label);
    out.push_str(if failed { "</dt><dd><strong>! " } else { "</dt><dd>" });
    foreign(out, value);
    out.push_str(if failed { "</strong></dd></div>" } else { "</dd></div>" });
}

/// A form of one button. It posts to the page it is on, as which it names itself: its answer leads back there.
pub(super) fn button(out: &mut String, action: &str, words: &str, token: &str, page: &str) {
    out.push_str("<form method=\"post\">");
    fields(out, token, page);
    press(out, action, words);
}

/// The same on a page that asks a question: its answer leads back to the service without it.
pub(super) fn answer(out: &mut String, action: &str, words: &str, token: &str, name: &str) {
    out.push_str("<form method=\"post\" action=\"");
    address(out, name);
    out.push_str("\">");
    fields(out, token, name);
    press(out, action, words);
}

fn press(out: &mut String, action: &str, words: &str) {
    let _ = write!(out, "<button name=\"action\" value=\"{action}\">{words}</button></form>");
}

/// What every form has: the token, and the page it is on.
pub(super) fn fields(out: &mut String, token: &str, page: &str) {
    out.push_str("<input type=\"hidden\" name=\"securitytoken\" value=\"");
    escape(out, token);
    out.push_str("\"><input type=\"hidden\" name=\"page\" value=\"");
    escape(out, page);
    out.push_str("\">");
}

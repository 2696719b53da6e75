//! Pages for people: useful without a script, with a style of their own and nothing from elsewhere.
//!
//! All links are relative, so that pages work below a proxy's path. State is never told by colour alone.

mod attention;
mod graph;
mod overview;
mod past;
mod runtime;
mod service;
mod silences;

pub use overview::Overview;
pub use runtime::runtime;
pub use service::{Asked, ServicePage};
pub use silences::TOMORROW;

use super::Source;
use std::fmt::Write;

/// The style sheet.
pub const STYLE: &str = include_str!("style.css");

/// Who looks: what the page may offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer<'a> {
    /// The token of the page's forms; `None`: one who only looks and gets no buttons.
    pub token: Option<&'a str>,
}

/// Appends a text such that neither an element nor an attribute in double quotes can be left.
pub fn escape(out: &mut String, text: &str) {
    let plain = |byte: u8| (b' '..0x7f).contains(&byte) && !matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'');
    // Nearly every text can be taken over as it is.
    if text.bytes().all(plain) {
        return out.push_str(text);
    }
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(character),
            character if character.is_control() => out.push('\u{fffd}'),
            character => out.push(character),
        }
    }
}

/// A text as an element.
fn element(out: &mut String, name: &str, text: &str) {
    out.extend(["<", name, ">"]);
    escape(out, text);
    out.extend(["</", name, ">"]);
}

/// A relative link to a service's page. The dot keeps a name with a colon from being a scheme.
fn link(out: &mut String, name: &str) {
    out.push_str("<a href=\"");
    address(out, name);
    out.push_str("\">");
    escape(out, name);
    out.push_str("</a>");
}

/// Where the page of a service is.
fn address(out: &mut String, name: &str) {
    out.push_str("./");
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
struct Top<'a> {
    title: &'a str,
    /// Its own link in the navigation; of a service it has none.
    here: &'a str,
    renewal: Renewal,
    /// What else its address says; empty or ended by `&amp;`.
    query: &'a str,
}

const PLACES: [(&str, &str); 3] = [("./", "Overview"), ("./_runtime", "Runtime"), ("./_viewlog", "Log")];

/// Everything before the page's own content.
fn begin(out: &mut String, top: &Top<'_>) {
    out.push_str("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    escape(out, top.title);
    out.push_str(
        "</title><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <link rel=\"stylesheet\" href=\"./_style.css\"></head><body><nav aria-label=\"Pages\">",
    );
    for (to, words) in PLACES {
        let current = if to == top.here { " aria-current=\"page\"" } else { "" };
        let _ = write!(out, "<a href=\"{to}\"{current}>{words}</a>");
    }
    let query = top.query;
    let _ = match top.renewal {
        Renewal::Every(seconds) => write!(
            out,
            "<span class=\"refresh\">every {seconds} s <a href=\"?{query}refresh=off\">Pause</a></span>"
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

/// Seconds between two looks at a page: a cycle, but neither so often that it disturbs nor so seldom that it is old.
pub fn refresh(source: &dyn Source) -> Option<u64> {
    let poll = source.monitor()?.config.settings.poll?;
    Some(poll.as_secs().clamp(5, 60))
}

/// A line of a list of facts.
fn row(out: &mut String, label: &str, value: &str, failed: bool) {
    out.push_str(if failed { "<div class=\"down\"><dt>" } else { "<div><dt>" });
    escape(out, label);
    out.push_str(if failed { "</dt><dd><strong>! " } else { "</dt><dd>" });
    escape(out, value);
    out.push_str(if failed { "</strong></dd></div>" } else { "</dd></div>" });
}

/// A form of one button. It posts to the page it is on, as which it names itself: its answer leads back there.
fn button(out: &mut String, action: &str, words: &str, token: &str, page: &str) {
    out.push_str("<form method=\"post\">");
    fields(out, token, page);
    press(out, action, words);
}

/// The same on a page that asks a question: its answer leads back to the service without it.
fn answer(out: &mut String, action: &str, words: &str, token: &str, name: &str) {
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
fn fields(out: &mut String, token: &str, page: &str) {
    out.push_str("<input type=\"hidden\" name=\"securitytoken\" value=\"");
    escape(out, token);
    out.push_str("\"><input type=\"hidden\" name=\"page\" value=\"");
    escape(out, page);
    out.push_str("\">");
}

/// Seconds between two looks at the log.
pub const LOG_REFRESH: u64 = 60;

/// The last lines of the log, or why there are none.
pub fn log(text: &str, renewal: Renewal) -> String {
    let mut out = String::new();
    begin(&mut out, &Top { title: "Log", here: "./_viewlog", renewal, query: "" });
    out.push_str("<h1>Log</h1><pre tabindex=\"0\" aria-label=\"Last lines of the log\">");
    escape(&mut out, text);
    out.push_str("</pre>");
    end(&mut out);
    out
}

#[cfg(test)]
mod tests;

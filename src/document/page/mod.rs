//! Pages for people: useful without a script, with a style of their own and nothing from elsewhere.
//!
//! All links are relative, so that pages work below a proxy's path. State is never told by colour alone.

mod graph;
mod overview;
mod past;
mod service;

pub use overview::Overview;
pub use service::{Asked, ServicePage};

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

/// Everything before the page's own content. `refresh`: seconds after which it is asked for anew; the answer's headers say
/// so, unless the user wants it to stay as it is.
pub fn begin(out: &mut String, title: &str, refresh: Option<u64>) {
    out.push_str("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    escape(out, title);
    out.push_str("</title><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    out.push_str(
        "<link rel=\"stylesheet\" href=\"./_style.css\"></head><body><nav><a href=\"./\">Overview</a> \
         <a href=\"./_runtime\">Runtime</a> <a href=\"./_viewlog\">Log</a>",
    );
    if refresh.is_some() {
        out.push_str(
            "<span class=\"refresh\"><a href=\"?\">Live</a> <a href=\"?refresh=off\">Paused</a></span>",
        );
    }
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

/// A page of the monitor itself: what it is, and where its files are. No secrets.
pub fn runtime(source: &dyn Source, viewer: Viewer<'_>) -> String {
    let mut out = String::new();
    begin(&mut out, "Runtime", None);
    out.push_str("<h1>Runtime</h1>");
    if let Some(monitor) = source.monitor() {
        let settings = &monitor.config.settings;
        let poll = settings.poll.unwrap_or_default().as_secs();
        let log = match &settings.log {
            crate::config::LogTarget::None => "none".to_owned(),
            crate::config::LogTarget::File(path) => path.display().to_string(),
            crate::config::LogTarget::Syslog(facility) => format!("syslog {facility}"),
        };
        out.push_str("<table class=\"facts\"><tbody>");
        for (label, value) in [
            ("Version", crate::MONIT_VERSION.to_owned()),
            ("Host", monitor.host().to_owned()),
            ("Monit id", monitor.id.to_owned()),
            ("Uptime", super::text::uptime(monitor.uptime)),
            ("Poll time", format!("{poll} s")),
            ("Services", source.count().to_string()),
            ("Control file", monitor.control.display().to_string()),
            ("Log", log),
            (
                "System",
                format!(
                    "{} {} {}",
                    monitor.platform.name, monitor.platform.release, monitor.platform.machine
                ),
            ),
        ] {
            row(&mut out, label, &value, false);
        }
        out.push_str("</tbody></table>");
    }
    if let Some(token) = viewer.token {
        button(&mut out, "validate", "Check all services now", token, "_runtime");
    }
    end(&mut out);
    out
}

/// A line of a table of facts.
fn row(out: &mut String, label: &str, value: &str, failed: bool) {
    out.push_str(if failed { "<tr class=\"down\">" } else { "<tr>" });
    out.push_str("<th scope=\"row\">");
    escape(out, label);
    out.push_str("</th><td>");
    out.push_str(if failed { "<strong>! " } else { "" });
    escape(out, value);
    out.push_str(if failed { "</strong></td></tr>" } else { "</td></tr>" });
}

/// A form of one button. It posts to the page it is on, as which it names itself: its answer leads back there.
fn button(out: &mut String, action: &str, words: &str, token: &str, page: &str) {
    out.push_str("<form method=\"post\">");
    fields(out, action, words, token, page);
}

/// The same on a page that asks a question: its answer leads back to the service without it.
fn answer(out: &mut String, action: &str, words: &str, token: &str, name: &str) {
    out.push_str("<form method=\"post\" action=\"");
    address(out, name);
    out.push_str("\">");
    fields(out, action, words, token, name);
}

fn fields(out: &mut String, action: &str, words: &str, token: &str, page: &str) {
    out.push_str("<input type=\"hidden\" name=\"securitytoken\" value=\"");
    escape(out, token);
    out.push_str("\"><input type=\"hidden\" name=\"page\" value=\"");
    escape(out, page);
    let _ = write!(out, "\"><button name=\"action\" value=\"{action}\">{words}</button></form>");
}

/// Seconds between two looks at the log.
pub const LOG_REFRESH: u64 = 60;

/// The last lines of the log, or why there are none.
pub fn log(text: &str) -> String {
    let mut out = String::new();
    begin(&mut out, "Log", Some(LOG_REFRESH));
    out.push_str("<h1>Log</h1><pre tabindex=\"0\" aria-label=\"Last lines of the log\">");
    escape(&mut out, text);
    out.push_str("</pre>");
    end(&mut out);
    out
}

#[cfg(test)]
mod tests;

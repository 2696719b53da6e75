//! The page of the monitor's own log: the last lines, and a way back.

use super::super::log_file::{Missing, Part, Place};
use super::super::moment::{moment, zone};
use super::frame::{Renewal, Top, begin, element, end, escape};
use crate::config::format;
use crate::document::Source;
use std::fmt::Write;

/// That of a part of the log, or why there is none.
pub fn log(source: &dyn Source, place: Place) -> String {
    let mut out = String::new();
    // Nobody who reads is to be torn away.
    begin(&mut out, &Top { title: "Log", here: "./_viewlog", renewal: Renewal::Never, query: "" });
    out.push_str("<h1>Log</h1>");
    match source.log(place) {
        Ok(part) => lines(&mut out, source, place, &part),
        Err(missing) => none(&mut out, &missing),
    }
    end(&mut out);
    out
}

fn lines(out: &mut String, source: &dyn Source, place: Place, part: &Part) {
    let now = source.now();
    let [shown, length] = [part.to - part.from, part.length].map(|bytes| format::bytes(bytes as f64));
    let _ = write!(
        out,
        "<p class=\"meta\">As of <time>{}</time> {}: {shown} of {length}</p>",
        moment(now),
        zone(now)
    );
    // Of the end, and of what was before something, the last line is looked for first.
    let (class, label) = match place {
        Place::End => ("last", "Last lines of the log"),
        Place::Before(_) => ("last", "Lines of the log"),
        Place::From(_) => ("", "Lines of the log"),
    };
    let _ = write!(out, "<pre class=\"{class}\" tabindex=\"0\" aria-label=\"{label}\"><code>");
    escape(out, &part.text);
    out.push_str("</code></pre><p class=\"spans\">");
    if part.from > 0 {
        let _ = write!(out, "<a href=\"./_viewlog?before={}\">Older</a>", part.from);
    }
    if part.to < part.length {
        let _ = write!(out, "<a href=\"./_viewlog?from={}\">Newer</a>", part.to);
    }
    out.push_str(
        "<a href=\"./_viewlog\">Newest</a><a href=\"./_viewlog?download=on\" download=\"monit.log\">Download</a></p>",
    );
}

fn none(out: &mut String, missing: &Missing) {
    element(out, "p", &missing.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_leads_to_those_around_it() {
        let source = crate::document::kept::Kept::default();
        let shown = |place, from, to| {
            let text = "</pre><script>\n".to_owned();
            let mut out = String::new();
            lines(&mut out, &source, place, &Part { text, from, to, length: 100, ..Part::default() });
            out
        };
        let page = shown(Place::Before(50), 20, 50);
        assert!(page.contains("?before=20\">Older") && page.contains("?from=50\">Newer"), "{page}");
        assert!(page.contains("&lt;/pre&gt;&lt;script&gt;\n</code></pre>"), "{page}");
        let whole = shown(Place::End, 0, 100);
        assert!(!whole.contains(">Older") && !whole.contains(">Newer") && whole.contains(">Download</a>"));
        assert!(log(&source, Place::End).contains("There is no log file"));
    }
}

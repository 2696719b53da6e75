//! The language as a whole: what is accepted, what it means, what errors say.

mod as_root;
mod faults;
mod gaps;
mod grammar;
mod mistakes;
mod noise;
mod properties;
mod repeated;
mod values;

use super::*;

/// The file name in messages.
const NAME: &str = "monitrc";

fn parse(text: &str) -> ParsedFile {
    parse_text(NAME, text.as_bytes(), &Overrides::default(), Rc::new(as_root::AsRoot))
}

/// The configuration of a text without errors.
fn accepted(text: &str) -> Config {
    let loaded = parse(text);
    let Some(config) = loaded.config else { panic!("{text}\n{}", rendered(&loaded.diagnostics)) };
    config
}

fn rendered(diagnostics: &[Diagnostic]) -> String {
    let line = |found: &Diagnostic| {
        let advice = if found.severity() == Severity::Advice { "advice: " } else { "" };
        format!("{advice}{}\n", found.render(false))
    };
    diagnostics.iter().map(line).collect()
}

/// What is printed for a text.
fn messages(text: &str) -> String {
    rendered(&parse(text).diagnostics)
}

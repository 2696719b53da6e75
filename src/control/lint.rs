//! Advice about a control file that is right: what works as written and is hardly what was meant. For `monit lint` only.
//!
//! Leaves to the parser: what only the text shows (a resource that does not count in a row of them, an `every` behind an
//! `exec`, words behind a quoted command …); it gives such advice itself.

mod actions;
mod contents;
mod files;
mod interface;
mod told;

use super::diagnostic::Diagnostic;
use super::findings::Findings;
use super::outside::Outside;
use crate::config::{Config, ProcessBy, Service, Subject};
use std::collections::HashMap;
use std::path::Path;

/// Looks at a finished configuration, and at the modes of the files it names.
pub fn advise(config: &Config, outside: &dyn Outside) -> Vec<Diagnostic> {
    let mut found = Findings::new(&config.files);
    told::advise(config, &mut found);
    interface::advise(config, &mut found);
    pidfiles(config, &mut found);
    names(config, &mut found);
    actions::advise(config, &mut found);
    files::advise(config, outside, &mut found);
    contents::advise(config, &mut found);
    found.into_list()
}

/// Two services cannot watch one process under two names without acting twice; one that has no program does not act.
fn pidfiles(config: &Config, found: &mut Findings) {
    let mut seen: HashMap<&Path, &str> = HashMap::new();
    let acts = |service: &&Service| actions::has_program(service);
    for service in config.services.iter().filter(acts) {
        let Subject::Process(ProcessBy::Pidfile(path)) = &service.subject else { continue };
        match seen.get(&**path) {
            None => {
                seen.insert(path, &service.name);
            }
            Some(first) => found.advice(
                Some(service.place),
                format!("'{}' has the same pid file as '{first}': {}", service.name, path.display()),
                Some("each would start and stop the process; give one of them its own pid file, or put all tests into one".to_owned()),
            ),
        }
    }
}

/// Quotes from a word processor or a web page are letters of the name.
fn names(config: &Config, found: &mut Findings) {
    let curly = |name: &str| name.chars().find(|c| "“”„‟‘’‚‛«»".contains(*c));
    for service in &config.services {
        if let Some(quote) = curly(&service.name) {
            found.advice(
                Some(service.place),
                format!(
                    "the name '{}' contains the quote {quote}, which is a letter like any other",
                    service.name
                ),
                Some("use \" or ' around names".to_owned()),
            );
        }
    }
}

#[cfg(test)]
mod tests;

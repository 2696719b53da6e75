//! What may be said once in a service or of a webhook: an option of ours that is given twice is an error, for no order of lines decides.

use crate::config::Place;
use crate::control::diagnostic::Fault;
use crate::control::parser::Parser;
use crate::control::so_far::Given;
use crate::control::token::Span;

/// Notes that `what` is given here; an error if it was before.
pub(super) fn once(parser: &mut Parser, given: &mut Given, what: &'static str, span: &Span) {
    match given.iter().find(|(before, _)| *before == what) {
        Some((_, place)) => twice(parser, Fault::SaidTwice { what }, *place, span),
        None => given.push((what, span.place())),
    }
}

/// The same for an option of the service that is being read.
pub(super) fn once_in_service(parser: &mut Parser, what: &'static str, span: &Span) {
    let mut given = std::mem::take(&mut parser.so_far.given);
    once(parser, &mut given, what, span);
    parser.so_far.given = given;
}

/// The error, with the place of the first one.
pub(super) fn twice(parser: &mut Parser, fault: Fault, first: Place, span: &Span) {
    let hint = format!("leave one of them out; the first one is at {}", parser.cite(first));
    parser.error_with_hint(fault, span, hint);
}

#[cfg(test)]
mod tests {
    use crate::control::{Overrides, parse_str};

    #[test]
    fn what_is_said_twice_is_an_error_and_the_first_one_is_shown() {
        let hook = "set alert webhook x url http://h/ ";
        let service = "check process x with pidfile /x\n ";
        for (before, twice, what) in [
            (hook, "format json format slack", "format"),
            (hook, "timeout 3 seconds timeout 9 seconds", "timeout"),
            (hook, "header \"A: b\" template file /dev/null template file /dev/null", "template"),
            (service, "exitwatch on\n exitwatch off", "exitwatch"),
            (service, "exitwatch on\n exitwatch on", "exitwatch"),
            (service, "severity critical\n severity critical", "severity"),
            (service, "backoff 2 to 60 seconds\n backoff 2 to 60 seconds", "backoff"),
        ] {
            let loaded = parse_str("monitrc", format!("{before}{twice}").as_bytes(), &Overrides::default());
            let shown: String = loaded.diagnostics.iter().map(|one| one.render(false)).collect();
            assert!(loaded.config.is_none(), "{twice}");
            assert!(shown.contains(&format!("'{what}' is said twice")), "{twice}: {shown}");
            assert!(shown.contains("the first one is at monitrc:"), "{twice}: {shown}");
        }
    }

    #[test]
    fn each_service_and_each_webhook_may_say_it() {
        let text = "set alert webhook x url http://h/ format json header \"A: b\" header \"C: d\"\n\
                    set alert webhook y url http://h/ format json\n\
                    check process x with pidfile /x severity critical exitwatch on\n\
                    check process y with pidfile /y severity critical exitwatch on\n";
        let loaded = parse_str("monitrc", text.as_bytes(), &Overrides::default());
        assert!(loaded.config.is_some(), "{:?}", loaded.diagnostics);
    }
}

//! Does anybody hear of an event?

use super::super::findings::Findings;
use crate::config::{Action, Alert, Config, EventSet};

/// Alerts without a server, or nobody to send them to. A part of a control file, without any `set`, is not judged: the
/// rest will say.
pub fn advise(config: &Config, found: &mut Findings) {
    if config.fragment || config.services.iter().all(|service| service.place.line == 0) {
        return;
    }
    let settings = &config.settings;
    let all = settings.alerts.iter().chain(config.services.iter().flat_map(|service| &service.alerts));
    let mut all = all.filter(|alert: &&Alert| alert.events != EventSet::NONE);
    let told = all.clone().next();
    let mailed = all.find(|alert| !alert.is_webhook());
    match (mailed, told) {
        (Some(alert), _) if settings.mailservers.is_empty() => found.advice(
            Some(alert.place),
            "alerts have recipients but there is no mail server to send them through".to_owned(),
            Some("add for example: set mailserver localhost".to_owned()),
        ),
        (_, None) if settings.mmonits.is_empty() && !programs_tell(config) => found.advice(
            None,
            "nobody receives alerts: failures are only seen in the log and on the status pages".to_owned(),
            Some("add for example: set mailserver localhost and set alert you@example.com".to_owned()),
        ),
        _ => {}
    }
}

/// Each test that was written runs a program, which will tell.
fn programs_tell(config: &Config) -> bool {
    let mut tests =
        config.services.iter().flat_map(|service| &service.tests).filter(|test| test.place.line > 0);
    let mut any = false;
    tests.all(|test| {
        any = true;
        matches!(test.then, Action::Exec(_))
    }) && any
}

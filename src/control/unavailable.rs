//! The statements that the language knows and this program does not carry out yet: one table, which shrinks.

use crate::config::{Condition, Config, PasswordForm, Place, Service, Settings, Unavailable};

/// A service or test that is not carried out yet, and what users call it.
type OfService = (&'static str, fn(&Service) -> bool);
type OfTest = (&'static str, fn(&Condition) -> bool);
type OfSettings = (&'static str, fn(&Settings) -> Option<Place>);

/// Service types.
const SERVICES: &[OfService] = &[];

/// Tests of services that are carried out.
const TESTS: &[OfTest] = &[("ping test", |test| matches!(test, Condition::Ping(_)))];

/// Global statements, with the place of each.
const SETTINGS: &[OfSettings] = &[
    ("set mmonit", |settings| settings.mmonits.first().map(|mmonit| mmonit.place)),
    ("set httpd with ssl", |settings| settings.httpd.tls.as_ref().map(|_| settings.httpd.place)),
    ("set httpd allow @group", |settings| {
        let pam = settings.httpd.users.iter().any(|user| user.form == PasswordForm::PamGroup);
        pam.then_some(settings.httpd.place)
    }),
];

/// What this configuration asks for in vain. What nobody wrote is not listed: it has no place to point at.
pub(super) fn list(config: &Config) -> Vec<Unavailable> {
    let mut found = Vec::new();
    for (what, place) in SETTINGS {
        if let Some(place) = place(&config.settings) {
            found.push(Unavailable { place, what, service: None });
        }
    }
    for (index, service) in (0u32..).zip(&config.services) {
        let index = Some(index);
        if let Some((what, _)) = SERVICES.iter().find(|(_, is)| is(service)) {
            if service.place.line > 0 {
                found.push(Unavailable { place: service.place, what, service: index });
            }
            continue;
        }
        for test in service.tests.iter().filter(|test| test.place.line > 0) {
            if let Some((what, _)) = TESTS.iter().find(|(_, is)| is(&test.condition)) {
                found.push(Unavailable { place: test.place, what, service: index });
            }
        }
    }
    found.shrink_to_fit();
    found
}

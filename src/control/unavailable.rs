//! The statements that the language knows and this program does not carry out yet: one table, which shrinks.

use crate::config::{Config, Place, Settings, Unavailable};

/// What users call it, and where it stands, if it does.
type OfSettings = (&'static str, fn(&Settings) -> Option<Place>);

/// Global statements, with the place of each.
const SETTINGS: &[OfSettings] = &[
    #[cfg(not(feature = "tls"))]
    ("set httpd with ssl", |settings| settings.httpd.tls.as_ref().map(|_| settings.httpd.place)),
];

/// What this configuration asks for in vain. What nobody wrote is not listed: it has no place to point at.
pub(super) fn list(config: &Config) -> Vec<Unavailable> {
    let settings = &config.settings;
    let told = |(what, place): &OfSettings| Some(Unavailable { place: place(settings)?, what });
    SETTINGS.iter().filter_map(told).collect()
}

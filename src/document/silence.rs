//! The silence that a service is in, for people.

use super::moment::moment;
use crate::service::Silence;

/// Until when and why, for people.
pub(super) fn words(silence: &Silence) -> String {
    let mut text = format!("until {}", moment(silence.until));
    if silence.hold_actions {
        text.push_str(", actions too");
    }
    if silence.is_maintenance() {
        text.push_str(" -- maintenance");
    } else if !silence.reason.is_empty() {
        text.push_str(" -- ");
        text.push_str(&silence.reason);
    }
    text
}

/// The sentence of `why`.
pub(super) fn sentence(silence: &Silence) -> String {
    let held = if silence.hold_actions { "its alerts and actions are" } else { "its alerts are" };
    let Silence { id, on, .. } = silence;
    format!(
        "Silence {id} of {on} lasts {}: {held} held back, what fails at its end is told then",
        words(silence)
    )
}

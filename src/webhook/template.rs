//! A body of one's own: the text of a file, in which variables stand for the facts of the event, escaped as within a string of
//! JSON.

use super::json::escaped;
use super::message::Message;

/// The variables and what they stand for. A longer name stands before one that it begins with.
type Variable = (&'static str, fn(&Message<'_>) -> String);

const VARIABLES: &[Variable] = &[
    ("$DESCRIPTION", |message| message.description(usize::MAX).to_owned()),
    ("$EVIDENCE", |message| message.event.evidence.to_string()),
    ("$INCIDENT", |message| message.incident()),
    ("$SERVICE", |message| message.event.service.to_string()),
    ("$ACTION", |message| message.event.action.word().to_owned()),
    ("$COUNT", |message| message.event.count.to_string()),
    ("$EVENT", |message| message.group.map_or(message.event.title(), |group| &group.title).to_owned()),
    ("$STATE", |message| message.state().to_owned()),
    ("$DATE", |message| message.time()),
    ("$HOST", |message| message.host.to_owned()),
    ("$KIND", |message| message.kind().to_owned()),
    ("$ID", |message| message.id()),
];

/// The text with all variables replaced. What they stand for is not looked at again.
pub fn fill(template: &str, message: &Message<'_>) -> String {
    let mut out = String::with_capacity(template.len() + 256);
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        let (before, here) = rest.split_at(at);
        out.push_str(before);
        let found = VARIABLES.iter().find(|(name, _)| here.starts_with(name));
        let length = match found {
            Some((name, value)) => {
                out.push_str(&escaped(&value(message)));
                name.len()
            }
            None => {
                out.push('$');
                1
            }
        };
        rest = here.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::super::message::tests::event;
    use super::*;
    use crate::event::State;

    #[test]
    fn variables_are_replaced_once_and_escaped() {
        let mut event = event("$HOST\"", State::Failed);
        event.evidence = "a\n".into();
        let message = Message { event: &event, host: "box", key: 1, group: None };
        let text =
            fill("{\"s\":\"$SERVICE\",\"c\":$COUNT,\"x\":\"$$STATE $NO\",\"e\":\"$EVIDENCE\"}", &message);
        assert_eq!(text, "{\"s\":\"$HOST\\\"\",\"c\":1,\"x\":\"$failed $NO\",\"e\":\"a\\n\"}");
    }
}

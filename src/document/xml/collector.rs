//! What only M/Monit is told: how to reach us, to which of its groups this host belongs, and an event.

use super::tags::{Tags, elements};
use crate::config::EventKind;
use crate::document::Monitor;
use crate::event::Event;
use std::time::UNIX_EPOCH;

/// What ends every document.
pub(super) const END: &str = "</monit>";
/// The name of the service in events about the monitor itself.
const MONITOR: &str = "Monit";

/// How a collector is to register this host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registration {
    /// Name and password of a user of ours are sent along, so that M/Monit can act here.
    pub credentials: bool,
    /// The groups of hosts that it is to be shown in.
    pub hostgroups: Box<[Box<str>]>,
}

impl Registration {
    /// Within `server`.
    pub(super) fn credentials(&self, tags: &mut Tags<'_>, monitor: &Monitor<'_>) {
        let httpd = &monitor.config.settings.httpd;
        let is_open = httpd.port.is_some() || httpd.unix.is_some();
        if let Some(user) = httpd.credentials_to_share().filter(|_| self.credentials && is_open) {
            tags.within("credentials", |tags| {
                tags.text("username", &user.name);
                tags.text("password", &user.password);
            });
        }
    }

    /// Behind `platform`.
    pub(super) fn hostgroups(&self, tags: &mut Tags<'_>) {
        if !self.hostgroups.is_empty() {
            tags.within("hostgroups", |tags| {
                self.hostgroups.iter().for_each(|group| tags.cdata("name", group));
            });
        }
    }
}

/// The end of what [`Xml::for_collector`](super::Xml::for_collector) begins, with an event in front of it.
pub fn ending(event: Option<&Event>) -> String {
    let mut out = String::new();
    if let Some(event) = event {
        Tags(&mut out).within("event", |tags| write(tags, event));
    }
    out.push_str(END);
    out
}

fn write(tags: &mut Tags<'_>, event: &Event) {
    let time = event.time.duration_since(UNIX_EPOCH).unwrap_or_default();
    elements!(tags; "collected_sec": time.as_secs(),);
    elements!(tags; "collected_usec": time.subsec_micros(),);
    let is_ours = event.kind == EventKind::Instance;
    tags.cdata("service", if is_ours { MONITOR } else { &event.service });
    elements!(tags; "type": event.service_type,);
    elements!(tags; "id": event.kind.bit(),);
    elements!(tags; "state": event.state as u8,);
    elements!(tags; "action": event.action as u8,);
    tags.cdata("message", &event.description);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{ActionName, State};
    use std::time::Duration;

    #[test]
    fn an_event_is_the_last_thing_in_a_document() {
        let mut event = Event {
            id: 1,
            time: UNIX_EPOCH + Duration::from_micros(1_795_222_758_962_983),
            kind: EventKind::Exec,
            state: State::Failed,
            service: "tm<o".into(),
            service_index: Some(2),
            service_type: 3,
            test: 0,
            action: ActionName::Alert,
            description: "failed to start (exit status 1) -- no output".into(),
            evidence: Box::default(),
            count: 1,
        };
        assert_eq!(
            ending(Some(&event)),
            "<event><collected_sec>1795222758</collected_sec><collected_usec>962983</collected_usec>\
             <service><![CDATA[tm<o]]></service><type>3</type><id>4096</id><state>1</state><action>1</action>\
             <message><![CDATA[failed to start (exit status 1) -- no output]]></message></event></monit>"
        );
        event.kind = EventKind::Instance;
        assert!(ending(Some(&event)).contains("<service><![CDATA[Monit]]></service>"));
        assert_eq!(ending(None), "</monit>");
    }
}

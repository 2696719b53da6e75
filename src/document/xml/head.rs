//! What stands before the services: the monitor and its machine.

use super::tags::{Tags, elements, escape};
use super::{Layout, Registration};
use crate::MONIT_VERSION;
use crate::document::Monitor;
use std::fmt::Write;

pub(super) fn write(
    out: &mut String,
    monitor: Option<Monitor<'_>>,
    layout: Layout,
    registration: Option<&Registration>,
) {
    out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?><monit");
    if let (Layout::Second, Some(monitor)) = (layout, &monitor) {
        out.push_str(" id=\"");
        escape(out, monitor.id);
        let _ = write!(out, "\" incarnation=\"{}\" version=\"{MONIT_VERSION}\"", monitor.incarnation);
    }
    out.push('>');
    if let Some(monitor) = monitor {
        let mut tags = Tags(out);
        tags.within("server", |tags| {
            server(tags, &monitor, layout);
            registration.into_iter().for_each(|registration| registration.credentials(tags, &monitor));
        });
        tags.within("platform", |tags| {
            let platform = monitor.platform;
            tags.text("name", &platform.name);
            tags.text("release", &platform.release);
            tags.text("version", &platform.version);
            tags.text("machine", &platform.machine);
            elements!(tags; "cpu": platform.processors,);
            elements!(tags; "memory": platform.memory / 1024,);
            elements!(tags; "swap": platform.swap / 1024,);
        });
        registration.into_iter().for_each(|registration| registration.hostgroups(&mut tags));
    }
    if layout == Layout::Second {
        out.push_str("<services>");
    }
}

fn server(tags: &mut Tags<'_>, monitor: &Monitor<'_>, layout: Layout) {
    let settings = &monitor.config.settings;
    if layout == Layout::First {
        tags.text("id", monitor.id);
        elements!(tags; "incarnation": monitor.incarnation,);
        elements!(tags; "version": MONIT_VERSION,);
    }
    elements!(tags; "uptime": monitor.uptime.as_secs(),);
    elements!(tags; "poll": settings.poll.unwrap_or_default().as_secs(),);
    elements!(tags; "startdelay": settings.start_delay.as_secs(),);
    tags.text("localhostname", monitor.host());
    tags.text("controlfile", &monitor.control.to_string_lossy());
    let httpd = &settings.httpd;
    if httpd.port.is_none() && httpd.unix.is_none() {
        return;
    }
    tags.within("httpd", |tags| {
        if let Some(port) = httpd.port {
            tags.text("address", httpd.address.as_deref().unwrap_or_default());
            elements!(tags; "port": port,);
            elements!(tags; "ssl": u8::from(httpd.tls.is_some()),);
        }
        if let Some(unix) = &httpd.unix {
            tags.text("unixsocket", &unix.path.to_string_lossy());
        }
    });
}

//! The page of the monitor itself: what it is, what it does for others, and where its files are. No secrets.

use super::super::text::uptime;
use super::frame::{Renewal, Top, Viewer, begin, button, end, row};
use super::silences;
use crate::config::{Config, LogTarget, MailServer, Settings, bracketed, format};
use crate::document::{Monitor, Source};
use std::path::Path;

/// Recipients of alerts that are named.
const RECIPIENTS: usize = 20;

/// The page.
pub fn runtime(source: &dyn Source, viewer: Viewer<'_>) -> String {
    let mut out = String::new();
    begin(&mut out, &Top { title: "Runtime", here: "./_runtime", renewal: Renewal::Never, query: "" });
    out.push_str("<h1>Runtime</h1>");
    if let Some(token) = viewer.token {
        out.push_str("<div class=\"buttons\">");
        button(&mut out, "validate", "Check all services now", token, "_runtime");
        out.push_str("</div>");
    }
    if !source.silences().is_empty() {
        out.push_str("<h2>Silences</h2>");
        silences::of_all(&mut out, source, viewer, "_runtime");
    }
    silences::planned(&mut out, source);
    if let Some(monitor) = source.monitor() {
        let settings = &monitor.config.settings;
        table(&mut out, "Monitor", program(&monitor, source.count()));
        table(&mut out, "Alerts", alerts(monitor.config));
        table(&mut out, "Interface", interface(settings));
        table(&mut out, "Files", files(&monitor));
        table(&mut out, "Limits", limits(settings));
    }
    end(&mut out);
    out
}

type Line = (&'static str, String);

fn table(out: &mut String, heading: &str, lines: Vec<Line>) {
    out.extend(["<h2>", heading, "</h2><dl class=\"facts\">"]);
    for (label, value) in lines {
        row(out, label, &value, false);
    }
    out.push_str("</dl>");
}

fn program(monitor: &Monitor<'_>, count: u32) -> Vec<Line> {
    let settings = &monitor.config.settings;
    let platform = monitor.platform;
    let mut lines = vec![
        ("Version", format!("Monit {}, monit-rs {}", crate::MONIT_VERSION, env!("CARGO_PKG_VERSION"))),
        ("Host", monitor.host().to_owned()),
        ("Monit id", monitor.id.to_owned()),
        ("Process id", std::process::id().to_string()),
        ("Uptime", uptime(monitor.uptime)),
        ("Services", count.to_string()),
        ("Checks every", settings.poll.map_or("once".to_owned(), format::duration)),
        ("System", format!("{} {} {}", platform.name, platform.release, platform.machine)),
        ("Processors", platform.processors.to_string()),
        ("Memory", format::bytes(platform.memory as f64)),
        ("Swap", format::bytes(platform.swap as f64)),
    ];
    if !settings.start_delay.is_zero() {
        lines.push(("Start delay", format::duration(settings.start_delay)));
    }
    lines
}

fn alerts(config: &Config) -> Vec<Line> {
    let settings = &config.settings;
    let server = |server: &MailServer| format!("{}:{}", bracketed(server.name()), server.port);
    let servers: Vec<String> = settings.mailservers.iter().map(server).collect();
    let named = config.told(RECIPIENTS + 1);
    let mut to = named.iter().take(RECIPIENTS).map(|name| &**name).collect::<Vec<_>>().join(", ");
    if named.len() > RECIPIENTS {
        to.push_str(", …");
    }
    let queue = settings.eventqueue.as_ref().map_or_else(
        || "in memory".to_owned(),
        |queue| {
            let slots = queue.slots.map_or(String::new(), |slots| format!(", at most {slots} events"));
            format!("{}{slots}", queue.basedir.display())
        },
    );
    vec![
        ("Recipients", or(to, "nobody: see set alert")),
        ("Mail servers", or(servers.join(", "), "none: see set mailserver")),
        ("Undelivered events", queue),
    ]
}

fn interface(settings: &Settings) -> Vec<Line> {
    let httpd = &settings.httpd;
    let mut lines = Vec::new();
    if let Some(port) = httpd.port {
        let address = httpd.address.as_deref().unwrap_or("all addresses");
        let tls = if httpd.tls.is_some() { ", TLS" } else { "" };
        lines.push(("Port", format!("{port} on {address}{tls}")));
    }
    if let Some(unix) = &httpd.unix {
        lines.push(("Socket", unix.path.display().to_string()));
    }
    let hosts: Vec<&str> = httpd.allow.iter().map(|allow| &*allow.text).collect();
    lines.push(("Allowed hosts", or(hosts.join(", "), "any")));
    let users = httpd.users.len();
    lines.push(("Users and groups", or(if users > 0 { users.to_string() } else { String::new() }, "none")));
    lines
}

fn files(monitor: &Monitor<'_>) -> Vec<Line> {
    let settings = &monitor.config.settings;
    let log = match &settings.log {
        LogTarget::None => "none".to_owned(),
        LogTarget::File(path) => path.display().to_string(),
        LogTarget::Syslog(facility) => format!("syslog, {facility}"),
    };
    let mut lines = vec![("Control file", monitor.control.display().to_string()), ("Log", log)];
    let shown = |path: &Option<Box<Path>>| path.as_ref().map(|path| path.display().to_string());
    for (label, path) in [
        ("Pid file", &settings.pidfile),
        ("Id file", &settings.idfile),
        ("State file", &settings.statefile),
        ("Metrics file", &settings.metrics_file),
    ] {
        lines.extend(shown(path).map(|path| (label, path)));
    }
    let history = match &settings.history {
        Some(history) if !history.on => "off".to_owned(),
        Some(history) => shown(&history.file).unwrap_or_else(|| "beside the state file".to_owned()),
        None => "beside the state file".to_owned(),
    };
    lines.push(("History", history));
    lines
}

fn limits(settings: &Settings) -> Vec<Line> {
    let limits = &settings.limits;
    let exec = match limits.exec_timeout.is_zero() {
        true => "none".to_owned(),
        false => format::duration(limits.exec_timeout),
    };
    let bytes = |bytes: u32| format::bytes(f64::from(bytes));
    vec![
        ("Start", format::duration(limits.start_timeout)),
        ("Stop", format::duration(limits.stop_timeout)),
        ("Restart", format::duration(limits.restart_timeout)),
        ("Program", format::duration(limits.program_timeout)),
        ("Executed program", exec),
        ("Network", format::duration(limits.network_timeout)),
        ("Program output", bytes(limits.program_output)),
        ("Send and expect", bytes(limits.send_expect_buffer)),
        ("File content", bytes(limits.file_content_buffer)),
        ("HTTP content", bytes(limits.http_content_buffer)),
        ("Connection tests at once", limits.connection_tests.to_string()),
    ]
}

fn or(text: String, instead: &str) -> String {
    if text.is_empty() { instead.to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Alert, EventSet, Place, Url, Webhook, WebhookFormat};
    use std::time::Duration;

    fn webhook(name: &str) -> Webhook {
        Webhook {
            place: Place::default(),
            name: name.into(),
            url: Url::default(),
            format: WebhookFormat::Json,
            timeout: Duration::ZERO,
            headers: Default::default(),
            secret: None,
            template: None,
        }
    }

    #[test]
    fn only_those_are_recipients_whom_somebody_tells() {
        let mut config = Config::default();
        let alerts = |config: &Config| alerts(config).swap_remove(0).1;
        config.settings.webhooks = ["unused", "ops"].map(|name| Box::new(webhook(name))).into();
        assert_eq!(alerts(&config), "nobody: see set alert");
        for (address, events) in
            [("a@b", EventSet::ALL), ("A@B", EventSet::ALL), ("@ops", EventSet::ALL), ("c@d", EventSet::NONE)]
        {
            let (place, address) = (Place::default(), address.into());
            config.settings.alerts.push(Alert { place, address, events, reminder: 0, format: None });
        }
        assert_eq!(alerts(&config), "a@b, @ops");
    }

    #[test]
    fn a_mail_server_is_named_as_a_url_would() {
        let mut config = Config::default();
        for host in ["::1", "192.0.2.1", "mail.example.org"] {
            config.settings.mailservers.push(MailServer {
                place: Place::default(),
                host: host.into(),
                port: 25,
                username: None,
                password: None,
                tls: None,
                certificate: None,
                doubtful: false,
            });
        }
        assert_eq!(alerts(&config)[1].1, "[::1]:25, 192.0.2.1:25, mail.example.org:25");
    }
}

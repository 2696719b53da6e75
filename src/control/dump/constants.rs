//! The first block: what the `set` statements say.

use super::{DumpContext, constant, entry, tls};
use crate::config::{
    Alert, Config, EventKind, EventSet, Evidence, ExitWatch, History, Httpd, Limits, LogRepeat, LogTarget,
    MailFormat, MailServer, Maintenance, Mmonit, Noise, OnReboot, Settings, Webhook, format,
};
use crate::control::outside::Kind;
use std::borrow::Cow;
use std::fmt::Write;
use std::path::Path;

/// Writes the runtime constants.
pub fn write(config: &Config, context: &DumpContext, out: &mut String) {
    let settings = &config.settings;
    out.push_str("Runtime constants:\n");
    constant(out, "Control file", context.control_file.display());
    let log: Cow<str> = match &settings.log {
        LogTarget::None => "(not defined)".into(),
        LogTarget::File(path) => path.to_string_lossy(),
        LogTarget::Syslog(_) => "syslog".into(),
    };
    constant(out, "Log file", log);
    constant(out, "Pid file", context.pidfile.display());
    constant(out, "Id file", context.idfile.display());
    constant(out, "State file", context.statefile.display());
    constant(out, "Debug", truth(context.debug));
    constant(out, "Log", truth(settings.log != LogTarget::None));
    // What is no regular file is left to syslog.
    let device = |path: &Path| context.outside.status(path).is_ok_and(|found| found.kind != Kind::File);
    let syslog = match &settings.log {
        LogTarget::Syslog(_) => true,
        LogTarget::File(path) => device(path),
        LogTarget::None => false,
    };
    constant(out, "Use syslog", truth(syslog));
    // Our extension, so no line of the reference.
    match settings.log_repeat {
        LogRepeat::Always => {}
        LogRepeat::Every(cycles) => constant(out, "Log repeat", format_args!("every {cycles} cycle(s)")),
        LogRepeat::Never => constant(out, "Log repeat", "never"),
    }
    constant(out, "Is Daemon", truth(settings.poll.is_some()));
    constant(out, "Use process engine", truth(true));
    limits(settings, out);
    constant(out, "On reboot", onreboot(settings.onreboot));
    let poll = settings.poll.unwrap_or_default().as_secs();
    let delay = settings.start_delay.as_secs();
    constant(out, "Poll time", format_args!("{poll} seconds with start delay {delay} seconds"));
    if let Some(queue) = &settings.eventqueue {
        let folder = queue.basedir.display();
        match queue.slots {
            Some(slots) => {
                constant(out, "Event queue", format_args!("base directory {folder} with {slots} slots"));
            }
            None => {
                constant(out, "Event queue", format_args!("base directory {folder} with unlimited slots"))
            }
        }
    }
    let options = tls::options(&settings.tls);
    if !options.is_empty() && tls::in_use(&settings.tls) {
        constant(out, "SSL options", options);
    }
    if let Some(watch) = &settings.exitwatch {
        constant(out, "Exit watch", exitwatch(watch));
    }
    if let Some(history) = &settings.history {
        constant(out, "History", self::history(history));
    }
    if settings.evidence == Evidence::Off {
        constant(out, "Evidence", "off");
    }
    for maintenance in &settings.maintenance {
        constant(out, "Maintenance", self::maintenance(maintenance));
    }
    if let Some(path) = &settings.metrics_file {
        constant(out, "Metrics file", path.display());
    }
    for webhook in &settings.webhooks {
        self::webhook(webhook, out);
    }
    for heartbeat in &settings.heartbeats {
        let every = format::duration(heartbeat.every);
        constant(out, "Heartbeat", format_args!("{} every {every}", heartbeat.url.shown()));
        constant(out, "", format_args!("    with timeout {}", format::duration(heartbeat.timeout)));
    }
    for (n, mmonit) in settings.mmonits.iter().enumerate() {
        self::mmonit(if n == 0 { "M/Monit(s)" } else { "" }, mmonit, out);
    }
    mail(settings, out);
    httpd(&settings.httpd, out);
    for alert in settings.alerts.iter().rev() {
        self::alert(alert, |out, label, value| constant(out, label, value), out);
    }
    for noise in &settings.noise {
        constant(out, "Alert noise", self::noise(noise));
    }
}

/// Our extension, so no line of the reference.
pub fn exitwatch(watch: &ExitWatch) -> String {
    match watch.on {
        true => format!("on with delay {}", format::duration(watch.delay)),
        false => "off".to_owned(),
    }
}

/// Our extension too.
fn history(history: &History) -> Cow<'static, str> {
    match (history.on, &history.file) {
        (false, _) => "off".into(),
        (true, None) => "on".into(),
        (true, Some(path)) => format!("on with files {}.*", path.display()).into(),
    }
}

/// And this.
fn maintenance(maintenance: &Maintenance) -> String {
    let Maintenance { begins, time, on, hold_actions, .. } = maintenance;
    let hold = if *hold_actions { " hold actions" } else { "" };
    format!("\"{}\" for {} on {on}{hold}", begins.text, format::duration(*time))
}

/// How much one recipient, or everybody, is told.
fn noise(noise: &Noise) -> String {
    let mut text = noise.address.as_deref().unwrap_or("all recipients").to_owned();
    if let Some(group) = noise.group {
        let _ = write!(text, " group within {}", format::duration(group));
    }
    if let Some(limit) = noise.limit {
        let _ = write!(text, " limit {limit} per hour");
    }
    if let Some(quiet) = &noise.quiet {
        let _ = write!(text, " quiet \"{}\"", quiet.text);
    }
    text
}

fn limits(settings: &Settings, out: &mut String) {
    let l = &settings.limits;
    constant(out, "Limits", "{");
    for (label, size) in [
        ("programOutput:", l.program_output),
        ("sendExpectBuffer:", l.send_expect_buffer),
        ("fileContentBuffer:", l.file_content_buffer),
        ("httpContentBuffer:", l.http_content_buffer),
    ] {
        constant(out, "", format_args!("  {label:<18} {}", format::bytes(f64::from(size))));
    }
    for (label, time) in [
        ("networkTimeout:", l.network_timeout),
        ("programTimeout:", l.program_timeout),
        ("stopTimeout:", l.stop_timeout),
        ("startTimeout:", l.start_timeout),
        ("restartTimeout:", l.restart_timeout),
        ("execTimeout:", l.exec_timeout),
    ] {
        constant(out, "", format_args!("  {label:<18} {}", format::duration(time)));
    }
    if l.shutdown_timeout != Limits::default().shutdown_timeout {
        let time = format::duration(l.shutdown_timeout);
        constant(out, "", format_args!("  {:<18} {time}", "shutdownTimeout:"));
    }
    if l.connection_tests != Limits::default().connection_tests {
        constant(out, "", format_args!("  {:<18} {}", "connectionTests:", l.connection_tests));
    }
    constant(out, "", "}");
}

/// Our extension, so no line of the reference. Of secrets it is said that they are there.
fn webhook(webhook: &Webhook, out: &mut String) {
    constant(out, "Webhook", format_args!("{} {}", webhook.address(), webhook.url.shown()));
    constant(out, "", format_args!("    with format {}", webhook.format.word()));
    constant(out, "", format_args!("    with timeout {}", format::duration(webhook.timeout)));
    for (name, _) in &webhook.headers {
        constant(out, "", format_args!("    with header {name}"));
    }
    if webhook.secret.is_some() {
        constant(out, "", "    with secret");
    }
    if webhook.template.is_some() {
        constant(out, "", "    with template");
    }
}

fn mmonit(label: &str, mmonit: &Mmonit, out: &mut String) {
    let url = &mmonit.url;
    // The scheme as it was written: a log or a ticket quotes it.
    let scheme = url.text.split("://").next().unwrap_or("http");
    constant(
        out,
        label,
        format_args!("{scheme}://[{}]:{}{}", url.host, url.port, target(&url.path, url.query.as_deref())),
    );
    constant(out, "", format_args!("    with timeout {}", format::duration(mmonit.timeout)));
    let secure = tls::clause(mmonit.tls.as_deref(), mmonit.certificate.as_deref(), url.secure);
    if !secure.is_empty() {
        constant(out, "", format_args!("   {secure}"));
    }
    if mmonit.register_credentials && url.username.is_some() {
        constant(out, "", "    with credentials");
    }
    if !mmonit.hostgroups.is_empty() {
        constant(out, "", format_args!("    with hostgroups [\"{}\"]", mmonit.hostgroups.join("\", \"")));
    }
}

/// This many bytes of the mail message are shown.
const MESSAGE_START: usize = 20;

fn mail(settings: &Settings, out: &mut String) {
    if !settings.mailservers.is_empty() {
        let servers: Vec<String> = settings.mailservers.iter().map(mailserver).collect();
        let timeout = settings.mail_timeout.unwrap_or(settings.limits.network_timeout);
        let mut text = format!("{} with timeout {}", servers.join(", "), format::duration(timeout));
        if let Some(name) = &settings.mail_hostname {
            text.push_str(&format!(" using '{name}' as my hostname"));
        }
        constant(out, "Mail server(s)", text);
    }
    let format = &settings.mail_format;
    if *format == MailFormat::default() {
        return;
    }
    match &format.from {
        Some(from) => constant(out, "Mail from", address(from)),
        None => constant(out, "Mail from", MailFormat::FROM),
    }
    if let Some(reply_to) = &format.reply_to {
        constant(out, "Mail reply to", address(reply_to));
    }
    constant(out, "Mail subject", format.subject.as_deref().unwrap_or(MailFormat::SUBJECT));
    let message = format.message.as_deref().unwrap_or(MailFormat::MESSAGE);
    let start: String = message
        .char_indices()
        .take_while(|(at, c)| at + c.len_utf8() <= MESSAGE_START)
        .map(|(_, c)| c)
        .collect();
    constant(out, "Mail message", format_args!("{start}..(truncated)"));
}

fn mailserver(server: &MailServer) -> String {
    let secure = tls::clause(server.tls.as_deref(), server.certificate.as_deref(), false);
    format!("{}:{}{secure}", server.name(), server.port)
}

/// `Display Name <address>`, or the bare address.
fn address((name, address): &(Box<str>, Box<str>)) -> String {
    if name.is_empty() { address.to_string() } else { format!("{name} <{address}>") }
}

fn httpd(httpd: &Httpd, out: &mut String) {
    let starts = httpd.port.is_some() || httpd.unix.is_some();
    constant(out, "Start monit httpd", truth(starts));
    if !starts {
        return;
    }
    if let Some(port) = httpd.port {
        constant(out, "httpd bind address", httpd.address.as_deref().unwrap_or("Any/All"));
        constant(out, "httpd portnumber", port);
        constant(out, "httpd net readonly", switch(httpd.readonly));
        if let Some(options) = &httpd.tls {
            constant(out, "httpd encryption", tls::options(options));
        }
    }
    if let Some(unix) = &httpd.unix {
        constant(out, "httpd unix socket", unix.path.display());
        constant(out, "httpd unix readonly", switch(unix.readonly));
    }
    constant(out, "httpd signature", switch(!httpd.hide_signature));
    let style = match (httpd.users.is_empty(), httpd.allow.iter().all(|allow| allow.networks.is_empty())) {
        (false, false) => "Basic Authentication and Host/Net allow list",
        (false, true) => "Basic Authentication",
        (true, false) => "Host/Net allow list",
        (true, true) => "No authentication!",
    };
    constant(out, "httpd auth. style", style);
}

/// The lines of a recipient, global or of a service; `line` writes one in the width of its block.
pub fn alert(alert: &Alert, line: fn(&mut String, &str, &str), out: &mut String) {
    line(out, if alert.is_webhook() { "Alert webhook" } else { "Alert mail to" }, &alert.address);
    line(out, "  Alert on", &events(alert.events));
    if alert.reminder > 0 {
        line(out, "  Alert reminder", &format!("{} cycles", alert.reminder));
    }
}

/// [`alert`] in a service's block.
pub fn service_alert(alert: &Alert, out: &mut String) {
    self::alert(alert, |out, label, value| entry(out, label, value), out);
}

/// The kinds in the order and with the names in which a dump lists them.
const EVENTS: [(EventKind, &str); 30] = [
    (EventKind::Action, "Action"),
    (EventKind::ByteIn, "ByteIn"),
    (EventKind::ByteOut, "ByteOut"),
    (EventKind::Checksum, "Checksum"),
    (EventKind::Connection, "Connection"),
    (EventKind::Content, "Content"),
    (EventKind::Data, "Data"),
    (EventKind::Exec, "Exec"),
    (EventKind::Exist, "Exist"),
    (EventKind::FsFlags, "Fsflags"),
    (EventKind::Gid, "Gid"),
    (EventKind::Icmp, "Icmp"),
    (EventKind::Instance, "Instance"),
    (EventKind::Invalid, "Invalid"),
    (EventKind::Link, "Link"),
    (EventKind::NonExist, "Nonexist"),
    (EventKind::PacketIn, "PacketIn"),
    (EventKind::PacketOut, "PacketOut"),
    (EventKind::Permission, "Permission"),
    (EventKind::Pid, "PID"),
    (EventKind::PPid, "PPID"),
    (EventKind::Resource, "Resource"),
    (EventKind::Saturation, "Saturation"),
    (EventKind::Size, "Size"),
    (EventKind::Speed, "Speed"),
    (EventKind::Status, "Status"),
    (EventKind::Timeout, "Timeout"),
    (EventKind::Timestamp, "Timestamp"),
    (EventKind::Uid, "Uid"),
    (EventKind::Uptime, "Uptime"),
];

fn events(events: EventSet) -> String {
    match events {
        EventSet::ALL => "All events".to_owned(),
        EventSet::NONE => "No events".to_owned(),
        events => {
            let mut text = String::new();
            for (kind, name) in EVENTS {
                if events.contains(kind) {
                    text.push_str(name);
                    text.push(' ');
                }
            }
            text
        }
    }
}

/// Path and query of a URL.
pub fn target(path: &str, query: Option<&str>) -> String {
    match query {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    }
}

pub fn onreboot(mode: OnReboot) -> &'static str {
    match mode {
        OnReboot::Start => "start",
        OnReboot::NoStart => "nostart",
        OnReboot::LastState => "laststate",
    }
}

fn truth(on: bool) -> &'static str {
    if on { "True" } else { "False" }
}

fn switch(on: bool) -> &'static str {
    if on { "Enabled" } else { "Disabled" }
}

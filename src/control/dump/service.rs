//! The block of one service.

use super::{action, constants, entry, test};
use crate::config::test_words::content;
use crate::config::{
    Config, Every, Mode, NetworkBy, PatternSource, ProcessBy, Service, Severity, Subject, format,
};
use crate::control::outside::Outside;
use std::fmt::Write;

/// Writes the block of `service`.
pub fn write(config: &Config, service: &Service, outside: &dyn Outside, out: &mut String) {
    let _ = writeln!(out, "{:<21} = {}", type_label(&service.subject), service.name);
    groups(config, service, out);
    subject(&service.subject, out);
    entry(out, "Monitoring mode", mode(service.mode));
    entry(out, "On reboot", constants::onreboot(service.onreboot));
    for (label, program) in [
        ("Start program", &service.start),
        ("Stop program", &service.stop),
        ("Restart program", &service.restart),
    ] {
        if let Some(program) = program {
            entry(out, label, action::program(program));
        }
    }
    let mut lines = test::Lines::of(service, outside);
    lines.write_existence(out);
    for (name, _) in service.depends_on.iter().rev() {
        entry(out, "Depends on Service", name);
    }
    if let Subject::Program(program) = &service.subject {
        let limit = format::duration(program.command.timeout.unwrap_or_default());
        entry(out, "Program timeout", format_args!("terminate the program if not finished within {limit}"));
    }
    lines.write_before_content(out);
    for (operator, source, _) in &service.ignores {
        for pattern in patterns(source, outside) {
            entry(out, "Ignore content", format_args!("if {} then ignore", content(*operator, &pattern)));
        }
    }
    lines.write_rest(out);
    every(&service.every, out);
    if let Some(watch) = &service.exitwatch {
        entry(out, "Exit watch", constants::exitwatch(watch));
    }
    if let Some(backoff) = &service.backoff {
        let (first, longest) = (format::duration(backoff.first), format::duration(backoff.longest));
        entry(out, "Backoff", format_args!("restart after {first}, at most {longest}"));
    }
    if service.severity == Severity::Critical {
        entry(out, "Severity", "critical");
    }
    for limit in service.restart_limits.iter().rev() {
        entry(
            out,
            "Timeout",
            format_args!(
                "If restarted {} times within {} cycle(s) then {}",
                limit.restarts,
                limit.cycles,
                action::action(&limit.action)
            ),
        );
    }
    for alert in service.alerts.iter().rev() {
        constants::service_alert(alert, out);
    }
}

fn type_label(subject: &Subject) -> &'static str {
    match subject {
        Subject::Process(_) => "Process Name",
        Subject::File(_) => "File Name",
        Subject::Filesystem(_) => "Filesystem Name",
        Subject::Directory(_) => "Directory Name",
        Subject::Fifo(_) => "Fifo Name",
        Subject::Host(_) => "Remote Host Name",
        Subject::Network(_) => "Network Name",
        Subject::System => "System Name",
        Subject::Program(_) => "Program Name",
        Subject::Heartbeat(_) => "Heartbeat Name",
    }
}

fn groups(config: &Config, service: &Service, out: &mut String) {
    // The youngest group first, whatever the order in this service.
    let mut groups = service.groups.clone();
    groups.sort_unstable_by(|a, b| b.cmp(a));
    let names: Vec<&str> = groups
        .iter()
        .filter_map(|&group| config.groups.get(usize::try_from(group).ok()?))
        .map(|group| &*group.name)
        .collect();
    if !names.is_empty() {
        entry(out, "Group", names.join(", "));
    }
}

fn subject(subject: &Subject, out: &mut String) {
    match subject {
        Subject::Process(ProcessBy::Pidfile(path)) => entry(out, "Pid file", path.display()),
        Subject::Process(ProcessBy::Matching(pattern)) => entry(out, "Match", pattern),
        Subject::File(path) | Subject::Directory(path) | Subject::Fifo(path) => {
            entry(out, "Path", path.display());
        }
        Subject::Filesystem(path) => entry(out, "Path", path.to_string_lossy()),
        Subject::Host(address) => entry(out, "Address", address),
        Subject::Network(NetworkBy::Address(name) | NetworkBy::Interface(name)) => {
            entry(out, "Interface", name);
        }
        Subject::Program(program) => entry(out, "Path", action::words(&program.command)),
        Subject::Heartbeat(beat) => {
            entry(out, "Within", format::duration(beat.within));
            if beat.token.is_some() {
                entry(out, "Token", "yes");
            }
        }
        Subject::System => {}
    }
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Active => "active",
        Mode::Passive => "passive",
    }
}

fn every(every: &Every, out: &mut String) {
    match every {
        Every::Cycle => {}
        Every::Cycles(cycles) => entry(out, "Every", format_args!("Check service every {cycles} cycles")),
        Every::Cron(cron) => entry(out, "Every", format_args!("Check service every {}", cron.text)),
        Every::NotCron(cron) => entry(out, "Every", format_args!("Don't check service every {}", cron.text)),
        Every::Period(period) => {
            entry(out, "Every", format_args!("Check service every {}", format::duration(*period)));
        }
    }
}

/// A pattern, or those of a pattern file: one a line, empty lines skipped. A file that has become unreadable has none.
pub fn patterns(source: &PatternSource, outside: &dyn Outside) -> Vec<String> {
    match source {
        PatternSource::Pattern(pattern) => vec![pattern.to_string()],
        PatternSource::File(path) => {
            // The content is only shown; that the file can be read was checked when it was named.
            let Ok(file) = outside.read(path) else { return Vec::new() };
            let text = String::from_utf8_lossy(&file.text);
            text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
        }
    }
}

//! What can only be checked, and filled in, once the whole control file is read: dependencies and the order of a cycle, groups,
//! the implicit system service, implicit tests, incomplete checks.
//!
//! Leaves to the parser: everything that one statement shows, duplicate names included.

mod access;
mod implicit;
mod names;
mod order;

pub use access::{Refusal, access};
pub(super) use access::{owned_and_private, quoted};

use super::diagnostic::Diagnostic;
use super::findings::Findings;
use crate::config::{Condition, Config, Covered, LogTarget, Service, Subject, WebhookFormat};
use crate::regex::{Flags, Regex};
use names::Names;
use std::path::Path;

/// What the command line adds to the control file.
#[derive(Debug, Clone, Copy)]
pub struct Invocation<'a> {
    /// `-d` was given.
    pub poll: bool,
    /// `-I` was given.
    pub init: bool,
    /// The name of this host, which names the implicit system service.
    pub host_name: &'a str,
}

/// What [`finish`] found.
#[derive(Debug, Default)]
pub struct Verified {
    /// Warnings and errors. With an error among them the configuration is not fit to be run.
    pub diagnostics: Vec<Diagnostic>,
    /// A dependency that is not there or goes round in a circle: the program says so and ends, without the closing line of a
    /// file with parsing errors.
    pub ends_at_once: bool,
}

/// Completes a configuration that was read without an error, and says what is wrong with it as a whole. In time linear to its size.
pub fn finish(config: &mut Config, invocation: &Invocation) -> Verified {
    // Taken out so that messages can cite them while the rest changes.
    let files = std::mem::take(&mut config.files);
    let mut found = Findings::new(&files);
    poll_time(config, invocation, &mut found);
    for service in &config.services {
        complete(service, &mut found);
    }
    register(config);
    mmonit(config, &mut found);
    webhooks(config, &mut found);
    noise(config, &mut found);
    metrics_file(config, &files, &mut found);
    let mut names = Names::of(&config.services);
    implicit::system(config, &mut names, invocation.host_name, &mut found);
    for service in &mut config.services {
        implicit::tests(service);
        trim(service);
    }
    groups(config);
    maintenance(config, &mut found);
    let had_errors = found.has_errors();
    order::resolve(config, &names, &mut found);
    let ends_at_once = found.has_errors() && !had_errors;
    let diagnostics = found.into_list();
    config.files = files;
    config.services.shrink_to_fit();
    config.settings.alerts.shrink_to_fit();
    config.settings.webhooks.shrink_to_fit();
    Verified { diagnostics, ends_at_once }
}

/// It takes the place of whatever is there.
fn metrics_file(config: &Config, files: &[Box<Path>], found: &mut Findings) {
    let settings = &config.settings;
    let Some(path) = &settings.metrics_file else { return };
    let log = if let LogTarget::File(log) = &settings.log { Some(log) } else { None };
    let others = [
        ("the log", log),
        ("the pid file", settings.pidfile.as_ref()),
        ("the id file", settings.idfile.as_ref()),
        ("the state file", settings.statefile.as_ref()),
    ];
    let taken = others.iter().find(|(_, other)| *other == Some(path)).map(|(what, _)| *what);
    if let Some(what) = taken.or_else(|| files.contains(path).then_some("a control file")) {
        found.error(
            None,
            format!("the metrics file '{}' is {what} too, in whose place it would be put", path.display()),
            Some(
                "give it a name of its own: set metrics file /var/lib/prometheus/node-exporter/monit.prom"
                    .to_owned(),
            ),
        );
    }
}

fn poll_time(config: &Config, invocation: &Invocation, found: &mut Findings) {
    let foreground = config.settings.init || invocation.init;
    if foreground && !invocation.poll && config.settings.poll.is_none_or(|poll| poll.is_zero()) {
        found.error(
            None,
            "Poll time is invalid or not defined. Please define poll time in the control file\nas a number (> 0)  or use the -d \
             option when starting monit"
                .to_owned(),
            Some("for a cycle every 30 seconds: set daemon 30".to_owned()),
        );
    }
}

/// A check that has nothing to check.
fn complete(service: &Service, found: &mut Findings) {
    use Condition as C;
    let has = |wanted: fn(&C) -> bool| service.tests.iter().any(|test| wanted(&test.condition));
    let name = &service.name;
    match service.subject {
        Subject::Host(_) if !has(|c| matches!(c, C::Connection(_) | C::Ping(_))) => found.error(
            Some(service.place),
            format!(
                "'check host' statement is incomplete: Please specify a port number to test or an icmp test at the remote host: \
                 '{name}'"
            ),
            Some("for example: if failed ping then alert".to_owned()),
        ),
        Subject::Program(_)
            if !has(|c| {
                matches!(
                    c,
                    C::ProgramStatus(..)
                        | C::ProgramStatusChanged
                        | C::ProgramContent(..)
                        | C::ProgramOutputChanged
                        | C::ProgramOutputNotChanged
                )
            }) =>
        {
            found.error(
                Some(service.place),
                format!("'check program {name}' is incomplete: Please add a 'status' or 'content' test"),
                Some("for example: if status != 0 then alert".to_owned()),
            );
        }
        _ => {}
    }
}

/// `register without credentials` behind one collector is meant for all.
fn register(config: &mut Config) {
    let mmonits = &mut config.settings.mmonits;
    if mmonits.iter().any(|mmonit| !mmonit.register_credentials) {
        mmonits.iter_mut().for_each(|mmonit| mmonit.register_credentials = false);
    }
}

fn mmonit(config: &Config, found: &mut Findings) {
    let settings = &config.settings;
    let Some(first) = settings.mmonits.first() else {
        return;
    };
    let httpd = &settings.httpd;
    let text = if httpd.port.is_none() && httpd.unix.is_none() {
        "M/Monit enabled but no httpd allowed -- please add 'set httpd' statement"
    } else if httpd.port.is_none() {
        "M/Monit enabled but Monit httpd is using unix socket -- please change 'set httpd' statement to use TCP port in order to \
         be able to manage services on Monit"
    } else if first.register_credentials && httpd.credentials_to_share().is_none() {
        "M/Monit registration with credentials enabled, but no suitable credentials found in monit configuration file -- please \
         add 'allow user:password' option to 'set httpd' statement"
    } else {
        return;
    };
    found.warning(Some(first.place), text.to_owned(), None);
}

/// Alerts to webhooks that are not there.
fn webhooks(config: &Config, found: &mut Findings) {
    let alerts =
        config.settings.alerts.iter().chain(config.services.iter().flat_map(|service| &service.alerts));
    for alert in alerts.filter(|alert| alert.is_webhook()) {
        let mut known = config.settings.webhooks.iter().map(|webhook| &*webhook.name);
        let name = alert.address.trim_start_matches('@');
        if !known.any(|known| known.eq_ignore_ascii_case(name)) {
            let hint =
                format!("add for example: set alert webhook {name} url file \"/etc/monit/{name}.url\"");
            found.error(Some(alert.place), format!("there is no webhook named '{name}'"), Some(hint));
        }
    }
}

/// What is said of how much a webhook is told that is told of each incident anyway.
fn noise(config: &Config, found: &mut Findings) {
    for noise in &config.settings.noise {
        let Some(address) = &noise.address else { continue };
        let mut webhooks = config.settings.webhooks.iter();
        let Some(webhook) = webhooks.find(|webhook| webhook.is_named(address)) else { continue };
        let said = [
            ("group within", noise.group.is_some(), webhook.format == WebhookFormat::Pagerduty),
            ("limit", noise.limit.is_some(), webhook.format.keeps_accounts()),
            ("quiet", noise.quiet.is_some(), webhook.format.keeps_accounts()),
        ];
        for (what, _, _) in said.iter().filter(|(_, given, senseless)| *given && *senseless) {
            let (address, format) = (webhook.address(), webhook.format.word());
            let hint = format!(
                "leave it out: {format} is told of each incident, and has settings of its own for that"
            );
            found.error(Some(noise.place), format!("'{what}' has no effect on '{address}'"), Some(hint));
        }
    }
}

/// Times of maintenance of nothing.
fn maintenance(config: &Config, found: &mut Findings) {
    for statement in &config.settings.maintenance {
        match &statement.on {
            Covered::Group(name) if config.group(name).is_none() => {
                let text = format!("there is no service group named '{name}'");
                found.error(Some(statement.place), text, Some("put 'group NAME' into a service".to_owned()));
            }
            Covered::Pattern(pattern) if config.service(pattern).is_none() => {
                let regex = Regex::whole(pattern.as_bytes(), Flags { ignore_case: true });
                let matches = |service: &Service| {
                    regex.as_ref().is_ok_and(|regex| regex.is_match(service.name.as_bytes()))
                };
                if !config.services.iter().any(matches) {
                    found.warning(
                        Some(statement.place),
                        format!("no service has a name that is or matches '{pattern}'"),
                        Some("a pattern matches whole names: web.* those that begin with web".to_owned()),
                    );
                }
            }
            _ => {}
        }
    }
}

/// Members of groups, from what the services say.
fn groups(config: &mut Config) {
    for group in &mut config.groups {
        group.members.clear();
    }
    for (index, service) in (0u32..).zip(&config.services) {
        for &group in &service.groups {
            // A service may name a group twice.
            let Some(group) = usize::try_from(group).ok().and_then(|at| config.groups.get_mut(at)) else {
                continue;
            };
            if group.members.last() != Some(&index) {
                group.members.push(index);
            }
        }
    }
}

/// The configuration lives as long as the daemon: no spare room in its lists.
fn trim(service: &mut Service) {
    service.tests.shrink_to_fit();
    service.alerts.shrink_to_fit();
    service.groups.shrink_to_fit();
    service.depends_on.shrink_to_fit();
    service.restart_limits.shrink_to_fit();
    service.ignores.shrink_to_fit();
}

#[cfg(test)]
mod tests;

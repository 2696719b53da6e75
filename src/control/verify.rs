//! What can only be checked, and filled in, once the whole control file is read: dependencies and the order of a cycle, groups,
//! the implicit system service, implicit tests, incomplete checks.
//!
//! Leaves to the parser: everything that one statement shows, duplicate names included.

mod access;
mod implicit;
mod names;
mod order;

pub use access::{Refusal, access};

use super::diagnostic::Diagnostic;
use crate::config::{Condition, Config, Service, Subject};
use names::Names;

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

/// Completes a configuration that was read without an error, and says what is wrong with it as a whole. In time linear to its size.
///
/// With an error among the answers `config` is not fit to be run.
pub fn finish(config: &mut Config, invocation: &Invocation) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    poll_time(config, invocation, &mut found);
    for service in &config.services {
        complete(service, &mut found);
    }
    mmonit(config, &mut found);
    let mut names = Names::of(&config.services);
    implicit::system(config, &mut names, invocation.host_name, &mut found);
    for service in &mut config.services {
        implicit::tests(service);
        trim(service);
    }
    groups(config);
    order::resolve(config, &names, &mut found);
    config.services.shrink_to_fit();
    found
}

fn poll_time(config: &Config, invocation: &Invocation, found: &mut Vec<Diagnostic>) {
    let foreground = config.settings.init || invocation.init;
    if foreground && !invocation.poll && config.settings.poll.is_none_or(|poll| poll.is_zero()) {
        found.push(
            Diagnostic::error(
                None,
                "Poll time is invalid or not defined. Please define poll time in the control file\nas a number (> 0)  or \
                 use the -d option when starting monit",
            )
            .hint("for a cycle every 30 seconds: set daemon 30"),
        );
    }
}

/// A check that has nothing to check.
fn complete(service: &Service, found: &mut Vec<Diagnostic>) {
    let has = |wanted: fn(&Condition) -> bool| service.tests.iter().any(|test| wanted(&test.condition));
    match service.subject {
        Subject::Host(_) if !has(|c| matches!(c, Condition::Connection(_) | Condition::Ping(_))) => found.push(
            Diagnostic::error(
                Some(service.place),
                "'check host' statement is incomplete: Please specify a port number to test or an icmp test at the remote host:",
            )
            .token(&*service.name)
            .hint("for example: if failed ping then alert"),
        ),
        Subject::Program(_)
            if !has(|c| {
                matches!(
                    c,
                    Condition::ProgramStatus(..)
                        | Condition::ProgramStatusChanged
                        | Condition::ProgramContent(..)
                        | Condition::ProgramOutputChanged
                        | Condition::ProgramOutputNotChanged
                )
            }) =>
        {
            found.push(
                Diagnostic::error(
                    Some(service.place),
                    format!(
                        "'check program {}' is incomplete: Please add a 'status' or 'content' test",
                        service.name
                    ),
                )
                .hint("for example: if status != 0 then alert"),
            );
        }
        _ => {}
    }
}

fn mmonit(config: &Config, found: &mut Vec<Diagnostic>) {
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
    } else if settings.mmonits.iter().any(|mmonit| mmonit.register_credentials)
        && !httpd.has_credentials_to_share()
    {
        "M/Monit registration with credentials enabled, but no suitable credentials found in monit configuration file -- please \
         add 'allow user:password' option to 'set httpd' statement"
    } else {
        return;
    };
    found.push(Diagnostic::warning(Some(first.place), text));
}

/// Members of groups, from what the services say.
fn groups(config: &mut Config) {
    for group in &mut config.groups {
        group.members.clear();
    }
    for (index, service) in (0u32..).zip(&config.services) {
        for &group in &service.groups {
            // A service may name a group twice.
            if let Some(group) = usize::try_from(group).ok().and_then(|at| config.groups.get_mut(at))
                && group.members.last() != Some(&index)
            {
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

//! The interpretation of a control file as `-tv` and a verbose start print it: how every statement was understood, in the
//! layout of the reference. Tools compare it, so words and columns are facts.
//!
//! Leaves to others: where the text goes, and the line `Control file syntax OK` behind it.

mod action;
mod connection;
mod constants;
mod service;
mod test;
mod tls;

use crate::config::Config;
use crate::control::outside::Outside;
use std::fmt::{Display, Write};
use std::path::Path;

/// What a dump shows beside the configuration.
pub struct DumpContext<'a> {
    /// The control file as it was found.
    pub control_file: &'a Path,
    /// The pid file in use.
    pub pidfile: &'a Path,
    /// The file of the Monit id in use.
    pub idfile: &'a Path,
    /// The state file in use.
    pub statefile: &'a Path,
    /// `-v`.
    pub debug: bool,
    /// Where the files of patterns are read, and it is asked what the log is.
    pub outside: &'a dyn Outside,
}

/// Writes the interpretation of `config` to `out`: the runtime constants, a block for every service in file order, a line of
/// dashes.
pub fn write(config: &Config, context: &DumpContext, out: &mut String) {
    constants::write(config, context, out);
    out.push_str("\nThe service list contains the following entries:\n\n");
    for service in &config.services {
        service::write(config, service, context.outside, out);
        out.push('\n');
    }
    out.extend(std::iter::repeat_n('-', 79));
    out.push('\n');
}

/// A line of the runtime constants.
fn constant(out: &mut String, label: &str, value: impl Display) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, " {label:<18} = {value}");
}

/// A line of a service.
fn entry(out: &mut String, label: &str, value: impl Display) {
    let _ = writeln!(out, " {label:<20} = {value}");
}

#[cfg(test)]
mod tests;

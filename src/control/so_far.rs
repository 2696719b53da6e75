//! What the statements remember of each other while a file is read.

use super::diagnostic::ProgramTrouble;
use super::keyword::Keyword;
use super::token::Span;
use super::types::Types;
use crate::config::{Place, ProtocolSpec, Service};
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

/// The options of one statement or service that were given, and where.
pub(crate) type Given = Vec<(&'static str, Place)>;

#[derive(Default)]
pub(crate) struct SoFar {
    /// The service whose options are being read.
    pub(crate) service: Option<Service>,
    /// Its type.
    pub(crate) kind: Types,
    /// `every` was given for it.
    pub(crate) every: bool,
    /// Options of ours that were given for it.
    pub(crate) given: Given,
    /// All names so far, in lower case.
    pub(crate) names: HashMap<String, Place>,
    /// The groups so far, in lower case, as indices into the list of groups.
    pub(crate) groups: HashMap<String, usize>,
    /// Where the current statement begins.
    pub(crate) statement: Option<(Span, Option<Keyword>)>,
    /// The protocol whose options are over in the current connection test.
    pub(crate) closed_protocol: Option<&'static ProtocolSpec>,
    /// Ciphers of `set httpd` that no TLS goes with yet.
    pub(crate) httpd_ciphers: Option<Box<str>>,
    /// The last test of this service ends in `exec`, on this line.
    pub(crate) exec_line: Option<Place>,
    /// The time limits that the next connection, ping test and collector get.
    pub(crate) carried: Carried,
    /// Users and groups looked up, so that thousands of `uid root` read the password file once.
    pub(crate) users: HashMap<Box<str>, Option<u32>>,
    /// Programs looked at.
    pub(crate) programs: HashMap<Box<[u8]>, Option<ProgramTrouble>>,
    /// Who may use the interface so far: PAM groups apart from users, in lower case.
    pub(crate) allowed: HashSet<(bool, String)>,
    /// The networks that may use it so far, those whose mask was written in digits apart.
    pub(crate) networks: HashSet<(bool, IpAddr, u8)>,
    pub(crate) group_numbers: HashMap<Box<str>, Option<u32>>,
    hosts: HashSet<Rc<str>>,
}

impl SoFar {
    /// A host as tests keep it: each name or address stands once in memory, however many tests go there.
    pub(crate) fn host(&mut self, name: &str) -> Rc<str> {
        if let Some(known) = self.hosts.get(name) {
            return Rc::clone(known);
        }
        let name: Rc<str> = name.into();
        self.hosts.insert(Rc::clone(&name));
        name
    }
}

/// A changed `networkTimeout` does not reach the first test of a kind behind it: that one keeps the value that held
/// when the one before it was finished. Files rely on what they get.
pub(crate) struct Carried {
    pub(crate) connection: Duration,
    pub(crate) ping: Duration,
    pub(crate) mmonit: Duration,
}

impl Default for Carried {
    fn default() -> Self {
        let first = crate::config::Limits::default().network_timeout;
        Carried { connection: first, ping: first, mmonit: first }
    }
}

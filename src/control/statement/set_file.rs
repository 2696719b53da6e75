//! `set pidfile`, `set idfile`, `set statefile`.

use super::check::path_of;
use super::entry::{Scope, Statement};
use crate::control::keyword::Keyword as K;
use crate::control::parser::Change;
use crate::control::wanted::Wanted;

pub(super) const PID_FILE: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::PidFile],
    word: None,
    parse: |parser, _| {
        let path = path_of(&parser.expect_path(Wanted::Path)?);
        parser.apply(Change::PidFile(path));
        Ok(())
    },
    grammar: "'set' 'pidfile' PATH",
    example: "set pidfile /run/monit.pid",
};

pub(super) const ID_FILE: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::IdFile],
    word: None,
    parse: |parser, _| {
        let path = path_of(&parser.expect_path(Wanted::Path)?);
        parser.apply(Change::IdFile(path));
        Ok(())
    },
    grammar: "'set' 'idfile' PATH",
    example: "set idfile /var/lib/monit/id",
};

pub(super) const STATE_FILE: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::StateFile],
    word: None,
    parse: |parser, _| {
        let path = path_of(&parser.expect_path(Wanted::Path)?);
        parser.apply(Change::StateFile(path));
        Ok(())
    },
    grammar: "'set' 'statefile' PATH",
    example: "set statefile /var/lib/monit/state",
};

//! `set pidfile`, `set idfile`, `set statefile`.

use super::check::path_of;
use super::{Scope, Statement};
use crate::control::keyword::Keyword as K;
use crate::control::wanted::Wanted;

pub(super) const PID_FILE: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::PidFile],
    word: None,
    parse: |parser, _| {
        let path = path_of(&parser.expect_path(Wanted::Path)?);
        if !parser.overrides.ignore_pidfile {
            parser.config.settings.pidfile = Some(path);
        }
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
        parser.config.settings.idfile = Some(path_of(&parser.expect_path(Wanted::Path)?));
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
        if !parser.overrides.ignore_statefile {
            parser.config.settings.statefile = Some(path);
        }
        Ok(())
    },
    grammar: "'set' 'statefile' PATH",
    example: "set statefile /var/lib/monit/state",
};

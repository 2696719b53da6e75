//! `set init`, `set terminal batch`, `set fips`, `set onreboot`.

use super::entry::{Scope, Statement};
use super::mode::parse_onreboot_value;
use crate::control::keyword::Keyword as K;
use crate::control::parser::Change;

pub(super) const INIT: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::Init],
    word: None,
    parse: |parser, _| {
        parser.apply(Change::Init);
        Ok(())
    },
    grammar: "'set' 'init'",
    example: "set daemon 30 set init",
};

pub(super) const TERMINAL: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::Terminal],
    word: None,
    parse: |parser, _| {
        parser.expect(K::Batch)?;
        parser.apply(Change::Batch);
        Ok(())
    },
    grammar: "'set' 'terminal' 'batch'",
    example: "set terminal batch",
};

pub(super) const FIPS: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::Fips],
    word: None,
    parse: |parser, _| {
        parser.apply(Change::Fips);
        Ok(())
    },
    grammar: "'set' 'fips'",
    example: "set fips",
};

pub(super) const ON_REBOOT: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::OnReboot],
    word: None,
    parse: |parser, _| {
        let mode = parse_onreboot_value(parser)?;
        parser.apply(Change::OnReboot(mode));
        Ok(())
    },
    grammar: "'set' 'onreboot' ( 'start' | 'nostart' | 'laststate' )",
    example: "set onreboot laststate",
};

//! `set eventqueue`: alerts that could not be delivered wait on disk.

use super::check::path_of;
use super::entry::{Scope, Statement};
use crate::config::EventQueue;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Change, Parsed, Parser};
use crate::control::token::Token;
use crate::control::wanted::Wanted;
use std::path::Path;

pub(super) const EVENT_QUEUE: Statement = Statement {
    scope: Scope::Global,
    leads: &[K::EventQueue],
    word: None,
    parse,
    grammar: "'set' 'eventqueue' ( 'basedir' PATH [ 'slots' NUMBER ] | 'slots' NUMBER )",
    example: "set eventqueue basedir /var/lib/monit/events slots 100",
};

/// Where the queue is when only its size is given.
const FOLDER: &str = "/var/monit";

fn parse(parser: &mut Parser, _: Token) -> Parsed<()> {
    // A folder alone leaves the slots of an earlier statement; slots alone put the queue where it is by default.
    let slots = parser.settings().eventqueue.as_ref().and_then(|before| before.slots);
    let mut queue = EventQueue { basedir: Path::new(FOLDER).into(), slots };
    if parser.expect_any(&[K::BaseDir, K::Slot])? == K::BaseDir {
        queue.basedir = path_of(&parser.expect_path(Wanted::Path)?);
        if parser.accept(K::Slot) {
            queue.slots = Some(parser.expect_number()?.0);
        }
    } else {
        queue.slots = Some(parser.expect_number()?.0);
    }
    parser.apply(Change::EventQueue(queue));
    Ok(())
}

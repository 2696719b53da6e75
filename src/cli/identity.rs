//! `-i` and `-r`: the unique id of this monit.

use super::{fail, say, warn};
use crate::daemon::id_file;
use crate::daemon::paths::Paths;
use crate::daemon::trouble::Trouble;
use std::io::BufRead;
use std::process::ExitCode;

/// `-i`: prints the id, made now if there is none.
pub fn show(paths: &Paths) -> ExitCode {
    match id_file::read(&paths.idfile) {
        Ok(Some(id)) => say(&format!("Monit ID: {id}\n")),
        Ok(None) => match id_file::create(&paths.idfile) {
            Ok(id) => say(&format!("{}\nMonit ID: {id}\n", id_file::announcement(&id, &paths.idfile))),
            Err(trouble) => fail(trouble),
        },
        Err(error) => fail(Trouble::IdUnread(paths.idfile.clone(), error)),
    }
}

/// `-r`: a new id, if the answer to the question is yes. True: there is a new one and a daemon should learn of it.
pub fn reset(paths: &Paths) -> bool {
    say("Reset Monit Id? [y/N]> ");
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    if !(read.is_ok() && matches!(answer.trim(), "y" | "Y")) {
        return false;
    }
    match id_file::create(&paths.idfile) {
        Ok(id) => {
            say(&format!("{}\n", id_file::announcement(&id, &paths.idfile)));
            true
        }
        Err(trouble) => {
            warn(trouble);
            false
        }
    }
}

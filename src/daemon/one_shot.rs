//! Runs that end by themselves, in the foreground: one cycle without `set daemon`, `validate` and service actions
//! without a daemon. The same services, the same loop; no interface, no pid file, no state file.

use super::trouble::Trouble;
use super::turn::Daemon;
use super::{Start, id_file, start};
use crate::document::Piece;
use crate::document::json::{Content, Json};
use crate::log::Log;
use crate::reactor::Now;
use crate::service::{ServiceIndex, Turn, UserAction};
use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How long alerts may take after everything else is done.
const LAST_MAILS: Duration = Duration::from_secs(30);

/// Longer than any action takes.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// What is to be done.
#[derive(Debug)]
pub enum OneShot {
    /// One cycle; the exit code is 0 whatever was found.
    Cycle,
    /// One cycle; the exit code is 0 if every service is well.
    Validate {
        /// What was found is shown as JSON, and nothing else.
        json: bool,
    },
    /// An action; the exit code is 0 if it worked.
    Act(UserAction, Target),
}

/// Which services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Every one.
    All,
    /// Name or pattern.
    Pattern(String),
    /// The members of a group.
    Group(String),
}

/// Does it and returns the exit code.
pub fn one_shot(start: Start, what: &OneShot) -> ExitCode {
    match attempt(start, what) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => {
            start::complain(&trouble.to_string());
            ExitCode::FAILURE
        }
    }
}

fn attempt(start: Start, what: &OneShot) -> Result<bool, Trouble> {
    let Start { loaded, verbose, .. } = start;
    let mut log = Log::new();
    log.set_verbosity(u8::try_from(verbose).unwrap_or(u8::MAX));
    // An action is the user's own and answered on the console; a cycle is the monitor's work and belongs in the log.
    if !matches!(what, OneShot::Act(..)) {
        start::open_log(&mut log, &loaded.paths.log)?;
    }
    let json = matches!(what, OneShot::Validate { json: true });
    log.set_console(!json);
    let mut loaded = loaded;
    if matches!(what, OneShot::Act(UserAction::Beat, _)) {
        return Err(Trouble::NoBeat);
    }
    if matches!(what, OneShot::Act(..)) {
        // Only the action is asked for: the first cycle, which would check everything, never comes.
        loaded.config.settings.start_delay = NEVER;
    }
    // By it a collector knows whose events they are.
    let id = match loaded.config.settings.mmonits.is_empty() {
        true => None,
        false => id_file::obtain(&loaded.paths.idfile).map_err(|trouble| log.error(trouble)).ok(),
    };
    let mut run = Daemon::without_interface(loaded, log)?;
    run.about.id = id.map(|(id, _)| id).unwrap_or_default();
    if let OneShot::Act(action, target) = what {
        let names = find(&run, target)?;
        // Whoever typed the command knows what was asked for.
        run.world.announce = false;
        run.world.errors = false;
        // There is no state file to wait for.
        let _ = run.services.request(*action, &names, Turn::new(Now::read(), &mut run.world));
    }
    let done = |run: &Daemon| match what {
        OneShot::Act(..) => !run.services.acting(),
        OneShot::Cycle | OneShot::Validate { .. } => run.services.cycles() > 0 && run.services.settled(),
    };
    // The first turn does what is due; only then there is something to wait for.
    run.turn(Some(Instant::now()));
    while !(run.is_over() || done(&run)) {
        run.turn(None);
    }
    let interrupted = run.is_over();
    run.finish(LAST_MAILS);
    if json {
        show(&run);
    }
    Ok(!interrupted
        && match what {
            OneShot::Cycle => true,
            OneShot::Validate { .. } => run.services.all_ok(),
            OneShot::Act(..) => !run.world.errors,
        })
}

/// All services with their readings, as JSON. A closed pipe is the reader's wish to hear no more.
fn show(run: &Daemon) {
    let current = run.about.current(&run.services, None, &run.paths.control, Now::read());
    let mut document = Json::new(run.services.all().map(|index| index.0).collect(), Content::Services);
    let (mut text, mut budget) = (String::new(), u32::MAX);
    while !document.step(&current, &mut Piece { out: &mut text, budget: &mut budget, room: usize::MAX }) {
        budget = u32::MAX;
    }
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

fn find(run: &Daemon, target: &Target) -> Result<Vec<ServiceIndex>, Trouble> {
    match target {
        Target::All => Ok(run.services.all().collect()),
        Target::Group(name) => run.services.find_group(name).ok_or_else(|| Trouble::NoGroup(name.clone())),
        Target::Pattern(pattern) => {
            let found = run.services.find(pattern);
            if found.is_empty() { Err(Trouble::NoService(pattern.clone())) } else { Ok(found) }
        }
    }
}

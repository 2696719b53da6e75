//! The actions: what each word does with a daemon and without one.

use super::client::Client;
use super::request::Request;
use super::{fail, interpretation, say, table, warn_all};
use crate::config::Config;
use crate::daemon::paths::Paths;
use crate::daemon::{self, Loaded, OneShot, Start, Target, pidfile};
use crate::service::UserAction;
use crate::sys;
use std::os::fd::OwnedFd;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How long `quit` waits for the daemon to go.
const GOODBYE: Duration = Duration::from_secs(30);
/// How long `validate` waits for the cycle it asked for.
const CYCLE: Duration = Duration::from_secs(120);

/// An action word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// None: start the daemon, or wake it.
    Run,
    /// `start`, `stop`, `restart`, `monitor`, `unmonitor`.
    Act(UserAction, &'static str),
    /// `status`, `summary`: the path of the interface that shows it.
    View(&'static str),
    /// `report`
    Report,
    /// `reload`
    Reload,
    /// `quit`
    Quit,
    /// `validate`
    Validate,
    /// `procmatch`
    Procmatch,
    /// `lint`
    Lint,
}

const WORDS: &[(&str, Word)] = &[
    ("start", Word::Act(UserAction::Start, "start")),
    ("stop", Word::Act(UserAction::Stop, "stop")),
    ("restart", Word::Act(UserAction::Restart, "restart")),
    ("monitor", Word::Act(UserAction::Monitor, "monitor")),
    ("unmonitor", Word::Act(UserAction::Unmonitor, "unmonitor")),
    ("status", Word::View("/_status")),
    ("summary", Word::View("/_summary")),
    ("report", Word::Report),
    ("reload", Word::Reload),
    ("quit", Word::Quit),
    ("validate", Word::Validate),
    ("procmatch", Word::Procmatch),
    ("lint", Word::Lint),
];

impl Word {
    /// Action words have no case. The error is the text for stderr.
    pub fn read(word: Option<&str>) -> Result<Word, String> {
        let Some(word) = word else { return Ok(Word::Run) };
        WORDS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(word))
            .map(|(_, action)| *action)
            .ok_or_else(|| format!("Invalid argument -- {word}  (-h will show valid arguments)"))
    }

    /// Whether it may come to write the log, or stands for the daemon that does.
    pub fn logs(self) -> bool {
        matches!(self, Word::Run | Word::Validate | Word::Reload | Word::Lint)
    }

    /// How many words may stand behind it; those beyond are named as ignored.
    pub fn arguments(self) -> usize {
        match self {
            Word::Act(..) | Word::View(_) | Word::Report | Word::Validate | Word::Procmatch => 1,
            Word::Run | Word::Reload | Word::Quit | Word::Lint => 0,
        }
    }
}

/// What the command line asks for beside the action word.
pub struct Call<'a> {
    /// The word behind the action.
    pub argument: Option<&'a str>,
    /// `-g`
    pub group: Option<&'a str>,
    /// Plain output.
    pub plain: bool,
    /// `-I` or `set init`.
    pub foreground: bool,
    /// Number of `-v`.
    pub verbose: u32,
}

/// Carries out an action on a control file that was read.
pub fn carry_out(word: Word, call: &Call<'_>, loaded: Loaded) -> ExitCode {
    let daemon = pidfile::running(&loaded.paths.pidfile, &loaded.paths.socket);
    match (word, daemon) {
        (Word::Run, Some(pid)) => wake(pid, &loaded.paths),
        (Word::Run, None) => run(call, loaded),
        (Word::Act(action, name), daemon) => act(action, name, call, loaded, daemon.is_some()),
        (Word::View(path), Some(_)) => view(&loaded, call, &Request::view(path, call.argument, call.group)),
        (Word::Report, Some(_)) => view(&loaded, call, &Request::report(call.argument, call.group)),
        (Word::View(_) | Word::Report, None) => fail("Monit: the monit daemon is not running"),
        (Word::Reload, daemon) => reload(daemon, &loaded.paths),
        (Word::Quit, daemon) => quit(daemon, &loaded.paths),
        (Word::Validate, Some(pid)) => validate(pid, call, &loaded),
        (Word::Validate, None) => daemon::one_shot(start(call, loaded), &OneShot::Validate),
        // Both are done before a daemon is looked for.
        (Word::Procmatch | Word::Lint, _) => ExitCode::SUCCESS,
    }
}

fn start(call: &Call<'_>, loaded: Loaded) -> Start {
    if call.verbose > 0 {
        say(&interpretation(&loaded, true));
    }
    Start { loaded, foreground: call.foreground, verbose: call.verbose }
}

fn run(call: &Call<'_>, loaded: Loaded) -> ExitCode {
    warn_all(&loaded.warnings);
    warn_all(&daemon::load::unavailable(&loaded.config));
    if loaded.config.settings.poll.is_some() {
        daemon::run(start(call, loaded))
    } else {
        daemon::one_shot(start(call, loaded), &OneShot::Cycle)
    }
}

/// Sends a signal to the daemon, never to a stranger: the process is pinned first, and only then asked about.
/// Gives the descriptor of the daemon's process, where the kernel has such.
fn signal(pid: i32, signal: i32, paths: &Paths) -> Result<Option<OwnedFd>, String> {
    let failed =
        |error| format!("Cannot signal the monit daemon with pid {pid} -- {}", sys::error_text(&error));
    let still = || pidfile::running(&paths.pidfile, &paths.socket) == Some(pid);
    match sys::pidfd::open(pid) {
        Ok(process) if still() => {
            sys::pidfd::send_signal(&process, signal).map(|()| Some(process)).map_err(failed)
        }
        Ok(_) => Err("Monit: the monit daemon is not running".to_owned()),
        // Kernels before 5.3 have no pidfd.
        Err(error) if error.raw_os_error() == Some(libc::ENOSYS) && still() => {
            sys::process::kill(pid, signal).map(|()| None).map_err(failed)
        }
        Err(error) => Err(failed(error)),
    }
}

fn wake(pid: i32, paths: &Paths) -> ExitCode {
    match signal(pid, libc::SIGUSR1, paths) {
        Ok(_) => say(&format!("Monit daemon with PID {pid} awakened\n")),
        Err(text) => fail(&text),
    }
}

/// Lets a running daemon learn of a new id.
pub fn announce(paths: &Paths) -> ExitCode {
    match pidfile::running(&paths.pidfile, &paths.socket) {
        None => say("Monit daemon is not running\n"),
        daemon => reload(daemon, paths),
    }
}

fn reload(daemon: Option<i32>, paths: &Paths) -> ExitCode {
    say("Reinitializing monit daemon\n");
    match daemon {
        None => say("Monit daemon is not running\n"),
        Some(pid) => match signal(pid, libc::SIGHUP, paths) {
            Ok(_) => ExitCode::SUCCESS,
            Err(text) => fail(&text),
        },
    }
}

fn quit(daemon: Option<i32>, paths: &Paths) -> ExitCode {
    let Some(pid) = daemon else { return say("Monit daemon is not running\n") };
    let process = match signal(pid, libc::SIGTERM, paths) {
        Ok(process) => process,
        Err(text) => return fail(&text),
    };
    // The pid file goes first, the process a moment later.
    let there = || match &process {
        Some(process) => !sys::pidfd::has_ended(process),
        None => pidfile::running(&paths.pidfile, &paths.socket) == Some(pid),
    };
    let give_up = Instant::now() + GOODBYE;
    let mut pause = Duration::from_millis(2);
    while there() {
        if Instant::now() > give_up {
            return fail(&format!(
                "Monit daemon with pid [{pid}] did not end within {} seconds",
                GOODBYE.as_secs()
            ));
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(100));
    }
    say(&format!("Monit daemon with pid [{pid}] killed\n"))
}

fn act(action: UserAction, name: &str, call: &Call<'_>, loaded: Loaded, daemon: bool) -> ExitCode {
    let target = match (call.group, call.argument) {
        (Some(group), _) => Target::Group(group.to_owned()),
        (None, None) => return fail(&format!("Please specify a service name or 'all' after {name}")),
        (None, Some(word)) if word.eq_ignore_ascii_case("all") => Target::All,
        (None, Some(word)) => Target::Pattern(word.to_owned()),
    };
    match &target {
        Target::Group(group) if loaded.config.group(group).is_none() => {
            return fail(&format!("Group '{group}' not found"));
        }
        _ => {}
    }
    if !daemon {
        return daemon::one_shot(start(call, loaded), &OneShot::Act(action, target));
    }
    let names = names(&loaded.config, &target);
    match client(&loaded).send(&Request::action(name, names)) {
        Ok(_) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure.to_string()),
    }
}

/// What is sent to the daemon: a pattern as it is, the members of a group and `all` one by one.
fn names(config: &Config, target: &Target) -> Vec<String> {
    match target {
        Target::Pattern(pattern) => vec![pattern.clone()],
        Target::All => config.services.iter().map(|service| service.name.to_string()).collect(),
        Target::Group(name) => config
            .group(name)
            .into_iter()
            .flat_map(|group| &group.members)
            .filter_map(|index| config.services.get(usize::try_from(*index).ok()?))
            .map(|service| service.name.to_string())
            .collect(),
    }
}

fn client(loaded: &Loaded) -> Client<'_> {
    Client { socket: &loaded.paths.socket, httpd: &loaded.config.settings.httpd }
}

fn view(loaded: &Loaded, call: &Call<'_>, request: &Request) -> ExitCode {
    let mut request = request.clone();
    // Both are extensions; a daemon that does not know them sends what it always sent.
    if call.plain {
        request.fields.push(("color", "0".to_owned()));
    } else if let Some(columns) = sys::terminal::columns(&std::io::stdout()) {
        request.fields.push(("width", columns.to_string()));
    }
    match client(loaded).send(&request) {
        Ok(answer) if call.plain => say(&table::strip(&answer.text)),
        Ok(answer) => say(&answer.text),
        Err(failure) => fail(&failure.to_string()),
    }
}

/// Wakes the daemon, waits for the cycle that follows and shows the status. Exit code 0: nothing is down.
fn validate(pid: i32, call: &Call<'_>, loaded: &Loaded) -> ExitCode {
    let client = client(loaded);
    let down = Request::report(Some("down"), call.group);
    let before = client.send(&down).ok().and_then(|answer| answer.cycles);
    if let Err(text) = signal(pid, libc::SIGUSR1, &loaded.paths) {
        return fail(&text);
    }
    say(&format!("Monit daemon with PID {pid} awakened\n"));
    if let Some((before, _)) = before {
        // A cycle that was under way had perhaps passed what is wrong by then; the one behind it counts.
        let give_up = Instant::now() + CYCLE;
        let pending = |(begun, running): (u64, bool)| begun <= before || running;
        while client.send(&down).is_ok_and(|now| now.cycles.is_some_and(pending)) {
            if Instant::now() > give_up {
                return fail("The cycle did not end in time");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    let shown = view(loaded, call, &Request::view("/_status", call.argument, call.group));
    match client.send(&down) {
        Ok(answer) if answer.text.trim() == "0" => shown,
        _ => ExitCode::FAILURE,
    }
}

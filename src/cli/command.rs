//! The actions: what each word does with a daemon and without one.

use super::client::Client;
use super::request::Request;
use super::silence::{self, Unclear};
use super::test_alert;
use super::trouble::Trouble;
use super::{Next, fail, interpretation, say, table, warn_all};
use crate::config::Config;
use crate::daemon::find::{self, Running};
use crate::daemon::paths::Paths;
use crate::daemon::{self, Loaded, OneShot, Start, Target};
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
    /// `start`, `stop`, `restart`, `monitor`, `unmonitor`, `beat`.
    Act(UserAction, &'static str),
    /// `status`, `summary`: the path of the interface that shows it.
    View(&'static str),
    /// `report`
    Report,
    /// `silence`
    Silence,
    /// `unsilence`
    Unsilence,
    /// `test`
    Test,
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
    /// `version`, as `-V`
    Version,
    /// `help`, as `-h`
    Help,
}

const WORDS: &[(&str, Word)] = &[
    ("start", Word::Act(UserAction::Start, "start")),
    ("stop", Word::Act(UserAction::Stop, "stop")),
    ("restart", Word::Act(UserAction::Restart, "restart")),
    ("monitor", Word::Act(UserAction::Monitor, "monitor")),
    ("unmonitor", Word::Act(UserAction::Unmonitor, "unmonitor")),
    ("beat", Word::Act(UserAction::Beat, "beat")),
    ("status", Word::View("/_status")),
    ("summary", Word::View("/_summary")),
    ("report", Word::Report),
    ("why", Word::View("/_why")),
    ("events", Word::View("/_events")),
    ("silence", Word::Silence),
    ("unsilence", Word::Unsilence),
    ("test", Word::Test),
    ("reload", Word::Reload),
    ("quit", Word::Quit),
    ("validate", Word::Validate),
    ("procmatch", Word::Procmatch),
    ("lint", Word::Lint),
    ("version", Word::Version),
    ("help", Word::Help),
];

impl Word {
    /// Action words have no case.
    ///
    /// # Errors
    /// There is no such action.
    pub fn read(word: Option<&str>) -> Result<Word, Trouble> {
        let Some(word) = word else { return Ok(Word::Run) };
        WORDS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(word))
            .map(|(_, action)| *action)
            .ok_or_else(|| Trouble::NoAction(word.to_owned()))
    }

    /// Whether it may come to write the log, or stands for the daemon that does.
    pub fn logs(self) -> bool {
        matches!(self, Word::Run | Word::Validate | Word::Reload | Word::Lint)
    }

    /// Whether it wants an answer of the daemon.
    fn asks(self) -> bool {
        use Word as W;
        matches!(
            self,
            W::Act(..) | W::View(_) | W::Report | W::Validate | W::Silence | W::Unsilence | W::Test
        )
    }

    /// Whether it is a matter between its user and a running daemon, which needs no control file.
    pub fn needs_a_daemon(self) -> bool {
        match self {
            Word::Act(..) | Word::View(_) | Word::Report | Word::Reload | Word::Quit | Word::Validate => true,
            Word::Silence | Word::Unsilence | Word::Test => true,
            Word::Run | Word::Procmatch | Word::Lint | Word::Version | Word::Help => false,
        }
    }

    /// Whether what it shows can come as JSON.
    pub fn has_json(self, list: bool) -> bool {
        let shown =
            matches!(self, Word::View(_) | Word::Report | Word::Validate | Word::Procmatch | Word::Test);
        shown || self == Word::Silence && list
    }

    /// How many words may stand behind it; those beyond are named as ignored.
    pub fn arguments(self) -> usize {
        match self {
            Word::Act(..) | Word::View(_) | Word::Report | Word::Validate | Word::Procmatch => 1,
            Word::Unsilence => 1,
            Word::Test => 2,
            // A reason without quotes.
            Word::Silence => 100,
            Word::Run | Word::Reload | Word::Quit | Word::Lint | Word::Version | Word::Help => 0,
        }
    }
}

/// What the command line asks for beside the action word.
pub struct Call<'a> {
    /// The word behind the action.
    pub argument: Option<&'a str>,
    /// All words behind the action.
    pub words: &'a [String],
    /// `--list`
    pub list: bool,
    /// `-g`
    pub group: Option<&'a str>,
    /// Plain output.
    pub plain: bool,
    /// JSON of what is shown.
    pub json: bool,
    /// `-I` or `set init`.
    pub foreground: bool,
    /// Number of `-v`.
    pub verbose: u32,
    /// The control file may not be run; what was loaded only says where the daemon is.
    pub broken: bool,
}

/// Carries out an action on a control file that was read.
pub fn carry_out(word: Word, call: &Call<'_>, loaded: Loaded) -> Next {
    let running = match word {
        Word::Run => find::settled(&loaded.paths),
        _ => find::running(&loaded.paths),
    };
    if let (true, Some(Running::Ours(Some(pid)))) = (word.asks(), running) {
        if let Err(stopped) = find::stays_stopped(pid) {
            return fail(stopped).into();
        }
    }
    let code = match (word, running) {
        (Word::Run, Some(_)) => wake(&loaded.paths),
        (Word::Run, None) => return run(call, loaded),
        (Word::Act(action, name), running) => act(action, name, call, loaded, running.is_some()),
        (Word::View(path), Some(_)) => view(&loaded, call, &Request::view(path, call.argument, call.group)),
        (Word::Report, Some(_)) => view(&loaded, call, &Request::report(call.argument, call.group)),
        (Word::Silence, Some(_)) => match silence(call) {
            Ok(request) => view(&loaded, call, &request),
            Err(unclear) => fail(unclear),
        },
        (Word::Unsilence, Some(_)) => match silence::lift(call.argument, call.group) {
            Ok(request) => view(&loaded, call, &request),
            Err(unclear) => fail(unclear),
        },
        (Word::Test, Some(_)) => test(call, &loaded),
        (Word::View(_) | Word::Report | Word::Silence | Word::Unsilence | Word::Test, None) => {
            fail(Trouble::NotRunning)
        }
        (Word::Reload, running) => reload(running.is_some(), &loaded.paths),
        (Word::Quit, running) => quit(running.is_some(), &loaded.paths),
        (Word::Validate, Some(_)) => validate(call, &loaded),
        (Word::Validate, None) => {
            daemon::one_shot(start(call, loaded), &OneShot::Validate { json: call.json })
        }
        // Those are done before a daemon is looked for.
        (Word::Procmatch | Word::Lint | Word::Version | Word::Help, _) => ExitCode::SUCCESS,
    };
    Next::Over(code)
}

/// Without a word: what lasts.
fn silence(call: &Call<'_>) -> Result<Request, Unclear> {
    match (call.words, call.group) {
        ([], _) if call.list => Ok(silence::list()),
        ([], None) => Ok(silence::list()),
        _ if call.list => Err(Unclear::All),
        (words, group) => silence::order(words, group),
    }
}

fn test(call: &Call<'_>, loaded: &Loaded) -> ExitCode {
    match test_alert::run(call.words, call.json, &client(loaded)) {
        Ok((answer, is_good)) => {
            let said = say(&answer.text);
            if is_good { said } else { ExitCode::FAILURE }
        }
        Err(untested) => fail(untested),
    }
}

fn start(call: &Call<'_>, loaded: Loaded) -> Start {
    if call.verbose > 0 {
        say(&interpretation(&loaded, true));
    }
    Start { loaded, foreground: call.foreground, times: false, verbose: call.verbose }
}

fn run(call: &Call<'_>, loaded: Loaded) -> Next {
    warn_all(&loaded.warnings);
    warn_all(&daemon::load::unavailable(&loaded.config));
    if loaded.config.settings.poll.is_some() {
        Next::Daemon(Box::new(start(call, loaded)))
    } else {
        daemon::one_shot(start(call, loaded), &OneShot::Cycle).into()
    }
}

/// A daemon that was signalled.
struct Signalled {
    pid: i32,
    /// Its process, where the kernel has such descriptors.
    process: Option<OwnedFd>,
}

/// Sends a signal to the daemon, never to a stranger: the process is pinned first, and only then asked about.
fn signal(signal: i32, paths: &Paths) -> Result<Signalled, Trouble> {
    let pid = match find::settled(paths) {
        None => return Err(Trouble::NotRunning),
        Some(Running::Ours(Some(pid))) => pid,
        Some(Running::Ours(None)) => return Err(Trouble::Nameless(paths.pidfile.clone())),
        Some(Running::Other(pid)) => return Err(Trouble::OtherMonit(pid, paths.pidfile.clone())),
    };
    let failed = |error| Trouble::Unsignalled(pid, error);
    let still = || find::running(paths) == Some(Running::Ours(Some(pid)));
    match sys::pidfd::open(pid) {
        Ok(process) if still() => {
            sys::pidfd::send_signal(&process, signal).map_err(failed)?;
            Ok(Signalled { pid, process: Some(process) })
        }
        // Kernels before 5.3 have no pidfd, and some containers forbid it.
        Err(error) if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM)) && still() => {
            sys::process::kill(pid, signal).map_err(failed)?;
            Ok(Signalled { pid, process: None })
        }
        Err(error) if still() => Err(failed(error)),
        _ => Err(Trouble::NotRunning),
    }
}

/// Says that a daemon was signalled, unless it cannot obey yet.
fn told(pid: i32, text: &str) -> ExitCode {
    match find::stays_stopped(pid) {
        Err(stopped) => fail(format!("{stopped}. The signal waits for it")),
        Ok(()) => say(text),
    }
}

/// What `reload` and `quit` say without a daemon: where Monit says it, but nothing was done.
pub fn nobody_there() -> ExitCode {
    say("Monit daemon is not running\n");
    ExitCode::FAILURE
}

fn wake(paths: &Paths) -> ExitCode {
    match signal(libc::SIGUSR1, paths) {
        Ok(Signalled { pid, .. }) => told(pid, &format!("Monit daemon with PID {pid} awakened\n")),
        Err(trouble) => fail(trouble),
    }
}

/// Lets a running daemon learn of a new id.
pub fn announce(paths: &Paths) -> ExitCode {
    match find::running(paths) {
        None => {
            nobody_there();
            ExitCode::SUCCESS
        }
        Some(_) => reload(true, paths),
    }
}

fn reload(running: bool, paths: &Paths) -> ExitCode {
    if !running {
        return nobody_there();
    }
    match signal(libc::SIGHUP, paths) {
        Ok(daemon) => told(daemon.pid, "Reinitializing monit daemon\n"),
        Err(trouble) => fail(trouble),
    }
}

fn quit(running: bool, paths: &Paths) -> ExitCode {
    if !running {
        return nobody_there();
    }
    let Signalled { pid, process } = match signal(libc::SIGTERM, paths) {
        Ok(signalled) => signalled,
        Err(trouble) => return fail(trouble),
    };
    // The pid file goes first, the process a moment later.
    let there = || match &process {
        Some(process) => !sys::pidfd::has_ended(process),
        None => find::running(paths) == Some(Running::Ours(Some(pid))),
    };
    let give_up = Instant::now() + GOODBYE;
    let mut pause = Duration::from_millis(2);
    while there() {
        if let Err(stopped) = find::stays_stopped(pid) {
            return fail(format!("{stopped}. The signal waits for it"));
        }
        if Instant::now() > give_up {
            return fail(format!(
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
        (None, None) => return fail(format!("Please specify a service name or 'all' after {name}")),
        (None, Some(word)) if word.eq_ignore_ascii_case("all") => Target::All,
        (None, Some(word)) => Target::Pattern(word.to_owned()),
    };
    match &target {
        Target::Group(group) if !call.broken && loaded.config.group(group).is_none() => {
            return fail(format!("Group '{group}' not found"));
        }
        _ => {}
    }
    if !daemon {
        return daemon::one_shot(start(call, loaded), &OneShot::Act(action, target));
    }
    let request = match target {
        // The daemon knows who is meant.
        Target::Group(group) if call.broken => Request::group_action(name, group),
        Target::All if call.broken => Request::action(name, [".*".to_owned()]),
        target => Request::action(name, names(&loaded.config, &target)),
    };
    match client(&loaded).send(&request) {
        Ok(_) => ExitCode::SUCCESS,
        Err(failure) => fail(failure),
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
    if call.json {
        request.fields.push(("format", "json".to_owned()));
    } else if call.plain {
        request.fields.push(("color", "0".to_owned()));
    } else if let Some(columns) = sys::terminal::columns(&std::io::stdout()) {
        request.fields.push(("width", columns.to_string()));
    }
    match client(loaded).send(&request) {
        Ok(answer) if call.plain && !call.json => say(&table::strip(&answer.text)),
        Ok(answer) => say(&answer.text),
        Err(failure) => fail(failure),
    }
}

/// Wakes the daemon, waits for the cycle that follows and shows the status. Exit code 0: nothing is down.
fn validate(call: &Call<'_>, loaded: &Loaded) -> ExitCode {
    let client = client(loaded);
    let down = Request::report(Some("down"), call.group);
    let before = client.send(&down).ok().and_then(|answer| answer.cycles);
    match signal(libc::SIGUSR1, &loaded.paths) {
        // Who reads JSON reads nothing else.
        Ok(_) if call.json => ExitCode::SUCCESS,
        Ok(daemon) => say(&format!("Monit daemon with PID {} awakened\n", daemon.pid)),
        Err(trouble) => return fail(trouble),
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_lists_every_action_and_no_other() {
        let (_, listed) = super::super::usage::USAGE.split_once("\nActions").unwrap();
        let lines = listed.lines().skip(1).filter(|line| !line.starts_with("   "));
        let usage = lines.filter_map(|line| line.trim_start().split_once("  ")).map(|(usage, _)| usage);
        let words: Vec<&str> =
            usage.flat_map(|usage| usage.split(", ")).filter_map(|usage| usage.split(' ').next()).collect();
        assert_eq!(words, WORDS.iter().map(|(word, _)| *word).collect::<Vec<_>>());
    }
}

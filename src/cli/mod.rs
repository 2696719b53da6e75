//! The command line: options, actions, the client of a running daemon, digests, procmatch.
//!
//! What the daemon does is in [`crate::daemon`]; what a control file means is in [`crate::control`].

mod argv;
mod client;
mod command;
mod control_file;
mod digest;
mod identity;
mod options;
mod procmatch;
mod request;
mod secured;
mod silence;
mod table;
mod test_alert;
mod trouble;
mod usage;

use crate::control::{self, Diagnostic, dump::DumpContext, outside::Live};
use crate::daemon::paths::{Overrides, log_target};
use crate::daemon::{self, Loaded, Start, demo, find, id_file, load};
use crate::machine::Host;
use command::{Call, Word};
use options::{CommandLine, Options};
use std::ffi::OsString;
use std::fmt::Display;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Does what the arguments say (the program's name first); the exit code is 0 or 1.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match command_line(arguments.into_iter().skip(1)) {
        Next::Over(code) => code,
        Next::Daemon(start) => daemon::run(*start),
    }
}

/// What is left to do when a command is done.
enum Next {
    /// Nothing; the exit code.
    Over(ExitCode),
    /// To be the daemon: here and not where the command was read, whose frames would stay below it for ever.
    Daemon(Box<Start>),
}

impl From<ExitCode> for Next {
    fn from(code: ExitCode) -> Next {
        Next::Over(code)
    }
}

/// Never inlined: what it keeps on the stack would stay there for as long as the daemon runs.
#[inline(never)]
fn command_line(arguments: impl Iterator<Item = OsString>) -> Next {
    // Rust ignores SIGPIPE; a reader that has gone then is an error of print!, which must not be a panic.
    let line = match options::read(arguments) {
        Ok(line) => line,
        Err(trouble) => return fail(trouble).into(),
    };
    for letter in &line.repeated {
        warn(format!(
            "WARNING: The -{letter} option was specified multiple times, only the last value will be used"
        ));
    }
    let CommandLine { options, hash_files, .. } = line;
    if options.version {
        return say(&usage::version()).into();
    }
    if options.help {
        return say(usage::USAGE).into();
    }
    if options.hash {
        return hash(&hash_files).into();
    }
    act(&options)
}

fn act(options: &Options) -> Next {
    if options.demo {
        return demo::run(options.verbose).into();
    }
    // Beside -t, -i and -r the reference does not look at the action.
    let alone = options.test || options.id || options.resetid;
    let word = match Word::read(options.words.first().map(String::as_str).filter(|_| !alone)) {
        Ok(word) => word,
        Err(trouble) => return fail(trouble).into(),
    };
    for extra in options.words.iter().skip(1 + word.arguments()).filter(|_| !alone) {
        warn(format!("WARNING: The argument '{extra}' is ignored"));
    }
    if options.json && (alone || !word.has_json(options.list)) {
        return fail(
            "Option --json is for status, summary, report, why, events, validate, procmatch, test alert and silence --list",
        )
        .into();
    }
    if options.list && (alone || word != Word::Silence) {
        return fail("Option --list is for silence").into();
    }
    match word {
        Word::Version => say(&usage::version()).into(),
        Word::Help => say(usage::USAGE).into(),
        Word::Procmatch => search(options).into(),
        _ => with_control_file(word, alone, options),
    }
}

/// `procmatch`.
fn search(options: &Options) -> ExitCode {
    let pattern = options.words.get(1).map(String::as_str);
    let (text, found) = match options.json {
        true => procmatch::json(pattern, &mut Host::new()),
        false => procmatch::report(pattern, &mut Host::new()),
    };
    say(&if !options.json && table::plain(options.batch) { table::strip(&text) } else { text });
    if found { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What needs a control file. `alone`: an option says what to do, not the word.
fn with_control_file(word: Word, alone: bool, options: &Options) -> Next {
    let found = match control_file::find(options.conf.as_deref()) {
        Ok(found) => Ok(found),
        Err(trouble) => {
            let text = trouble.to_string();
            if let (Word::Run, false, Some(log)) = (word, alone, &options.logfile) {
                daemon::put_on_record(&log_target(log), std::slice::from_ref(&text));
            }
            Err(load::Failure { lines: vec![text.clone()], text: format!("{text}\n"), ..Default::default() })
        }
    };
    let brief = !options.test && options.verbose == 0 && (alone || !word.logs());
    let overrides = Overrides { brief, ..overrides(options, found.as_deref().unwrap_or(Path::new(""))) };
    let loaded = found.and_then(|_| load::load(&overrides, table::colour_on_stderr()));
    let (loaded, broken) = match loaded {
        Ok(loaded) => (loaded, false),
        Err(failure) => match without_control_file(word, alone, &overrides, &failure) {
            Some(remains) => (remains, true),
            None => return ExitCode::FAILURE.into(),
        },
    };
    let call = Call {
        argument: options.words.get(1).map(String::as_str),
        words: options.words.get(1..).unwrap_or_default(),
        list: options.list,
        group: options.group.as_deref(),
        plain: table::plain(options.batch || loaded.config.settings.batch),
        json: options.json,
        foreground: loaded.config.settings.init,
        verbose: options.verbose,
        broken,
    };
    if options.test {
        warn_all(&loaded.warnings);
        return syntax(options, &loaded).into();
    }
    if options.id {
        return identity::show(&loaded.paths).into();
    }
    if options.resetid {
        return match identity::reset(&loaded.paths) {
            true => command::announce(&loaded.paths),
            false => ExitCode::SUCCESS,
        }
        .into();
    }
    if word == Word::Lint {
        return lint(&loaded).into();
    }
    command::carry_out(word, &call, loaded)
}

/// What can be done although the control file may not be run, which is when a daemon that runs has to be asked: what a
/// command needs that only talks to it. `None`: it was told what is wrong, and that is all.
fn without_control_file(
    word: Word,
    alone: bool,
    overrides: &Overrides,
    failure: &load::Failure,
) -> Option<Loaded> {
    let remains = (!alone && word.needs_a_daemon()).then(|| load::remains(overrides));
    let running = remains.as_ref().is_some_and(|remains| find::running(&remains.paths).is_some());
    if running && word != Word::Reload {
        let more = match failure.lines.len() {
            0 | 1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        let first = failure.lines.first().map(String::as_str).unwrap_or_default();
        warn(format!(
            "WARNING: The control file is broken, the daemon works by what it has read before: {first}{more}"
        ));
        return remains;
    }
    let closing = match word {
        Word::Reload if running => format!("{}\n", load::NOT_LOADED),
        Word::Reload => String::new(),
        _ => failure.closing.to_owned(),
    };
    let mut text = format!("{}{closing}", failure.text);
    if word == Word::Lint && !alone {
        text = as_lint(&text) + "\n";
    }
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
    // No daemon comes up.
    if word == Word::Run && !alone {
        daemon::put_on_record(&failure.log, &failure.lines);
    }
    if word == Word::Reload && !running {
        command::nobody_there();
    }
    None
}

/// What the command line says about files, with the control file found for it.
fn overrides(options: &Options, control: &Path) -> Overrides {
    // A reload happens in another folder.
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    Overrides {
        control: control.to_owned(),
        pidfile: options.pidfile.as_ref().map(absolute),
        statefile: options.statefile.as_ref().map(absolute),
        log: options.logfile.as_deref().map(log_target),
        daemon: options.daemon,
        interactive: options.interactive,
        brief: false,
    }
}

/// `-t`
fn syntax(options: &Options, loaded: &Loaded) -> ExitCode {
    // The reference makes the id file here; a check that changes nothing only tells what would go wrong.
    if let Some(trouble) = id_file::obstacle(&loaded.paths.idfile) {
        warn(trouble);
    }
    let mut text = String::new();
    if options.verbose > 0 {
        text = interpretation(loaded, true);
    }
    text.push_str("Control file syntax OK\n");
    // The file is right: this is no warning, and who looks for warnings finds none. Nor does who reads the listing.
    if options.verbose == 0 {
        for missing in load::unavailable(&loaded.config) {
            text.push_str(&format!("note: {}\n", missing.first_line()));
        }
    }
    say(&text)
}

/// `-H`: of standard input, or of each file; what cannot be read does not hide the others.
fn hash(files: &[OsString]) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    let files: Vec<_> = files.iter().map(|file| Some(file.as_os_str())).collect();
    for file in if files.is_empty() { vec![None] } else { files } {
        match digest::report(file) {
            Ok(text) => drop(say(&text)),
            Err(trouble) => code = fail(trouble),
        }
    }
    code
}

/// How every statement was understood, as `-v` prints it.
pub(super) fn interpretation(loaded: &Loaded, debug: bool) -> String {
    let context = DumpContext {
        control_file: &loaded.paths.control,
        pidfile: &loaded.paths.pidfile,
        idfile: &loaded.paths.idfile,
        statefile: &loaded.paths.statefile,
        debug,
        outside: &Live,
    };
    let mut text: String = loaded.remarks.iter().map(|remark| format!("{remark}\n")).collect();
    control::dump::write(&loaded.config, &context, &mut text);
    text
}

/// `lint`: exit code 2 if there is anything to say; a file with errors does not come here and gives 1.
fn lint(loaded: &Loaded) -> ExitCode {
    let (advice, unavailable) =
        (control::lint::advise(&loaded.config, &Live), load::unavailable(&loaded.config));
    let mut found = 0;
    for finding in loaded.warnings.iter().chain(&loaded.advice).chain(&advice).chain(&unavailable) {
        warn(as_lint(&finding.render(table::colour_on_stderr())));
        found += 1;
    }
    if found == 0 {
        return say("Control file syntax OK, nothing to advise\n");
    }
    say(&format!("Control file syntax OK, {found} {}\n", if found == 1 { "remark" } else { "remarks" }));
    ExitCode::from(2)
}

/// What `lint` says, each line that is no quotation or hint behind the same word.
fn as_lint(text: &str) -> String {
    let mark = |line: &str| if line.starts_with(' ') { line.to_owned() } else { format!("lint: {line}") };
    text.lines().map(mark).collect::<Vec<_>>().join("\n")
}

/// To standard output; a closed pipe is the reader's wish to hear no more.
fn say(text: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    ExitCode::SUCCESS
}

/// Findings about the control file, with source lines and hints.
fn warn_all(findings: &[Diagnostic]) {
    let color = table::colour_on_stderr();
    for finding in findings {
        warn(finding.render(color));
    }
}

fn warn(text: impl Display) {
    let line = format!("{text}\n");
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}

fn fail(text: impl Display) -> ExitCode {
    warn(text);
    ExitCode::FAILURE
}

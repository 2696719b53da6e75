//! Reading the control file: for a start, a command and a reload alike.

use super::paths::{self, Overrides, Paths};
use crate::config::{Config, Listen, LogTarget, Unavailable};
use crate::control::diagnostic::Fault;
use crate::control::outside::{Brief, Live, Outside};
use crate::control::remark::Remark;
use crate::control::{self, Diagnostic, Severity};
use crate::httpd::listener;
use std::rc::Rc;
use std::time::Duration;

/// A control file that may be run.
#[derive(Debug)]
pub struct Loaded {
    /// What it says, the command line's words in place of its own.
    pub config: Config,
    /// Where everything is.
    pub paths: Paths,
    /// What the command line said; a reload needs it again.
    pub overrides: Overrides,
    /// What is odd about it, in the order of the text.
    pub warnings: Vec<Diagnostic>,
    /// What would be better, for `lint` only.
    pub advice: Vec<Diagnostic>,
    /// What a verbose run tells beside it.
    pub remarks: Vec<Remark>,
}

/// A control file that may not be run.
#[derive(Debug, Default)]
pub struct Failure {
    /// What is wrong, for the log; never empty.
    pub lines: Vec<String>,
    /// What else is odd, for the log.
    pub warnings: Vec<String>,
    /// The same with source lines and hints, for a terminal; ends with a newline. For the log it is not made.
    pub text: String,
    /// Behind the text, where a program ends because of it: the reference's last words, or nothing.
    pub closing: &'static str,
    /// Where the log is to be, as far as that is known.
    pub log: LogTarget,
}

/// The reference's last words on a file it rejects.
const EXITING: &str = "Monit exiting due to parsing errors in the configuration file.\n";

/// What follows from a failure for a daemon that runs.
pub const NOT_LOADED: &str = "The control file was not loaded, the running configuration stays in force";

/// Whom a failure is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The log: first lines only.
    Log,
    /// A terminal.
    Terminal {
        /// It shows colours.
        colour: bool,
        /// It is told warnings, too. Not of a file that was read briefly: they would be about what was not looked at.
        warnings: bool,
    },
}

/// As [`load_from`], from the world as it is now and for a terminal.
pub fn load(overrides: &Overrides, colour: bool) -> Result<Loaded, Failure> {
    let outside: Rc<dyn Outside> = if overrides.brief { Rc::new(Brief) } else { Rc::new(Live) };
    load_from(overrides, outside, Audience::Terminal { colour, warnings: !overrides.brief })
}

/// Checks who may read the control file, reads it, and puts the command line's words in. Whatever has to be asked for
/// that is asked of `outside`.
pub fn load_from<'a>(
    overrides: &Overrides,
    outside: Rc<dyn Outside + 'a>,
    audience: Audience,
) -> Result<Loaded, Failure> {
    let mut loading = Loading::begin(overrides, outside, audience);
    loop {
        if let Some(result) = loading.go_on(usize::MAX) {
            return result;
        }
    }
}

/// The same piece by piece.
pub struct Loading<'a> {
    overrides: Overrides,
    outside: Rc<dyn Outside + 'a>,
    audience: Audience,
    file: Result<control::FileParser<'a>, control::verify::Refusal>,
}

impl<'a> Loading<'a> {
    /// Begins.
    pub fn begin(overrides: &Overrides, outside: Rc<dyn Outside + 'a>, audience: Audience) -> Loading<'a> {
        let file = control::verify::access(&overrides.control, &*outside)
            .map(|()| control::FileParser::begin(&overrides.control, &given(overrides), Rc::clone(&outside)));
        Loading { overrides: overrides.clone(), outside, audience, file }
    }

    /// Reads so many statements more, or finishes the work when there are no more. Gives what became of it once.
    pub fn go_on(&mut self, statements: usize) -> Option<Result<Loaded, Failure>> {
        let file = match &mut self.file {
            Ok(file) => file.go_on(statements)?,
            Err(refusal) => {
                let failure = refused(refusal);
                return Some(Err(self.told_in(LogTarget::None, failure)));
            }
        };
        Some(self.complete(file))
    }

    /// With the place of the log: the command line's word before that of the file.
    fn told_in(&self, log: LogTarget, failure: Failure) -> Failure {
        Failure { log: paths::log(&self.overrides, &log), ..failure }
    }

    fn complete(&self, file: control::ParsedFile) -> Result<Loaded, Failure> {
        let control::ParsedFile { config, diagnostics, remarks, ends_at_once, refusal, remains } = file;
        if let Some(refusal) = refusal {
            // What a file says that others may write is not to make us write anywhere.
            return Err(self.told_in(LogTarget::None, refused(&refusal)));
        }
        let Some(mut config) = config else {
            let log = remains.map(|settings| settings.log).unwrap_or_default();
            return Err(self.told_in(log, refuse(&diagnostics, ends_at_once, self.audience)));
        };
        let (advice, warnings) = diagnostics.into_iter().partition(|d| d.severity() == Severity::Advice);
        let paths = Paths::new(&self.overrides, &config.settings, &*self.outside);
        paths.enter(&mut config.settings);
        Ok(Loaded { config, paths, overrides: self.overrides.clone(), warnings, advice, remarks })
    }
}

fn refused(refusal: &control::verify::Refusal) -> Failure {
    let mut text = format!("{refusal}\n");
    if let Some(hint) = refusal.hint() {
        text.push_str(&format!("  = hint: {hint}\n"));
    }
    let closing = if refusal.is_fatal() { "" } else { EXITING };
    Failure { lines: vec![refusal.to_string()], text, closing, ..Failure::default() }
}

fn refuse(diagnostics: &[Diagnostic], ends_at_once: bool, audience: Audience) -> Failure {
    let closing = if ends_at_once { "" } else { EXITING };
    let mut failure = Failure { closing, ..Failure::default() };
    for diagnostic in diagnostics {
        match diagnostic.severity() {
            Severity::Advice => continue,
            Severity::Warning => failure.warnings.push(diagnostic.first_line()),
            Severity::Error => failure.lines.push(diagnostic.first_line()),
        }
        let Audience::Terminal { colour, warnings } = audience else { continue };
        if warnings || diagnostic.severity() == Severity::Error {
            failure.text.push_str(&diagnostic.render(colour));
            failure.text.push('\n');
        }
    }
    failure
}

/// What a command needs that only talks to a daemon, of a control file that may not be run: where the daemon is, as far
/// as the file can be understood, else where it is by default. It names no services.
pub fn remains(overrides: &Overrides) -> Loaded {
    /// What others may write is not to send us anywhere; what they may only read is the owner's word.
    const WRITABLE: u32 = 0o022;
    let usable = match control::verify::access(&overrides.control, &Brief) {
        Ok(()) => true,
        Err(control::verify::Refusal::Mode { mode, .. }) => mode & WRITABLE == 0,
        Err(_) => false,
    };
    let mut config = Config::default();
    if usable {
        let control::ParsedFile { config: whole, remains, .. } =
            control::load(&overrides.control, &given(overrides), Rc::new(Brief));
        config.settings = whole.map(|whole| whole.settings).or(remains).unwrap_or_default();
    }
    let paths = Paths::new(overrides, &config.settings, &Brief);
    paths.enter(&mut config.settings);
    let overrides = overrides.clone();
    Loaded { config, paths, overrides, warnings: Vec::new(), advice: Vec::new(), remarks: Vec::new() }
}

/// The command line's words, as the reading of the file needs them.
fn given(overrides: &Overrides) -> control::Overrides {
    control::Overrides {
        ignore_daemon: overrides.daemon.is_some(),
        ignore_log: overrides.log.is_some(),
        ignore_pidfile: overrides.pidfile.is_some(),
        ignore_statefile: overrides.statefile.is_some(),
        init: overrides.interactive,
        poll: overrides.daemon.map(|seconds| Duration::from_secs(seconds.into())),
    }
}

/// What the file asks for and this build cannot do, each where it stands. Said at a start and at a reload.
pub fn unavailable(config: &Config) -> Vec<Diagnostic> {
    let told = |missing: &Unavailable| {
        let text = format!("{} is not available in this build and is skipped", missing.what);
        Diagnostic::cited(Severity::Warning, Fault::Message(text), &config.files, missing.place)
    };
    config.unavailable.iter().map(told).collect()
}

/// Looks up what the interface is to listen at. Not part of reading the control file: commands do without.
pub fn look_up(config: &mut Config, outside: &dyn Outside) {
    let httpd = &mut config.settings.httpd;
    let Some(address) = httpd.address.as_deref().filter(|_| httpd.port.is_some()) else { return };
    if listener::is_name(address) {
        httpd.listen = match outside.addresses(address) {
            Ok(addresses) => Listen::At(addresses),
            Err(trouble) => Listen::Nowhere(trouble.to_string().into()),
        };
    }
}

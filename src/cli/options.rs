//! The options as a struct: what was typed, not yet what it means.

use super::argv::{self, Arguments};
use super::trouble::Trouble;
use argh::FromArgs;
use std::ffi::OsString;
use std::path::PathBuf;

/// The command line behind [`argv::normalise`]. Texts for people are in [`super::usage`]; argh's own are never shown.
#[derive(Debug, Default, PartialEq, FromArgs)]
#[argh(help_triggers("--argh-help"))]
pub struct Options {
    /// control file
    #[argh(option, long = "conf")]
    pub conf: Option<PathBuf>,
    /// poll time in seconds, 1 to 2147483647
    #[argh(option, long = "daemon")]
    pub daemon: Option<u32>,
    /// service group
    #[argh(option, long = "group")]
    pub group: Option<String>,
    /// log file or `syslog`
    #[argh(option, long = "logfile")]
    pub logfile: Option<PathBuf>,
    /// pid file
    #[argh(option, long = "pidfile")]
    pub pidfile: Option<PathBuf>,
    /// state file
    #[argh(option, long = "statefile")]
    pub statefile: Option<PathBuf>,
    /// stay in the foreground
    #[argh(switch, long = "interactive")]
    pub interactive: bool,
    /// print the id
    #[argh(switch, long = "id")]
    pub id: bool,
    /// make a new id
    #[argh(switch, long = "resetid")]
    pub resetid: bool,
    /// check the control file
    #[argh(switch, long = "test")]
    pub test: bool,
    /// once: debug lines; twice: with more about errors
    #[argh(switch, long = "verbose")]
    pub verbose: u32,
    /// plain output
    #[argh(switch, long = "batch")]
    pub batch: bool,
    /// print digests
    #[argh(switch, long = "hash")]
    pub hash: bool,
    /// print the version
    #[argh(switch, long = "version")]
    pub version: bool,
    /// print the usage text
    #[argh(switch, long = "usage")]
    pub help: bool,
    /// show what it does on a built-in control file
    #[argh(switch, long = "demo")]
    pub demo: bool,
    /// what is shown comes as JSON
    #[argh(switch, long = "json")]
    pub json: bool,
    /// the silences that last
    #[argh(switch, long = "list")]
    pub list: bool,
    /// action and its arguments
    #[argh(positional)]
    pub words: Vec<String>,
}

/// What was typed, with what argh cannot carry.
#[derive(Debug)]
pub struct CommandLine {
    /// The options and words.
    pub options: Options,
    /// Options given more than once.
    pub repeated: Vec<char>,
    /// The files behind `-H`; none: standard input.
    pub hash_files: Vec<OsString>,
}

/// Reads the arguments behind the program's name.
///
/// # Errors
/// They cannot be meant.
pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<CommandLine, Trouble> {
    let Arguments { options, words, repeated, hash_files } =
        argv::normalise(arguments).map_err(Trouble::Arguments)?;
    let mut canonical: Vec<&str> = options.iter().map(String::as_str).collect();
    canonical.push("--");
    canonical.extend(words.iter().map(String::as_str));
    // The normaliser lets nothing through that argh does not know; should it ever, argh's words are better than none.
    let options = Options::from_args(&["monit"], &canonical)
        .map_err(|exit| Trouble::Options(exit.output.trim_end().to_owned()))?;
    Ok(CommandLine { options, repeated, hash_files })
}

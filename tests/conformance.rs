//! The promise of compatibility: each file in `tests/conformance` tells a story of one control file, with what Monit
//! says and does. Ours plays them always; with `MONIT_ORACLE=/path/to/monit` that binary plays them, too.
//!
//! A line is a step. What is indented below it is its text. `@D@` is the folder of the story, `@SMTP@` and `@HTTP@` are
//! ports.
//!
//! | step | what is done, or must come true |
//! |---|---|
//! | `control`, `file NAME` | writes the control file (behind settings that every story has), or a file |
//! | `append NAME TEXT`, `remove NAME`, `mode NAME OCTAL` | changes a file |
//! | `service NAME` | makes a program `NAME start`, `NAME stop` of a sleeper with the pidfile `NAME.pid` |
//! | `start`, `stop` | the daemon; `stop` waits for its end |
//! | `kill NAME` | kills the process of the pidfile `NAME.pid` |
//! | `run ARGUMENTS` | a command, to its end |
//! | `exit CODE`, `says TEXT`, `not TEXT` | what the last command did: a line of it holds TEXT, or none does |
//! | `log TEXT` | a line of the log, behind the one found before, holds TEXT, sooner or later |
//! | `never TEXT` | no line of the log holds TEXT until now |
//! | `called TEXT` | the sleepers' programs were called in this way, sooner or later |
//! | `status SERVICE TEXT` | the summary comes to show this |
//! | `mail TEXT` | a mail, later than the one found before, holds TEXT, sooner or later; further lines: it holds these, too |
#![allow(clippy::expect_used, clippy::panic)]

mod support;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use support::mail::mail_server;
use support::{Lab, Reply, eventually, free_port, run};

macro_rules! stories {
    ($($name:ident)*) => {
        const STORIES: &[&str] = &[$(stringify!($name)),*];
        $(#[test]
        fn $name() {
            play(stringify!($name));
        })*
    };
}

stories! {
    checksum_changed
    command_line_errors
    content_of_a_log
    control_file_errors
    cycles_before_action
    depends_stops_and_starts
    every_other_cycle
    exec_on_failure
    exist_and_recovery
    failed_port
    groups
    mail_fields
    mail_format
    mode_passive
    pidfile_restart
    program_status
    reload_adds_a_service
    restart_limit
    size_and_permission
    start_fails
    summary_and_status
    unmonitor_is_kept
}

#[test]
fn no_story_is_left_out() {
    let mut found: Vec<String> = fs::read_dir(folder())
        .expect("the stories")
        .map(|entry| {
            entry.expect("a story").path().file_stem().expect("a name").to_string_lossy().into_owned()
        })
        .collect();
    found.sort();
    assert_eq!(
        found, STORIES,
        "a file and its line in `stories!` come together, in the order of the alphabet"
    );
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

fn play(name: &str) {
    let text = fs::read_to_string(folder().join(name).with_extension("story")).expect("the story");
    let oracle = std::env::var_os("MONIT_ORACLE").map(PathBuf::from);
    for binary in std::iter::once(support::monit()).chain(oracle) {
        let mut stage = Stage::new(name, binary);
        for step in steps(&text) {
            stage.step(&step);
        }
    }
}

/// One line and what is indented below it.
struct Step {
    number: usize,
    word: String,
    rest: String,
    body: Vec<String>,
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
    {
        if let Some(inner) = line.strip_prefix("  ") {
            steps.last_mut().expect("a step before its text").body.push(inner.to_owned());
            continue;
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        steps.push(Step { number: at + 1, word: word.into(), rest: rest.into(), body: Vec::new() });
    }
    steps
}

struct Stage {
    name: String,
    binary: PathBuf,
    lab: Lab,
    http: u16,
    smtp: u16,
    mails: Arc<Mutex<Vec<String>>>,
    reply: Option<Reply>,
    /// So many lines of the log, and mails, have been told of.
    logged: usize,
    mailed: usize,
}

impl Stage {
    fn new(name: &str, binary: PathBuf) -> Stage {
        let (mails, http) = (Arc::default(), free_port());
        let smtp = mail_server(&mails);
        Stage {
            name: name.into(),
            lab: Lab::of(binary.clone()),
            binary,
            http,
            smtp,
            mails,
            reply: None,
            logged: 0,
            mailed: 0,
        }
    }

    fn step(&mut self, step: &Step) {
        let rest = self.filled(&step.rest);
        let body = self.filled(&step.body.join("\n"));
        let (first, second) = rest.split_once(' ').unwrap_or((&rest, ""));
        let at = format!("{}:{}: {} {rest} ({})", self.name, step.number, step.word, self.binary.display());
        match &*step.word {
            "control" => {
                let common = format!(
                    "set daemon 1\nset log @D@/log\nset httpd port {} and\n  use address 127.0.0.1\n  allow localhost\n",
                    self.http
                );
                self.lab.control(&(common + &body));
            }
            "file" => drop(self.lab.file(first, &(body + "\n"))),
            "append" => {
                let mut file = fs::OpenOptions::new().append(true).open(self.lab.path(first)).expect(&at);
                writeln!(file, "{second}").expect(&at);
            }
            "remove" => fs::remove_file(self.lab.path(first)).expect(&at),
            "mode" => self.lab.chmod(first, u32::from_str_radix(second, 8).expect(&at)),
            "service" => self.lab.init_script(first),
            "start" => drop(self.lab.start(&[] as &[&str])),
            "stop" => assert_eq!(self.lab.stop(Signal::SIGTERM), Some(0), "{at}"),
            "kill" => kill(Pid::from_raw(self.lab.pid(first)), Signal::SIGKILL).expect(&at),
            "run" => self.reply = Some(self.lab.cli(rest.split_whitespace())),
            "exit" => assert_eq!(self.reply(&at).code.to_string(), first, "{at}: {:?}", self.reply),
            "says" => assert!(self.said(&rest, &at), "{at}: {:?}", self.reply),
            "not" => assert!(!self.said(&rest, &at), "{at}: {:?}", self.reply),
            "log" => {
                self.logged = eventually(&at, || {
                    let lines = self.lab.lines("log");
                    let found = lines.iter().skip(self.logged).position(|line| line.contains(&rest));
                    found.map(|found| self.logged + found + 1)
                });
            }
            "never" => {
                let lines = self.lab.lines("log");
                assert!(!lines.iter().any(|line| line.contains(&rest)), "{at}: {lines:#?}");
            }
            "called" => eventually(&at, || self.lab.lines("calls").contains(&rest).then_some(())),
            "status" => eventually(&at, || {
                let shown = run(&mut self.lab.command(["-B", "summary"])).stdout;
                let shown = String::from_utf8_lossy(&shown).into_owned();
                let line =
                    shown.lines().find(|line| line.split_whitespace().next() == Some(first))?.to_owned();
                plain(&line).contains(second).then_some(())
            }),
            "mail" => {
                let found = eventually(&at, || {
                    let mails = self.mails.lock().expect("the mails");
                    let found =
                        mails.iter().enumerate().skip(self.mailed).find(|(_, mail)| mail.contains(&rest));
                    found.map(|(found, mail)| (found, mail.clone()))
                });
                self.mailed = found.0 + 1;
                for wanted in body.lines() {
                    assert!(found.1.contains(wanted), "{at}: no {wanted:?} in\n{}", found.1);
                }
            }
            _ => panic!("{at}: there is no such step"),
        }
    }

    fn filled(&self, text: &str) -> String {
        text.replace("@D@", &self.lab.dir().display().to_string())
            .replace("@SMTP@", &self.smtp.to_string())
            .replace("@HTTP@", &self.http.to_string())
    }

    fn reply(&self, at: &str) -> &Reply {
        self.reply.as_ref().unwrap_or_else(|| panic!("{at}: no command was run"))
    }

    fn said(&self, text: &str, at: &str) -> bool {
        let reply = self.reply(at);
        reply.out.lines().chain(reply.err.lines()).any(|line| plain(line).contains(text))
    }
}

/// A line whose columns are one blank apart.
fn plain(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

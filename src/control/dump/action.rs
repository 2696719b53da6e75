//! Programs, actions and how often.

use crate::config::{Action, Command, Exec, Test, format};
use std::fmt::Write;

/// The words of a command, joined by blanks.
pub fn words(command: &Command) -> String {
    let words: Vec<_> = command.argv.iter().map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}

/// A start, stop or restart program: `'/bin/x start' as uid 1 timeout 30 s`.
pub fn program(command: &Command) -> String {
    let mut text = format!("'{}'", words(command));
    user(command, &mut text);
    if let Some(timeout) = command.timeout {
        let _ = write!(text, " timeout {}", format::duration(timeout));
    }
    text
}

fn user(command: &Command, text: &mut String) {
    if let Some(uid) = command.uid {
        let _ = write!(text, " as uid {uid}");
    }
    if let Some(gid) = command.gid {
        let _ = write!(text, " as gid {gid}");
    }
}

/// An action by its name.
pub fn action(action: &Action) -> String {
    match action {
        Action::Alert => "alert".to_owned(),
        Action::Start => "start".to_owned(),
        Action::Stop => "stop".to_owned(),
        Action::Restart => "restart".to_owned(),
        Action::Unmonitor => "unmonitor".to_owned(),
        Action::Ignore => "ignore".to_owned(),
        Action::Exec(exec) => self::exec(exec),
    }
}

fn exec(exec: &Exec) -> String {
    let mut text = format!("exec '{}'", words(&exec.command));
    user(&exec.command, &mut text);
    if let Some(timeout) = exec.command.timeout {
        // The reference calls the milliseconds cycles here, and tools compare the line.
        let _ = write!(text, " timeout {} cycle(s)", timeout.as_millis());
    }
    if exec.repeat > 0 {
        let _ = write!(text, " repeat every {} cycle(s)", exec.repeat);
    }
    text
}

/// What follows the condition of a test: how often, what is done, and what is done on recovery if that is more than an alert.
/// `recovered` is the word for the other result: `succeeded` or `failed`.
pub fn consequence(test: &Test, recovered: &str) -> String {
    let mut text = format!("{} then {}", test.rate.words(), action(&test.then));
    if !matches!(test.recovery, Action::Alert | Action::Ignore) {
        let _ = write!(
            text,
            " else if {recovered}{} then {}",
            test.recovery_rate.words(),
            action(&test.recovery)
        );
    }
    text
}

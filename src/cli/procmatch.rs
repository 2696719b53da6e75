//! `procmatch`: the processes that `check process … matching` would find, and the one it would choose.

use crate::document::json::{SCHEMA, quoted};
use crate::machine::Facts;
use crate::machine::matching::{Match, Unsearched, choose, list};
use std::fmt::Write as _;

const USAGE: &str = "Invalid syntax - usage: procmatch \"<pattern>\"";

/// Those that match, less those that only call us.
fn find(pattern: &str, facts: &mut dyn Facts) -> Result<Vec<Match>, Unsearched> {
    let own = crate::sys::process::own_pid();
    let mut found = list(facts, pattern, own)?;
    let callers = callers(facts, own);
    found.retain(|entry| !(callers.contains(&entry.stat.pid) && calls_us(&entry.command)));
    Ok(found)
}

/// The same as JSON (`procmatch` of `doc/api.schema.json`); `false`: it says what is wrong.
pub fn json(pattern: Option<&str>, facts: &mut dyn Facts) -> (String, bool) {
    let wrong = |text: &str| {
        let mut out = "{\"error\":".to_owned();
        quoted(&mut out, text);
        (out + "}\n", false)
    };
    let Some(pattern) = pattern else { return wrong(USAGE) };
    match find(pattern, facts) {
        Err(reason) => wrong(&reason.to_string()),
        Ok(found) => (document(pattern, &found), true),
    }
}

fn document(pattern: &str, matches: &[Match]) -> String {
    let mut out = format!("{{\"schema\":{SCHEMA},\"pattern\":");
    quoted(&mut out, pattern);
    let stats: Vec<_> = matches.iter().map(|found| found.stat).collect();
    let chosen = choose(&stats).map(|stat| stat.pid);
    out.push_str(",\"matches\":[");
    for (at, entry) in matches.iter().enumerate() {
        let (pid, ppid) = (entry.stat.pid, entry.stat.ppid);
        let comma = if at == 0 { "" } else { "," };
        let is_chosen = chosen == Some(pid);
        let _ = write!(out, "{comma}{{\"pid\":{pid},\"ppid\":{ppid},\"chosen\":{is_chosen},\"command\":");
        quoted(&mut out, entry.command.trim_end());
        out.push('}');
    }
    out.push_str("]}\n");
    out
}

/// The text for stdout, boxed and coloured; `false`: the pattern is wrong and the exit code is 1.
pub fn report(pattern: Option<&str>, facts: &mut dyn Facts) -> (String, bool) {
    let Some(pattern) = pattern else { return (format!("{USAGE}\n"), false) };
    match find(pattern, facts) {
        Err(reason @ (Unsearched::Wrong(_) | Unsearched::Refused(_))) => {
            (format!("Regex {pattern} parsing error: {reason}\n"), false)
        }
        Err(reason) => (format!("No process was found by \"{pattern}\": {reason}\n"), false),
        Ok(found) => (render(pattern, &found), true),
    }
}

/// The processes that this one comes from, its parent first. A daemon among them is found like any other: only who calls
/// us, see [`calls_us`], is none that anybody looks for.
fn callers(facts: &mut dyn Facts, own: i32) -> Vec<i32> {
    /// Deeper than anybody nests shells; ends a circle that a process table in motion may show.
    const MOST: usize = 64;
    let mut callers = Vec::new();
    let mut pid = own;
    while let Some(stat) = facts.process_stat(pid).ok().filter(|stat| stat.ppid > 0 && callers.len() < MOST) {
        pid = stat.ppid;
        callers.push(pid);
    }
    callers
}

/// `sudo monit procmatch x`, `sh -c "timeout 5 monit procmatch x"`: the pattern stands in the command line itself.
fn calls_us(command: &str) -> bool {
    command.split(|c: char| c.is_whitespace() || "\"';&|()".contains(c)).any(|word| word == "procmatch")
}

const COMMAND: usize = 50;

fn render(pattern: &str, matches: &[Match]) -> String {
    const RULE: &str = "\x1b[0;90m";
    let mut out = format!("List of processes matching pattern \"{pattern}\":\n");
    let wide = |left: char, middle: char, right: char| {
        let bar = |n: usize| "─".repeat(n);
        format!(
            "{RULE}{left}{}{middle}{}{middle}{}{middle}{}{right}\x1b[0m\n",
            bar(3),
            bar(10),
            bar(10),
            bar(COMMAND + 2)
        )
    };
    let stats: Vec<_> = matches.iter().map(|found| found.stat).collect();
    if let Some(chosen) = choose(&stats) {
        let edge = format!("{RULE}│\x1b[0m");
        out.push_str(&wide('┌', '┬', '┐'));
        let _ = writeln!(
            out,
            "{edge} \x1b[1;36m \x1b[0m {edge} \x1b[1;36m{:<8}\x1b[0m {edge} \x1b[1;36m{:<8}\x1b[0m {edge} \x1b[1;36m{:<COMMAND$}\x1b[0m {edge}",
            "PID", "PPID", "Command"
        );
        for entry in matches {
            out.push_str(&wide('├', '┼', '┤'));
            let (on, off, mark) =
                if entry.stat.pid == chosen.pid { ("\x1b[1m", "\x1b[0m", '*') } else { ("", "", ' ') };
            let (mut mark, mut pid, mut ppid) =
                (mark, entry.stat.pid.to_string(), entry.stat.ppid.to_string());
            for piece in wrapped(&entry.command) {
                let _ = writeln!(
                    out,
                    "{edge} {on}{mark} {off}{edge} {on}{pid:>8} {off}{edge} {on}{ppid:>8} {off}{edge} {on}{piece:<COMMAND$} {off}{edge}"
                );
                (mark, pid, ppid) = (' ', String::new(), String::new());
            }
        }
        out.push_str(&wide('└', '┴', '┘'));
    }
    let _ = writeln!(out, "Total matches: {}", matches.len());
    if matches.len() > 1 {
        out.push_str(
            "\nWARNING:\nMultiple processes match the pattern. Monit will select the process with the\n\
             highest uptime, the one highlighted.\n",
        );
    }
    out
}

/// Pieces of at most [`COMMAND`] characters, at least one.
fn wrapped(command: &str) -> Vec<String> {
    // A command line can hold anything, also what a terminal would obey.
    let harmless = command.trim_end().chars().map(|c| if c.is_control() { ' ' } else { c });
    let characters: Vec<char> = harmless.collect();
    if characters.is_empty() {
        return vec![String::new()];
    }
    characters.chunks(COMMAND).map(|piece| piece.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::table::strip;
    use crate::machine::ProcessStat;

    fn process(pid: i32, ppid: i32, start: u64, command: &str) -> Match {
        Match { stat: ProcessStat { pid, ppid, start, ..ProcessStat::default() }, command: command.into() }
    }

    #[test]
    fn the_batch_form_is_the_one_scripts_read() {
        let matches = [
            process(24126, 24068, 9, "sh -c sleep 8125 & sleep 8125 & sleep 8125"),
            process(24130, 24126, 9, "sleep 8125"),
        ];
        let expected = [
            "List of processes matching pattern \"sleep 8125\":",
            "    PID       PPID      Command                                            ",
            " *     24126     24068  sh -c sleep 8125 & sleep 8125 & sleep 8125         ",
            "       24130     24126  sleep 8125                                         ",
            "Total matches: 2",
            "",
            "WARNING:",
            "Multiple processes match the pattern. Monit will select the process with the",
            "highest uptime, the one highlighted.",
        ];
        assert_eq!(strip(&render("sleep 8125", &matches)).lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn long_command_lines_go_on_below() {
        let text = strip(&render("x", &[process(5, 1, 1, &"x".repeat(60))]));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[2], format!(" *         5         1  {} ", "x".repeat(50)));
        assert_eq!(lines[3], format!("                        {:<50} ", "x".repeat(10)));
    }
}

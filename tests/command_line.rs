//! Options, exit codes, streams: what scripts rely on.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};

use support::{Lab, Reply, monit, run, spawn};

fn bare(arguments: &[&str]) -> Reply {
    Reply::from(run(Command::new(monit()).args(arguments)))
}

#[test]
fn version_and_help_need_no_control_file() {
    for flag in ["-V", "--version", "--vers", "-Vh", "-vV", "version"] {
        let reply = bare(&[flag]);
        assert_eq!(reply.code, 0, "{flag}");
        let mut lines = reply.out.lines();
        assert_eq!(lines.next(), Some("This is Monit version 6.1.0"), "{flag}");
        assert!(lines.next().is_some_and(|line| line.starts_with("monit-rs 0.")), "{flag}: {reply:?}");
    }
    for flag in ["-h", "--help", "-hV", "help", "HELP"] {
        let reply = bare(&[flag]);
        assert_eq!((reply.code, reply.err.as_str()), (0, ""), "{flag}");
        for option in
            ["-c", "-d", "-g", "-l", "-p", "-s", "-I", "-i", "-r", "-t", "-v", "-B", "-H", "-V", "-h"]
        {
            assert!(reply.out.contains(&format!(" {option}")), "{flag} does not tell {option}");
        }
    }
}

#[test]
fn wrong_options_are_refused() {
    let cases: &[(&[&str], &str)] = &[
        (&["-z"], "Invalid option -- z  (-h will show valid options)"),
        (&["-c"], "Option -- c requires an argument"),
        (&["--conf"], "Option -- c requires an argument"),
        (&["-d", "x"], "Option -d requires a natural number"),
        (&["-d", "12x"], "Option -d requires a natural number"),
        (&["-d", "0"], "Option -d requires a natural number"),
        (&["-d", "99999999999999999999"], "Option -d requires a natural number"),
    ];
    for (arguments, text) in cases {
        let reply = bare(arguments);
        assert_eq!((reply.code, reply.err.trim_end(), reply.out.as_str()), (1, *text, ""), "{arguments:?}");
    }
    for arguments in [["--ver"], ["--nosuch"]] {
        let reply = bare(&arguments);
        assert_eq!(reply.code, 1);
        assert!(reply.err.contains(arguments[0].trim_start_matches('-')), "names the option: {reply:?}");
        assert!(reply.err.contains("(-h will show valid options)"), "{reply:?}");
    }
}

#[test]
fn options_stand_anywhere_and_stick_together() {
    let lab = Lab::with("set daemon 30\ncheck file f path /");
    let rc = lab.path("monitrc").display().to_string();
    let forms: &[&[&str]] = &[
        &["-t", "-c", &rc],
        &["-tc", &rc],
        &["-c", &rc, "-t"],
        &[&format!("-c{rc}"), "-t"],
        &["--test", &format!("--conf={rc}")],
        &["--conf", &rc, "--tes"],
        &["summary", "-t", "-c", &rc],
        &["-Itc", &rc],
        &["-d120", "-tc", &rc],
    ];
    for form in forms {
        assert_eq!(bare(form).clean(), "Control file syntax OK\n", "{form:?}");
    }
    let reply = bare(&["-c", "/nonexistent", "-c", &rc, "-t"]);
    assert_eq!(reply.code, 0);
    assert_eq!(
        reply.err,
        "WARNING: The -c option was specified multiple times, only the last value will be used\n"
    );
}

#[test]
fn unknown_words_are_refused() {
    let lab = Lab::with("check file f path /");
    let reply = lab.cli(["frob"]);
    assert_eq!(
        (reply.code, reply.err.as_str()),
        (1, "Invalid argument -- frob  (-h will show valid arguments)\n")
    );
    for action in ["start", "stop", "restart", "monitor", "unmonitor"] {
        let reply = lab.cli([action]);
        assert_eq!(reply.code, 1);
        assert_eq!(reply.err, format!("Please specify a service name or 'all' after {action}\n"));
    }
}

#[test]
fn digests_of_a_file_and_of_standard_input() {
    let lab = Lab::new();
    let path = lab.file("data", "hello\n").display().to_string();
    let sums = [
        ("SHA256", "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"),
        ("SHA1", "f572d396fae9206628714fb2ce00f72e94f2258f"),
        ("MD5", "b1946ac92492d2347c6235b4d2611184"),
    ];
    let expected = |name: &str| {
        let width = format!("SHA256({name})").len();
        sums.iter()
            .map(|(kind, sum)| format!("{:width$} = {sum}\n", format!("{kind}({name})")))
            .collect::<String>()
    };
    assert_eq!(bare(&["-H", &path]).clean(), expected(&path));
    assert_eq!(bare(&[&format!("--hash={path}")]).clean(), expected(&path));

    let mut child = spawn(Command::new(monit()).arg("-H").stdin(Stdio::piped()).stdout(Stdio::piped()));
    child.stdin.take().expect("stdin").write_all(b"hello\n").expect("write");
    let output = child.wait_with_output().expect("wait");
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected("(stdin)").replace("((stdin))", "(stdin)"));

    let reply = bare(&["-H", "/nonexistent/file"]);
    assert_eq!(reply.code, 1);
    assert!(reply.err.contains("/nonexistent/file: No such file or directory"), "{reply:?}");
}

#[test]
fn control_files_of_others_are_refused() {
    let lab = Lab::with("check file f path /");
    let rc = lab.path("monitrc");
    for (mode, fine) in [
        (0o600, true),
        (0o700, true),
        (0o400, true),
        (0o500, true),
        (0o640, false),
        (0o644, false),
        (0o601, false),
    ] {
        lab.chmod("monitrc", mode);
        let reply = lab.cli(["-t"]);
        assert_eq!(reply.code == 0, fine, "{mode:o}: {reply:?}");
        if !fine {
            let first = format!(
                "The control file '{}' permission {mode:04o} is wrong, maximum 0700 allowed",
                rc.display()
            );
            assert_eq!(reply.err.lines().next(), Some(first.as_str()));
            assert!(reply.err.contains("chmod"), "says how to mend it: {reply:?}");
        }
    }
    lab.chmod("monitrc", 0o600);
    symlink(&rc, lab.path("link")).expect("symlink");
    assert_eq!(bare(&["-t", "-c", &lab.path("link").display().to_string()]).code, 0);
    let reply = bare(&["-t", "-c", &lab.path("missing").display().to_string()]);
    assert_eq!(reply.code, 1);
    assert!(reply.err.contains("is not a file"), "{reply:?}");
    let reply = bare(&["-t", "-c", "/dev/null"]);
    assert_eq!(
        (reply.code, reply.err.lines().next()),
        (1, Some("The control file '/dev/null' is not a file"))
    );
}

#[test]
fn the_id_is_made_once_and_reset_on_request() {
    let lab = Lab::with("check file f path /");
    let first = lab.cli(["-i"]).clean();
    let id = first.lines().last().and_then(|l| l.strip_prefix("Monit ID: ")).expect("an id").to_owned();
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()), "{id}");
    assert_eq!(fs::read_to_string(lab.path("monit.id")).expect("idfile"), id);
    assert_eq!(fs::metadata(lab.path("monit.id")).expect("idfile").permissions().mode() & 0o777, 0o644);
    assert_eq!(lab.cli(["-i"]).clean(), format!("Monit ID: {id}\n"));

    let answer = |text: &str| {
        let mut command = lab.command(["-r"]);
        let mut child = spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()));
        child.stdin.take().expect("stdin").write_all(text.as_bytes()).expect("write");
        Reply::from(child.wait_with_output().expect("wait"))
    };
    assert!(answer("n\n").out.starts_with("Reset Monit Id? [y/N]> "));
    assert_eq!(fs::read_to_string(lab.path("monit.id")).expect("idfile"), id);
    assert_eq!(answer("y\n").code, 0);
    assert_ne!(fs::read_to_string(lab.path("monit.id")).expect("idfile"), id);
}

#[test]
fn every_error_of_a_run_is_shown_with_its_line() {
    let lab = Lab::with(
        "check file a path /etc/passwd
  if failed permision 600 then alert
check file b path relative
check process c with pidfile /run/c.pid
  start program = /bin/true --now
check file d path /etc/passwd
  if failed permission 600 then alert",
    );
    let reply = lab.cli(["-t"]);
    assert_eq!(reply.code, 1);
    let rc = lab.path("monitrc").display().to_string();
    let firsts: Vec<&str> = reply.err.lines().filter(|l| l.starts_with(&rc)).collect();
    assert_eq!(firsts.len(), 3, "{}", reply.err);
    assert!(firsts[0].starts_with(&format!("{rc}:5: syntax error 'permision'")), "{}", reply.err);
    assert!(reply.err.contains("permission"), "did you mean: {}", reply.err);
    assert!(firsts[1].starts_with(&format!("{rc}:6: ")), "{}", reply.err);
    assert!(firsts[2].starts_with(&format!("{rc}:8: ")), "{}", reply.err);
    assert!(reply.err.contains("^"), "a caret: {}", reply.err);
}

#[test]
fn a_verbose_syntax_check_begins_with_who_is_let_in() {
    let lab = Lab::with("set httpd port 1 allow 127.0.0.1 allow a1:\"b\"\n");
    let reply = lab.cli(["-tv"]);
    let first: Vec<&str> = reply.out.lines().take(3).collect();
    let wanted = [
        "Adding 'allow 127.0.0.1' -- host resolved to [::ffff:127.0.0.1]",
        "Adding credentials for user 'a1'",
        "Runtime constants:",
    ];
    assert_eq!((reply.code, first.as_slice()), (0, wanted.as_slice()), "{reply:?}");
}

#[test]
fn every_line_of_lint_begins_alike() {
    let lab = Lab::with(
        "set daemon 30\ncheck process x with pidfile /x\n start \"/nonexistent/x > y\"\n every 2 cycles\n if cpu > 5% then alert\n",
    );
    let reply = lab.cli(["lint"]);
    assert_eq!(reply.code, 2, "{reply:?}");
    let told: Vec<&str> = reply.err.lines().filter(|line| !line.starts_with(' ')).collect();
    assert!(told.len() >= 4 && told.iter().all(|line| line.starts_with("lint: ")), "{reply:?}");
    assert!(reply.err.contains("every 60 seconds"), "{reply:?}");
    let lab = Lab::with("set daemno 5\nset httpd prot 1\n");
    let reply = lab.cli(["lint"]);
    let told: Vec<&str> = reply.err.lines().filter(|line| !line.starts_with(' ')).collect();
    assert!(told.len() >= 2 && told.iter().all(|line| line.starts_with("lint: ")), "{reply:?}");
    assert_eq!(reply.code, 1);
}

#[test]
fn procmatch_does_not_find_who_calls_it() {
    let mark = format!("nobody-has-this-{}", std::process::id());
    let script = format!("{} procmatch {mark}; true", monit().display());
    let reply = Reply::from(run(Command::new("sh").args(["-c", &script])));
    assert!(reply.out.contains("Total matches: 0"), "{reply:?}");
    // A caller that only has the word in its arguments is found.
    let script = format!("eval \"$1\"; true # {mark}");
    let call = format!("{} proc''match {mark}", monit().display());
    let reply = Reply::from(run(Command::new("sh").args(["-c", &script, "sh", &call])));
    assert!(reply.out.contains("Total matches: 1"), "{reply:?}");
}

#[test]
fn digests_of_several_files_are_told_and_one_that_is_missing_hides_none() {
    let lab = Lab::new();
    lab.file("a", "hash me\n");
    lab.file("b", "hash me\n");
    let (a, b) = (lab.path("a").display().to_string(), lab.path("b").display().to_string());
    let reply = bare(&["-H", &a, "/nonexistent/x", &b]);
    assert_eq!(reply.code, 1);
    assert_eq!(reply.err, "/nonexistent/x: No such file or directory\n");
    assert!(reply.out.contains(&format!("MD5({a})    = d09dba7d332adb585d176cf807f00f34")), "{reply:?}");
    assert!(reply.out.contains(&format!("MD5({b})    = d09dba7d332adb585d176cf807f00f34")), "{reply:?}");
}

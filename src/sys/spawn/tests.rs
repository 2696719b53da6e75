use super::*;
use crate::sys::Scratch;
use crate::sys::process::{self, Exit};
use nix::fcntl::FdFlag;

const PATIENCE: Duration = Duration::from_secs(20);

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

/// Output, errors and exit of a program run to its end.
fn run(program: &Program) -> (String, String, Exit) {
    let spawned = spawn(program, PATIENCE).unwrap();
    assert!(spawned.report.is_none(), "exec takes no 20 s");
    let stdout = String::from_utf8(read_to_end(spawned.stdout)).unwrap();
    let stderr = String::from_utf8(read_to_end(spawned.stderr)).unwrap();
    let exit = process::wait_blocking(spawned.pid).unwrap().unwrap();
    (stdout, stderr, exit)
}

fn shell(script: &str) -> String {
    run(&Program::new(&words(&["/bin/sh", "-c", script]))).0
}

#[test]
fn output_errors_and_status_arrive() {
    let argv = words(&["/bin/sh", "-c", "echo out; echo err >&2; exit 3"]);
    assert_eq!(run(&Program::new(&argv)), ("out\n".into(), "err\n".into(), Exit::Exited(3)));
    let argv = words(&["/bin/sh", "-c", "kill -9 $$"]);
    assert_eq!(run(&Program::new(&argv)).2, Exit::Signalled(9));
}

#[test]
fn the_environment_is_ours_plus_the_given() {
    let argv = words(&["/usr/bin/env"]);
    let mut program = Program::new(&argv);
    let environment = [("MONIT_SERVICE".into(), "web".into()), ("PATH".into(), "/nowhere".into())];
    program.environment = &environment;
    let (listed, _, _) = run(&program);
    let count = |name: &str| listed.lines().filter(|line| line.starts_with(name)).count();
    assert!(listed.contains("MONIT_SERVICE=web\n"));
    assert!(listed.contains("PATH=/nowhere\n"));
    assert_eq!(count("PATH="), 1, "replaced, not doubled");
    assert_eq!(count("MONIT_SERVICE="), 1);
}

#[test]
fn a_program_starts_clean() {
    let status = shell(
        "umask; ulimit -c; grep -E '^Sig(Blk|Ign)' /proc/self/status; ps -o pid=,sid=,pgid= -p $$; cat",
    );
    let lines: Vec<&str> = status.lines().collect();
    assert_eq!(lines[..2], ["0022", "0"]);
    assert_eq!(lines[2].split_whitespace().nth(1), Some("0000000000000000"), "no signal is blocked");
    assert_eq!(lines[3].split_whitespace().nth(1), Some("0000000000001000"), "only SIGPIPE is ignored");
    let ids: Vec<&str> = lines[4].split_whitespace().collect();
    assert!(ids[0] == ids[1] && ids[1] == ids[2], "leads its own session and group: {ids:?}");
    assert_eq!(lines.len(), 5, "standard input is empty");
}

#[test]
fn broken_pipes_kill_only_who_asked_for_it() {
    let argv = words(&["/bin/sh", "-c", "grep SigIgn /proc/self/status"]);
    let program = Program { ignore_broken_pipe: false, ..Program::new(&argv) };
    assert!(run(&program).0.contains("0000000000000000"));
}

#[test]
fn no_descriptor_of_ours_is_inherited() {
    let leaky = File::open("/dev/null").unwrap();
    fcntl(&leaky, FcntlArg::F_SETFD(FdFlag::empty())).unwrap();
    // The folder being listed is the fourth. A library that is loaded into every program may open files of its own.
    assert_eq!(shell("unset LD_PRELOAD; exec ls /proc/self/fd").split_whitespace().count(), 4);
}

#[test]
fn the_working_folder_is_as_told() {
    let folder = Scratch::new();
    let argv = words(&["/bin/pwd"]);
    let program = Program { cwd: Some(&folder), ..Program::new(&argv) };
    let shown = run(&program).0;
    assert_eq!(Path::new(shown.trim()), folder.canonicalize().unwrap());
    let missing = folder.join("missing");
    let error = spawn(&Program { cwd: Some(&missing), ..Program::new(&argv) }, PATIENCE).unwrap_err();
    assert_eq!(error.to_string(), "change to the working folder of '/bin/pwd': No such file or directory");
}

#[test]
fn a_program_that_cannot_run_says_why() {
    let error = spawn(&Program::new(&words(&["/no/such/program"])), PATIENCE).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert_eq!(error.to_string(), "execute '/no/such/program': No such file or directory");

    let folder = Scratch::new();
    let path = folder.join("not-executable");
    std::fs::write(&path, "#!/bin/sh\n").unwrap();
    let error = spawn(&Program::new(&[path.into()]), PATIENCE).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);

    assert!(spawn(&Program::new(&[]), PATIENCE).is_err());
    assert!(spawn(&Program::new(&words(&["/bin/echo", "a\0b"])), PATIENCE).is_err());
}

#[test]
fn without_patience_the_news_comes_later() {
    let mut spawned = spawn(&Program::new(&words(&["/no/such/program"])), Duration::ZERO);
    if let Ok(spawned) = &mut spawned {
        let report = spawned.report.take().unwrap();
        crate::sys::poll::wait_for(&report, crate::sys::poll::READ);
        assert_eq!(report.read().unwrap().unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(process::wait_blocking(spawned.pid).unwrap(), Some(Exit::Exited(127)));
    }
}

#[test]
fn becoming_another_user_takes_all_of_him_and_nothing_of_us() {
    if crate::sys::ran_alone() {
        return;
    }
    if process::own_uid() != 0 {
        return;
    }
    let Some(nobody) = nix::unistd::User::from_name("nobody").unwrap() else { return };
    let gid = nobody.gid.as_raw();
    let argv = words(&["/bin/sh", "-c", "id -u; id -g; id -G; echo $HOME"]);

    let as_user = Program { uid: Some(nobody.uid.as_raw()), ..Program::new(&argv) };
    let shown = run(&as_user).0;
    let home = nobody.dir.display();
    assert_eq!(shown, format!("{}\n{gid}\n{gid}\n{home}\n", nobody.uid));

    let as_group = Program { gid: Some(gid), ..Program::new(&argv) };
    let shown = run(&as_group).0;
    assert!(shown.starts_with(&format!("0\n{gid}\n{gid}\n")), "{shown}");

    let stranger = Program { uid: Some(3_999_999), ..Program::new(&argv) };
    let error = spawn(&stranger, PATIENCE).unwrap_err().to_string();
    assert!(error.starts_with("look up the user of '/bin/sh'"), "{error}");
}

//! Who keeps a daemon from starting, and whom the command line signals: strangers neither do the one nor meet the other.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use support::skip::skip;
use support::{Lab, alive, eventually, free_port, spawn};

const CHECKS: &str = "set daemon 1\nset log @D@/log\ncheck file f path @D@/monitrc\n";

fn root() -> bool {
    let root = nix::unistd::geteuid().is_root();
    if !root {
        skip("what another user does", "needs root");
    }
    root
}

/// A program run as `nobody`.
fn as_nobody(program: &std::path::Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(program).args(arguments);
    command.stdin(Stdio::null());
    command
}

fn ended(mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// `sleep` under the name `monit`.
fn impostor(lab: &Lab) -> PathBuf {
    let path = lab.path("bin/monit");
    fs::create_dir_all(lab.path("bin")).unwrap();
    let sleep = ["/bin/sleep", "/usr/bin/sleep"].into_iter().find(|path| fs::metadata(path).is_ok());
    fs::copy(sleep.expect("sleep"), &path).unwrap();
    path
}

fn read_lock(file: &File) -> bool {
    let lock = libc::flock {
        l_type: libc::F_RDLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    fcntl(file, FcntlArg::F_OFD_SETLK(&lock)).is_ok()
}

fn kill_daemon(lab: &mut Lab) {
    lab.stop(Signal::SIGKILL);
}

#[test]
fn a_lock_on_the_pidfile_is_nobodys_business() {
    let mut lab = Lab::with(CHECKS);
    lab.start(&[] as &[&str]);
    lab.wait_line("Monit 6.1.0 started");
    assert_eq!(fs::metadata(lab.path("monit.pid")).unwrap().mode() & 0o7777, 0o644);
    // What anybody may do with a file that all can read.
    let file = File::open(lab.path("monit.pid")).unwrap();
    assert!(read_lock(&file), "only readers can hold this lock, as another user could");
    kill_daemon(&mut lab);
    let mut bystander = spawn(Command::new("sleep").arg("300").stdin(Stdio::null()));
    lab.file("monit.pid", &format!("{}\n", bystander.id()));
    let reply = lab.cli(["quit"]);
    assert_eq!((reply.code, reply.out.as_str()), (1, "Monit daemon is not running\n"), "{reply:?}");
    assert!(alive(bystander.id() as i32));
    lab.start(&[] as &[&str]);
    lab.wait_line("Monit 6.1.0 started");
    assert_eq!(lab.pid("monit"), lab.daemon_pid());
    assert!(alive(bystander.id() as i32));
    bystander.kill().unwrap();
    bystander.wait().unwrap();
    assert_eq!(lab.cli(["quit"]).code, 0);
}

#[test]
fn no_other_user_can_open_what_proves_a_daemon() {
    if !root() {
        return;
    }
    let mut lab = Lab::with(CHECKS);
    lab.start(&[] as &[&str]);
    lab.wait_line("Monit 6.1.0 started");
    for entry in fs::read_dir(lab.dir()).unwrap().flatten() {
        let path = entry.path();
        let mode = entry.metadata().unwrap().mode() & 0o777;
        let name = entry.file_name().into_string().unwrap();
        let public = ["monit.pid", "monit.id", "log"].contains(&name.as_str());
        assert!(public || mode & 0o077 == 0, "{} {mode:o}", path.display());
    }
}

#[test]
fn a_process_called_monit_keeps_nobody_from_starting() {
    let mut lab = Lab::with(CHECKS);
    let program = impostor(&lab);
    let mut impostors = vec![spawn(Command::new(&program).arg("300").stdin(Stdio::null()))];
    if root() {
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        impostors.push(spawn(&mut as_nobody(&program, &["300"])));
        // One that cannot be read belongs to root in /proc, whoever runs it.
        let unreadable = lab.path("bin/unreadable/monit");
        fs::create_dir(lab.path("bin/unreadable")).unwrap();
        fs::copy(&program, &unreadable).unwrap();
        fs::set_permissions(&unreadable, fs::Permissions::from_mode(0o711)).unwrap();
        impostors.push(spawn(&mut as_nobody(&unreadable, &["300"])));
    }
    for impostor in impostors {
        let pid = impostor.id() as i32;
        eventually("its name", || {
            fs::read_to_string(format!("/proc/{pid}/comm")).ok().filter(|name| name == "monit\n")
        });
        lab.file("monit.pid", &format!("{pid}\n"));
        let reply = lab.cli(["quit"]);
        assert_eq!((reply.code, reply.out.as_str()), (1, "Monit daemon is not running\n"), "{reply:?}");
        lab.start(&[] as &[&str]);
        lab.wait_line("Monit 6.1.0 started");
        assert_eq!(lab.pid("monit"), lab.daemon_pid());
        assert_eq!(lab.cli(["quit"]).code, 0);
        lab.wait_exit();
        assert!(alive(pid));
        ended(impostor);
    }
}

/// Not a test of its own: the other user of the test below.
#[test]
fn stranger_role() {
    let Ok(name) = std::env::var("STRANGERS_NAME") else { return };
    let folder = PathBuf::from(std::env::var_os("STRANGERS_FOLDER").unwrap());
    let name = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let socket = UnixListener::bind(folder.join("monit.ctl")).unwrap();
    fs::write(folder.join("ready"), "").unwrap();
    std::thread::sleep(support::PATIENCE * 10);
    drop((name, socket));
}

#[test]
fn a_strangers_sockets_are_no_daemon() {
    if !root() {
        return;
    }
    let mut lab = Lab::with(CHECKS);
    lab.chmod(".", 0o777);
    // The control socket and the name, held by another user.
    let folder = fs::metadata(lab.dir()).unwrap();
    let name = format!("monit-rs/0/{:x}:{:x}/monit.pid", folder.dev(), folder.ino());
    let program = lab.path("stranger");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    lab.chmod("stranger", 0o755);
    let mut command = as_nobody(&program, &["--exact", "stranger_role"]);
    command.env("STRANGERS_NAME", &name).env("STRANGERS_FOLDER", lab.dir()).stdout(Stdio::null());
    let stranger = spawn(&mut command);
    eventually("the stranger", || lab.path("ready").exists().then_some(()));
    lab.file("monit.pid", &format!("{}\n", stranger.id()));
    let reply = lab.cli(["quit"]);
    assert_eq!((reply.code, reply.out.as_str()), (1, "Monit daemon is not running\n"), "{reply:?}");
    assert!(alive(stranger.id() as i32));
    lab.start(&[] as &[&str]);
    lab.wait_line("Monit 6.1.0 started");
    // The lock is what is left, and it holds.
    let second = lab.cli(["-I"]);
    assert_eq!(second.code, 1, "{second:?}");
    assert!(alive(lab.daemon_pid()));
    ended(stranger);
    // Now the place is free, and the socket is made after all.
    eventually("the control socket", || (lab.cli(["summary"]).code == 0).then_some(()));
}

#[test]
fn what_was_deleted_comes_back_and_no_second_daemon_starts() {
    let mut lab = Lab::with(&format!("{CHECKS}set httpd unixsocket @D@/http.sock allow localhost\n"));
    lab.start(&[] as &[&str]);
    lab.wait_line("Monit 6.1.0 started");
    lab.wait_status("f", "OK");
    let pid = lab.daemon_pid();
    for _ in 0..3 {
        for entry in fs::read_dir(lab.dir()).unwrap().flatten() {
            if entry.file_name() != "monitrc" && entry.file_name() != "log" {
                fs::remove_file(entry.path()).unwrap();
            }
        }
        let second = lab.cli(["-I"]);
        assert_eq!(second.out, format!("Monit daemon with PID {pid} awakened\n"), "{second:?}");
        for name in ["monit.ctl", "http.sock"] {
            eventually(name, || {
                fs::symlink_metadata(lab.path(name)).ok().filter(|found| found.file_type().is_socket())
            });
        }
        assert_eq!(lab.pid("monit"), pid);
        assert_eq!(fs::metadata(lab.path("monit.pid.lock")).unwrap().mode() & 0o777, 0o600);
        lab.wait_status("f", "OK");
    }
    assert_eq!(lab.cli(["quit"]).clean(), format!("Monit daemon with pid [{pid}] killed\n"));
    for name in ["monit.pid", "monit.pid.lock", "monit.ctl", "http.sock"] {
        assert!(fs::symlink_metadata(lab.path(name)).is_err(), "{name} is left");
    }
}

#[test]
fn of_two_in_one_place_the_first_ends_and_leaves_the_second_everything() {
    let mut first = Lab::new();
    fs::create_dir(first.path("run")).unwrap();
    let text = "set pidfile @D@/run/monit.pid\nset idfile @D@/run/id\nset statefile @D@/run/state\n";
    first.file("monitrc", &format!("{text}{CHECKS}"));
    first.chmod("monitrc", 0o600);
    first.start(&[] as &[&str]);
    first.wait_line("Monit 6.1.0 started");
    // All that could hold others off has gone, the folder included.
    fs::rename(first.path("run"), first.path("old")).unwrap();
    fs::create_dir(first.path("run")).unwrap();
    let second =
        spawn(first.command(["-I"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()));
    let pid = second.id();
    first.wait_line(&format!("Another monit daemon with pid {pid} holds the lock of pidfile"));
    first.wait_exit();
    assert!(alive(pid as i32));
    assert_eq!(fs::read_to_string(first.path("run/monit.pid")).unwrap(), format!("{pid}\n"));
    assert!(first.cli(["-B", "summary"]).clean().contains("OK"), "its control socket is there");
    assert_eq!(first.cli(["quit"]).clean(), format!("Monit daemon with pid [{pid}] killed\n"));
    ended(second);
}

#[test]
fn ending_removes_only_what_is_ones_own() {
    let mut lab = Lab::with("set daemon 300\ncheck file f path @D@/monitrc\n");
    lab.start(&[] as &[&str]);
    lab.wait_line("Monit 6.1.0 started");
    for name in ["monit.pid", "monit.ctl"] {
        fs::remove_file(lab.path(name)).unwrap();
    }
    // Within the second in which nobody has looked yet.
    let theirs = UnixListener::bind(lab.path("monit.ctl")).unwrap();
    lab.file("monit.pid", "1\n");
    lab.stop(Signal::SIGTERM);
    assert!(fs::symlink_metadata(lab.path("monit.ctl")).is_ok());
    drop(theirs);
    let left = lab.lines("monit.pid");
    assert!(left == ["1"] || left.is_empty(), "{left:?}");
}

#[test]
fn many_starts_at_once_make_one_daemon() {
    let lab = Lab::with("set daemon 300\ncheck file f path @D@/monitrc\n");
    let mut starts: Vec<Child> = (0..8)
        .map(|_| {
            let mut command = lab.command(&[] as &[&str]);
            spawn(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))
        })
        .collect();
    starts.iter_mut().for_each(|start| drop(start.wait()));
    let pid = lab.pid("monit");
    let path = lab.path("monitrc").display().to_string();
    let running = || {
        let entries = fs::read_dir("/proc").unwrap().flatten();
        let commands =
            entries.map(|entry| fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default());
        commands.filter(|command| command.contains(&path)).count()
    };
    // A child of the daemon that does something in its place is not there for long.
    eventually("one daemon", || (running() == 1).then_some(()));
    assert_eq!(lab.cli(["quit"]).clean(), format!("Monit daemon with pid [{pid}] killed\n"));
}

#[test]
fn a_full_disk_under_the_pidfile_keeps_nobody_from_starting() {
    if !root() {
        return;
    }
    let mut lab = Lab::new();
    fs::create_dir(lab.path("v")).unwrap();
    let setup = format!(
        "mount -t tmpfs -o size=32k tmpfs {0}/v && {{ head -c 100000 /dev/zero > {0}/v/fill 2>/dev/null; \
         sync; exec \"$0\" \"$@\"; }}",
        lab.dir().display()
    );
    let wrapper: Vec<String> = ["unshare", "-m", "sh", "-c", &setup].into_iter().map(str::to_owned).collect();
    if !support::works(Command::new("unshare").args(["-m", "true"])) {
        skip("a full disk under the pidfile", "no mount namespaces here");
        return;
    }
    lab.file(
        "monitrc",
        "set daemon 1\nset log @D@/log\nset pidfile @D@/v/pid\nset statefile @D@/state\nset idfile @D@/id\n\
         check filesystem v with path @D@/v\n  if space usage > 90% then exec \"/bin/rm @D@/v/fill\"\n",
    );
    lab.chmod("monitrc", 0o600);
    lab.start_under(&wrapper, &[] as &[&str]);
    lab.wait_line("v/pid' for writing -- No space left on device");
    lab.wait_line("Monit 6.1.0 started");
    lab.wait_line("'v' space usage");
    lab.wait_line("v/pid' is written");
    let daemon = lab.daemon_pid();
    let inside =
        PathBuf::from(format!("/proc/{daemon}/root")).join(lab.path("v/pid").strip_prefix("/").unwrap());
    assert_eq!(fs::read_to_string(inside).unwrap(), format!("{daemon}\n"));
    let log = lab.lines("log").join("\n");
    assert!(log.contains("No space left on device"), "{log}");
}

#[test]
fn a_monit_of_another_make_is_asked_and_never_signalled() {
    // An oracle, where the machine has one.
    let Some(program) = std::env::var_os("OTHER_MONIT").map(PathBuf::from).or_else(|| {
        ["/usr/bin/monit", "/usr/sbin/monit"].into_iter().map(PathBuf::from).find(|path| path.exists())
    }) else {
        skip("a Monit of another make", "there is none here; OTHER_MONIT may name one");
        return;
    };
    let lab = Lab::with(&format!(
        "set daemon 1\nset httpd port {} address 127.0.0.1 allow 127.0.0.1\ncheck file f path @D@/monitrc\n",
        free_port()
    ));
    let mut command = Command::new(&program);
    let rc = lab.path("monitrc");
    let other = spawn(command.arg("-c").arg(&rc).arg("-I").stdin(Stdio::null()).stdout(Stdio::null()));
    let pid = lab.pid("monit");
    eventually("its interface", || lab.cli(["-B", "summary"]).out.contains("OK").then_some(()));
    assert_eq!(lab.cli(["unmonitor", "f"]).code, 0);
    eventually("the action", || lab.cli(["-B", "summary"]).out.contains("Not monitored").then_some(()));
    for words in [&["quit"][..], &["reload"], &[], &["-I"], &["validate"]] {
        let reply = lab.cli(words);
        assert_eq!(reply.code, 1, "{words:?} {reply:?}");
        assert!(
            reply.err.contains(&format!("The process {pid}, named in the pidfile")),
            "{words:?} {reply:?}"
        );
        assert!(alive(pid), "{words:?}");
    }
    let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
    ended(other);
}

/// The name that the stranger above takes is the one in use.
#[test]
fn the_name_is_as_the_tests_think() {
    let mut lab = Lab::with(CHECKS);
    lab.start(&[] as &[&str]);
    lab.wait_line("Monit 6.1.0 started");
    let folder = fs::metadata(lab.dir()).unwrap();
    let uid = nix::unistd::geteuid();
    let name = format!("monit-rs/{uid}/{:x}:{:x}/monit.pid", folder.dev(), folder.ino());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    assert!(UnixListener::bind_addr(&address).is_err());
}

#[test]
fn a_daemon_that_was_just_ended_is_not_taken_for_one_that_runs() {
    let lab = Lab::with("set daemon 300\nset log @D@/log\ncheck file f path @D@/monitrc\n");
    for round in 0..20 {
        let said = lab.cli(&[] as &[&str]);
        assert!(said.code == 0 && said.out.contains("Starting Monit"), "{round}: {said:?}");
        let said = lab.cli(["quit"]);
        assert!(said.code == 0 && said.out.contains("killed"), "{round}: {said:?}");
    }
}

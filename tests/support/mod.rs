//! The test laboratory: one daemon, the real binary, in a private folder, driven from outside.
//!
//! A [`Lab`] owns a temporary folder and everything that lives in it. In control files and programs `@D@` stands for
//! the folder. Nothing here sleeps to wait for the daemon: its console is read as it writes, and the tests wait for
//! lines. Orphans of start programs are adopted and reaped here, so that no test depends on how fast the machine's
//! init does it.
#![allow(dead_code, clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod folder;
pub mod http;
pub mod hung;
pub mod mail;
mod ports;
pub mod receiver;
pub mod skip;

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, Once};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

#[allow(unused_imports)]
pub use ports::{free_port, refusing_port};

/// How long anything may take before a test fails.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Children that belong to a `std::process::Child`; everything else that ends below us is reaped by the adopter.
static OWN: Mutex<Option<HashSet<i32>>> = Mutex::new(None);
static ADOPT: Once = Once::new();

/// Becomes the parent of orphans below this test process and reaps them.
pub fn adopt_orphans() {
    ADOPT.call_once(|| {
        nix::sys::prctl::set_child_subreaper(true).expect("PR_SET_CHILD_SUBREAPER");
        let me = std::process::id();
        std::thread::spawn(move || {
            loop {
                for pid in zombies_of(me) {
                    let own = OWN.lock().expect("own children");
                    if !own.as_ref().is_some_and(|set| set.contains(&pid)) {
                        let _ = waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG));
                    }
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        });
    });
}

fn zombies_of(parent: u32) -> Vec<i32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse::<i32>().ok()) else { continue };
        if stat_of(pid) == Some(('Z', parent)) {
            found.push(pid);
        }
    }
    found
}

/// State letter and parent of a process, from `/proc/PID/stat`.
pub fn stat_of(pid: i32) -> Option<(char, u32)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    let mut words = rest.split(' ');
    Some((words.next()?.chars().next()?, words.next()?.parse().ok()?))
}

/// Is there a process of that number that is not a zombie?
pub fn alive(pid: i32) -> bool {
    stat_of(pid).is_some_and(|(state, _)| state != 'Z' && state != 'X')
}

/// Starts a child that the adopter leaves alone.
pub fn spawn(command: &mut Command) -> Child {
    adopt_orphans();
    let mut own = OWN.lock().expect("own children");
    let child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    own.get_or_insert_with(HashSet::new).insert(child.id() as i32);
    child
}

/// Runs a command to its end, at most [`PATIENCE`].
pub fn run(command: &mut Command) -> Output {
    let child = spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()));
    let pid = child.id() as i32;
    let (tx, rx) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let _ = tx.send(child.wait_with_output());
    });
    match rx.recv_timeout(PATIENCE) {
        Ok(output) => output.expect("wait"),
        Err(_) => {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            panic!("{command:?} did not end within {PATIENCE:?}");
        }
    }
}

/// Whether a command that may not be there or not be allowed ends well. Not by [`Command::status`]: whoever adopts orphans
/// reaps its child.
pub fn works(command: &mut Command) -> bool {
    is_installed(&command.get_program().to_string_lossy()) && run(command).status.success()
}

/// Whether a program is in one of the folders of `PATH`.
pub fn is_installed(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

/// The binary under test.
pub fn monit() -> PathBuf {
    std::env::var_os("MONIT_UNDER_TEST")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_monit")), PathBuf::from)
}

/// Waits until `condition` gives a value; for facts that no daemon line announces.
pub fn eventually<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(Instant::now() < end, "gave up waiting for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What a program has written so far, line by line.
#[derive(Default)]
struct Console {
    lines: Mutex<Vec<String>>,
    more: Condvar,
    ended: AtomicBool,
}

impl Console {
    fn follow(self: &Arc<Self>, stream: impl std::io::Read + Send + 'static) {
        let console = Arc::clone(self);
        std::thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                console
                    .lines
                    .lock()
                    .unwrap_or_else(|poisoned| poisoned.into_inner())
                    .push(String::from_utf8_lossy(&line).into_owned());
                console.more.notify_all();
            }
            console.ended.store(true, Ordering::Release);
        });
    }
}

/// A private folder with a control file and at most one daemon.
pub struct Lab {
    /// The binary that is driven.
    monit: PathBuf,
    dir: PathBuf,
    daemon: Option<Child>,
    console: Arc<Console>,
    /// Lines of the console before this one have been waited for already.
    seen: usize,
}

impl Default for Lab {
    fn default() -> Self {
        Self::new()
    }
}

impl Lab {
    /// An empty folder.
    pub fn new() -> Lab {
        Lab::of(monit())
    }

    /// The same for another binary than the one under test.
    pub fn of(monit: PathBuf) -> Lab {
        adopt_orphans();
        let dir = folder::private();
        Lab { monit, dir, daemon: None, console: Arc::default(), seen: 0 }
    }

    /// A folder with a control file: `text` behind the settings that keep everything in the folder.
    pub fn with(text: &str) -> Lab {
        let lab = Lab::new();
        lab.control(text);
        lab
    }

    /// Writes the control file.
    pub fn control(&self, text: &str) {
        let settings = "set pidfile @D@/monit.pid\nset idfile @D@/monit.id\nset statefile @D@/monit.state\n";
        self.file("monitrc", &format!("{settings}{text}\n"));
        self.chmod("monitrc", 0o600);
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes a file, `@D@` replaced.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text.replace("@D@", &self.dir.display().to_string())).expect("write");
        path
    }

    /// Changes a mode.
    pub fn chmod(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).expect("chmod");
    }

    /// Writes a shell program.
    pub fn program(&self, name: &str, body: &str) -> PathBuf {
        let path = self.file(name, &format!("#!/bin/sh\n{body}\n"));
        self.chmod(name, 0o755);
        path
    }

    /// A toy init script `NAME start|stop`: a background sleeper with the pid file `NAME.pid`, calls noted in `calls`.
    pub fn init_script(&self, name: &str) {
        let body = format!(
            "echo \"{name} $1\" >> @D@/calls\ncase $1 in\n\
             start) setsid sh -c 'echo $$ > @D@/{name}.pid; exec sleep 300' </dev/null >/dev/null 2>&1 & ;;\n\
             stop) [ -f @D@/{name}.pid ] && kill \"$(cat @D@/{name}.pid)\"; rm -f @D@/{name}.pid ;;\nesac\nexit 0"
        );
        self.program(name, &body);
    }

    /// The number in a pid file, once there is one.
    pub fn pid(&self, name: &str) -> i32 {
        let path = self.path(&format!("{name}.pid"));
        eventually(&format!("a pid in {}", path.display()), || {
            fs::read_to_string(&path).ok()?.trim().parse().ok().filter(|pid| alive(*pid))
        })
    }

    /// The lines of a file of the folder; none if it is missing.
    pub fn lines(&self, name: &str) -> Vec<String> {
        fs::read_to_string(self.path(name)).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// `monit -c CONTROLFILE …`, ready to run.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(&self.monit);
        command.arg("-c").arg(self.path("monitrc")).args(arguments).current_dir("/");
        command.env_remove("COLORTERM").env("TERM", "dumb");
        command
    }

    /// Runs `monit -c CONTROLFILE …` to its end.
    pub fn cli<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Reply {
        Reply::from(run(&mut self.command(arguments)))
    }

    /// Starts the daemon in the foreground and reads its console.
    pub fn start<S: AsRef<OsStr>>(&mut self, arguments: impl IntoIterator<Item = S>) -> &mut Lab {
        self.start_under(&[], arguments)
    }

    /// The same, started by another program: `wrapper` and its arguments, which ends in an exec(3).
    pub fn start_under<S: AsRef<OsStr>>(
        &mut self,
        wrapper: &[String],
        arguments: impl IntoIterator<Item = S>,
    ) -> &mut Lab {
        let plain = self.command(["-I"]);
        let mut command = match wrapper {
            [] => plain,
            [program, words @ ..] => {
                let mut command = Command::new(program);
                command.args(words).arg(plain.get_program()).args(plain.get_args()).current_dir("/");
                command
            }
        };
        // One pipe for both streams keeps the order of the lines.
        let (read, write) = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).expect("pipe");
        let errors = write.try_clone().expect("dup");
        command.args(arguments).stdin(Stdio::null()).stdout(write).stderr(errors);
        self.daemon = Some(spawn(&mut command));
        drop(command);
        self.console = Arc::default();
        self.seen = 0;
        self.console.follow(fs::File::from(read));
        self
    }

    /// The daemon's process number.
    pub fn daemon_pid(&self) -> i32 {
        self.daemon.as_ref().expect("a running daemon").id() as i32
    }

    /// Sends the daemon a signal.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.daemon_pid()), signal).expect("kill");
    }

    /// Waits for a console line that contains `text`, after the last one waited for.
    pub fn wait_line(&mut self, text: &str) -> String {
        let end = Instant::now() + PATIENCE;
        let console = Arc::clone(&self.console);
        let mut lines = console.lines.lock().expect("console");
        loop {
            if let Some(at) = lines.iter().skip(self.seen).position(|l| l.contains(text)) {
                self.seen += at + 1;
                return lines[self.seen - 1].clone();
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no line {text:?}; the console says:\n{}", lines.join("\n"));
            lines = console.more.wait_timeout(lines, left).expect("console").0;
        }
    }

    /// Waits for lines that contain these texts, in this order.
    pub fn wait_lines(&mut self, texts: &[&str]) {
        for text in texts {
            self.wait_line(text);
        }
    }

    /// Everything on the console so far.
    pub fn console(&self) -> String {
        self.console.lines.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).join("\n")
    }

    /// Ends the daemon with a signal and waits for it; gives its exit code.
    pub fn stop(&mut self, signal: Signal) -> Option<i32> {
        let mut child = self.daemon.take()?;
        let _ = kill(Pid::from_raw(child.id() as i32), signal);
        self.end_of(&mut child)
    }

    /// Waits for the daemon to end by itself; gives its exit code.
    pub fn wait_exit(&mut self) -> Option<i32> {
        let mut child = self.daemon.take()?;
        self.end_of(&mut child)
    }

    /// Waits for the end of a daemon and of all it has written.
    fn end_of(&self, child: &mut Child) -> Option<i32> {
        let status = eventually("the daemon's end", || child.try_wait().expect("wait"));
        eventually("the end of the console", || self.console.ended.load(Ordering::Acquire).then_some(()));
        status.code()
    }

    /// Waits until a service that is checked each second has been checked so many times more.
    pub fn wait_checks(&self, service: &str, count: usize) {
        let collected = || {
            let out = self.cli(["status", service]).clean();
            out.lines().find(|line| line.trim_start().starts_with("data collected")).map(str::to_owned)
        };
        for _ in 0..count {
            let before = collected();
            eventually("another check", || (collected() != before).then_some(()));
        }
    }

    /// The status text of a service in `summary`.
    pub fn status_of(&self, service: &str) -> Option<String> {
        let reply = self.cli(["-B", "summary"]);
        let line = reply.out.lines().find(|l| l.split_whitespace().next() == Some(service))?.to_owned();
        let words: Vec<&str> = line.split("  ").map(str::trim).filter(|w| !w.is_empty()).collect();
        words.get(1).map(|w| (*w).to_owned())
    }

    /// Waits until `summary` shows this status for a service.
    pub fn wait_status(&self, service: &str, status: &str) {
        eventually(&format!("status {status:?} of {service}"), || {
            (self.status_of(service).as_deref() == Some(status)).then_some(())
        });
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.stop(Signal::SIGKILL);
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension() != Some(OsStr::new("pid")) {
                continue;
            }
            let pid = fs::read_to_string(&path).ok().and_then(|t| t.trim().parse::<i32>().ok());
            if let Some(pid) = pid.filter(|pid| *pid > 1) {
                let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
                if command.starts_with("sleep") || command.contains(&self.dir.display().to_string()) {
                    let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
                }
            }
        }
        if std::thread::panicking() {
            eprintln!("--- console of {}:\n{}", self.dir.display(), self.console());
        } else {
            let _ = fs::remove_dir_all(&self.dir);
        }
    }
}

/// What a command said.
#[derive(Debug)]
pub struct Reply {
    /// Exit code; -1 if a signal ended it.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl From<Output> for Reply {
    fn from(output: Output) -> Self {
        Reply {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Reply {
    /// Succeeded with nothing on standard error.
    #[track_caller]
    pub fn clean(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "output: {}", self.out);
        self.out
    }
}

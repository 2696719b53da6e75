//! `--demo`: the daemon in the foreground on a built-in control file, in a private temporary folder.
//!
//! It supervises a harmless process and a small web server that it starts itself, a file and a directory, tells what to try,
//! and leaves nothing behind.

mod web;

use super::paths::Overrides;
use super::trouble::Trouble;
use super::{Start, load};
use crate::sys;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Set for the web server, which is this program, too: the port.
const WEB: &str = "MONIT_DEMO_WEB";

/// Runs until SIGINT or SIGTERM.
pub fn run(verbose: u32) -> ExitCode {
    if let Some(port) = std::env::var_os(WEB).and_then(|port| port.to_str()?.parse().ok()) {
        return match web::serve(port) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    match prepare() {
        Ok(folder) => {
            let code = supervise(&folder, verbose);
            folder.clean_up();
            code
        }
        Err(trouble) => {
            eprintln!("{trouble}");
            ExitCode::FAILURE
        }
    }
}

fn supervise(folder: &Folder, verbose: u32) -> ExitCode {
    let overrides =
        Overrides { control: folder.0.join("monitrc"), interactive: true, ..Overrides::default() };
    match load::load(&overrides, false) {
        Ok(loaded) => super::run(Start { loaded, foreground: true, times: true, verbose }),
        Err(failure) => {
            eprint!("{}{}", failure.text, failure.closing);
            ExitCode::FAILURE
        }
    }
}

/// The private folder.
struct Folder(PathBuf);

impl Folder {
    /// Ends the demo's processes and removes the folder.
    fn clean_up(&self) {
        for script in ["heart", "web"] {
            let _ = std::process::Command::new("/bin/sh").arg(self.0.join(script)).arg("stop").status();
        }
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("Cannot remove {}: {}", self.0.display(), sys::error_text(&error));
            return;
        }
        println!("Demo over: its processes are stopped and {} is gone.", self.0.display());
    }
}

/// `start` writes the pid of a child, which ignores the start script's end; `stop` ends it, also where it was frozen.
fn script(name: &str, child: &str) -> String {
    format!(
        r#"#!/bin/sh
cd "$(dirname "$0")" || exit 1
case "$1" in
start)
	{child} </dev/null >/dev/null 2>&1 &
	echo $! >{name}.pid
	;;
stop)
	pid=$(cat {name}.pid 2>/dev/null) && kill "$pid" 2>/dev/null && kill -CONT "$pid" 2>/dev/null
	rm -f {name}.pid
	;;
esac
"#
    )
}

/// This program, as a word of the shell.
fn own_word() -> String {
    let path = std::env::current_exe().map_or_else(|_| "monit".into(), |path| path.display().to_string());
    format!("'{}'", path.replace('\'', "'\\''"))
}

fn prepare() -> Result<Folder, Trouble> {
    let mut random = [0; 8];
    let failed = |what: &str, error| Trouble::Demo(what.to_owned(), error);
    sys::random::fill(&mut random).map_err(|error| failed("a random name", error))?;
    let path = std::env::temp_dir().join(format!("monit-demo-{:016x}", u64::from_ne_bytes(random)));
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(&path)
        .map_err(|error| failed(&format!("the folder {}", path.display()), error))?;
    let folder = Folder(path);
    let port = web::free_port().map_err(|error| failed("a port for the web server", error))?;
    let made = fill(&folder.0, port);
    if let Err(error) = made {
        folder.clean_up();
        return Err(failed("the demo's files", error));
    }
    introduce(&folder.0, port);
    Ok(folder)
}

fn fill(folder: &Path, port: u16) -> std::io::Result<()> {
    let write = |name: &str, mode: u32, text: &str| {
        let mut file =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(folder.join(name))?;
        file.write_all(text.as_bytes())
    };
    write("heart", 0o700, &script("heart", "(while :; do sleep 1; done)"))?;
    write("web", 0o700, &script("web", &format!("{WEB}={port} {} --demo", own_word())))?;
    write("notes.txt", 0o644, "Change me, remove me, or give me other permissions.\n")?;
    write("monitrc", 0o600, &control_file(folder, port))
}

fn control_file(folder: &Path, port: u16) -> String {
    let dir = folder.display();
    format!(
        "set daemon 2
set pidfile \"{dir}/monit.pid\"
set statefile \"{dir}/monit.state\"
set idfile \"{dir}/monit.id\"

check process heart with pidfile \"{dir}/heart.pid\"
    start program = \"{dir}/heart start\" with timeout 5 seconds
    stop program = \"{dir}/heart stop\"
    if 5 restarts within 10 cycles then unmonitor

check process web with pidfile \"{dir}/web.pid\"
    start program = \"{dir}/web start\" with timeout 5 seconds
    stop program = \"{dir}/web stop\"
    if failed host 127.0.0.1 port {port} protocol http and request \"/\" with timeout 2 seconds then restart

check file notes with path \"{dir}/notes.txt\"
    if changed checksum then alert
    if failed permission 644 then alert

check directory folder with path \"{dir}\"
    if failed permission 700 then alert
"
    )
}

fn introduce(folder: &Path, port: u16) {
    let dir = folder.display();
    let monit = std::env::current_exe().map_or_else(|_| "monit".into(), |path| path.display().to_string());
    println!(
        "monit-rs demo: two processes, a file and a folder are watched in {dir}

  heart   a process (a shell that sleeps), started by monit and brought back when it dies
  web     a web server on http://127.0.0.1:{port}/, asked for its page and restarted when it does not say it
  notes   the file, its content and permissions
  folder  the folder they live in

Try in another terminal:

  kill $(cat {dir}/heart.pid)            # and see it come back below
  kill -STOP $(cat {dir}/web.pid)        # it runs and does not answer: restarted, too
  {monit} -c {dir}/monitrc summary
  {monit} -c {dir}/monitrc status heart
  {monit} -c {dir}/monitrc stop heart    # then: start heart
  echo more >> {dir}/notes.txt           # changed
  chmod 600 {dir}/notes.txt              # and back: chmod 644

Ctrl-C ends it, stops the processes and removes the folder.
"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_prepares_is_private_and_goes_away() {
        use std::os::unix::fs::PermissionsExt;
        let folder = prepare().unwrap();
        let path = folder.0.clone();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(std::fs::metadata(path.join("monitrc")).unwrap().permissions().mode() & 0o777, 0o600);
        folder.clean_up();
        assert!(!path.exists());
    }
}

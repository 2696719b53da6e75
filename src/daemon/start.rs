//! From a control file to a running daemon: everything that can keep it from starting is tried while there is still
//! somebody to tell.

use super::find;
use super::load::{self, Loaded};
use super::lock::Refusal;
use super::pidfile::Pidfile;
use super::process_one;
use super::trouble::Trouble;
use super::turn::Daemon;
use super::{Start, id_file};
use crate::config::{Config, LogTarget};
use crate::log::{Facility, Log};
use crate::sys;
use crate::sys::daemonise::{Detached, ReadyPipe, close_inherited, detach};
use nix::unistd::AccessFlags;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr;

/// Starts the daemon; returns when it has ended (foreground) or is up (background). The exit code is 1 when it could not
/// start, with the reason on standard error.
pub fn run(start: Start) -> ExitCode {
    let log = start.loaded.paths.log.clone();
    match begin(start) {
        Ok(Begun::Daemon(mut daemon)) => {
            daemon.turn_until_over();
            ExitCode::SUCCESS
        }
        Ok(Begun::Elsewhere(code)) => code,
        Err(trouble) => {
            let text = trouble.to_string();
            complain(&text);
            put_on_record(&log, &[text]);
            ExitCode::FAILURE
        }
    }
}

/// Writes into the log what keeps a daemon from starting: whoever looks for the reason later has no terminal. Where the
/// log itself cannot be written it goes to syslog.
pub fn put_on_record(target: &LogTarget, texts: &[String]) {
    let mut log = Log::new();
    if open_log(&mut log, target).is_err() {
        log.unset_file();
        log.set_syslog(Facility::LOG_DAEMON);
    }
    texts.iter().for_each(|text| log.error(text));
}

/// What a start comes to.
enum Begun {
    /// This process is the daemon now.
    Daemon(Box<Daemon>),
    /// The daemon is another process, which is up or has failed and said so.
    Elsewhere(ExitCode),
}

pub(super) fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// What stands in front of "with http interface at" in the first log line, and where the interface is.
pub(super) fn greeting(config: &Config) -> String {
    let httpd = &config.settings.httpd;
    let allowed = !httpd.allow.is_empty() || !httpd.users.is_empty();
    let mut text = format!("Starting Monit {} daemon", crate::MONIT_VERSION);
    let mut places = Vec::new();
    if let (Some(port), true) = (httpd.port, allowed) {
        places.push(format!("[{}]:{port}", httpd.address.as_deref().unwrap_or("*")));
    }
    if let (Some(unix), true) = (&httpd.unix, allowed) {
        places.push(unix.path.display().to_string());
    }
    if !places.is_empty() {
        text.push_str(" with http interface at ");
        text.push_str(&places.join(" and "));
    }
    text
}

/// Never inlined: what a start keeps on the stack would stay there for as long as the daemon runs.
#[inline(never)]
fn begin(start: Start) -> Result<Begun, Trouble> {
    let Start { loaded, foreground, times, verbose } = start;
    // If process 1 left for the background, the kernel would kill what it left behind.
    let foreground = foreground || process_one::are_we();
    if !foreground {
        close_inherited();
    }
    let pidfile = match Pidfile::take(&loaded.paths.pidfile) {
        Ok(pidfile) => pidfile,
        Err(Refusal::Running(_)) => return Err(Trouble::AlreadyRunning),
        Err(Refusal::Failed(error)) => return Err(Trouble::Lock(loaded.paths.pidfile, error)),
    };
    if let Some(pid) = find::other_monit(pidfile.path()) {
        return Err(Trouble::OtherMonit(pid, pidfile.path().into()));
    }
    prepare(Start { loaded, foreground, times, verbose }, pidfile)
}

/// Opens the log where the settings want it.
pub(super) fn open_log(log: &mut Log, target: &LogTarget) -> Result<(), Trouble> {
    match target {
        LogTarget::None => {
            log.unset_file();
            log.unset_syslog();
        }
        LogTarget::Syslog(facility) => {
            log.unset_file();
            log.set_syslog(Facility::from_str(facility).unwrap_or(Facility::LOG_USER));
        }
        LogTarget::File(path) => {
            log.unset_syslog();
            log.set_file(path).map_err(|error| Trouble::Log(path.to_path_buf(), error))?;
        }
    }
    Ok(())
}

/// Whether the state file can be written, asked before anybody depends on it. It is written beside its place and moved
/// there, so that the folder decides; nothing is opened, since a fifo would wait and a link lead astray.
fn writable_state(path: &Path) -> Result<(), Trouble> {
    let cannot = |error| Trouble::State(path.into(), error);
    let found = std::fs::symlink_metadata(path);
    if found.is_ok_and(|found| !found.is_file() && !found.is_symlink() && !sys::file::is_device(path)) {
        return Err(Trouble::StateNotFile(path.into()));
    }
    sys::trusted::check(path).map_err(cannot)?;
    if sys::file::is_device(path) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let wanted = AccessFlags::W_OK | AccessFlags::X_OK;
    nix::unistd::access(folder, wanted).map_err(|error| cannot(error.into()))
}

fn prepare(start: Start, pidfile: Pidfile) -> Result<Begun, Trouble> {
    let Start { loaded, foreground, times, verbose } = start;
    let mut log = Log::new();
    log.set_verbosity(u8::try_from(verbose).unwrap_or(u8::MAX));
    let places = open_log(&mut log, &loaded.paths.log).and_then(|()| writable_state(&loaded.paths.statefile));
    if let Err(trouble) = places {
        pidfile.remove();
        return Err(trouble);
    }
    // The console has heard them already.
    for warning in loaded.warnings.iter().chain(&load::unavailable(&loaded.config)) {
        log.warning(warning.first_line());
    }
    let identity = id_file::obtain(&loaded.paths.idfile);
    let (id, news) = match &identity {
        Ok((id, fresh)) => (id.clone(), fresh.then(|| id_file::announcement(id, &loaded.paths.idfile))),
        Err(_) => (String::new(), None),
    };
    let greeting = greeting(&loaded.config);
    let ready = if foreground {
        log.set_console(true);
        if times {
            log.date_console();
        }
        None
    } else {
        let mut out = io::stdout().lock();
        if let Err(trouble) = &identity {
            complain(&trouble.to_string());
        }
        if let Some(news) = &news {
            let _ = writeln!(out, "{news}").and_then(|()| out.flush());
        }
        drop(out);
        match detach().map_err(Trouble::Background)? {
            Detached::Parent(readiness) => {
                readiness.wait().map_err(Trouble::Unready)?;
                let _ = writeln!(io::stdout().lock(), "{greeting}");
                return Ok(Begun::Elsewhere(ExitCode::SUCCESS));
            }
            Detached::Child(pipe) => Some(pipe),
        }
    };
    if let Some(news) = news {
        log.info(news);
    }
    if let Err(trouble) = identity {
        log.error(trouble);
    }
    log.info(&greeting);
    become_daemon(loaded, log, pidfile, id, ready)
}

/// Behind the fork: what belongs to one process.
fn become_daemon(
    loaded: Loaded,
    log: Log,
    pidfile: Pidfile,
    id: String,
    ready: Option<ReadyPipe>,
) -> Result<Begun, Trouble> {
    match Daemon::new(loaded, log, pidfile, id) {
        Ok(daemon) => {
            if let Some(pipe) = ready {
                pipe.ready();
            }
            Ok(Begun::Daemon(daemon))
        }
        Err(trouble) => match ready {
            Some(pipe) => {
                pipe.failed(&trouble.to_string());
                Ok(Begun::Elsewhere(ExitCode::FAILURE))
            }
            None => Err(trouble),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Allow, Httpd, UnixListener};

    fn greeted(httpd: Httpd) -> String {
        let mut config = Config::default();
        config.settings.httpd = httpd;
        greeting(&config)
    }

    fn allowed() -> Httpd {
        Httpd { allow: vec![Allow { text: "localhost".into(), networks: Vec::new() }], ..Httpd::default() }
    }

    #[test]
    fn the_first_line_says_where_the_interface_is() {
        let plain = "Starting Monit 6.1.0 daemon";
        assert_eq!(greeted(Httpd::default()), plain);
        // Without an allow nothing is opened, so nothing is announced.
        assert_eq!(greeted(Httpd { port: Some(2812), ..Httpd::default() }), plain);
        let every = Httpd { port: Some(2812), ..allowed() };
        assert_eq!(greeted(every.clone()), format!("{plain} with http interface at [*]:2812"));
        let local = Httpd { address: Some("127.0.0.1".into()), ..every.clone() };
        assert_eq!(greeted(local), format!("{plain} with http interface at [127.0.0.1]:2812"));
        let unix = UnixListener {
            path: Path::new("/run/m.sock").into(),
            uid: None,
            gid: None,
            permission: None,
            readonly: false,
        };
        let both = Httpd { unix: Some(unix), ..every };
        assert_eq!(greeted(both), format!("{plain} with http interface at [*]:2812 and /run/m.sock"));
    }

    #[test]
    fn a_state_file_is_tried_without_leaving_a_trace() {
        let folder = std::env::temp_dir().join(format!("monit-rs-start-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("state");
        writable_state(&path).unwrap();
        assert!(!path.exists());
        std::fs::write(&path, "kept").unwrap();
        writable_state(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "kept");
        let trouble = writable_state(&folder).unwrap_err();
        assert!(matches!(&trouble, Trouble::StateNotFile(path) if *path == folder), "{trouble}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}

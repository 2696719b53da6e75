//! The files of one running monit, with the command line's words before the control file's before the defaults.

use crate::config::{LogTarget, Settings};
use crate::control::outside::Outside;
use crate::sys;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What the command line says about files and the poll time; it outlives reloads.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// The control file, absolute.
    pub control: PathBuf,
    /// `-p`
    pub pidfile: Option<PathBuf>,
    /// `-s`
    pub statefile: Option<PathBuf>,
    /// `-l`
    pub log: Option<LogTarget>,
    /// `-d`, seconds.
    pub daemon: Option<u32>,
    /// `-I`
    pub interactive: bool,
    /// The command only talks to a daemon: nothing is hashed, looked up, opened or made for it that the daemon needs.
    pub brief: bool,
}

/// Where everything is. All paths are absolute.
#[derive(Debug, Clone, PartialEq)]
pub struct Paths {
    /// The control file.
    pub control: PathBuf,
    /// Holds the daemon's process id, and the lock that says the daemon lives.
    pub pidfile: PathBuf,
    /// The state of the services.
    pub statefile: PathBuf,
    /// Our unique id.
    pub idfile: PathBuf,
    /// The control socket, beside the pid file.
    pub socket: PathBuf,
    /// Where the log goes.
    pub log: LogTarget,
}

impl Paths {
    /// Puts them together. The home is that of the user database, `/` where there is none.
    pub fn new(overrides: &Overrides, settings: &Settings, outside: &dyn Outside) -> Paths {
        let uid = sys::process::own_uid();
        let home = outside.home(uid).unwrap_or_else(|| PathBuf::from("/"));
        let pick = |given: Option<&Path>, set: Option<&Path>, default: PathBuf| {
            let path = given.or(set).map(Path::to_owned).unwrap_or(default);
            std::path::absolute(&path).unwrap_or(path)
        };
        let default_pidfile =
            if uid == 0 { PathBuf::from("/run/monit.pid") } else { home.join(".monit.pid") };
        let pidfile = pick(overrides.pidfile.as_deref(), settings.pidfile.as_deref(), default_pidfile);
        let log = match log(overrides, &settings.log) {
            LogTarget::File(file) => {
                LogTarget::File(pick(Some(&file), None, PathBuf::new()).into_boxed_path())
            }
            other => other,
        };
        Paths {
            control: overrides.control.clone(),
            socket: socket_beside(&pidfile),
            pidfile,
            statefile: pick(
                overrides.statefile.as_deref(),
                settings.statefile.as_deref(),
                home.join(".monit.state"),
            ),
            idfile: pick(None, settings.idfile.as_deref(), home.join(".monit.id")),
            log,
        }
    }

    /// Puts them into the settings, so that everybody who shows them shows what is in force.
    pub fn enter(&self, settings: &mut Settings) {
        settings.pidfile = Some(self.pidfile.as_path().into());
        settings.statefile = Some(self.statefile.as_path().into());
        settings.idfile = Some(self.idfile.as_path().into());
        settings.log = self.log.clone();
    }
}

/// Where the log goes: the command line's word before that of the file. `-l syslog` says nothing of a facility.
pub fn log(overrides: &Overrides, file: &LogTarget) -> LogTarget {
    match (&overrides.log, file) {
        (Some(LogTarget::Syslog(_)), LogTarget::Syslog(_)) | (None, _) => file.clone(),
        (Some(given), _) => given.clone(),
    }
}

/// `monit.pid` -> `monit.ctl`; a name without an extension gets one, one that ends in `.ctl` itself another.
fn socket_beside(pidfile: &Path) -> PathBuf {
    if pidfile.extension().is_some_and(|e| e == "ctl") {
        let mut name = OsString::from(pidfile);
        name.push(".ctl");
        return PathBuf::from(name);
    }
    pidfile.with_extension("ctl")
}

/// The target `-l` names, absolute.
pub fn log_target(word: &Path) -> LogTarget {
    if word.as_os_str().eq_ignore_ascii_case("syslog") {
        // That of `set log syslog`, if the file names no other; the reference's `-l syslog` writes as the kernel.
        LogTarget::Syslog("user")
    } else {
        LogTarget::File(std::path::absolute(word).unwrap_or_else(|_| word.to_owned()).into_boxed_path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::outside::Live;

    #[test]
    fn the_command_line_wins_over_the_control_file() {
        let settings = Settings {
            pidfile: Some(Path::new("/a/file.pid").into()),
            statefile: Some(Path::new("/a/state").into()),
            idfile: Some(Path::new("/a/id").into()),
            log: LogTarget::File(Path::new("/a/log").into()),
            ..Settings::default()
        };
        let mut overrides = Overrides { control: "/rc".into(), ..Overrides::default() };
        let paths = Paths::new(&overrides, &settings, &Live);
        assert_eq!(paths.pidfile, Path::new("/a/file.pid"));
        assert_eq!(paths.socket, Path::new("/a/file.ctl"));
        assert_eq!(paths.idfile, Path::new("/a/id"));
        overrides.pidfile = Some("/b/own".into());
        overrides.statefile = Some("/b/state".into());
        overrides.log = Some(log_target(Path::new("SYSLOG")));
        let paths = Paths::new(&overrides, &settings, &Live);
        assert_eq!(paths.pidfile, Path::new("/b/own"));
        assert_eq!(paths.socket, Path::new("/b/own.ctl"));
        assert_eq!(paths.statefile, Path::new("/b/state"));
        assert_eq!(paths.log, LogTarget::Syslog("user"));
        let file = Settings { log: LogTarget::Syslog("local3"), ..Settings::default() };
        assert_eq!(
            Paths::new(&overrides, &file, &Live).log,
            LogTarget::Syslog("local3"),
            "its facility stays"
        );
        overrides.log = Some(log_target(Path::new("/c/log")));
        assert_eq!(Paths::new(&overrides, &file, &Live).log, LogTarget::File(Path::new("/c/log").into()));
        assert_eq!(socket_beside(Path::new("/x/m.ctl")), Path::new("/x/m.ctl.ctl"));
    }
}

//! Taking over from Monit itself: what its state file says becomes ours once, and the file is kept.

use super::monit_state::{self, MonitState, Trouble};
use super::saved;
use super::saved::{Identity, SavedService, SavedState};
use super::services::Services;
use crate::sys;
use std::collections::HashSet;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// By so much may two readings of when the machine was started differ. Monit wants them equal, and takes a restart for a
/// reboot where rounding or the adjustment of a clock moves them.
const SAME_BOOT: Duration = Duration::from_secs(30);

/// More names than this are not tried for what is kept.
const NAMES: u32 = 1000;

/// Where the file of Monit is kept, or why it cannot be.
#[derive(Debug)]
pub struct Kept(Result<PathBuf, io::Error>);

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(path) => write!(f, "it is kept as '{}'", path.display()),
            Err(error) => write!(f, "it cannot be kept: {}", sys::error_text(error)),
        }
    }
}

/// A file of Monit that was taken over.
#[derive(Debug)]
pub struct Takeover {
    path: PathBuf,
    kept: Kept,
    /// The services that were not monitored.
    unmonitored: HashSet<Identity>,
    same_boot: bool,
}

impl Takeover {
    /// Takes up what a file of Monit says ([`monit_state::is_of_monit`]), and keeps the file: it stays in its place until
    /// ours replaces it, so that a start that fails loses nothing.
    ///
    /// # Errors
    /// What is not understood about it. It is kept all the same.
    pub(super) fn begin(
        path: &Path,
        bytes: &[u8],
        now: SystemTime,
    ) -> Result<(SavedState, Takeover), (Trouble, Kept)> {
        let read = monit_state::parse(bytes);
        let kept = Kept(keep(path));
        let MonitState { boot, services } = match read {
            Ok(state) => state,
            Err(trouble) => return Err((trouble, kept)),
        };
        let same_boot = is_this_boot(boot, now);
        let unmonitored = services.iter().filter(|(_, _, monitored)| !monitored);
        let unmonitored =
            unmonitored.map(|(name, kind, _)| (name.to_ascii_lowercase().into(), *kind)).collect();
        let services = services.into_iter().map(|(name, kind, monitored)| SavedService {
            name: name.into(),
            kind,
            monitored,
            values: Vec::new(),
        });
        let state = SavedState {
            boot_id: sys::clock::boot_id().filter(|_| same_boot).map(String::into_boxed_str),
            services: services.collect(),
        };
        Ok((state, Takeover { path: path.to_path_buf(), kept, unmonitored, same_boot }))
    }

    /// What came of it, in a sentence for the log.
    pub fn report(&self, services: &Services) -> String {
        let ours = services.roster.config.services.iter().zip(&services.roster.units);
        let held = |service| self.unmonitored.contains(&saved::identity(service));
        let count = ours.filter(|(service, unit)| !unit.monitoring.is_on() && held(service)).count();
        let count = if count == 1 { "1 service".to_owned() } else { format!("{count} services") };
        let boot = match self.same_boot {
            true => "",
            false => ", as 'onreboot' has it: the machine was started since",
        };
        let Takeover { path, kept, .. } = self;
        format!(
            "The state of another Monit was taken over from '{}' ({count} not monitored{boot}); {kept}",
            path.display()
        )
    }
}

fn is_this_boot(boot: u64, now: SystemTime) -> bool {
    let since_1970 = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let ours = since_1970.saturating_sub(sys::clock::uptime());
    ours.abs_diff(Duration::from_secs(boot)) <= SAME_BOOT
}

/// Gives the file a second name that nothing has yet: `.monit`, `.monit.1`, … behind its own. Where links cannot be made
/// it is renamed.
fn keep(path: &Path) -> io::Result<PathBuf> {
    let identity = |path: &Path| fs::symlink_metadata(path).map(|found| (found.dev(), found.ino()));
    let own = identity(path)?;
    for number in 0..NAMES {
        let mut name: OsString = path.as_os_str().to_os_string();
        name.push(".monit");
        if number > 0 {
            name.push(format!(".{number}"));
        }
        let name = PathBuf::from(name);
        match fs::hard_link(path, &name) {
            Ok(()) => return Ok(name),
            // A start before this one came no further.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match identity(&name) {
                Ok(known) if known == own => return Ok(name),
                _ => continue,
            },
            Err(_) => {}
        }
        // A rename replaces what is there; so the name is taken first, in a way that fails if somebody has it.
        match OpenOptions::new().write(true).create_new(true).open(&name) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(error),
        }
        return match fs::rename(path, &name) {
            Ok(()) => Ok(name),
            Err(error) => {
                let _ = fs::remove_file(&name);
                Err(error)
            }
        };
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many files of that name"))
}

//! What the daemon runs on, looked at once.

use crate::document::Platform;
use crate::machine::Facts;
use crate::sys;

/// Looks. What the machine does not tell stays empty.
pub(super) fn look(machine: &mut impl Facts) -> Platform {
    let memory = machine.memory().unwrap_or_default();
    let mut platform = Platform {
        processors: machine.processors().unwrap_or_default(),
        memory: memory.total,
        swap: memory.swap_total,
        ..Platform::default()
    };
    if let Ok(name) = sys::host::uname() {
        platform.name = name.system.into();
        platform.release = name.release.into();
        platform.version = name.version.into();
        platform.machine = name.machine.into();
    }
    platform
}

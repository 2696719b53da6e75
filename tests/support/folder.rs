//! A private folder for each test.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// A new one. One of our number may have been left by another run that was killed.
pub fn private() -> PathBuf {
    static SERIAL: AtomicU32 = AtomicU32::new(0);
    loop {
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("monit-rs-test-{}-{serial}", std::process::id()));
        match fs::create_dir(&dir) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            made => {
                made.expect("a private folder");
                fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).expect("chmod");
                return dir;
            }
        }
    }
}

//! The unique id of this monit: the first word of the id file, 32 hex digits if it is made here, once.

use super::trouble::Trouble;
use crate::sys;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// The id stored in the file; `None` when there is no file yet or no id in it.
pub fn read(path: &Path) -> io::Result<Option<String>> {
    use io::Read;
    let mut text = String::new();
    if sys::file::is_device(path) {
        return Ok(None);
    }
    match sys::trusted::open_own(path) {
        Ok(file) => match file.take(64).read_to_string(&mut text) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(None),
            Err(error) => return Err(error),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    // Somebody may have written a name of their own into it, as Monit allows.
    let id = text.split_whitespace().next().unwrap_or_default();
    Ok((!id.is_empty() && id.bytes().all(|b| b.is_ascii_graphic())).then(|| id.to_owned()))
}

/// What would keep [`create`] from storing an id; `None` if there is one already, or nothing is in the way.
pub fn obstacle(path: &Path) -> Option<Trouble> {
    if path.exists() {
        return None;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let writable = nix::unistd::access(folder, nix::unistd::AccessFlags::W_OK);
    writable.err().map(|errno| Trouble::IdUnwritten(path.into(), errno.into()))
}

/// A new random id, stored with mode 0644 as other tools read it.
///
/// # Errors
/// There is no randomness, or the file cannot be written.
pub fn create(path: &Path) -> Result<String, Trouble> {
    let mut random = [0; 16];
    sys::random::fill(&mut random).map_err(Trouble::NoId)?;
    let id = random.iter().fold(String::with_capacity(32), |mut id, byte| {
        // Writing to a String cannot fail.
        let _ = write!(id, "{byte:02x}");
        id
    });
    // `/dev/null`: a new id with each start, by the user's own wish.
    if !sys::file::is_device(path) {
        sys::file::write_atomic(path, id.as_bytes(), 0o644)
            .map_err(|error| Trouble::IdUnwritten(path.into(), error))?;
    }
    Ok(id)
}

/// Our id; `true`: it was made now.
///
/// # Errors
/// It can neither be read nor made.
pub fn obtain(path: &Path) -> Result<(String, bool), Trouble> {
    match read(path) {
        Ok(Some(id)) => Ok((id, false)),
        Ok(None) => create(path).map(|id| (id, true)),
        Err(error) => Err(Trouble::IdUnread(path.into(), error)),
    }
}

/// What is said about a new id, as clients know it.
pub fn announcement(id: &str, path: &Path) -> String {
    format!(" New Monit id: {id}\n Stored in '{}'", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_id_is_stored_and_found_again() {
        let path = std::env::temp_dir().join(format!("monit-rs-id-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        assert_eq!(read(&path).unwrap(), None);
        let id = create(&path).unwrap();
        assert_eq!(id.len(), 32);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), id);
        assert_eq!(read(&path).unwrap(), Some(id.clone()));
        assert_ne!(create(&path).unwrap(), id);
        assert!(obstacle(&path).is_none());
        let nowhere = Path::new("/nonexistent/id");
        let told = |trouble: Option<Trouble>| trouble.map(|trouble| trouble.to_string());
        assert!(obstacle(nowhere).is_some());
        assert_eq!(told(obstacle(nowhere)), told(create(nowhere).err()));
        std::fs::write(&path, "web-01 of mine\n").unwrap();
        assert_eq!(read(&path).unwrap().as_deref(), Some("web-01"), "given by hand");
        std::fs::write(&path, b"\xff\xfe garbage").unwrap();
        assert_eq!(read(&path).unwrap(), None);
        std::fs::remove_file(path).unwrap();
    }
}

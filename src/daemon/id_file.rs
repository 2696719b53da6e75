//! The unique id of this monit: 32 hex digits in the id file, made once.

use crate::sys;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// The id stored in the file; `None` when there is no file yet or no id in it.
pub fn read(path: &Path) -> io::Result<Option<String>> {
    use io::Read;
    let mut text = String::new();
    match std::fs::File::open(path) {
        Ok(file) => match file.take(64).read_to_string(&mut text) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(None),
            Err(error) => return Err(error),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let id = text.trim();
    Ok((!id.is_empty() && id.bytes().all(|b| b.is_ascii_hexdigit())).then(|| id.to_owned()))
}

/// A new random id, stored with mode 0644 as other tools read it. The error names what was attempted.
pub fn create(path: &Path) -> Result<String, String> {
    let mut random = [0; 16];
    sys::random::fill(&mut random)
        .map_err(|error| format!("Cannot make a Monit id -- {}", sys::error_text(&error)))?;
    let id = random.iter().fold(String::with_capacity(32), |mut id, byte| {
        // Writing to a String cannot fail.
        let _ = write!(id, "{byte:02x}");
        id
    });
    sys::file::write_atomic(path, id.as_bytes(), 0o644).map_err(|error| {
        format!("Error opening the idfile '{}' for writing -- {}", path.display(), sys::error_text(&error))
    })?;
    Ok(id)
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
        std::fs::write(&path, b"\xff\xfe garbage").unwrap();
        assert_eq!(read(&path).unwrap(), None);
        std::fs::remove_file(path).unwrap();
    }
}

//! Which control file: the one of `-c`, or the first that exists on the search path.

use super::trouble::Trouble;
use crate::sys;
use std::path::{Path, PathBuf};

/// Where a control file is looked for, the caller's home first. The home is that of the user database: `$HOME`
/// survives `su` and would make root read somebody else's file.
fn search_path() -> Vec<PathBuf> {
    let mut path = Vec::with_capacity(5);
    if let Ok(Some(home)) = sys::user::home_of(sys::process::own_uid()) {
        path.push(home.join(".monitrc"));
    }
    path.extend(["/etc/monitrc", "/etc/monit/monitrc", "/usr/local/etc/monitrc"].map(PathBuf::from));
    path.push(PathBuf::from("./monitrc"));
    path
}

/// The control file to read, absolute.
///
/// `given` is the file of `-c`. That it may be read by the caller is checked by `control`.
///
/// # Errors
/// There is none.
pub fn find(given: Option<&Path>) -> Result<PathBuf, Trouble> {
    if let Some(given) = given {
        return absolute(given);
    }
    let path = search_path();
    for file in &path {
        if file.exists() {
            return absolute(file);
        }
    }
    Err(Trouble::NoControlFile(path))
}

/// Paths are made absolute once, by name only: the daemon changes to `/`, and a reload reads the file again.
fn absolute(path: &Path) -> Result<PathBuf, Trouble> {
    let whole = std::path::absolute(path).map_err(|error| Trouble::NoFolder(path.into(), error))?;
    match std::env::current_dir() {
        Ok(folder) if path.is_relative() && !whole.exists() => Err(Trouble::NotHere(path.into(), folder)),
        _ => Ok(whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_relative_file_is_named_with_its_folder() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(
            find(Some(Path::new("nope.monitrc"))).unwrap_err().to_string(),
            format!("The control file 'nope.monitrc' does not exist at {}", here.display())
        );
    }

    #[test]
    fn an_absolute_file_is_taken_as_it_is() {
        assert_eq!(find(Some(Path::new("/nonexistent/rc"))).unwrap(), Path::new("/nonexistent/rc"));
    }

    #[test]
    fn the_home_of_the_user_database_comes_first() {
        let path = search_path();
        assert_eq!(path.last().unwrap(), Path::new("./monitrc"));
        assert!(path.contains(&PathBuf::from("/etc/monit/monitrc")));
    }
}

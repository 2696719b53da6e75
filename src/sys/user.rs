//! Users and groups by name and number, from whatever the host's nsswitch uses.
//!
//! These calls may ask a directory server and then block: the daemon uses them while it reads the control file,
//! and for executed programs only in the forked child.

use nix::unistd::{Gid, Group, Uid, User};
use std::ffi::CString;
use std::io;
use std::path::PathBuf;

/// The number of the user `name`; `Ok(None)` when there is no such user.
pub fn uid_of(name: &str) -> io::Result<Option<u32>> {
    Ok(User::from_name(name)?.map(|user| user.uid.as_raw()))
}

/// The number of the group `name`; `Ok(None)` when there is no such group.
pub fn gid_of(name: &str) -> io::Result<Option<u32>> {
    Ok(Group::from_name(name)?.map(|group| group.gid.as_raw()))
}

/// The name of the user numbered `uid`.
pub fn name_of_uid(uid: u32) -> io::Result<Option<String>> {
    Ok(User::from_uid(Uid::from_raw(uid))?.map(|user| user.name))
}

/// The name of the group numbered `gid`.
pub fn name_of_gid(gid: u32) -> io::Result<Option<String>> {
    Ok(Group::from_gid(Gid::from_raw(gid))?.map(|group| group.name))
}

/// The home folder of the user numbered `uid`.
pub fn home_of(uid: u32) -> io::Result<Option<PathBuf>> {
    Ok(User::from_uid(Uid::from_raw(uid))?.map(|user| user.dir))
}

/// The groups of the user `name`, `gid` (the primary one) included.
pub fn groups(name: &str, gid: u32) -> io::Result<Vec<u32>> {
    let name = CString::new(name).map_err(io::Error::other)?;
    Ok(nix::unistd::getgrouplist(&name, Gid::from_raw(gid))?.into_iter().map(Gid::as_raw).collect())
}

/// Whether the user `name` is in the group `group`, as primary or further group. For `allow @group`.
pub fn is_in_group(name: &str, group: &str) -> io::Result<bool> {
    let Some(wanted) = gid_of(group)? else { return Ok(false) };
    let Some(user) = User::from_name(name)? else { return Ok(false) };
    Ok(groups(name, user.gid.as_raw())?.contains(&wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_known() {
        assert_eq!(uid_of("root").unwrap(), Some(0));
        assert_eq!(gid_of("root").unwrap(), Some(0));
        assert_eq!(name_of_uid(0).unwrap().as_deref(), Some("root"));
        assert_eq!(name_of_gid(0).unwrap().as_deref(), Some("root"));
        assert!(home_of(0).unwrap().is_some());
        assert!(groups("root", 0).unwrap().contains(&0));
        assert!(is_in_group("root", "root").unwrap());
    }

    #[test]
    fn strangers_are_none_not_errors() {
        assert_eq!(uid_of("no-such-user-here").unwrap(), None);
        assert_eq!(gid_of("no-such-group-here").unwrap(), None);
        assert_eq!(name_of_uid(3_999_999_999).unwrap(), None);
        assert!(!is_in_group("root", "no-such-group-here").unwrap());
    }
}

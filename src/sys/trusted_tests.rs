use super::*;
use crate::sys::Scratch;
use std::fs::{create_dir, hard_link, read_to_string, set_permissions, write};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

/// A folder with a victim beside it: `victim`, and `shared/` of that mode.
fn folder(mode: u32) -> (Scratch, PathBuf) {
    let scratch = Scratch::new();
    let shared = scratch.join("shared");
    create_dir(&shared).unwrap();
    write(scratch.join("victim"), "precious").unwrap();
    set_permissions(&shared, std::fs::Permissions::from_mode(mode)).unwrap();
    (scratch, shared)
}

fn refused<T>(result: io::Result<T>) -> bool {
    result.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied && error.get_ref().is_some())
}

#[test]
fn links_where_others_can_write_lead_nowhere() {
    for mode in [0o777, 0o1777, 0o775, 0o757, 0o770, 0o2775] {
        let (scratch, shared) = folder(mode);
        let path = shared.join("file");
        symlink(scratch.join("victim"), &path).unwrap();
        assert!(refused(open_append(&path)) && refused(open_own(&path)) && refused(check(&path)), "{mode:o}");
        // Nor is anything made where a link leads.
        let path = shared.join("new");
        symlink(scratch.join("made"), &path).unwrap();
        assert!(refused(open_append(&path)), "{mode:o}");
        assert!(!scratch.join("made").exists());
        // The same on the way, relative, and through a second link that is fine itself.
        symlink("..", shared.join("way")).unwrap();
        assert!(refused(open_append(&shared.join("way/victim"))), "{mode:o}");
        symlink(shared.join("file"), scratch.join("fine")).unwrap();
        assert!(refused(open_append(&scratch.join("fine"))), "{mode:o}");
        hard_link(scratch.join("victim"), shared.join("hard")).unwrap();
        assert!(refused(open_append(&shared.join("hard"))), "{mode:o}");
        assert_eq!(read_to_string(scratch.join("victim")).unwrap(), "precious");
        // A file is a file.
        open_append(&shared.join("plain")).unwrap().write_all(b"x").unwrap();
        open_own(&shared.join("plain")).unwrap();
        check(&shared.join("absent")).unwrap();
    }
}

#[test]
fn links_where_only_we_can_write_are_followed() {
    for mode in [0o755, 0o700, 0o555 | 0o200] {
        let (scratch, own) = folder(mode);
        symlink("../victim", own.join("file")).unwrap();
        symlink(&own, scratch.join("way")).unwrap();
        open_append(&scratch.join("way/./file")).unwrap().write_all(b"!").unwrap();
        let mut text = String::new();
        open_own(&own.join("../way/file")).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "precious!");
        symlink(scratch.join("made"), own.join("new")).unwrap();
        drop(open_append(&own.join("new")).unwrap());
        assert!(scratch.join("made").exists());
        hard_link(scratch.join("victim"), own.join("hard")).unwrap();
        open_append(&own.join("hard")).unwrap();
    }
}

#[test]
fn what_the_kernel_links_is_opened() {
    open_append(Path::new("/dev/null")).unwrap();
    let file = File::create(Scratch::new().join("file")).unwrap();
    use std::os::fd::AsRawFd;
    let number = file.as_raw_fd();
    let opened = open_append(Path::new(&format!("/proc/self/fd/{number}"))).unwrap();
    assert_eq!(opened.metadata().unwrap().ino(), file.metadata().unwrap().ino());
    check(Path::new(&format!("/dev/fd/{number}"))).unwrap();
}

#[test]
fn other_errors_are_what_they_are() {
    let scratch = Scratch::new();
    let error = |path: &Path| open_append(path).unwrap_err().raw_os_error();
    assert_eq!(error(&scratch.join("no/file")), Some(libc::ENOENT));
    write(scratch.join("file"), "").unwrap();
    assert_eq!(error(&scratch.join("file/x")), Some(libc::ENOTDIR));
    assert_eq!(error(Path::new("/")), Some(libc::EISDIR));
    assert_eq!(error(&scratch.join(".")), Some(libc::EISDIR));
    symlink("loop", scratch.join("loop")).unwrap();
    assert_eq!(error(&scratch.join("loop")), Some(libc::ELOOP));
    check(&scratch.join("loop")).unwrap();
    assert_eq!(open_own(&scratch.join("absent")).unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_fifo_without_a_reader_does_not_hang_the_log() {
    let folder = Scratch::new();
    let path = folder.join("fifo");
    nix::unistd::mkfifo(&path, Mode::from_bits_truncate(0o600)).unwrap();
    assert_eq!(open_append(&path).unwrap_err().raw_os_error(), Some(libc::ENXIO));
    assert!(open_own(&path).is_err());
}

#[test]
fn a_replacement_goes_nowhere_either() {
    use crate::sys::file::write_atomic;
    let (scratch, shared) = folder(0o1777);
    create_dir(scratch.join("private")).unwrap();
    symlink(scratch.join("private"), shared.join("way")).unwrap();
    assert!(refused(write_atomic(&shared.join("way/state"), b"x", 0o600)));
    assert_eq!(std::fs::read_dir(scratch.join("private")).unwrap().count(), 0);
    // At its end a link is replaced, so that nothing is written elsewhere.
    symlink(scratch.join("victim"), shared.join("state")).unwrap();
    write_atomic(&shared.join("state"), b"x", 0o600).unwrap();
    assert_eq!(read_to_string(scratch.join("victim")).unwrap(), "precious");
}

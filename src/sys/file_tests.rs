use super::*;
use crate::sys::Scratch;
use std::os::unix::fs::symlink;

#[test]
fn a_link_is_not_followed() {
    let folder = Scratch::new();
    let target = folder.join("target");
    std::fs::write(&target, "precious").unwrap();
    let link = folder.join("pid");
    symlink(&target, &link).unwrap();
    assert_eq!(open_nofollow(&link, 0o644).unwrap_err().raw_os_error(), Some(libc::ELOOP));
    assert!(open_existing_nofollow(&link).is_err());
    assert!(open_existing_nofollow(&folder).is_err(), "a folder is no pid file");
    assert!(open_nofollow(&folder.join("new"), 0o644).unwrap().metadata().unwrap().is_file());
}

#[test]
fn one_holder_at_a_time_and_asking_disturbs_nobody() {
    let folder = Scratch::new();
    let path = folder.join("pid");
    let first = open_nofollow(&path, 0o644).unwrap();
    let second = open_nofollow(&path, 0o644).unwrap();
    let reader = open_existing_nofollow(&path).unwrap();
    assert!(!is_locked(&reader).unwrap());
    assert!(lock_exclusive(&first).unwrap());
    assert!(!lock_exclusive(&second).unwrap());
    assert!(is_locked(&reader).unwrap());
    let copy = first.try_clone().unwrap();
    drop(first);
    assert!(is_locked(&reader).unwrap(), "a copy of the descriptor keeps the lock");
    drop(copy);
    // A child that another test is forking right now holds a copy until its exec.
    while is_locked(&reader).unwrap() {
        std::thread::yield_now();
    }
    assert!(lock_exclusive(&second).unwrap());
}

#[test]
fn replacing_is_whole_and_leaves_nothing_behind() {
    let folder = Scratch::new();
    let path = folder.join("state");
    write_atomic(&path, b"one", 0o600).unwrap();
    write_atomic(&path, b"two", 0o640).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"two");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
    // The remains of a crash are no obstacle.
    std::fs::write(folder.join(".state.new"), "half").unwrap();
    write_atomic(&path, b"three", 0o600).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"three");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn a_failed_replacement_keeps_the_old_content() {
    let folder = Scratch::new();
    let path = folder.join("state");
    std::fs::create_dir(&path).unwrap();
    assert!(write_atomic(&path, b"x", 0o600).is_err());
    assert!(path.is_dir());
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "no temporary file stays");
    assert!(write_atomic(Path::new("/"), b"x", 0o600).is_err());
}

#[test]
fn only_files_and_links_are_replaced() {
    let folder = Scratch::new();
    let fifo = folder.join("fifo");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    assert_eq!(write_atomic(&fifo, b"new", 0o600).unwrap_err().to_string(), "not a regular file");
    assert!(!std::fs::symlink_metadata(&fifo).unwrap().is_file());
    // As root, a mistake here would cost the machine its /dev/null.
    assert!(write_atomic(Path::new("/dev/null"), b"new", 0o600).is_err());
    assert!(is_device(Path::new("/dev/null")) && !is_device(&fifo) && !is_device(&folder.join("none")));
    let link = folder.join("link");
    symlink("/dev/null", &link).unwrap();
    assert!(is_device(&link));
}

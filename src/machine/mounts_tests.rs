use super::*;
use crate::sys::Scratch;
use std::os::unix::fs::symlink;

/// A table: number, parent, point, type.
fn table(mounts: &[(u32, u32, &str, &str)]) -> Vec<Mount> {
    let text: Vec<String> = mounts
        .iter()
        .map(|(id, parent, point, kind)| {
            format!("{id} {parent} 0:{id} / {point} rw shared:1 - {kind} src rw")
        })
        .collect();
    let mut list: Vec<Mount> = text.iter().filter_map(|line| parse_line(line.as_bytes())).collect();
    assert_eq!(list.len(), mounts.len());
    keep_relevant(&mut list);
    list
}

fn doubt(list: &[Mount], path: &str) -> Option<u32> {
    follow(list, Path::new(path)).filter(|mount| mount.doubtful).map(|mount| mount.id.number)
}

#[test]
fn where_the_root_is_no_mount_point_everything_stands_on_it_all_the_same() {
    let line = |text: &str| parse_line(text.as_bytes()).unwrap();
    let mut list = vec![
        line("40 7 0:5 / /proc rw - proc proc rw"),
        line("41 7 0:6 / /mnt rw - nfs server:/ rw"),
        line("42 41 0:7 / /mnt/in rw - ext4 /dev/x rw"),
    ];
    stand_on_root(&mut list);
    let on = |path: &str| visible(&list, Path::new(path)).map(|mount| (mount.id.number, mount.doubtful));
    assert_eq!(on("/srv/file"), Some((NO_MOUNT, false)));
    assert_eq!(on("/mnt/a"), Some((41, true)));
    assert_eq!(on("/mnt/in/a"), Some((42, false)));
    assert_eq!(on("/proc/1"), Some((40, false)));
}

#[test]
fn nothing_is_kept_of_a_machine_without_doubtful_mounts() {
    let ours =
        [(27, 1, "/", "ext4"), (22, 27, "/proc", "proc"), (30, 22, "/proc/sys/fs/binfmt_misc", "autofs")];
    let list = table(&ours);
    assert!(list.is_empty() && list.capacity() == 0);
    let list = table(&[(27, 1, "/", "ext4"), (31, 27, "/sys/fs/fuse/connections", "fusectl")]);
    assert!(list.is_empty(), "the kernel's own");
}

#[test]
fn the_deepest_mount_decides() {
    let list = table(&[
        (1, 0, "/", "ext4"),
        (2, 1, "/nfs", "nfs4"),
        (3, 2, "/nfs/local", "xfs"),
        (4, 1, "/home", "ext4"),
        (5, 4, "/home/a\\040b", "fuse.sshfs"),
        (6, 1, "/net", "autofs"),
    ]);
    for (path, number) in [
        ("/nfs", Some(2)),
        ("/nfs/x/y", Some(2)),
        ("/nfsx", None),
        ("/nfs/local/x", Some(2)),
        ("/home/a", None),
        ("/home/a b/c", Some(5)),
        ("/home/c/../a b/c", Some(5)),
        ("/net/host", Some(6)),
        ("/", None),
    ] {
        // `/home/c` is not there: whoever looks for it is told at once, and there is nothing to hang on.
        let number = if path.contains("..") { None } else { number };
        assert_eq!(doubt(&list, path), number, "{path}");
    }
}

#[test]
fn what_is_mounted_over_is_not_seen() {
    // A local disk below a remote mount on the same folder, and the other way round.
    let list =
        table(&[(1, 0, "/", "ext4"), (2, 1, "/a", "ext4"), (3, 2, "/a", "nfs"), (4, 2, "/a/b", "ext4")]);
    assert_eq!(doubt(&list, "/a/b/c"), Some(3));
    let list = table(&[(1, 0, "/", "ext4"), (2, 1, "/a", "nfs"), (3, 2, "/a", "ext4")]);
    assert_eq!(doubt(&list, "/a/x"), None);
    // As on a machine that was started from the network.
    let list = table(&[(22, 27, "/proc", "proc"), (27, 1, "/", "nfs")]);
    assert_eq!(doubt(&list, "/etc/passwd"), Some(27));
}

#[test]
fn links_are_followed_up_to_the_doubtful_mount_and_no_further() {
    let folder = Scratch::new();
    let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    std::fs::create_dir(at("sub")).unwrap();
    symlink(at("remote"), at("absolute")).unwrap();
    symlink("../remote/deep", at("sub/relative")).unwrap();
    symlink("absolute/more", at("chain")).unwrap();
    symlink("loop", at("loop")).unwrap();
    symlink("sub/../sub", at("local")).unwrap();
    let list = table(&[(1, 0, "/", "ext4"), (2, 1, &at("remote"), "fuse")]);
    for (name, number) in [
        ("absolute", Some(2)),
        ("absolute/x/../y", Some(2)),
        ("sub/relative", Some(2)),
        ("local/relative/x", Some(2)),
        ("chain", Some(2)),
        ("loop/x", None),
        ("sub/../sub/nothing", None),
        ("sub/../remote", Some(2)),
    ] {
        assert_eq!(doubt(&list, &at(name)), number, "{name}");
    }
}

#[test]
fn a_slow_mount_is_in_doubt_for_a_while() {
    let (mut mounts, now, proc) = (Mounts::default(), Instant::now(), Path::new("/proc"));
    let here = std::env::current_dir().unwrap();
    let before = mounts.doubt(proc, &here, now);
    mounts.was_slow(proc, &here, now);
    assert!(mounts.doubt(proc, &here, now).is_some());
    assert_eq!(mounts.doubt(proc, &here, now + SLOW_FOR), before);
}

#[test]
fn any_table_is_survived() {
    use proptest::prelude::*;
    proptest!(|(lines in prop::collection::vec("[0-9 /:a-c\\\\.-]{0,60}", 0..8), path in "/[a-c/.]{0,12}")| {
        let mut list: Vec<Mount> = lines.iter().filter_map(|line| parse_line(line.as_bytes())).collect();
        keep_relevant(&mut list);
        let _ = follow(&list, Path::new(&path));
    });
    // Mounts that stand on each other.
    let mut loops = table(&[(1, 2, "/", "nfs"), (2, 1, "/", "nfs"), (3, 3, "/a", "nfs")]);
    keep_relevant(&mut loops);
    let _ = follow(&loops, Path::new("/a/b"));
}

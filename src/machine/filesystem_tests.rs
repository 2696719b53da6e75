use super::*;

fn table() -> Filesystems {
    let text = b"/dev/sda1 / ext4 rw,relatime 0 0\n\
        tmpfs /mnt/with\\040blank tmpfs rw 0 0\n\
        server:/export /srv nfs4 rw 0 0\n\
        /dev/sdb1 /data xfs rw 0 0\n\
        overlay /data overlay ro 0 0\nhfs /hfs hfs rw 0 0\n";
    Filesystems { table: parse_table(text), ..Filesystems::default() }
}

fn kind(name: &str) -> Option<String> {
    table().find(OsStr::new(name)).ok().map(|mount| mount.kind.to_string())
}

#[test]
fn found_by_point_device_and_source() {
    assert_eq!(kind("/").as_deref(), Some("ext4"));
    assert_eq!(kind("/dev/sdb1").as_deref(), Some("xfs"));
    assert_eq!(kind("/data/").as_deref(), Some("overlay"), "the top mount hides the lower one");
    assert_eq!(kind("/mnt/with blank").as_deref(), Some("tmpfs"));
    assert_eq!(kind("server:/export").as_deref(), Some("nfs4"));
    assert_eq!(kind("hfs").as_deref(), Some("hfs"));
    assert_eq!(kind("/usr"), None, "a folder inside a filesystem is none");
}

/// A private folder with `real/` and links to it, removed in the end.
struct Links(PathBuf);

impl Links {
    fn new(name: &str) -> Links {
        let folder = std::env::temp_dir().join(format!("monit-links-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("real/inside")).unwrap();
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, folder.join(name)).unwrap();
        link("real", "relative");
        link("relative", "chain");
        link(folder.to_str().unwrap(), "self");
        link("round", "round");
        link("nowhere", "dangling");
        link("..", "real/up");
        Links(fs::canonicalize(folder).unwrap())
    }

    fn kind(&self, table: &str, name: &str) -> Option<String> {
        let table = parse_table(table.replace("HERE", self.0.to_str().unwrap()).as_bytes());
        let filesystems = Filesystems { table, ..Filesystems::default() };
        filesystems.find(self.0.join(name).as_os_str()).ok().map(|mount| mount.kind.to_string())
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn found_by_any_path_that_leads_there() {
    let links = Links::new("any");
    let table = "/dev/sda1 / ext4 rw 0 0\nnone HERE/real tmpfs rw 0 0\n";
    for name in [
        "real",
        "real/",
        "./real",
        "real/../real",
        "relative",
        "chain",
        "chain/",
        "self/real",
        "self/self/chain",
    ] {
        assert_eq!(links.kind(table, name).as_deref(), Some("tmpfs"), "{name}");
    }
    for name in ["real/inside", "round", "dangling", "nothing", "self", "round/real"] {
        assert_eq!(links.kind(table, name), None, "{name}");
    }
}

#[test]
fn a_link_in_a_filesystem_that_may_hang_is_not_followed() {
    let links = Links::new("hang");
    let table = "/dev/sda1 / ext4 rw 0 0\nserver:/x HERE/real nfs4 rw 0 0\nnone HERE tmpfs rw 0 0\n";
    assert_eq!(links.kind(table, "relative").as_deref(), Some("nfs4"));
    assert_eq!(links.kind(table, "real/up"), None);
    let table = table.replace("nfs4", "xfs");
    assert_eq!(links.kind(&table, "real/up").as_deref(), Some("tmpfs"));
}

#[test]
fn a_device_is_its_first_mount() {
    let text = b"/dev/sda1 / ext4 rw 0 0\n/dev/sda1 /jail ext4 ro 0 0\n";
    let filesystems = Filesystems { table: parse_table(text), ..Filesystems::default() };
    assert_eq!(&*filesystems.find(OsStr::new("/dev/sda1")).unwrap().flags, "rw");
    assert_eq!(&*filesystems.find(OsStr::new("/jail")).unwrap().flags, "ro");
}

#[test]
fn a_recorded_table_with_all_kinds_of_mounts() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proc/storage/proc/self/mounts");
    let filesystems = Filesystems { table: parse_table(&fs::read(path).unwrap()), ..Filesystems::default() };
    let kind = |name: &str| filesystems.exactly(Path::new(name)).map(|mount| &*mount.kind);
    assert_eq!(kind("/"), Some("ext4"), "what is mounted over the first root");
    assert_eq!(kind("/boot"), Some("vfat"), "what the automounter mounted");
    assert_eq!(kind("/data/snapshots"), Some("btrfs"));
    assert_eq!(kind("nas.example.com:/volume1/all things"), Some("nfs4"));
    assert_eq!(kind("/mnt/with blank\ttab"), Some("cifs"));
    assert_eq!(kind("/mnt/back\\slash"), Some("tmpfs"));
    assert_eq!(kind("/mnt/\u{fc}ber"), Some("tmpfs"));
    assert_eq!(kind("tank/media"), Some("zfs"));
    assert_eq!(kind("line"), None);
    let flags =
        |name: &str| filesystems.exactly(Path::new(name)).map(|mount| mount.flags.split(',').next().unwrap());
    assert_eq!((flags("/dev/mapper/vg-root"), flags("/srv/jail")), (Some("rw"), Some("ro")));
    assert_eq!((flags("/dev/sdb2"), flags("/data/snapshots")), (Some("rw"), Some("ro")));
    for (name, hangs) in
        [("/", false), ("/data", false), ("/mnt/nas", true), ("/mnt/ssh", true), ("//win/share", true)]
    {
        assert_eq!(
            filesystems.exactly(Path::new(name)).map(|mount| is_remote(&mount.kind)),
            Some(hangs),
            "{name}"
        );
    }
}

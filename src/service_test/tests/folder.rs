use super::world::{Lab, kind};
use crate::config::{Condition as C, Operator as O, Subject};
use crate::machine::FileKind;
use std::path::Path;

fn folder(conditions: Vec<C>) -> Lab {
    let mut lab = Lab::new("d", Subject::Directory(Path::new("/d").into()), conditions);
    lab.world.write("/d", b"");
    kind(&mut lab, "/d", FileKind::Directory);
    lab.world.facts("/d").device = 1;
    lab
}

fn put(lab: &mut Lab, path: &str, inside: &[(&str, FileKind, u64, u64)]) {
    let inside = inside.iter().map(|(name, kind, size, device)| (name.to_string(), *kind, *size, *device));
    lab.world.folders.insert(path.into(), inside.collect());
}

#[test]
fn entries_and_total_size() {
    let mut lab = folder(vec![C::Entries(O::Greater, 3), C::TotalSize(O::Greater, 2048)]);
    let (file, dir) = (FileKind::File, FileKind::Directory);
    put(
        &mut lab,
        "/d",
        &[
            ("a", file, 1000, 1),
            ("b", dir, 4096, 1),
            ("other", dir, 4096, 2),
            ("link", FileKind::Other, 9, 1),
        ],
    );
    put(&mut lab, "/d/b", &[("c", file, 1048, 1), ("deep", dir, 4096, 1)]);
    put(&mut lab, "/d/b/deep", &[("e", file, 1024, 1)]);
    put(&mut lab, "/d/other", &[("huge", file, 1 << 40, 2)]);
    assert_eq!(
        lab.news(),
        [
            "-total size test failed for /d -- current total size is 3 kB [total size > 2 kB]",
            "-entries test failed for /d -- current entries is 4 [entries > 3]"
        ]
    );
    assert_eq!(lab.status("entries").as_deref(), Some("4"));
    assert_eq!(lab.status("total size").as_deref(), Some("3 kB"));
    put(&mut lab, "/d", &[("a", file, 1000, 1)]);
    let lines = lab.check();
    assert!(lines.contains(&"+entries check succeeded [current entries = 1]".to_owned()), "{lines:?}");
    assert!(
        lines.contains(&"+total size check succeeded [current total size = 1000 B]".to_owned()),
        "{lines:?}"
    );
}

#[test]
fn a_folder_that_breaks_off_is_not_taken_for_its_first_part() {
    let mut lab = folder(vec![C::Entries(O::Less, 5), C::TotalSize(O::Less, 5000)]);
    let file = FileKind::File;
    put(&mut lab, "/d", &[("a", file, 1000, 1), ("broken", file, 0, 1)]);
    assert_eq!(lab.news(), ["-entries of /d cannot be told -- at least 1"]);
}

#[test]
fn what_cannot_be_read_is_not_taken_for_empty() {
    let mut lab =
        folder(vec![C::TotalSize(O::Less, 500), C::TotalSize(O::Greater, 500), C::Entries(O::Equal, 2)]);
    assert_eq!(lab.news(), ["-total size of /d cannot be told -- permission denied"], "once, and no verdict");
    assert_eq!(lab.status("entries").as_deref(), Some("-"));
    put(&mut lab, "/d", &[("a", FileKind::File, 100, 1), ("locked", FileKind::Directory, 0, 1)]);
    assert_eq!(
        lab.news(),
        [
            "-entries test failed for /d -- current entries is 2 [entries = 2]",
            "-total size of /d cannot be told -- at least 100 B"
        ],
        "neither too small nor too big for certain; what is in the folder itself is known"
    );
    assert_eq!(lab.status("total size").as_deref(), Some("at least 100 B"));
    assert_eq!(lab.status("entries").as_deref(), Some("2"));
    put(&mut lab, "/d", &[("a", FileKind::File, 600, 1), ("locked", FileKind::Directory, 0, 1)]);
    lab.service.tests.remove(0);
    assert_eq!(
        lab.news(),
        [
            "-entries test failed for /d -- current entries is 2 [entries = 2]",
            "-total size test failed for /d -- current total size is 600 B [total size > 500 B]"
        ],
        "too big whatever is in the rest"
    );
    put(&mut lab, "/d/locked", &[]);
    assert!(lab.check().contains(&"+all of /d was read that had to be".to_owned()));
}

#[test]
fn a_big_folder_is_read_in_slices_and_to_a_bound() {
    let mut lab = folder(vec![C::Entries(O::Greater, 50_000)]);
    let names = (0..100_000).map(|n| (n.to_string(), FileKind::Other, 0, 0)).collect();
    lab.world.folders.insert("/d".into(), names);
    assert_eq!(lab.news().len(), 1);
    assert!(lab.steps > 5, "{} steps", lab.steps);
    assert_eq!(lab.status("entries").as_deref(), Some("100000"));
    assert_eq!(folder(vec![]).status("entries"), None, "nobody asked");
}

#[test]
fn folders_may_be_deeper_than_descriptors_allow() {
    let mut lab = folder(vec![C::TotalSize(O::Less, 500), C::Entries(O::Equal, 2)]);
    let mut path = String::from("/d");
    for _ in 0..300 {
        put(&mut lab, &path, &[("x", FileKind::Directory, 0, 1), ("f", FileKind::File, 1, 1)]);
        path.push_str("/x");
    }
    put(&mut lab, &path, &[]);
    let lines = lab.check();
    assert!(
        lines.contains(
            &"-total size test failed for /d -- current total size is 300 B [total size < 500 B]".into()
        ),
        "{lines:?}"
    );
    assert_eq!(lab.status("entries").as_deref(), Some("2"), "those of the folder itself");
}

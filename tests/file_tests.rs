//! Every form of a test of files, directories and fifos, run for real: once where it must tell, once where it must not.
#![allow(clippy::expect_used)]

mod support;

use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use support::Lab;
use support::skip::{files_have_another_clock, skip};

/// `hello\n`
const SHA256: &str = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
const SHA1: &str = "f572d396fae9206628714fb2ce00f72e94f2258f";
const MD5: &str = "b1946ac92492d2347c6235b4d2611184";

/// Conditions on an object of 6 bytes, mode 0640, one link (a folder: two), read and written two hours ago. The status if
/// the condition is one that tells at the first look, nothing if it is not.
const OF_ALL: &[(&str, &str)] = &[
    ("if exist then alert", "Does exist"),
    ("if not exist then alert", ""),
    ("if failed permission 0600 then alert", "Permission failed"),
    ("if failed permission 640 then alert", ""),
    ("if changed permission then alert", ""),
    ("if failed uid @NU@ then alert", "UID failed"),
    ("if failed uid @U@ then alert", ""),
    ("if failed gid @NG@ then alert", "GID failed"),
    ("if failed gid @G@ then alert", ""),
    ("if hardlink < 5 then alert", "Resource limit matched"),
    ("if hardlink > 5 then alert", ""),
    ("if changed hardlink then alert", ""),
    ("if modification time > 1 hour then alert", "Timestamp failed"),
    ("if modification time > 3 hours then alert", ""),
    ("if modification time < 3 hours then alert", "Timestamp failed"),
    ("if change time < 1 day then alert", "Timestamp failed"),
    ("if change time > 1 day then alert", ""),
    ("if timestamp < 1 day then alert", "Timestamp failed"),
    ("if timestamp > 1 hour then alert", ""),
    ("if changed timestamp then alert", ""),
];

/// For what nobody reads: reading moves this time.
const OF_ACCESS: &[(&str, &str)] = &[
    ("if changed access time then alert", ""),
    ("if access time > 100 minutes then alert", "Timestamp failed"),
    ("if access time < 100 minutes then alert", ""),
];

const OF_FILES: &[(&str, &str)] = &[
    ("if size = 6 B then alert", "Size failed"),
    ("if size > 6 B then alert", ""),
    ("if size >= 6 B then alert", "Size failed"),
    ("if size < 1 kB then alert", "Size failed"),
    ("if size <= 5 B then alert", ""),
    ("if size != 6 B then alert", ""),
    ("if changed size then alert", ""),
    ("if failed checksum then alert", ""),
    ("if failed checksum expect @SHA256@ then alert", ""),
    ("if failed sha1 checksum expect @SHA1@ then alert", ""),
    ("if failed md5 checksum expect @MD5@ then alert", ""),
    ("if failed checksum expect \"00000000000000000000000000000000\" then alert", "Checksum failed"),
    ("if changed md5 checksum then alert", ""),
    ("if content = \"hello\" then alert", ""),
    ("if content != \"never\" then alert", ""),
];

const OF_FOLDERS: &[(&str, &str)] = &[
    ("if entries = 1 then alert", "Resource limit matched"),
    ("if entries > 1 then alert", ""),
    ("if entries >= 1 then alert", "Resource limit matched"),
    ("if entries != 1 then alert", ""),
    ("if total size = 6 B then alert", "Size failed"),
    ("if total size > 6 B then alert", ""),
    ("if total size < 1 kB then alert", "Size failed"),
];

/// What tells when everything about the object has changed.
const CHANGES: &[(&str, &str)] = &[
    ("if changed permission then alert", "Permission changed"),
    ("if changed hardlink then alert", "Resource limit changed"),
    ("if changed timestamp then alert", "Timestamp changed"),
    ("if changed change time then alert", "Timestamp changed"),
    ("if changed modification time then alert", "Timestamp changed"),
    ("if changed size then alert", "Size changed"),
    ("if changed checksum then alert", "Checksum changed"),
    ("if changed sha1 checksum then alert", "Checksum changed"),
    ("if failed checksum expect @SHA256@ then alert", "Checksum failed"),
    ("if content = \"^more$\" then alert", "Content match"),
    ("if content != \"never\" then alert", "Content match"),
    ("if content = \"never\" then alert", ""),
    ("if content = \"more\" then alert ignore content = \"^more$\"", ""),
];

/// One service for each condition; the status that each is to have, by its name.
///
/// Where the clock of files is another one, nothing can be said of the time of a change: only the kernel sets it.
fn services(lab: &Lab, kind: &str, forms: &[&[(&str, &str)]]) -> (String, BTreeMap<String, String>) {
    let (uid, gid) = (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw());
    // Ids that every system knows.
    let not = |id: u32| u32::from(id == 0).to_string();
    let (mut text, mut wanted) = (String::new(), BTreeMap::new());
    let unlike = files_have_another_clock(&lab.path("clock"));
    for (form, status) in forms.iter().copied().flatten() {
        if form.contains("total size") && uid != 0 {
            // The folder's mode, which other forms look at, lets nobody but root look into it.
            skip(&format!("'{form}' of a {kind}"), "needs root");
            continue;
        }
        let by_change = form.contains("change time") || form.starts_with("if timestamp");
        if unlike && by_change && !form.contains("changed") {
            skip(&format!("'{form}' of a {kind}"), "the clock of files is not that of programs");
            continue;
        }
        let name = format!("{kind}{}", wanted.len());
        let form = form
            .replace("@U@", &uid.to_string())
            .replace("@G@", &gid.to_string())
            .replace("@NU@", &not(uid))
            .replace("@NG@", &not(gid))
            .replace("@SHA256@", SHA256)
            .replace("@SHA1@", SHA1)
            .replace("@MD5@", MD5);
        text.push_str(&format!("check {kind} {name} path {}\n  {form}\n", lab.path(kind).display()));
        wanted.insert(name, if status.is_empty() { "OK".to_owned() } else { (*status).to_owned() });
    }
    (text, wanted)
}

/// Waits until the services stand as wanted; what differs if they do not in time is in the message.
fn await_states(lab: &Lab, wanted: &BTreeMap<String, String>, text: &str) {
    let mut last = String::new();
    let reached = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        support::eventually("the states wanted", || {
            let summary = lab.cli(["-B", "summary"]).out;
            let states: BTreeMap<&str, &str> = summary
                .lines()
                .filter_map(|line| {
                    let mut columns = line.split("  ").map(str::trim).filter(|column| !column.is_empty());
                    Some((columns.next()?, columns.next()?))
                })
                .collect();
            let differ =
                wanted.iter().filter(|(name, state)| states.get(name.as_str()) != Some(&state.as_str()));
            let lines: Vec<String> = differ
                .map(|(name, state)| {
                    let form =
                        text.split(&format!(" {name} path ")).nth(1).and_then(|rest| rest.lines().nth(1));
                    format!("{name} {form:?}: {:?} instead of {state:?}", states.get(name.as_str()))
                })
                .collect();
            last = lines.join("\n");
            lines.is_empty().then_some(())
        });
    }));
    assert!(reached.is_ok(), "{last}");
}

fn old(lab: &Lab, name: &str) {
    let status = support::run(Command::new("touch").args(["-d", "2 hours ago"]).arg(lab.path(name))).status;
    assert!(status.success(), "touch");
}

#[test]
fn every_form_of_a_test_has_effect_at_the_first_look() {
    let mut lab = Lab::new();
    lab.file("file", "hello\n");
    fs::create_dir(lab.path("directory")).expect("a folder");
    fs::write(lab.path("directory").join("inside"), "hello\n").expect("a file in it");
    mkfifo(&lab.path("fifo"), Mode::S_IRUSR | Mode::S_IWUSR).expect("mkfifo");
    let (mut text, mut wanted) = ("set daemon 600\n".to_owned(), BTreeMap::new());
    for (kind, forms) in [
        ("file", vec![OF_ALL, OF_FILES]),
        ("directory", vec![OF_ALL, OF_FOLDERS]),
        ("fifo", vec![OF_ALL, OF_ACCESS]),
    ] {
        lab.chmod(kind, 0o640);
        let (more, states) = services(&lab, kind, &forms);
        text.push_str(&more);
        wanted.extend(states);
    }
    lab.control(&text);
    for name in ["file", "directory", "fifo"] {
        old(&lab, name);
    }
    lab.start(["-v"]);
    await_states(&lab, &wanted, &text);
}

#[test]
fn every_form_of_a_change_has_effect_at_the_second_look() {
    let mut lab = Lab::new();
    lab.file("file", "hello\n");
    mkfifo(&lab.path("fifo"), Mode::S_IRUSR | Mode::S_IWUSR).expect("mkfifo");
    let (of_file, mut wanted) = services(&lab, "file", &[CHANGES]);
    let (of_fifo, more) =
        services(&lab, "fifo", &[&[("if changed access time then alert", "Timestamp changed")]]);
    wanted.extend(more);
    let text = format!("set daemon 600\n{of_file}{of_fifo}");
    lab.control(&text);
    old(&lab, "file");
    old(&lab, "fifo");
    lab.start(["-v"]);
    let fine = wanted.keys().map(|name| (name.clone(), "OK".to_owned())).collect();
    await_states(&lab, &fine, &text);
    // Times are compared by the second.
    let looked = nix::sys::stat::stat(&lab.path("file")).expect("stat").st_ctime;
    // The clock of files may lag a tick behind that of programs.
    support::eventually("the next second", || {
        lab.file("clock", "");
        let now = nix::sys::stat::stat(&lab.path("clock")).expect("stat").st_mtime;
        (now > looked).then_some(())
    });
    lab.file("file", "hello\nmore\n");
    lab.chmod("file", 0o600);
    assert!(support::run(Command::new("touch").arg("-a").arg(lab.path("fifo"))).status.success());
    fs::hard_link(lab.path("file"), lab.path("link")).expect("a link");
    lab.signal(Signal::SIGUSR1);
    await_states(&lab, &wanted, &text);
    // A change is told once; what it was compared with is the new value.
    for state in wanted.values_mut().filter(|state| state.contains("changed") || state.contains("match")) {
        *state = "OK".into();
    }
    lab.signal(Signal::SIGUSR1);
    await_states(&lab, &wanted, &text);
}

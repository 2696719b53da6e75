use super::*;
use crate::machine::mounts::Mounts;
use crate::machine::question::What;
use crate::sys::Scratch;
use std::path::Path;

/// A mount to ask about: the one the path is on, whatever it is.
fn mount_of(path: &Path) -> MountId {
    let (mut mounts, now) = (Mounts::default(), Instant::now());
    mounts.was_slow(Path::new("/proc"), path, now);
    mounts.doubt(Path::new("/proc"), path, now).unwrap()
}

fn stat(path: &Path) -> Question {
    Question { path: path.into(), what: What::Stat }
}

fn wait(asking: &mut Asking, asker: u32, mount: MountId, question: &Question) -> io::Result<Answer> {
    loop {
        match asking.ask(asker, mount, question.clone(), Instant::now()) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::yield_now(),
            other => return other,
        }
    }
}

/// A server whose child never answers.
fn hung(asking: &mut Asking, mount: MountId, now: Instant) {
    let child = serve_in_child(|_| std::thread::sleep(Duration::from_secs(60))).unwrap();
    let questions = VecDeque::new();
    asking.servers.push(Server { mount, child: Some(child), stuck: false, questions, heard: now });
}

#[test]
fn a_child_says_what_we_would_see() {
    if crate::sys::ran_alone() {
        return;
    }
    let folder = Scratch::new();
    let (path, mount) = (folder.join("file"), mount_of(&folder));
    std::fs::write(&path, vec![b'x'; 100_000]).unwrap();
    let mut asking = Asking::default();
    let facts = wait(&mut asking, 1, mount, &stat(&path)).unwrap();
    assert_eq!(facts, Answer::Facts(direct::stat(&path).unwrap()));
    let mut length = 0;
    loop {
        let what = What::Read { offset: length, length: u32::MAX };
        match wait(&mut asking, 1, mount, &Question { path: path.clone(), what }).unwrap() {
            Answer::Bytes(bytes) if bytes.is_empty() => break,
            Answer::Bytes(bytes) => length += bytes.len() as u64,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(length, 100_000);
    let missing = wait(&mut asking, 1, mount, &stat(&folder.join("none"))).unwrap_err();
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    assert_eq!(asking.servers.len(), 1, "one child for all of it");
}

#[test]
fn a_folder_comes_in_pages() {
    if crate::sys::ran_alone() {
        return;
    }
    let folder = Scratch::new();
    for number in 0..1000 {
        std::fs::write(folder.join(format!("{number:0100}")), "").unwrap();
    }
    let (mut asking, mount) = (Asking::default(), mount_of(&folder));
    let (mut from, mut names, mut pages) = (Some(0), std::collections::BTreeSet::new(), 0);
    while let Some(at) = from {
        let question = Question { path: folder.to_path_buf(), what: What::List { sizes: true, from: at } };
        let Answer::Page(page) = wait(&mut asking, 1, mount, &question).unwrap() else { panic!() };
        let listing = page.listing(at);
        names.extend(listing.entries.map(|entry| entry.unwrap().name));
        from = listing.more;
        pages += 1;
        if pages == 2 {
            // A new child takes up where the last one stopped.
            asking = Asking::default();
        }
    }
    assert!(pages >= 4);
    assert_eq!(names.len(), 1000);
}

#[test]
fn all_who_wait_for_a_silent_mount_are_told_together_and_one_child_was_sent() {
    if crate::sys::ran_alone() {
        return;
    }
    let (mut asking, now) = (Asking::default(), Instant::now());
    let mount = mount_of(Path::new("/"));
    hung(&mut asking, mount, now);
    for asker in 0..500 {
        let error = asking.ask(asker, mount, stat(Path::new("/etc")), now).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }
    assert_eq!(asking.tick(now + PATIENCE / 2), []);
    assert_eq!(asking.servers.len(), 1);
    let told = asking.tick(now + PATIENCE);
    assert_eq!(told, (0..500).collect::<Vec<u32>>());
    // They are told in several turns; what was found out is not lost in between, when the child is gone.
    while asking.servers.iter().any(|server| server.stuck) {
        asking.tick(now + PATIENCE);
    }
    asking.tick(now + PATIENCE);
    for asker in 0..500 {
        let error = asking.ask(asker, mount, stat(Path::new("/etc")), now + PATIENCE).unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (io::ErrorKind::TimedOut, "no answer within 5 s")
        );
    }
    // The next question goes to a new child.
    let answer = wait(&mut asking, 1, mount, &stat(Path::new("/")));
    assert!(matches!(answer, Ok(Answer::Facts(_))), "{answer:?}");
}

#[test]
fn a_question_nobody_waits_for_leaves_nothing() {
    if crate::sys::ran_alone() {
        return;
    }
    let (mut asking, now) = (Asking::default(), Instant::now());
    let mount = mount_of(Path::new("/"));
    let _ = asking.ask(1, mount, stat(Path::new("/")), now);
    asking.forget(1);
    while asking.servers.iter().any(Server::is_asked) {
        assert_eq!(asking.tick(now), []);
    }
    assert!(asking.servers.iter().all(|server| server.questions.is_empty()));
    asking.tick(Instant::now() + IDLE);
    assert!(asking.is_idle() && asking.descriptors().next().is_none(), "a child nobody asks is ended");
}

#[test]
fn a_child_that_makes_no_sense_is_ended() {
    if crate::sys::ran_alone() {
        return;
    }
    let (mut asking, now) = (Asking::default(), Instant::now());
    let mount = mount_of(Path::new("/"));
    let child = serve_in_child(|socket| {
        let _ = io::Write::write_all(socket, &[0xff; 40_000]);
        std::thread::sleep(Duration::from_secs(60));
    });
    let questions = VecDeque::new();
    asking.servers.push(Server { mount, child: Some(child.unwrap()), stuck: false, questions, heard: now });
    let error = wait(&mut asking, 1, mount, &stat(Path::new("/"))).unwrap_err();
    assert_eq!(error.to_string(), "the helper made no sense");
    assert!(wait(&mut asking, 1, mount, &stat(Path::new("/"))).is_ok(), "the next one is a new one");
}

use super::wire::Wire;
use super::*;
use crate::control::{Overrides, ParsedFile, load};
use crate::sys::Scratch;
use proptest::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

fn record(path: &Path) -> (ParsedFile, Vec<u8>) {
    let recorder = Rc::new(Recorder::new(&|_| (), &|| ()));
    let loaded = load(path, &Overrides::default(), recorder.clone());
    (loaded, recorder.finish().unwrap())
}

/// A control file that asks about everything.
fn folder() -> Scratch {
    let folder = Scratch::new();
    let file = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text.replace("@D@", &folder.display().to_string())).unwrap();
    };
    // Only root may start programs as somebody else.
    let identity = if crate::sys::process::own_uid() == 0 { "as uid 0 and gid root" } else { "" };
    file("a.conf", "check system $HOST\n");
    file("b.conf", "check file b path @D@/b.conf\n  if failed checksum then alert\n");
    file("words", "one\ntw[o0]\n");
    file("passwords", "joe:secret\n");
    file("key.pem", "no key\n");
    file(
        "monitrc",
        &"set daemon 5\nset log @D@/log\nset httpd port 2812 address localhost\n  allow localhost\n  allow not..a.host\n  \
         allow @D@/passwords\n  unixsocket @D@/socket uid root gid 0\n\
         set mailserver localhost using ssl { pemfile: @D@/key.pem }\n\
         include @D@/*.conf\ninclude @D@/missing.conf\n\
         check process p with pidfile /p\n  start program = \"/bin/true\" @AS@\n  \
         stop program = \"/no/such/program\"\n\
         check file f path @D@/words\n  if failed sha1 checksum then alert\n  if failed sha256 checksum then alert\n  \
         if changed checksum then alert\n  if content = @D@/words then alert\n"
            .replace("@AS@", identity),
    );
    folder
}

#[test]
fn a_replay_gives_what_the_world_gave() {
    let folder = folder();
    let path = folder.join("monitrc");
    let live = load(&path, &Overrides::default(), Rc::new(Live));
    let config = live.config.unwrap_or_else(|| panic!("{:?}", live.diagnostics));
    let (recorded, tape) = record(&path);
    assert_eq!(recorded.config.as_ref(), Some(&config));

    // Nothing of it is there any more.
    drop(folder);
    let replay = Rc::new(Replay::new(tape));
    let again = load(&path, &Overrides::default(), replay.clone());
    assert!(replay.is_faithful());
    assert_eq!(again.config, Some(config));
    let lines = |loaded: &[crate::control::Diagnostic]| -> Vec<String> {
        loaded.iter().map(|found| found.first_line()).collect()
    };
    assert_eq!(lines(&again.diagnostics), lines(&live.diagnostics));
    assert!(again.diagnostics.iter().any(|found| found.first_line().contains("cannot be resolved")));
}

#[test]
fn in_pieces_or_at_once_is_the_same() {
    let folder = folder();
    let path = folder.join("monitrc");
    let (whole, tape) = record(&path);
    for statements in [1, 3, 1000] {
        let replay = Rc::new(Replay::new(tape.clone()));
        let mut loading = crate::control::FileParser::begin(&path, &Overrides::default(), replay.clone());
        let mut steps = 1;
        let loaded = loop {
            match loading.go_on(statements) {
                Some(loaded) => break loaded,
                None => steps += 1,
            }
        };
        assert!(replay.is_faithful());
        assert_eq!(loaded.config, whole.config);
        assert_eq!(loaded.diagnostics.len(), whole.diagnostics.len());
        assert_eq!(steps > 1, statements < 1000, "{steps} steps of {statements}");
        assert!(loading.go_on(1).is_none(), "it is said once");
    }
}

#[test]
fn a_question_that_was_not_recorded_spoils_the_replay() {
    let folder = folder();
    let path = folder.join("monitrc");
    let (_, tape) = record(&path);
    let replay = Rc::new(Replay::new(tape.clone()));
    assert!(replay.read(&folder.join("another")).is_err());
    assert!(
        load(&path, &Overrides::default(), replay.clone()).config.is_none(),
        "no answer counts after that"
    );
    assert!(!replay.is_faithful());

    let replay = Rc::new(Replay::new(tape.clone()));
    assert!(!replay.is_faithful(), "answers are left");
    for cut in [0, 1, tape.len() / 2, tape.len() - 1] {
        let replay = Rc::new(Replay::new(tape[..cut].to_vec()));
        load(&path, &Overrides::default(), replay.clone());
        assert!(!replay.is_faithful(), "cut at {cut}");
    }
    let mut longer = tape;
    longer.push(0);
    let replay = Rc::new(Replay::new(longer));
    assert!(load(&path, &Overrides::default(), replay.clone()).config.is_some());
    assert!(!replay.is_faithful());
}

#[test]
fn each_question_is_named_before_it_is_put() {
    let folder = folder();
    let asked = RefCell::new(Vec::new());
    let note = |parts: &[&[u8]]| asked.borrow_mut().push(String::from_utf8(parts.concat()).unwrap());
    let recorder = Rc::new(Recorder::new(&note, &|| ()));
    load(&folder.join("monitrc"), &Overrides::default(), recorder.clone());
    let asked = asked.borrow();
    for expected in [
        format!("file{}/monitrc", folder.display()),
        format!("files{}/*.conf", folder.display()),
        format!("checksum of the file{}/words", folder.display()),
        "addresses of the hostnot..a.host".to_owned(),
        "userroot".to_owned(),
        "group0".to_owned(),
    ] {
        assert!(asked.contains(&expected), "{expected} is not among {asked:?}");
    }
}

fn received(bytes: &[u8], piece: usize) -> Result<Option<Report>, Unusable> {
    let mut incoming = Incoming::default();
    for part in bytes.chunks(piece) {
        match incoming.take(part) {
            Ok(None) => {}
            other => return other,
        }
    }
    Ok(None)
}

fn sent(report: Report) -> Vec<u8> {
    let (header, body) = report.bytes();
    [&header[..], &body].concat()
}

fn broken(errors: &[&str], warnings: &[&str]) -> Report {
    let lines = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Report::Broken { errors: lines(errors), warnings: lines(warnings) }
}

#[test]
fn a_report_arrives_in_any_pieces() {
    for report in [
        Report::Answers(Vec::new()),
        Report::Answers(vec![7; 300]),
        broken(&["monitrc:1: wrong", ""], &[]),
        broken(&["monitrc:1: wrong"], &["monitrc:2: old", "odd"]),
    ] {
        let bytes = sent(report.clone());
        for piece in [1, 4, 5, 6, 299, 1000] {
            assert_eq!(received(&bytes, piece), Ok(Some(report.clone())), "pieces of {piece}");
        }
        assert_eq!(received(&bytes[..bytes.len() - 1], 3), Ok(None), "the end is missing");
    }
}

#[test]
fn what_is_no_report_is_refused_before_it_is_stored() {
    assert_eq!(received(b"X", 1), Err(Unusable));
    let longest = (MOST as u32 + 1).to_le_bytes();
    assert_eq!(received(&[b"A", &longest[..]].concat(), 5), Err(Unusable));
    // Lines that are none, and lines with something behind them.
    assert_eq!(received(&sent(broken(&[], &["odd"])), 9), Err(Unusable));
    assert_eq!(received(b"B\x05\0\0\0\x01\0\0\0\xff", 20), Err(Unusable));
    let mut bytes = sent(broken(&["a"], &[]));
    bytes[1] += 1;
    bytes.push(0);
    assert_eq!(received(&bytes, 20), Err(Unusable));
}

/// What the text of a control file is in a recording.
fn tape_of(text: &[u8], rest: &[u8]) -> Vec<u8> {
    let mut tape = Vec::new();
    super::record::Mark::new(super::record::kind::READ, b"/rc").put(&mut tape);
    let file = FileText { text: text.to_vec().into(), identity: (1, 1), owner: 0, mode: 0o600 };
    Ok::<_, String>(file).put(&mut tape);
    tape.extend_from_slice(rest);
    tape
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_replayed_to_the_end(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        piece in 1usize..50,
    ) {
        let _ = received(&bytes, piece);
        let replay = Rc::new(Replay::new(bytes.clone()));
        load(Path::new("/rc"), &Overrides::default(), replay.clone());
        // Behind the text of a file that asks, anything may follow.
        let text = b"include /a*\nset httpd port 1 allow h unixsocket /s uid u\ncheck file f path /f if failed checksum then alert";
        let replay = Rc::new(Replay::new(tape_of(text, &bytes)));
        load(Path::new("/rc"), &Overrides::default(), replay.clone());
    }
}

#[test]
fn a_damaged_recording_is_never_more_than_refused() {
    let folder = folder();
    let path = folder.join("monitrc");
    let (_, tape) = record(&path);
    for at in 0..tape.len() {
        let mut damaged = tape.clone();
        damaged[at] ^= 1 << (at % 8);
        let replay = Rc::new(Replay::new(damaged));
        let loaded = load(&path, &Overrides::default(), replay.clone());
        assert!(loaded.diagnostics.iter().all(|found| !found.first_line().is_empty()));
    }
}

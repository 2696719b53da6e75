use super::*;
use crate::sys::Scratch;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixDatagram;

fn file_log(path: &Path) -> Log {
    let mut log = Log::new();
    log.set_file(path).unwrap();
    log
}

/// The file's lines without their time.
fn lines(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
    let rest = |line: &str| {
        assert!(line.starts_with("[20") && line.as_bytes()[25] == b']', "{line}");
        line[27..].to_string()
    };
    text.lines().map(rest).collect()
}

#[test]
fn lines_look_like_monits() {
    let when = 1_795_221_943;
    let stamp = localtime::iso8601_local(when);
    let shown = line::for_file(Level::Error, "'p_down' process is not running", when);
    assert_eq!(shown, format!("[{stamp}] error    : 'p_down' process is not running\n"));
    let shown = line::for_file(Level::Emergency, "x", when);
    assert_eq!(shown, format!("[{stamp}] emergency: x\n"));
}

#[test]
fn levels_reach_the_file_and_debug_only_when_asked_for() {
    let folder = Scratch::new();
    let path = folder.join("log");
    let mut log = file_log(&path);
    log.debug("quiet");
    log.error("e");
    log.warning("w");
    log.notice("n");
    log.info(format_args!("{} {}", "i", 1));
    log.set_verbosity(1);
    log.debug("d");
    let expected = ["error    : e", "warning  : w", "notice   : n", "info     : i 1", "debug    : d"];
    assert_eq!(lines(&path), expected);
}

#[test]
fn every_line_of_a_message_has_a_prefix_and_nothing_can_forge_one() {
    let folder = Scratch::new();
    let path = folder.join("log");
    let mut log = file_log(&path);
    log.error("content match:\nfirst\r\n\tsecond\x1b[2J\x07\n\n");
    log.info("progress 1%\rprogress 2%\u{9b}");
    let expected = [
        "error    : content match:",
        "error    :     first",
        "error    :     \tsecond\\x1b[2J\\x07",
        "info     : progress 1%\\x0dprogress 2%\\x9b",
    ];
    assert_eq!(lines(&path), expected);
}

#[test]
fn a_message_without_end_is_cut() {
    let text = line::clean(&"é".repeat(100_000));
    assert!(text.len() < 33 * 1024 && text.ends_with("é ..."));
    assert_eq!(line::clean(&"short"), "short");
}

#[test]
fn a_message_is_one_write() {
    let folder = Scratch::new();
    let path = folder.join("fifo");
    nix::unistd::mkfifo(&path, nix::sys::stat::Mode::from_bits_truncate(0o600)).unwrap();
    let mut reader =
        std::fs::OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(&path).unwrap();
    let mut log = file_log(&path);
    // Packet mode would show the writes one by one; a pipe does with a reader between them. Fill the pipe so that two
    // messages no longer fit: the second is lost as a whole, never in part.
    let long = "x".repeat(3000);
    for _ in 0..40 {
        log.error(&long);
    }
    let mut first = vec![0u8; 1 << 20];
    let count = reader.read(&mut first).unwrap();
    let text = std::str::from_utf8(&first[..count]).unwrap();
    assert!(text.lines().count() < 40, "the pipe was full");
    assert!(text.ends_with("x\n") && text.lines().all(|line| line.len() == 27 + 11 + 3000), "no torn line");
    let missing = 40 - text.lines().count();
    log.info("room again");
    let count = reader.read(&mut first).unwrap();
    let text = std::str::from_utf8(&first[..count]).unwrap();
    let rest: Vec<&str> = text.lines().map(|line| &line[27..]).collect();
    let report = format!("error    : {missing} log message(s) lost: Resource temporarily unavailable");
    assert_eq!(rest, [report.as_str(), "info     : room again"]);
}

#[test]
fn lost_messages_are_told_once_the_folder_is_back() {
    let folder = Scratch::new();
    let away = folder.join("var");
    let path = away.join("log");
    let mut log = Log::new();
    let error = log.set_file(&path).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    log.info("one");
    log.info("two");
    assert_eq!(log.file_trouble().unwrap().1, "No such file or directory");
    std::fs::create_dir(&away).unwrap();
    log.info("three");
    log.info("four");
    let expected = [
        "error    : 2 log message(s) lost: No such file or directory",
        "info     : three",
        "info     : four",
    ];
    assert_eq!(lines(&path), expected);
    assert_eq!(log.file_trouble(), None);
}

#[test]
fn a_full_disk_is_survived() {
    let Ok(()) = std::fs::metadata("/dev/full").map(drop) else { return };
    let mut log = file_log(Path::new("/dev/full"));
    log.error("x");
    log.error("y");
    assert_eq!(log.file_trouble().unwrap().1, "No space left on device");
}

#[test]
fn a_deleted_file_comes_back_and_a_rotated_one_is_left_on_reopen() {
    let folder = Scratch::new();
    let path = folder.join("log");
    let mut log = file_log(&path);
    log.info("one");
    std::fs::remove_file(&path).unwrap();
    log.info("two");
    assert_eq!(lines(&path), ["info     : two"]);
    let rotated = folder.join("log.1");
    std::fs::rename(&path, &rotated).unwrap();
    log.info("three");
    log.reopen().unwrap();
    log.info("four");
    assert_eq!(lines(&rotated), ["info     : two", "info     : three"]);
    assert_eq!(lines(&path), ["info     : four"]);
}

fn syslogd(path: &Path) -> UnixDatagram {
    let socket = UnixDatagram::bind(path).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

fn received(socket: &UnixDatagram) -> Vec<String> {
    let mut all = Vec::new();
    let mut buffer = [0u8; 16 * 1024];
    while let Ok(count) = socket.recv(&mut buffer) {
        all.push(String::from_utf8(buffer[..count].to_vec()).unwrap());
    }
    all
}

/// The text after `monit[PID]: `.
fn texts(socket: &UnixDatagram) -> Vec<String> {
    received(socket).iter().map(|line| line.split_once("]: ").unwrap().1.to_string()).collect()
}

#[test]
fn syslog_lines_have_priority_local_time_and_pid() {
    let folder = Scratch::new();
    let path = folder.join("log");
    let daemon = syslogd(&path);
    let mut log = Log::new();
    log.set_syslog_at(Facility::LOG_DAEMON, &path);
    log.error("one\ntwo");
    log.set_syslog_at(Facility::LOG_USER, &path);
    log.info("three");
    let got = received(&daemon);
    assert_eq!(got.len(), 3);
    assert!(
        got[0].starts_with("<27>") && got[1].starts_with("<27>") && got[2].starts_with("<14>"),
        "{got:?}"
    );
    let tail = format!(" monit[{}]: two", std::process::id());
    assert!(got[1].ends_with(&tail), "{got:?}");

    let shown = line::for_syslog(14, "x", 1_793_926_861);
    let t = localtime::local(1_793_926_861);
    let day = format!("{:>2}", t.day);
    assert_eq!(&shown[4..10], format!("{} {day}", t.month_name()));
}

#[test]
fn a_stuck_syslogd_blocks_nobody_and_hears_what_it_missed() {
    let folder = Scratch::new();
    let path = folder.join("log");
    let daemon = syslogd(&path);
    let mut log = Log::new();
    log.set_syslog_at(Facility::LOG_USER, &path);
    for number in 0..2000 {
        log.info(number);
    }
    let first = texts(&daemon);
    assert!(first.len() < 2000, "the queue was full and we came here all the same");
    log.info("again");
    let lost = format!("{} log line(s) lost: Resource temporarily unavailable", 2000 - first.len());
    assert_eq!(texts(&daemon), [lost, "again".to_string()]);
}

#[test]
fn a_restarted_syslogd_is_found_again() {
    let folder = Scratch::new();
    let path = folder.join("log");
    let daemon = syslogd(&path);
    let mut log = Log::new();
    log.set_syslog_at(Facility::LOG_USER, &path);
    log.info("one");
    assert_eq!(texts(&daemon), ["one"]);
    drop(daemon);
    std::fs::remove_file(&path).unwrap();
    let daemon = syslogd(&path);
    log.info("two");
    assert_eq!(texts(&daemon), ["two"], "nothing is lost by a restart");
    drop(daemon);
    std::fs::remove_file(&path).unwrap();
    log.info("three");
    log.info("four\nfive");
    let daemon = syslogd(&path);
    log.info("six");
    assert_eq!(texts(&daemon), ["3 log line(s) lost: No such file or directory", "six"]);
}

#[test]
fn syslog_may_come_up_after_us() {
    let folder = Scratch::new();
    let path = folder.join("log");
    let mut log = Log::new();
    log.set_syslog_at(Facility::LOG_USER, &path);
    log.info("early");
    let daemon = syslogd(&path);
    log.info("x".repeat(20_000));
    let got = received(&daemon);
    assert_eq!(got.len(), 2);
    assert_eq!(got[1].len(), 8 * 1024);
}

#[test]
fn captured_messages_are_kept_for_tests() {
    let mut log = Log::capture();
    log.error("x");
    log.debug("y");
    assert_eq!(log.captured(), [(Level::Error, "x".to_string()), (Level::Debug, "y".to_string())]);
}

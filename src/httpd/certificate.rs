//! The certificate that clients are shown: its files are read by a helper, for they may be on a mount that does not answer.

use crate::config::Tls;
use crate::reactor::{Interest, PollSet, Source, Token};
use crate::sys::error_text;
use crate::sys::fork::{ChildTask, run_in_child};
use crate::tls::pem::{PemFiles, paths};
use crate::tls::{Acceptor, Failure};
use std::io::ErrorKind;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

/// How long the helper may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than all of the files may have.
const MOST: usize = 16 * 1024 * 1024;

/// A helper at work.
#[derive(Debug)]
pub(super) struct Reading {
    options: Box<Tls>,
    task: ChildTask,
    answer: Vec<u8>,
    ended: bool,
    until: Instant,
}

impl Reading {
    /// Begins to read the files of these options.
    pub fn begin(options: &Tls, now: Instant) -> Result<Reading, Failure> {
        let task = run_in_child(|out| {
            // Who does not read any more does not need it.
            let _ = PemFiles::read(options).put(out);
        });
        let task = task.map_err(|error| trouble(options, error_text(&error)))?;
        let (answer, until) = (Vec::new(), now + PATIENCE);
        Ok(Reading { options: Box::new(options.clone()), task, answer, ended: false, until })
    }

    /// Has the loop listen for the helper.
    pub fn register(&self, set: &mut PollSet) {
        let token = Token { source: Source::Certificate, id: 0, part: 0 };
        set.add(self.task.output().as_raw_fd(), Interest::READ, token);
        set.wake_at(self.until);
    }

    /// The helper has said something, or ended.
    pub fn on_ready(&mut self) {
        let mut buffer = [0; 4096];
        while !self.ended {
            match self.task.read(&mut buffer) {
                Ok(count) if count > 0 && self.answer.len() < MOST => {
                    self.answer.extend(buffer.iter().take(count));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => self.ended = true,
            }
        }
    }

    /// What came of it; `None`: nothing yet.
    pub fn outcome(&self, now: Instant) -> Option<Result<Acceptor, Failure>> {
        let options = &self.options;
        if !self.ended {
            let late = || trouble(options, format!("cannot be read within {} seconds", PATIENCE.as_secs()));
            return (now >= self.until).then(|| Err(late()));
        }
        let files = PemFiles::take(options, &self.answer);
        let files = files.ok_or_else(|| trouble(options, "the helper that reads it has died".to_owned()));
        Some(files.and_then(|files| Acceptor::of(options, &files)))
    }
}

/// About the first of the files.
fn trouble(options: &Tls, what: String) -> Failure {
    match paths(options).next() {
        Some(path) => Failure::File(path.to_path_buf(), what.into()),
        None => Failure::NoCertificate,
    }
}

#[cfg(feature = "tls")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::poll;
    use std::path::Path;

    fn options(file: &str) -> Tls {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file);
        Tls { pemfile: Some(data.into()), ..Tls::default() }
    }

    #[test]
    fn a_helper_reads_the_certificate_and_one_that_hangs_is_given_up() {
        if crate::sys::ran_alone() {
            return;
        }
        let now = Instant::now();
        let read = |options: &Tls| {
            let mut reading = Reading::begin(options, now).unwrap();
            loop {
                if let Some(outcome) = reading.outcome(now) {
                    return outcome.map(drop);
                }
                poll::wait_for(reading.task.output(), poll::READ);
                reading.on_ready();
            }
        };
        let text = read(&options("there_is_none.pem")).unwrap_err().to_string();
        assert!(text.ends_with("there_is_none.pem': No such file or directory"), "{text}");
        let mut hung = Reading::begin(&options("x.pem"), now).unwrap();
        hung.task = run_in_child(|_| std::thread::sleep(Duration::from_secs(600))).unwrap();
        hung.on_ready();
        assert!(hung.outcome(now).is_none());
        let text = hung.outcome(now + PATIENCE).unwrap().unwrap_err().to_string();
        assert!(text.ends_with("x.pem': cannot be read within 30 seconds"), "{text}");
        hung.task = run_in_child(|_| ()).unwrap();
        poll::wait_for(hung.task.output(), poll::READ);
        hung.on_ready();
        assert!(hung.outcome(now).unwrap().unwrap_err().to_string().ends_with("has died"));
    }
}

//! Questions about doubtful mounts, put to one child per mount, which may wait in our place.
//!
//! A question is put on behalf of an asker, who has one at a time: asking the same again takes the answer, or says
//! that there is none yet ([`io::ErrorKind::WouldBlock`]). The children's sockets are in the poll set of the loop,
//! which calls [`Asking::tick`] and steps those whose answers are there. A child is forked when it is needed and
//! ended when nobody has asked for a moment. One that says nothing for [`PATIENCE`] is killed, all that was asked
//! fails, and until its end has been seen no other is sent to the same mount.

use super::direct;
use super::mounts::MountId;
use super::question::{Answer, LONGEST_ANSWER, Question, Said, error_of, fits};
use super::read::error_text;
use crate::sys::fork::{ChildTask, serve_in_child};
use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::time::{Duration, Instant};

/// How long a mount may say nothing while it is asked.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// An operation that took longer stood in everybody's way.
pub const SLOW: Duration = Duration::from_millis(50);
/// How long a child lives that nobody asks.
const IDLE: Duration = Duration::from_millis(1500);
/// Children at the same time, those that were killed and hang left out.
const CHILDREN: usize = 16;

/// The open questions, and who they are put to.
#[derive(Debug, Default)]
pub struct Asking {
    servers: Vec<Server>,
    /// Askers whose answers are there, since the last tick.
    answered: Vec<u32>,
    /// Mounts that were slow, since they were last asked for.
    slow: Vec<MountId>,
    last: u32,
}

/// One mount.
#[derive(Debug)]
struct Server {
    mount: MountId,
    child: Option<ChildTask>,
    /// The child was killed, and lives.
    stuck: bool,
    questions: VecDeque<Asked>,
    /// When it last said something, or had nothing to say.
    heard: Instant,
}

#[derive(Debug)]
struct Asked {
    number: u32,
    /// `None`: nobody wants to know any more.
    asker: Option<u32>,
    question: Question,
    sent: bool,
    answer: Option<io::Result<Answer>>,
}

/// There is no answer, for this reason.
fn silence(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, reason.into())
}

fn no_answer() -> io::Error {
    silence(format!("no answer within {} s", PATIENCE.as_secs()))
}

/// `WouldBlock` is ours alone: it means that the answer is still to come.
pub fn settled<T>(result: io::Result<T>) -> io::Result<T> {
    result.map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => io::Error::other(error_text(&error)),
        _ => error,
    })
}

impl Asking {
    /// The answer to a question about this mount; `WouldBlock` if it is not there yet, `TimedOut` if none comes.
    pub fn ask(
        &mut self,
        asker: u32,
        mount: MountId,
        question: Question,
        now: Instant,
    ) -> io::Result<Answer> {
        if !fits(&question.path) {
            return Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG));
        }
        let ours = |asked: &Asked| asked.asker == Some(asker) && asked.question == question;
        let at = self.servers.iter().position(|server| server.mount == mount);
        let known =
            at.and_then(|at| self.servers.get_mut(at)).filter(|server| server.questions.iter().any(ours));
        if let Some(server) = known {
            if server.questions.iter().any(|asked| ours(asked) && asked.answer.is_none()) {
                server.listen(now, &mut self.answered, &mut self.slow);
                server.lose_patience(now, &mut self.answered);
            }
            let at = server.questions.iter().position(|asked| ours(asked) && asked.answer.is_some());
            let answer = at.and_then(|at| server.questions.remove(at)).and_then(|asked| asked.answer);
            return answer.unwrap_or(Err(io::ErrorKind::WouldBlock.into()));
        }
        self.forget(asker);
        let at = match at {
            Some(at) => at,
            None => {
                let questions = VecDeque::new();
                self.servers.push(Server { mount, child: None, stuck: false, questions, heard: now });
                self.servers.len() - 1
            }
        };
        let room =
            self.servers.iter().filter(|server| server.child.is_some() && !server.stuck).count() < CHILDREN;
        let Some(server) = self.servers.get_mut(at) else { return Err(no_answer()) };
        if server.stuck && !server.is_reaped() {
            return Err(no_answer());
        }
        if !server.is_asked() {
            server.heard = now;
        }
        self.last = self.last.wrapping_add(1);
        let (asker, number) = (Some(asker), self.last);
        server.questions.push_back(Asked { number, asker, question, sent: false, answer: None });
        if let Err(error) = server.go_on(room, now) {
            server.questions.retain(|asked| asked.number != number);
            return Err(silence(format!("cannot start a helper: {}", error_text(&error))));
        }
        Err(io::ErrorKind::WouldBlock.into())
    }

    /// This asker does not want to know any more.
    pub fn forget(&mut self, asker: u32) {
        for server in &mut self.servers {
            server.questions.retain_mut(|asked| {
                if asked.asker == Some(asker) {
                    asked.asker = None;
                }
                // What was sent is answered first, whether anybody wants to know or not.
                asked.asker.is_some() || asked.sent && asked.answer.is_none()
            });
        }
    }

    /// Nobody does.
    pub fn forget_all(&mut self) {
        let askers: Vec<u32> = self
            .servers
            .iter()
            .flat_map(|server| &server.questions)
            .filter_map(|asked| asked.asker)
            .collect();
        askers.into_iter().for_each(|asker| self.forget(asker));
    }

    /// Takes what the children have said, and gives up those that say nothing. The askers whose answers are there.
    pub fn tick(&mut self, now: Instant) -> Vec<u32> {
        for server in &mut self.servers {
            server.listen(now, &mut self.answered, &mut self.slow);
            server.lose_patience(now, &mut self.answered);
        }
        self.servers.retain_mut(|server| {
            let idle = !server.is_asked() && now >= server.heard + IDLE;
            // Dropping a child ends it. One that hangs is waited for.
            if server.stuck { !server.is_reaped() || !server.questions.is_empty() } else { !idle }
        });
        self.make_room();
        let mut running = self.running();
        for server in self.servers.iter_mut().filter(|server| server.is_asked() && !server.stuck) {
            let begins = server.child.is_none();
            if server.go_on(running < CHILDREN, now).is_err() {
                server.fail("cannot start a helper", &mut self.answered);
            }
            running += usize::from(begins && server.child.is_some());
        }
        if self.servers.is_empty() {
            self.servers = Vec::new();
        }
        std::mem::take(&mut self.answered)
    }

    fn running(&self) -> usize {
        self.servers.iter().filter(|server| server.child.is_some() && !server.stuck).count()
    }

    /// Ends a child that nobody asks if another mount waits for one.
    fn make_room(&mut self) {
        let waiting = self.servers.iter().any(|server| server.child.is_none() && server.is_asked());
        if waiting && self.running() >= CHILDREN {
            let spare =
                |server: &Server| server.child.is_some() && !server.stuck && server.questions.is_empty();
            if let Some(at) = self.servers.iter().position(spare) {
                self.servers.swap_remove(at);
            }
        }
    }

    /// Mounts that were slow since this was last asked.
    pub fn take_slow(&mut self) -> Vec<MountId> {
        std::mem::take(&mut self.slow)
    }

    /// When [`Asking::tick`] has something to do at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        let of = |server: &Server| match (server.stuck, server.is_asked()) {
            // The kernel tells of its end.
            (true, _) => None,
            (false, true) => Some(server.heard + PATIENCE),
            (false, false) => Some(server.heard + IDLE),
        };
        self.servers.iter().filter_map(of).min()
    }

    /// The sockets on which answers come.
    pub fn descriptors(&self) -> impl Iterator<Item = RawFd> + '_ {
        let talking = self.servers.iter().filter(|server| !server.stuck);
        talking.filter_map(|server| server.child.as_ref()).map(|child| child.output().as_raw_fd())
    }

    /// Is nobody asked, and no child there?
    pub fn is_idle(&self) -> bool {
        self.servers.is_empty()
    }
}

impl Server {
    /// Is an answer still to come?
    fn is_asked(&self) -> bool {
        self.questions.iter().any(|asked| asked.answer.is_none())
    }

    /// The end of a killed child: a mount that has let it go may be asked again.
    fn is_reaped(&mut self) -> bool {
        let gone = self.child.as_mut().is_none_or(|child| !matches!(child.try_wait(), Ok(None)));
        if gone {
            self.child = None;
            self.stuck = false;
        }
        gone
    }

    /// Sends what can be sent. `room`: another child may be started.
    fn go_on(&mut self, room: bool, now: Instant) -> io::Result<()> {
        if self.child.is_none() {
            if !room {
                // Its time begins when its turn comes.
                self.heard = now;
                return Ok(());
            }
            self.child = Some(serve_in_child(direct::serve)?);
            self.heard = now;
        }
        let Some(child) = &self.child else { return Ok(()) };
        for asked in self.questions.iter_mut().filter(|asked| !asked.sent && asked.answer.is_none()) {
            match child.send(&asked.question.encode(asked.number)) {
                Ok(()) => asked.sent = true,
                // Full, or gone; what it said last is still to be read, and its end as well.
                Err(_) => break,
            }
        }
        Ok(())
    }

    /// Takes what the child has said.
    fn listen(&mut self, now: Instant, answered: &mut Vec<u32>, slow: &mut Vec<MountId>) {
        if self.stuck {
            return;
        }
        let mut buffer = Vec::new();
        while let Some(child) = &self.child {
            // Only when there is something to read: most of the time there is not.
            buffer.resize(LONGEST_ANSWER + 1, 0);
            let length = match child.read(&mut buffer) {
                Ok(length @ 1..) => length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                _ => return self.fail("the helper ended without an answer", answered),
            };
            let said = Some(length).filter(|length| *length <= LONGEST_ANSWER);
            let said = said.and_then(|length| buffer.get(..length)).and_then(Said::decode);
            let next = self.questions.iter().position(|asked| asked.sent && asked.answer.is_none());
            let (Some(said), Some(next)) = (said, next) else {
                return self.fail("the helper made no sense", answered);
            };
            if self.questions.get(next).is_none_or(|asked| asked.number != said.number) {
                return self.fail("the helper made no sense", answered);
            }
            self.heard = now;
            if said.took > SLOW && !slow.contains(&self.mount) {
                slow.push(self.mount);
            }
            let result = match said.answer {
                Answer::Error(errno) => settled(Err(error_of(errno))),
                answer => Ok(answer),
            };
            match self.questions.get_mut(next).and_then(|asked| asked.asker.map(|asker| (asker, asked))) {
                Some((asker, asked)) => {
                    asked.answer = Some(result);
                    answered.push(asker);
                }
                None => drop(self.questions.remove(next)),
            }
        }
    }

    /// The child is of no use any more: it is ended, and what was asked fails.
    fn fail(&mut self, reason: &str, answered: &mut Vec<u32>) {
        self.child = None;
        self.answer_all(|| silence(reason), answered);
    }

    /// A child that has said nothing for too long is killed.
    fn lose_patience(&mut self, now: Instant, answered: &mut Vec<u32>) {
        if self.stuck || !self.is_asked() || now < self.heard + PATIENCE {
            return;
        }
        // One that has not been sent yet is still waiting for its turn.
        let Some(child) = &mut self.child else { return };
        child.kill();
        self.stuck = true;
        // Whoever waits has time to hear of it.
        self.heard = now;
        self.answer_all(no_answer, answered);
    }

    fn answer_all(&mut self, error: impl Fn() -> io::Error, answered: &mut Vec<u32>) {
        self.questions.retain(|asked| asked.asker.is_some());
        for asked in self.questions.iter_mut().filter(|asked| asked.answer.is_none()) {
            asked.answer = Some(Err(error()));
            answered.extend(asked.asker);
        }
    }
}

#[cfg(test)]
#[path = "asking_tests.rs"]
mod tests;

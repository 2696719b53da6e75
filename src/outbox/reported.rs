//! What is told of test messages: by those who deliver, and to who asked for them.

use super::destination::Destination;
use super::{Came, Outbox};

impl Outbox {
    /// What has become of a test message.
    pub fn came(&self, key: u64) -> Option<&Came> {
        self.trials.came(key)
    }

    /// Says what has become of it, if it is one.
    pub fn report(&mut self, key: u64, came: Came) {
        self.trials.report(key, came);
    }

    /// Says why this destination takes nothing now.
    pub fn report_delay(&mut self, destination: Destination, words: &str) {
        self.trials.delay(destination, words);
    }

    /// What was said of a test message before somebody asked for it once more.
    pub fn came_before(&self, key: u64) -> Option<&str> {
        self.trials.before(key)
    }

    /// Nobody wants to know any more what has become of those that do not wait.
    pub fn forget_trials(&mut self) {
        self.trials.forget_done();
    }
}

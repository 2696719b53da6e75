//! What makes a test the same test after a reload or a restart: all that is written in it, but not where.

use crate::config::{Condition, Digest, RestartLimit, Service, Test};
use std::fmt::{self, Write};

/// One key for each test of the service, the n-th of several equal tests with a key of its own.
pub(super) fn keys(service: &Service) -> Vec<u64> {
    let mut keys: Vec<u64> = Vec::with_capacity(service.tests.len());
    for test in &service.tests {
        let mut key = key(test);
        while keys.contains(&key) {
            key = key.wrapping_add(1);
        }
        keys.push(key);
    }
    keys
}

/// That of a restart limit, as the state file names it.
pub(super) fn of_limit(limit: &RestartLimit) -> u64 {
    let mut sum = Sum::default();
    sum.add(format!("limit.{}.{}", limit.restarts, limit.cycles).as_bytes());
    sum.0
}

/// From the number of a test to that of the same test in another version of the service.
pub(super) fn numbers(old: &Service, new: &Service) -> impl Fn(u16) -> Option<u16> + use<> {
    let new = keys(new);
    let find = |key: &u64| new.iter().position(|known| known == key).and_then(|at| u16::try_from(at).ok());
    let table: Vec<Option<u16>> = keys(old).iter().map(find).collect();
    move |from| table.get(usize::from(from)).copied().flatten()
}

fn key(test: &Test) -> u64 {
    let mut sum = Sum::default();
    // A checksum nobody wrote is what the file had when the control file was read, not part of the test.
    let computed = |digest: &Digest| !digest.given;
    let written = match &test.condition {
        Condition::Checksum(kind, Some(digest)) if computed(digest) => write!(sum, "Checksum({kind:?})"),
        condition => write!(sum, "{condition:?}"),
    };
    let rest = write!(sum, "{:?}{:?}{:?}{:?}", test.rate, test.then, test.recovery_rate, test.recovery);
    debug_assert!(written.is_ok() && rest.is_ok(), "a sum takes everything");
    sum.0
}

/// FNV-1a, 64 bits, of whatever is written to it.
#[derive(Debug)]
pub(super) struct Sum(pub(super) u64);

impl Default for Sum {
    fn default() -> Sum {
        Sum(0xcbf2_9ce4_8422_2325)
    }
}

impl Sum {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

impl Write for Sum {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.add(text.as_bytes());
        Ok(())
    }
}

//! Who sent wrong passwords lately has to wait before the next one is looked at, longer each time. Otherwise a program
//! finds a password by trying, and a digest that is dear to compute takes the loop's time.
//!
//! Waiting counts for an address and a user together: behind a proxy everybody has the same address, and who knows
//! his password should not wait for somebody who tries to be another one. The control socket asks for none.

use super::auth::Origin;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Wrong passwords in a row that cost nothing: people mistype.
const FREE: u32 = 3;
/// The first pause; the next ones are each twice as long.
const FIRST: Duration = Duration::from_millis(250);
/// The longest.
const LONGEST: Duration = Duration::from_secs(4);
/// After so long without another wrong one all is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(120);
/// So many are kept; the oldest make room.
const KEPT: usize = 64;

/// Addresses that one person can have many of count as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Neighbourhood {
    /// An address.
    V4([u8; 4]),
    /// A subscriber's IPv6 network.
    V6([u8; 8]),
    /// The unix socket.
    Unix,
    /// The control socket.
    Control,
}

impl Neighbourhood {
    /// Where that is.
    pub fn of(origin: Origin) -> Neighbourhood {
        match origin {
            Origin::Tcp(IpAddr::V4(v4)) => Neighbourhood::V4(v4.octets()),
            Origin::Tcp(IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
                Some(v4) => Neighbourhood::V4(v4.octets()),
                None => {
                    let [a, b, c, d, e, f, g, h, ..] = v6.octets();
                    Neighbourhood::V6([a, b, c, d, e, f, g, h])
                }
            },
            Origin::Unix => Neighbourhood::Unix,
            Origin::Control(_) => Neighbourhood::Control,
        }
    }
}

/// Whose password it is said to be: the number of a user, `None` for all that do not exist.
type User = Option<u16>;

/// The wrong passwords of late.
#[derive(Debug, Default)]
pub struct Failures(Vec<Failure>);

#[derive(Debug)]
struct Failure {
    near: Neighbourhood,
    user: User,
    count: u32,
    /// When the last one was sent.
    last: Instant,
}

impl Failure {
    fn until(&self) -> Instant {
        let pause = match self.count.checked_sub(FREE) {
            None => Duration::ZERO,
            Some(more) => FIRST.saturating_mul(1 << more.min(16)).min(LONGEST),
        };
        self.last + pause
    }
}

impl Failures {
    /// When the next password of this user may be looked at; `None`: now.
    pub fn wait(&self, near: Neighbourhood, user: User, now: Instant) -> Option<Instant> {
        let failure = self.0.iter().find(|failure| failure.near == near && failure.user == user);
        failure.map(Failure::until).filter(|until| *until > now)
    }

    /// It was wrong.
    pub fn add(&mut self, near: Neighbourhood, user: User, now: Instant) {
        self.0.retain(|failure| now.saturating_duration_since(failure.last) < FORGOTTEN);
        if let Some(failure) = self.0.iter_mut().find(|failure| failure.near == near && failure.user == user)
        {
            failure.count = failure.count.saturating_add(1);
            failure.last = now;
            return;
        }
        if self.0.len() >= KEPT {
            let oldest = (0..self.0.len()).min_by_key(|at| self.0.get(*at).map(|failure| failure.last));
            oldest.map(|at| self.0.swap_remove(at));
        }
        self.0.push(Failure { near, user, count: 1, last: now });
    }

    /// It was right: whoever it was knows it.
    pub fn forget(&mut self, near: Neighbourhood, user: User) {
        self.0.retain(|failure| failure.near != near || failure.user != user);
    }

    /// The users have other numbers.
    pub fn forget_all(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEAR: Neighbourhood = Neighbourhood::V4([192, 0, 2, 1]);

    #[test]
    fn pauses_grow_and_are_forgotten() {
        let (mut failures, mut now) = (Failures::default(), Instant::now());
        let begun = now;
        for _ in 0..1000 {
            now = failures.wait(NEAR, Some(0), now).unwrap_or(now);
            failures.add(NEAR, Some(0), now);
        }
        assert!(now - begun > Duration::from_secs(3900), "{:?}", now - begun);
        assert_eq!(failures.wait(NEAR, Some(0), now), Some(now + LONGEST));
        assert_eq!(failures.wait(NEAR, Some(1), now), None, "another user");
        assert_eq!(failures.wait(Neighbourhood::Unix, Some(0), now), None, "from elsewhere");
        failures.forget(NEAR, Some(0));
        assert_eq!(failures.wait(NEAR, Some(0), now), None);
    }

    #[test]
    fn a_few_cost_nothing_and_a_crowd_no_memory() {
        let (mut failures, now) = (Failures::default(), Instant::now());
        for _ in 1..FREE {
            failures.add(NEAR, None, now);
            assert_eq!(failures.wait(NEAR, None, now), None);
        }
        for address in 0..=255 {
            failures.add(Neighbourhood::V4([10, 0, 0, address]), None, now);
        }
        assert_eq!(failures.0.len(), KEPT);
    }
}

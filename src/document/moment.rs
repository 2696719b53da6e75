//! A moment, for people.

use crate::sys::localtime;
use std::time::SystemTime;

/// `2026-11-21 00:45:43`, local time.
pub fn moment(time: SystemTime) -> String {
    let t = localtime::local(localtime::unix_secs(time));
    format!("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", t.year, t.month, t.day, t.hour, t.minute, t.second)
}

//! What everybody on the machine can see of a process and of those below it, looked at again and again.

use super::support::stat_of;
use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Looks until it is told to end.
pub struct Watch {
    stop: Arc<AtomicBool>,
    child: Arc<AtomicBool>,
    looks: JoinHandle<BTreeSet<(String, Vec<u8>)>>,
}

impl Watch {
    /// Of this process.
    pub fn begin(top: i32) -> Watch {
        let stop = Arc::new(AtomicBool::new(false));
        let child = Arc::new(AtomicBool::new(false));
        let (end, met) = (stop.clone(), child.clone());
        let looks = std::thread::spawn(move || {
            let mut seen = BTreeSet::new();
            while !end.load(Ordering::Relaxed) {
                look(top, &mut seen);
                let is_met = seen.iter().any(|(what, _): &(String, Vec<u8>)| what == "environ of a child");
                met.store(is_met, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(3));
            }
            seen
        });
        Watch { stop, child, looks }
    }

    /// Was a child met yet? They live for milliseconds.
    pub fn has_met_a_child(&self) -> bool {
        self.child.load(Ordering::Relaxed)
    }

    /// All that was seen.
    pub fn end(self) -> Vec<(String, Vec<u8>)> {
        self.stop.store(true, Ordering::Relaxed);
        let seen = self.looks.join().expect("the looks");
        let children = seen.iter().filter(|(what, _)| what == "environ of a child").count();
        assert!(children > 0, "no child was seen");
        seen.into_iter().collect()
    }
}

fn look(top: i32, seen: &mut BTreeSet<(String, Vec<u8>)>) {
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        if pid != top && !is_below(pid, top) {
            continue;
        }
        let who = if pid == top { "the daemon" } else { "a child" };
        for name in ["cmdline", "environ", "comm"] {
            if let Ok(text) = fs::read(entry.path().join(name))
                && !text.is_empty()
            {
                seen.insert((format!("{name} of {who}"), text));
            }
        }
    }
}

fn is_below(pid: i32, top: i32) -> bool {
    let mut at = pid;
    for _ in 0..20 {
        match stat_of(at) {
            Some((_, parent)) if parent as i32 == top => return true,
            Some((_, parent)) if parent > 1 => at = parent as i32,
            _ => return false,
        }
    }
    false
}

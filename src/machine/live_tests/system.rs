//! The machine by uptime, free, vmstat, sysctl and the processors one by one.

use super::super::Host;
use super::super::facts::*;
use super::{near, tool};

fn container() -> bool {
    // A container may be told its own age, load and swap, which the tools read from the same file.
    std::path::Path::new("/.dockerenv").exists() || std::env::var_os("container").is_some()
}

#[test]
fn uptime_and_load_as_uptime_says() {
    let mut host = Host::new();
    let Some(text) = tool("uptime", &[]) else { return };
    let before = host.load().unwrap();
    let theirs: Vec<f64> = text
        .rsplit("load average: ")
        .next()
        .unwrap()
        .split(", ")
        .map(|word| word.trim().parse().unwrap())
        .collect();
    for (at, average) in before.into_iter().enumerate() {
        // The kernel renews it every 5 s.
        assert!((average - theirs[at]).abs() <= 0.2 * theirs[at] + 1.0, "{average} and {text}");
    }
    // `uptime -p` is in whole minutes: `up 1 week, 2 days, 3 hours, 4 minutes`.
    let Some(text) = tool("uptime", &["-p"]) else { return };
    let mut minutes = 0;
    let words: Vec<&str> =
        text.trim_start_matches("up ").split([' ', ',']).filter(|word| !word.is_empty()).collect();
    for pair in words.chunks(2) {
        let [count, unit] = pair else { continue };
        let count: u64 = count.parse().unwrap();
        minutes += count
            * match unit.trim_end_matches('s') {
                "year" => 525_600,
                "week" => 10_080,
                "day" => 1440,
                "hour" => 60,
                _ => 1,
            };
    }
    if !container() {
        let ours = host.uptime().unwrap() / 60;
        assert!(ours.abs_diff(minutes) <= 1, "{ours} and {text}");
    }
}

#[test]
fn swap_and_paging_as_free_and_vmstat_say() {
    let mut host = Host::new();
    let memory = host.memory().unwrap();
    if let Some(text) = tool("free", &["-b"]) {
        let line = text.lines().find_map(|line| line.strip_prefix("Swap:")).unwrap();
        let theirs: Vec<f64> = line.split_ascii_whitespace().map(|word| word.parse().unwrap()).collect();
        assert_eq!(memory.swap_total as f64, theirs[0]);
        assert!(near(memory.swap_used as f64, theirs[1], 0.1), "{memory:?} and {line}");
    }
    let counted = || {
        let text = tool("vmstat", &["-s"])?;
        let of = |what: &str| -> Option<u64> {
            let line = text.lines().find(|line| line.ends_with(what))?;
            line.split_ascii_whitespace().next()?.parse().ok()
        };
        Some((of("pages swapped in")?, of("pages swapped out")?))
    };
    let (before, ours) = (counted(), host.paging().ok());
    if let (Some(before), Some(ours), Some(after)) = (before, ours, counted()) {
        assert!((before.0..=after.0).contains(&ours.0) && (before.1..=after.1).contains(&ours.1));
    }
}

#[test]
fn open_files_as_sysctl_says() {
    let mut host = Host::new();
    let counted = || {
        let text = tool("sysctl", &["-n", "fs.file-nr"])?;
        Some(text.split_ascii_whitespace().map(|word| word.parse::<u64>().unwrap()).collect::<Vec<_>>())
    };
    let (Some(theirs), Ok(ours)) = (counted(), host.open_files()) else { return };
    assert_eq!(ours.maximum, theirs[2]);
    assert!(near(ours.allocated as f64, theirs[0] as f64, 0.5), "{ours:?} and {theirs:?}");
}

#[test]
fn processor_time_is_that_of_all_processors() {
    let mut host = Host::new();
    // One line per processor; guests are counted in user time.
    let alone = || -> Vec<u64> {
        let text = std::fs::read_to_string("/proc/stat").unwrap();
        let mut sums = vec![0; 10];
        for line in text.lines().filter(|line| line.starts_with("cpu") && !line.starts_with("cpu ")) {
            for (sum, word) in sums.iter_mut().zip(line.split_ascii_whitespace().skip(1)) {
                *sum += word.parse::<u64>().unwrap();
            }
        }
        sums
    };
    let before = alone();
    let ours: CpuTimes = host.cpu_times().unwrap();
    let after = alone();
    if host.memory().is_ok_and(|memory| memory.limited) {
        // Then the time may be that of a control group.
        return;
    }
    // The kernel sums nanoseconds and rounds once, we sum what was rounded: up to a tick per processor.
    let slack = u64::from(host.processors().unwrap()) + 1;
    let parts = [
        (ours.user + ours.guest, 0),
        (ours.nice + ours.guest_nice, 1),
        (ours.system, 2),
        (ours.idle, 3),
        (ours.hard_irq, 5),
        (ours.soft_irq, 6),
        (ours.steal, 7),
    ];
    for (part, at) in parts {
        assert!(
            (before[at]..=after[at] + slack).contains(&part),
            "{at}: {} <= {part} <= {}",
            before[at],
            after[at]
        );
    }
}

//! Looking for the process that a start, a stop or a restart is about, and letting go on what a signal has stopped.

use super::turn::Turn;
use crate::machine::ProcessStat;
use crate::reactor::children::ChildId;
use crate::service_test::Identity;
use crate::sys::process::CONT;
use std::time::Duration;

/// When an answer that is still to come is asked for again, should nobody be woken by it.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Most processes of a service that are looked at when they are to go on.
const LARGEST_FAMILY: usize = 256;

/// The pauses between looks for the process, in milliseconds; the last one repeats.
const PAUSES: [u64; 7] = [50, 50, 100, 200, 400, 800, 1000];

/// The pause after so many looks.
pub(super) fn pause(looks: usize) -> Duration {
    Duration::from_millis(PAUSES.get(looks).or(PAUSES.last()).copied().unwrap_or(1000))
}

/// The number and start of a program that was started.
pub(super) fn identify(child: ChildId, turn: &mut Turn<'_>) -> Option<Identity> {
    let pid = turn.world.child_pid(child)?;
    let stat = stat_of(pid, turn)?;
    Some(Identity { pid, start: stat.start })
}

/// A process that a signal has stopped would not obey, and its stopped descendants would outlive it with all they hold:
/// a port, a lock. They go on first.
pub(super) fn let_go_on(process: Option<Identity>, turn: &mut Turn<'_>) {
    let Some(process) = process else { return };
    let Some(first) = stat_of(process.pid, turn).filter(|stat| stat.start == process.start) else { return };
    let mut family = vec![first];
    let mut next = 0;
    while let (Some(parent), true) = (family.get(next).copied(), family.len() < LARGEST_FAMILY) {
        let mut children = Vec::new();
        // Without the kernel's help only the process itself is found.
        let _ = turn.world.facts().children_of(parent.pid, parent.threads, &mut children);
        let of_it = |stat: &ProcessStat| stat.ppid == parent.pid;
        family.extend(children.iter().filter_map(|child| stat_of(*child, turn)).filter(of_it));
        next += 1;
    }
    for stopped in family.iter().rev().filter(|stat| stat.stopped) {
        turn.world.signal(Identity { pid: stopped.pid, start: stopped.start }, CONT, false);
    }
}

/// Has a signal stopped this very process?
pub(super) fn is_stopped(process: Option<Identity>, turn: &mut Turn<'_>) -> bool {
    process.is_some_and(|process| {
        stat_of(process.pid, turn).is_some_and(|stat| stat.start == process.start && stat.stopped)
    })
}

fn stat_of(pid: i32, turn: &mut Turn<'_>) -> Option<ProcessStat> {
    turn.world.facts().process_stat(pid).ok()
}

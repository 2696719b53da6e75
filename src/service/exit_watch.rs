//! Watching the end of processes (`set exitwatch`, our extension): the service is checked a short delay after its process
//! has ended instead of with the next cycle.
//!
//! And patience with parents: a process that has just ended is a zombie until its parent has taken note. Only one that
//! stays so is worth telling; of the others it matters that they are gone.

use super::one::One;
use super::turn::Turn;
use super::world::Watch;
use crate::config::{EventKind, ExitWatch};
use crate::log::Level;
use crate::reactor::Now;
use crate::service_test::{Identity, Measured, Presence, Report};
use std::time::Duration;

/// How often a check is put off because the parent has not yet taken note of the end: a zombie would be reported
/// instead of what matters. The pauses double from the first, which is short: a parent that waits takes note at once.
/// All together they are about a second.
const PATIENCE: u8 = 10;
const FIRST_PAUSE: Duration = Duration::from_millis(1);

impl One<'_> {
    fn exitwatch(&self) -> Option<ExitWatch> {
        self.service.exitwatch.or(self.config.settings.exitwatch)
    }

    /// After a check: watch the process found, if that is wanted and it is not watched yet.
    pub(super) fn watch_exit(&mut self, found: Option<Identity>, turn: &mut Turn<'_>) {
        let setting = self.exitwatch().filter(|setting| setting.on);
        let wanted = found.filter(|_| setting.is_some() && self.unit.monitoring.is_on());
        if self.unit.watch.map(|(known, _)| known) == wanted {
            return;
        }
        if let Some((_, watch)) = self.unit.watch.take() {
            turn.world.unwatch(watch);
        }
        let (Some(process), Some(setting)) = (wanted, setting) else { return };
        match turn.world.watch(process) {
            Watch::On(watch) => self.unit.watch = Some((process, watch)),
            Watch::Gone => self.recheck_at(turn.now.mono + setting.delay, Some(0)),
            Watch::Unsupported if !self.common.watch_told => {
                self.common.watch_told = true;
                let text = format_args!(
                    "The end of processes cannot be watched on this kernel, it is noticed with the next cycle"
                );
                turn.world.log(Level::Warning, text);
            }
            // The next check tries again.
            Watch::Unsupported | Watch::NotNow => {}
        }
    }

    /// Its process, which was watched, has ended.
    pub(super) fn exited(&mut self, now: Now) {
        self.unit.watch = None;
        let delay = self.exitwatch().map_or(Duration::ZERO, |setting| setting.delay);
        self.recheck_at(now.mono + delay, Some(0));
    }

    /// A check found a zombie: is that news, so that it is better looked at once more before it is told?
    pub(super) fn waits_for_the_reaper(&mut self, report: &Report, of_job: bool, turn: &Turn<'_>) -> bool {
        let zombie = matches!(&self.unit.memory.measured, Measured::Process(process) if process.zombie);
        let found = report.presence == Presence::Present;
        let waits =
            zombie && found && !of_job && !self.unit.patient && !self.unit.builtin_failed(EventKind::Data);
        self.unit.patient = waits;
        if waits {
            self.recheck_at(turn.now.mono + FIRST_PAUSE, Some(0));
        }
        waits
    }

    /// Makes a check out of turn due whose time has come. `true` if so.
    pub(super) fn recheck_is_due(&mut self, turn: &mut Turn<'_>) -> bool {
        let now = turn.now.mono;
        let Some(recheck) = self.unit.recheck.filter(|recheck| now >= recheck.at) else { return false };
        self.unit.recheck = None;
        if !self.unit.monitoring.is_on() {
            return false;
        }
        if let Some(tries) = recheck.exit.filter(|tries| *tries < PATIENCE) {
            let pid = self.unit.memory.identity().map_or(0, |identity| identity.pid);
            if turn.world.facts().process_stat(pid).is_ok_and(|process| process.zombie) {
                self.recheck_at(now + FIRST_PAUSE * (1 << tries), Some(tries + 1));
                return false;
            }
        }
        let news = !self.unit.wanted;
        self.want();
        news
    }
}

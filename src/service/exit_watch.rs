//! Watching the end of processes (`set exitwatch`, our extension): the service is checked a short delay after its process
//! has ended instead of with the next cycle.
//!
//! And patience with parents: a process that has just ended is a zombie until its parent has taken note. Only one that
//! stays so is worth telling; of the others it matters that they are gone.

use super::unit::is_process;
use super::{Services, Watch, WatchId, World};
use crate::config::EventKind;
use crate::log::Level;
use crate::reactor::Now;
use crate::service_test::{Identity, Measured, Presence, Report};
use std::time::Duration;

/// How often a check is put off because the parent has not yet taken note of the end: a zombie would be reported
/// instead of what matters. The pauses double from the first, which is short: a parent that waits takes note at once.
/// All together they are about a second.
const PATIENCE: u8 = 10;
const FIRST_PAUSE: Duration = Duration::from_millis(1);

impl Services {
    /// After a check: watch the process found, if that is wanted and it is not watched yet.
    pub(super) fn watch_exit(
        &mut self,
        index: u32,
        found: Option<Identity>,
        now: Now,
        world: &mut dyn World,
    ) {
        let service = &self.config.services[index as usize];
        let setting = service.exitwatch.or(self.config.settings.exitwatch).filter(|setting| setting.on);
        let wanted = found.filter(|_| setting.is_some() && self.units[index as usize].monitored);
        let unit = &mut self.units[index as usize];
        if unit.watch.map(|(known, _)| known) == wanted {
            return;
        }
        if let Some((_, watch)) = unit.watch.take() {
            world.unwatch(watch);
        }
        let (Some(process), Some(setting)) = (wanted, setting) else { return };
        match world.watch(process) {
            Watch::On(watch) => unit.watch = Some((process, watch)),
            Watch::Gone => self.recheck_at(index, now.mono + setting.delay, Some(0)),
            Watch::Unsupported if !self.watch_told => {
                self.watch_told = true;
                let text = format_args!(
                    "The end of processes cannot be watched on this kernel, it is noticed with the next cycle"
                );
                world.log(Level::Warning, text);
            }
            // The next check tries again.
            Watch::Unsupported | Watch::NotNow => {}
        }
    }

    /// A watched process has ended.
    pub fn watched_exit(&mut self, watch: WatchId, now: Now) {
        let ours = |unit: &super::Unit| unit.watch.is_some_and(|(_, known)| known == watch);
        let Some(at) = self.units.iter().position(ours) else { return };
        self.units[at].watch = None;
        let setting = self.config.services[at].exitwatch.or(self.config.settings.exitwatch);
        let delay = setting.map_or(Duration::ZERO, |setting| setting.delay);
        if let Ok(index) = u32::try_from(at) {
            self.recheck_at(index, now.mono + delay, Some(0));
        }
    }

    /// A check found a zombie: is that news, so that it is better looked at once more before it is told?
    pub(super) fn waits_for_the_reaper(
        &mut self,
        index: u32,
        report: &Report,
        of_job: bool,
        now: Now,
    ) -> bool {
        let service = &self.config.services[index as usize];
        let unit = &mut self.units[index as usize];
        let zombie = matches!(&unit.memory.measured, Measured::Process(process) if process.zombie);
        let found = report.presence == Presence::Present;
        let news = is_process(service) && found && !of_job && zombie && !unit.builtin_failed(EventKind::Data);
        let waits = news && !unit.patient;
        unit.patient = waits;
        if waits {
            self.recheck_at(index, now.mono + FIRST_PAUSE, Some(0));
        }
        waits
    }

    /// Makes a check out of turn due whose time has come. `true` if so.
    pub(super) fn recheck_is_due(&mut self, index: u32, now: Now, world: &mut dyn World) -> bool {
        let unit = &mut self.units[index as usize];
        let Some(recheck) = unit.recheck.filter(|recheck| now.mono >= recheck.at) else { return false };
        unit.recheck = None;
        if !unit.monitored {
            return false;
        }
        if let Some(tries) = recheck.exit.filter(|tries| *tries < PATIENCE) {
            let pid = unit.memory.identity().map_or(0, |identity| identity.pid);
            if world.facts().process_stat(pid).is_ok_and(|process| process.zombie) {
                self.recheck_at(index, now.mono + FIRST_PAUSE * (1 << tries), Some(tries + 1));
                return false;
            }
        }
        let news = !unit.wanted;
        unit.wanted = true;
        news
    }
}

//! The end of a machine whose process 1 we are: the services are stopped before everything is killed.

use crate::log::Level;
use crate::reactor::Now;
use crate::service::request::{Request, Wish};
use crate::service::unit::is_process;
use crate::service::{Services, World};

impl Services {
    /// Stops every service that can be stopped, dependants before what they depend on, strangers side by side. From now
    /// on nothing is checked and nobody is obeyed. It is done when [`Services::acting`] says so; what the state file
    /// should hold is to be asked before.
    pub fn stop_all(&mut self, now: Now, world: &mut dyn World) {
        self.ending = true;
        self.clockwork.halt();
        self.queue.clear();
        (0..self.len()).for_each(|index| self.cancel_check(index, now, world));
        for job in &mut self.jobs {
            job.cut_off(now);
        }
        let stoppable = |index: &u32| {
            let at = *index as usize;
            let (service, unit) = (&self.config.services[at], &self.units[at]);
            service.stop.is_some() && (unit.monitored || is_process(service))
        };
        let roots: Vec<u32> = (0..self.len()).filter(stoppable).collect();
        let parts = self.related(Wish::Stop, roots);
        self.queue.extend(parts.into_iter().map(|roots| Request { wish: Wish::Stop, roots, by_user: true }));
        self.go_on_with_jobs(now, world);
    }

    /// Names what [`Services::stop_all`] has not stopped in time.
    pub fn tell_unstopped(&self, world: &mut dyn World) {
        for index in 0..self.len() {
            if self.pending(index).is_some() {
                self.say(index, Level::Error, "not stopped in time", world);
            }
        }
    }
}

impl super::Job {
    /// Takes no further step, and waits no longer for a process to come or go.
    fn cut_off(&mut self, now: Now) {
        self.steps.clear();
        if let Some(run) = &mut self.run {
            run.cut_short(now.mono);
        }
    }
}

//! Programs, watches and news in the scripted world.

use super::{Change, Fake, PROGRAMS, Running, Script};
use crate::config::{Service, Tls};
use crate::event::Event;
use crate::log::Level;
use crate::machine::ProcessStat;
use crate::reactor::Now;
use crate::reactor::children::{ChildId, Limits};
use crate::service::{Listener, Probe, ProbeId, Watch, WatchId, World};
use crate::service_test::{Facts, Identity};
use crate::sys::process::{CONT, KILL};
use crate::sys::spawn::Program;
use std::fmt;
use std::io;

impl World for Fake {
    fn facts(&mut self) -> &mut dyn Facts {
        self
    }

    fn listener(&mut self) -> Option<&mut dyn Listener> {
        self.ear.as_mut().map(|ear| ear as &mut dyn Listener)
    }

    fn room(&self) -> usize {
        self.room.saturating_sub(self.events.len())
    }

    fn late(&mut self) -> bool {
        self.asked_late += 1;
        self.late_after.is_some_and(|count| self.asked_late > count)
    }

    fn log(&mut self, level: Level, text: fmt::Arguments<'_>) {
        self.log.push((level, text.to_string()));
    }

    fn verbose(&self) -> bool {
        !self.quiet
    }

    fn start(&mut self, program: &Program<'_>, limits: Limits, now: Now) -> io::Result<ChildId> {
        let call = program.argv.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
        self.look_for_early_start(&call);
        self.calls.push(call.clone());
        self.environments.push(program.environment.to_vec());
        let script = self.scripts.get(&call).cloned().unwrap_or(Script::exits(0));
        if script.missing {
            return Err(io::Error::from(io::ErrorKind::NotFound));
        }
        self.last += 1;
        let id = ChildId::scripted(self.last);
        let service = call.split_once(' ').map(|(_, name)| name);
        let same = |run: &&Running| {
            let its = run.call.split_once(' ').map(|(_, name)| name);
            service.is_some() && its == service && !run.is_service
        };
        let others = self.running.iter().filter(same).map(|run| format!("{call} beside {}", run.call));
        self.beside.extend(others.collect::<Vec<_>>());
        let pid = if script.is_service { self.last_pid + 1 } else { PROGRAMS + self.last as i32 };
        self.running.push(Running {
            id,
            ends: script.takes.map(|takes| now.mono + takes),
            deadline: limits.timeout.map(|timeout| now.mono + timeout),
            status: script.status,
            stderr: script.stderr,
            forgotten: false,
            pid,
            call,
            is_service: script.is_service,
            stubborn: script.stubborn,
        });
        if !script.is_service {
            let stat =
                ProcessStat { pid, ppid: 1, group: pid, start: self.hundredths(), ..ProcessStat::default() };
            self.processes.insert(pid, stat);
        }
        let spawn = script.spawns.map(|(name, after)| {
            (now.mono + after, Change::Spawn(name, pid, script.in_group, script.is_parent))
        });
        let kill = script.kills.map(|(name, after)| (now.mono + after, Change::Kill(name)));
        self.changes.extend(kill.into_iter().chain(spawn));
        Ok(id)
    }

    fn child_pid(&self, child: ChildId) -> Option<i32> {
        self.running.iter().find(|run| run.id == child).map(|run| run.pid)
    }

    fn child_output(&self, child: ChildId) -> Vec<u8> {
        let run = self.running.iter().find(|run| run.id == child);
        run.map(|run| run.stderr.as_bytes().to_vec()).unwrap_or_default()
    }

    fn signal(&mut self, process: Identity, signal: i32, group: bool) {
        self.signals.push((process.pid, signal, group));
        if signal == CONT {
            self.processes.entry(process.pid).and_modify(|stat| stat.stopped = false);
            return;
        }
        for run in self.running.iter_mut().filter(|run| run.pid == process.pid) {
            if signal == KILL || !run.stubborn {
                run.ends = Some(self.now.mono);
                run.status = 128 + signal;
            }
        }
        if group {
            self.processes.retain(|pid, stat| stat.group != process.pid || *pid >= PROGRAMS);
            let dies = |change: &Change| matches!(change, Change::Spawn(_, program, true, _) if *program == process.pid);
            self.changes.retain(|(_, change)| !dies(change));
        }
    }

    fn stop_child(&mut self, child: ChildId, now: Now) {
        if let Some(run) = self.running.iter_mut().find(|run| run.id == child) {
            run.ends = Some(now.mono);
        }
    }

    fn forget_child(&mut self, child: ChildId) {
        if let Some(run) = self.running.iter_mut().find(|run| run.id == child) {
            run.forgotten = true;
            run.deadline = None;
        }
    }

    fn start_probe(&mut self, _: Probe<'_>, _: &Service, _: &Tls, _: Now) -> Option<ProbeId> {
        self.last += 1;
        Some(ProbeId(self.last))
    }

    fn stop_probe(&mut self, _: ProbeId) {}

    fn deliver(&mut self, event: Event) {
        self.moments.push(self.log.len());
        self.events.push(event);
    }

    fn watch(&mut self, process: Identity) -> Watch {
        if !self.watching {
            return Watch::Unsupported;
        }
        if self.processes.get(&process.pid).is_none_or(|known| known.start != process.start) {
            return Watch::Gone;
        }
        self.last += 1;
        self.watches.push((WatchId(self.last), process));
        Watch::On(WatchId(self.last))
    }

    fn unwatch(&mut self, watch: WatchId) {
        self.watches.retain(|(id, _)| *id != watch);
    }
}

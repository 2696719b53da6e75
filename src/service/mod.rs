//! Services at run time: cycle, checks in flight, actions and dependencies, schedule, state file, reload.

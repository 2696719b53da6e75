//! The poll(2) loop: readiness, timers, signals, child programs, the clock.

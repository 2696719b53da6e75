//! Log sinks: file, syslog that never blocks, console.

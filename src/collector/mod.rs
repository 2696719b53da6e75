//! M/Monit.

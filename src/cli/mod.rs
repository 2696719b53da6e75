//! The command line: options, actions, the client of a running daemon, digests, procmatch.
//!
//! What the daemon does is in [`crate::daemon`]; what a control file means is in [`crate::control`].

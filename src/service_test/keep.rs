//! What must survive a restart of the monitor, handed out name by name: most checks only want to know whether it is the
//! same as before, and nothing is made for them.

use std::fmt::Arguments;

/// Takes the name and the value of one thing.
pub type Keep<'a> = dyn FnMut(Arguments<'_>, Arguments<'_>) + 'a;

//! Checks on a scripted machine: what a user reads in the log and is alerted about.

mod content;
mod evidence;
mod file;
mod filesystem;
mod folder;
mod heartbeat;
mod live_files;
mod network;
mod probes;
mod process;
mod program;
mod readings;
mod shortage;
mod system;
mod unreadable;
mod world;

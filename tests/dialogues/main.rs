//! The dialogues of connection tests against written transcripts: what the control file says goes in at one end, what the
//! server says at the other, cut at every byte. No socket.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod generic;
mod hostile;
mod http;
mod lines;
mod mail;
mod small;
mod stage;
mod web;

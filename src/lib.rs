//! monit-rs: keeps the services of one small machine alive, and speaks Monit.
//!
//! The house, in the order data flows through it:
//!
//! | room | what happens there |
//! |---|---|
//! | [`cli`] | the command line; starts the daemon or talks to a running one |
//! | [`control`] | the control file's text becomes a [`config`] |
//! | [`service`] | the cycle: which checks are due, actions, dependencies, state file |
//! | [`service_test`] | measures and gives a verdict, one file per test type |
//! | [`event`] | verdicts become state changes, alerts and actions |
//! | [`outbox`], [`mail`], [`webhook`], [`mmonit`] | what waits for delivery; deliver alerts |
//! | [`noise`] | of several events one message, and none where none is wanted |
//! | [`heartbeat`] | tells somebody elsewhere that the daemon lives |
//! | [`protocol`], [`probe`] | network dialogues without a socket, and what drives them |
//! | [`tls`] | secure connections, to servers and from clients |
//! | [`history`] | the last events and readings, in two small files |
//! | [`document`] | what is known of the services, as text, XML, JSON and metrics |
//! | [`httpd`] | the interface for people and tools |
//! | [`daemon`], [`reactor`] | the poll loop and everything on it |
//! | [`regex`] | patterns, matched without ever taking long |
//! | [`log`], [`machine`], [`sys`] | log sinks, facts of this machine, the only unsafe code |
//! | [`gzip`] | packs answers to clients and the documents of M/Monit |
//! | [`digest`] | checksums, for files and for dialogues |
//!
//! Who may import whom is enforced by `tests/layers.rs`; the reasons are in `doc/DESIGN.md`.

pub mod cli;
pub mod config;
pub mod control;
pub mod daemon;
pub mod digest;
pub mod document;
pub mod event;
pub mod gzip;
pub mod heartbeat;
pub mod history;
pub mod httpd;
pub mod log;
pub mod machine;
pub mod mail;
pub mod mmonit;
pub mod noise;
pub mod outbox;
pub mod probe;
pub mod protocol;
pub mod reactor;
pub mod regex;
pub mod service;
pub mod service_test;
pub mod sys;
pub mod tls;
pub mod webhook;

/// The Monit that this one is to clients, agents and scripts.
pub const MONIT_VERSION: &str = "6.1.0";

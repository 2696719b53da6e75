//! The HTTP interface: how command line clients, scripts and browsers see the services and order about.
//!
//! A request goes through these rooms, and each can be read alone:
//!
//! | file | what happens there |
//! |---|---|
//! | [`listener`], `doors` | doors: the control socket, the unix socket, the TCP port; which are open |
//! | `certificate` | what clients within TLS are shown, read by a helper |
//! | `crowd` | who is connected, and who goes when there are too many |
//! | `stream` | the bytes of one client, plain or within TLS |
//! | [`connection`] | one client, its deadlines |
//! | [`codec`], [`form`], `refusal` | bytes become a request; no socket, no clock |
//! | [`auth`], `foreign`, `backoff` | may this client do that, and may it try again already? |
//! | [`password`], [`md5_crypt`], `helpers` | is this the user's password? |
//! | [`route`], `asked`, [`choosing`] | which path, which services |
//! | `page` | the paths of pages |
//! | `error_page` | errors, for programs and for people |
//! | `api` | the paths for programs: JSON, metrics |
//! | `past` | the paths of the last events |
//! | [`site`] | the seam to the services: views out, orders in |
//! | [`crate::document`] | the answers' bodies: text, XML |
//! | [`response`], `token`, `packed` | status line, headers, error pages; the token of forms; gzip |
//!
//! [`Httpd`] keeps all of it on the loop: bounded in clients, bytes and time, so that nobody outside can delay a check
//! or another client. What is ordered here is carried out by [`crate::service`]; the client's half is
//! the command line's.

mod api;
mod asked;
pub mod auth;
mod backoff;
mod beat;
mod certificate;
mod chatter;
pub mod choosing;
pub mod codec;
pub mod connection;
mod crowd;
mod doors;
mod error_page;
mod foreign;
pub mod form;
#[cfg(test)]
mod golden_tests;
mod helpers;
pub mod listener;
mod live_site;
pub mod md5_crypt;
mod packed;
mod page;
pub mod password;
mod past;
mod refusal;
pub mod reply;
mod response;
pub mod route;
#[cfg(test)]
mod scripted;
mod server;
mod silences;
pub mod site;
mod stream;
mod test_alert;
mod token;
mod unfinished;

pub use listener::Problem;
pub use live_site::{LiveSite, Silencing};
pub use server::Httpd;

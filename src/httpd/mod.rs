//! The HTTP interface: codec, connections, authentication, routes, pages.

pub mod auth;
pub mod codec;
pub mod connection;
mod context;
pub mod form;
#[cfg(test)]
mod golden_tests;
pub mod listener;
pub mod md5_crypt;
pub mod pattern;
pub mod response;
pub mod route;
#[cfg(test)]
mod scripted;
mod server;
pub mod site;
pub mod text;

pub use context::Context;
pub use listener::Problem;
pub use server::Httpd;

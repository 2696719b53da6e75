//! The HTTP interface: codec, connections, authentication, routes, pages.

pub mod auth;
pub mod codec;
pub mod form;
pub mod md5_crypt;
pub mod response;
pub mod text;

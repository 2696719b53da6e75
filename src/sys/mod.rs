//! The only place with `unsafe`: system calls that neither std nor nix offers safely.
//!
//! Every function here is safe to call and owns its resources.
#![allow(unsafe_code)]

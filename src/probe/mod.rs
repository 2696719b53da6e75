//! Drives protocols over real connections: name resolution, connect, TLS, deadlines, retries.

//! `set limits { … }`.

use std::time::Duration;

/// Sizes in bytes (1 to 2147483647) and times; they hold for what follows them in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Limits {
    pub program_output: u32,
    pub send_expect_buffer: u32,
    pub file_content_buffer: u32,
    pub http_content_buffer: u32,
    pub network_timeout: Duration,
    pub program_timeout: Duration,
    pub stop_timeout: Duration,
    pub start_timeout: Duration,
    pub restart_timeout: Duration,
    /// Zero: no limit.
    pub exec_timeout: Duration,
    /// How long services are stopped at the end of a monitor that is process 1.
    pub shutdown_timeout: Duration,
    /// Connection and ping tests at once.
    pub connection_tests: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            program_output: 512,
            send_expect_buffer: 256,
            file_content_buffer: 512,
            http_content_buffer: 1024 * 1024,
            network_timeout: Duration::from_secs(5),
            program_timeout: Duration::from_secs(300),
            stop_timeout: Duration::from_secs(30),
            start_timeout: Duration::from_secs(30),
            restart_timeout: Duration::from_secs(30),
            exec_timeout: Duration::ZERO,
            // A container is usually given 10 s to end.
            shutdown_timeout: Duration::from_secs(8),
            connection_tests: 256,
        }
    }
}

//! What a test of an HTTP answer can see.

use super::super::findings::Findings;
use crate::config::{Condition, Config};

/// What stands in the head of an answer and hardly ever in its body.
const HEADERS: &[&str] = &[
    "http/1",
    "http/2",
    "cache-control:",
    "content-encoding:",
    "content-length:",
    "content-type:",
    "etag:",
    "location:",
    "server:",
    "set-cookie:",
    "strict-transport-security",
    "transfer-encoding:",
    "www-authenticate",
    "x-powered-by",
];

/// `content` is matched with the body alone.
pub fn advise(config: &Config, found: &mut Findings) {
    for test in config.services.iter().flat_map(|service| &service.tests) {
        let Condition::Connection(connection) = &test.condition else { continue };
        let Some(content) = &connection.content else { continue };
        let pattern = content.pattern.to_ascii_lowercase();
        let Some(header) = HEADERS.iter().find(|header| pattern.contains(*header)) else { continue };
        found.advice(
            Some(test.place),
            format!("'content' sees the body of the answer and never its headers, where '{header}' stands"),
            Some(
                "test the status with 'status = 200', the body with 'content'; there is no test of headers"
                    .to_owned(),
            ),
        );
    }
}

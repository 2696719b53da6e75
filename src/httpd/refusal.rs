//! Why what came in is no request.

use std::fmt;

/// Why a request cannot be served at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The request line makes no sense.
    Malformed,
    /// The request line is longer than [`super::codec::REQUEST_LINE`].
    LongTarget,
    /// A header we need is longer than [`super::codec::KEPT_HEADER`], or all are longer than [`super::codec::HEADERS`].
    LongHeaders,
    /// The body has no length, a wrong one, or is too long.
    Parameters,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::Malformed => "Cannot parse request",
            Refusal::LongTarget => "[error] URL too long",
            Refusal::LongHeaders => "[error] headers too long",
            Refusal::Parameters => "Cannot parse Request parameters",
        })
    }
}

//! What can be wrong with a pattern, in the sentences of the C library: scripts and people know them.

use std::fmt;

/// Why a pattern is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// Nothing stands between the brackets.
    Pattern,
    /// `[[.long-name.]]`: the C locale knows no elements of several characters.
    Collation,
    /// `[[:nonsense:]]`.
    ClassName,
    /// A backslash at the end.
    Escape,
    /// `\1` before the first group has ended.
    BackReference,
    /// A bracket expression without end.
    Bracket,
    /// A group without end.
    Parenthesis,
    /// `a{1`.
    Brace,
    /// `a{x}`, `a{2,1}`.
    Interval,
    /// `[b-a]`, `[a-[:digit:]]`.
    Range,
    /// `*a`, `a|*b`, `^*`: nothing is repeated.
    Repetition,
    /// `a{32768}`.
    TooBig,
    /// C strings cannot hold it.
    Nul,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Wrong::Pattern => "Invalid regular expression",
            Wrong::Collation => "Invalid collation character",
            Wrong::ClassName => "Invalid character class name",
            Wrong::Escape => "Trailing backslash",
            Wrong::BackReference => "Invalid back reference",
            Wrong::Bracket => "Unmatched [, [^, [:, [., or [=",
            Wrong::Parenthesis => "Unmatched ( or \\(",
            Wrong::Brace => "Unmatched \\{",
            Wrong::Interval => "Invalid content of \\{\\}",
            Wrong::Range => "Invalid range end",
            Wrong::Repetition => "Invalid preceding regular expression",
            Wrong::TooBig => "Regular expression too big",
            Wrong::Nul => "a NUL byte in a regular expression",
        })
    }
}

//! Words that look as if a shell would read a command: no shell does.

use crate::control::diagnostic::Fault;
use crate::control::parser::Parser;
use crate::control::token::Token;

/// Signs that stand for themselves as words of their own.
const SIGNS: &[&[u8]] = &[
    b">", b">>", b"<", b"<<", b"<<<", b"|", b"||", b"&&", b"&", b";", b"2>", b"2>>", b"&>", b">&", b"2>&1",
    b"1>&2",
];

/// The same stuck to a file.
const REDIRECTIONS: &[&[u8]] = &[b">/", b">>/", b"</", b"2>/", b"2>>/", b"&>/"];

/// Programs that read such signs, or patterns, themselves.
const READERS: &[&[u8]] = &[
    b"find", b"rsync", b"tar", b"zip", b"unzip", b"grep", b"egrep", b"ssh", b"scp", b"expr", b"test", b"[",
    b"jq", b"awk", b"gawk", b"sed",
];

/// Looks at the words of one command as they are read.
pub(super) struct Words {
    /// The program reads signs and patterns itself.
    reads: bool,
    /// One remark for each command.
    said: bool,
}

impl Words {
    /// For a command that begins with this program.
    pub(super) fn of(program: &[u8]) -> Words {
        let name = program.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        Words { reads: READERS.contains(&name), said: false }
    }

    /// The next argument.
    pub(super) fn argument(&mut self, parser: &mut Parser, token: &Token) {
        let text = token.bytes();
        if self.said || self.reads {
            return;
        }
        let sign = SIGNS.contains(&text) || REDIRECTIONS.iter().any(|start| text.starts_with(start));
        let ends = text.len() > 1 && text.ends_with(b";") && !text.ends_with(b"\\;");
        // A text with blanks is meant for somebody who reads it.
        let one_word = !text.iter().any(u8::is_ascii_whitespace);
        let substitution = one_word && (text.starts_with(b"$(") || text.first() == Some(&b'`'));
        let fault = if sign || one_word && (ends || substitution) {
            Fault::ShellSyntax
        } else if one_word
            && text.first() == Some(&b'/')
            && text.iter().any(|byte| matches!(byte, b'*' | b'?'))
        {
            Fault::PatternAsArgument
        } else {
            return;
        };
        self.said = true;
        parser.advice(fault, &token.span);
    }
}

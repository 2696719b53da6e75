//! Coloured, boxed text to plain text, and when that is wanted.
//!
//! The text itself is rendered by the daemon; its clients take away what their output cannot show.

use std::io::IsTerminal;

/// Whether output must be plain: `-B`, `set terminal batch`, no terminal, a dumb one, or `NO_COLOR`.
pub fn plain(batch: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    decide(
        batch || set("NO_COLOR"),
        std::io::stdout().is_terminal(),
        std::env::var("TERM").ok().as_deref(),
        std::env::var_os("COLORTERM").is_some(),
    )
}

/// Whether standard error shows colours.
pub fn colour_on_stderr() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !decide(
        set("NO_COLOR"),
        std::io::stderr().is_terminal(),
        std::env::var("TERM").ok().as_deref(),
        std::env::var_os("COLORTERM").is_some(),
    )
}

fn decide(batch: bool, terminal: bool, term: Option<&str>, colorterm: bool) -> bool {
    batch || !terminal || !(colorterm || term.is_some_and(|t| !t.is_empty() && t != "dumb"))
}

/// Takes away escape sequences and box characters. Lines of nothing else vanish; the columns of the others stay where
/// they are.
pub fn strip(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let start = out.len();
        let mut boxed = false;
        let mut rest = line.chars();
        while let Some(c) = rest.next() {
            match c {
                '\x1b' => skip_escape(&mut rest),
                '\u{2500}'..='\u{257f}' => boxed = true,
                c => out.push(c),
            }
        }
        if boxed && out.get(start..).is_some_and(|kept| kept.trim_end_matches(['\n', '\r']).is_empty()) {
            out.truncate(start);
        }
    }
    out
}

/// Behind ESC: a control sequence up to its final byte, or the one character of a short one.
fn skip_escape(rest: &mut std::str::Chars<'_>) {
    if rest.next() == Some('[') {
        for c in rest {
            if ('\x40'..='\x7e').contains(&c) {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_and_colours_go_and_columns_stay() {
        let boxed = "Monit 6.1.0 uptime: 12m\n\
            \x1b[0;90m┌──────┬────┐\x1b[0m\n\
            \x1b[0;90m│\x1b[0m \x1b[1;36mName\x1b[0m \x1b[0;90m│\x1b[0m \x1b[1;36mOK\x1b[0m \x1b[0;90m│\x1b[0m\n\
            \x1b[0;90m└──────┴────┘\x1b[0m\n\
            \n\
            \x1b[1;36mFile 'f'\x1b[0m\n";
        assert_eq!(strip(boxed), "Monit 6.1.0 uptime: 12m\n Name  OK \n\nFile 'f'\n");
    }

    #[test]
    fn output_with_odd_bytes_survives() {
        assert_eq!(strip("a\x1b"), "a");
        assert_eq!(strip("a\x1b[0"), "a");
        assert_eq!(strip("ü\x1b[31mö"), "üö");
        assert_eq!(strip(""), "");
    }

    #[test]
    fn plain_where_colour_cannot_show() {
        assert!(!decide(false, true, Some("xterm-256color"), false));
        assert!(!decide(false, true, Some("tmux-256color"), false));
        assert!(!decide(false, true, None, true));
        assert!(decide(true, true, Some("xterm"), true));
        assert!(decide(false, false, Some("xterm"), true));
        assert!(decide(false, true, Some("dumb"), false));
        assert!(decide(false, true, None, false));
    }
}

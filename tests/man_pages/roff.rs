//! Text to the source of a manual page.

/// Any text, literally.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\e"),
            '-' => out.push_str("\\-"),
            '\'' => out.push_str("\\(aq"),
            '^' => out.push_str("\\(ha"),
            '~' => out.push_str("\\(ti"),
            '`' => out.push_str("\\(ga"),
            '"' => out.push_str("\\(dq"),
            other => out.push(other),
        }
    }
    // A line that begins with a point is a request.
    if out.starts_with('.') { format!("\\&{out}") } else { out }
}

/// Words of a bold option, action or keyword.
pub fn bold(text: &str) -> String {
    format!("\\fB{}\\fR", escape(text))
}

/// A sentence, a line for each part that fits. `'word'` becomes bold.
pub fn prose(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && lines[last].len() + word.len() > 68 {
            lines.push(String::new());
        }
        let line = lines.last_mut().expect("one at least");
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&escape(word));
        // A new sentence begins on a new line.
        if word.ends_with('.') || word.ends_with(':') && word.len() > 12 {
            lines.push(String::new());
        }
    }
    lines.retain(|line| !line.is_empty());
    let mut out = String::new();
    for line in lines {
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// A grammar as in `doc/GRAMMAR.md`: keywords bold, placeholders slanted, in lines of one item.
pub fn grammar(text: &str) -> String {
    let mut pieces: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let (word, behind) = rest[1..].split_once('\'').expect("a closing quote");
            // Neighbours are set in one go.
            match pieces.last_mut() {
                Some(last) if last.starts_with("\\fB") => {
                    last.truncate(last.len() - 3);
                    last.push_str(&format!(" {}\\fR", escape(word)));
                }
                _ => pieces.push(bold(word)),
            }
            rest = behind.trim_start();
        } else {
            let (word, behind) = rest.split_once(' ').unwrap_or((rest, ""));
            let name = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            pieces.push(if name { format!("\\fI{}\\fR", escape(word)) } else { escape(word) });
            rest = behind.trim_start();
        }
    }
    let mut out = String::new();
    let mut width = 0;
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            // The tag of a list is one line; a backslash at its end goes on with it.
            out.push_str(if width + piece.len() > 66 { " \\\n" } else { " " });
            if width + piece.len() > 66 {
                width = 0;
            }
        }
        width += piece.len() + 1;
        out.push_str(piece);
    }
    out
}

/// An example in typewriter, indented.
pub fn example(text: &str) -> String {
    let mut out = String::from(".RS\n.EX\n");
    for line in text.trim_end().lines() {
        out.push_str(&escape(line));
        out.push('\n');
    }
    out + ".EE\n.RE\n"
}

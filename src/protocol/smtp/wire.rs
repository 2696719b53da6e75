//! What may go over the wire, and in which form.

/// May this stand between `<` and `>` on the wire? Not whether it exists: blanks, brackets and control characters are
/// what an injected second address or command would need.
pub fn is_address(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 320
        && !text.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>'))
}

/// The message as it goes over the wire: CR LF at each line end, no NUL, leading dots doubled, and the final dot.
pub fn stuffed(content: Vec<u8>) -> Vec<u8> {
    let mut wire = Vec::with_capacity(content.len() + content.len() / 16 + 8);
    let mut line_start = true;
    let mut bytes = content.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' | b'\n' => {
                if byte == b'\r' && bytes.peek() == Some(&b'\n') {
                    bytes.next();
                }
                wire.extend_from_slice(b"\r\n");
                line_start = true;
            }
            0 => {}
            _ => {
                if line_start && byte == b'.' {
                    wire.push(b'.');
                }
                wire.push(byte);
                line_start = false;
            }
        }
    }
    if !line_start {
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b".\r\n");
    wire
}

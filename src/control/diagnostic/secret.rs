//! What an error does not show of a source line: in the URL of a webhook all behind the server, which often is the secret.

use std::borrow::Cow;

/// The line with each letter of a secret replaced by a star, so that all else keeps its place.
pub(super) fn hidden(line: &[u8]) -> Cow<'_, [u8]> {
    if !is_concerned(line) {
        return Cow::Borrowed(line);
    }
    let mut out = line.to_vec();
    let mut at = 0;
    while let Some(found) = find(out.get(at..).unwrap_or_default(), b"://") {
        let start = at + found + 3;
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'');
        let rest = out.get(start..).unwrap_or_default();
        let end = start + rest.iter().position(is_end).unwrap_or(rest.len());
        let url = out.get(start..end).unwrap_or_default();
        // User and password, then the server, then the rest.
        let login = url.iter().rposition(|byte| *byte == b'@').map_or(0, |sign| sign + 1);
        let server = url.iter().skip(login).position(|byte| matches!(byte, b'/' | b'?' | b'#'));
        let server = server.map_or(url.len(), |length| login + length);
        for (place, byte) in out.iter_mut().skip(start).take(end - start).enumerate() {
            if !(login..server).contains(&place) {
                *byte = b'*';
            }
        }
        at = end;
    }
    Cow::Owned(out)
}

/// It names a webhook, or it goes on with one: no other statement has a line that begins with `url`, but for connection tests,
/// where it does no harm.
fn is_concerned(line: &[u8]) -> bool {
    let lower = line.to_ascii_lowercase();
    find(&lower, b"webhook").is_some() || lower.trim_ascii_start().starts_with(b"url")
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_the_server_is_hidden() {
        for (line, shown) in [
            (
                "set alert webhook x url https://h.x:1/a/b?c fromat json",
                "set alert webhook x url https://h.x:1****** fromat json",
            ),
            ("  URL \"http://u:p@h/x\" zz", "  URL \"http://****h**\" zz"),
            ("set alert webhook x url https://h", "set alert webhook x url https://h"),
            ("if failed url http://u:p@h/x", "if failed url http://u:p@h/x"),
        ] {
            assert_eq!(String::from_utf8_lossy(&hidden(line.as_bytes())), shown);
        }
    }
}

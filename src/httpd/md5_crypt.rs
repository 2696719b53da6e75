//! The MD5-based password digest of FreeBSD's crypt (`$1$`) and Apache's htpasswd (`$apr1$`).
//!
//! A format of 1994 that control files still point to; old and weak, but what is in the files must work.

/// Longest password looked at, in bytes: the work grows with it, and a client chooses it.
const LONGEST: usize = 256;
/// The alphabet of the digest's 6-bit groups.
const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Which digest bytes form each group of 24 bits, highest first.
const GROUPS: [[usize; 3]; 5] = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]];

/// Microseconds that a digest takes on a slow machine: a thousand times a hash of the password, twice or three times.
pub fn cost(password: usize) -> u32 {
    let blocks = 1 + u32::try_from(password.min(LONGEST)).unwrap_or(u32::MAX) * 3 / 64;
    1_000 * blocks
}

/// Does `digest` look like one of ours?
pub fn is_md5_crypt(digest: &str) -> bool {
    digest.starts_with("$1$") || digest.starts_with("$apr1$")
}

/// The digest of `password` with the scheme and salt of `setting`, which may be a whole digest. `None`: `setting` has
/// neither scheme, or the password is too long.
pub fn digest(password: &[u8], setting: &str) -> Option<String> {
    let magic = ["$1$", "$apr1$"].into_iter().find(|magic| setting.starts_with(magic))?;
    let salt = setting.get(magic.len()..)?.split('$').next()?;
    let salt = salt.as_bytes().get(..8).unwrap_or(salt.as_bytes());
    if password.len() > LONGEST {
        return None;
    }

    let mut inner = md5::Context::new();
    for part in [password, salt, password] {
        inner.consume(part);
    }
    let inner = inner.finalize().0;

    let mut context = md5::Context::new();
    for part in [password, magic.as_bytes(), salt] {
        context.consume(part);
    }
    for piece in password.chunks(inner.len()) {
        context.consume(inner.get(..piece.len()).unwrap_or_default());
    }
    let mut bits = password.len();
    while bits > 0 {
        let byte = if bits & 1 == 1 { 0 } else { password.first().copied().unwrap_or(0) };
        context.consume([byte]);
        bits >>= 1;
    }
    let mut state = context.finalize().0;

    for round in 0..1000 {
        let mut context = md5::Context::new();
        context.consume(if round % 2 == 1 { password } else { &state });
        if round % 3 != 0 {
            context.consume(salt);
        }
        if round % 7 != 0 {
            context.consume(password);
        }
        context.consume(if round % 2 == 1 { &state } else { password });
        state = context.finalize().0;
    }

    let mut out = format!("{magic}{}$", String::from_utf8_lossy(salt));
    let byte = |at: usize| u32::from(state.get(at).copied().unwrap_or(0));
    for [high, middle, low] in GROUPS {
        push(&mut out, byte(high) << 16 | byte(middle) << 8 | byte(low), 4);
    }
    push(&mut out, byte(11), 2);
    Some(out)
}

fn push(out: &mut String, mut bits: u32, count: usize) {
    for _ in 0..count {
        out.push(ALPHABET.get((bits & 63) as usize).copied().map_or('.', char::from));
        bits >>= 6;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `openssl passwd -1` and `-apr1`.
    #[test]
    fn agrees_with_other_implementations() {
        for (password, expected) in [
            ("pass word", "$1$abcdefgh$yTpYrEJJOuAsO2Aee15/D1"),
            ("sécret-longer-than-sixteen-bytes", "$apr1$xY$87p4jeUEgdZiUcbbvyNV/."),
            ("", "$1$12345678$xek.CpjQUVgdf/P2N9KQf/"),
        ] {
            assert_eq!(digest(password.as_bytes(), expected).as_deref(), Some(expected), "{password:?}");
            assert_ne!(digest(b"other", expected).as_deref(), Some(expected));
        }
    }

    #[test]
    fn other_schemes_and_endless_passwords_have_no_digest() {
        assert_eq!(digest(b"x", "$6$salt$xyz"), None);
        assert_eq!(digest(b"x", "ab1234567890."), None);
        assert_eq!(digest(&[b'x'; 10_000], "$1$salt$"), None);
        assert!(digest(b"x", "$1$").is_some());
    }
}

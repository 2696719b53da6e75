//! Bodies that are packed with gzip (RFC 9110, 8.4.1.3) for those who read it, as the reference does: a page comes to a phone
//! as a fifth of its bytes, a list of services as a fiftieth.
//!
//! The length of a packed text tells what in it is repeated. So somebody who makes a browser ask for a page again and again,
//! with words of his choice, and sees the lengths could find out the token of its forms. But the cookie does not come along from
//! another site (`SameSite=strict`), and each such page has a token of its own.

use crate::gzip::Gzip;

/// Bytes of the shortest body that is packed. Others fit into a packet as they are.
pub(super) const SHORTEST: usize = 1200;

/// Does `Accept-Encoding` name gzip, and not in order to refuse it (RFC 9110, 12.5.3)?
pub(super) fn is_taken(value: &str) -> bool {
    value.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let named = parts.next().is_some_and(|coding| coding.eq_ignore_ascii_case("gzip"));
        let refused = parts.filter_map(weight).any(|weight| weight.trim_matches(['0', '.']).is_empty());
        named && !refused
    })
}

/// That of a parameter `q=0.5`.
fn weight(parameter: &str) -> Option<&str> {
    parameter.strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('=').map(str::trim)
}

/// A body on its way, piece by piece.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packing(Option<Box<Gzip>>);

impl Packing {
    /// The next piece of it, packed; `last`: there is none behind it.
    pub fn pack(&mut self, piece: &[u8], last: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(piece.len() / 4);
        let mut gzip = self.0.take().unwrap_or_else(|| Box::new(Gzip::begin(&mut out)));
        gzip.add(piece, &mut out);
        if last {
            let sum = gzip.part(&mut out);
            out.extend(sum.end(b""));
        } else {
            self.0 = Some(gzip);
        }
        out
    }

    /// Bytes of memory that it takes.
    pub fn held(&self) -> usize {
        self.0.as_ref().map_or(0, |gzip| gzip.held())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_taken_where_it_is_named_and_not_refused() {
        for value in ["gzip", "deflate, GZIP;q=0.5, br", "gzip;q=1", "br;q=0, gzip", "gzip ; q = 0.001"] {
            assert!(is_taken(value), "{value}");
        }
        for value in ["", "br", "gzip;q=0", "deflate, gzip ; Q = 0.000", "*", "identity", "gzipped", "x;gzip"]
        {
            assert!(!is_taken(value), "{value}");
        }
    }
}

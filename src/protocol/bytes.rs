//! Reading what binary protocols send: numbers and pieces off the front of a slice, never beyond its end.

/// Takes the next `count` bytes; `None` if there are fewer.
pub fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (front, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(front)
}

/// The next byte.
pub fn byte(bytes: &mut &[u8]) -> Option<u8> {
    take(bytes, 1).and_then(|front| front.first().copied())
}

/// The next two bytes, most significant first.
pub fn be16(bytes: &mut &[u8]) -> Option<u16> {
    take(bytes, 2)?.try_into().ok().map(u16::from_be_bytes)
}

/// The next four bytes, most significant first.
pub fn be32(bytes: &mut &[u8]) -> Option<u32> {
    take(bytes, 4)?.try_into().ok().map(u32::from_be_bytes)
}

/// The next four bytes, least significant first.
pub fn le32(bytes: &mut &[u8]) -> Option<u32> {
    take(bytes, 4)?.try_into().ok().map(u32::from_le_bytes)
}

/// The bytes before the next NUL, which is taken, too.
pub fn c_string<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    let text = take(bytes, end)?;
    take(bytes, 1)?;
    Some(text)
}

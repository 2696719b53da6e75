//! How pages look.

/// The style sheet.
pub const STYLE: &str = include_str!("style.css");

/// What tells this style sheet from that of another version: browsers keep it for as long as they like (FNV-1a).
pub(super) const STYLE_MARK: u32 = {
    let (bytes, mut mark, mut at) = (STYLE.as_bytes(), 0x811c_9dc5_u32, 0);
    while at < bytes.len() {
        mark = (mark ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    mark
};

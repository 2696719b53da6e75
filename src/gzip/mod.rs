//! A gzip stream (RFC 1950 to 1952) that is made a piece at a time, in 80 kB and twice a piece that are there only meanwhile.
//!
//! It knows the fixed codes only, and looks for a repetition at one place: in a list of services that say nearly the same,
//! one after the other, that is where it is. What is gained by more would not be worth its memory.
//!
//! A stream can be parted: what [`Gzip::part`] leaves may be followed by any [end](Sum::end), so that one list of services serves
//! many messages.

/// As far back as a repetition may be (RFC 1951, 2).
const WINDOW: usize = 32 * 1024;
/// Places that are remembered, a power of two.
const PLACES: usize = 4096;
/// Shortest and longest repetition.
const SHORTEST: usize = 4;
const LONGEST: usize = 258;

/// A stream being made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gzip {
    /// The last [`WINDOW`] bytes at least, and no more than twice as many before the next piece.
    text: Vec<u8>,
    /// How many bytes there were in front of `text`.
    gone: usize,
    /// For a hash of the bytes at a place: the last such place, counted from the beginning, and 1.
    places: Box<[u32]>,
    bits: Bits,
    sum: Sum,
}

/// What can be [ended](Sum::end): checksum and number of the bytes so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    crc: u32,
    length: u32,
}

impl Gzip {
    /// Begins a stream: its head goes to `out`.
    pub fn begin(out: &mut Vec<u8>) -> Gzip {
        // Deflate, no name, no time, made on a Unix.
        out.extend_from_slice(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
        let mut bits = Bits::default();
        bits.put(BLOCK, 3, out);
        let places = vec![0; PLACES].into_boxed_slice();
        Gzip { text: Vec::new(), gone: 0, places, bits, sum: Sum::default() }
    }

    /// Goes on with these bytes.
    pub fn add(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.sum.add(bytes);
        if self.text.len() > 2 * WINDOW {
            let old = self.text.len() - WINDOW;
            self.text.drain(..old);
            self.gone += old;
        }
        let mut at = self.text.len();
        self.text.extend_from_slice(bytes);
        while at < self.text.len() {
            let (length, distance) = self.repetition(at);
            match length {
                0 => self.bits.literal(self.text.get(at).copied().unwrap_or_default(), out),
                _ => self.bits.repeat(length, distance, out),
            }
            at += length.max(1);
        }
    }

    /// How many bytes at this place are a repetition, and of what so far back; 0: none are.
    fn repetition(&mut self, at: usize) -> (usize, usize) {
        let Some([a, b, c, d]) = self.text.get(at..at + SHORTEST) else { return (0, 0) };
        let hash = u32::from_le_bytes([*a, *b, *c, *d]).wrapping_mul(0x9e37_79b1) >> 20;
        let here = self.gone + at;
        let Some(place) = self.places.get_mut(hash as usize) else { return (0, 0) };
        let before = std::mem::replace(place, u32::try_from(here + 1).unwrap_or(0));
        let Some(before) = (before as usize).checked_sub(1 + self.gone) else { return (0, 0) };
        let distance = at - before.min(at);
        if distance == 0 || distance > WINDOW {
            return (0, 0);
        }
        let (old, new) =
            (self.text.get(before..).unwrap_or_default(), self.text.get(at..).unwrap_or_default());
        let same = old.iter().zip(new).take(LONGEST).take_while(|(old, new)| old == new).count();
        if same < SHORTEST { (0, 0) } else { (same, distance) }
    }

    /// Bytes of memory that it takes.
    pub fn held(&self) -> usize {
        self.text.capacity() + size_of_val(&*self.places)
    }

    /// Leaves off where any [end](Sum::end) may follow, on a whole byte.
    pub fn part(mut self, out: &mut Vec<u8>) -> Sum {
        self.bits.put(END_OF_BLOCK.0, END_OF_BLOCK.1, out);
        // A block of no bytes as they are: it begins on a whole byte.
        self.bits.put(0, 3, out);
        self.bits.align(out);
        out.extend_from_slice(&[0, 0, 0xff, 0xff]);
        self.sum
    }
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        let mut crc = !self.crc;
        for byte in bytes {
            let index = usize::from(crc as u8 ^ byte);
            crc = CRC.get(index).copied().unwrap_or_default() ^ (crc >> 8);
        }
        self.crc = !crc;
        // RFC 1952, 2.3.1: modulo 2^32.
        self.length = self.length.wrapping_add(bytes.len() as u32);
    }

    /// The end of a stream that was parted here: these bytes as its last, and what a reader compares.
    pub fn end(mut self, text: &[u8]) -> Vec<u8> {
        self.add(text);
        let (mut out, mut bits) = (Vec::with_capacity(text.len() + text.len() / 8 + 16), Bits::default());
        bits.put(BLOCK | LAST, 3, &mut out);
        text.iter().for_each(|byte| bits.literal(*byte, &mut out));
        bits.put(END_OF_BLOCK.0, END_OF_BLOCK.1, &mut out);
        bits.align(&mut out);
        out.extend_from_slice(&self.crc.to_le_bytes());
        out.extend_from_slice(&self.length.to_le_bytes());
        out
    }
}

/// The checksum of each byte (RFC 1952, 8).
const CRC: [u32; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < table.len() {
        let (mut value, mut bit) = (at as u32, 0);
        while bit < 8 {
            value = if value & 1 == 0 { value >> 1 } else { 0xedb8_8320 ^ (value >> 1) };
            bit += 1;
        }
        table[at] = value;
        at += 1;
    }
    table
};

/// A block with the fixed codes, in the order its bits are written; with `LAST`: the last one.
const BLOCK: u32 = 0b010;
const LAST: u32 = 0b001;
const END_OF_BLOCK: (u32, u32) = (0, 7);

/// Bits that do not fill a byte yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Bits {
    waiting: u64,
    count: u32,
}

impl Bits {
    /// The lowest so many bits of `value`, at most 32, the lowest first.
    fn put(&mut self, value: u32, count: u32, out: &mut Vec<u8>) {
        self.waiting |= u64::from(value) << self.count;
        self.count += count;
        while self.count >= 8 {
            out.push(self.waiting as u8);
            self.waiting >>= 8;
            self.count -= 8;
        }
    }

    /// Fills the byte that is begun.
    fn align(&mut self, out: &mut Vec<u8>) {
        if self.count > 0 {
            self.put(0, 8 - self.count, out);
        }
    }

    /// A code (RFC 1951, 3.2.6), whose highest bit comes first.
    fn code(&mut self, code: u32, count: u32, out: &mut Vec<u8>) {
        self.put(code.reverse_bits() >> (32 - count), count, out);
    }

    /// A byte as itself, or the code of a length.
    fn symbol(&mut self, symbol: u32, out: &mut Vec<u8>) {
        match symbol {
            0..=143 => self.code(0x30 + symbol, 8, out),
            144..=255 => self.code(0x190 + symbol - 144, 9, out),
            256..=279 => self.code(symbol - 256, 7, out),
            _ => self.code(0xc0 + symbol - 280, 8, out),
        }
    }

    fn literal(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.symbol(u32::from(byte), out);
    }

    /// So many bytes (4 to 258) again that were there so far back.
    fn repeat(&mut self, length: usize, distance: usize, out: &mut Vec<u8>) {
        if length == LONGEST {
            self.symbol(285, out);
        } else {
            let (group, extra, value) = grouped(length as u32 - 3, 4);
            self.symbol(257 + group, out);
            self.put(value, extra, out);
        }
        let (group, extra, value) = grouped(distance as u32 - 1, 2);
        self.code(group, 5, out);
        self.put(value, extra, out);
    }
}

/// Lengths and distances are in groups that double in size, `each` of one size: the group, and bits for the place in it.
fn grouped(value: u32, each: u32) -> (u32, u32, u32) {
    if value < 2 * each {
        return (value, 0, 0);
    }
    // As many bits as leave a number from `each` up to its double.
    let extra = value.ilog2() - each.ilog2();
    (each * extra + (value >> extra), extra, value & ((1 << extra) - 1))
}

#[cfg(test)]
mod tests;

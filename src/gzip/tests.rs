use super::*;
use proptest::prelude::*;
use std::io::Write;
use std::process::{Command, Stdio};

/// A reader of what this writer can write, from the text of RFC 1951.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn bit(&mut self) -> u32 {
        let bit = u32::from(self.bytes[self.at / 8] >> (self.at % 8)) & 1;
        self.at += 1;
        bit
    }

    fn number(&mut self, bits: u32) -> u32 {
        (0..bits).map(|at| self.bit() << at).sum()
    }

    fn code(&mut self, bits: u32) -> u32 {
        (0..bits).fold(0, |code, _| code << 1 | self.bit())
    }

    fn symbol(&mut self) -> u32 {
        let code = self.code(7);
        if code < 24 {
            return 256 + code;
        }
        let code = code << 1 | self.bit();
        match code {
            0x30..=0xbf => code - 0x30,
            0xc0..=0xc7 => 280 + code - 0xc0,
            _ => 144 + (code << 1 | self.bit()) - 0x190,
        }
    }

    fn all(&mut self) -> Vec<u8> {
        const LENGTHS: [(u32, u32); 29] = [
            (3, 0),
            (4, 0),
            (5, 0),
            (6, 0),
            (7, 0),
            (8, 0),
            (9, 0),
            (10, 0),
            (11, 1),
            (13, 1),
            (15, 1),
            (17, 1),
            (19, 2),
            (23, 2),
            (27, 2),
            (31, 2),
            (35, 3),
            (43, 3),
            (51, 3),
            (59, 3),
            (67, 4),
            (83, 4),
            (99, 4),
            (115, 4),
            (131, 5),
            (163, 5),
            (195, 5),
            (227, 5),
            (258, 0),
        ];
        const DISTANCES: [u32; 30] = [
            1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
            3073, 4097, 6145, 8193, 12289, 16385, 24577,
        ];
        let mut text = Vec::new();
        loop {
            let last = self.bit();
            match self.number(2) {
                0 => {
                    self.at = self.at.div_ceil(8) * 8;
                    assert_eq!(self.number(32), 0xffff_0000);
                }
                1 => loop {
                    match self.symbol() {
                        byte @ 0..=255 => text.push(byte as u8),
                        256 => break,
                        symbol => {
                            let (base, extra) = LENGTHS[symbol as usize - 257];
                            let length = base + self.number(extra);
                            let group = self.code(5);
                            let distance =
                                DISTANCES[group as usize] + self.number((group / 2).saturating_sub(1));
                            for _ in 0..length {
                                text.push(text[text.len() - distance as usize]);
                            }
                        }
                    }
                },
                kind => panic!("block {kind}"),
            }
            if last == 1 {
                self.at = self.at.div_ceil(8) * 8;
                return text;
            }
        }
    }
}

fn packed(pieces: &[&[u8]], rest: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut gzip = Gzip::begin(&mut out);
    pieces.iter().for_each(|piece| gzip.add(piece, &mut out));
    let sum = gzip.part(&mut out);
    out.extend(sum.end(rest));
    out
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut reader = Reader { bytes: &bytes[10..], at: 0 };
    let text = reader.all();
    let (crc, length) = (reader.number(32), reader.number(32));
    assert_eq!(reader.at, (bytes.len() - 10) * 8);
    let mut sum = Sum::default();
    sum.add(&text);
    assert_eq!((crc, length), (sum.crc, text.len() as u32));
    text
}

/// What the tool of that name makes of it.
fn by_the_tool(bytes: &[u8]) -> Vec<u8> {
    let mut tool = Command::new("gzip");
    let mut tool = tool.arg("-dc").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("gzip");
    let mut input = tool.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let output = tool.wait_with_output().unwrap();
    assert!(output.status.success());
    writer.join().unwrap().unwrap();
    output.stdout
}

/// Like a list of services.
fn services(count: usize) -> String {
    let service = |n: usize| {
        format!(
            "<service name=\"web{n}\"><type>3</type><collected_sec>{}</collected_sec><status>{}</status><memory><kilobyte>{}</kilobyte></memory></service>",
            1_795_222_757 + n,
            n % 3,
            n * 7919 % 100_000
        )
    };
    (0..count).map(service).collect()
}

#[test]
fn the_checksum_is_that_of_the_standard() {
    let mut sum = Sum::default();
    sum.add(b"1234");
    sum.add(b"56789");
    assert_eq!(sum, Sum { crc: 0xcbf4_3926, length: 9 });
}

#[test]
fn the_tool_of_that_name_reads_it() {
    let text = services(2000);
    let pieces: Vec<&[u8]> = text.as_bytes().chunks(20_000).collect();
    let bytes = packed(&pieces, b"<event>\xc3\xbc</event>");
    let whole = [text.as_bytes(), b"<event>\xc3\xbc</event>"].concat();
    assert_eq!(unpacked(&bytes), whole);
    assert!(by_the_tool(&bytes) == whole);
    assert!(bytes.len() * 4 < whole.len(), "{} of {}", bytes.len(), whole.len());
    for text in [&b""[..], b"a", b"aaaaaaaaaaaaaaaaaaaaaaaa", &[0xff; 70_000]] {
        assert!(by_the_tool(&packed(&[text], b"")) == text);
        assert!(by_the_tool(&packed(&[], text)) == text);
    }
}

#[test]
fn one_beginning_has_many_ends() {
    let mut out = Vec::new();
    let mut gzip = Gzip::begin(&mut out);
    gzip.add(b"hello hello hello ", &mut out);
    let sum = gzip.part(&mut out);
    for end in ["one", "another one"] {
        assert_eq!(
            unpacked(&[out.clone(), sum.end(end.as_bytes())].concat()),
            format!("hello hello hello {end}").as_bytes()
        );
    }
}

#[test]
fn every_length_and_distance_comes_back() {
    let mut text: Vec<u8> = (0..40_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for length in (3..300).step_by(7) {
        for distance in [1usize, 2, 5, 30, 257, 4096, 20_000, 32_767, 32_768, 32_769] {
            let from = text.len() - distance;
            for at in 0..length {
                text.push(text[from + at]);
            }
            text.extend_from_slice(&(text.len() as u32).wrapping_mul(2_654_435_761).to_be_bytes());
        }
    }
    for size in [1000, 16_384, 100_000] {
        let pieces: Vec<&[u8]> = text.chunks(size).collect();
        assert!(unpacked(&packed(&pieces, b"end")) == [&text[..], b"end"].concat());
    }
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_again(pieces in prop::collection::vec(prop::collection::vec(0u8..4, 0..400), 0..8), rest in any::<Vec<u8>>()) {
        let slices: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(unpacked(&packed(&slices, &rest)), [pieces.concat(), rest].concat());
    }
}

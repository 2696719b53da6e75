//! The few fields of an X.509 certificate (RFC 5280, DER) that no library we carry gives out: names as bytes, dates,
//! key and signature.

use super::Validity;
use crate::sys::localtime::{LocalTime, utc_to_unix};

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const VERSION: u8 = 0xa0;

/// The fields, borrowed from the certificate.
#[derive(Debug)]
pub struct Fields<'a> {
    /// What is signed, with its tag.
    pub signed: &'a [u8],
    /// Issuer, content of the Name.
    pub issuer: &'a [u8],
    /// Subject, content of the Name.
    pub subject: &'a [u8],
    /// Dates.
    pub validity: Validity,
    /// Content of the key's AlgorithmIdentifier.
    pub key_algorithm: &'a [u8],
    /// The public key.
    pub key: &'a [u8],
    /// Content of the signature's AlgorithmIdentifier.
    pub signature_algorithm: &'a [u8],
    /// The signature.
    pub signature: &'a [u8],
}

/// One element of DER.
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    /// With tag and length.
    whole: &'a [u8],
}

/// Takes the next element off `input`.
fn element<'a>(input: &mut &'a [u8]) -> Option<Element<'a>> {
    let all = *input;
    let (tag, rest) = all.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            (bytes.iter().fold(0usize, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, after) = rest.split_at_checked(length)?;
    *input = after;
    Some(Element { tag: *tag, content, whole: all.get(..all.len() - after.len())? })
}

/// The content of the next element, which must have this tag.
fn expect<'a>(input: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    element(input).filter(|element| element.tag == tag).map(|element| element.content)
}

fn bits<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (unused, bits) = expect(input, BIT_STRING)?.split_first()?;
    (*unused == 0).then_some(bits)
}

impl<'a> Fields<'a> {
    /// Takes a certificate apart; `None` if it is none.
    pub fn parse(der: &'a [u8]) -> Option<Fields<'a>> {
        let mut input = der;
        let mut certificate = expect(&mut input, SEQUENCE)?;
        let Element { tag: SEQUENCE, content: mut body, whole: signed } = element(&mut certificate)? else {
            return None;
        };
        let signature_algorithm = expect(&mut certificate, SEQUENCE)?;
        let signature = bits(&mut certificate)?;

        if body.first() == Some(&VERSION) {
            expect(&mut body, VERSION)?;
        }
        element(&mut body)?; // serial number
        expect(&mut body, SEQUENCE)?; // signature algorithm, once more
        let issuer = expect(&mut body, SEQUENCE)?;
        let mut dates = expect(&mut body, SEQUENCE)?;
        let validity = Validity { from: time(&mut dates)?, to: time(&mut dates)? };
        let subject = expect(&mut body, SEQUENCE)?;
        let mut public_key = expect(&mut body, SEQUENCE)?;
        let key_algorithm = expect(&mut public_key, SEQUENCE)?;
        let key = bits(&mut public_key)?;
        Some(Fields { signed, issuer, subject, validity, key_algorithm, key, signature_algorithm, signature })
    }
}

/// A date; RFC 5280, 4.1.2.5: always UTC, always with seconds, two-digit years are 1950 to 2049.
fn time(input: &mut &[u8]) -> Option<i64> {
    let Element { tag, content: text, .. } = element(input)?;
    let (digits, zone) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if zone != b"Z" || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let (year, rest) = match (tag, digits.len()) {
        (UTC_TIME, 12) => {
            let year = number(digits.get(..2)?);
            (if year < 50 { 2000 + year } else { 1900 + year }, digits.get(2..)?)
        }
        (GENERALIZED_TIME, 14) => (number(digits.get(..4)?), digits.get(4..)?),
        _ => return None,
    };
    let mut pairs = rest.chunks(2).map(number);
    let mut next = || pairs.next().unwrap_or(0);
    let (month, day, hour, minute, second) = (next(), next(), next(), next(), next());
    let valid =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    valid.then(|| {
        utc_to_unix(&LocalTime {
            year: i32::try_from(year).unwrap_or(i32::MAX),
            month,
            day,
            hour,
            minute,
            second,
            weekday: 0,
            yearday: 0,
            utc_offset_secs: 0,
        })
    })
}

fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_time(tag: u8, text: &str) -> Option<i64> {
        let mut der = vec![tag, text.len() as u8];
        der.extend_from_slice(text.as_bytes());
        time(&mut der.as_slice())
    }

    #[test]
    fn dates() {
        assert_eq!(parse_time(UTC_TIME, "261121004543Z"), Some(1_795_221_943));
        assert_eq!(parse_time(GENERALIZED_TIME, "20261121004543Z"), Some(1_795_221_943));
        assert_eq!(parse_time(UTC_TIME, "700101000000Z"), Some(0));
        assert_eq!(parse_time(UTC_TIME, "491231235959Z"), Some(2_524_607_999));
        for wrong in ["2611210045Z", "261121004543+0100", "261321004543Z", "26112100454xZ", "", "Z"] {
            assert_eq!(parse_time(UTC_TIME, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn days_left_are_whole_days() {
        let validity = Validity { from: 0, to: 10 * 86_400 };
        assert_eq!(validity.days_left(0), 10);
        assert_eq!(validity.days_left(1), 9);
        assert_eq!(validity.days_left(10 * 86_400), 0);
        assert_eq!(validity.days_left(10 * 86_400 + 1), -1);
    }

    #[test]
    fn rubbish_is_no_certificate() {
        for rubbish in [
            &b""[..],
            b"\x30",
            b"\x30\x80\x00\x00",
            b"\x30\x84\xff\xff\xff\xff",
            b"\x30\x02\x30\x00",
            &[0; 64],
        ] {
            assert!(Fields::parse(rubbish).is_none());
        }
    }
}

//! Numbers as documents write them, straight into the document.
//!
//! `format!` goes through a table of forms and a chain of calls for each number. A document has tens of thousands of
//! them, and was made of little else.

/// Appends a number of base ten.
pub(super) fn decimal(out: &mut String, number: u64) {
    append::<10>(out, number);
}

/// Appends a number of base ten that may be below zero.
pub(super) fn signed(out: &mut String, number: i64) {
    if number < 0 {
        out.push('-');
    }
    append::<10>(out, number.unsigned_abs());
}

/// Appends a number of base eight.
pub(super) fn octal(out: &mut String, number: u16) {
    append::<8>(out, u64::from(number));
}

fn append<const BASE: u64>(out: &mut String, number: u64) {
    if number < BASE {
        return out.push(char::from(b'0' + number as u8));
    }
    /// Digits of the longest: 64 bits to the base of ten, or 16 to that of eight.
    const MOST: usize = 20;
    let mut digits = [b'0'; MOST];
    let (mut rest, mut from) = (number, MOST);
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % BASE) as u8;
        rest /= BASE;
        from -= 1;
        if rest == 0 {
            break;
        }
    }
    out.push_str(digits.get(from..).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_those_of_format() {
        let written = |write: &dyn Fn(&mut String)| {
            let mut out = "x".to_owned();
            write(&mut out);
            out
        };
        for number in [0, 7, 10, 99, 100, 12_345, u64::MAX] {
            assert_eq!(written(&|out| decimal(out, number)), format!("x{number}"));
        }
        for number in [i64::MIN, -10, -1, 0, 5, i64::MAX] {
            assert_eq!(written(&|out| signed(out, number)), format!("x{number}"));
        }
        for number in [0, 0o644, 0o7777, u16::MAX] {
            assert_eq!(written(&|out| octal(out, number)), format!("x{number:o}"));
        }
    }

    proptest! {
        #[test]
        fn all_numbers_are_those_of_format(plain: u64, bits in 0u32..64, small: u16) {
            let (mut out, number) = (String::new(), plain >> bits);
            decimal(&mut out, number);
            out.push(' ');
            signed(&mut out, number as i64);
            out.push(' ');
            octal(&mut out, small);
            prop_assert_eq!(out, format!("{number} {} {small:o}", number as i64));
        }
    }
}

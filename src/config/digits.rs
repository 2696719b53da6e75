//! Numbers straight into a text.
//!
//! `format!` goes through a table of forms and a chain of calls for each number. A document of a thousand services has
//! tens of thousands of them, and was made of little else.

/// `000` to `999`, one behind the other: three digits are one copy.
const THREES: &str = match std::str::from_utf8(&TABLE) {
    Ok(text) => text,
    Err(_) => "",
};

const TABLE: [u8; 3000] = {
    let mut table = [b'0'; 3000];
    let mut number = 0;
    while number < 1000 {
        table[3 * number] += (number / 100) as u8;
        table[3 * number + 1] += (number / 10 % 10) as u8;
        table[3 * number + 2] += (number % 10) as u8;
        number += 1;
    }
    table
};

/// Appends the last `digits` of the three of a number below 1000.
fn last(out: &mut String, number: u64, digits: usize) {
    let end = 3 * number as usize + 3;
    out.push_str(THREES.get(end - digits.min(3)..end).unwrap_or_default());
}

/// Appends all three.
fn three(out: &mut String, number: u64) {
    let from = 3 * number as usize;
    out.push_str(THREES.get(from..from + 3).unwrap_or_default());
}

/// Appends a number of base ten.
pub fn decimal(out: &mut String, number: u64) {
    match number {
        // Most are.
        0..10 => out.push(char::from(b'0' + number as u8)),
        10..100 => last(out, number, 2),
        100..1000 => three(out, number),
        _ => long(out, number),
    }
}

/// Appends a number of four digits or more: they are put together first, since what is added to a text costs by the piece.
fn long(out: &mut String, number: u64) {
    const MOST: u64 = 1_000_000_000_000;
    if number >= MOST {
        decimal(out, number / MOST);
        return twelve(out, number % MOST, 0);
    }
    let zeros = match number {
        0..10_000 => 8,
        10_000..100_000 => 7,
        100_000..1_000_000 => 6,
        1_000_000..10_000_000 => 5,
        10_000_000..100_000_000 => 4,
        100_000_000..1_000_000_000 => 3,
        1_000_000_000..10_000_000_000 => 2,
        10_000_000_000..100_000_000_000 => 1,
        _ => 0,
    };
    twelve(out, number, zeros);
}

/// Appends twelve digits, without the first of them.
fn twelve(out: &mut String, number: u64, without: usize) {
    let three = |number: u64| {
        let (at, digits) = (3 * (number % 1000) as usize, THREES.as_bytes());
        [digits[at], digits[at + 1], digits[at + 2]]
    };
    let [a, b, c] = three(number / 1_000_000_000);
    let [d, e, f] = three(number / 1_000_000);
    let [g, h, i] = three(number / 1000);
    let [j, k, l] = three(number);
    let digits = [a, b, c, d, e, f, g, h, i, j, k, l];
    let digits = digits.get(without..).and_then(|digits| std::str::from_utf8(digits).ok());
    out.push_str(digits.unwrap_or_default());
}

/// Appends a number of base ten that may be below zero.
pub fn signed(out: &mut String, number: i64) {
    if number < 0 {
        out.push('-');
    }
    decimal(out, number.unsigned_abs());
}

/// Appends a number of base eight.
pub fn octal(out: &mut String, number: u16) {
    let digits = (0..6).rev().map(|place| number >> (3 * place) & 7);
    let significant = digits.skip_while(|digit| *digit == 0);
    let from = out.len();
    out.extend(significant.map(|digit| char::from(b'0' + digit as u8)));
    if out.len() == from {
        out.push('0');
    }
}

/// Appends six digits, as those of microseconds.
pub fn six(out: &mut String, number: u32) {
    three(out, u64::from(number / 1000 % 1000));
    three(out, u64::from(number % 1000));
}

/// Appends a number with so many decimals, six at most: the digits of `{value:.decimals$}`.
pub fn fixed(out: &mut String, value: f64, decimals: usize) {
    use std::fmt::Write;
    let Some((whole, behind)) = rounded(value.abs(), decimals) else {
        let _ = write!(out, "{value:.decimals$}");
        return;
    };
    if value.is_sign_negative() {
        out.push('-');
    }
    decimal(out, whole);
    if decimals > 0 {
        out.push('.');
    }
    match decimals {
        0 => {}
        1 => out.push(char::from(b'0' + behind as u8)),
        2..=3 => last(out, behind, decimals),
        _ => {
            last(out, behind / 1000, decimals - 3);
            three(out, behind % 1000);
        }
    }
}

/// What stands before the point and behind it, rounded as exactly as can be; halves to the even side. `None`: too large or
/// too long for that.
fn rounded(value: f64, decimals: usize) -> Option<(u64, u64)> {
    const SCALES: [u64; 7] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];
    let scale = *SCALES.get(decimals)?;
    // value = mantissa * 2^-shift, as IEEE 754 has it.
    let bits = value.to_bits();
    let exponent = (bits >> 52) as i32;
    let mantissa = bits & ((1 << 52) - 1) | if exponent > 0 { 1 << 52 } else { 0 };
    let shift = 1075 - exponent.max(1);
    // Whole numbers beyond 2^53, infinite ones and those that are none.
    let shift = u32::try_from(shift).ok()?;
    let scaled = u128::from(mantissa) * u128::from(scale);
    // 53 bits and 20: nothing is left of it, not even half of the last digit.
    let (mut quotient, rest, half) = match shift {
        0 => (scaled, 0, 1),
        1..=100 => (scaled >> shift, scaled & ((1 << shift) - 1), 1 << (shift - 1)),
        _ => (0, 0, 1),
    };
    quotient += u128::from(rest > half || rest == half && quotient & 1 == 1);
    let quotient = u64::try_from(quotient).ok()?;
    Some((quotient / scale, quotient % scale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl Fn(&mut String)) -> String {
        let mut out = "x".to_owned();
        write(&mut out);
        out
    }

    #[test]
    fn numbers_are_those_of_format() {
        for number in [0, 7, 10, 99, 100, 999, 1000, 12_345, 1_000_000, u64::MAX] {
            assert_eq!(written(|out| decimal(out, number)), format!("x{number}"));
        }
        for number in [i64::MIN, -10, -1, 0, 5, i64::MAX] {
            assert_eq!(written(|out| signed(out, number)), format!("x{number}"));
        }
        for number in [0, 0o644, 0o7777, u16::MAX] {
            assert_eq!(written(|out| octal(out, number)), format!("x{number:o}"));
        }
        assert_eq!(written(|out| six(out, 12_345)), "x012345");
    }

    #[test]
    fn decimals_are_those_of_format() {
        let odd =
            [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE, 5e-324, -0.0, 1e-7];
        let halves = [0.5, 1.5, 2.5, 0.05, 0.25, 0.35, 0.125, 1e15 + 0.5, 99.95, 999.9995, -1.25];
        for value in odd.into_iter().chain(halves) {
            for decimals in 0..=6 {
                let text = format!("x{value:.decimals$}");
                assert_eq!(written(|out| fixed(out, value, decimals)), text, "{value} {decimals}");
            }
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

        #[test]
        fn all_decimals_are_those_of_format(bits: u64, whole in -1_000_000i64..1_000_000, parts in 1u32..4096, decimals in 0usize..=6) {
            for value in [f64::from_bits(bits), whole as f64 / f64::from(parts), whole as f64 / 8.0, whole as f64 / 1000.0] {
                prop_assert_eq!(written(|out| fixed(out, value, decimals)), format!("x{value:.decimals$}"));
            }
        }
    }
}

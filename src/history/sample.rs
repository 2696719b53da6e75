//! A reading in two bytes: a small unsigned float of our own.
//!
//! 6 bits of exponent and 10 of mantissa behind an implicit one: from 2⁻¹⁶ to nearly 2⁴⁸, each value within 0.05 %. That is from
//! 15 µs to 281 TB. What is larger becomes the largest; 0 means that nothing is known, 1 is zero.

/// What the smallest exponent stands for.
const SMALLEST: u32 = 127 - 16;
/// From the mantissa of an `f32` to ours.
const SHIFT: u32 = 13;

/// The code of a value. What is no number has none; what is negative counts as zero.
pub fn encode(value: f32) -> u16 {
    if !value.is_finite() {
        return 0;
    }
    // Not left to `max`, to which both zeros are the same: the sign of the other one would count as a huge value.
    if value <= 0.0 {
        return 1;
    }
    let rounded = (value.to_bits() + (1 << (SHIFT - 1))) >> SHIFT;
    match rounded.checked_sub(SMALLEST << 10) {
        // The first two codes mean something else.
        Some(code) => u16::try_from(code.max(2)).unwrap_or(u16::MAX),
        None => 1,
    }
}

/// The value of a code; `None`: nothing is known.
pub fn decode(code: u16) -> Option<f32> {
    match code {
        0 => None,
        1 => Some(0.0),
        code => Some(f32::from_bits((u32::from(code) + (SMALLEST << 10)) << SHIFT)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ends_of_the_range_are_what_they_say() {
        assert_eq!(encode(f32::NAN), 0);
        assert_eq!(encode(f32::INFINITY), 0);
        assert_eq!(decode(0), None);
        assert_eq!(encode(0.0), 1);
        assert_eq!(encode(-3.0), 1);
        assert_eq!(encode(-0.0), 1);
        assert_eq!(decode(1), Some(0.0));
        assert_eq!(decode(encode(1e30)), decode(u16::MAX));
        assert_eq!(decode(encode(1.0)), Some(1.0));
        assert_eq!(decode(encode(100.0)), Some(100.0));
    }

    proptest! {
        #[test]
        fn a_value_comes_back_within_a_thousandth(value in 0.000_016_f32..2.8e14) {
            let back = decode(encode(value)).unwrap();
            prop_assert!((back - value).abs() <= value * 0.001, "{value} came back as {back}");
        }

        #[test]
        fn every_code_is_its_own(code in 2u16..) {
            prop_assert_eq!(encode(decode(code).unwrap()), code);
        }

        #[test]
        fn order_is_kept(a in 0f32..1e15, b in 0f32..1e15) {
            prop_assert!(encode(a.min(b)) <= encode(a.max(b)));
        }

        #[test]
        fn nothing_is_out_of_range(bits: u32) {
            let _ = decode(encode(f32::from_bits(bits)));
        }
    }
}

//! Finding services by what a client wrote: a name, or a pattern for whole names.
//!
//! The C library's expressions can be made to take gigabytes and hours, and a user who may only look sends them, too.
//! What no name can need is refused here, before the library sees it.

use super::site::Site;

/// Longest pattern looked at, in bytes.
const LONGEST: usize = 256;
/// Product of all repetition counts: `a{20}` has 20, nested ones multiply in the library's memory.
const REPETITIONS: u64 = 256;

/// The services that `pattern` names, in file order; none for a pattern that is wrong or refused.
pub fn find(site: &dyn Site, pattern: &str) -> Vec<u32> {
    match site.exact(pattern) {
        Some(index) => vec![index],
        None if is_tame(pattern) => site.find(pattern),
        None => Vec::new(),
    }
}

fn is_tame(pattern: &str) -> bool {
    let mut repetitions: u64 = 1;
    let mut digits = false;
    let mut number: u64 = 0;
    let mut escaped = false;
    for byte in pattern.bytes() {
        // Back references make matching exponential; no name needs one.
        if escaped && byte.is_ascii_digit() {
            return false;
        }
        escaped = byte == b'\\' && !escaped;
        match byte {
            b'{' => (digits, number) = (true, 0),
            b'0'..=b'9' if digits => {
                number = number.saturating_mul(10).saturating_add(u64::from(byte - b'0'))
            }
            b',' if digits => {
                repetitions = repetitions.saturating_mul(number.max(1));
                number = 0;
            }
            b'}' if digits => {
                repetitions = repetitions.saturating_mul(number.max(1));
                digits = false;
            }
            _ => {}
        }
    }
    // Nested stars on one short name stay cheap; what grows is the number of them.
    let stars = pattern.bytes().filter(|byte| b"*+?|".contains(byte)).count();
    pattern.len() <= LONGEST && repetitions <= REPETITIONS && stars <= 64 && !pattern.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_for_names_are_taken() {
        for pattern in ["p_.*", "(web|db)[0-9]{1,3}", "a{20}", "x.y", "(", "{", "[[:alpha:]]+", "a\\.b"] {
            assert!(is_tame(pattern), "{pattern}");
        }
    }

    #[test]
    fn patterns_that_eat_the_machine_are_not() {
        let long = "a".repeat(LONGEST + 1);
        let stars = "(".repeat(80) + "a" + &")*".repeat(80);
        for pattern in ["((a{1,200}){1,200}){1,200}", "(a*)\\1*", "a{1,99999}", "x\0", &long, &stars] {
            assert!(!is_tame(pattern), "{pattern}");
        }
    }
}

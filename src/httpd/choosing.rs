//! Finding services by what a client wrote: names, or patterns for whole names.
//!
//! A user who may only look sends patterns, too, and one request can hold hundreds for thousands of services. So a pattern
//! is bounded in size, read once, and worked on in several turns of the loop; a request that would cost more than
//! anybody needs is refused.

use super::site::Site;
use crate::regex::{Flags, Fuel, Regex};
use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hasher};

/// Longest pattern looked at, in bytes.
const LONGEST: usize = 256;
/// Steps of a pattern's automaton: what one byte of a name costs at worst.
const STEPS: u64 = 1024;
/// Nanoseconds for one request, as roughly measured on a slow machine: 1 000 patterns for 1 000 services.
const MOST: u64 = 400_000_000;
/// To look at one name, and to look one up.
const NAME: u64 = 150;
/// To read a pattern.
const READ: u64 = 5_000;

/// Why a pattern is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Longer than [`LONGEST`].
    Long,
    /// It has a back reference or would take too much memory.
    Hard,
    /// All the patterns of the request take too long.
    Dear,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::Long => "the pattern is longer than 256 bytes",
            Refusal::Hard => "patterns with back references or large repetitions are not taken from clients",
            Refusal::Dear => "the patterns of the request take too long to match",
        })
    }
}

/// What became of a request's patterns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// More turns are needed.
    NotYet,
    /// These, each once, in the order they were asked for.
    Services(Vec<u32>),
    /// The pattern of that number finds nothing.
    Nothing(usize),
    /// The pattern of that number is not looked at.
    Refused(usize, Refusal),
}

/// The choice of a request, as far as it is made.
#[derive(Debug, Default)]
pub struct Choosing {
    /// For this turn.
    fuel: Fuel,
    spent: u64,
    /// The names of all services, by their hash, when several are asked for.
    names: Option<HashMap<u64, u32>>,
    /// The next pattern.
    pattern: usize,
    /// The pattern in hand, the next service, and whether it has found any.
    regex: Option<(Regex, u32, bool)>,
    services: Vec<u32>,
    taken: Vec<bool>,
}

impl Choosing {
    /// For a turn with so many microseconds.
    pub fn refuel(&mut self, microseconds: u32) {
        self.fuel = Fuel(u64::from(microseconds) * 1000);
    }

    /// How many microseconds of the turn are left.
    pub fn left(&self) -> u32 {
        u32::try_from(self.fuel.0 / 1000).unwrap_or(u32::MAX)
    }

    /// The services that these mean, all of them or none; call it with the same ones until it is known.
    pub fn choose(&mut self, site: &dyn Site, patterns: &[&str]) -> Chosen {
        let before = self.fuel;
        let chosen = self.go_on(site, patterns);
        self.spent = self.spent.saturating_add(before.0.saturating_sub(self.fuel.0)).saturating_add(1);
        match chosen {
            Chosen::NotYet if self.spent > MOST => Chosen::Refused(self.pattern, Refusal::Dear),
            chosen => chosen,
        }
    }

    fn go_on(&mut self, site: &dyn Site, patterns: &[&str]) -> Chosen {
        while let Some(pattern) = patterns.get(self.pattern) {
            // One name needs no other turn, whatever this one had to do.
            if self.fuel.is_spent() && (patterns.len() > 1 || self.regex.is_some()) {
                return Chosen::NotYet;
            }
            if self.regex.is_none() {
                if let Some(index) = self.exact(site, pattern, patterns.len()) {
                    self.take(index);
                    self.pattern += 1;
                    continue;
                }
                self.fuel.burn(READ);
                let regex = match read(pattern) {
                    Ok(Some(regex)) => regex,
                    Ok(None) => return Chosen::Nothing(self.pattern),
                    Err(refusal) => return Chosen::Refused(self.pattern, refusal),
                };
                self.regex = Some((regex, 0, false));
            }
            let Some((regex, mut next, mut any)) = self.regex.take() else { continue };
            while next < site.count() {
                match regex.search(site.name(next).as_bytes(), &mut self.fuel) {
                    Some(true) => {
                        any = true;
                        self.take(next);
                    }
                    Some(false) => {}
                    None => {
                        self.regex = Some((regex, next, any));
                        return Chosen::NotYet;
                    }
                }
                self.fuel.burn(NAME);
                next += 1;
            }
            if !any {
                return Chosen::Nothing(self.pattern);
            }
            self.pattern += 1;
        }
        Chosen::Services(std::mem::take(&mut self.services))
    }

    /// Each service once, however often it is named.
    fn take(&mut self, index: u32) {
        let at = index as usize;
        if self.taken.len() <= at {
            self.taken.resize(at + 1, false);
        }
        if let Some(taken) = self.taken.get_mut(at).filter(|taken| !**taken) {
            *taken = true;
            self.services.push(index);
        }
    }

    /// The service of exactly that name.
    fn exact(&mut self, site: &dyn Site, name: &str, patterns: usize) -> Option<u32> {
        if patterns == 1 {
            self.fuel.burn(u64::from(site.count()) * 10);
            return site.exact(name);
        }
        if self.names.is_none() {
            self.fuel.burn(u64::from(site.count()) * NAME);
        }
        let names = self.names.get_or_insert_with(|| {
            let mut names = HashMap::with_capacity(site.count() as usize);
            for index in 0..site.count() {
                names.entry(hash(site.name(index))).or_insert(index);
            }
            names
        });
        self.fuel.burn(NAME);
        let found = *names.get(&hash(name))?;
        // Two names may share a hash.
        if site.name(found).eq_ignore_ascii_case(name) { Some(found) } else { site.exact(name) }
    }
}

/// Of a name without its case.
fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.bytes().for_each(|byte| hasher.write_u8(byte.to_ascii_lowercase()));
    hasher.finish()
}

/// `None`: the pattern is wrong, and finds nothing.
fn read(pattern: &str) -> Result<Option<Regex>, Refusal> {
    if pattern.len() > LONGEST {
        return Err(Refusal::Long);
    }
    match Regex::whole(pattern.as_bytes(), Flags { ignore_case: true }) {
        Err(_) => Ok(None),
        Ok(regex) if regex.is_hard() || regex.steps() > STEPS => Err(Refusal::Hard),
        Ok(regex) => Ok(Some(regex)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::httpd::scripted::Scripted;

    /// The choice, and how many turns it took.
    fn choose(site: &Scripted, patterns: &[&str]) -> (Chosen, u32) {
        let mut choosing = Choosing::default();
        for turns in 1.. {
            choosing.refuel(1_500);
            match choosing.choose(site, patterns) {
                Chosen::NotYet => assert!(choosing.left() == 0),
                chosen => return (chosen, turns),
            }
        }
        unreachable!()
    }

    fn crowd(count: usize) -> Scripted {
        let mut site = Scripted::example();
        let names = (0..count).map(|number| {
            (&*format!("service_with_a_name_{number}").leak(), "Process", 1, crate::document::text::Class::Up)
        });
        site.services = names.collect();
        site
    }

    #[test]
    fn names_come_before_patterns_and_everything_once() {
        let site = Scripted::example();
        let chosen = |patterns: &[&str]| choose(&site, patterns).0;
        assert_eq!(chosen(&["WEB2"]), Chosen::Services(vec![4]));
        assert_eq!(chosen(&["sys.example"]), Chosen::Services(vec![5]));
        assert_eq!(chosen(&["web[0-9]", "lo", "web1", "LO"]), Chosen::Services(vec![3, 4, 2]));
        assert_eq!(chosen(&["lo", "web", "nosuch"]), Chosen::Nothing(1), "only whole names");
        assert_eq!(chosen(&["lo", "("]), Chosen::Nothing(1));
        assert_eq!(chosen(&[]), Chosen::Services(vec![]));
    }

    #[test]
    fn patterns_for_names_are_taken() {
        for pattern in
            ["p_.*", "(web|db)[0-9]{1,3}", "a{20}", "x.y", "[[:alpha:]]+", "a\\.b", "[a-z_]{1,255}"]
        {
            assert!(matches!(read(pattern), Ok(Some(_))), "{pattern}");
        }
        for pattern in ["(", "{", "x\0"] {
            assert!(matches!(read(pattern), Ok(None)), "{pattern}");
        }
    }

    #[test]
    fn patterns_that_eat_the_machine_are_not() {
        for pattern in
            ["((a{1,200}){1,200}){1,200}", "(a*)\\1*", "a{1,20000}", "(((((((((.?)?)?)?)?)?)?)?)?){256}"]
        {
            assert_eq!(read(pattern).map(|_| ()), Err(Refusal::Hard), "{pattern}");
        }
        assert_eq!(read(&"a".repeat(LONGEST + 1)).map(|_| ()), Err(Refusal::Long));
    }

    #[test]
    fn what_takes_long_takes_turns_and_what_takes_too_long_is_refused() {
        let site = crowd(200);
        let patterns: Vec<String> = (0..800).map(|number| format!("service.*_{}.*", number % 10)).collect();
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        let (chosen, turns) = choose(&site, &patterns);
        assert!(matches!(chosen, Chosen::Services(all) if all.len() == 200));
        assert!((10..500).contains(&turns), "{turns}");
        // Names cost next to nothing.
        let site = crowd(5_000);
        let names: Vec<&str> = (0..5_000).map(|index| site.name(index)).collect();
        let (chosen, turns) = choose(&site, &names);
        assert!(matches!(chosen, Chosen::Services(all) if all.len() == 5_000));
        assert!(turns < 5, "{turns}");
        let slow = ["(.?.?.?.?.?.?.?.?.?.?.?.?){40}(x|y)"; 100];
        assert!(matches!(choose(&site, &slow).0, Chosen::Nothing(_) | Chosen::Refused(_, Refusal::Dear)));
    }
}

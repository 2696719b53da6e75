//! Who depends on whom, and in which order services go down and come up.
//!
//! Down: whatever depends on a service goes before it, depth first, in the order of the check list; so a diamond's top
//! is met once, through the first of its sides. Up: the order of the check list, where every base stands before its
//! dependants.

use super::index::ServiceIndex;
use super::marks::Marks;
use crate::config::Config;

/// A set of services.
#[derive(Debug, Clone)]
pub(super) struct Set(Marks);

impl Set {
    pub(super) fn new(config: &Config) -> Set {
        Set(Marks::new(config.services.len()))
    }

    pub(super) fn has(&self, index: ServiceIndex) -> bool {
        self.0.has(index.0)
    }

    /// Adds; `true` if it was not there.
    pub(super) fn add(&mut self, index: ServiceIndex) -> bool {
        self.0.add(index.0)
    }
}

/// What `index` depends on directly.
pub(super) fn bases_of(
    config: &Config,
    index: ServiceIndex,
) -> impl DoubleEndedIterator<Item = ServiceIndex> + '_ {
    let service = config.services.get(index.at());
    service.into_iter().flat_map(|service| service.depends.iter().copied().map(ServiceIndex))
}

/// The services in the order of checks.
pub(super) fn in_order(config: &Config) -> impl Iterator<Item = ServiceIndex> + '_ {
    config.check_order.iter().copied().map(ServiceIndex)
}

/// The dependencies read backwards: what depends on each service. Takes no memory where nothing depends on anything.
#[derive(Debug, Clone, Default)]
pub(super) struct Dependants {
    /// Where the dependants of a service begin in `list`; those of the next one end them.
    begins: Box<[u32]>,
    list: Box<[ServiceIndex]>,
}

impl Dependants {
    pub(super) fn new(config: &Config) -> Dependants {
        let edges = config.services.iter().map(|service| service.depends.len()).sum::<usize>();
        if edges == 0 {
            return Dependants::default();
        }
        let mut begins = vec![0u32; config.services.len() + 1];
        let bases = config.services.iter().flat_map(|service| &service.depends);
        for count in bases.filter_map(|base| usize::try_from(*base).ok()?.checked_add(1)) {
            if let Some(slot) = begins.get_mut(count) {
                *slot += 1;
            }
        }
        let mut sum = 0;
        for slot in &mut begins {
            sum += *slot;
            *slot = sum;
        }
        let mut free = begins.clone();
        let mut list = vec![ServiceIndex(0); edges];
        for dependant in in_order(config) {
            for base in bases_of(config, dependant) {
                let Some(slot) = free.get_mut(base.at()) else { continue };
                if let Some(place) = list.get_mut(*slot as usize) {
                    *place = dependant;
                    *slot += 1;
                }
            }
        }
        Dependants { begins: begins.into(), list: list.into() }
    }

    /// What depends on `index` directly, in the order of the check list.
    pub(super) fn of(&self, index: ServiceIndex) -> &[ServiceIndex] {
        let at = |index: usize| self.begins.get(index).map(|begin| *begin as usize);
        match (at(index.at()), at(index.at() + 1)) {
            (Some(from), Some(to)) => self.list.get(from..to).unwrap_or_default(),
            _ => &[],
        }
    }
}

/// Everything `index` depends on, directly or not, itself excluded.
pub(super) fn all_bases(config: &Config, index: ServiceIndex, into: &mut Set) {
    for base in bases_of(config, index) {
        if into.add(base) {
            all_bases(config, base, into);
        }
    }
}

/// `roots` and everything that depends on them, dependants first. Only roots and what `wanted` says yes to is in the
/// list; who depends on what is left out is looked at nevertheless.
pub(super) fn down(
    config: &Config,
    dependants: &Dependants,
    roots: &[ServiceIndex],
    wanted: impl Fn(ServiceIndex) -> bool,
) -> Vec<ServiceIndex> {
    let mut named = Set::new(config);
    roots.iter().for_each(|root| {
        named.add(*root);
    });
    let mut seen = Set::new(config);
    let mut order = Vec::new();
    for root in in_order(config).filter(|index| named.has(*index)) {
        sink(dependants, root, &mut seen, &mut order);
    }
    order.retain(|index| named.has(*index) || wanted(*index));
    order
}

fn sink(dependants: &Dependants, index: ServiceIndex, seen: &mut Set, order: &mut Vec<ServiceIndex>) {
    if !seen.add(index) {
        return;
    }
    for dependant in dependants.of(index) {
        sink(dependants, *dependant, seen, order);
    }
    order.push(index);
}

/// The members of `set`, bases first.
pub(super) fn up(config: &Config, set: &Set) -> Vec<ServiceIndex> {
    in_order(config).filter(|index| set.has(*index)).collect()
}

/// `roots` and what they need, bases first: before each service what it names in `depends on`, the last one named
/// first, as the reference starts them.
pub(super) fn ascent(config: &Config, roots: &[ServiceIndex]) -> Vec<ServiceIndex> {
    let mut seen = Set::new(config);
    let mut order = Vec::new();
    for root in in_order(config).filter(|index| roots.contains(index)) {
        climb(config, root, &mut seen, &mut order);
    }
    order
}

fn climb(config: &Config, index: ServiceIndex, seen: &mut Set, order: &mut Vec<ServiceIndex>) {
    if !seen.add(index) {
        return;
    }
    for base in bases_of(config, index).rev() {
        climb(config, base, seen, order);
    }
    order.push(index);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Service, Subject};

    /// Services `names[i]` depending on the given indices, in check order as given.
    fn config(lines: &[(&str, &[u32])], order: &[u32]) -> Config {
        let services = lines.iter().map(|(name, depends)| {
            let mut service = Service::new(name, Subject::System);
            service.depends = depends.to_vec().into();
            service
        });
        Config { services: services.collect(), check_order: order.to_vec(), ..Config::default() }
    }

    fn names(config: &Config, order: &[ServiceIndex]) -> String {
        order.iter().map(|i| &*config.services[i.at()].name).collect::<Vec<_>>().join(" ")
    }

    fn diamond() -> Config {
        // top left right base other; the list order of the reference.
        let lines: &[(&str, &[u32])] =
            &[("top", &[1, 2]), ("left", &[3]), ("right", &[3]), ("base", &[]), ("other", &[3])];
        config(lines, &[3, 4, 1, 2, 0])
    }

    #[test]
    fn a_diamond_goes_down_and_comes_up_once_each() {
        let config = diamond();
        let order = down(&config, &Dependants::new(&config), &[ServiceIndex(3)], |_| true);
        assert_eq!(names(&config, &order), "other top left right base");
        let mut set = Set::new(&config);
        order.iter().for_each(|i| {
            set.add(*i);
        });
        assert_eq!(names(&config, &up(&config, &set)), "base other left right top");
    }

    #[test]
    fn a_chain_goes_down_from_its_end() {
        let config = config(&[("a", &[1]), ("b", &[2]), ("c", &[3]), ("d", &[])], &[3, 2, 1, 0]);
        assert_eq!(
            names(&config, &down(&config, &Dependants::new(&config), &[ServiceIndex(3)], |_| true)),
            "a b c d"
        );
        assert_eq!(
            names(
                &config,
                &down(&config, &Dependants::new(&config), &[ServiceIndex(2)], |i| i != ServiceIndex(1))
            ),
            "a c",
            "b is not monitored"
        );
        assert_eq!(
            names(
                &config,
                &down(&config, &Dependants::new(&config), &[0, 1, 2, 3].map(ServiceIndex), |_| false)
            ),
            "a b c d"
        );
    }

    #[test]
    fn bases_are_found_through_others() {
        let config = diamond();
        let mut set = Set::new(&config);
        all_bases(&config, ServiceIndex(0), &mut set);
        assert_eq!(names(&config, &up(&config, &set)), "base left right");
        assert_eq!(names(&config, &ascent(&config, &[ServiceIndex(0)])), "base right left top");
        assert_eq!(names(&config, &ascent(&config, &[0, 3].map(ServiceIndex))), "base right left top");
    }
}

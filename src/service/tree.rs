//! Everything that one request touches.

use super::dependency::{self, Dependants, Set, bases_of};
use super::index::ServiceIndex;
use crate::config::Config;

/// Everything a request touches, in the order in which it stops and starts.
pub(super) struct Tree {
    /// To be stopped or switched off, dependants first.
    pub(super) down: Vec<ServiceIndex>,
    /// To be started or switched on, bases first.
    pub(super) up: Vec<ServiceIndex>,
}

impl Tree {
    /// For `roots`: with what depends on them and is monitored, and with all they depend on.
    pub(super) fn of(
        config: &Config,
        dependants: &Dependants,
        roots: &[ServiceIndex],
        with_dependants: bool,
        with_bases: bool,
        monitored: impl Fn(ServiceIndex) -> bool,
    ) -> Tree {
        if let [root] = roots {
            // Nearly every service stands alone; with thousands of them it matters not to look at all others.
            if dependants.of(*root).is_empty() && (!with_bases || bases_of(config, *root).next().is_none()) {
                let down = if with_dependants { vec![*root] } else { Vec::new() };
                return Tree { down, up: vec![*root] };
            }
        }
        if with_bases && !with_dependants {
            return Tree { down: Vec::new(), up: dependency::ascent(config, roots) };
        }
        let down =
            if with_dependants { dependency::down(config, dependants, roots, monitored) } else { Vec::new() };
        let mut set = Set::new(config);
        for index in down.iter().chain(roots) {
            set.add(*index);
        }
        if with_bases {
            roots.iter().for_each(|root| dependency::all_bases(config, *root, &mut set));
        }
        Tree { down, up: dependency::up(config, &set) }
    }
}

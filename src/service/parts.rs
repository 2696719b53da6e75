//! Splitting the services of one request into parts that have nothing to do with each other.

use super::index::ServiceIndex;

/// Services of one request on the way to be split. Each root with all it touches joins the parts it meets.
pub(super) struct Parts {
    /// From a service to the part that touches it, or to one that has since become part of another.
    owner: Vec<Option<usize>>,
    list: Vec<Part>,
}

#[derive(Default)]
struct Part {
    /// `None`: joined with others in part `whole`.
    roots: Option<Vec<ServiceIndex>>,
    whole: usize,
}

impl Parts {
    /// Of so many services, none of them in it.
    pub(super) fn new(count: usize) -> Parts {
        Parts { owner: vec![None; count], list: Vec::new() }
    }

    /// The roots of each part.
    pub(super) fn into_roots(self) -> Vec<Vec<ServiceIndex>> {
        self.list.into_iter().filter_map(|part| part.roots).collect()
    }

    pub(super) fn add(&mut self, root: ServiceIndex, members: &[ServiceIndex]) {
        let owners = members.iter().filter_map(|index| self.owner.get(index.at()).copied().flatten());
        let owners: Vec<usize> = owners.collect();
        let mut met: Vec<usize> = owners.into_iter().map(|part| self.whole(part)).collect();
        met.sort_unstable();
        met.dedup();
        let mine = self.list.len();
        let mut roots = vec![root];
        for at in met {
            let Some(part) = self.list.get_mut(at) else { continue };
            part.whole = mine;
            let mut joined = part.roots.take().unwrap_or_default();
            joined.append(&mut roots);
            roots = joined;
        }
        self.list.push(Part { roots: Some(roots), whole: mine });
        for index in members {
            if let Some(owner) = self.owner.get_mut(index.at()) {
                *owner = Some(mine);
            }
        }
    }

    /// The part that `part` has become part of. What was walked is shortened for the next one.
    fn whole(&mut self, part: usize) -> usize {
        let next = |parts: &Parts, at: usize| parts.list.get(at).map_or(at, |part| part.whole);
        let mut end = part;
        while next(self, end) != end {
            end = next(self, end);
        }
        let mut at = part;
        while at != end {
            let Some(part) = self.list.get_mut(at) else { break };
            at = std::mem::replace(&mut part.whole, end);
        }
        end
    }
}

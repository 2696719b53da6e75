//! Which services the overview is about, and the links to choose others.

use super::frame::{Renewal, encode, foreign};
use super::kinds::KINDS;
use crate::config::Config;
use std::fmt::Write;

/// Groups that have a link.
const GROUPS: usize = 60;

/// Which services are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The members of the group of this name; `None`: all services.
    pub group: Option<Box<str>>,
    /// Those of these types.
    pub types: Types,
}

/// Which types of services are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Types {
    /// All; of very many services only how many there are of each.
    #[default]
    Brief,
    /// All, however many there are.
    All,
    /// The one of this number.
    One(u8),
}

impl Types {
    /// Those of a word in an address.
    pub fn from_word(word: &str) -> Option<Types> {
        if word.eq_ignore_ascii_case("all") {
            return Some(Types::All);
        }
        let kind = KINDS.iter().find(|kind| kind.word.eq_ignore_ascii_case(word))?;
        Some(Types::One(kind.number))
    }

    fn word(self) -> Option<&'static str> {
        match self {
            Types::Brief => None,
            Types::All => Some("all"),
            Types::One(number) => KINDS.iter().find(|kind| kind.number == number).map(|kind| kind.word),
        }
    }
}

impl Filter {
    /// Does it leave something out?
    pub(super) fn is_something(&self) -> bool {
        self.group.is_some() || matches!(self.types, Types::One(_))
    }

    /// The place of its group; `None`: there is none, or it was not asked for.
    pub(super) fn group_place(&self, config: &Config) -> Option<u32> {
        let name = self.group.as_ref()?;
        let at = config.groups.iter().position(|group| group.name.eq_ignore_ascii_case(name))?;
        u32::try_from(at).ok()
    }

    /// Whether a service is shown that is of this type and in these groups; `group` is [`Self::group_place`].
    pub(super) fn admits(&self, group: Option<u32>, groups: &[u32], number: u8) -> bool {
        let of_group = self.group.is_none() || group.is_some_and(|group| groups.contains(&group));
        let of_type = match self.types {
            Types::One(one) => one == number,
            Types::Brief | Types::All => true,
        };
        of_group && of_type
    }

    /// What it leaves, in words for a heading; empty where that is everything.
    pub(super) fn words(&self) -> String {
        let kind = |number| KINDS.iter().find(|kind| kind.number == number).map(|kind| kind.heading);
        let types = match self.types {
            Types::One(number) => kind(number).map(str::to_owned),
            Types::Brief | Types::All => None,
        };
        let group = self.group.as_ref().map(|name| format!("Group {name}"));
        let words: Vec<String> = group.into_iter().chain(types).collect();
        words.join(", ")
    }

    /// What its address says of it; empty or ended by `&amp;`.
    pub(super) fn query(&self) -> String {
        let mut query = String::new();
        if let Some(name) = &self.group {
            query.push_str("group=");
            encode(&mut query, name);
            query.push_str("&amp;");
        }
        if let Some(word) = self.types.word() {
            query.extend(["type=", word, "&amp;"]);
        }
        query
    }

    /// A link to the overview with this filter, paused if this page is.
    pub(super) fn link(&self, out: &mut String, words: &str, renewal: Renewal) {
        let mut query = self.query();
        query.push_str(if renewal == Renewal::Paused { "refresh=off" } else { "" });
        let query = query.strip_suffix("&amp;").unwrap_or(&query);
        out.extend(["<a href=\"./", if query.is_empty() { "" } else { "?" }, query, "\">"]);
        foreign(out, words);
        out.push_str("</a> ");
    }

    /// The links to all types that there are, and to all groups. The one that is shown is none.
    pub(super) fn choice(&self, out: &mut String, config: Option<&Config>, types: &[u8], renewal: Renewal) {
        out.push_str("<nav class=\"filter\" aria-label=\"Filter\"><p>Type ");
        self.one(out, "all", Filter { types: Types::Brief, ..self.clone() }, renewal);
        for kind in KINDS.iter().filter(|kind| types.contains(&kind.number)) {
            let filter = Filter { types: Types::One(kind.number), ..self.clone() };
            self.one(out, kind.heading, filter, renewal);
        }
        out.push_str("</p>");
        let groups = config.map(|config| &config.groups[..]).unwrap_or_default();
        if !groups.is_empty() {
            out.push_str("<p>Group ");
            self.one(out, "all", Filter { group: None, ..self.clone() }, renewal);
            for (at, group) in groups.iter().enumerate() {
                // The one that is shown is there, however many there are.
                if at < GROUPS || same(self.group.as_deref(), Some(&group.name)) {
                    let filter = Filter { group: Some(group.name.clone()), ..self.clone() };
                    self.one(out, &group.name, filter, renewal);
                }
            }
            if groups.len() > GROUPS {
                let _ = write!(out, "and {} more: ?group=NAME", groups.len() - GROUPS);
            }
            out.push_str("</p>");
        }
        out.push_str("</nav>");
    }

    fn one(&self, out: &mut String, words: &str, filter: Filter, renewal: Renewal) {
        if same(self.group.as_deref(), filter.group.as_deref()) && self.types == filter.types {
            out.push_str("<strong aria-current=\"true\">");
            foreign(out, words);
            return out.push_str("</strong> ");
        }
        filter.link(out, words, renewal);
    }
}

/// Is it the same group?
fn same(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Group;

    #[test]
    fn a_link_keeps_what_else_is_chosen() {
        let config = Config {
            groups: vec![
                Group { name: "www".into(), members: vec![1, 3] },
                Group { name: "a b<".into(), members: vec![] },
            ],
            ..Config::default()
        };
        let filter = Filter { group: Some("WWW".into()), types: Types::One(3) };
        let place = filter.group_place(&config);
        assert_eq!((place, filter.words()), (Some(0), "Group WWW, Processes".to_owned()));
        assert!(filter.admits(place, &[1, 0], 3) && filter.is_something());
        assert!(
            !filter.admits(place, &[1], 3) && !filter.admits(place, &[0], 2) && !filter.admits(None, &[0], 3)
        );
        let mut out = String::new();
        filter.choice(&mut out, Some(&config), &[5, 3], Renewal::Paused);
        for part in [
            "Type <a href=\"./?group=WWW&amp;refresh=off\">all</a> <a href=\"./?group=WWW&amp;type=system&amp;refresh=off\">System</a> \
             <strong aria-current=\"true\">Processes</strong> </p>",
            "Group <a href=\"./?type=process&amp;refresh=off\">all</a> <strong aria-current=\"true\">www</strong> \
             <a href=\"./?group=a%20b%3C&amp;type=process&amp;refresh=off\">a b&lt;</a>",
        ] {
            assert!(out.contains(part), "{part} in {out}");
        }
        out.clear();
        Filter::default().link(&mut out, "all", Renewal::Never);
        assert_eq!(out, "<a href=\"./\">all</a> ");
    }

    #[test]
    fn every_type_has_a_word() {
        for kind in &KINDS {
            assert_eq!(Types::from_word(kind.word).and_then(Types::word), Some(kind.word));
        }
        assert_eq!((Types::from_word("ALL"), Types::from_word("odd")), (Some(Types::All), None));
    }
}

//! What those who are told believe of a service whose alerts are held back, and what is so.
//!
//! For each test whose state has changed in a silence stands here what they know, and what there is to tell now. When they
//! agree again there is nothing to tell: what failed and recovered is forgotten, and what failed before, recovered and
//! failed again too. When the silence is over what they do not know is told, once. What has only changed (a checksum, a
//! process number) has no state that lasts and is not told later.

use crate::config::EventKind;
use crate::event::{ActionName, words};

/// Longest sentence kept, in bytes.
const DESCRIPTION: usize = 1024;

/// What of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// Something that no file mentions.
    Itself,
    /// The test of this number.
    Test(u16),
    /// The restart limit of this number.
    Limit(u16),
}

impl About {
    /// That of a test or a restart limit, if it is about one.
    pub(super) fn of(test: Option<u16>, limit: Option<u16>) -> About {
        let limit = limit.map_or(About::Itself, About::Limit);
        test.map_or(limit, About::Test)
    }

    pub(super) fn test(self) -> Option<u16> {
        if let About::Test(number) = self { Some(number) } else { None }
    }

    pub(super) fn limit(self) -> Option<u16> {
        if let About::Limit(number) = self { Some(number) } else { None }
    }
}

/// One test, or something that no file mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Story {
    pub(super) kind: EventKind,
    pub(super) about: About,
    /// They believe that it fails.
    believed: bool,
    /// It fails.
    pub(super) fails: bool,
    pub(super) action: ActionName,
    pub(super) description: Box<str>,
    /// For how many cycles it is so.
    cycles: u32,
    /// It was told late, after so many cycles: reminders are counted from there.
    told: Option<u32>,
    /// Its action was held back as well.
    owed: bool,
}

/// Of one service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Withheld(Vec<Story>);

/// The kind of its events, and what they are about.
pub(super) type Key = (EventKind, About);

impl Withheld {
    fn position(&self, key: Key) -> Option<usize> {
        self.0.iter().position(|story| (story.kind, story.about) == key)
    }

    fn story(&mut self, key: Key) -> Option<&mut Story> {
        self.position(key).and_then(|at| self.0.get_mut(at))
    }

    /// Is there something about it that they do not know?
    pub(super) fn is_open(&self, key: Key) -> bool {
        self.0.iter().any(|story| (story.kind, story.about) == key && story.told.is_none())
    }

    /// Is there anything that they do not know?
    pub(super) fn has_news(&self) -> bool {
        self.0.iter().any(|story| story.told.is_none())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// It fails now, or does not fail any more, and that is not told yet.
    pub(super) fn hold(&mut self, key: Key, fails: bool, action: ActionName, description: &str) {
        let at = self.position(key);
        let believed = match at.and_then(|at| self.0.get(at)) {
            Some(story) if story.told.is_some() => story.fails,
            Some(story) => story.believed,
            // What changes was the other way before.
            None => !fails,
        };
        at.into_iter().for_each(|at| drop(self.0.swap_remove(at)));
        if believed == fails {
            return;
        }
        self.0.push(Story {
            kind: key.0,
            about: key.1,
            believed,
            fails,
            action,
            description: cut(description).into(),
            cycles: 1,
            told: None,
            owed: false,
        });
    }

    /// It is told in the usual way.
    pub(super) fn forget(&mut self, key: Key) {
        self.position(key).into_iter().for_each(|at| drop(self.0.swap_remove(at)));
    }

    /// It still is so, after so many cycles.
    pub(super) fn lasts(&mut self, key: Key, description: &str, cycles: u32) {
        if let Some(story) = self.story(key).filter(|story| story.told.is_none()) {
            story.cycles = cycles;
            let description = cut(description);
            if *story.description != *description {
                story.description = description.into();
            }
        }
    }

    /// From which cycle on those who are told count, if it was told late.
    pub(super) fn counted_from(&self, key: Key) -> Option<u32> {
        self.0.iter().find(|story| (story.kind, story.about) == key)?.told
    }

    /// The action that goes with it is held back.
    pub(super) fn owe(&mut self, key: Key, fails: bool, action: ActionName) {
        match self.story(key) {
            Some(story) => story.owed = true,
            // They believe what is so, but the action for it ran when it failed before.
            None if fails => self.0.push(Story {
                kind: key.0,
                about: key.1,
                believed: true,
                fails,
                action,
                description: Box::default(),
                cycles: 1,
                told: Some(1),
                owed: true,
            }),
            None => {}
        }
    }

    /// Is an action still owed for this state? From now on it is not.
    pub(super) fn take_owed(&mut self, key: Key, fails: bool) -> bool {
        let Some(story) = self.story(key).filter(|story| story.fails == fails) else { return false };
        std::mem::take(&mut story.owed)
    }

    /// What they do not know, at most so much; from now on they do. What is over and owes nothing is forgotten.
    pub(super) fn tell(&mut self, most: usize) -> Vec<Story> {
        let mut told = Vec::new();
        for story in self.0.iter_mut().filter(|story| story.told.is_none()).take(most) {
            story.told = Some(story.cycles);
            let known = Story { description: Box::default(), ..story.clone() };
            told.push(std::mem::replace(story, known));
        }
        self.drop_settled();
        told
    }

    /// Forgets what is known to be over and owes nothing.
    pub(super) fn drop_settled(&mut self) {
        self.0.retain(|story| story.told.is_none() || story.fails || story.owed);
    }

    /// Keeps only that what they believe to fail has recovered; no action is owed for it any more.
    pub(super) fn keep_recoveries(&mut self) {
        self.0.retain(|story| story.told.is_none() && story.believed && !story.fails);
        self.0.iter_mut().for_each(|story| story.owed = false);
    }

    /// Does something of it owe an action?
    pub(super) fn owes(&self) -> bool {
        self.0.iter().any(|story| story.owed)
    }

    /// Tests and restart limits have other numbers; what is about none any more is forgotten.
    pub(super) fn renumber(&mut self, number: impl Fn(About) -> Option<About>) {
        self.0.retain_mut(|story| {
            let about = number(story.about);
            story.about = about.unwrap_or(story.about);
            about.is_some()
        });
    }

    /// Each as name and value for the state file. `name`: of what it is about; `None`: there is no such thing any more.
    pub(super) fn save(&self, name: impl Fn(About) -> Option<String>, mut add: impl FnMut(String, String)) {
        for story in &self.0 {
            let Some(name) = name(story.about) else { continue };
            let told = story.told.map_or("-".to_owned(), |cycles| cycles.to_string());
            let [believed, fails, owed] = [story.believed, story.fails, story.owed].map(u8::from);
            add(
                format!("withheld.{}.{name}", words::of(story.kind).key),
                format!(
                    "{believed} {fails} {owed} {} {told} {} {}",
                    story.cycles,
                    story.action.word(),
                    story.description
                ),
            );
        }
    }

    /// Takes up what [`Withheld::save`] gave, its name without the first word; anything else is left out.
    pub(super) fn load(
        &mut self,
        name: &str,
        value: &str,
        about: impl Fn(&str) -> Option<About>,
    ) -> Option<()> {
        let (kind, name) = name.split_once('.')?;
        let about = about(name)?;
        let mut words = value.splitn(7, ' ');
        let mut next = || words.next();
        let [believed, fails, owed] = [next()?, next()?, next()?].map(|word| word == "1");
        let (cycles, told) = (next()?.parse().ok()?, next()?.parse().ok());
        let action = action(next()?)?;
        let description = cut(next().unwrap_or_default()).into();
        let kind = words::TABLE.iter().find(|words| words.key == kind)?.kind;
        self.0.push(Story { kind, about, believed, fails, action, description, cycles, told, owed });
        Some(())
    }
}

fn action(word: &str) -> Option<ActionName> {
    use ActionName::{Alert, Exec, Ignore, Monitor, Restart, Start, Stop, Unmonitor};
    [Ignore, Alert, Restart, Stop, Exec, Unmonitor, Start, Monitor]
        .into_iter()
        .find(|action| action.word() == word)
}

/// The beginning of a text, cut between characters.
fn cut(text: &str) -> &str {
    let mut end = DESCRIPTION.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

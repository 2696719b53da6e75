//! Is this the user's password? What can be said at once is said here; a digest that is dear to compute, and what only
//! other programs know, are a [`Question`] for a helper (see `helpers`).
//!
//! Whoever fails has cost the same, whether there is such a user or not: for a name without a digest of its own one of
//! the others' is computed, always the same one for the same name. What comes of it is thrown away.

use super::md5_crypt;
use crate::config::{Credentials, PasswordForm};
use crate::sys::{crypt, pam, user};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

/// The name of our service to PAM, which is Monit's.
const SERVICE: &str = "monit";
/// Asked about instead of a user who is in none of the groups, so that PAM takes its time there, too.
const NOBODY: &str = "monit-unknown";

/// Why nobody can say whether a password is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unverifiable {
    /// The host has no crypt(3).
    NoCrypt,
    /// Its crypt(3) does not know the digest.
    UnknownDigest,
    /// The host has no PAM.
    NoPam,
    /// PAM has failed, with that number.
    Pam(u8),
    /// The helper has not answered, or not in time.
    NoAnswer,
    /// There is no memory, process or randomness for a helper.
    NoHelper,
}

impl fmt::Display for Unverifiable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unverifiable::NoCrypt => f.write_str("this system has no library libcrypt.so.1 or libcrypt.so.2"),
            Unverifiable::UnknownDigest => f.write_str("crypt(3) of this system does not know such a digest"),
            Unverifiable::NoPam => f.write_str("this system has no library libpam.so.0"),
            Unverifiable::Pam(number) => write!(f, "PAM has failed with error {number}, see its own log"),
            Unverifiable::NoAnswer => f.write_str("who was asked has not answered in time"),
            Unverifiable::NoHelper => f.write_str("no helper could be started"),
        }
    }
}

/// What is known about a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is right: the number of the user or group.
    Right(u16),
    /// It is wrong.
    Wrong,
    /// There is no such user.
    Unknown,
    /// Nobody can say.
    Cannot(Unverifiable),
}

/// The bytes of a verdict, for the pipe of a helper.
pub const VERDICT: usize = 3;

impl Verdict {
    pub(super) fn bytes(self) -> [u8; VERDICT] {
        match self {
            Verdict::Right(number) => {
                let [high, low] = number.to_be_bytes();
                [b'+', high, low]
            }
            Verdict::Wrong => [b'-', 0, 0],
            Verdict::Unknown => [b'?', 0, 0],
            Verdict::Cannot(Unverifiable::NoCrypt) => [b'!', 0, 0],
            Verdict::Cannot(Unverifiable::UnknownDigest) => [b'!', 1, 0],
            Verdict::Cannot(Unverifiable::NoPam) => [b'!', 2, 0],
            Verdict::Cannot(Unverifiable::Pam(number)) => [b'!', 3, number],
            Verdict::Cannot(_) => [b'!', 4, 0],
        }
    }

    /// What a helper has said; anything but a whole verdict is no answer.
    pub fn read(bytes: &[u8]) -> Verdict {
        match bytes {
            [b'+', high, low] => Verdict::Right(u16::from_be_bytes([*high, *low])),
            [b'-', ..] => Verdict::Wrong,
            [b'?', ..] => Verdict::Unknown,
            [b'!', 0, _] => Verdict::Cannot(Unverifiable::NoCrypt),
            [b'!', 1, _] => Verdict::Cannot(Unverifiable::UnknownDigest),
            [b'!', 2, _] => Verdict::Cannot(Unverifiable::NoPam),
            [b'!', 3, number] => Verdict::Cannot(Unverifiable::Pam(*number)),
            _ => Verdict::Cannot(Unverifiable::NoAnswer),
        }
    }
}

/// A password to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The name that was given.
    pub name: String,
    password: String,
    /// The number of its user; `None` for all that do not exist.
    pub user: Option<u16>,
    /// Whose digest is computed: the user's own, or somebody's.
    digest: Option<u16>,
    /// Microseconds that looking at it takes here, roughly.
    pub cost: u32,
}

/// What a helper is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The name that was given.
    pub name: String,
    /// And the password.
    pub password: String,
    /// Where it was sent from.
    pub host: String,
    /// The number of the user of that name; `None`: there is none.
    pub user: Option<u16>,
    /// Is the digest his own? What is computed for somebody else says nothing about him.
    own: bool,
    /// A digest of crypt(3) to be computed.
    digest: Option<Box<str>>,
    /// Groups of PAM, by their numbers in the list.
    groups: Vec<(u16, Box<str>)>,
}

/// What can be said of a password at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// All there is to say.
    Known(Verdict),
    /// Only a helper can say it.
    Ask(Box<Question>),
}

/// The users of `set httpd`, and the groups.
#[derive(Debug, Clone, Default)]
pub struct Users {
    list: Vec<Credentials>,
    seed: RandomState,
}

impl Users {
    /// These; numbers are those of this list.
    pub fn new(list: Vec<Credentials>) -> Users {
        Users { list, seed: RandomState::new() }
    }

    /// Is a password asked for at all?
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// May this user only look?
    pub fn is_readonly(&self, number: u16) -> bool {
        self.list.get(usize::from(number)).is_none_or(|user| user.readonly)
    }

    /// The name and password of an Authorization header; `None`: it has none that we understand.
    pub fn attempt(&self, authorization: &str) -> Option<Attempt> {
        let (name, password) = basic(authorization)?;
        let named = |(user, _): &(&Credentials, u16)| {
            user.form != PasswordForm::PamGroup && constant_time_equal(user.name.as_bytes(), name.as_bytes())
        };
        let user = self.list.iter().zip(0u16..).find(named);
        let own = user.filter(|(user, _)| Kind::of(user).is_digest());
        let digest = own.map(|(_, number)| number).or_else(|| self.somebody(&name));
        let is_md5 = digest.is_some_and(|number| self.kind(number) == Some(Kind::Md5));
        let cost = if is_md5 { md5_crypt::cost(password.len()) } else { 0 };
        let user = user.map(|(_, number)| number);
        Some(Attempt { name, password, user, digest, cost })
    }

    fn kind(&self, number: u16) -> Option<Kind> {
        self.list.get(usize::from(number)).map(Kind::of)
    }

    /// Whose digest is computed for a name that has none.
    fn somebody(&self, name: &str) -> Option<u16> {
        let mut all = self.list.iter().zip(0u16..).filter(|(user, _)| Kind::of(user).is_digest());
        let count = all.clone().count().max(1) as u64;
        let at = usize::try_from(self.seed.hash_one(name) % count).unwrap_or(0);
        all.nth(at).map(|(_, number)| number)
    }

    /// Looks at the password as far as that takes no longer than `attempt.cost`.
    pub fn look(&self, attempt: &Attempt, host: &str) -> Look {
        let Attempt { name, password, user, digest, .. } = attempt;
        let stored = |number: u16| self.list.get(usize::from(number));
        let plain = user.and_then(stored).filter(|user| user.form == PasswordForm::Cleartext);
        let right =
            plain.is_some_and(|user| constant_time_equal(user.password.as_bytes(), password.as_bytes()));
        if let (true, Some(user)) = (right, user) {
            return Look::Known(Verdict::Right(*user));
        }
        let mut costly = None;
        if let Some((number, whose)) = digest.and_then(|number| Some((number, stored(number)?))) {
            match Kind::of(whose) {
                Kind::Md5 if matches_md5(whose, password) && *user == Some(number) => {
                    return Look::Known(Verdict::Right(number));
                }
                Kind::Crypt => costly = Some(whose.password.clone()),
                _ => {}
            }
        }
        let groups: Vec<(u16, Box<str>)> = self
            .list
            .iter()
            .zip(0u16..)
            .filter(|(user, _)| user.form == PasswordForm::PamGroup)
            .map(|(user, number)| (number, user.name.clone()))
            .collect();
        if costly.is_none() && groups.is_empty() {
            return Look::Known(if user.is_some() { Verdict::Wrong } else { Verdict::Unknown });
        }
        Look::Ask(Box::new(Question {
            name: name.clone(),
            password: password.clone(),
            host: host.to_owned(),
            user: *user,
            own: user.is_some() && user == digest,
            digest: costly,
            groups,
        }))
    }
}

/// How a stored password is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Md5,
    Crypt,
    Group,
}

impl Kind {
    fn of(user: &Credentials) -> Kind {
        match user.form {
            PasswordForm::Cleartext => Kind::Plain,
            PasswordForm::PamGroup => Kind::Group,
            PasswordForm::Md5 | PasswordForm::Crypt if md5_crypt::is_md5_crypt(&user.password) => Kind::Md5,
            PasswordForm::Md5 | PasswordForm::Crypt => Kind::Crypt,
        }
    }

    fn is_digest(self) -> bool {
        matches!(self, Kind::Md5 | Kind::Crypt)
    }
}

impl Question {
    /// Finds out, however long it takes. In a helper.
    pub fn answer(&self) -> [u8; VERDICT] {
        self.find_out().bytes()
    }

    fn find_out(&self) -> Verdict {
        let mut verdict = if self.user.is_some() { Verdict::Wrong } else { Verdict::Unknown };
        if let Some(stored) = &self.digest {
            let made = crypt::crypt(self.password.as_bytes(), stored);
            match (self.user.filter(|_| self.own), made) {
                (None, _) => {}
                (Some(user), Ok(digest)) => {
                    if constant_time_equal(stored.as_bytes(), &digest) {
                        return Verdict::Right(user);
                    }
                }
                (Some(_), Err(crypt::Failure::NoLibrary)) => {
                    verdict = Verdict::Cannot(Unverifiable::NoCrypt);
                }
                (Some(_), Err(crypt::Failure::Unknown)) => {
                    verdict = Verdict::Cannot(Unverifiable::UnknownDigest);
                }
            }
        }
        if self.groups.is_empty() {
            return verdict;
        }
        let member = |group: &str| user::is_in_group(&self.name, group).unwrap_or(false);
        let group = self.groups.iter().find(|(_, group)| member(group));
        let name = if group.is_some() { &self.name } else { NOBODY };
        let login = pam::Login {
            service: SERVICE,
            user: name,
            password: &self.password,
            host: &self.host,
            folder: None,
        };
        match (group, pam::authenticate(&login)) {
            (Some((number, _)), Ok(())) => Verdict::Right(*number),
            (_, Err(pam::Failure::NoLibrary)) => Verdict::Cannot(Unverifiable::NoPam),
            (Some(_), Err(pam::Failure::Broken(number))) => {
                Verdict::Cannot(Unverifiable::Pam(u8::try_from(number).unwrap_or(u8::MAX)))
            }
            (Some(_), Err(pam::Failure::Denied)) if verdict == Verdict::Unknown => Verdict::Wrong,
            _ => verdict,
        }
    }
}

fn matches_md5(user: &Credentials, password: &str) -> bool {
    let digest = md5_crypt::digest(password.as_bytes(), &user.password);
    digest.is_some_and(|digest| constant_time_equal(digest.as_bytes(), user.password.as_bytes()))
}

/// User and password of `Basic …`; the scheme in any case.
fn basic(authorization: &str) -> Option<(String, String)> {
    let (scheme, data) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(data.trim()).ok()?).ok()?;
    text.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
}

/// Compares without telling by its duration how much was right; only the length of `guess` shows.
pub(super) fn constant_time_equal(secret: &[u8], guess: &[u8]) -> bool {
    let mut difference = u8::from(secret.len() != guess.len());
    for (at, byte) in guess.iter().enumerate() {
        difference |= byte ^ secret.get(at).copied().unwrap_or(!byte);
    }
    std::hint::black_box(difference) == 0
}

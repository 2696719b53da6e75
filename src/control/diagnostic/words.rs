//! The words that are shown beside a secret: those of the language, those that are nearly one, those that people expect; and what
//! is due behind each of them.

use crate::control::foreign::foreign;
use crate::control::keyword::Keyword;
use crate::control::spelling::closest;

/// What a word says of the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// Nothing: it is shown only if it is a word of the language, or a number behind one.
    Any,
    /// Secret, whatever it looks like.
    Secret,
    /// A host or network is shown, a login is not.
    Allowed,
    /// Only the scheme is shown.
    Url,
    /// A path is shown.
    Path,
    /// The path of what is watched is shown, of a program without its arguments.
    Watched,
    /// The path of a program is shown, its arguments are not.
    Program,
    /// A host is shown.
    Host,
    /// The type of a service.
    Type,
    /// A name is shown.
    Name,
    /// A word without digits is shown: it stands for one of the language.
    Choice,
    /// A text that speaks of no secret is shown.
    Text,
}

/// Words of ours, which are no keywords and in none of the lists below.
const OURS: &str = "\
    actions alertmanager avg10 avg300 avg60 connectiontests critical discord exitwatch format full \
    googlechat gotify hold io kills matrix mattermost missed never ntfy off oom pagerduty pressure \
    redirect redirects shutdowntimeout slack teams telegram";

/// Words behind which a secret stands, or the name that goes with it: of the language, and those of others.
const SECRETS: &str = "\
    password passwd passwort pass passphrase passcode pwd pw secret shared-secret token key apikey api-key \
    auth authorization bearer basic pemkeypass send request header headers hdr template username \
    user login cookie";

/// Of those the ones that say nothing where nobody logs in.
const HARMLESS: &str = "username user request template basic";

/// Types of services.
const TYPES: &str = "\
    process file filesystem device directory fifo host network system program heartbeat";

/// `set` statements that hold no secret.
const OPEN_SETTINGS: &str = "\
    daemon init terminal fips onreboot log logfile pidfile idfile statefile expectbuffer limits \
    eventqueue mail-format exitwatch history evidence maintenance metrics";

/// Statements of a service that hold none.
const OPEN_OPTIONS: &str = "\
    group depends depend every not mode onreboot ignore backoff exitwatch severity from: reply-to: \
    subject: message:";

/// What a test without a connection begins with.
const OPEN_TESTS: &str = "\
    exist exists nonexist nonexists pid ppid uid gid euid security attribute attributes uptime \
    filedescriptors cpu total totalcpu totalmemory totalmem memory mem swap pagein pageins pageout \
    pageouts threads thread children child loadavg disk space free inode inodes service servicetime \
    fsflags fsflag timestamp time access atime change ctime modification modify mtime permission perm \
    hardlink hardlinks size md5 sha1 sha256 checksum content match matching nomatch notmatching status \
    link up down speed saturation upload uploaded download downloaded packets packet bytein byteout \
    packetin packetout ping ping4 ping6 pressure oom missed restarts action data instance resource core \
    changed";

/// Where a statement begins that may hold one, or goes on with one.
const HOLDING: &str = "httpd mailserver mmonit webhook heartbeat allow url username";

/// Where something begins in which one may be, farther on: behind `then` an action follows, perhaps a program whose keyword is
/// misspelt.
const CLOSING: &str = "\
    exec execute start stop restart port protocol proto unixsocket unix ssl tls program set check if \
    then";

/// Is it in one of these lists, whose words are parted by blanks?
fn is_one_of(list: &str, word: &str) -> bool {
    list.split(' ').any(|other| other.eq_ignore_ascii_case(word))
}

/// Is it a type of a service?
pub(super) fn is_type(word: &str) -> bool {
    is_one_of(TYPES, word)
}

/// Every word of the language, and those that people expect in it. Made where a line is shown, and dropped with it.
pub(super) struct Vocabulary {
    /// By length.
    words: Vec<&'static str>,
}

impl Vocabulary {
    pub(super) fn new() -> Vocabulary {
        let lists = [SECRETS, OURS, TYPES];
        let ours = lists.into_iter().flat_map(|list| list.split(' '));
        let mut words: Vec<&'static str> = Keyword::words().chain(ours).chain(foreign()).collect();
        words.sort_unstable_by_key(|word| word.len());
        Vocabulary { words }
    }

    fn of_length(&self, length: usize) -> impl Iterator<Item = &'static str> {
        let from = self.words.partition_point(|word| word.len() < length);
        self.words
            .get(from..)
            .unwrap_or_default()
            .iter()
            .copied()
            .take_while(move |word| word.len() == length)
    }

    /// Its own spelling of a word.
    pub(super) fn known(&self, word: &str) -> Option<&'static str> {
        self.of_length(word.len()).find(|known| known.eq_ignore_ascii_case(word))
    }

    /// The word that this one nearly is.
    pub(super) fn meant(&self, word: &str) -> Option<&'static str> {
        let plain = word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
        if !plain || word.len() < 3 {
            return None;
        }
        closest(word, (word.len() - 2..=word.len() + 2).flat_map(|length| self.of_length(length)))
    }

    /// Two words without a blank between them.
    pub(super) fn are_glued(&self, word: &str) -> bool {
        let both = |(one, other): (&str, &str)| self.known(one).is_some() && self.known(other).is_some();
        (3..word.len().saturating_sub(1)).any(|at| word.split_at_checked(at).is_some_and(both))
    }
}

/// What is due behind a word of the language.
pub(super) fn slot(word: &str) -> Slot {
    match word.to_ascii_lowercase().as_str() {
        "allow" => Slot::Allowed,
        "url" | "mmonit" => Slot::Url,
        "address" | "host" | "mailserver" | "hostname" | "query" => Slot::Host,
        "set" | "if" | "protocol" | "proto" | "type" | "format" | "alert" | "webhook" => Slot::Choice,
        "uid" | "gid" | "euid" | "interface" => Slot::Name,
        "match" | "matching" => Slot::Text,
        "start" | "stop" | "restart" | "exec" | "execute" => Slot::Program,
        "path" | "pidfile" => Slot::Watched,
        "file" | "pemfile" | "pemchain" | "pemkey" | "clientpemfile" | "cacertificatefile"
        | "cacertificatepath" | "unixsocket" | "unix" | "cleartext" | "md5" | "crypt" | "include" => {
            Slot::Path
        }
        word if is_one_of(SECRETS, word) => Slot::Secret,
        _ => Slot::Any,
    }
}

/// Does a text speak of secrets with this word, where nothing else tells that it has any?
pub(super) fn is_alarming(word: &str) -> bool {
    let near =
        || word.len() > 4 && closest(word, ["password", "secret", "token", "bearer"].into_iter()).is_some();
    is_one_of(SECRETS, word) && !is_one_of(HARMLESS, word) || near()
}

/// Does a statement begin or go on with it that may hold one?
pub(super) fn closes(word: &str) -> bool {
    is_one_of(HOLDING, word) || is_one_of(CLOSING, word) || is_alarming(word)
}

/// Does a line that ends with this word ask for a secret on the next one? A name alone may be the user of a password.
pub(super) fn asks_for_more(word: &str) -> bool {
    let name = word.trim_matches(|c: char| !c.is_alphanumeric());
    word.ends_with([':', '=', ',', '@', '/', '|', '-'])
        || is_one_of(HOLDING, name)
        || is_one_of("user header send", name)
        || is_alarming(name)
}

/// Can no secret be in a statement that begins with these words?
pub(super) fn is_open<'a>(mut words: impl Iterator<Item = &'a str>) -> bool {
    let Some(first) = words.next() else { return false };
    match first.to_ascii_lowercase().as_str() {
        "set" => match words.next() {
            Some(word) if word.eq_ignore_ascii_case("alert") => words.next().is_some_and(is_mail),
            Some(word) => is_one_of(OPEN_SETTINGS, word.trim_end_matches('{')),
            None => false,
        },
        "alert" | "noalert" => words.next().is_some_and(is_mail),
        "if" => is_open_test(words),
        word => is_one_of(OPEN_OPTIONS, word),
    }
}

fn is_open_test<'a>(mut words: impl Iterator<Item = &'a str>) -> bool {
    let plain = |word: &str| {
        let word = word.to_ascii_lowercase();
        !matches!(&*word, "failed" | "succeeded" | "passed" | "recovered" | "not" | "does" | "invalid")
            && !word.bytes().all(|byte| byte.is_ascii_digit())
            && !Keyword::Noise.spellings().any(|noise| noise == word)
    };
    let first = words.find(|word| plain(word)).unwrap_or_default();
    is_one_of(OPEN_TESTS, first.trim_end_matches([')', '(']))
}

fn is_mail(word: &str) -> bool {
    let (user, host) = word.split_once('@').unwrap_or_default();
    !user.is_empty() && !host.is_empty() && !word.contains([':', '/', '"', '\'', '='])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_ours_stand_nowhere_else() {
        let mut twice: Vec<&str> = Vec::new();
        let mut known: Vec<&str> = Keyword::words().chain(foreign()).collect();
        known.extend([SECRETS, TYPES].into_iter().flat_map(|list| list.split(' ')));
        for word in OURS.split(' ') {
            if known.contains(&word) {
                twice.push(word);
            }
            known.push(word);
        }
        assert_eq!(twice, [""; 0]);
    }
}

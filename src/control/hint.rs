//! What to do about an error: the mistakes people make, recognised by what stands where.
//!
//! Each rule looks at one thing; the first that knows something speaks. A rule that is not sure says nothing.

mod before;
mod text;
mod unfinished;
mod word;

use super::diagnostic::{line_without_secrets, without_secrets};
use super::keyword::Keyword as K;
use super::language::Language;
use super::so_far::SoFar;
use super::spelling::closest;
use super::token::{Begun, Kind, Span, Token};
use super::tried::Tried;
use super::wanted::Wanted;
use std::cell::OnceCell;

pub(super) use text::{NOT_FILLED_IN, escaped_quote_in, for_text, not_filled_in, unfilled};

/// What is known where an unexpected token stands.
pub(super) struct Situation<'a> {
    /// The unexpected one.
    pub(super) token: &'a Token,
    /// The one before it.
    pub(super) previous: Option<&'a Span>,
    /// What could have stood here.
    pub(super) tried: &'a [Tried],
    /// What could have stood in the place of the token before it.
    pub(super) tried_before: &'a [Tried],
    pub(super) so_far: &'a SoFar,
    pub(super) language: &'static Language,
    /// The statement it stands in.
    pub(super) begun: Begun,
    /// The text of the token, and of the one before it, as far as a hint may quote them.
    pub(super) texts: OnceCell<(String, String)>,
}

/// An explanation.
#[derive(Debug, Default)]
pub(super) struct Explanation {
    pub(super) hint: Option<String>,
    /// The true place of the mistake, if it is another one.
    pub(super) span: Option<Span>,
}

type Rule = fn(&Situation) -> Option<Explanation>;

/// In order: what is certain before what is a guess.
const RULES: &[Rule] = &[
    text::merge_marker,
    text::template,
    text::invisible_character,
    text::escaped_quote,
    unfinished::name_on_later_line,
    unfinished::value_missing,
    unfinished::program_missing,
    number_missing,
    rate_before_test,
    restarts_missing,
    alert_repeats,
    alert_parts,
    command_without_quotes,
    late_protocol_option,
    unit_missing,
    protocol_as_type,
    word::number_and_unit,
    word::operator_and_number,
    word::quoted_path,
    word::keyword_as_text,
    word::no_mail_address,
    word::no_absolute_path,
    word::scheme_before_host,
    word::url_as_path,
    word::symbol_in_word,
    then_missing,
    unfinished::statement_unfinished,
    only_in_httpd,
    check_type,
    word::glued,
    word::no_such_option,
    word::misspelt,
    before::misspelt,
    before::noise,
    before::process,
    outside_service,
    trailing_text,
];

/// The first explanation there is.
pub(super) fn explain(situation: &Situation) -> Explanation {
    RULES.iter().find_map(|rule| rule(situation)).unwrap_or_default()
}

fn hint(text: impl Into<String>) -> Option<Explanation> {
    Some(Explanation { hint: Some(text.into()), span: None })
}

impl Situation<'_> {
    /// The text of a token as far as a hint may quote it.
    fn text_of(&self, span: &Span) -> String {
        const LONGEST: usize = 80;
        let text = without_secrets(span, &self.begun);
        String::from_utf8_lossy(text.get(..LONGEST).unwrap_or(&text)).into_owned()
    }

    /// The same of the whole line of a token: what stands before it, and the rest.
    fn line_of(&self, span: &Span) -> (String, String) {
        let (line, offset) = line_without_secrets(span, &self.begun);
        let (before, rest) = line.split_at_checked(offset).unwrap_or_default();
        (String::from_utf8_lossy(before).into_owned(), String::from_utf8_lossy(rest).into_owned())
    }

    fn texts(&self) -> &(String, String) {
        let previous = || self.previous.map(|span| self.text_of(span)).unwrap_or_default();
        self.texts.get_or_init(|| (self.text_of(&self.token.span), previous()))
    }

    fn raw(&self) -> String {
        self.texts().0.clone()
    }

    fn previous_text(&self) -> String {
        self.texts().1.clone()
    }

    /// The token may not be shown, or not as a whole.
    fn is_hidden(&self) -> bool {
        let raw = self.token.span.raw();
        raw.split(|byte| *byte == b'\n').next() != Some(&*without_secrets(&self.token.span, &self.begun))
    }

    fn tried(&self, keyword: K) -> bool {
        self.tried.contains(&Tried::Keyword(keyword))
    }

    /// A value was due, and nothing else: what it is called.
    fn wanted_value(&self) -> Option<Wanted> {
        let mut values = self.tried.iter().rev().filter_map(|tried| match tried {
            Tried::Value(what) => Some(*what),
            _ => None,
        });
        let keywords = self.tried.iter().any(|tried| matches!(tried, Tried::Keyword(_)));
        let value = values.next()?;
        (!keywords && value.is_value()).then_some(value)
    }

    /// One of the kinds of value that were looked for.
    fn wanted(&self, kind: fn(Wanted) -> bool) -> bool {
        self.tried.iter().any(|tried| matches!(tried, Tried::Value(what) if kind(*what)))
    }

    fn starts_statement(&self, keyword: K) -> bool {
        keyword.begins_block() || (self.language.in_service)(keyword) || keyword == K::Then
    }

    /// The token stands on a later line than the one before it.
    fn on_later_line(&self) -> bool {
        let Some(previous) = self.previous else { return false };
        previous.source.index != self.token.span.source.index || previous.behind().line < self.token.span.line
    }
}

/// `timeout seconds`, `is greater then 5`.
fn number_missing(situation: &Situation) -> Option<Explanation> {
    let keyword = situation.token.keyword()?;
    if situation.wanted_value() != Some(Wanted::Number) {
        return None;
    }
    let operators = [K::Greater, K::Less, K::GreaterOrEqual, K::LessOrEqual];
    let previous = situation.previous_text().to_ascii_lowercase();
    if keyword == K::Then && operators.iter().any(|k| k.spellings().any(|word| word == previous)) {
        return hint("'then' begins the action; did you mean 'than'?");
    }
    let units = [K::Second, K::Millisecond, K::Minute, K::Hour, K::Day, K::Cycle, K::Percent];
    if !units.contains(&keyword) {
        return None;
    }
    hint(format!("a number is missing between '{}' and '{}'", situation.previous_text(), situation.raw()))
}

/// `alert a@b.c on { }`, and parts of an alert in the wrong order.
fn alert_parts(situation: &Situation) -> Option<Explanation> {
    let (_, lead) = situation.so_far.statement.as_ref()?;
    if *lead != Some(K::Alert) {
        return None;
    }
    if situation.token.kind == Kind::Symbol(b'}') && situation.tried(K::Instance) {
        return hint("name at least one event, or leave out the braces for all events");
    }
    if situation.tried(K::Instance) {
        let events =
            situation.language.events.iter().map(|(event, _)| event.name()).collect::<Vec<_>>().join(", ");
        return word::misspelt(situation).or_else(|| hint(format!("the events are {events}")));
    }
    let part = matches!(
        situation.token.kind,
        Kind::Symbol(b'{') | Kind::Keyword(K::MailFormat | K::Reminder | K::Not)
    );
    if !part || !situation.tried(K::Set) {
        return None;
    }
    hint("the order is: address, { events }, mail-format { … }, reminder on N cycles")
}

/// `if failed for 2 cycles port 80`.
fn rate_before_test(situation: &Situation) -> Option<Explanation> {
    let is_number = situation.token.kind == Kind::Number;
    let sense = ["failed", "succeeded"].contains(&situation.previous_text().to_ascii_lowercase().as_str());
    if !is_number || !sense {
        return None;
    }
    let (_, rest) = situation.line_of(&situation.token.span);
    let number = situation.raw();
    let text = rest.get(number.len()..)?.to_ascii_lowercase();
    let at = text.find("cycle")?;
    let test = text.get(at..)?.trim_start_matches("cycles").trim_start_matches("cycle");
    let test = test.split(" then").next().unwrap_or_default().trim();
    let test = if test.is_empty() { "…" } else { test };
    let rate = number + text.get(..at).unwrap_or_default();
    hint(format!(
        "the rate stands behind the test: if {} {test} for {rate}cycles then …",
        situation.previous_text()
    ))
}

/// `if restarts within 5 cycles`.
fn restarts_missing(situation: &Situation) -> Option<Explanation> {
    let (_, lead) = situation.so_far.statement.as_ref()?;
    if !situation.token.is(K::Restart)
        || *lead != Some(K::If)
        || !situation.previous_text().eq_ignore_ascii_case("if")
    {
        return None;
    }
    hint("how many restarts? write for example: if 3 restarts within 5 cycles then …")
}

/// `type protocol pops`, `type http`.
fn protocol_as_type(situation: &Situation) -> Option<Explanation> {
    if !situation.tried(K::Tcp) || !situation.tried(K::Udp) {
        return None;
    }
    match situation.token.keyword()? {
        K::ProtocolWord => {
            hint("'type' is the transport, tcp or udp; the protocol needs no 'type' before it")
        }
        K::Protocol(_) => hint(format!(
            "'type' is the transport, tcp or udp; for the protocol write: protocol {}",
            situation.raw().to_ascii_lowercase()
        )),
        _ => None,
    }
}

fn alert_repeats(situation: &Situation) -> Option<Explanation> {
    if !situation.token.is(K::Repeat) {
        return None;
    }
    hint("'repeat every' belongs to 'exec'; for alerts use 'with reminder on N cycles' in 'set alert'")
}

fn command_without_quotes(situation: &Situation) -> Option<Explanation> {
    if !situation.token.is(K::Equal) || !situation.tried.contains(&Tried::Value(Wanted::Program)) {
        return None;
    }
    let (before, rest) = situation.line_of(&situation.token.span);
    let line = before + &rest;
    let behind = line.split_once('=').map(|(_, behind)| behind.trim()).unwrap_or_default().to_string();
    if let Some(inner) = behind.strip_prefix('\'') {
        let inner = inner.split('\'').next().unwrap_or_default();
        return hint(format!("behind '=' a command needs double quotes: \"{inner}\""));
    }
    hint(format!("a command with arguments needs double quotes: = \"{behind}\""))
}

/// `timeout 5 seconds request "/"`: the options of a protocol follow it directly.
fn late_protocol_option(situation: &Situation) -> Option<Explanation> {
    let protocol = situation.so_far.closed_protocol?;
    let option = protocol.options.iter().find(|option| situation.token.names(option))?;
    hint(format!(
        "'{}' is an option of the protocol and must stand before the others, directly behind 'protocol {}'",
        option.name.keyword(),
        protocol.keyword
    ))
}

fn unit_missing(situation: &Situation) -> Option<Explanation> {
    let number = situation.previous_text();
    if !number.starts_with(|letter: char| letter.is_ascii_digit()) {
        return None;
    }
    let raw = situation.raw();
    let next = raw.to_ascii_lowercase();
    let time = !situation.tried(K::Percent);
    if time && !situation.tried(K::Second) {
        return None;
    }
    if time && matches!(situation.token.keyword(), Some(K::Minute | K::Hour | K::Day | K::Month)) {
        return hint(format!("'{raw}' is no unit here: write the time in seconds"));
    }
    let meant = match next.as_str() {
        "sec" | "secs" | "sek" if time => return hint(format!("'{raw}' is no unit: write {number} seconds")),
        "sec" | "secs" | "sek" => "seconds",
        "min" | "mins" => return hint(format!("'{raw}' is no unit here: write the time in seconds")),
        "k" | "kib" => "kB",
        "g" | "gib" => "GB",
        "m" | "mib" if situation.tried(K::Megabyte) => "MB",
        _ if time => return hint(format!("the unit is missing: write {number} seconds")),
        _ => return hint(format!("the unit is missing: write {number}%")),
    };
    if time {
        return hint(format!("'{raw}' is no unit here: write the time in seconds"));
    }
    hint(format!("'{raw}' is no unit: write {number} {meant}"))
}

fn then_missing(situation: &Situation) -> Option<Explanation> {
    if !situation.tried(K::Then) {
        return None;
    }
    let keyword = situation.token.keyword()?;
    if !situation.language.actions.contains(&keyword) {
        return None;
    }
    hint(format!("'then' is missing before '{}'", keyword.name()))
}

/// Options of `set httpd` that got loose.
fn only_in_httpd(situation: &Situation) -> Option<Explanation> {
    let keyword = situation.token.keyword()?;
    if !matches!(keyword, K::Allow | K::Signature | K::Port | K::Address | K::PemFile | K::UnixSocket)
        || !situation.tried(K::Set)
    {
        return None;
    }
    hint(format!("'{}' can stand only in 'set httpd', and nothing may come between", keyword.name()))
}

/// `check processs x`, `check service x`: without a known type the word is taken as the name of a process.
fn check_type(situation: &Situation) -> Option<Explanation> {
    let (span, keyword) = situation.so_far.statement.as_ref()?;
    let raw = String::from_utf8_lossy(span.raw()).to_ascii_lowercase();
    if *keyword != Some(K::CheckProcess) || raw.trim() != "check" || !situation.tried(K::PidFile) {
        return None;
    }
    let name = situation.previous_text();
    let types =
        ["process", "file", "filesystem", "directory", "fifo", "host", "network", "system", "program"];
    match closest(&name, types.into_iter()) {
        Some(meant) => hint(format!("did you mean 'check {meant}'?")),
        None => hint(format!(
            "'{name}' is no type of check, so it was taken as the name of a process; the types are {}",
            types.join(", ")
        )),
    }
}

/// An option of a service where there is no service.
fn outside_service(situation: &Situation) -> Option<Explanation> {
    let keyword = situation.token.keyword()?;
    if !(situation.language.in_service)(keyword)
        || situation.so_far.service.is_some()
        || !situation.tried(K::CheckFile)
    {
        return None;
    }
    hint(format!("'{}' must stand in a 'check'; a 'set' statement ends the check before it", keyword.name()))
}

/// A string where a statement was due, on the line of the one before, or before all of them.
fn trailing_text(situation: &Situation) -> Option<Explanation> {
    let plain = matches!(situation.token.kind, Kind::String | Kind::Path | Kind::Symbol(_));
    if plain && situation.previous.is_none() && situation.tried(K::Set) {
        return hint(
            "a control file is made of 'set …', 'check …' and 'include …'; begin a comment with '#'",
        );
    }
    if !plain || situation.on_later_line() || !situation.tried(K::Set) {
        return None;
    }
    hint(format!("nothing may follow '{}' here; begin a comment with '#'", situation.previous_text()))
}

//! Our own statements. Their words are special only here, so that no existing file breaks.

use super::check::path_of;
use super::entry::{Scope, Statement};
use crate::config::{Backoff, Evidence, ExitWatch, History};
use crate::control::diagnostic::Fault;
use crate::control::keyword::Keyword as K;
use crate::control::parser::{Change, Parsed, Parser};
use crate::control::token::{Span, Token};
use crate::control::tried::{Tried, shown};
use crate::control::wanted::Wanted;
use std::rc::Rc;
use std::time::Duration;

pub(super) const SET_EXIT_WATCH: Statement = Statement {
    scope: Scope::Global,
    leads: &[],
    word: Some("exitwatch"),
    parse: |parser, _| {
        let watch = parse_exitwatch(parser)?;
        parser.apply(Change::ExitWatch(watch));
        Ok(())
    },
    grammar: "'set' 'exitwatch' ( 'on' | 'off' ) [ 'delay' NUMBER [ 's' ] ]",
    example: "set exitwatch on delay 2 seconds",
};

pub(super) const EXIT_WATCH: Statement = Statement {
    scope: Scope::Service,
    leads: &[],
    word: Some("exitwatch"),
    parse: |parser, _| {
        let watch = parse_exitwatch(parser)?;
        if let Some(service) = &mut parser.so_far.service {
            service.exitwatch = Some(watch);
        }
        Ok(())
    },
    grammar: "'exitwatch' ( 'on' | 'off' ) [ 'delay' NUMBER [ 's' ] ]",
    example: "check process x with pidfile /run/x.pid\nexitwatch off",
};

pub(super) const BACKOFF: Statement = Statement {
    scope: Scope::Service,
    leads: &[],
    word: Some("backoff"),
    parse: parse_backoff,
    grammar: "'backoff' NUMBER NUMBER 's'",
    example: "check process x with pidfile /run/x.pid backoff 2 to 60 seconds",
};

pub(super) const HISTORY: Statement = Statement {
    scope: Scope::Global,
    leads: &[],
    word: Some("history"),
    parse: parse_history,
    grammar: "'set' 'history' ( 'on' | 'off' ) [ 'file' PATH ]",
    example: "set history on file /var/lib/monit/history",
};

pub(super) const EVIDENCE: Statement = Statement {
    scope: Scope::Global,
    leads: &[],
    word: Some("evidence"),
    parse: parse_evidence,
    grammar: "'set' 'evidence' ( 'on' | 'off' )",
    example: "set evidence off",
};

pub(super) const METRICS: Statement = Statement {
    scope: Scope::Global,
    leads: &[],
    word: Some("metrics"),
    parse: parse_metrics,
    grammar: "'set' 'metrics' 'file' PATH",
    example: "set metrics file /var/lib/prometheus/node-exporter/monit.prom",
};

/// `on` is a noise word, which is no token: what is written there is looked at.
fn parse_evidence(parser: &mut Parser, _: Token) -> Parsed<()> {
    let before = passed_over(parser);
    let off = before.is_empty() && parser.accept_word("off");
    let behind = if off { passed_over(parser) } else { Vec::new() };
    let on = before.first().is_some_and(|word| word.raw().eq_ignore_ascii_case(b"on"));
    if let Some(wrong) = before.iter().skip(usize::from(on)).chain(&behind).next() {
        let expected = shown(&[Tried::Word("on"), Tried::Word("off")]);
        parser.error(Fault::Syntax { expected }, wrong);
        return Ok(());
    }
    if !on && !off {
        parser.would_accept(Tried::Word("on"));
        return Err(parser.unexpected());
    }
    parser.apply(Change::Evidence(if on { Evidence::On } else { Evidence::Off }));
    Ok(())
}

/// The noise words between the last token and the next one.
fn passed_over(parser: &mut Parser) -> Vec<Span> {
    let next = parser.peek().span.clone();
    let Some(mut at) = parser.previous().map(Span::behind) else { return Vec::new() };
    let same = Rc::ptr_eq(&at.source, &next.source);
    let end = if same { next.start as usize } else { at.source.bytes.len() };
    let source = Rc::clone(&at.source);
    let mut words = Vec::new();
    let mut rest = source.bytes.get(at.start as usize..end).unwrap_or_default();
    while let Some(first) = rest.first() {
        let run = |is: fn(&u8) -> bool| rest.iter().take_while(|byte| is(byte)).count();
        let length = match first {
            b'#' => run(|byte| *byte != b'\n'),
            byte if byte.is_ascii_alphabetic() => run(u8::is_ascii_alphabetic),
            _ => 1,
        };
        let (word, others) = rest.split_at(length);
        at.end = at.start + length as u32;
        // Behind it comes another file.
        if word.eq_ignore_ascii_case(b"include") {
            break;
        }
        if first.is_ascii_alphabetic() {
            words.push(at.clone());
        }
        at = at.behind();
        rest = others;
    }
    words
}

/// `on` is a noise word and never seen here.
fn parse_exitwatch(parser: &mut Parser) -> Parsed<ExitWatch> {
    const DELAY: Duration = Duration::from_secs(2);
    let on = !parser.accept_word("off");
    let mut delay = DELAY;
    if parser.accept(K::Delay) {
        delay = Duration::from_secs(parser.expect_number()?.0.into());
        parser.accept(K::Second);
    }
    Ok(ExitWatch { on, delay })
}

fn parse_backoff(parser: &mut Parser, _: Token) -> Parsed<()> {
    let (first, span) = parser.expect_number()?;
    let (longest, longest_span) = parser.expect_number()?;
    parser.expect(K::Second)?;
    if first == 0 {
        parser.error(Fault::OutOfRange { what: "the first pause", least: 1, most: u32::MAX.into() }, &span);
    } else if longest < first {
        let fault =
            Fault::OutOfRange { what: "the longest pause", least: first.into(), most: u32::MAX.into() };
        parser.error(fault, &longest_span);
    }
    let seconds = |number: u32| Duration::from_secs(number.into());
    if let Some(service) = &mut parser.so_far.service {
        service.backoff = Some(Backoff { first: seconds(first), longest: seconds(longest) });
    }
    Ok(())
}

/// `on` is a noise word here, too.
fn parse_history(parser: &mut Parser, _: Token) -> Parsed<()> {
    let on = !parser.accept_word("off");
    let file = match parser.accept_word("file") {
        true => Some(path_of(&parser.expect_path(Wanted::Path)?)),
        false => None,
    };
    parser.apply(Change::History(History { on, file }));
    Ok(())
}

fn parse_metrics(parser: &mut Parser, _: Token) -> Parsed<()> {
    parser.expect_word("file")?;
    let path = path_of(&parser.expect_path(Wanted::Path)?);
    parser.apply(Change::MetricsFile(path));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::config::Evidence;
    use crate::control::{Overrides, parse_str};

    #[test]
    fn evidence_is_on_or_off_and_nothing_else() {
        let parse = |text: &str| parse_str("monitrc", text.as_bytes(), &Overrides::default());
        for (text, wanted) in [
            ("set evidence on", Evidence::On),
            ("set evidence ON # of course\nset daemon 5", Evidence::On),
            ("set evidence off", Evidence::Off),
            ("set evidence off # on\ncheck file x path /x", Evidence::Off),
        ] {
            let config = parse(text).config.expect(text);
            assert_eq!(config.settings.evidence, wanted, "{text}");
        }
        for text in
            ["", " of", " on off", " off on", " on on", " off off", " of off", "\ncheck file x path /x"]
        {
            let loaded = parse(&format!("set evidence{text}"));
            assert!(loaded.config.is_none(), "{text}");
            assert!(loaded.diagnostics.iter().any(|one| one.first_line().contains("syntax error")), "{text}");
        }
    }
}

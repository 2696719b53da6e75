//! The paths of silences: what lasts, and orders to begin or lift one, of programs, the command line and the pages.

use super::asked::{bad, choose, json_text, named, no_such_service, parameter, wants_json};
use super::auth::{self, Privilege};
use super::choosing::Choosing;
use super::codec::Request;
use super::response::{ContentType, Response};
use super::site::Site;
use crate::config::{Covered, Maintenance};
use crate::document::moment::moment;
use crate::document::page::TOMORROW;
use crate::document::silences;
use crate::service::{Order, REASON, Silence};
use crate::sys::localtime::{self, LocalTime, unix_secs};
use std::fmt::Write;
use std::time::Duration;

/// For programs.
pub(super) fn list(_: &Request, _: Privilege, site: &mut dyn Site) -> Response {
    json_text(silences::json(site.silences()))
}

/// For the command line.
pub(super) fn list_text(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    if wants_json(request) {
        return list(request, privilege, site);
    }
    Response::ok(ContentType::Plain, silences::text(site.silences()))
}

/// An order of a program.
pub(super) fn order(
    request: &Request,
    privilege: Privilege,
    site: &mut dyn Site,
    choosing: &mut Choosing,
) -> Option<Response> {
    Some(match carry_out(request, privilege, site, choosing)? {
        Ok(Done::Begun(order, id, _)) => {
            let seconds = order.time.as_secs();
            json_text(format!("{{\"accepted\":\"silence\",\"id\":{id},\"seconds\":{seconds}}}\n"))
        }
        Ok(Done::Lifted(silences)) => {
            let ids: Vec<String> = silences.iter().map(|silence| silence.id.to_string()).collect();
            json_text(format!("{{\"accepted\":\"unsilence\",\"ids\":[{}]}}\n", ids.join(",")))
        }
        Err(response) => response,
    })
}

/// An order of the command line.
pub(super) fn order_text(
    request: &Request,
    privilege: Privilege,
    site: &mut dyn Site,
    choosing: &mut Choosing,
) -> Option<Response> {
    let text = match carry_out(request, privilege, site, choosing)? {
        Ok(Done::Begun(order, id, count)) => {
            let until = site.now().checked_add(order.time).unwrap_or_else(|| site.now());
            let what = if order.hold_actions { "alerts and actions" } else { "alerts" };
            let services = if count == 1 { "service" } else { "services" };
            let on = &order.on;
            format!(
                "Silence {id} of {on} ({count} {services}): {what} are held back until {}\n",
                moment(until)
            )
        }
        Ok(Done::Lifted(silences)) if silences.is_empty() => "No service is silenced\n".to_owned(),
        Ok(Done::Lifted(silences)) => silences.iter().fold(String::new(), |mut text, silence| {
            let _ = writeln!(text, "Silence {} of {} is lifted", silence.id, silence.on);
            text
        }),
        Err(response) => return Some(response),
    };
    Some(Response::ok(ContentType::Plain, text))
}

/// An order of a form of the pages: of the service whose page it is, or by the number of a silence. `None`: it is not about
/// silences.
pub(super) fn form(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Option<Response> {
    let action = parameter(request, "action").unwrap_or_default();
    let begins = action.eq_ignore_ascii_case("silence");
    if !begins && !action.eq_ignore_ascii_case("unsilence") {
        return None;
    }
    let done = match (site.exact(named(request)), parameter(request, "id")) {
        _ if privilege == Privilege::ReadOnly => return Some(auth::read_only()),
        (Some(index), _) if begins => {
            let on = Covered::Name(site.name(index).into());
            begin_for(on, vec![index], request, site)
        }
        (None, _) if begins => return Some(no_such_service(request)),
        // What is over already needs no lifting.
        (_, Some(text)) => number(text).map(|id| Done::Lifted(lift_number(id, site))),
        (_, None) => Err(bad("Which silence is to be lifted? Its number (id) is missing".to_owned())),
    };
    Some(match done {
        Ok(_) => Response::ok(ContentType::Html, ""),
        Err(response) => response,
    })
}

/// What was ordered.
enum Done {
    /// With its number and how many services it is about.
    Begun(Order, u32, usize),
    Lifted(Vec<Silence>),
}

fn carry_out(
    request: &Request,
    privilege: Privilege,
    site: &mut dyn Site,
    choosing: &mut Choosing,
) -> Option<Result<Done, Response>> {
    if privilege == Privilege::ReadOnly {
        return Some(Err(auth::read_only()));
    }
    match parameter(request, "action").unwrap_or_default().to_ascii_lowercase().as_str() {
        "silence" => begin(request, site, choosing),
        "unsilence" => Some(lift(request, site)),
        other => Some(Err(bad(format!("Invalid action \"{other}\": silence or unsilence")))),
    }
}

fn begin(request: &Request, site: &mut dyn Site, choosing: &mut Choosing) -> Option<Result<Done, Response>> {
    let pattern = parameter(request, "service");
    let (on, services) = match (parameter(request, "group"), pattern) {
        (Some(_), Some(_)) => return Some(Err(bad("Silence a service or a group, not both".to_owned()))),
        (Some(name), None) => match site.group(name) {
            Some(members) => (Covered::Group(name.into()), members),
            None => return Some(Err(bad(format!("Service group '{name}' not found")))),
        },
        (None, pattern) => {
            let pattern = pattern.unwrap_or_default();
            let missing = |pattern: &str| format!("Service '{pattern}' not found");
            match choose(&[pattern], site, choosing, missing)? {
                Ok(services) => match site.exact(pattern) {
                    Some(_) => (Covered::Name(pattern.into()), services),
                    None => (Covered::Pattern(pattern.into()), services),
                },
                Err(response) => return Some(Err(response)),
            }
        }
    };
    Some(begin_for(on, services, request, site))
}

fn begin_for(
    on: Covered,
    services: Vec<u32>,
    request: &Request,
    site: &mut dyn Site,
) -> Result<Done, Response> {
    let wanted = parameter(request, "duration").unwrap_or_default();
    let time = match wanted.trim().eq_ignore_ascii_case(TOMORROW) {
        true => Some(until_tomorrow(unix_secs(site.now()))),
        false => duration(wanted),
    };
    let time = time.ok_or_else(|| {
        bad(format!(
            "Invalid duration '{wanted}': a number of seconds, minutes, hours or days, at most 366 days, or tomorrow"
        ))
    })?;
    let hold_actions = match parameter(request, "hold") {
        None => false,
        Some(word) if word.eq_ignore_ascii_case("actions") => true,
        Some(word) => return Err(bad(format!("Nothing but actions can be held, not '{word}'"))),
    };
    let reason = reason(parameter(request, "reason").unwrap_or_default());
    let count = services.len();
    let by = request.user.clone().unwrap_or_default();
    let order = Order { on, time, reason: reason.into(), by, hold_actions };
    match site.silence(order.clone(), services) {
        Some(id) => Ok(Done::Begun(order, id, count)),
        None => Err(bad(format!("There are {} silences already: lift one", Maintenance::MOST))),
    }
}

/// Those of that number, of exactly that pattern or group, or all.
fn lift(request: &Request, site: &mut dyn Site) -> Result<Done, Response> {
    let (pattern, group) = (parameter(request, "service"), parameter(request, "group"));
    if let Some(text) = parameter(request, "id") {
        let lifted = lift_number(number(text)?, site);
        let none = || bad(format!("There is no silence of number '{text}'"));
        return if lifted.is_empty() { Err(none()) } else { Ok(Done::Lifted(lifted)) };
    }
    let same = |silence: &&Silence| match (&silence.on, pattern, group) {
        (_, None, None) => true,
        (Covered::Name(text) | Covered::Pattern(text), Some(wanted), None)
        | (Covered::Group(text), None, Some(wanted)) => text.eq_ignore_ascii_case(wanted),
        _ => false,
    };
    let mut found: Vec<Silence> = site.silences().iter().filter(same).cloned().collect();
    if let (Some(wanted), None, true) = (pattern, group, found.is_empty()) {
        let number = wanted.parse::<u32>().ok();
        found = site.silences().iter().filter(|silence| Some(silence.id) == number).cloned().collect();
        if found.is_empty() {
            return Err(bad(not_found(wanted, site)));
        }
    }
    if let (Some(group), true) = (group, found.is_empty()) {
        return Err(bad(format!("There is no silence of group '{group}'")));
    }
    site.unsilence(found.iter().map(|silence| silence.id).collect());
    Ok(Done::Lifted(found))
}

/// The number of a silence.
fn number(text: &str) -> Result<u32, Response> {
    let wrong =
        |_| bad(format!("Invalid number of a silence: '{text}'. Which ones there are says 'monit silences'"));
    text.parse().map_err(wrong)
}

/// The one of that number, if it lasts.
fn lift_number(id: u32, site: &mut dyn Site) -> Vec<Silence> {
    let found: Vec<Silence> = site.silences().iter().filter(|silence| silence.id == id).cloned().collect();
    if !found.is_empty() {
        site.unsilence(vec![id]);
    }
    found
}

/// Why there is none to be lifted, and which one is perhaps meant.
fn not_found(wanted: &str, site: &dyn Site) -> String {
    let index = site.exact(wanted);
    let covers =
        |silence: &&Silence| index.is_some_and(|index| silence.covers(crate::service::ServiceIndex(index)));
    match site.silences().iter().find(covers) {
        Some(Silence { id, on, .. }) => {
            format!(
                "There is no silence of '{wanted}' alone: silence {id} of {on} is about it, lift that by its number"
            )
        }
        None => format!("There is no silence of '{wanted}', and none of that number"),
    }
}

/// The time until 8 o'clock of the next day.
fn until_tomorrow(now: i64) -> Duration {
    let today = localtime::local(now);
    let morning = LocalTime { day: today.day + 1, hour: 8, minute: 0, second: 0, ..today };
    Duration::from_secs(u64::try_from(localtime::to_unix(&morning) - now).unwrap_or_default().max(1))
}

/// A number and a unit of time, as the control file has them; without a unit they are seconds.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let unit: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "s" | "second" | "seconds" => 1,
        "m" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3600,
        "day" | "days" => 86_400,
        _ => return None,
    };
    let seconds = number.parse::<u64>().ok()?.checked_mul(unit)?;
    (1..=u64::from(Maintenance::LONGEST)).contains(&seconds).then(|| Duration::from_secs(seconds))
}

/// One line, not too long.
fn reason(text: &str) -> String {
    text.trim().chars().take(REASON).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_the_units_of_the_control_file() {
        for (text, seconds) in
            [("90", 90), ("2 hours", 7200), ("5m", 300), (" 1 day ", 86_400), ("366 days", 366 * 86_400)]
        {
            assert_eq!(duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "0",
            "hours",
            "-1",
            "1.5 hours",
            "2 fortnights",
            "367 days",
            "99999999999999999999 s",
            "1 month",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn tomorrow_begins_at_eight() {
        for now in [1_795_221_839, 1_795_737_599, 1_798_674_000] {
            let then = localtime::local(now + until_tomorrow(now).as_secs() as i64);
            assert_eq!((then.hour, then.minute, then.second), (8, 0, 0));
            assert_ne!(then.day, localtime::local(now).day);
            assert!(until_tomorrow(now) < Duration::from_secs(33 * 3600));
        }
    }

    #[test]
    fn reasons_are_one_line_and_not_too_long() {
        assert_eq!(reason(" a\nb\x1b[1m "), "a b [1m");
        for letter in ["a", "ü", "\u{1f527}"] {
            assert_eq!(
                reason(&letter.repeat(300)),
                letter.repeat(REASON),
                "characters, as the form counts them"
            );
        }
    }
}

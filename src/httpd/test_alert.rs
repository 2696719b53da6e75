//! The paths of a test of alerts: to begin one, and what came of it.

use super::asked::{bad, json_text, parameter, wants_json};
use super::auth::{self, Privilege};
use super::codec::Request;
use super::response::{ContentType, Progress, Response};
use super::site::Site;
use crate::config::Mmonit;
use crate::document::trial::Standing;

/// Messages in one test.
const MOST: usize = 100;

/// What came of the last one, for programs.
pub(super) fn json(_: &Request, _: Privilege, site: &mut dyn Site) -> Response {
    json_text(site.test().json())
}

/// The same for the command line.
pub(super) fn text(request: &Request, _: Privilege, site: &mut dyn Site) -> Response {
    let trial = site.test();
    let response = match wants_json(request) {
        true => json_text(trial.json()),
        false => Response::ok(ContentType::Plain, trial.text()),
    };
    Response { progress: Some(Progress::Test(trial.run, trial.standing())), ..response }
}

/// An order of a program.
pub(super) fn begin(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    match order(request, privilege, site) {
        Ok(run) => json_text(format!("{{\"accepted\":\"test\",\"run\":{run}}}\n")),
        Err(response) => response,
    }
}

/// An order of the command line.
pub(super) fn begin_text(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Response {
    match order(request, privilege, site) {
        Ok(run) => Response {
            progress: Some(Progress::Test(run, Standing::Running)),
            ..Response::ok(ContentType::Plain, "")
        },
        Err(response) => response,
    }
}

/// To the recipient that is named, or to all.
fn order(request: &Request, privilege: Privilege, site: &mut dyn Site) -> Result<u32, Response> {
    if privilege == Privilege::ReadOnly {
        return Err(auth::read_only());
    }
    let addresses = match parameter(request, "destination") {
        // A webhook is known by its name, too, and a collector by its address.
        Some(wanted) => {
            let is = |to: &str| {
                let name = to.strip_prefix('@').or(to.strip_prefix(Mmonit::PREFIX)).unwrap_or(to);
                to.eq_ignore_ascii_case(wanted) || name.eq_ignore_ascii_case(wanted)
            };
            let found = site.addresses(usize::MAX).into_iter().find(|to| is(to));
            vec![found.ok_or_else(|| bad(format!("Nobody is told of alerts at '{wanted}'")))?]
        }
        None => site.addresses(MOST + 1),
    };
    if addresses.is_empty() {
        return Err(bad("Nobody is told of alerts, see 'set alert'".to_owned()));
    }
    if addresses.len() > MOST {
        return Err(bad(format!("There are more than {MOST} recipients of alerts: name one")));
    }
    site.begin_test(addresses).ok_or_else(|| bad("A test of alerts is under way already".to_owned()))
}

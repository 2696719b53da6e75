//! `if failed security attribute`, `if security attribute = …`.

use super::context::Context;
use crate::config::{Condition, StringOperator};
use crate::regex::{Flags, Fuel, Regex};

/// The label a security module gave the process; empty if there is none.
pub(super) fn attribute(context: &mut Context<'_>, label: &str) {
    for (at, test) in context.service.tests.iter().enumerate().rev() {
        let Condition::SecurityAttribute(operator, wanted) = &test.condition else { continue };
        let found = match operator {
            StringOperator::Match | StringOperator::NotMatch => match find(wanted, label) {
                Some(found) => found,
                None => {
                    let why = "its pattern takes too long, or has a back reference";
                    context.no_data(at, format!("Security attribute test cannot be done -- {why}"));
                    continue;
                }
            },
            StringOperator::Equal | StringOperator::NotEqual => label == &**wanted,
        };
        let failed = found != matches!(operator, StringOperator::NotEqual | StringOperator::NotMatch);
        let service = &context.service.name;
        context.judge(at, failed, || match failed {
            true => format!("Security attribute test failed for {service} -- current attribute is '{label}'"),
            false => format!("Security attribute test succeeded [current attribute = '{label}']"),
        });
    }
}

/// Nanoseconds for one pattern, which is ten thousand times what a label of the kernel's needs.
const WORK: u64 = 20_000_000;

/// Whether the pattern is in the label; `None`: it is not to be found out in a moment.
fn find(pattern: &str, label: &str) -> Option<bool> {
    let regex = Regex::new(pattern.as_bytes(), Flags::default()).ok().filter(|regex| !regex.is_hard())?;
    regex.search(label.as_bytes(), &mut Fuel(WORK))
}

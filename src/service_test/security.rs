//! `if failed security attribute`, `if security attribute = …`.

use super::context::Context;
use crate::config::{Condition, StringOperator};
use crate::regex::{Flags, Regex};

/// The label a security module gave the process; empty if there is none.
pub(super) fn attribute(context: &mut Context<'_>, label: &str) {
    for (at, test) in context.service.tests.iter().enumerate().rev() {
        let Condition::SecurityAttribute(operator, wanted) = &test.condition else { continue };
        let matches =
            || Regex::new(wanted.as_bytes(), Flags::default()).is_ok_and(|r| r.is_match(label.as_bytes()));
        let failed = match operator {
            StringOperator::Equal => label == &**wanted,
            StringOperator::NotEqual => label != &**wanted,
            StringOperator::Match => matches(),
            StringOperator::NotMatch => !matches(),
        };
        let message = if failed {
            format!(
                "Security attribute test failed for {} -- current attribute is '{label}'",
                context.service.name
            )
        } else {
            format!("Security attribute test succeeded [current attribute = '{label}']")
        };
        context.judge(at, failed, message);
    }
}

//! `if filedescriptors > …`, `if total filedescriptors > …`.

use super::compare::{share, sign};
use super::context::Context;
use crate::config::{Amount, Condition, format};

/// Open descriptors of a process or the machine, with the limit they may reach, and those of the whole tree.
pub(super) fn descriptors(
    context: &mut Context<'_>,
    open: Option<u64>,
    limit: Option<u64>,
    total: Option<u64>,
) {
    for (at, test) in context.service.tests.iter().enumerate().rev() {
        match &test.condition {
            Condition::FileDescriptors(operator, Amount::Number(most)) => {
                let Some(open) = open else {
                    context.no_data(at, "warning -- no data are available for filedescriptors test");
                    continue;
                };
                let (operator, most) = (*operator, *most);
                context.limit(at, operator, open as f64, most, |failed| {
                    if failed {
                        let sign = sign(operator);
                        format!(
                            "filedescriptors usage of {open} matches limit [filedescriptors {sign} {most:.0}]"
                        )
                    } else {
                        format!("filedescriptors test succeeded [current filedescriptors usage = {open}]")
                    }
                });
            }
            Condition::FileDescriptors(operator, Amount::Percent(most)) => {
                let (Some(open), Some(limit)) = (open, limit) else {
                    context.no_data(at, "warning -- no data are available for filedescriptors test");
                    continue;
                };
                let (operator, used) = (*operator, share(open, limit));
                context.limit(at, operator, used, *most, |failed| {
                    let used = format::percent(used);
                    if failed {
                        let (sign, most) = (sign(operator), format::percent(*most));
                        format!(
                            "filedescriptors usage of {used} matches limit [filedescriptors {sign} {most}]"
                        )
                    } else {
                        format!(
                            "filedescriptors usage test succeeded [current filedescriptors usage = {used}]"
                        )
                    }
                });
            }
            Condition::TotalFileDescriptors(operator, most) => {
                let Some(total) = total else {
                    context.no_data(at, "warning -- no data are available for total filedescriptors test");
                    continue;
                };
                let operator = *operator;
                context.whole_limit(at, operator, total, i128::from(*most), |failed| {
                    if failed {
                        let sign = sign(operator);
                        // Two blanks, as the reference writes it.
                        format!("total  filedescriptors usage of {total} matches limit [filedescriptors {sign} {most}]")
                    } else {
                        format!("total filedescriptors usage test succeeded [current filedescriptors usage = {total}]")
                    }
                });
            }
            _ => {}
        }
    }
}

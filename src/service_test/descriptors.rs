//! `if filedescriptors > …`, `if total filedescriptors > …`.

use super::compare::share;
use super::context::Context;
use crate::config::{Amount, Condition, Operator, format};

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
                count(context, at, open, *operator, *most);
            }
            Condition::FileDescriptors(operator, Amount::Percent(most)) => {
                share_of_limit(context, at, open.zip(limit), *operator, *most);
            }
            Condition::TotalFileDescriptors(operator, most) => {
                count_of_tree(context, at, total, *operator, *most);
            }
            _ => {}
        }
    }
}

fn count(context: &mut Context<'_>, at: usize, open: Option<u64>, operator: Operator, most: f64) {
    let Some(open) = open else {
        return context.no_data(at, "warning -- no data are available for filedescriptors test");
    };
    context.limit(at, operator, open as f64, most, |failed| {
        if failed {
            let sign = operator.sign();
            format!("filedescriptors usage of {open} matches limit [filedescriptors {sign} {most:.0}]")
        } else {
            format!("filedescriptors test succeeded [current filedescriptors usage = {open}]")
        }
    });
}

fn share_of_limit(
    context: &mut Context<'_>,
    at: usize,
    open_of_limit: Option<(u64, u64)>,
    operator: Operator,
    most: f64,
) {
    let Some((open, limit)) = open_of_limit else {
        return context.no_data(at, "warning -- no data are available for filedescriptors test");
    };
    let used = share(open, limit);
    context.limit(at, operator, used, most, |failed| {
        let used = format::percent(used);
        if failed {
            let (sign, most) = (operator.sign(), format::percent(most));
            format!("filedescriptors usage of {used} matches limit [filedescriptors {sign} {most}]")
        } else {
            format!("filedescriptors usage test succeeded [current filedescriptors usage = {used}]")
        }
    });
}

fn count_of_tree(context: &mut Context<'_>, at: usize, total: Option<u64>, operator: Operator, most: u64) {
    let Some(total) = total else {
        return context.no_data(at, "warning -- no data are available for total filedescriptors test");
    };
    context.whole_limit(at, operator, total, i128::from(most), |failed| {
        if failed {
            let sign = operator.sign();
            // Two blanks, as the reference writes it.
            format!("total  filedescriptors usage of {total} matches limit [filedescriptors {sign} {most}]")
        } else {
            format!("total filedescriptors usage test succeeded [current filedescriptors usage = {total}]")
        }
    });
}

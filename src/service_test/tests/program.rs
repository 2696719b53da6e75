use super::super::*;
use super::world::{Lab, wall};
use crate::config::{Command, Condition as C, Operator as O, ProgramCheck, StringOperator, Subject};
use std::time::Duration;

fn program(conditions: Vec<C>) -> Lab {
    let command = Command {
        argv: ["/bin/prog".into()].into(),
        uid: None,
        gid: None,
        timeout: Some(Duration::from_secs(300)),
    };
    Lab::new("pr", Subject::Program(Box::new(ProgramCheck { command })), conditions)
}

fn end(lab: &mut Lab, status: i32, stdout: &str) {
    lab.program = Some(ProgramResult {
        started: wall(5),
        status: Ok(status),
        by_signal: false,
        timed_out: None,
        stderr: Vec::new(),
        stdout: stdout.into(),
    });
}

#[test]
fn status_and_its_changes() {
    let mut lab = program(vec![C::ProgramStatus(O::NotEqual, 0), C::ProgramStatusChanged]);
    end(&mut lab, 0, "fine\n");
    assert_eq!(lab.check(), ["+status succeeded (0) -- fine"]);
    assert_eq!(lab.asked, [Want::Program]);
    end(&mut lab, 3, "");
    assert_eq!(lab.check(), ["!status changed (0 -> 3) -- no output", "-status failed (3) -- no output"]);
    assert_eq!(lab.status("last exit value").as_deref(), Some("3"));
    assert_eq!(lab.status("last output").as_deref(), Some("-"));
}

#[test]
fn the_number_behind_changed_is_the_status_before_the_first() {
    let mut lab = program(vec![C::ProgramStatus(O::Changed, 7)]);
    end(&mut lab, 0, "");
    assert_eq!(lab.news(), ["!status changed (7 -> 0) -- no output"]);
    assert_eq!(lab.check(), ["=status didn't change (0) -- no output"]);
    end(&mut lab, 3, "");
    assert_eq!(lab.news(), ["!status changed (0 -> 3) -- no output"]);
}

#[test]
fn a_program_that_we_cannot_start_for_want_of_something_is_not_judged() {
    let mut lab = program(vec![C::ProgramStatus(O::NotEqual, 0)]);
    end(&mut lab, 0, "fine");
    assert_eq!(lab.news(), [""; 0]);
    lab.program.as_mut().unwrap().status = Err(NotRun::Shortage("too many open files".into()));
    assert_eq!(lab.news(), ["-the program cannot be started -- too many open files"]);
    assert_eq!(lab.status("last exit value").as_deref(), Some("0"), "that is still the last one");
    end(&mut lab, 0, "fine");
    assert!(lab.check().contains(&"+program can be read".to_string()));
}

#[test]
fn blanks_around_the_output_do_not_count() {
    let mut lab = program(vec![C::ProgramStatus(O::NotEqual, 0)]);
    end(&mut lab, 1, "  \n\n");
    assert_eq!(lab.news(), ["-status failed (1) -- no output"]);
    assert_eq!(lab.status("last output").as_deref(), Some("-"));
    end(&mut lab, 1, "\n  one\n two \n");
    lab.program.as_mut().unwrap().stderr = b"\n".to_vec();
    assert_eq!(lab.news(), ["-status failed (1) -- one\n two"]);
}

#[test]
fn standard_error_comes_first_and_output_is_bounded() {
    let mut lab = program(vec![C::ProgramContent(StringOperator::Match, "two".into())]);
    end(&mut lab, 0, "two\n");
    lab.program.as_mut().unwrap().stderr = b"one\n".to_vec();
    assert_eq!(lab.news(), ["!content match on program output:\none\ntwo"]);
    std::rc::Rc::make_mut(&mut lab.service.limits).program_output = 10;
    end(&mut lab, 0, &"x".repeat(100));
    lab.check();
    assert_eq!(lab.status("last output").map(|output| output.len()), Some(10));
}

#[test]
fn output_that_begins_with_blanks_still_says_something() {
    let mut lab = program(vec![C::ProgramStatus(O::NotEqual, 0)]);
    end(&mut lab, 1, "\n\n\tlead\n  two\n\n");
    assert_eq!(lab.check(), ["-status failed (1) -- lead\n  two"]);
    end(&mut lab, 1, " \n\n");
    assert_eq!(lab.check(), ["-status failed (1) -- no output"]);
}

#[test]
fn output_that_changes_or_not() {
    let mut lab = program(vec![C::ProgramOutputChanged, C::ProgramOutputNotChanged]);
    end(&mut lab, 0, "a");
    assert_eq!(lab.news(), [""; 0]);
    let same = "!content remained the same:\n<<<<<<< Begin\na\n>>>>>>> End";
    assert_eq!(lab.news(), [same]);
    assert_eq!(lab.news(), [same], "told in every check, as a match is");
    end(&mut lab, 0, "b");
    let news = lab.news();
    assert_eq!(news.len(), 1);
    assert!(news[0].starts_with("!content changed:\n<<<<<<< Begin previous\na\n"), "{news:?}");
}

#[test]
fn a_program_that_cannot_be_executed_or_takes_too_long() {
    let mut lab = program(vec![C::ProgramStatus(O::NotEqual, 0)]);
    end(&mut lab, 0, "");
    lab.program.as_mut().unwrap().status = Err(NotRun::Refused("No such file or directory".into()));
    assert_eq!(lab.news(), ["-failed to execute '/bin/prog' -- No such file or directory"]);
    assert_eq!(lab.status("last exit value"), None, "it had none");
    end(&mut lab, 9, "");
    lab.program.as_mut().unwrap().timed_out = Some(Duration::from_secs(3));
    assert_eq!(lab.news(), ["-status failed (9) -- program timed out after 3 s"]);
}

#[test]
fn patterns_with_back_references_are_matched_by_a_child() {
    if crate::sys::ran_alone() {
        return;
    }
    let mut lab = program(vec![
        C::ProgramContent(StringOperator::Match, "^(.*) \\1$".into()),
        C::ProgramContent(StringOperator::NotMatch, "o".into()),
    ]);
    lab.waits_for_children = true;
    end(&mut lab, 0, "one one");
    assert_eq!(lab.news(), ["!content match on program output:\none one"]);
    end(&mut lab, 0, "one two");
    assert_eq!(lab.news(), [""; 0]);
}

//! Scripts whose interpreter is not there: said so, and not that the script is missing.
#![allow(clippy::expect_used)]

mod support;

use support::Lab;

fn lab(first_line: &str) -> Lab {
    let lab = Lab::new();
    lab.file("notify", &format!("{first_line}\necho hi\n"));
    lab.chmod("notify", 0o755);
    lab.control(
        "set daemon 300\nset log @D@/log\ncheck file f with path @D@/none\n  if not exist then exec \"@D@/notify\"\n\
         check program p with path \"@D@/notify\"\n  if status != 0 then alert\n\
         check process s with pidfile @D@/s.pid\n  start program = \"@D@/notify\"\n",
    );
    lab
}

#[test]
fn a_missing_interpreter_is_named() {
    let mut lab = lab("#!/nonexistent/bash");
    let script = lab.path("notify").display().to_string();
    let said = lab.cli(["-t"]);
    let why = "its interpreter '/nonexistent/bash' does not exist";
    assert!(said.code == 0 && said.err.contains(&format!("Program cannot be executed, {why}")), "{said:?}");
    lab.start::<&str>([]);
    lab.wait_line(&format!("exec failed -- '{script}' cannot be run: {why}"));
    lab.wait_line(&format!("failed to execute '{script}' -- {why}"));
    lab.wait_line(&format!("Program {script} failed: {why}"));
}

#[test]
fn line_ends_of_dos_are_named() {
    let mut lab = lab("#!/bin/sh\r");
    assert!(lab.cli(["-t"]).err.contains("CR LF"), "{:?}", lab.cli(["-t"]));
    lab.start::<&str>([]);
    lab.wait_line(
        "its lines end in CR LF, as on DOS, so its interpreter is '/bin/sh\\r', which does not exist",
    );
}

#[test]
fn a_script_without_a_first_line_is_told_what_is_missing() {
    let mut lab = lab("");
    assert_eq!(lab.cli(["-t"]).err, "", "the first line of a program may be anything");
    lab.start::<&str>([]);
    lab.wait_line("Exec format error: a script begins with a line like '#!/bin/sh'");
}

//! A snapshot of each kind of finding.

use super::*;
use expect_test::{Expect, expect};

fn check(text: &str, expected: Expect) {
    expected.assert_eq(&messages(text));
}

#[test]
fn several_errors_show_in_one_run() {
    let text = "check file a with path x\nset daemon\ncheck file b with path /b\n if size > 5MB then alert\n if foo then alert\n";
    check(
        text,
        expect![[r#"
        monitrc:1: syntax error 'x'
          1 | check file a with path x
            |                        ^
            = expected: a path
            = hint: a path must begin with '/': is it /x?
        monitrc:2: syntax error ''
          2 | set daemon
            |           ^
            = expected: a number
            = hint: a number is missing behind 'daemon'
        monitrc:4: syntax error '5MB'
          4 |  if size > 5MB then alert
            |            ^^^
            = expected: a number
            = hint: a blank is missing between number and unit: write 5 MB
        monitrc:5: syntax error 'foo'
          5 |  if foo then alert
            |     ^^^
    "#]],
    );
}

#[test]
fn an_error_in_an_include_shows_who_included_it() {
    let folder = std::env::temp_dir().join(format!("monit-chain-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("inner"), "\nset foo\n").expect("a file");
    std::fs::write(folder.join("outer"), format!("include {}/inner\n", folder.display())).expect("a file");
    let text = messages(&format!("\n\ninclude {}/outer", folder.display()));
    std::fs::remove_dir_all(&folder).expect("removed");
    expect![[r#"
        DIR/inner:2: syntax error 'foo'
          2 | set foo
            |     ^^^
            = included from: DIR/outer:1
            = included from: monitrc:3
    "#]]
    .assert_eq(&text.replace(&*folder.to_string_lossy(), "DIR"));
}

#[test]
fn a_loop_of_includes_is_cut() {
    let folder = std::env::temp_dir().join(format!("monit-loop-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("self");
    std::fs::write(&path, format!("set terminal batch\ninclude {}\n", path.display())).expect("a file");
    let loaded = load(&path, &Overrides::default(), std::rc::Rc::new(Live));
    let text = loaded.diagnostics[0].first_line();
    std::fs::remove_dir_all(&folder).expect("removed");
    expect!["DIR/self:2: Include loop: 'DIR/self' is being read already and is skipped"]
        .assert_eq(&text.replace(&*folder.to_string_lossy(), "DIR"));
    assert!(loaded.config.is_some());
}

#[test]
fn a_file_that_cannot_be_read() {
    expect![[r#"
        Cannot read the control file '/nonexistent/monitrc' -- No such file or directory
    "#]]
    .assert_eq(&rendered(
        &load(Path::new("/nonexistent/monitrc"), &Overrides::default(), std::rc::Rc::new(Live)).diagnostics,
    ));
    expect![[r#"
        Cannot read the control file '/etc' -- Not a regular file
    "#]]
    .assert_eq(&rendered(
        &load(Path::new("/etc"), &Overrides::default(), std::rc::Rc::new(Live)).diagnostics,
    ));
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let loaded = parse("set daemon \x1b[31m");
    assert!(!rendered(&loaded.diagnostics).contains('\x1b'));
    assert!(loaded.diagnostics[0].render(true).contains("\x1b[1;31m^"));
}

#[test]
fn token_too_long() {
    let text = messages(&format!("set pidfile /{}", "x".repeat(70_000)));
    assert!(text.starts_with("monitrc:1: a token is longer than 65536 bytes '/xxx"), "{text}");
    assert!(text.len() < 1000);
    // A comment may be as long as it likes.
    accepted(&format!("# {}\nset terminal batch", "x".repeat(70_000)));
}

#[test]
fn too_many_arguments() {
    let text = |count| format!("check process x with pidfile /x start \"/bin/true{}\"", " a".repeat(count));
    accepted(&text(62));
    expect!["monitrc:1: a command of more than 63 words '*'"]
        .assert_eq(&parse(&text(63)).diagnostics[0].first_line());
}

#[test]
fn a_hundred_errors_are_enough() {
    let loaded = parse(&"set foo\n".repeat(1000));
    assert_eq!(loaded.diagnostics.len(), 101);
}

use super::*;
use crate::config::{Credentials, PasswordForm};
use crate::httpd::password::{Look, Users};
use crate::sys::poll;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const NEAR: Neighbourhood = Neighbourhood::V4([192, 0, 2, 1]);
/// `pass word`, cheaply.
const SHA: &str = "$5$rounds=1000$saltsalt$BwFs8EoqCrZHYXOW69nf9xHXYvWfUhtK.7e45TEkuWC";
/// Takes minutes.
const ENDLESS: &str = "$6$rounds=999999999$saltsalt$x";

fn user(name: &str, password: &str, form: PasswordForm) -> Credentials {
    Credentials { name: name.into(), password: password.into(), form, readonly: false }
}

fn users() -> Users {
    Users::new(vec![
        user("plain", "pass word", PasswordForm::Cleartext),
        user("sha", SHA, PasswordForm::Crypt),
        user("endless", ENDLESS, PasswordForm::Crypt),
    ])
}

fn look(users: &Users, login: &str) -> Look {
    let attempt = users.attempt(&format!("Basic {}", STANDARD.encode(login))).unwrap();
    users.look(&attempt, "192.0.2.1")
}

fn question(login: &str) -> Question {
    match look(&users(), login) {
        Look::Ask(question) => *question,
        known => panic!("{login}: {known:?}"),
    }
}

/// The verdict, as the loop would get it.
fn wait(helpers: &mut Helpers, question: &Question, now: Instant) -> Verdict {
    loop {
        if let Standing::Known(verdict) = helpers.ask(question, NEAR, now) {
            return verdict;
        }
        let job = helpers.jobs.last().unwrap();
        poll::wait_for(job.task.output(), poll::READ);
        let id = job.id;
        helpers.on_ready(id, now);
    }
}

/// Whether this host has a crypt(3); says so if not.
fn has_crypt() -> bool {
    let (mut helpers, now) = (Helpers::default(), Instant::now());
    let found = wait(&mut helpers, &question("sha:x"), now) != Verdict::Cannot(Unverifiable::NoCrypt);
    if !found {
        let _ = io::stderr().write_all(b"SKIPPED digests of crypt(3): this host has no libcrypt\n");
    }
    found
}

#[test]
fn a_right_password_is_remembered_for_a_minute_and_a_wrong_one_never() {
    if crate::sys::ran_alone() {
        return;
    }
    if !has_crypt() {
        return;
    }
    let (mut helpers, now) = (Helpers::default(), Instant::now());
    let right = question("sha:pass word");
    assert_eq!(wait(&mut helpers, &right, now), Verdict::Right(1));
    helpers.told();
    let later = now + REMEMBERED - Duration::from_secs(1);
    assert_eq!(helpers.ask(&right, NEAR, later), Standing::Known(Verdict::Right(1)));
    assert!(helpers.jobs.is_empty());
    assert!(matches!(helpers.ask(&question("sha:pass worD"), NEAR, later), Standing::Busy(_)), "another one");
    assert!(matches!(helpers.ask(&right, NEAR, now + REMEMBERED), Standing::Busy(_)), "not for ever");
    helpers.forget_all();
    assert!(helpers.has_news());
    assert!(matches!(helpers.ask(&right, NEAR, now), Standing::Busy(_)), "not beyond a reload");

    let wrong = question("sha:wrong");
    assert_eq!(wait(&mut helpers, &wrong, now), Verdict::Wrong);
    assert!(helpers.told().is_empty(), "it was heard");
    assert!(matches!(helpers.ask(&wrong, NEAR, now), Standing::Busy(_)));
}

#[test]
fn nothing_of_a_password_is_kept() {
    if crate::sys::ran_alone() {
        return;
    }
    let mut helpers = Helpers::default();
    let digest = helpers.digest(&question("sha:pass word")).unwrap();
    assert_eq!(helpers.digest(&question("sha:pass word")), Some(digest));
    assert_ne!(helpers.digest(&question("sh:apass word")), Some(digest));
    let mut elsewhere = question("sha:pass word");
    elsewhere.host = "192.0.2.2".to_owned();
    assert_ne!(helpers.digest(&elsewhere), Some(digest), "there PAM may say something else");
    helpers.forget_all();
    assert_ne!(helpers.digest(&question("sha:pass word")), Some(digest), "another key");
}

#[test]
fn few_are_at_work_each_has_its_time_and_the_same_password_is_looked_at_once() {
    if crate::sys::ran_alone() {
        return;
    }
    let (mut helpers, now) = (Helpers::default(), Instant::now());
    for number in 0..2 * MOST {
        let standing = helpers.ask(&question(&format!("endless:{number}")), NEAR, now);
        assert!(matches!(standing, Standing::Busy(_)));
        assert_eq!(helpers.ask(&question(&format!("endless:{number}")), NEAR, now), standing);
    }
    assert_eq!(helpers.jobs.len(), MOST);
    assert!(helpers.is_full() && !helpers.has_news());
    helpers.on_tick(now + PATIENCE);
    assert!(helpers.jobs.is_empty() && helpers.has_news());
    let late = Standing::Known(Verdict::Cannot(Unverifiable::NoAnswer));
    assert_eq!(helpers.ask(&question("endless:0"), NEAR, now + PATIENCE), late);
    assert!(matches!(helpers.ask(&question("endless:7"), NEAR, now + PATIENCE), Standing::Busy(_)));
}

#[test]
fn nobody_overtakes_those_who_wait() {
    if crate::sys::ran_alone() {
        return;
    }
    let (mut helpers, now) = (Helpers::default(), Instant::now());
    for number in 0..=MOST {
        assert!(matches!(helpers.ask(&question(&format!("endless:{number}")), NEAR, now), Standing::Busy(_)));
    }
    let late = now + PATIENCE;
    helpers.on_tick(late);
    // The last one still waits; it is asked for again as soon as the news is heard.
    assert_eq!(helpers.ask(&question("endless:newcomer"), NEAR, late), Standing::Busy(late));
    assert!(helpers.jobs.is_empty());
    assert!(helpers.has_news());
    assert!(matches!(helpers.ask(&question(&format!("endless:{MOST}")), NEAR, late), Standing::Busy(_)));
    assert_eq!(helpers.jobs.len(), 1);
}

#[test]
fn a_helper_that_dies_lets_nobody_in() {
    if crate::sys::ran_alone() {
        return;
    }
    let (mut helpers, now) = (Helpers::default(), Instant::now());
    let question = question("endless:x");
    assert!(matches!(helpers.ask(&question, NEAR, now), Standing::Busy(_)));
    helpers.jobs[0].task.kill();
    assert_eq!(wait(&mut helpers, &question, now), Verdict::Cannot(Unverifiable::NoAnswer));
}

#[test]
fn digests_of_every_kind_are_compared() {
    if crate::sys::ran_alone() {
        return;
    }
    if !has_crypt() {
        return;
    }
    for digest in [
        SHA,
        "$6$saltsalt$cc1KsgmlKYtCcnNH8.sv7Fe8mca8fAso5fHlNrb1VZa5WYQ.L3ChTcx06ID.LoaXZAf9CZNraK43XCp7LxKHl1",
        "$2y$04$abcdefghijklmnopqrstuuFcV8WPKEefLKdOWfX8pW1yTVya21P7a",
        "ab3jcLo8aNLw6",
        "$y$j75$abcdefgh$gy189mvhaCsk0LUA3QbPNNj4fw4v4JJ8ihi7gsWuSe9",
    ] {
        let users = Users::new(vec![user("u", digest, PasswordForm::Crypt)]);
        let verdict = |password: &str| match look(&users, &format!("u:{password}")) {
            Look::Ask(question) => wait(&mut Helpers::default(), &question, Instant::now()),
            Look::Known(verdict) => verdict,
        };
        if verdict("") == Verdict::Cannot(Unverifiable::UnknownDigest) {
            // Older libraries know fewer.
            let _ = io::stderr().write_all(format!("SKIPPED {digest}: unknown to this host\n").as_bytes());
            continue;
        }
        assert_eq!(verdict("pass word"), Verdict::Right(0), "{digest}");
        for wrong in ["", "pass", "Pass word", digest] {
            assert_eq!(verdict(wrong), Verdict::Wrong, "{digest}");
        }
    }
}

#[test]
fn who_fails_has_cost_the_same_whether_he_exists_or_not() {
    if crate::sys::ran_alone() {
        return;
    }
    let users = users();
    assert!(matches!(look(&users, "plain:wrong"), Look::Ask(_)));
    assert!(matches!(look(&users, "nobody:wrong"), Look::Ask(_)));
    assert_eq!(look(&users, "plain:pass word"), Look::Known(Verdict::Right(0)));
    for name in ["nobody", "somebody", "x"] {
        assert_eq!(
            look(&users, &format!("{name}:1")),
            look(&users, &format!("{name}:1")),
            "each time the same"
        );
    }
    // A digest of somebody else, although the password is right for it.
    let one = Users::new(vec![user("sha", SHA, PasswordForm::Crypt)]);
    let Look::Ask(stranger) = look(&one, "stranger:pass word") else { panic!() };
    assert_eq!(wait(&mut Helpers::default(), &stranger, Instant::now()), Verdict::Unknown);
    // Neither is a user unknown whose password somebody else's digest was computed for.
    let known = Users::new(vec![
        user("plain", "pass word", PasswordForm::Cleartext),
        user("sha", SHA, PasswordForm::Crypt),
    ]);
    let Look::Ask(mistyped) = look(&known, "plain:pass worD") else { panic!() };
    assert_eq!(wait(&mut Helpers::default(), &mistyped, Instant::now()), Verdict::Wrong);
}

#[test]
fn verdicts_travel_and_what_is_none_lets_nobody_in() {
    if crate::sys::ran_alone() {
        return;
    }
    for verdict in [
        Verdict::Right(0),
        Verdict::Right(513),
        Verdict::Wrong,
        Verdict::Unknown,
        Verdict::Cannot(Unverifiable::NoCrypt),
        Verdict::Cannot(Unverifiable::UnknownDigest),
        Verdict::Cannot(Unverifiable::NoPam),
        Verdict::Cannot(Unverifiable::Pam(9)),
        Verdict::Cannot(Unverifiable::NoAnswer),
    ] {
        assert_eq!(Verdict::read(&verdict.bytes()), verdict);
    }
    for bytes in [&b""[..], b"+", b"+\0", b"x\0\0"] {
        assert_eq!(Verdict::read(bytes), Verdict::Cannot(Unverifiable::NoAnswer));
    }
}

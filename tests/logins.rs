//! Users whose passwords only others can check: digests of crypt(3), groups of PAM.
#![allow(clippy::expect_used)]

mod support;

use std::io::{Read, Write};
use std::process::Command;
use support::http::{ask, connect};
use support::skip::skip;
use support::{Lab, eventually, free_port, works};

/// `pass word` as bcrypt, SHA-512 and yescrypt.
const DIGESTS: [(&str, &str); 3] = [
    ("bob", "$2y$05$abcdefghijklmnopqrstuuIt/9/tGzLcigNq/.RWIDjeEVR30RSf."),
    (
        "sue",
        "$6$saltsalt$cc1KsgmlKYtCcnNH8.sv7Fe8mca8fAso5fHlNrb1VZa5WYQ.L3ChTcx06ID.LoaXZAf9CZNraK43XCp7LxKHl1",
    ),
    ("yve", "$y$j75$abcdefgh$gy189mvhaCsk0LUA3QbPNNj4fw4v4JJ8ihi7gsWuSe9"),
];

fn ping(port: u16, login: &str) -> String {
    use base64::Engine;
    let login = base64::engine::general_purpose::STANDARD.encode(login);
    let (head, _) = ask(port, &format!("GET /_ping HTTP/1.0\r\nAuthorization: Basic {login}\r\n\r\n"));
    head.lines().next().unwrap_or_default().split(' ').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn a_password_file_may_have_every_digest_that_the_system_knows() {
    let (mut lab, port) = (Lab::new(), free_port());
    let lines: String = DIGESTS.iter().map(|(user, digest)| format!("{user}:{digest}\n")).collect();
    lab.file("users", &format!("{lines}odd:$nothing$like$it\n"));
    lab.control(&format!(
        "set daemon 60\nset httpd port {port} address 127.0.0.1\n  allow localhost\n  allow crypt @D@/users\n\
         check file good path @D@/monitrc"
    ));
    lab.start(["-v"]);
    lab.wait_status("good", "OK");
    assert!(!lab.console().contains("not available"), "{}", lab.console());
    assert_eq!(ping(port, "odd:x"), "401");
    let line = lab.wait_line("cannot check the password of user 'odd'");
    if !line.contains("does not know such a digest") {
        skip("digests of crypt(3)", line);
        return;
    }
    for (user, _) in DIGESTS {
        // Some libraries know fewer; that is said, and nobody is let in.
        let unknown = format!("user '{user}': crypt(3) of this system does not know such a digest");
        match &*ping(port, &format!("{user}:pass word")) {
            "200" => {}
            _ => {
                let line = lab.wait_line(&format!("password of user '{user}'"));
                assert!(line.ends_with(&unknown), "{line}");
                skip("a digest of crypt(3)", unknown);
            }
        }
        assert_eq!(ping(port, &format!("{user}:pass")), "401", "{user}");
    }
    assert_eq!(ping(port, "nobody:pass word"), "401");
    lab.wait_line("wrong password for user 'yve'");
    lab.wait_line("unknown user 'nobody'");
}

/// Words that start a daemon whose `/etc/pam.d` is our folder; `None` where that cannot be done.
fn own_pam(lab: &Lab) -> Option<Vec<String>> {
    lab.program("in-its-own-world", "mount --bind @D@/pam.d /etc/pam.d && exec \"$@\"");
    let words = ["unshare", "-m", &lab.path("in-its-own-world").display().to_string()].map(String::from);
    works(Command::new("unshare").args(&words[1..]).arg("true")).then(|| words.to_vec())
}

#[test]
fn a_digest_that_nobody_can_check_is_told_where_it_is_read() {
    let lab = Lab::new();
    lab.file("users", "bob:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\nsue:$5$saltsalt$x\n");
    let allow = |form: &str| {
        lab.control(&format!(
            "set daemon 60\nset httpd port 1\n  allow {form} @D@/users\ncheck file good path @D@/monitrc"
        ));
        lab.cli(["-t"])
    };
    for form in ["crypt", "md5"] {
        let reply = allow(form);
        assert_eq!(reply.code, 0);
        assert!(
            reply.err.contains("user 'bob' will never be let in") && reply.err.contains("htpasswd -B"),
            "{}",
            reply.err
        );
        assert!(!reply.err.contains("sue"), "{}", reply.err);
    }
    assert!(!allow("cleartext").err.contains("bob"), "there it is the password itself, as in Monit");
}

#[test]
fn users_of_a_group_are_asked_for_their_password_by_pam() {
    let (mut lab, port) = (Lab::new(), free_port());
    std::fs::create_dir(lab.path("pam.d")).expect("a folder");
    let Some(world) = own_pam(&lab) else {
        skip("users of a group", "no mount namespaces here, no /etc/pam.d, or not root");
        return;
    };
    lab.program(
        "check",
        "password=$(tr -d '\\000'); echo \"$PAM_USER $PAM_RHOST\" >> @D@/asked\n\
         [ \"$password\" = hang ] && exec sleep 600\n[ \"$password\" = 'pass word' ]",
    );
    let folder = lab.dir().display();
    lab.file(
        "pam.d/monit",
        &format!(
            "auth [success=1 default=ignore] pam_exec.so quiet expose_authtok {folder}/check\n\
             auth requisite pam_deny.so\nauth required pam_permit.so\naccount required pam_permit.so\n"
        ),
    );
    lab.control(&format!(
        "set daemon 60\nset httpd port {port} address 127.0.0.1\n  allow localhost\n  allow @root\n\
         check file good path @D@/monitrc"
    ));
    lab.start_under(&world, ["-v"]);
    lab.wait_line("'good' file exists");
    assert!(!lab.console().contains("not available"), "{}", lab.console());
    if ping(port, "root:pass word") != "200" {
        let line = lab.wait_line("access denied");
        assert!(line.contains("libpam.so.0") || line.contains("PAM has failed"), "{line}");
        skip("users of a group", line);
        return;
    }
    assert_eq!(lab.lines("asked"), ["root 127.0.0.1"]);
    assert_eq!(ping(port, "root:pass word"), "200");
    assert_eq!(lab.lines("asked").len(), 1, "remembered");
    assert_eq!(ping(port, "root:x"), "401");
    lab.wait_line("wrong password for user 'root'");
    // Who is in no group is nobody, whatever his password is; PAM takes its time all the same.
    assert_eq!(ping(port, "daemon:pass word"), "401");
    lab.wait_line("unknown user 'daemon'");
    assert_eq!(lab.lines("asked").last().map(String::as_str), Some("monit-unknown 127.0.0.1"));
    // One that hangs holds up nobody, and is given up.
    let mut hung = connect(port);
    // root:hang
    hung.write_all(b"GET /_ping HTTP/1.0\r\nAuthorization: Basic cm9vdDpoYW5n\r\n\r\n").expect("write");
    eventually("the helper", || (lab.lines("asked").len() == 4).then_some(()));
    assert_eq!(ping(port, "root:pass word"), "200");
    let mut answer = String::new();
    hung.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.0 401"), "{answer}");
    lab.wait_line("has not answered in time");
}

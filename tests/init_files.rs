//! What is in `init/` and `rpm/` is readable for the shells that run it, and names the paths the packages have.
#![allow(clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::skip::skip;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(name: &str) -> String {
    fs::read_to_string(repository().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What stands behind the first `begin` of the file, up to white space.
fn value(name: &str, begin: &str) -> String {
    let text = read(name);
    let line = text.lines().find_map(|line| line.strip_prefix(begin));
    let line = line.unwrap_or_else(|| panic!("{name} has no line that begins with {begin}"));
    line.split_whitespace().next().unwrap_or_default().to_owned()
}

const SCRIPTS: &[&str] = &[
    "init/sysv-debian",
    "init/sysv-redhat",
    "init/openrc",
    "init/runit/run",
    "init/s6/run",
    "debian/make-preinst",
    "debian/preinst.in",
    "debian/monit-rs.postinst",
    "debian/monit-rs.postrm",
];

#[test]
fn every_script_can_be_read_by_a_shell() {
    for script in SCRIPTS {
        match Command::new("sh").arg("-n").arg(repository().join(script)).output() {
            Ok(output) => {
                assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
            }
            Err(error) => skip(&format!("{script} with sh"), error),
        }
    }
}

#[test]
fn what_init_runs_is_executable() {
    use std::os::unix::fs::PermissionsExt;
    for script in SCRIPTS.iter().filter(|name| name.starts_with("init/")) {
        let mode = fs::metadata(repository().join(script)).expect("the script").permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{script}");
    }
}

#[test]
fn everyone_starts_the_same_program_on_the_control_file_of_its_system() {
    let debian = ("/usr/bin/monit", "/etc/monit/monitrc");
    let others = ("/usr/bin/monit", "/etc/monitrc");
    assert_eq!(
        (value("init/sysv-debian", "DAEMON=").as_str(), value("init/sysv-debian", "CONFIG=").as_str()),
        debian
    );
    assert_eq!(
        (value("init/sysv-redhat", "DAEMON=").as_str(), value("init/sysv-redhat", "CONFIG=").as_str()),
        others
    );
    assert!(
        read("init/monit.service")
            .contains("\nExecStart=/usr/bin/monit -I -c /etc/monit/monitrc $MONIT_OPTS\n")
    );
    for file in ["init/runit/run", "init/s6/run"] {
        assert!(read(file).ends_with("\nexec /usr/bin/monit -I -c /etc/monitrc\n"), "{file}");
    }
    assert!(read("init/inittab").ends_with("\n::respawn:/usr/bin/monit -I -c /etc/monitrc\n"));
    assert!(
        read("init/Containerfile").contains(r#"ENTRYPOINT ["/usr/bin/monit", "-I", "-c", "/etc/monitrc"]"#)
    );
    assert!(read("init/openrc").contains("cfgfile=\"${MONIT_CONFIG:-/etc/monitrc}\""));
    // And all look for the daemon where it says it is.
    for (file, begin) in
        [("init/sysv-redhat", "PIDFILE="), ("init/openrc", "pidfile="), ("init/monit.service", "PIDFile=")]
    {
        assert_eq!(value(file, begin).trim_matches('"'), "/run/monit.pid", "{file}");
    }
    assert!(read("init/sysv-debian").contains("\nPIDFILE=/run/$NAME.pid\n"));
    assert!(read("debian/rules").contains("debian/monit-rs/usr/bin/monit\n"));
    assert!(read("debian/rules").contains("debian/monit-rs/etc/monit/monitrc\n"));
}

#[test]
fn a_reload_and_a_stop_leave_alone_what_was_started() {
    let unit = read("init/monit.service");
    for line in ["KillMode=process", "ExecReload=/bin/kill -HUP $MAINPID", "Type=notify"] {
        assert!(unit.lines().any(|is| is == line), "{line}");
    }
}

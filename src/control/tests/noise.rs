//! `set alert … group within`, `limit` and `quiet`, and `severity critical`.

use super::*;
use crate::config::Severity;
use std::os::unix::fs::PermissionsExt;

#[test]
fn how_much_is_told_is_said_of_all_and_of_one() {
    let config = accepted(
        "set alert group within 10 seconds quiet \"* 22-23,0-6 * * *\" limit 20 per hour \
         set alert ops@x.org not on { instance } with reminder on 10 cycles limit 5 per hour group within 2 minutes \
         set alert group@x.org set alert limit@x.org set alert @quiet \
         set alert webhook quiet url http://h/ \
         check file severity path /x group limit severity critical group quiet alert a@b.c group within",
    );
    let rule = |address: &str| {
        let rule = config.noise(address).unwrap();
        (rule.group.unwrap().as_secs(), rule.limit.unwrap(), &*rule.quiet.unwrap().text)
    };
    assert_eq!(rule("group@x.org"), (10, 20, "* 22-23,0-6 * * *"));
    assert_eq!(rule("OPS@x.org"), (120, 5, "* 22-23,0-6 * * *"));
    let (severe, ordinary) = (&config.services[0], accepted("check file quiet path /x"));
    assert_eq!((severe.severity, severe.groups.len()), (Severity::Critical, 3));
    assert_eq!(ordinary.services[0].severity, Severity::Ordinary);
    assert!(accepted("set alert a@b.c").settings.noise.is_empty());
    for (text, wanted) in [
        ("set alert group 10 seconds", "syntax error '10'"),
        ("set alert group within 10", "syntax error"),
        ("set alert group within 0 seconds", "the time in seconds must be between 1 and 3600"),
        ("set alert a@b.c group within 2 hours", "syntax error"),
        ("set alert limit 0 per hour", "the number of messages must be between 1 and 10000"),
        ("set alert limit 5", "syntax error"),
        ("set alert quiet \"22-6\"", "Invalid cron specification"),
        ("set alert quiet \"0-59 * * * *\"", "every minute"),
        ("set alert limit 5 per hour limit 6 per hour", "'limit' was given before"),
        (
            "set alert limit 5 per hour set alert group within 5 s limit 6 per hour",
            "'limit' was given before",
        ),
        ("set alert a@b.c limit 5 per hour set alert A@B.c limit 6 per hour", "'limit' was given before"),
        ("set alert quiet", "syntax error"),
        ("check file x path /x severity low", "syntax error"),
    ] {
        let loaded = parse_str(NAME, text.as_bytes(), &Overrides::default());
        assert!(loaded.config.is_none(), "{text}");
        let found: Vec<String> = loaded.diagnostics.iter().map(|one| one.first_line()).collect();
        assert!(found.iter().any(|line| line.contains(wanted)), "{text}: {found:?}");
    }
}

#[test]
fn who_keeps_accounts_of_incidents_takes_no_options_that_hide_some() {
    let secret = std::env::temp_dir().join(format!("monit-rs-noise-{}", std::process::id()));
    std::fs::write(&secret, "s").unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    let pager = format!("format pagerduty secret file \"{}\"", secret.display());
    for (format, option, wanted) in [
        (&*pager, "limit 5 per hour", Some("'limit' has no effect on '@x'")),
        (&*pager, "group within 5 seconds", Some("'group within' has no effect on '@x'")),
        ("format alertmanager", "quiet \"* 1 * * *\"", Some("'quiet' has no effect on '@x'")),
        ("format alertmanager", "group within 5 seconds", None),
        ("format slack", "limit 5 per hour", None),
    ] {
        let text = format!("set alert webhook x url http://h/ {format} set alert @X {option}");
        let loaded = parse_str(NAME, text.as_bytes(), &Overrides::default());
        let found: Vec<String> = loaded.diagnostics.iter().map(|one| one.first_line()).collect();
        assert_eq!(loaded.config.is_some(), wanted.is_none(), "{text}: {found:?}");
        assert!(
            wanted.is_none_or(|wanted| found.iter().any(|line| line.contains(wanted))),
            "{text}: {found:?}"
        );
    }
    // What is said of all does not hold for them.
    for (format, wanted) in
        [(&*pager, None), ("format alertmanager", Some((true, false))), ("", Some((true, true)))]
    {
        let config = accepted(&format!(
            "set alert webhook x url http://h/ {format} set alert group within 5 s limit 5 per hour"
        ));
        let rule = config.noise("@X").map(|rule| (rule.group.is_some(), rule.limit.is_some()));
        assert_eq!(rule, wanted, "{format}");
    }
    let _ = std::fs::remove_file(secret);
}

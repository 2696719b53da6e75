//! Words that people bring from other tools, and what is said here instead.

/// Words from other tools, and from what people expect.
pub(super) const FOREIGN: &[(&str, &str)] = &[
    ("user", "users go to a program: start program = \"…\" as uid NAME"),
    ("owner", "the owner is tested by: if failed uid NAME then alert"),
    ("command", "commands are: start program, stop program and restart program"),
    ("interval", "the length of a cycle is global: set daemon N; for one service: every \"*/5 * * * *\""),
    ("description", "there are no descriptions; write a comment with '#'"),
    ("email", "mail goes to: alert user@example.com"),
    ("mail", "mail goes to: alert user@example.com"),
    ("notify", "mail goes to: alert user@example.com"),
    ("depends", "a name must follow on the same line: depends on NAME"),
    ("depend", "a name must follow on the same line: depends on NAME"),
    ("group", "a name must follow on the same line: group NAME"),
    ("check", "a type must follow on the same line: check process NAME"),
    ("history", "this is no option of a service but a setting: set history on"),
    ("evidence", "this is no option of a service but a setting: set evidence off"),
    ("metrics", "this is no option of a service but a setting: set metrics file PATH"),
    (
        "heartbeat",
        "this is no option of a service: set heartbeat … is a setting, check heartbeat … a service",
    ),
    (
        "maintenance",
        "this is no option of a service but a setting: set maintenance \"0 2 * * 0\" for 2 hours on NAME",
    ),
    ("quiet", "this is no option of a service but one of recipients: set alert quiet \"* 22-23,0-6 * * *\""),
    ("limit", "this is no option of a service but one of recipients: set alert limit 20 per hour"),
    (
        "webhook",
        "a webhook is a recipient of alerts: set alert webhook NAME url \"https://…\", then here: alert @NAME",
    ),
    (
        "silence",
        "a silence begins by command: monit silence NAME for 2 hours; for regular times: set maintenance",
    ),
    ("elif", "write 'else if', which is possible only for 'succeeded' or 'failed'"),
    ("elseif", "write 'else if'"),
    ("endif", "a test ends by itself"),
    ("owned", "the owner is tested by: if failed uid NAME then alert"),
    ("load", "the load average is tested by: if loadavg (5min) > 4 then alert"),
];

/// The same behind `set`.
pub(super) const FOREIGN_SETTINGS: &[(&str, &str)] = &[
    ("mailfrom", "the sender of mails: set mail-format { from: monit@example.com }"),
    ("mail-from", "the sender of mails: set mail-format { from: monit@example.com }"),
    ("from", "the sender of mails: set mail-format { from: monit@example.com }"),
    ("sender", "the sender of mails: set mail-format { from: monit@example.com }"),
    ("subject", "the subject of mails: set mail-format { subject: $SERVICE $EVENT }"),
    ("smtp", "the server for mails: set mailserver mail.example.com"),
    ("smtpserver", "the server for mails: set mailserver mail.example.com"),
    ("email", "who gets mails: set alert user@example.com"),
    ("mail", "who gets mails: set alert user@example.com"),
    ("mailto", "who gets mails: set alert user@example.com"),
    ("interval", "the length of a cycle in seconds: set daemon 30"),
    ("poll", "the length of a cycle in seconds: set daemon 30"),
    ("http", "the web interface: set httpd port 2812 allow localhost"),
    ("webhook", "a webhook is a recipient of alerts: set alert webhook NAME url \"https://…\""),
    ("limit", "how much is told is set for alerts: set alert limit 20 per hour"),
    ("quiet", "how much is told is set for alerts: set alert quiet \"* 22-23,0-6 * * *\""),
    ("severity", "'severity critical' is an option of a service: write it in its 'check', without 'set'"),
    ("backoff", "'backoff' is an option of a service: write it in its 'check', without 'set'"),
    (
        "silence",
        "a silence begins by command: monit silence NAME for 2 hours; for regular times: set maintenance",
    ),
    ("web", "the web interface: set httpd port 2812 allow localhost"),
];

/// The words of both.
pub(super) fn foreign() -> impl Iterator<Item = &'static str> {
    FOREIGN.iter().chain(FOREIGN_SETTINGS).map(|(word, _)| *word)
}

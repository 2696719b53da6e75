//! The texts of `-h` and `-V`.

/// What `-h` prints.
pub const USAGE: &str = "\
Usage: monit [option ...] [action]

Without an action monit starts, or wakes the daemon that is already running.

Options:
 -c, --conf file        Read this control file
 -d, --daemon n         Run as a daemon, one cycle every n seconds
 -g, --group name       Act on the services of this group
 -l, --logfile file     Log to this file, or to 'syslog'
 -p, --pidfile file     Keep the daemon's process id in this file
 -s, --statefile file   Keep the state of the services in this file
 -I, --interactive      Stay in the foreground (for init and containers)
 -i, --id               Print the unique id of this monit
 -r, --resetid          Replace the unique id (asks first)
 -B, --batch            Plain output without colours and boxes
 -t, --test             Check the control file's syntax
 -v, --verbose          Say what is done; -vv: say more about errors
 -H, --hash [file...]   Print SHA256, SHA1 and MD5 of files, or of stdin
 -V, --version          Print the version
 -h, --help             Print this text
     --demo             Show what monit does, on a built-in control file
     --json             JSON of status, summary, report, why, events,
                        validate, procmatch, test alert and silence --list
     --list             With silence: show which silences last

Actions (name: a service, or a pattern that matches whole names):
 start all|name         Start services and monitor them
 stop all|name          Stop services and no longer monitor them
 restart all|name       Stop and start services
 monitor all|name       Monitor services
 unmonitor all|name     No longer monitor services
 beat name              Report for the job of a heartbeat service
 status [name]          Show all about services
 summary [name]         Show the state of services, a line each
 report [what]          Count services; what: up, down, initialising,
                        unmonitored or total
 why [name]             Say why services are as they are
 events [name]          Show the last events
 silence name for time  Hold alerts back, for '2 hours' say; behind it may stand
                        'hold actions', and a reason
 unsilence [name]       Let alerts out again; name: of which services, the
                        number of a silence, or nothing for all
 test alert [to]        Send a test message to all recipients of alerts, or
                        to this one; exit code 0 if all were taken
 reload                 Let the daemon read its control file again
 quit                   End the daemon
 validate               Check all services now; exit code 0 if all are well
 procmatch pattern      Show the processes that 'matching' would find
 lint                   Check the control file and advise
 version                Print the version, as -V
 help                   Print this text, as -h
";

/// What `-V` prints. Tools take the word behind "version", the fifth or the last word of the first line, or the first
/// number: that line is Monit's.
pub fn version() -> String {
    let tls = if cfg!(feature = "tls") { "with tls" } else { "without tls" };
    format!(
        "This is Monit version {}\nmonit-rs {}, a compatible replacement\nBuilt {tls}, with ipv6, with large files, for {} {}\n",
        crate::MONIT_VERSION,
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
    )
}

//! What each statement, type of service and test is for, in a sentence or two, by how its grammar begins. The test fails
//! on one that nobody has described, and on a description of nothing.

pub const STATEMENTS: &[(&str, &str)] = &[
    (
        "'set' 'daemon'",
        "Runs as a daemon with one cycle every so many seconds, the first one after the start delay. Without it each call of \
         monit makes one cycle and ends.",
    ),
    ("'set' 'init'", "Stays in the foreground, as init systems and containers want it."),
    ("'set' 'terminal' 'batch'", "Plain output of the commands, without colours and boxes."),
    ("'set' 'fips'", "Accepted; there is nothing to be switched."),
    (
        "'set' 'onreboot'",
        "What services do after the machine was started: all begin monitored, none does, or each as it was.",
    ),
    ("'set' 'log'", "Where the log goes: a file, or syslog with that facility (log_user without one)."),
    (
        "'set' 'pidfile'",
        "The daemon's process id and lock; the control socket lies beside it with the ending .ctl.",
    ),
    ("'set' 'idfile'", "Where the unique id of this monit is kept."),
    ("'set' 'statefile'", "Where it is kept over a restart what is monitored and what has been told."),
    ("'set' 'expectbuffer'", "An old form of the limit sendExpectBuffer."),
    ("'set' 'limits'", "Bounds of sizes and times, for what follows in the file. See LIMITS."),
    ("'set' 'ssl'", "How secure connections are made where a test or a server says nothing else."),
    (
        "'set' 'eventqueue'",
        "A folder in which alerts wait that could not be delivered, and how many may wait; without a number, as many as there is \
         room for.",
    ),
    (
        "'set' 'mmonit'",
        "The M/Monit servers that are told how the services are, in each cycle, and each event when it happens: all of them, whoever \
         gets mail. A user and a password in the URL are percent-encoded where they hold signs of URLs. So that M/Monit can act \
         here, it is told how to reach the interface, with the first of its users that has a password in clear text and is not \
         read-only; not behind register without credentials. An event that cannot be sent waits, in set eventqueue if there is \
         one, and is tried again; a server that is down is told of once.",
    ),
    (
        "'set' 'mailserver'",
        "The mail servers, tried in this order; the time limit of a dialogue; and the name to introduce this machine with.",
    ),
    ("'set' 'mail-format'", "The look of alerts. See MAIL."),
    (
        "'set' 'alert' 'webhook'",
        "A receiver of alerts by HTTP, which lines of alerts then name as @NAME. The URL, if it is the secret, and the secret of a \
         format come from files of one line that nobody else can read; no output shows them. In the file of a template, \
         variables as in mail stand for the event. What is sent in each format, and what becomes of it when a receiver is down, is in \
         doc/webhooks.md.",
    ),
    (
        "'set' 'alert' noise",
        "How much all recipients are told who have no such option behind their own 'set alert': events of so many seconds in one \
         message; so many messages in an hour; only services with 'severity critical' in the minutes of a cron line. What is held back \
         is told in one summary. See doc/noise.md.",
    ),
    (
        "'set' 'alert'",
        "Who is told of what, by mail or by a webhook, of every service. See EVENTS. Options behind it say how much this recipient is told.",
    ),
    (
        "'set' 'httpd'",
        "Opens the interface for commands, browsers and tools: a port, a socket, and who may come in. Root's commands need none: \
         they use the control socket. Password files may have any digest that crypt(3) of the system knows. Users of a group ('allow \
         @group') are asked for their password by PAM, service 'monit'. A right password is remembered for a minute.",
    ),
    (
        "'set' 'exitwatch'",
        "The end of a process is noticed at once instead of at the next cycle, or after the delay.",
    ),
    (
        "'set' 'heartbeat'",
        "A request at regular times, so that somebody elsewhere notices when it stays away. The URL may stand in a file that \
         only its owner can read; nothing but its server is ever shown. What fails is told once and tried again.",
    ),
    (
        "'set' 'maintenance'",
        "At the times of the cron line, and for so long, alerts of these services are held back: of the service of that name, \
         else of those whose whole name the pattern matches, or of a group. Checks go on. What still fails at the end is told then, once. \
         With 'hold actions' nothing is started, stopped, restarted or executed by a test meanwhile. See doc/silences.md.",
    ),
    (
        "'set' 'history'",
        "Whether the last events and the course of readings are kept, for monit events and the pages; on without it. They are in \
         PATH.events and PATH.readings, which begin with the path of the state file where none is given.",
    ),
    (
        "'set' 'evidence'",
        "Whether an alert also shows what there was to see when it happened: the biggest processes, the end of a program's output, \
         what a server said; on without it. See MAIL.",
    ),
    (
        "'set' 'metrics' 'file'",
        "What /metrics says as a file, for the textfile collector of Prometheus' node_exporter, which reads names that end with \
         .prom. It is written anew after each cycle, whole before it takes its place, and goes with the daemon.",
    ),
    (
        "'start' | 'stop' | 'restart'",
        "The programs that start, stop and restart the service, as which user, and how long each may take. Without a restart \
         program, stop and start are used.",
    ),
    (
        "'every'",
        "Looks only in each so manieth cycle, at the times of a cron line, or with a period of its own.",
    ),
    ("'not every'", "Does not look at the times of that cron line."),
    (
        "'mode'",
        "Active: look and act. Passive: look and tell, never start or stop. Manual: only monitored after it was started by a command.",
    ),
    ("'onreboot'", "As 'set onreboot', for this service."),
    ("'group'", "Puts the service into a group, for -g. It may be in several."),
    (
        "'depends'",
        "The service needs those: it is stopped before they are, started after them, and not looked at while one of them is down.",
    ),
    ("'alert'", "Somebody else who is told, or the same with other events, of this service alone."),
    ("'noalert'", "This address is not told of this service."),
    ("'ignore'", "Lines of the file that a content test passes over."),
    (
        "'if' NUMBER 'restart'",
        "Gives up on a service that had to be restarted so often within so many cycles.",
    ),
    ("'severity'", "Alerts of this service do not wait for the end of quiet hours."),
    ("'exitwatch'", "As 'set exitwatch', for this process."),
    (
        "'backoff'",
        "The pause before automatic restarts grows from the first number of seconds to the second.",
    ),
];

pub const SERVICES: &[(&str, &str)] = &[
    (
        "'check process'",
        "A process, found by its pid file, by the path of its program, or by a regular expression that its command line matches.",
    ),
    ("'check file'", "A regular file: its size, age, owner, mode, checksum, lines."),
    (
        "( 'check filesystem' | 'check device' )",
        "A mounted filesystem, by a path on it, its device or its source: space, inodes, reads and writes.",
    ),
    ("'check directory'", "A directory."),
    ("'check fifo'", "A named pipe."),
    ("'check host'", "A machine in the network, of which ports, URLs or answers to ping are tested."),
    ("'check network'", "An interface of this machine, by its name or by an address that it has."),
    ("'check system'", "This machine as a whole. $HOST stands for its name."),
    ("'check program'", "A program that is run in each cycle; its exit status and output are tested."),
    (
        "'check heartbeat'",
        "A job that reports by itself, with 'monit beat NAME' or a request for /beat/NAME?token=TOKEN. The token opens nothing else. One \
         that stays silent for longer is an event; to clients of Monit it is a program.",
    ),
];

pub const TESTS: &[(&str, &str)] = &[
    (
        "[ 'not' ] 'exist'",
        "Whether it is there. Without this test, one that is missing is restarted, or told.",
    ),
    ("'failed' ( 'uid' | 'gid' )", "The owner or group is another one."),
    ("'failed' 'euid'", "The effective user is another one."),
    ("'failed' 'perm'", "The mode, in octal, is another one."),
    ("'changed' 'perm'", "The mode is another one than at the check before."),
    ("'changed' ( 'pid' | 'ppid' )", "It was started anew, or has another parent."),
    ("'failed' 'security' 'attribute'", "The label of SELinux or the profile of AppArmor."),
    ("'uptime'", "How long it runs."),
    ("'filedescriptors'", "How many files it has open; in percent, of its limit."),
    ("'total' 'filedescriptors'", "The same with its children."),
    ("'cpu' [ op ]", "Share of the processors; in a system, of all kinds together."),
    ("'total cpu'", "The same with its children."),
    ("'cpu' '('", "Share of one kind of the system's processor time."),
    ("'memory'", "Memory in use, as a size or in percent of the machine."),
    ("'total memory'", "The same with its children."),
    ("'swap'", "Swap space in use."),
    ("( 'pagein' | 'pageout' )", "Pages read from disk or written to it per second."),
    ("'loadavg'", "The load average, by itself or divided by the number of processors."),
    ("( 'threads' | 'children' )", "How many there are."),
    (
        "( 'read' | 'write' ) [ op ] value [ unit ] [ 's' ]",
        "Bytes per second that it reads or writes, caches included.",
    ),
    ("'disk' ( 'read' | 'write' )", "Bytes or operations per second that reach a disk."),
    (
        "( 'timestamp' | 'access time' | 'change time' | 'modification time' )",
        "How old that time is, or that it moved; timestamp is the later of change and modification.",
    ),
    ("'hardlink'", "The number of names it has."),
    ("'size'", "Its size, or that it changed."),
    (
        "'failed' [ 'md5' | 'sha1' | 'sha256' ] 'checksum'",
        "The sum is not the expected one, or not that of the start; or it changed.",
    ),
    ("'content' ( '=' | '!=' ) ( STRING | PATH )", "A new line matches the regular expression, or does not."),
    (
        "[ 'not' ] 'match'",
        "The older form of the content test; a path names a file with one expression a line.",
    ),
    ("'space'", "Space used or free."),
    ("'inode'", "Inodes used or free."),
    (
        "( 'read' | 'write' ) [ op ] ( value [ unit ] [ 's' ] | NUMBER",
        "Bytes or operations per second on its device.",
    ),
    ("'service time'", "How long an operation on its device takes on average."),
    ("'changed' 'fsflags'", "It was mounted with other options."),
    ("'link' ( 'down' | 'up' )", "The state of the interface."),
    ("'failed' 'link'", "The interface is down or counts errors."),
    ("'changed' 'link'", "Speed or duplex of the interface changed."),
    ("'saturation'", "Traffic in percent of the speed of the link."),
    ("( 'upload' | 'download' )", "Traffic per second."),
    ("'total' ( 'upload' | 'download' )", "Traffic within a time that has passed."),
    ("'status'", "The exit status of the program."),
    ("'changed' 'status'", "The exit status is another one than before."),
    ("'content' ( ( '=' | '!=' ) STRING | [ 'not' ] 'changed' )", "What the program printed."),
    (
        "( 'failed' | 'succeeded' ) [ 'host' STRING ] 'port'",
        "A server at that port answers as its protocol has it. See PROTOCOLS.",
    ),
    ("( 'failed' | 'succeeded' ) 'url'", "A page can be fetched, and says what it should."),
    ("( 'failed' | 'succeeded' ) 'unixsocket'", "A server at that socket answers."),
    ("( 'failed' | 'succeeded' ) ( 'ping'", "The host answers to echo requests."),
    ("'pressure'", "Share of time in which work had to wait for processors, memory or disks."),
    ("'missed'", "The job has not reported in time. Without this test that is told."),
    ("'oom' 'kills'", "Processes that the kernel killed for want of memory since the check before."),
    ("'entries'", "How many names are directly in it."),
    ("'total' 'size'", "The bytes of all regular files in it and below, on the same filesystem."),
];

pub const EVENTS: &[(&str, &str)] = &[
    ("action", "somebody asked for something to be done"),
    ("bytein", "bytes received"),
    ("byteout", "bytes sent"),
    ("checksum", "another sum"),
    ("connection", "a server does not answer as it should"),
    ("content", "a line, a page or an output"),
    ("data", "something could not be looked at"),
    ("exec", "a program could not be run, or failed"),
    ("exist", "what should not be there is"),
    ("fsflags", "a filesystem is mounted with other options"),
    ("gid", "another group"),
    ("icmp", "no answer to ping"),
    ("instance", "monit itself was started, stopped or reloaded"),
    ("invalid", "it is of another type than expected"),
    ("link", "an interface"),
    ("nonexist", "it is missing"),
    ("packetin", "packets received"),
    ("packetout", "packets sent"),
    ("permission", "another mode"),
    ("pid", "another process"),
    ("ppid", "another parent"),
    ("resource", "processor, memory, space, load and the like"),
    ("saturation", "a link is full"),
    ("size", "another size"),
    ("speed", "a link became slower or faster"),
    ("status", "an exit status"),
    ("timeout", "too many restarts, or an action took too long"),
    ("timestamp", "a time of a file"),
    ("uid", "another owner"),
    ("uptime", "how long it runs"),
];

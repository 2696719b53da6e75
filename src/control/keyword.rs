//! The reserved words of the language with their synonyms, and the noise words that mean nothing.

use crate::config::{OptionName, OptionSpec, PROTOCOLS};

macro_rules! keywords {
    ($($variant:ident = $first:literal $(| $other:literal)*;)*) => {
        /// A keyword, whichever of its spellings was used.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum Keyword {
            $($variant,)*
            /// A protocol: an index into [`PROTOCOLS`].
            Protocol(u8),
            /// An option that only protocols have.
            Option(OptionName),
        }

        /// Every single-word spelling, a line each; of each keyword the usual one first. One text and no table of texts: each
        /// pointer would be written when the program is loaded, and its page be memory of ours from then on.
        const SPELLINGS: &str = concat!($($first, "\n", $($other, "\n",)*)*);

        /// What each line of [`SPELLINGS`] spells.
        const MEANINGS: &[Keyword] = &[$(Keyword::$variant, $({ let _ = $other; Keyword::$variant },)*)*];
    };
}

keywords! {
    // Statements and their parts.
    Set = "set"; Daemon = "daemon"; Delay = "delay"; Terminal = "terminal"; Batch = "batch"; Init = "init";
    Fips = "fips"; Log = "log"; LogFile = "logfile"; Syslog = "syslog"; Facility = "facility";
    PidFile = "pidfile"; IdFile = "idfile"; StateFile = "statefile"; ExpectBuffer = "expectbuffer";
    Limits = "limits"; SendExpectBuffer = "sendexpectbuffer"; FileContentBuffer = "filecontentbuffer";
    HttpContentBuffer = "httpcontentbuffer"; ProgramOutput = "programoutput"; NetworkTimeout = "networktimeout";
    ProgramTimeout = "programtimeout"; StopTimeout = "stoptimeout"; StartTimeout = "starttimeout";
    RestartTimeout = "restarttimeout"; ExecTimeout = "exectimeout"; EventQueue = "eventqueue";
    BaseDir = "basedir"; Slot = "slots" | "slot"; MMonit = "mmonit"; Register = "register";
    Credentials = "credentials"; MailServer = "mailserver"; MailFormat = "mail-format"; Hostname = "hostname";
    Alert = "alert"; NoAlert = "noalert"; Reminder = "reminder"; Httpd = "httpd"; Allow = "allow";
    Reject = "reject"; Enable = "enable"; Disable = "disable"; Signature = "signature"; ReadOnly = "read-only" | "readonly";
    ClearText = "cleartext"; Md5 = "md5"; Sha1 = "sha1"; Sha256 = "sha256"; Crypt = "crypt"; Include = "include";
    Address = "address"; Interface = "interface"; Port = "port" | "portnumber"; Host = "host"; Path = "path";
    UnixSocket = "unixsocket" | "unix"; Url = "url"; Username = "username"; Password = "password";
    // TLS.
    Ssl = "ssl" | "tls"; Verify = "verify"; SelfSigned = "selfsigned"; Version = "version"; Cipher = "ciphers" | "cipher";
    PemFile = "pemfile"; PemChain = "pemchain"; PemKey = "pemkey"; ClientPemFile = "clientpemfile";
    CaCertificateFile = "cacertificatefile"; CaCertificatePath = "cacertificatepath"; Certificate = "certificate";
    CertMd5 = "certmd5"; AllowSelfCertification = "allowselfcertification"; Valid = "valid"; RsaKey = "rsakey";
    SslAuto = "auto" | "sslauto"; SslV2 = "sslv2"; SslV3 = "sslv3"; TlsV1 = "tlsv1"; TlsV11 = "tlsv11"; TlsV12 = "tlsv12";
    TlsV13 = "tlsv13"; NoSslV2 = "-sslv2"; NoSslV3 = "-sslv3"; NoTlsV1 = "-tlsv1"; NoTlsV11 = "-tlsv11";
    NoTlsV12 = "-tlsv12"; NoTlsV13 = "-tlsv13";
    // Services.
    CheckProcess = "check process"; CheckFile = "check file"; CheckFilesystem = "check filesystem";
    CheckDirectory = "check directory"; CheckFifo = "check fifo"; CheckHost = "check host";
    CheckNetwork = "check network"; CheckSystem = "check system"; CheckProgram = "check program";
    CheckHeartbeat = "check heartbeat";
    Start = "start"; Stop = "stop"; Restart = "restart" | "restarts"; Every = "every"; NotEvery = "not every";
    Mode = "mode"; Active = "active"; Passive = "passive"; Manual = "manual"; OnReboot = "onreboot";
    NoStart = "nostart"; LastState = "laststate"; Group = "group"; Depends = "depends";
    // Tests.
    If = "if"; Then = "then"; Else = "else"; Not = "not"; Failed = "failed"; Succeeded = "succeeded"; Passed = "passed" | "recovered";
    Changed = "changed"; Ignore = "ignore"; Cycle = "cycles" | "cycle"; Timeout = "timeout"; Retry = "retry"; Repeat = "repeat";
    Exec = "exec" | "execute"; Unmonitor = "unmonitor"; Invalid = "invalid"; Data = "data"; Instance = "instance";
    Action = "action"; Exist = "exist" | "exists"; NonExist = "nonexist" | "nonexists"; Pid = "pid"; Ppid = "ppid";
    Uid = "uid"; Gid = "gid"; Euid = "euid"; Security = "security"; Attribute = "attribute" | "attributes";
    Uptime = "uptime"; FileDescriptors = "filedescriptors"; Cpu = "cpu"; TotalCpu = "total cpu" | "totalcpu";
    CpuUser = "cpu (user)"; CpuSystem = "cpu (system)"; CpuWait = "cpu (wait)"; CpuNice = "cpu (nice)";
    CpuHardIrq = "cpu (hardirq)"; CpuSoftIrq = "cpu (softirq)"; CpuSteal = "cpu (steal)"; CpuGuest = "cpu (guest)";
    CpuGuestNice = "cpu (guestnice)"; Memory = "memory" | "mem";
    TotalMemory = "total memory" | "totalmemory" | "totalmem" | "total mem"; Swap = "swap"; PageIn = "pagein" | "pageins";
    PageOut = "pageout" | "pageouts"; Thread = "threads" | "thread"; Child = "children" | "child";
    Load1 = "loadavg (1min)" | "loadavg"; Load5 = "loadavg (5min)"; Load15 = "loadavg (15min)"; Core = "core";
    Disk = "disk"; Read = "read"; Write = "write"; Operation = "operations" | "operation" | "operations/s" | "operation/s";
    Total = "total"; Space = "space"; Free = "free"; Inode = "inodes" | "inode"; ServiceTime = "service time" | "servicetime";
    FsFlag = "fsflags" | "fsflag"; Time = "timestamp" | "time"; ATime = "access time" | "atime" | "access timestamp";
    CTime = "change time" | "ctime" | "change timestamp";
    MTime = "modification time" | "mtime" | "modification timestamp" | "modify time" | "modify timestamp";
    Permission = "permission" | "perm"; Hardlink = "hardlink" | "hardlinks"; Size = "size"; Checksum = "checksum";
    Resource = "resource"; Content = "content"; Match = "match" | "matching" | "=~"; NoMatch = "nomatch" | "notmatching" | "!=~";
    Status = "status"; Link = "link"; Up = "up"; Down = "down"; Speed = "speed"; Saturation = "saturation";
    Upload = "upload" | "uploaded"; Download = "download" | "downloaded"; Packet = "packets" | "packet" | "packets/s" | "packet/s";
    ByteIn = "bytein"; ByteOut = "byteout"; PacketIn = "packetin"; PacketOut = "packetout";
    // Connections.
    Connection = "connection"; ProtocolWord = "protocol" | "proto"; Type = "type"; Tcp = "tcp"; TcpSsl = "tcpssl"; Udp = "udp";
    Ipv4 = "ipv4"; Ipv6 = "ipv6"; Send = "send"; Expect = "expect"; ResponseTime = "responsetime"; Ping = "ping";
    Ping4 = "ping4"; Ping6 = "ping6"; Icmp = "icmp"; Echo = "echo"; Count = "count"; Method = "method"; Get = "get";
    Head = "head"; Request = "request";
    // Operators and units.
    Greater = ">" | "gt" | "greater" | "more" | "older"; GreaterOrEqual = ">=" | "ge"; Less = "<" | "lt" | "less" | "newer";
    LessOrEqual = "<=" | "le"; Equal = "=" | "==" | "eq" | "equal"; NotEqual = "!=" | "ne" | "notequal";
    Percent = "%" | "percent"; Byte = "bytes" | "b" | "byte" | "b/s" | "byte/s" | "bytes/s";
    Kilobyte = "kB" | "kb/s" | "kilobyte" | "kilobyte/s" | "kilobytes" | "kilobytes/s";
    Megabyte = "MB" | "mb/s" | "megabyte" | "megabyte/s" | "megabytes" | "megabytes/s";
    Gigabyte = "GB" | "gb/s" | "gigabyte" | "gigabyte/s" | "gigabytes" | "gigabytes/s";
    Millisecond = "milliseconds" | "ms" | "millisecond"; Second = "seconds" | "s" | "second";
    Minute = "minutes" | "m" | "minute"; Hour = "hours" | "h" | "hour"; Day = "days" | "day"; Month = "months" | "month";
    HttpHeaders = "http headers"; Hostgroups = "hostgroups";
    // Never handed to the parser.
    Noise = "is" | "as" | "are" | "for" | "via" | "on" | "only" | "with" | "within" | "without" | "program" | "programs"
        | "and" | "has" | "using" | "use" | "the" | "to" | "sum" | "than" | "usage" | "was" | "times" | "but" | "of"
        | "or" | "does" | "per" | "in" | "last" | "rate" | "capacity" | "activity" | "option" | "options";
}

/// Keywords whose spelling alone is a plain word: they are made by the lexer from several words.
const COMPOSED: &[&str] = &["group", "depends", "hostgroups"];

/// Where each line of [`SPELLINGS`] begins, and the last one ends.
const STARTS: [u16; MEANINGS.len() + 1] = {
    let (mut starts, mut line, mut at) = ([0; MEANINGS.len() + 1], 1, 0);
    while at < SPELLINGS.len() {
        at += 1;
        if SPELLINGS.as_bytes()[at - 1] == b'\n' {
            starts[line] = at as u16;
            line += 1;
        }
    }
    starts
};

/// All spellings with their keyword.
fn all_spellings() -> impl Iterator<Item = (&'static str, Keyword)> {
    SPELLINGS.lines().zip(MEANINGS.iter().copied())
}

/// The words of the language, found by binary search. Built for one run of the parser and dropped with it.
pub(crate) struct Keywords {
    /// In the order of [`lower`].
    sorted: Vec<(&'static str, Keyword)>,
    /// Where the words with each first byte begin in `sorted`: every word of a file is looked up.
    starts: [u16; 257],
}

/// A spelling without its case.
fn lower(spelling: &str) -> impl Iterator<Item = u8> {
    spelling.bytes().map(|byte| byte.to_ascii_lowercase())
}

impl Keywords {
    pub(crate) fn new() -> Keywords {
        // Room for the protocols and their options, too.
        let mut sorted = Vec::with_capacity(MEANINGS.len() + 64);
        sorted.extend(all_spellings().filter(|(word, _)| !word.contains(' ') && !COMPOSED.contains(word)));
        sorted.extend(
            (0u8..).zip(PROTOCOLS).map(|(index, protocol)| (protocol.keyword, Keyword::Protocol(index))),
        );
        let reserved = |option: &&OptionSpec| !option.kind.is_ours();
        for option in PROTOCOLS.iter().flat_map(|protocol| protocol.options).filter(reserved) {
            let word = option.name.keyword();
            if !word.contains(' ') && !sorted.iter().any(|(known, _)| *known == word) {
                sorted.push((word, Keyword::Option(option.name)));
            }
        }
        sorted.sort_unstable_by(|a, b| lower(a.0).cmp(lower(b.0)));
        let mut starts = [0; 257];
        for (byte, start) in starts.iter_mut().enumerate() {
            let before = |entry: &(&str, Keyword)| {
                lower(entry.0).next().is_some_and(|first| usize::from(first) < byte)
            };
            *start = sorted.partition_point(before) as u16;
        }
        Keywords { sorted, starts }
    }

    /// The keyword that `word` spells, whatever its case.
    pub(crate) fn find(&self, word: &[u8]) -> Option<Keyword> {
        let first = usize::from(word.first()?.to_ascii_lowercase());
        let (from, to) = (*self.starts.get(first)?, *self.starts.get(first + 1)?);
        let words = self.sorted.get(usize::from(from)..usize::from(to))?;
        let wanted = || word.iter().map(u8::to_ascii_lowercase);
        let index = words.binary_search_by(|(spelling, _)| lower(spelling).cmp(wanted())).ok()?;
        words.get(index).map(|(_, keyword)| *keyword)
    }
}

impl Keyword {
    /// The usual spelling.
    pub fn name(self) -> &'static str {
        match self {
            Keyword::Protocol(index) => PROTOCOLS.get(usize::from(index)).map_or("protocol", |p| p.keyword),
            Keyword::Option(name) => name.keyword(),
            _ => {
                let line = MEANINGS.iter().position(|keyword| *keyword == self).unwrap_or_default();
                let (start, end) = (usize::from(STARTS[line]), usize::from(STARTS[line + 1]));
                SPELLINGS.get(start..end).unwrap_or_default().trim_end_matches('\n')
            }
        }
    }

    /// Does it begin a service?
    pub(crate) fn is_check(self) -> bool {
        use Keyword as K;
        matches!(
            self,
            K::CheckProcess
                | K::CheckFile
                | K::CheckFilesystem
                | K::CheckDirectory
                | K::CheckFifo
                | K::CheckHost
                | K::CheckNetwork
                | K::CheckSystem
                | K::CheckProgram
                | K::CheckHeartbeat
        )
    }

    /// `set` and every `check`: where a service ends.
    pub(crate) fn begins_block(self) -> bool {
        self == Keyword::Set || self.is_check()
    }

    /// Every word of the language, those that only protocols have with them.
    pub(crate) fn words() -> impl Iterator<Item = &'static str> {
        let options = PROTOCOLS.iter().flat_map(|protocol| protocol.options);
        let others = options.map(|option| option.name.keyword());
        let own = SPELLINGS.split_ascii_whitespace().map(|word| word.trim_matches(['(', ')']));
        own.chain(PROTOCOLS.iter().map(|protocol| protocol.keyword)).chain(others)
    }

    /// All spellings of single words with their keyword, for suggestions.
    pub(crate) fn spellings(self) -> impl Iterator<Item = &'static str> {
        all_spellings().filter(move |(_, keyword)| *keyword == self).map(|(spelling, _)| spelling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_stands_for_one_keyword() {
        let words = Keywords::new();
        for pair in words.sorted.windows(2) {
            assert!(lower(pair[0].0).ne(lower(pair[1].0)), "two keywords with one spelling");
        }
    }

    #[test]
    fn a_keyword_is_named_by_its_first_spelling() {
        assert_eq!(
            (Keyword::Set.name(), Keyword::Slot.name(), Keyword::Noise.name()),
            ("set", "slots", "is")
        );
        assert!(MEANINGS.iter().all(|keyword| keyword.spellings().next() == Some(keyword.name())));
        assert_eq!(SPELLINGS.lines().count(), MEANINGS.len());
        assert!(size_of::<Keyword>() <= 2, "the tables of statements have hundreds");
    }

    #[test]
    fn case_does_not_matter() {
        let words = Keywords::new();
        assert_eq!(words.find(b"PIDFile"), Some(Keyword::PidFile));
        assert_eq!(words.find(b"!=~"), Some(Keyword::NoMatch));
        assert_eq!(words.find(b"HTTPS").map(Keyword::name), Some("https"));
        assert_eq!(words.find(b"LogLimit"), Some(Keyword::Option(OptionName::LogLimit)));
        assert_eq!(words.find(b"group"), None);
        assert_eq!(words.find(&[b'x'; 40]), None);
    }
}

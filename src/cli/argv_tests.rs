use super::*;
use crate::cli::options::{self, Options};

fn arguments(line: &str) -> Vec<OsString> {
    line.split(' ').filter(|w| !w.is_empty()).map(OsString::from).collect()
}

fn canonical(line: &str) -> String {
    match normalise(arguments(line)) {
        Ok(a) => {
            let mut out = a.options.join(" ");
            out.push_str(" | ");
            out.push_str(&a.words.join(" "));
            for c in a.repeated {
                out.push_str(&format!(" twice:{c}"));
            }
            for file in a.hash_files {
                out.push_str(&format!(" file:{}", file.to_string_lossy()));
            }
            out
        }
        Err(problem) => problem.to_string(),
    }
}

#[test]
fn every_form_of_getopt_long_is_understood() {
    let bad = "(-h will show valid options)";
    let table: &[(&str, &str)] = &[
        ("", " | "),
        ("-t", "--test | "),
        ("-c rc", "--conf rc | "),
        ("-crc", "--conf rc | "),
        ("-c=rc", "--conf =rc | "),
        ("--conf rc", "--conf rc | "),
        ("--conf=rc", "--conf rc | "),
        ("--conf=", "--conf  | "),
        ("--conf=a=b", "--conf a=b | "),
        ("--con rc", "--conf rc | "),
        ("--co=rc", "--conf rc | "),
        ("-tc rc", "--test --conf rc | "),
        ("-tcrc", "--test --conf rc | "),
        ("-Ic rc", "--interactive --conf rc | "),
        ("-IBvc rc", "--interactive --batch --verbose --conf rc | "),
        ("-d120", "--daemon 120 | "),
        ("-d 120", "--daemon 120 | "),
        ("--daemon=5", "--daemon 5 | "),
        ("--d 5", "--daemon 5 | "),
        ("-vv", "--verbose --verbose | "),
        ("-v -v", "--verbose --verbose | "),
        ("-vIv", "--verbose --interactive --verbose | "),
        ("--log f", "--logfile f | "),
        ("--state f", "--statefile f | "),
        ("--pid f", "--pidfile f | "),
        ("--reset", "--resetid | "),
        ("--inter", "--interactive | "),
        ("--g x", "--group x | "),
        ("--b", "--batch | "),
        ("-i", "--id | "),
        ("-ri", "--id | "),
        ("-ir", "--resetid | "),
        ("-tt", "--test | "),
        ("summary -c rc", "--conf rc | summary"),
        ("-B summary p1 -c rc", "--batch --conf rc | summary p1"),
        ("start -g web -c rc", "--group web --conf rc | start"),
        ("-- -V", " | -V"),
        ("summary -- -c", " | summary -c"),
        ("-", " | -"),
        ("-c a -c b", "--conf b |  twice:c"),
        ("-c a --conf=b -cc", "--conf c |  twice:c"),
        ("-g --conf -c b", "--group --conf --conf b | "),
        ("-l -t", "--logfile -t | "),
        ("-V", "--version | "),
        ("-Vh", "--version | "),
        ("-hV", "--usage | "),
        ("--help -z", "--usage | "),
        ("-V -z", "--version | "),
        ("--version --nosuch", "--version | "),
        ("-H", "--hash | "),
        ("-H f", "--hash |  file:f"),
        ("-H -V", "--hash |  file:-V"),
        ("-Hf", "--hash |  file:f"),
        ("-vH f", "--verbose --hash |  file:f"),
        ("--hash f g", "--hash |  file:f file:g"),
        ("--hash=f", "--hash |  file:f"),
        ("f -H", "--hash | f"),
        ("--demo", "--demo | "),
    ];
    for (line, expected) in table {
        assert_eq!(canonical(line), *expected, "for: monit {line}");
    }
    let refused: &[(&str, String)] = &[
        ("-z", format!("Invalid option -- z  {bad}")),
        ("-?", format!("Invalid option -- ?  {bad}")),
        ("-tz", format!("Invalid option -- z  {bad}")),
        ("-z -V", format!("Invalid option -- z  {bad}")),
        ("--nosuch", format!("Invalid option -- nosuch  {bad}")),
        ("--nosuch=1", format!("Invalid option -- nosuch  {bad}")),
        ("--config rc", format!("Invalid option -- config  {bad}")),
        ("--ver", format!("Invalid option -- ver  {bad}: it could be --verbose or --version")),
        ("--h", format!("Invalid option -- h  {bad}: it could be --hash or --help")),
        ("--i", format!("Invalid option -- i  {bad}: it could be --interactive or --id")),
        ("--dem", format!("Invalid option -- dem  {bad}")),
        ("--test=1", format!("Invalid option -- test  {bad}: it takes no value")),
        ("-c", "Option -- c requires an argument".into()),
        ("--conf", "Option -- c requires an argument".into()),
        ("-td", "Option -- d requires an argument".into()),
        ("-d abc", "Option -d requires a natural number".into()),
        ("-d 0", "Option -d requires a natural number".into()),
        ("-d -5", "Option -d requires a natural number".into()),
        ("-d +5", "Option -d requires a natural number".into()),
        ("-d 12x", "Option -d requires a natural number".into()),
        ("-d 99999999999999999999", "Option -d requires a natural number".into()),
        ("-d4294967297", "Option -d requires a natural number".into()),
        ("-d -t", "Option -d requires a natural number".into()),
    ];
    for (line, expected) in refused {
        assert_eq!(canonical(line), *expected, "for: monit {line}");
    }
}

#[test]
fn argh_reads_what_the_normaliser_writes() {
    let line =
        options::read(arguments("summary p1 -Bvvc rc -d 30 -g web -I -l syslog -p p -s s -t")).unwrap();
    let expected = Options {
        conf: Some("rc".into()),
        daemon: Some(30),
        group: Some("web".into()),
        logfile: Some("syslog".into()),
        pidfile: Some("p".into()),
        statefile: Some("s".into()),
        interactive: true,
        test: true,
        verbose: 2,
        batch: true,
        words: vec!["summary".into(), "p1".into()],
        ..Options::default()
    };
    assert_eq!(line.options, expected);
    let odd = options::read(arguments("-c --test -g -- -- -V --help")).unwrap();
    assert_eq!(odd.options.conf, Some("--test".into()));
    assert_eq!(odd.options.group, Some("--".into()));
    assert_eq!(odd.options.words, ["-V", "--help"]);
    assert!(!odd.options.test && !odd.options.help);
    let empty = options::read([OsString::new()]).unwrap();
    assert_eq!(empty.options.words, [""]);
}

#[test]
fn the_help_lists_every_option_and_no_other() {
    let text = super::super::usage::USAGE;
    let (listed, _) = text.split_once("\nActions").unwrap();
    let lines: Vec<&str> = listed.lines().filter(|line| line.trim_start().starts_with('-')).collect();
    assert_eq!(lines.len(), TABLE.len());
    for option in TABLE {
        let named = |line: &&&str| {
            line.split([' ', ',']).any(|word| word.strip_prefix("--").is_some_and(|long| long == option.long))
        };
        let line = lines.iter().find(named).unwrap_or_else(|| panic!("--{} is not in the help", option.long));
        assert!(option.short == '\0' || line.contains(&format!("-{},", option.short)), "{line}");
    }
}

//! A mistake beside a secret: the line that is quoted has none of it.

use super::markers::Secrets;
use super::support::{Lab, run};
use super::{file, report};
use std::collections::BTreeSet;

/// Statements with secrets `@1@` and `@2@` in them. What stands before the bar is fine as it is.
const STATEMENTS: &[&str] = &[
    "set httpd port 2812 | allow admin:@1@ read-only",
    "set httpd port 2812 | allow \"admin\":\"@1@\" read-only",
    "set httpd port 2812 | allow \"admin:@1@\" allow localhost",
    "set httpd port 2812 | allow admin:'a @1@' read-only",
    "set httpd port 2812 allow admin:@1@\n | allow guest:@2@ read-only",
    "| set mailserver 127.0.0.1 port 25 username \"me\" password \"@2@\" using tls",
    "| set mailserver 127.0.0.1 port 25 username me password @2@",
    "set mailserver 127.0.0.1 port 25 | password \n# a comment \n @1@ junk@",
    "set httpd port 2812 | allow admin:\n \"@1@\" foo",
    "set httpd port 2812 | allow admin:ab @1@ read-only",
    "set httpd port 2812 | allow abc:@2@ read-only",
    "set ssl | { pemkeypass: @1@ }",
    "check process x with pidfile /run/x | start program = \"/bin/true --password @1@\" with timeout 5 seconds",
    "check program x with | path \"/bin/true --password @1@\" if status != 0 then exec \"/bin/true -p @2@\"",
    "check system x\n | if cpu > 50% then exec \"/bin/true -p @1@\"",
    "check file x with path /x\n | if changed checksum then exec \"/bin/true -u a:@1@ http://h/@2@\"",
    "| set mailserver 127.0.0.1 port 25 password \"a @1@\"",
    "set mailserver 127.0.0.1 port 25\n username u\n | password \"@1@\" , other.example",
    "set httpd port 2812 allow a:b | set mmonit http://u:@1@@h.example:8080/collector?t=@2@ with timeout 3 seconds",
    "set httpd port 2812 allow a:b | set mmonit http://u:a%23@1@@h.example/c http://u:@2@@g.example/c",
    "| set alert webhook w url \"http://u:@1@@h.example/@2@?x=1\" format json",
    "| set alert webhook w url http://h.example/@1@?x=@2@ format slack timeout 3 seconds",
    "set alert webhook w url http://h.example/\n | header \"X-Key: @1@\" header 'X-More: b @2@' format json",
    "| set heartbeat url http://u:@1@@h.example/@2@ every 5 minutes",
    "| check heartbeat beats within 2 hours token \"@1@\"",
    "check heartbeat beats within 2 hours\n | token @1@",
    "check host h with address 127.0.0.1 | if failed url http://u:@1@@h.example/x then alert",
    "check host h with address 127.0.0.1 | if failed port 80 protocol http username \"u\" password \"@1@\" then alert",
    "check host h with address 127.0.0.1 | if failed port 80 protocol http username u password @1@ then alert",
    "check host h with address 127.0.0.1 | if failed port 80 protocol http username u password=@1@ then alert",
    "check host h with address 127.0.0.1\n if failed port 80 protocol http\n | http headers [X-Key: @1@, X-More: @2@] then alert",
    "check host h with address 127.0.0.1 | if failed port 80 protocol mysql username u password \"a @1@\" then alert",
    "check host h with address 127.0.0.1 | if failed port 80 protocol pgsql username u password '@1@' database d then alert",
    "check host h with address 127.0.0.1 | if failed port 80 type udp protocol radius secret \"@1@\" then alert",
    "check host h with address 127.0.0.1 | if failed port 80 type udp protocol radius secret @1@ then alert",
    "check host h with address 127.0.0.1 | if failed port 6379 send \"AUTH @1@\\r\\n\" expect \"OK\" then alert",
    "check host h with address 127.0.0.1 | if failed unixsocket /run/x protocol mysql username u password @1@ then alert",
];

/// What people write for a word that says that a secret follows.
const SYNONYMS: &[&str] =
    &["pass", "pwd", "pw", "key", "hdr", "auth", "bearer", "=", "webhok", "exce", "run"];

/// The text with one thing wrong.
fn mistakes(text: &str) -> BTreeSet<String> {
    let words: Vec<&str> = text.split(' ').collect();
    let mut all = BTreeSet::new();
    for at in 0..words.len() {
        let with = |word: &str| [&words[..at], &[word], &words[at + 1..]].concat().join(" ");
        all.insert([&words[..at], &words[at + 1..]].concat().join(" "));
        all.insert(with(&format!("{} \n# @1@ comment\n", words[at])));
        all.insert(with(&words[at].replacen("://", ":/", 1)));
        all.insert(with(&words[at].replacen("://", "", 1)));
        for sign in ["=", "/", "|", "-"] {
            all.insert(with(&words[at].replacen(':', sign, 1)));
        }
        all.insert(with(&format!("nonsense {}", words[at])));
        all.insert(with(&format!("{}x", words[at])));
        all.insert(with(&words[at].replace(['"', '\''], "")));
        all.insert(with(&words[at].replacen(['"', '\''], "", 1)));
    }
    // One after the other: each fits behind a few words only.
    for (at, word) in words.iter().enumerate() {
        let names = [
            "password", "secret", "token", "header", "send", "headers", "webhook", "url", "allow",
            "username", "exec",
        ];
        for synonym in SYNONYMS.iter().filter(|_| names.contains(word)) {
            all.insert([&words[..at], &[synonym], &words[at + 1..]].concat().join(" "));
        }
    }
    all.insert(format!("{text} nonsense"));
    all.insert(format!("{text}\n nonsense"));
    all
}

#[test]
fn no_error_shows_the_secret_beside_it() {
    let mut secrets = Secrets::default();
    let first = secrets.make("the first");
    // Of a user and such a password an address could be made.
    let second = first.replace(['z', 'Q'], "").chars().rev().collect::<String>();
    secrets.add("the second", &second);
    let lab = Lab::new();
    let (mut found, mut wrong, mut count) = (Vec::new(), 0, 0);
    for statement in STATEMENTS {
        let (before, text) = statement.split_once("| ").expect("a bar");
        // Where a quote is missing all behind it is quoted: those are files of their own.
        let (torn, whole): (Vec<String>, Vec<String>) = mistakes(text)
            .into_iter()
            .map(|mistake| format!("{before}{mistake}\n").replace("@1@", &first).replace("@2@", &second))
            .partition(|mistake| mistake.matches(['"', '\'']).count() % 2 == 1);
        count += torn.len() + whole.len();
        // After a hundred errors reading ends.
        let files = whole.chunks(40).map(|some| (some.concat(), &["-t", "lint"][..]));
        for (file, actions) in files.chain(torn.iter().map(|one| (one.clone(), &["-t"][..]))) {
            lab.control(&file);
            for action in actions {
                let reply = lab.cli([action]);
                let said = reply.out + &reply.err;
                if *action == "-t" {
                    wrong += said.matches("syntax error").count();
                }
                found.extend(secrets.within(statement, said.as_bytes()));
            }
        }
    }
    // The others are no mistakes: a word that may be left out, a quote that is not needed.
    assert!(wrong * 2 > count, "{wrong} errors of {count}: these are no mistakes");
    report(found);
}

#[test]
fn no_error_shows_what_is_in_a_file_of_secrets() {
    let mut secrets = Secrets::default();
    let word = secrets.make("a line of a file");
    let lab = Lab::new();
    let mut found = Vec::new();
    for (text, content) in [
        ("set alert webhook w url file @D@/kept", format!("http://h.example/{word}\nmore")),
        ("set alert webhook w url file @D@/kept", format!("ftp://h.example/{word}")),
        ("set alert webhook w url file @D@/kept", format!("http://{word}:{word}@:x/")),
        ("set alert webhook w url http://h.example/ secret file @D@/kept", format!("{word}\n{word}")),
        ("set alert webhook w url http://h.example/ format slack secret file @D@/kept", word.clone()),
        ("set heartbeat url file @D@/kept every 5 minutes", format!("gopher://{word}/")),
        ("check heartbeat b within 1 hour token file @D@/kept", format!("{word} {word}")),
        ("check heartbeat b within 1 hour token file @D@/kept", format!("\u{1}{word}")),
        ("set httpd port 2812 allow cleartext @D@/kept", word.clone()),
        ("set httpd port 2812 allow md5 @D@/kept", format!("ann:{word}\n:{word}\n{word}:")),
        ("set httpd port 2812 allow crypt @D@/kept", format!("ann:{word}")),
        (
            "set httpd port 2812 with ssl { pemfile: @D@/kept } allow a:b",
            format!("-----BEGIN PRIVATE KEY-----\n{word}\n-----END PRIVATE KEY-----"),
        ),
        ("include @D@/kept", format!("set httpd port 2812 allow ann:{word} nonsense")),
    ] {
        file(&lab, "kept", &content);
        lab.control(text);
        for arguments in [&["-t"][..], &["-tv"], &["lint"], &["-I", "-vv", "-d", "0x"]] {
            let reply = support_run(&lab, arguments);
            found.extend(secrets.within(&format!("{text} {arguments:?}"), &reply));
        }
    }
    report(found);
}

fn support_run(lab: &Lab, arguments: &[&str]) -> Vec<u8> {
    let output = run(&mut lab.command(arguments));
    [output.stdout, output.stderr].concat()
}

//! Servers that are asked no more than whether they are there: FTP, POP, IMAP, NNTP, LMTP, ManageSieve, SSH, rsync, Redis,
//! ClamAV, SpamAssassin and Postfix policy servers. What they say is in the tables, how it is played in [`super::script`].

use super::dialogue::{Dialogue, Talk};
use super::script::Answer::{Line, LineWith, Reply, Until};
use super::script::Move::{self, Echo, Hear, Say, Secure, Settle};
use super::script::Words::{Colon, Dash};
use super::script::{Script, entry};

/// RFC 959. Some greetings have many lines.
pub const FTP: Dialogue = entry(&["ftp"], |_| {
    const CLOSED: &str = "FTP: error receiving data";
    const MOVES: &[Move] = &[
        Hear(Reply(&["220"]), Colon("FTP greeting error", CLOSED)),
        Say("QUIT\r\n"),
        Hear(Reply(&["221"]), Colon("FTP quit error", CLOSED)),
    ];
    Box::new(Script::new(MOVES))
});

const POP_GREETING: Move = Hear(Line(&["+OK"]), Dash("POP: invalid greeting", "POP: greeting read error"));
const POP_BYE: Move =
    Hear(Line(&["+OK"]), Dash("POP: invalid QUIT response", "POP: QUIT response read error"));

/// RFC 1939. On its usual port TLS is asked for within the dialogue (RFC 2595).
pub const POP: Dialogue = Dialogue {
    keywords: &["pop", "pops"],
    starttls: |talk| talk.port == 110,
    begin: |talk| {
        const MOVES: &[Move] = &[POP_GREETING, Say("QUIT\r\n"), POP_BYE];
        const STARTTLS: &[Move] = &[
            POP_GREETING,
            Say("STLS\r\n"),
            Hear(Line(&["+OK"]), Dash("POP: invalid STLS response", "POP: STLS response read error")),
            Secure,
            Say("QUIT\r\n"),
            POP_BYE,
        ];
        Box::new(Script::new(if asks_for_tls(talk, 110) { STARTTLS } else { MOVES }))
    },
};

const IMAP_GREETING: Move =
    Hear(Line(&["* OK", "* PREAUTH"]), Dash("IMAP: invalid greeting", "IMAP: greeting read error"));
const IMAP_BYE: Move = Hear(
    Until(&["* BYE"], &["001 ", "+"]),
    Colon("IMAP: invalid logout response", "IMAP: logout response read error"),
);

/// RFC 9051. On its usual port TLS is asked for within the dialogue.
pub const IMAP: Dialogue = Dialogue {
    keywords: &["imap", "imaps"],
    starttls: |talk| talk.port == 143,
    begin: |talk| {
        const MOVES: &[Move] = &[IMAP_GREETING, Say("001 LOGOUT\r\n"), IMAP_BYE];
        const STARTTLS: &[Move] = &[
            IMAP_GREETING,
            Say("001 STARTTLS\r\n"),
            Hear(
                Until(&["001 OK"], &["001 ", "* BYE", "+"]),
                Dash("IMAP: invalid STARTTLS response", "IMAP: STARTTLS response read error"),
            ),
            Secure,
            Say("001 LOGOUT\r\n"),
            IMAP_BYE,
        ];
        Box::new(Script::new(if asks_for_tls(talk, 143) { STARTTLS } else { MOVES }))
    },
};

/// With TLS, and on the port where that begins within the dialogue?
fn asks_for_tls(talk: &Talk<'_>, port: u16) -> bool {
    talk.test.tls.is_some() && talk.port == port
}

/// RFC 3977. `201`: reading only.
pub const NNTP: Dialogue = entry(&["nntp"], |_| {
    const WORDS: super::script::Words = Colon("NNTP error", "NNTP: error receiving data");
    const MOVES: &[Move] =
        &[Hear(Reply(&["200", "201"]), WORDS), Say("QUIT\r\n"), Hear(Reply(&["205"]), WORDS)];
    Box::new(Script::new(MOVES))
});

/// RFC 2033.
pub const LMTP: Dialogue = entry(&["lmtp"], |_| {
    const WORDS: super::script::Words = Colon("LMTP error", "LMTP: error receiving data");
    const MOVES: &[Move] = &[
        Hear(Reply(&["220"]), WORDS),
        Say("LHLO localhost\r\n"),
        Hear(Reply(&["250"]), WORDS),
        Say("QUIT\r\n"),
        Hear(Reply(&["221"]), WORDS),
    ];
    Box::new(Script::new(MOVES))
});

const SIEVE_GREETING: Move = Hear(
    Until(&["OK"], &["NO", "BYE"]),
    Dash("SIEVE: invalid greeting", "SIEVE: error receiving server capabilities"),
);
const SIEVE_BYE: Move =
    Hear(Line(&["OK"]), Dash("SIEVE: invalid LOGOUT response", "SIEVE: LOGOUT response read error"));

/// RFC 5804. On its port TLS is asked for within the dialogue, and the server greets once more behind it.
pub const SIEVE: Dialogue = Dialogue {
    keywords: &["sieve"],
    starttls: |talk| talk.port == 4190,
    begin: |talk| {
        const MOVES: &[Move] = &[SIEVE_GREETING, Say("LOGOUT\r\n"), SIEVE_BYE];
        const STARTTLS: &[Move] = &[
            SIEVE_GREETING,
            Say("STARTTLS\r\n"),
            Hear(
                Line(&["OK"]),
                Dash("SIEVE: invalid STARTTLS response", "SIEVE: STARTTLS response read error"),
            ),
            Secure,
            SIEVE_GREETING,
            Say("LOGOUT\r\n"),
            SIEVE_BYE,
        ];
        Box::new(Script::new(if asks_for_tls(talk, 4190) { STARTTLS } else { MOVES }))
    },
};

/// RFC 4253. The server hears its own identification, which it cannot dislike. What it goes on with is let in: a connection
/// closed under it is a reset in its log.
pub const SSH: Dialogue = entry(&["ssh"], |_| {
    const MOVES: &[Move] = &[
        Hear(Line(&["SSH-"]), Dash("SSH: protocol error", "SSH: error receiving identification string")),
        Echo("\r\n"),
        Settle,
    ];
    Box::new(Script::new(MOVES))
});

/// The daemon's own protocol: the same version and abilities as its own, then the list of its modules.
pub const RSYNC: Dialogue = entry(&["rsync"], |_| {
    const MOVES: &[Move] = &[
        Hear(
            Line(&["@RSYNCD: "]),
            Dash("RSYNC: server greeting parse error", "RSYNC: did not see server greeting"),
        ),
        Echo("\n#list\n"),
        Hear(
            Until(&["@RSYNCD: EXIT"], &["@ERROR"]),
            Dash("RSYNC: the server refuses", "RSYNC: error receiving data"),
        ),
    ];
    Box::new(Script::new(MOVES))
});

/// RESP. Who asks for a password, or says that we may not, is alive.
pub const REDIS: Dialogue = entry(&["redis"], |_| {
    const MOVES: &[Move] = &[
        Say("*1\r\n$4\r\nPING\r\n"),
        Hear(Line(&["+PONG", "-NOAUTH", "-NOPERM"]), Dash("REDIS: PING error", "REDIS: PING response error")),
        Say("*1\r\n$4\r\nQUIT\r\n"),
        Settle,
    ];
    Box::new(Script::new(MOVES))
});

/// clamd(8).
pub const CLAMAV: Dialogue = entry(&["clamav"], |_| {
    const MOVES: &[Move] = &[
        Say("PING\r\n"),
        Hear(Line(&["PONG"]), Dash("CLAMAV: invalid PONG response", "CLAMAV: PONG read error")),
    ];
    Box::new(Script::new(MOVES))
});

/// The protocol of spamd(1).
pub const SPAMASSASSIN: Dialogue = entry(&["spamassassin"], |_| {
    const MOVES: &[Move] = &[
        Say("PING SPAMC/1.2\r\n"),
        Hear(
            LineWith("SPAMD/", " 0 PONG"),
            Dash("SPAMASSASSIN: invalid PONG response", "SPAMASSASSIN: PONG read error"),
        ),
    ];
    Box::new(Script::new(MOVES))
});

/// Postfix's SMTP access policy delegation: a question that every policy answers.
pub const POSTFIX_POLICY: Dialogue = entry(&["postfix-policy"], |_| {
    const MOVES: &[Move] = &[
        Say("request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=SMTP\nsender=monit@foo.tld\n\
             recipient=monit@foo.tld\nclient_address=1.2.3.4\nclient_name=mx.foo.tld\n\n"),
        Hear(Line(&["action="]), Colon("POSTFIX-POLICY error", "POSTFIX-POLICY: error receiving data")),
    ];
    Box::new(Script::new(MOVES))
});

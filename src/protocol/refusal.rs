//! What a refusal says about the message that was refused: one rule for all who deliver.
//!
//! What is about this message alone will be the same next time, and must not hold up what comes behind it. What is about the
//! way there (credentials, the URL, whom a relay serves) concerns every message, and lasts until a human has mended it.

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Because of what it says. Another one may be taken; this one never will.
    OfMessage,
    /// Because of whom it is for: that one gets nothing there, whatever it says.
    OfRecipient,
    /// Because of who sends it, or where to: so it is with every message, until somebody mends that.
    OfWay,
    /// For now.
    ForNow,
}

/// A moment of the dialogue with a mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The sender is offered.
    Sender,
    /// The recipient is offered.
    Recipient,
    /// The message itself is offered.
    Content,
}

impl Refusal {
    /// What an HTTP status (RFC 9110) says; `None`: the message is taken.
    pub fn of_http(status: u16) -> Option<Refusal> {
        Some(match status {
            200..=299 => return None,
            408 | 423 | 424 | 425 | 429 => Refusal::ForNow,
            // Redirects are not followed; wrong password, wrong URL, wrong kind of server.
            300..=399 | 401..=405 | 407 | 410 | 421 | 426 | 451 => Refusal::OfWay,
            400..=499 => Refusal::OfMessage,
            _ => Refusal::ForNow,
        })
    }

    /// What a negative reply of a mail server (RFC 5321) at this moment says. `detail` is what follows `5.` in an enhanced
    /// code (RFC 3463), where there is one.
    pub fn of_smtp(code: u16, detail: Option<(u16, u16)>, at: Moment) -> Refusal {
        if code / 100 != 5 {
            return Refusal::ForNow;
        }
        match (at, code, detail) {
            // Too big, however it is said.
            (_, _, Some((3, 4))) | (Moment::Sender, 552, _) => Refusal::OfMessage,
            (Moment::Sender, ..) => Refusal::OfWay,
            // Authentication is wanted; the mailbox is full; the system, the way there, the rules of a relay.
            (Moment::Recipient, 530 | 552, _) | (Moment::Recipient, _, Some((2, 2) | (3 | 4 | 7, _))) => {
                Refusal::OfWay
            }
            (Moment::Recipient, ..) => Refusal::OfRecipient,
            (Moment::Content, ..) => Refusal::OfMessage,
        }
    }

    /// Will this message never be taken there?
    pub fn is_for_good(self) -> bool {
        matches!(self, Refusal::OfMessage | Refusal::OfRecipient)
    }
}

#[cfg(test)]
mod tests {
    use super::Refusal::{ForNow, OfMessage, OfRecipient, OfWay};
    use super::*;

    #[test]
    fn an_http_status_is_about_the_message_the_way_or_the_moment() {
        for (status, refusal) in [
            (200, None),
            (204, None),
            (302, Some(OfWay)),
            (400, Some(OfMessage)),
            (401, Some(OfWay)),
            (403, Some(OfWay)),
            (404, Some(OfWay)),
            (407, Some(OfWay)),
            (408, Some(ForNow)),
            (413, Some(OfMessage)),
            (422, Some(OfMessage)),
            (425, Some(ForNow)),
            (429, Some(ForNow)),
            (500, Some(ForNow)),
            (999, Some(ForNow)),
        ] {
            assert_eq!(Refusal::of_http(status), refusal, "{status}");
        }
    }

    #[test]
    fn a_reply_of_a_mail_server_too() {
        use Moment::{Content, Recipient, Sender};
        for (code, detail, at, refusal) in [
            (450, None, Recipient, ForNow),
            (451, None, Content, ForNow),
            (550, None, Recipient, OfRecipient),
            (550, Some((1, 1)), Recipient, OfRecipient),
            (553, Some((1, 3)), Recipient, OfRecipient),
            (552, Some((2, 2)), Recipient, OfWay),
            (530, Some((7, 0)), Recipient, OfWay),
            (554, Some((7, 1)), Recipient, OfWay),
            (554, Some((7, 1)), Content, OfMessage),
            (552, Some((3, 4)), Content, OfMessage),
            (552, Some((3, 4)), Sender, OfMessage),
            (550, Some((1, 8)), Sender, OfWay),
            (530, None, Sender, OfWay),
        ] {
            assert_eq!(Refusal::of_smtp(code, detail, at), refusal, "{code} {detail:?} {at:?}");
        }
    }
}

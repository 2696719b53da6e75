//! Whatever a mail server says, in whatever pieces: the dialogue keeps its bounds, never sends what was not asked for in
//! its own words, and comes to an end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use monit_rs::protocol::smtp::{Delivery, Envelope, Options};
use monit_rs::protocol::{Protocol, Next};

fuzz_target!(|data: &[u8]| {
    let Some((&first, data)) = data.split_first() else { return };
    let mut dialogue = Delivery::new(Options {
        hostname: "vm.example".into(),
        credentials: (first & 1 != 0).then(|| ("user".into(), "password".into())),
        starttls: first & 2 != 0,
        secure: first & 4 != 0,
        content_patience: None,
        proper_end: false,
    });
    let chunk = usize::from(first >> 3) + 1;
    let mut letters = 3;
    let mut step = dialogue.start();
    let mut parts = data.chunks(chunk);
    loop {
        dialogue.take_outcome();
        step = match step {
            Next::Send(bytes) => {
                assert!(bytes.ends_with(b"\r\n") && bytes.len() < 1000);
                dialogue.input(&[], false)
            }
            Next::StartTls => dialogue.secured(),
            Next::Read if dialogue.is_ready() => {
                if letters > 0 {
                    letters -= 1;
                    let content = b"Subject: x\r\n\r\n.text\r\n".to_vec();
                    dialogue.submit(Envelope { from: "a@b".into(), to: "c@d".into(), content });
                } else {
                    dialogue.quit();
                }
                dialogue.input(&[], false)
            }
            Next::Read | Next::ReadQuiet(_) => match parts.next() {
                Some(part) => dialogue.input(part, false),
                None => {
                    let last = dialogue.input(&[], true);
                    assert!(matches!(last, Next::Done | Next::Fail(_)));
                    return;
                }
            },
            Next::Match(..) | Next::Again | Next::Elsewhere(_) => {
                panic!("a delivery asks for no pattern and no second connection")
            }
            Next::Finish(_) | Next::Done | Next::Fail(_) => return,
        };
    }
});

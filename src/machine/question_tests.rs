use super::*;
use proptest::prelude::*;

fn round_trip(answer: &Answer) {
    let said = Said { number: 7, took: Duration::from_millis(12), answer: answer.clone() };
    let message = said.encode();
    assert!(message.len() <= LONGEST_ANSWER);
    assert_eq!(Said::decode(&message), Some(said));
    for length in 0..message.len().min(100) {
        // A part of a message is none, or says less; it never says more.
        let _ = Said::decode(&message[..length]);
    }
}

#[test]
fn answers_arrive_as_they_were_sent() {
    round_trip(&Answer::Error(libc::ENOENT));
    round_trip(&Answer::Bytes(vec![9; PAYLOAD]));
    round_trip(&Answer::Bytes(Vec::new()));
    let facts =
        FileFacts { kind: FileKind::Fifo, mode: 0o640, size: u64::MAX, modified: -5, ..FileFacts::default() };
    round_trip(&Answer::Facts(facts));
    round_trip(&Answer::Sizes(Sizes { space: [1, 2, 3, 4, 5, 6], mode: 7, uid: 8, gid: 9, device: 10 }));
}

#[test]
fn a_full_page_fits_and_says_where_to_go_on() {
    let mut page = Page::default();
    let entry = Entry { name: "x".repeat(255).into(), kind: FileKind::File, size: 5, device: 6, inode: 7 };
    while page.add(&entry) {}
    page.to_be_continued();
    round_trip(&Answer::Page(page.clone()));
    let count = page.count;
    let listing = page.listing(1000);
    assert_eq!(listing.more, Some(1000 + count));
    let entries: Vec<Entry> = listing.entries.map(Result::unwrap).collect();
    assert_eq!(entries.len() as u64, count);
    assert!(entries.iter().all(|found| found.name == entry.name && found.size == 5 && found.device == 6));
}

#[test]
fn a_page_that_leads_nowhere_is_none() {
    let message = [7, 0, 0, 0, 0, 0, 0, 0, 2, 1];
    assert_eq!(Said::decode(&message), None);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), kind in 0u8..6) {
        let mut message = bytes;
        if let Some(byte) = message.get_mut(8) {
            *byte = kind;
        }
        if let Some(Said { answer: Answer::Page(page), .. }) = Said::decode(&message) {
            prop_assert!(page.clone().listing(u64::MAX).entries.count() as u64 == page.count);
        }
        let _ = Question::decode(&message);
    }

    #[test]
    fn questions_arrive_as_they_were_put(number: u32, path in "/[^\0]{0,50}", offset: u64, length: u32, kind in 0..5) {
        let what = match kind {
            0 => What::Stat,
            1 => What::Read { offset, length },
            2 => What::List { sizes: false, from: offset },
            3 => What::List { sizes: true, from: offset },
            _ => What::Space,
        };
        let question = Question { path: path.into(), what };
        prop_assert_eq!(Question::decode(&question.encode(number)), Some((number, question)));
    }
}

use super::tests::event;
use super::*;

#[test]
fn evidence_makes_room_for_events() {
    let mut log = Log::capture();
    let mut outbox = Outbox::new(true);
    let one = outbox.enlist("one");
    let seen = Event { evidence: "x".repeat(1000).into(), ..event("s", 1) };
    let number = BYTES_WITH_EVIDENCE / 100;
    for _ in 0..number {
        outbox.push(&seen, Destinations::NONE.with(one), Instant::now(), &mut log);
    }
    assert_eq!((outbox.len(), outbox.dropped()), (number, 0));
    assert!(outbox.entries.held() < BYTES);
    let first = outbox.entries.next(None, one).unwrap();
    assert_eq!(outbox.get(one, first, &mut log).unwrap().event.evidence, seen.evidence);
    let last = outbox.newest();
    assert_eq!(outbox.get(one, last, &mut log).unwrap().event, event("s", 1));
}

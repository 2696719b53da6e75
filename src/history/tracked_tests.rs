use super::*;
use crate::service_test::{Extent, Reading, Value, readings};

fn numbers(service: &Service, memory: &Memory) -> Vec<(String, Option<f64>)> {
    let mut names = tracked(service).into_iter();
    let mut all = Vec::new();
    track(service, memory, &mut |value| all.push((names.next().unwrap().key.into_owned(), value)));
    assert_eq!(names.next(), None);
    assert_eq!(all.len(), count_tracked(service));
    all
}

fn lines(service: &Service, memory: &Memory) -> Vec<Reading> {
    let mut lines = Vec::new();
    readings(service, memory, Extent::ALL, &mut |line| lines.push(line));
    lines
}

// What a reading keeps to itself keeps others from making one in one piece.
#[allow(clippy::field_reassign_with_default)]
#[test]
fn every_series_is_a_reading_of_the_documents() {
    let mut process = ProcessReading::default();
    (process.cpu_total, process.memory_total, process.descriptors) = (Some(12.5), Some(4096), Some(9));
    let mut system = SystemReading::default();
    system.load = Some([0.5, 0.4, 0.3]);
    system.cpu.get_or_insert_default().busy = 30.0;
    let memory = system.memory.get_or_insert_default();
    (memory.total, memory.used, memory.swap_total, memory.swap_used) = (100, 40, 10, 1);
    let mut filesystem = FilesystemReading::default();
    let facts = &mut filesystem.facts;
    (facts.block_size, facts.blocks, facts.blocks_free, facts.inodes, facts.inodes_free) =
        (1, 100, 25, 10, 4);
    filesystem.read.get_or_insert_default().per_second = 5.0;
    filesystem.write.get_or_insert_default().per_second = 6.0;
    let pidfile = crate::config::ProcessBy::Pidfile(std::path::Path::new("/p").into());
    for (subject, measured) in [
        (Subject::Process(pidfile), Measured::Process(Box::new(process))),
        (Subject::System, Measured::System(Box::new(system))),
        (Subject::Filesystem("/".into()), Measured::Filesystem(Box::new(filesystem))),
        (Subject::File(std::path::Path::new("/f").into()), Measured::File(Box::default())),
    ] {
        let service = Service::new("s", subject);
        let mut memory = Memory::default();
        memory.measured = measured;
        assert!(numbers(&service, &memory).iter().all(|(_, value)| value.is_none()), "nothing was found");
        memory.presence = Presence::Present;
        let lines = lines(&service, &memory);
        for (key, value) in numbers(&service, &memory) {
            let value = value.unwrap_or_else(|| panic!("{key}"));
            let line = lines.iter().find(|line| line.key == key).unwrap_or_else(|| panic!("{key}"));
            let shown = match line.value {
                Value::Share { percent, .. } if key != "memory_total" => percent,
                Value::CountShare(_, percent) => percent,
                ref other => other.number().unwrap(),
            };
            let known = of_key(&service, &key)
                .and_then(|(at, unit)| Some((tracked(&service).get(at)?.clone(), unit)));
            assert!(known.is_some_and(|(series, unit)| series.key == key && series.unit == unit), "{key}");
            assert_eq!(value, if key.contains("free") { 100.0 - shown } else { shown }, "{key}");
        }
    }
}

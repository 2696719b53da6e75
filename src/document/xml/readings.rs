//! What was measured of a service, by its type.
//!
//! A number that Monit always writes and we do not know is -1, as Monit has it.

use super::connections;
use super::tags::{Fixed, Octal, Section, Tags, elements};
use crate::config::{ChecksumKind, Subject};
use crate::document::Entry;
use crate::service_test::{
    FileReading, FilesystemReading, Measured, NetworkReading, Presence, ProcessReading, ProgramReading, Rate,
    SystemReading,
};
use crate::sys::localtime::unix_secs;

pub(super) fn write(tags: &mut Tags<'_>, entry: &Entry<'_>) {
    let wrong_type = entry.memory.presence == Presence::WrongType;
    match (&entry.config.subject, &entry.memory.measured) {
        (Subject::Network(_), Measured::Network(network)) if entry.present => link(tags, Some(network)),
        // Always there, whatever is known.
        (Subject::Network(_), _) => link(tags, None),
        _ if !entry.present => {}
        (Subject::File(_), _) if wrong_type => file_of_another_type(tags, true),
        (Subject::Directory(_) | Subject::Fifo(_), _) if wrong_type => file_of_another_type(tags, false),
        (Subject::File(_), Measured::File(reading)) => file(tags, reading, true),
        (Subject::Directory(_) | Subject::Fifo(_), Measured::File(reading)) => file(tags, reading, false),
        (_, Measured::Process(reading)) => process(tags, reading),
        (_, Measured::Filesystem(reading)) => filesystem(tags, reading),
        (_, Measured::System(reading)) => system(tags, reading),
        (_, Measured::Program(reading)) => program(tags, reading),
        (_, Measured::Heartbeat(beat)) => program(tags, &beat.as_program()),
        _ => {}
    }
    if entry.present {
        connections::write(tags, entry);
    }
}

/// A number, or -1.
fn number<T: TryInto<i64>>(value: Option<T>) -> i64 {
    value.map_or(-1, |value| value.try_into().unwrap_or(i64::MAX))
}

fn percent(value: Option<f64>) -> Fixed {
    Fixed(value.unwrap_or(-1.0), 1)
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

fn file(tags: &mut Tags<'_>, reading: &FileReading, is_file: bool) {
    let facts = &reading.facts;
    let (access, change, modify) = (facts.accessed, facts.changed, facts.modified);
    if !is_file {
        return elements!(tags;
            "mode": Octal(facts.mode), "uid": facts.uid, "gid": facts.gid, "hardlink": facts.links,
            "timestamps" { "access": access, "change": change, "modify": modify, }
        );
    }
    elements!(tags;
        "mode": Octal(facts.mode), "uid": facts.uid, "gid": facts.gid,
        "timestamps" { "access": access, "change": change, "modify": modify, }
        "size": facts.size, "hardlink": facts.links,
    );
    if let Some((kind, hex)) = reading.checksum() {
        tags.put(match kind {
            ChecksumKind::Md5 => "<checksum type=\"MD5\">",
            ChecksumKind::Sha1 => "<checksum type=\"SHA1\">",
            ChecksumKind::Sha256 => "<checksum type=\"SHA256\">",
        });
        tags.put(&hex);
        tags.put("</checksum>");
    }
}

fn file_of_another_type(tags: &mut Tags<'_>, is_file: bool) {
    if !is_file {
        return elements!(tags;
            "mode": "7777", "uid": -1, "gid": -1, "hardlink": -1,
            "timestamps" { "access": 0, "change": 0, "modify": 0, }
        );
    }
    elements!(tags;
        "mode": "7777", "uid": -1, "gid": -1, "timestamps" { "access": 0, "change": 0, "modify": 0, }
        "size": -1, "hardlink": -1,
    );
}

fn process(tags: &mut Tags<'_>, reading: &ProcessReading) {
    let kilobytes = |bytes: Option<u64>| number(bytes.map(|bytes| bytes / 1024));
    elements!(tags;
        "pid": reading.identity.map_or(-1, |identity| identity.pid),
        "ppid": reading.ppid,
        "uid": reading.uid,
        "euid": reading.euid,
        "gid": reading.gid,
        "uptime": reading.uptime,
        "threads": reading.threads,
        "children": number(reading.children),
        "memory" {
            "percent": percent(reading.memory_percent),
            "percenttotal": percent(reading.memory_total_percent),
            "kilobyte": kilobytes(reading.memory),
            "kilobytetotal": kilobytes(reading.memory_total),
        }
        "cpu" { "percent": percent(reading.cpu), "percenttotal": percent(reading.cpu_total), }
    );
    if reading.descriptors.is_some() || reading.descriptors_total.is_some() {
        let (open, total) = (number(reading.descriptors), number(reading.descriptors_total));
        match reading.descriptor_limit {
            Some(limit) => elements!(tags;
                "filedescriptors" {
                    "open": open, "opentotal": total, "limit" { "soft": limit.soft, "hard": limit.hard, }
                }
            ),
            None => elements!(tags; "filedescriptors" { "open": open, "opentotal": total, }),
        }
    }
    if let Some(io) = reading.io {
        elements!(tags;
            "read" {
                "bytesgeneric" { "count": per_second(io.read), "total": io.read.total, }
                "bytes" { "count": per_second(io.disk_read), "total": io.disk_read.total, }
                "operations" { "count": per_second(io.reads), "total": io.reads.total, }
            }
            "write" {
                "bytesgeneric" { "count": per_second(io.write), "total": io.write.total, }
                "bytes" { "count": per_second(io.disk_write), "total": io.disk_write.total, }
                "operations" { "count": per_second(io.writes), "total": io.writes.total, }
            }
        );
    }
}

fn per_second(rate: Rate) -> Fixed {
    Fixed(rate.per_second, 0)
}

fn filesystem(tags: &mut Tags<'_>, reading: &FilesystemReading) {
    /// Sizes are in MB.
    const MEGA: f64 = 1024.0 * 1024.0;
    let facts = &reading.facts;
    tags.text("fstype", &facts.kind);
    tags.text("fsflags", &facts.flags);
    let used = facts.blocks.saturating_sub(facts.blocks_free);
    let megabytes = |blocks: u64| Fixed(blocks as f64 * facts.block_size as f64 / MEGA, 1);
    elements!(tags;
        "mode": Octal(facts.mode), "uid": facts.uid, "gid": facts.gid,
        "block" {
            "percent": percent(Some(share(used, facts.blocks))),
            "usage": megabytes(used),
            "total": megabytes(facts.blocks),
        }
    );
    if facts.inodes > 0 {
        let used = facts.inodes.saturating_sub(facts.inodes_free);
        elements!(tags;
            "inode" {
                "percent": percent(Some(share(used, facts.inodes))), "usage": used, "total": facts.inodes,
            }
        );
    }
    for (name, bytes, operations) in
        [("read", reading.read, reading.reads), ("write", reading.write, reading.writes)]
    {
        if let (Some(bytes), Some(operations)) = (bytes, operations) {
            tags.within(name, |tags| {
                elements!(tags;
                    "bytes" { "count": per_second(bytes), "total": bytes.total, }
                    "operations" { "count": per_second(operations), "total": operations.total, }
                );
            });
        }
    }
    if let (Some(read), Some(write)) = (reading.read_time, reading.write_time) {
        elements!(tags; "servicetime" { "read": Fixed(read, 3), "write": Fixed(write, 3), });
    }
}

fn system(tags: &mut Tags<'_>, reading: &SystemReading) {
    if let Some(uptime) = reading.uptime {
        elements!(tags; "uptime": uptime,);
    }
    if let Some(booted) = reading.booted {
        elements!(tags; "boottime": booted,);
    }
    if let Some(files) = reading.files {
        elements!(tags;
            "filedescriptors" {
                "allocated": files.allocated, "unused": files.unused, "maximum": files.maximum,
            }
        );
    }
    tags.put("<system>");
    if let Some([one, five, fifteen]) = reading.load {
        elements!(tags;
            "load" { "avg01": Fixed(one, 2), "avg05": Fixed(five, 2), "avg15": Fixed(fifteen, 2), }
        );
    }
    let cpu = reading.cpu.unwrap_or_default();
    elements!(tags;
        "cpu" {
            "user": percent(Some(cpu.user)),
            "system": percent(Some(cpu.system)),
            "nice": percent(Some(cpu.nice)),
            "wait": percent(Some(cpu.wait)),
            "hardirq": percent(Some(cpu.hard_irq)),
            "softirq": percent(Some(cpu.soft_irq)),
            "steal": percent(Some(cpu.steal)),
            "guest": percent(Some(cpu.guest)),
            "guestnice": percent(Some(cpu.guest_nice)),
        }
    );
    if let Some(memory) = reading.memory {
        for (name, used, total) in
            [("memory", memory.used, memory.total), ("swap", memory.swap_used, memory.swap_total)]
        {
            tags.within(name, |tags| {
                elements!(tags; "percent": percent(Some(share(used, total))), "kilobyte": used / 1024,);
            });
        }
    }
    if let (Some(pages_in), Some(pages_out)) = (reading.page_in, reading.page_out) {
        elements!(tags; "paging" { "in": per_second(pages_in), "out": per_second(pages_out), });
    }
    tags.put("</system>");
}

fn program(tags: &mut Tags<'_>, reading: &ProgramReading) {
    elements!(tags; "program" {
        "started": reading.started.map_or(0, unix_secs),
        "status": reading.status,
        "output": Section(&reading.output),
    });
}

/// `None`: nothing is known of it.
fn link(tags: &mut Tags<'_>, reading: Option<&NetworkReading>) {
    let known = reading.and_then(|reading| Some((reading, reading.facts?)));
    tags.put("<link>");
    elements!(tags;
        "state": known.map_or(-1, |(_, facts)| i8::from(facts.up)),
        "speed": number(known.and_then(|(_, facts)| facts.speed)),
        "duplex": known.and_then(|(_, facts)| facts.full_duplex).map_or(-1, i8::from),
    );
    let reading = known.map(|(reading, _)| reading);
    for (name, [packets, bytes, errors]) in [
        (
            "download",
            reading.map_or([None; 3], |of| {
                [of.download_packets, of.download_bytes, of.download_errors].map(Some)
            }),
        ),
        (
            "upload",
            reading.map_or([None; 3], |of| [of.upload_packets, of.upload_bytes, of.upload_errors].map(Some)),
        ),
    ] {
        tags.within(name, |tags| {
            counted(tags, "packets", packets);
            counted(tags, "bytes", bytes);
            counted(tags, "errors", errors);
        });
    }
    tags.put("</link>");
}

fn counted(tags: &mut Tags<'_>, name: &str, rate: Option<Rate>) {
    tags.within(name, |tags| {
        elements!(tags;
            "now": rate.map_or(-1, |rate| rate.per_second as i64),
            "total": number(rate.map(|rate| rate.total)),
        );
    });
}

//! What was measured of a service, by its type.
//!
//! A number that Monit always writes and we do not know is -1, as Monit has it.

use super::connections;
use super::tags::{Octal, Tags, value};
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

fn percent(tags: &mut Tags<'_>, name: &str, value: Option<f64>) {
    tags.value(name, format_args!("{:.1}", value.unwrap_or(-1.0)));
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

fn times(tags: &mut Tags<'_>, (access, change, modify): (i64, i64, i64)) {
    tags.within("timestamps", |tags| {
        value!(tags, "access", access);
        value!(tags, "change", change);
        value!(tags, "modify", modify);
    });
}

fn file(tags: &mut Tags<'_>, reading: &FileReading, is_file: bool) {
    let facts = &reading.facts;
    value!(tags, "mode", Octal(facts.mode));
    value!(tags, "uid", facts.uid);
    value!(tags, "gid", facts.gid);
    let moments = (facts.accessed, facts.changed, facts.modified);
    if !is_file {
        value!(tags, "hardlink", facts.links);
        return times(tags, moments);
    }
    times(tags, moments);
    value!(tags, "size", facts.size);
    value!(tags, "hardlink", facts.links);
    if let Some((kind, hex)) = reading.checksum() {
        let kind = match kind {
            ChecksumKind::Md5 => "MD5",
            ChecksumKind::Sha1 => "SHA1",
            ChecksumKind::Sha256 => "SHA256",
        };
        tags.open(&format!("checksum type=\"{kind}\""));
        tags.0.push_str(&hex);
        tags.close("checksum");
    }
}

/// Something else is where a file, a directory or a fifo should be.
fn file_of_another_type(tags: &mut Tags<'_>, is_file: bool) {
    value!(tags, "mode", "7777");
    value!(tags, "uid", -1);
    value!(tags, "gid", -1);
    if !is_file {
        value!(tags, "hardlink", -1);
        return times(tags, (0, 0, 0));
    }
    times(tags, (0, 0, 0));
    value!(tags, "size", -1);
    value!(tags, "hardlink", -1);
}

fn process(tags: &mut Tags<'_>, reading: &ProcessReading) {
    value!(tags, "pid", reading.identity.map_or(-1, |identity| identity.pid));
    value!(tags, "ppid", reading.ppid);
    value!(tags, "uid", reading.uid);
    value!(tags, "euid", reading.euid);
    value!(tags, "gid", reading.gid);
    value!(tags, "uptime", reading.uptime);
    value!(tags, "threads", reading.threads);
    value!(tags, "children", number(reading.children));
    tags.within("memory", |tags| {
        percent(tags, "percent", reading.memory_percent);
        percent(tags, "percenttotal", reading.memory_total_percent);
        value!(tags, "kilobyte", number(reading.memory.map(|bytes| bytes / 1024)));
        value!(tags, "kilobytetotal", number(reading.memory_total.map(|bytes| bytes / 1024)));
    });
    tags.within("cpu", |tags| {
        percent(tags, "percent", reading.cpu);
        percent(tags, "percenttotal", reading.cpu_total);
    });
    if reading.descriptors.is_some() || reading.descriptors_total.is_some() {
        tags.within("filedescriptors", |tags| {
            value!(tags, "open", number(reading.descriptors));
            value!(tags, "opentotal", number(reading.descriptors_total));
            if let Some(limit) = reading.descriptor_limit {
                tags.within("limit", |tags| {
                    value!(tags, "soft", limit.soft);
                    value!(tags, "hard", limit.hard);
                });
            }
        });
    }
    if let Some(io) = reading.io {
        for (name, generic, bytes, operations) in
            [("read", io.read, io.disk_read, io.reads), ("write", io.write, io.disk_write, io.writes)]
        {
            tags.within(name, |tags| {
                rate(tags, "bytesgeneric", generic);
                rate(tags, "bytes", bytes);
                rate(tags, "operations", operations);
            });
        }
    }
}

fn rate(tags: &mut Tags<'_>, name: &str, rate: Rate) {
    tags.within(name, |tags| {
        value!(tags, "count", format_args!("{:.0}", rate.per_second));
        value!(tags, "total", rate.total);
    });
}

fn filesystem(tags: &mut Tags<'_>, reading: &FilesystemReading) {
    /// Sizes are in MB.
    const MEGA: f64 = 1024.0 * 1024.0;
    let facts = &reading.facts;
    tags.text("fstype", &facts.kind);
    tags.text("fsflags", &facts.flags);
    value!(tags, "mode", Octal(facts.mode));
    value!(tags, "uid", facts.uid);
    value!(tags, "gid", facts.gid);
    let used = facts.blocks.saturating_sub(facts.blocks_free);
    let megabytes = |blocks: u64| blocks as f64 * facts.block_size as f64 / MEGA;
    tags.within("block", |tags| {
        percent(tags, "percent", Some(share(used, facts.blocks)));
        value!(tags, "usage", format_args!("{:.1}", megabytes(used)));
        value!(tags, "total", format_args!("{:.1}", megabytes(facts.blocks)));
    });
    if facts.inodes > 0 {
        let used = facts.inodes.saturating_sub(facts.inodes_free);
        tags.within("inode", |tags| {
            percent(tags, "percent", Some(share(used, facts.inodes)));
            value!(tags, "usage", used);
            value!(tags, "total", facts.inodes);
        });
    }
    for (name, bytes, operations) in
        [("read", reading.read, reading.reads), ("write", reading.write, reading.writes)]
    {
        if let (Some(bytes), Some(operations)) = (bytes, operations) {
            tags.within(name, |tags| {
                rate(tags, "bytes", bytes);
                rate(tags, "operations", operations);
            });
        }
    }
    if let (Some(read), Some(write)) = (reading.read_time, reading.write_time) {
        tags.within("servicetime", |tags| {
            value!(tags, "read", format_args!("{read:.3}"));
            value!(tags, "write", format_args!("{write:.3}"));
        });
    }
}

fn system(tags: &mut Tags<'_>, reading: &SystemReading) {
    if let Some(uptime) = reading.uptime {
        value!(tags, "uptime", uptime);
    }
    if let Some(booted) = reading.booted {
        value!(tags, "boottime", booted);
    }
    if let Some(files) = reading.files {
        tags.within("filedescriptors", |tags| {
            value!(tags, "allocated", files.allocated);
            value!(tags, "unused", files.unused);
            value!(tags, "maximum", files.maximum);
        });
    }
    tags.within("system", |tags| {
        if let Some([one, five, fifteen]) = reading.load {
            tags.within("load", |tags| {
                value!(tags, "avg01", format_args!("{one:.2}"));
                value!(tags, "avg05", format_args!("{five:.2}"));
                value!(tags, "avg15", format_args!("{fifteen:.2}"));
            });
        }
        let cpu = reading.cpu.unwrap_or_default();
        tags.within("cpu", |tags| {
            for (name, value) in [
                ("user", cpu.user),
                ("system", cpu.system),
                ("nice", cpu.nice),
                ("wait", cpu.wait),
                ("hardirq", cpu.hard_irq),
                ("softirq", cpu.soft_irq),
                ("steal", cpu.steal),
                ("guest", cpu.guest),
                ("guestnice", cpu.guest_nice),
            ] {
                percent(tags, name, Some(value));
            }
        });
        if let Some(memory) = reading.memory {
            for (name, used, total) in
                [("memory", memory.used, memory.total), ("swap", memory.swap_used, memory.swap_total)]
            {
                tags.within(name, |tags| {
                    percent(tags, "percent", Some(share(used, total)));
                    value!(tags, "kilobyte", used / 1024);
                });
            }
        }
        if let (Some(pages_in), Some(pages_out)) = (reading.page_in, reading.page_out) {
            tags.within("paging", |tags| {
                value!(tags, "in", format_args!("{:.0}", pages_in.per_second));
                value!(tags, "out", format_args!("{:.0}", pages_out.per_second));
            });
        }
    });
}

fn program(tags: &mut Tags<'_>, reading: &ProgramReading) {
    tags.within("program", |tags| {
        value!(tags, "started", reading.started.map_or(0, unix_secs));
        value!(tags, "status", reading.status);
        tags.cdata("output", &reading.output);
    });
}

/// `None`: nothing is known of it.
fn link(tags: &mut Tags<'_>, reading: Option<&NetworkReading>) {
    let known = reading.and_then(|reading| Some((reading, reading.facts?)));
    tags.within("link", |tags| {
        value!(tags, "state", known.map_or(-1, |(_, facts)| i8::from(facts.up)));
        value!(tags, "speed", number(known.and_then(|(_, facts)| facts.speed)));
        value!(tags, "duplex", known.and_then(|(_, facts)| facts.full_duplex).map_or(-1, i8::from));
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
                reading
                    .map_or([None; 3], |of| [of.upload_packets, of.upload_bytes, of.upload_errors].map(Some)),
            ),
        ] {
            tags.within(name, |tags| {
                counted(tags, "packets", packets);
                counted(tags, "bytes", bytes);
                counted(tags, "errors", errors);
            });
        }
    });
}

fn counted(tags: &mut Tags<'_>, name: &str, rate: Option<Rate>) {
    tags.within(name, |tags| {
        value!(tags, "now", rate.map_or(-1, |rate| rate.per_second as i64));
        value!(tags, "total", number(rate.map(|rate| rate.total)));
    });
}

//! Network interfaces by ip(8), which asks the kernel over a socket and reads no file.

use super::super::Host;
use super::super::facts::*;
use super::tool;

/// What `ip -s -j link` says of one interface. Its JSON is flat enough to be searched.
struct Seen {
    up: bool,
    lower_up: bool,
    state: String,
    /// Received and sent: bytes, packets, errors.
    counters: [[u64; 3]; 2],
}

fn by_ip(name: &str) -> Option<Seen> {
    let text = tool("ip", &["-s", "-j", "link", "show", "dev", name])?;
    let number = |way: &str, what: &str| -> Option<u64> {
        let block = text.split(&format!("\"{way}\":{{")).nth(1)?.split('}').next()?;
        let rest = block.split(&format!("\"{what}\":")).nth(1)?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    let all = |way| Some([number(way, "bytes")?, number(way, "packets")?, number(way, "errors")?]);
    let state = text.split("\"operstate\":\"").nth(1)?.split('"').next()?.to_string();
    let flags = text.split("\"flags\":[").nth(1)?.split(']').next()?;
    let has = |flag: &str| flags.split(',').any(|word| word.trim_matches('"') == flag);
    let (up, lower_up) = (has("UP"), has("LOWER_UP"));
    Some(Seen { up, lower_up, state, counters: [all("rx")?, all("tx")?] })
}

#[test]
fn every_interface_as_ip_sees_it() {
    let Ok(folder) = std::fs::read_dir("/sys/class/net") else { return };
    let mut host = Host::new();
    for entry in folder.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(before) = by_ip(&name) else {
            eprintln!("left out: no ip(8) here, or it does not know {name}");
            continue;
        };
        // Another test may have removed it meanwhile.
        let (Ok(link), Some(after)) = (host.link(&name), by_ip(&name)) else { continue };
        let ours = [link.download, link.upload]
            .map(|counter: Counter| [counter.bytes, counter.packets, counter.errors]);
        for (way, counters) in ours.into_iter().enumerate() {
            for (at, ours) in counters.into_iter().enumerate() {
                let (least, most) = (before.counters[way][at], after.counters[way][at]);
                assert!((least..=most).contains(&ours), "{name}, {way} {at}: {least} <= {ours} <= {most}");
            }
        }
        if (before.up, before.lower_up, &before.state) == (after.up, after.lower_up, &after.state) {
            assert_eq!(link.up, after.up && after.lower_up, "{name}: {}", after.state);
        }
    }
}

#[test]
fn every_address_is_found_where_ip_has_it() {
    let Some(text) = tool("ip", &["-o", "addr", "show"]) else { return };
    let mut host = Host::new();
    // `2: eth0    inet 10.0.0.2/24 brd …`
    let addresses: Vec<(String, String)> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_ascii_whitespace().skip(1);
            let (name, _family, address) = (words.next()?, words.next()?, words.next()?);
            Some((name.split('@').next()?.into(), address.split('/').next()?.into()))
        })
        .collect();
    for (name, address) in &addresses {
        // Link local addresses may stand at several interfaces.
        if addresses.iter().filter(|(_, other)| other == address).count() == 1 {
            assert_eq!(host.interface_of(address).as_deref(), Ok(&**name), "{address}");
        }
    }
    assert_eq!(host.interface_of("203.0.113.77"), Err(crate::machine::NoFact::Absent));
    assert_eq!(host.interface_of("not an address"), Err(crate::machine::NoFact::Absent));
}

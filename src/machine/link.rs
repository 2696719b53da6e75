//! Network interfaces: `/sys/class/net/NAME`.

use super::facts::{Counter, LinkFacts};
use super::no_fact::{Fact, NoFact, is_shortage};
use super::read;
use std::path::Path;

/// `IFF_UP` of netdevice(7).
const UP: u32 = 1;

/// A file of the interface; `None` where the driver does not tell (`EINVAL` while the interface is down).
fn told(path: &Path) -> Fact<Option<String>> {
    match read::text(path, 64) {
        Ok(text) => Ok(Some(text.trim().to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => Ok(None),
        Err(error) => match NoFact::from(error) {
            NoFact::Absent => Ok(None),
            unreadable => Err(unreadable),
        },
    }
}

/// The same of what drivers refuse with errors of their own choice: only a shortage of ours is one.
fn told_by_driver(path: &Path) -> Fact<Option<String>> {
    match read::text(path, 64) {
        Ok(text) => Ok(Some(text.trim().to_string())),
        Err(error) if is_shortage(&error) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

/// One interface; absent if there is none of that name.
pub(super) fn link(sys: &Path, name: &str) -> Fact<LinkFacts> {
    // A name is one component, never a way out of the folder.
    if name.is_empty() || name.contains('/') || name.starts_with('.') {
        return Err(NoFact::Absent);
    }
    let folder = sys.join("class/net").join(name);
    let Some(flags) = told(&folder.join("flags"))? else { return Err(NoFact::Absent) };
    let flags = u32::from_str_radix(flags.trim_start_matches("0x"), 16).map_err(|_| NoFact::nonsense())?;
    // The carrier can be read only while the interface is up.
    let carrier = match told(&folder.join("carrier"))?.and_then(|text| text.parse::<u8>().ok()) {
        Some(carrier) => carrier == 1,
        None => told(&folder.join("operstate"))?.is_some_and(|state| matches!(&*state, "up" | "unknown")),
    };
    let count = |name: &str| -> Fact<u64> {
        let text = told(&folder.join("statistics").join(name))?;
        text.map_or(Ok(0), |text| text.parse().map_err(|_| NoFact::nonsense()))
    };
    let direction = |prefix: &str| -> Fact<Counter> {
        Ok(Counter {
            bytes: count(&format!("{prefix}_bytes"))?,
            packets: count(&format!("{prefix}_packets"))?,
            errors: count(&format!("{prefix}_errors"))?,
        })
    };
    // Megabits; drivers that do not know say -1, the same without its sign, 0 or an error.
    let speed = told_by_driver(&folder.join("speed"))?.and_then(|text| text.parse::<i64>().ok());
    let speed = speed.filter(|speed| (1..i64::from(i32::MAX)).contains(speed));
    let duplex = told_by_driver(&folder.join("duplex"))?;
    Ok(LinkFacts {
        up: flags & UP != 0 && carrier,
        speed: speed.and_then(|speed| u64::try_from(speed).ok()?.checked_mul(1_000_000)),
        full_duplex: match duplex.as_deref() {
            Some("full") => Some(true),
            Some("half") => Some(false),
            _ => None,
        },
        download: direction("rx")?,
        upload: direction("tx")?,
    })
}

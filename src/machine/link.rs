//! Network interfaces: `/sys/class/net/NAME`.

use super::facts::{Counter, LinkFacts};
use super::read;
use std::path::Path;

/// `IFF_UP` of netdevice(7).
const UP: u32 = 1;

/// One interface; the error says what could not be read.
pub(super) fn link(sys: &Path, name: &str) -> Result<LinkFacts, String> {
    let folder = sys.join("class/net").join(name);
    let flags_file = folder.join("flags");
    let refuse = |reason: &str| format!("Cannot read /sys/class/net/{name}/flags -- {reason}");
    // A name is one component, never a way out of the folder.
    if name.is_empty() || name.contains('/') || name.starts_with('.') {
        return Err(refuse("No such file or directory"));
    }
    let flags = read::text(&flags_file, 64).map_err(|error| refuse(&read::error_text(&error)))?;
    let flags =
        u32::from_str_radix(flags.trim().trim_start_matches("0x"), 16).map_err(|_| refuse("not a number"))?;
    // The carrier can be read only while the interface is up.
    let carrier = match read::number::<u8>(&folder.join("carrier")) {
        Some(carrier) => carrier == 1,
        None => read::text(&folder.join("operstate"), 64)
            .is_ok_and(|state| matches!(state.trim(), "up" | "unknown")),
    };
    let count = |name: &str| read::number::<u64>(&folder.join("statistics").join(name)).unwrap_or(0);
    let direction = |prefix: &str| Counter {
        bytes: count(&format!("{prefix}_bytes")),
        packets: count(&format!("{prefix}_packets")),
        errors: count(&format!("{prefix}_errors")),
    };
    // Megabits; drivers that do not know say -1, the same without its sign, 0 or an error.
    let speed = read::number::<i64>(&folder.join("speed"));
    let speed = speed.filter(|speed| (1..i64::from(i32::MAX)).contains(speed));
    let duplex = read::text(&folder.join("duplex"), 64).ok();
    Ok(LinkFacts {
        up: flags & UP != 0 && carrier,
        speed: speed.and_then(|speed| u64::try_from(speed).ok()?.checked_mul(1_000_000)),
        full_duplex: match duplex.as_deref().map(str::trim) {
            Some("full") => Some(true),
            Some("half") => Some(false),
            _ => None,
        },
        download: direction("rx"),
        upload: direction("tx"),
    })
}

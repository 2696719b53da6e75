//! The state file of Monit itself, to take over which services are not monitored when this monitor takes its place.
//!
//! As Monit 5.33.0 and 6.0.0 were seen to write it on 64-bit little-endian Linux; both call it version 4:
//!
//! ```text
//!    0  u32   0
//!    4  u32   4, the version of the format
//!    8  u64   when the machine was started, in seconds since 1970 (may differ by a second or two)
//!   16        one record of 392 bytes for each service, to the end of the file
//!
//! record:
//!    0        name, at most 255 bytes (the rest of a longer one is not in the file), filled up with zeros to 256
//!  256  u32   type, as in the status document: 0 filesystem, 1 directory, 2 file, 3 process, 4 host, 5 system, 6 fifo,
//!             7 program, 8 network
//!  260  u32   0 not monitored, 1 monitored, 2 monitored but not checked yet (up to 7 is taken for monitored)
//!  264        what the tests of the type remember; not read
//! ```
//!
//! Anything else is refused as a whole: a file that is understood in part would lose orders silently.

use std::fmt;

/// The version that is understood.
const VERSION: u32 = 4;
const HEAD: usize = 16;
const RECORD: usize = 392;
const NAME: usize = 256;
/// The largest number of a type.
const LAST_TYPE: u32 = 8;
/// The largest value of the word that says whether a service is monitored.
const MONITORED: u32 = 7;

/// Why a file of Monit is not taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Its format has this version.
    Version(u32),
    /// It ends within the head, or before the end of the record of the service of this number.
    Short(usize),
    /// The record of the service of this number makes no sense.
    Nonsense(usize),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Version(version) => {
                write!(f, "its format has version {version}, only {VERSION} is understood")
            }
            Trouble::Short(0) => write!(f, "it ends within its first {HEAD} bytes"),
            Trouble::Short(number) => write!(f, "it ends before the end of service number {number}"),
            Trouble::Nonsense(number) => write!(f, "its service number {number} makes no sense"),
        }
    }
}

/// What a file of Monit says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitState {
    /// When the machine was started in whose time it was written, in seconds since 1970.
    pub boot: u64,
    /// Name, type and whether it is monitored, of each service.
    pub services: Vec<(String, u8, bool)>,
}

/// Whether this is a file of Monit, of any version: such a file begins with four zeros and something behind them. One
/// of zeros alone is what a crash of the machine leaves of a file.
pub fn is_of_monit(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0; 4]) && bytes.iter().any(|byte| *byte != 0)
}

/// Reads a file for which [`is_of_monit`] holds.
///
/// # Errors
/// What is not understood about it.
pub fn parse(bytes: &[u8]) -> Result<MonitState, Trouble> {
    let version = word(bytes, 4).ok_or(Trouble::Short(0))?;
    if version != VERSION {
        return Err(Trouble::Version(version));
    }
    let boot = bytes.get(8..HEAD).and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
    let boot = boot.ok_or(Trouble::Short(0))?;
    let records = bytes.get(HEAD..).unwrap_or_default().chunks(RECORD);
    let services = (1..).zip(records).map(|(number, record)| service(number, record));
    let services: Vec<_> = services.collect::<Result<_, _>>()?;
    // There is always the system.
    if services.is_empty() { Err(Trouble::Short(1)) } else { Ok(MonitState { boot, services }) }
}

fn service(number: usize, record: &[u8]) -> Result<(String, u8, bool), Trouble> {
    if record.len() != RECORD {
        return Err(Trouble::Short(number));
    }
    let nonsense = Trouble::Nonsense(number);
    let name = record.get(..NAME).unwrap_or_default();
    let length = name.iter().position(|byte| *byte == 0).filter(|length| *length > 0).ok_or(nonsense)?;
    let name = String::from_utf8_lossy(name.get(..length).unwrap_or_default()).into_owned();
    let kind = word(record, NAME).filter(|kind| *kind <= LAST_TYPE).and_then(|kind| u8::try_from(kind).ok());
    let monitored = word(record, NAME + 4).filter(|word| *word <= MONITORED);
    Ok((name, kind.ok_or(nonsense)?, monitored.ok_or(nonsense)? != 0))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
#[path = "monit_state_tests.rs"]
mod tests;

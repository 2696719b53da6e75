//! Answers as bytes. Numbers are little-endian, lists and texts have their length in front. Writer and reader are the same
//! program, so there is no version; the reader still believes nothing.

use super::{FileText, Kind, Status, Text, Trouble};
use crate::control::glob::Matches;
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::rc::Rc;

/// A value that travels.
pub(super) trait Wire: Sized {
    /// Appends it.
    fn put(&self, out: &mut Vec<u8>);
    /// Takes it from the front; `None` if it is not there.
    fn take(from: &mut Reader) -> Option<Self>;
}

/// Bytes that are read from the front.
pub(super) struct Reader {
    all: Rc<Vec<u8>>,
    at: usize,
}

impl Reader {
    pub(super) fn new(all: Vec<u8>) -> Reader {
        Reader { all: Rc::new(all), at: 0 }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.all.len()
    }

    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let found = self.all.get(self.at..)?.first_chunk().copied()?;
        self.at += N;
        Some(found)
    }

    /// As many bytes as the number in front of them says.
    fn text(&mut self) -> Option<Text> {
        let length = usize::try_from(u32::take(self)?).ok()?;
        let end = self.at.checked_add(length)?;
        let text = Text::part(&self.all, self.at..end)?;
        self.at = end;
        Some(text)
    }
}

/// Longer texts do not occur: the recording as a whole is shorter.
fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    (bytes.len() as u32).put(out);
    out.extend_from_slice(bytes);
}

macro_rules! number {
    ($($type:ty)*) => {$(
        impl Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            fn take(from: &mut Reader) -> Option<Self> {
                from.bytes().map(<$type>::from_le_bytes)
            }
        }
    )*};
}

number!(u8 u32 i32 u64);

impl Wire for () {
    fn put(&self, _: &mut Vec<u8>) {}

    fn take(_: &mut Reader) -> Option<()> {
        Some(())
    }
}

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn take(from: &mut Reader) -> Option<bool> {
        match u8::take(from)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(self.as_bytes(), out);
    }

    fn take(from: &mut Reader) -> Option<String> {
        String::from_utf8(from.text()?.to_vec()).ok()
    }
}

impl Wire for Text {
    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(self, out);
    }

    fn take(from: &mut Reader) -> Option<Text> {
        from.text()
    }
}

impl Wire for PathBuf {
    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(self.as_os_str().as_bytes(), out);
    }

    fn take(from: &mut Reader) -> Option<PathBuf> {
        Some(OsString::from_vec(from.text()?.to_vec()).into())
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (self.len() as u32).put(out);
        self.iter().for_each(|item| item.put(out));
    }

    fn take(from: &mut Reader) -> Option<Vec<T>> {
        // Not collected with the length as a hint: it may be a lie.
        let mut list = Vec::new();
        for _ in 0..u32::take(from)? {
            list.push(T::take(from)?);
        }
        Some(list)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        self.iter().for_each(|value| value.put(out));
    }

    fn take(from: &mut Reader) -> Option<Option<T>> {
        Some(if bool::take(from)? { Some(T::take(from)?) } else { None })
    }
}

impl<T: Wire, E: Wire> Wire for Result<T, E> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_ok().put(out);
        match self {
            Ok(value) => value.put(out),
            Err(reason) => reason.put(out),
        }
    }

    fn take(from: &mut Reader) -> Option<Result<T, E>> {
        Some(if bool::take(from)? { Ok(T::take(from)?) } else { Err(E::take(from)?) })
    }
}

impl Wire for SocketAddr {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            SocketAddr::V4(address) => {
                out.push(4);
                out.extend_from_slice(&address.ip().octets());
            }
            SocketAddr::V6(address) => {
                out.push(6);
                out.extend_from_slice(&address.ip().octets());
                address.scope_id().put(out);
            }
        }
    }

    fn take(from: &mut Reader) -> Option<SocketAddr> {
        match u8::take(from)? {
            4 => Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::from(from.bytes::<4>()?)), 0)),
            6 => {
                let ip = Ipv6Addr::from(from.bytes::<16>()?);
                Some(SocketAddrV6::new(ip, 0, 0, u32::take(from)?).into())
            }
            _ => None,
        }
    }
}

impl Wire for Status {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(match self.kind {
            Kind::File => 0,
            Kind::Folder => 1,
            Kind::Other => 2,
        });
        self.owner.put(out);
        self.mode.put(out);
    }

    fn take(from: &mut Reader) -> Option<Status> {
        let kind = match u8::take(from)? {
            0 => Kind::File,
            1 => Kind::Folder,
            2 => Kind::Other,
            _ => return None,
        };
        Some(Status { kind, owner: u32::take(from)?, mode: u32::take(from)? })
    }
}

impl Wire for Trouble {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Trouble::System(number) => {
                out.push(0);
                number.put(out);
            }
            Trouble::NotAFile => out.push(1),
            Trouble::NotAFolder => out.push(2),
            Trouble::TooLarge => out.push(3),
            Trouble::Refused(text) => {
                out.push(4);
                put_bytes(text.as_bytes(), out);
            }
            Trouble::LeftOut => out.push(5),
            Trouble::NotRecorded => out.push(6),
        }
    }

    fn take(from: &mut Reader) -> Option<Trouble> {
        Some(match u8::take(from)? {
            0 => Trouble::System(i32::take(from)?),
            1 => Trouble::NotAFile,
            2 => Trouble::NotAFolder,
            3 => Trouble::TooLarge,
            4 => Trouble::Refused(String::take(from)?.into()),
            5 => Trouble::LeftOut,
            6 => Trouble::NotRecorded,
            _ => return None,
        })
    }
}

impl Wire for FileText {
    fn put(&self, out: &mut Vec<u8>) {
        self.text.put(out);
        self.identity.0.put(out);
        self.identity.1.put(out);
        self.owner.put(out);
        self.mode.put(out);
    }

    fn take(from: &mut Reader) -> Option<FileText> {
        Some(FileText {
            text: Text::take(from)?,
            identity: (u64::take(from)?, u64::take(from)?),
            owner: u32::take(from)?,
            mode: u32::take(from)?,
        })
    }
}

impl Wire for Matches {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Matches::Files(files) => {
                out.push(0);
                files.put(out);
            }
            Matches::None => out.push(1),
            Matches::Missing => out.push(2),
            Matches::TooMany => out.push(3),
        }
    }

    fn take(from: &mut Reader) -> Option<Matches> {
        Some(match u8::take(from)? {
            0 => Matches::Files(Vec::take(from)?),
            1 => Matches::None,
            2 => Matches::Missing,
            3 => Matches::TooMany,
            _ => return None,
        })
    }
}

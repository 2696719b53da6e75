//! Sizes of a mounted filesystem, and the addresses of network interfaces: two calls that nix makes safe.

use std::io;
use std::net::IpAddr;
use std::path::Path;

/// What statvfs(3) tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Bytes in a block; the counts below are in it.
    pub block_size: u64,
    /// Blocks in all.
    pub blocks: u64,
    /// Free blocks.
    pub free: u64,
    /// Free blocks for others than root.
    pub available: u64,
    /// Inodes in all.
    pub inodes: u64,
    /// Free inodes.
    pub inodes_free: u64,
}

/// Asks a filesystem for its sizes. Waits for a remote one.
pub fn statvfs(path: &Path) -> io::Result<Space> {
    let stat = nix::sys::statvfs::statvfs(path)?;
    let fragment = stat.fragment_size();
    Ok(Space {
        block_size: if fragment > 0 { fragment } else { stat.block_size() },
        blocks: stat.blocks(),
        free: stat.blocks_free(),
        available: stat.blocks_available(),
        inodes: stat.files(),
        inodes_free: stat.files_free(),
    })
}

/// The interface that has this address.
pub fn interface_of(address: IpAddr) -> io::Result<Option<String>> {
    for interface in nix::ifaddrs::getifaddrs()? {
        let Some(found) = interface.address else { continue };
        let ip = match (found.as_sockaddr_in(), found.as_sockaddr_in6()) {
            (Some(v4), _) => IpAddr::V4(v4.ip()),
            (_, Some(v6)) => IpAddr::V6(v6.ip()),
            _ => continue,
        };
        if ip == address {
            return Ok(Some(interface.interface_name));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_has_a_size() {
        let space = statvfs(Path::new("/")).unwrap();
        assert!(space.blocks >= space.free && space.free >= space.available && space.block_size >= 512);
        assert!(statvfs(Path::new("/nonexistent")).is_err());
    }

    #[test]
    fn loopback_has_its_address() {
        assert_eq!(interface_of("127.0.0.1".parse().unwrap()).unwrap().as_deref(), Some("lo"));
        assert_eq!(interface_of("192.0.2.77".parse().unwrap()).unwrap(), None);
    }
}

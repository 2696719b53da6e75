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

/// Is this path on a filesystem that other machines or programs answer for? By the numbers of statfs(2); an error says no.
pub fn is_remote(path: &Path) -> bool {
    /// NFS, SMB, CIFS, SMB2, FUSE, 9p, Ceph, AFS, Coda, OCFS2, GFS2.
    const REMOTE: [u32; 11] = [
        0x6969,
        0x517b,
        0xff53_4d42,
        0xfe53_4d42,
        0x6573_5546,
        0x0102_1997,
        0x00c3_6400,
        0x5346_414f,
        0x7375_7245,
        0x7461_636f,
        0x0116_1970,
    ];
    nix::sys::statfs::statfs(path).is_ok_and(|stat| REMOTE.contains(&(stat.filesystem_type().0 as u32)))
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

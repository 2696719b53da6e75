//! Names of this machine and its kernel.

use std::ffi::CStr;
use std::io;

/// What uname(2) tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uname {
    /// Operating system, `Linux`.
    pub system: String,
    /// Kernel release, `6.1.0-28-amd64`.
    pub release: String,
    /// Kernel build.
    pub version: String,
    /// Hardware, `x86_64`.
    pub machine: String,
    /// The node's name, as set by the administrator.
    pub node: String,
}

/// The host's name as set by the administrator, not looked up anywhere.
pub fn hostname() -> io::Result<String> {
    Ok(nix::unistd::gethostname()?.to_string_lossy().into_owned())
}

/// What else this machine is called by those who administer it: the names that `/etc/hosts` puts beside its own, and its
/// name in the domains of `/etc/resolv.conf`. Nothing is looked up.
pub fn other_names() -> Vec<String> {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    hostname()
        .map_or_else(|_| Vec::new(), |host| names_in(&host, &read("/etc/hosts"), &read("/etc/resolv.conf")))
}

fn names_in(host: &str, hosts: &str, resolver: &str) -> Vec<String> {
    let plain = |line: &'_ str| line.split('#').next().unwrap_or_default().to_owned();
    let mut names = Vec::new();
    for line in hosts.lines().map(plain) {
        let on_line: Vec<&str> = line.split_whitespace().skip(1).collect();
        if on_line.iter().any(|name| name.eq_ignore_ascii_case(host)) {
            names.extend(
                on_line.into_iter().filter(|name| !name.eq_ignore_ascii_case(host)).map(str::to_owned),
            );
        }
    }
    for line in resolver.lines() {
        let mut words = line.split_whitespace();
        if matches!(words.next(), Some("search" | "domain")) {
            names.extend(words.filter(|domain| *domain != ".").map(|domain| format!("{host}.{domain}")));
        }
    }
    names
}

/// Kernel and hardware names.
pub fn uname() -> io::Result<Uname> {
    // SAFETY: utsname is an array of characters, for which zero is valid.
    let mut name: libc::utsname = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a utsname of ours.
    super::check(unsafe { libc::uname(&mut name) })?;
    let text = |field: &[libc::c_char]| {
        // SAFETY: uname terminates each field, and the structure outlives the borrow.
        unsafe { CStr::from_ptr(field.as_ptr()) }.to_string_lossy().into_owned()
    };
    Ok(Uname {
        system: text(&name.sysname),
        release: text(&name.release),
        version: text(&name.version),
        machine: text(&name.machine),
        node: text(&name.nodename),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn other_names_stand_beside_our_own() {
        let hosts =
            "127.0.0.1 localhost\n127.0.1.1 web1.example.org web1 # ours\n0.0.0.0 ads.example\n# 1 web1 x\n";
        let names = super::names_in("web1", hosts, "nameserver 192.0.2.1\nsearch a.example . b.example\n");
        assert_eq!(names, ["web1.example.org", "web1.a.example", "web1.b.example"]);
    }

    #[test]
    fn the_kernel_has_a_name() {
        let name = super::uname().unwrap();
        assert_eq!(name.system, "Linux");
        assert!(!name.release.is_empty() && !name.machine.is_empty());
        assert_eq!(name.node, super::hostname().unwrap());
    }
}

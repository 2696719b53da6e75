//! Things that never answer: a FUSE filesystem whose server reads no request, and a name server that is silent.

use std::fs::{File, OpenOptions};
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Lab, run};

/// Mounted as long as it lives; whoever waits for it is let go at its end.
pub struct Hung {
    path: PathBuf,
    server: Option<File>,
}

impl Hung {
    /// `None` where that cannot be done: needs root and `/dev/fuse`.
    pub fn mount(path: &Path) -> Option<Hung> {
        let server = OpenOptions::new().read(true).write(true).open("/dev/fuse").ok()?;
        std::fs::create_dir(path).expect("a folder to mount on");
        let mut mount = Command::new("mount");
        mount.args(["-i", "-t", "fuse", "-o", "fd=0,rootmode=40000,user_id=0,group_id=0", "hung"]).arg(path);
        let done = mount.stdin(server.try_clone().ok()?).status().ok()?.success();
        done.then(|| Hung { path: path.into(), server: Some(server) })
    }
}

impl Drop for Hung {
    fn drop(&mut self) {
        self.server = None;
        run(Command::new("umount").arg("-l").arg(&self.path));
    }
}

/// A name server that never answers, and the words that make a command ask it and no other: a mount namespace of its
/// own. `None` where that cannot be done: needs root.
pub fn silent_name_server(lab: &Lab) -> Option<(UdpSocket, Vec<String>)> {
    let pid = std::process::id();
    let address = format!("127.{}.{}.1", 64 + pid % 64, pid / 64 % 256);
    let server = UdpSocket::bind((address.as_str(), 53)).ok()?;
    lab.file("resolv.conf", &format!("nameserver {address}\noptions timeout:30 attempts:5\n"));
    lab.file("nsswitch.conf", "passwd: files\ngroup: files\nhosts: dns\n");
    lab.program(
        "in-its-own-world",
        "mount --bind @D@/resolv.conf /etc/resolv.conf && mount --bind @D@/nsswitch.conf /etc/nsswitch.conf && exec \"$@\"",
    );
    let words = ["unshare", "-m", &lab.path("in-its-own-world").display().to_string()].map(String::from);
    let works = super::works(Command::new("unshare").args(&words[1..]).arg("true"));
    works.then(|| (server, words.to_vec()))
}

//! Tells the linker how to lay out the release binary, and what to take in; the reasons are in `link.ld` and below.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=link.ld");
    println!("cargo:rerun-if-env-changed=MONIT_PLAIN_LINK");
    println!("cargo:rerun-if-env-changed=MONIT_SHARED_LIBGCC");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    // A debug build keeps what debuggers unwind by. Linkers that read no scripts (mold) need MONIT_PLAIN_LINK.
    let wanted = is("PROFILE", "release")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && std::env::var_os("MONIT_PLAIN_LINK").is_none();
    if !wanted {
        return;
    }
    if let (Ok(folder), Ok(out)) = (std::env::var("CARGO_MANIFEST_DIR"), std::env::var("OUT_DIR")) {
        println!("cargo:rustc-link-arg-bins=-Wl,-T,{folder}/link.ld");
        if std::env::var_os("MONIT_SHARED_LIBGCC").is_none() {
            unwinder(&out);
        }
    }
}

/// The standard library asks for the unwinder as a shared library, `-lgcc_s`, whatever `-static-libgcc` says. A linker script of
/// that name, found first, has it taken from the compiler's archive: the binary then needs the C library alone, and maps no
/// second library for a panic that never comes. With gcc 12 and later that one wants glibc 2.35: MONIT_SHARED_LIBGCC leaves it
/// shared, for a binary that is to run on an older one.
fn unwinder(out: &str) {
    if let Err(error) = std::fs::write(Path::new(out).join("libgcc_s.so"), "GROUP ( -lgcc_eh -lgcc )\n") {
        println!("cargo:warning=libgcc stays a shared library: {error}");
        return;
    }
    println!("cargo:rustc-link-search=native={out}");
}

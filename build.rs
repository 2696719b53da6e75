//! Tells the linker how to lay out the release binary; the reasons are in `link.ld`.

fn main() {
    println!("cargo:rerun-if-changed=link.ld");
    println!("cargo:rerun-if-env-changed=MONIT_PLAIN_LINK");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    // A debug build keeps what debuggers unwind by. Linkers that read no scripts (mold) need MONIT_PLAIN_LINK.
    let wanted = is("PROFILE", "release")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && std::env::var_os("MONIT_PLAIN_LINK").is_none();
    if let (true, Ok(folder)) = (wanted, std::env::var("CARGO_MANIFEST_DIR")) {
        println!("cargo:rustc-link-arg-bins=-Wl,-T,{folder}/link.ld");
    }
}

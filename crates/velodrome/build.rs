//! How the program is linked, and when it has to be compiled again.

use std::env;

#[expect(
    clippy::disallowed_methods,
    reason = "Cargo tells build scripts by their environment"
)]
fn main() {
    // An embedded folder's new files are not noticed otherwise.
    println!("cargo::rerun-if-changed=../../connectors");

    let target = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        // Three megabytes less: where the loader has to write addresses is kept as a bitmap (needs glibc 2.36).
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

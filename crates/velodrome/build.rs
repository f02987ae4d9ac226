//! Compiles again when a connector definition comes or goes: an embedded folder's new files are not
//! noticed otherwise.

fn main() {
    println!("cargo::rerun-if-changed=../../connectors");
}

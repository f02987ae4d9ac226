//! Velodrome: an embedded integration platform in one program.

mod config;

fn main() {}

//! Cycles as data, and the rules that need nothing but their arguments (cycles.md).

mod decision;
mod graph;
mod retry;
mod schedule;
mod split;

pub use decision::*;
pub use graph::*;
pub use retry::*;
pub use schedule::*;
pub use split::*;

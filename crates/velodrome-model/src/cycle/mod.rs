//! Cycles as data, and the rules that need nothing but their arguments (cycles.md).

mod decision;
mod document;
mod graph;
pub mod mapping;
mod place;
mod record;
mod retry;
mod run;
mod schedule;
mod split;
mod step;

pub use decision::*;
pub use document::*;
pub use graph::*;
pub use place::{count_items, split_item};
pub use record::*;
pub use retry::*;
pub use run::*;
pub use schedule::*;
pub use split::*;
pub use step::*;

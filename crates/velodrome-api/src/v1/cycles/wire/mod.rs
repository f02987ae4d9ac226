//! Wire types about cycles, in the order of the schema.

mod cycle;
mod mapping;
mod step;
mod variable;
mod words;

pub use cycle::*;
pub use mapping::*;
pub use step::*;
pub use variable::*;
pub use words::*;

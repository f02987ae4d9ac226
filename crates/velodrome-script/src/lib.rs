//! The sandbox: QuickJS behind "source and input give output, within limits" (scripting.md).
//!
//! The only room with untrusted code. It calls nobody: what a script may ask of the world goes
//! through [`Host`], which whoever runs the script provides.

mod error;
mod event;
mod functions;
mod furniture;
mod host;
pub mod inline;
mod limits;
mod pool;
mod realm;
mod run;
mod source;
mod value;

pub use error::{Fault, FaultKind, ScriptError};
pub use event::{Event, Level};
pub use functions::{csv_parse, csv_serialize};
pub use host::{
    Host, HttpAnswer, HttpRequest, MAX_ITEMS, MAX_KEY, MAX_VALUE, Store, StoreOperation, Stored,
    appended, incremented, number_text, storage_limit,
};
pub use limits::Limits;
pub use pool::{PoolOptions, ScriptPool};
pub use run::{Code, Outcome, Run};
pub use source::{Levels, Script};

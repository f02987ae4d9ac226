//! Connector definitions: reading them, checking them, and the catalogue of those that are good.
//!
//! [`load`] reads every source; a definition with faults is kept as [`Invalid`] and never stops the
//! start. The store gives each good [`Package`] its block of integers, which makes it a [`Release`];
//! a [`Snapshot`] of releases is what the rest of the program looks things up in, through
//! [`Catalogue`], which can be given a new one while others read the old one.

mod cache;
mod canonical;
mod check;
pub(crate) mod document;
mod files;
pub(crate) mod findings;
mod folder;
mod foreign;
mod icon;
mod load;
mod lone;
mod package;
mod schema;
pub(crate) mod semantic;
pub(crate) mod shape;
mod snapshot;
mod view;
pub(crate) mod yaml;

pub(crate) use canonical::{canonical, yaml_length};
pub use canonical::{yaml_of, yaml_text};
pub use check::{CheckReport, ListedDefinition, check, list, open};
pub use files::{DirectoryFiles, Files};
pub use foreign::FileSchema;
pub use icon::Icon;
pub use load::{Invalid, Loaded, Origin, Source, load, load_cached};
pub use lone::{check_definition, check_text};
pub use package::{BadPackage, Package};
pub(crate) use semantic::looks_secret;
pub use snapshot::{Catalogue, Release, Snapshot};
pub use view::{Shelf, View};

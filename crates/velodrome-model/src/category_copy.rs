//! Copies of method categories: objects that a connector's provider lets every customer define
//! (connectors.md §5).

use crate::CategoryCopyId;

/// A copy of a method category for one object of an account's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryCopy {
    /// Its id.
    pub id: CategoryCopyId,
    /// Category of the connector it was copied from.
    pub source_category: String,
    /// Name of the object; name of the copy.
    pub object_name: String,
    /// What the provider calls the object, where that differs from its name.
    pub object_value: Option<String>,
}

impl CategoryCopy {
    /// What `{{CyclrObjectName}}` means within the copy.
    pub fn merged_name(&self) -> &str {
        self.object_value.as_deref().unwrap_or(&self.object_name)
    }
}

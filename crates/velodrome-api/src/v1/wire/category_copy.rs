//! Copies of method categories.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use velodrome_service::account_connectors::NewCategoryCopy;

/// A custom object category: a copy of a connector category for one object.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CategoryCopy {
    /// Id of the copy.
    pub id: i32,
    /// Category it was copied from.
    pub source_category: String,
    /// Name of the object; name of the copy.
    pub object_name: String,
    /// Value merged as CyclrObjectName; ObjectName when null.
    pub object_value: Option<String>,
}

/// A category to copy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CategoryCopyWrite {
    /// Category to copy; must allow customisation.
    pub source_category: String,
    /// Name of the object.
    pub object_name: String,
    /// Value merged as CyclrObjectName.
    #[serde(default)]
    pub object_value: Option<String>,
}

impl From<velodrome_model::CategoryCopy> for CategoryCopy {
    fn from(copy: velodrome_model::CategoryCopy) -> Self {
        Self {
            id: copy.id.0,
            source_category: copy.source_category,
            object_name: copy.object_name,
            object_value: copy.object_value,
        }
    }
}

impl From<CategoryCopyWrite> for NewCategoryCopy {
    fn from(write: CategoryCopyWrite) -> Self {
        Self {
            source_category: write.source_category,
            object_name: write.object_name,
            object_value: write.object_value,
        }
    }
}

//! Calls about an object that the account defined with the provider (connectors.md §5).

use velodrome_model::{CategoryCopy, CategoryCopyId, numbered::NumberedMethod};
use velodrome_store::StoredCustomField;

use super::CallFailure;
use crate::{account_connectors::entity, installation::Installation};

/// The copy that the caller asked for, if any; the method must be one of its own.
pub(super) fn find<'a>(
    installation: &'a Installation,
    method: NumberedMethod<'_>,
    wanted: Option<CategoryCopyId>,
) -> Result<Option<&'a CategoryCopy>, CallFailure> {
    let Some(id) = wanted else { return Ok(None) };
    let copy = installation
        .category_copies
        .iter()
        .find(|copy| copy.id == id)
        .ok_or(CallFailure::NoCategory)?;
    if copy.source_category != method.method.category {
        return Err(CallFailure::ForeignCategory {
            method: method.method.name.clone(),
            category: copy.source_category.clone(),
        });
    }
    Ok(Some(copy))
}

/// Whether a custom field is one of the object's. Those that name another copy of the category are not.
pub(crate) fn has(
    installation: &Installation,
    method: NumberedMethod<'_>,
    object: Option<&CategoryCopy>,
    field: &StoredCustomField,
) -> bool {
    let Some(entity) = entity(field) else {
        return true;
    };
    match object {
        Some(copy) if copy.object_name == entity => return true,
        // What was found for the category itself is no copy's.
        Some(_) if entity == method.method.category => return false,
        Some(_) | None => {}
    }
    installation
        .category_copies
        .iter()
        .all(|copy| copy.object_name != entity || copy.source_category != method.method.category)
}

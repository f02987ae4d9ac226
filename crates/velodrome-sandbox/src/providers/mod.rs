//! The twins, one file or folder each.

mod pipedrive;

use std::sync::Arc;

use crate::twin::Twin;
use crate::world::World;

/// Every host that a twin answers at.
pub(crate) fn hosts() -> impl Iterator<Item = &'static str> {
    pipedrive::HOSTS.into_iter()
}

/// Every twin, freshly seeded.
pub(crate) fn all(world: &Arc<World>) -> Vec<Twin> {
    pipedrive::twins(world)
}

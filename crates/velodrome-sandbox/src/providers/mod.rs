//! The twins, one file or folder each.

mod pipedrive;
mod stripe;

use std::sync::Arc;

use crate::twin::Twin;
use crate::world::World;

/// Every host that a twin answers at.
pub(crate) fn hosts() -> impl Iterator<Item = &'static str> {
    pipedrive::HOSTS.into_iter().chain(stripe::HOSTS)
}

/// Every twin, freshly seeded.
pub(crate) fn all(world: &Arc<World>) -> Vec<Twin> {
    let mut twins = pipedrive::twins(world);
    twins.push(stripe::twin(world));
    twins
}

//! The twins, one file or folder each.

mod pipedrive;
mod plain_records;
mod signed_records;
mod stripe;
mod threedcart;
mod workbench;

use std::sync::Arc;

use crate::twin::Twin;
use crate::world::World;

/// Every host that a twin answers at.
pub(crate) fn hosts() -> impl Iterator<Item = &'static str> {
    pipedrive::HOSTS
        .into_iter()
        .chain(stripe::HOSTS)
        .chain(threedcart::HOSTS)
        .chain(signed_records::HOSTS)
        .chain(workbench::HOSTS)
}

/// Every twin, freshly seeded.
pub(crate) fn all(world: &Arc<World>) -> Vec<Twin> {
    let mut twins = pipedrive::twins(world);
    twins.push(stripe::twin(world));
    twins.push(threedcart::twin(world));
    twins.push(signed_records::twin(world));
    twins.extend(workbench::twins(world));
    twins
}

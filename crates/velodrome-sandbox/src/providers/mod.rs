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

/// Connectors whose provider has a simulator here, by the key of their definition.
pub(crate) const SIMULATED: [&str; 5] = [
    "pipedrive",
    "pipedrive-oauth",
    "stripe-oauth",
    "3dcart",
    "1st-connect",
];

/// Every twin, freshly seeded.
pub(crate) fn all(world: &Arc<World>) -> Vec<Twin> {
    let mut twins = pipedrive::twins(world);
    twins.push(stripe::twin(world));
    twins.push(threedcart::twin(world));
    twins.push(signed_records::twin(world));
    twins.extend(workbench::twins(world));
    twins
}

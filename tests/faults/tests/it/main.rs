//! What stays true when everything else goes wrong.

mod databases;
mod kills;
mod mistakes;
mod nodes;
mod providers;

use velodrome_testkit::FreshDatabase;

/// SQLite has one server, so there is nothing to show there.
fn has_several_nodes() -> bool {
    FreshDatabase::is_postgres()
}

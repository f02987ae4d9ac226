//! Transactions: durable whatever dies, and each step's effects once.

mod blocks;
mod desk;
mod error_posts;
mod errors;
mod joins;
mod leases;
mod ledger;
mod lines;
mod mistakes;
mod repeats;
mod retention;
mod schedules;
mod simulation;
mod splits;
mod webhooks;

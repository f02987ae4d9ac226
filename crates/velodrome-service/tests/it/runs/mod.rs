//! Transactions: durable whatever dies, and each step's effects once.

mod blocks;
mod desk;
mod errors;
mod joins;
mod leases;
mod ledger;
mod lines;
mod retention;
mod schedules;
mod simulation;
mod splits;
mod webhooks;

//! Integrations as they are designed: cycles, steps, edges, variables, mappings, and switching them on.

mod activation;
mod desk;
mod mappings;
mod records;
mod steps;
mod variables;

//! What scripts can do and what they cannot.

mod examples;
mod fairness;
mod hostile;
mod inline;
mod levels;
mod outside;
mod world;

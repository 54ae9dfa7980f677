//! x
pub mod name;

//! Sekisho
#![deny(unsafe_code)]
pub mod name;
pub mod message;
pub mod trie;
pub mod policy;
pub mod cache;
pub mod telemetry;
pub mod resolve;
pub mod engine;
pub mod lists;
pub mod listen;
pub mod sinkhole;
pub mod config;

//! Administration of a Primary Server: HTTP API, pages, metrics.

#![forbid(unsafe_code)]

pub mod listing;
pub mod text;

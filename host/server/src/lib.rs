//! The Primary Server: gives licences to its clients (cameras and recording servers) on TCP 16770.
//!
//! A site's server holds no key that can make licences. The vendor signs entitlements; the server's
//! own key signs leases within them, and its replies.

#![forbid(unsafe_code)]

pub mod config;
pub mod ledger;
pub mod logs;
pub mod net;
pub mod registration;
pub mod service;
pub mod store;

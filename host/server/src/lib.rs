//! The Primary Server: gives licences to its clients (cameras and recording servers) on TCP 16770.
//!
//! A site's server holds no key that can make licences. The vendor signs entitlements; the server's
//! own key signs leases within them, and its replies.
//!
//! | Module | One idea |
//! |---|---|
//! | [`net`] | frames on TCP and TLS, within bounds that no client can push |
//! | [`service`] | from a request to what is sent back, and the life of the process |
//! | [`ledger`] | the rules: who gets which channels, until when, and when they are free again |
//! | [`store`] | where the ledger is kept: transactions, and one commit for many |
//! | [`config`], [`logs`] | what the administrator sets, and what they read |
//! | [`image`] | the image of an update, and the digests that a manifest names it by |
//! | [`registration`] | what the vendor's desk needs to know of a server |

#![forbid(unsafe_code)]

pub mod config;
pub mod image;
pub mod ledger;
pub mod logs;
pub mod net;
pub mod registration;
pub mod service;
pub mod store;

//! tour to come
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod decode;
pub mod extension;
pub mod hardware;
pub mod hwid;
pub mod license;
mod numbered;
pub mod signed;
mod text;
pub mod time;

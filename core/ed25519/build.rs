//! Tells the crate whether its processor has UMAAL, as cfg `umaal`.
//!
//! The target feature `dsp` of rustc says so, but a stable compiler does not show it. Cortex-M4
//! and M7 always have it and are the targets `thumbv7em-*`. A Cortex-M33 may have it, but LLVM does
//! not let a naked function use what only `target-cpu` brings, so it takes what is in Rust.

use std::env;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(umaal)");
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("TARGET").unwrap_or_default().starts_with("thumbv7em-") {
        println!("cargo::rustc-cfg=umaal");
    }
}

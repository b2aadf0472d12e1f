//! Tells the crate whether its processor has UMAAL, as cfg `umaal`.
//!
//! The target feature `dsp` of rustc says so, but a stable compiler does not show it. Cortex-M4
//! and M7 always have it and are the targets `thumbv7em-*`. A Cortex-M33 may have it: then the
//! flags of the build say `-C target-cpu=cortex-m33` or `-C target-feature=+dsp`.

use std::env;

/// What in the flags of a build for thumbv8m.main asks for the DSP extension.
const FLAGS: [&str; 5] =
    ["+dsp", "target-cpu=cortex-m33", "target-cpu=cortex-m35p", "target-cpu=cortex-m55", "target-cpu=cortex-m85"];

fn main() {
    println!("cargo::rustc-check-cfg=cfg(umaal)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    let target = env::var("TARGET").unwrap_or_default();
    // Flags are separated by a byte of their own, and `-C` from what follows it, too.
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let asked = FLAGS.iter().any(|flag| flags.contains(flag)) && !flags.contains("-dsp");
    if target.starts_with("thumbv7em-") || target.starts_with("thumbv8m.main-") && asked {
        println!("cargo::rustc-cfg=umaal");
    }
}

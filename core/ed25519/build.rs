//! Tells the crate whether it takes its assembly, as cfg `umaal`: feature `assembly` asks for it,
//! and the processor has the DSP extension. Cfg `narrow` says that it multiplies 32 bits by 32 to 32
//! and no more: Cortex-M0, M0+, M1 and M23. Cfg `limbs` says that numbers are limbs of 29 bits: where
//! a processor adds a product to 64 bits in one instruction and has no UMAAL, Cortex-M3 and M33 without the DSP
//! extension; and on hosts, unless the environment has `HWLICENSE_ED25519_WORDS`, for both are tested there. RISC-V has
//! neither a carry nor such an instruction: limbs would only be larger. Cfg `cortex_m33` says that it is one where that is an option.
//!
//! The target feature `dsp` of rustc says so, but a stable compiler does not show it. Cortex-M4
//! and M7 always have it and are the targets `thumbv7em-*`. A Cortex-M33 may have it: then the
//! flags of the build say `-C target-cpu=cortex-m33` or `-C target-feature=+dsp`.

use std::env;

/// What in the flags of a build for thumbv8m.main asks for the DSP extension.
const FLAGS: [&str; 5] =
    ["+dsp", "target-cpu=cortex-m33", "target-cpu=cortex-m35p", "target-cpu=cortex-m55", "target-cpu=cortex-m85"];

/// What in the environment makes a host take words as Cortex-M4 and M0 do.
const WORDS: &str = "HWLICENSE_ED25519_WORDS";

fn main() {
    println!("cargo::rustc-check-cfg=cfg(umaal, cortex_m33, limbs, narrow)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    println!("cargo::rerun-if-env-changed={WORDS}");
    let wanted = env::var_os("CARGO_FEATURE_ASSEMBLY").is_some();
    let target = env::var("TARGET").unwrap_or_default();
    // Flags are separated by a byte of their own, and `-C` from what follows it, too.
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let asked = FLAGS.iter().any(|flag| flags.contains(flag)) && !flags.contains("-dsp");
    let cortex_m33 = target.starts_with("thumbv8m.main-") && asked;
    let has_umaal = cortex_m33 || target.starts_with("thumbv7em-");
    let is_narrow = target.starts_with("thumbv6m-") || target.starts_with("thumbv8m.base-");
    if wanted && has_umaal {
        println!("cargo::rustc-cfg=umaal");
    }
    if is_narrow {
        println!("cargo::rustc-cfg=narrow");
    }
    let wants_words = !target.contains("-none-") && env::var_os(WORDS).is_some();
    if !has_umaal && !is_narrow && !target.starts_with("riscv") && !wants_words {
        println!("cargo::rustc-cfg=limbs");
    }
    if cortex_m33 {
        println!("cargo::rustc-cfg=cortex_m33");
    }
}

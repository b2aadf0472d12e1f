//! Pins the fixture's root key when the tests are built, as a program would pin its vendor's.

use core::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use hwlicense_ed25519::Pinned4;

const KEY: &str = "fixture/src/root.key";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={KEY}");
    let key = <[u8; 32]>::try_from(fs::read(KEY)?.as_slice())?;
    let pinned = Pinned4::generate(&key)?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("no build script")?);
    fs::write(out.join("pinned_root.rs"), pinned.source().to_string())?;
    Ok(())
}

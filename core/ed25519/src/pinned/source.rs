//! A table as text in Rust, for build scripts.

use core::fmt;

use super::PinnedKey;

impl<const ENTRIES: usize> PinnedKey<ENTRIES> {
    /// The table as an expression in Rust, for a build script to write and the program to include: then
    /// the key may come from a file or from the environment, and the compiler has nothing to compute.
    ///
    /// In `build.rs`, with this crate among the build dependencies:
    ///
    /// ```no_run
    /// use hwlicense_ed25519::Pinned4;
    ///
    /// let key = std::fs::read("vendor.key")?.try_into().expect("32 bytes");
    /// let pinned = Pinned4::generate(&key).expect("a key of prime order");
    /// let out = std::path::PathBuf::from(std::env::var_os("OUT_DIR").expect("a build script"));
    /// std::fs::write(out.join("vendor.rs"), pinned.source().to_string())?;
    /// println!("cargo::rerun-if-changed=vendor.key");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// And in the program, where `PinnedKey` must be in scope, from this crate or from `hwlicense`:
    ///
    /// ```ignore
    /// static VENDOR: Pinned4 = include!(concat!(env!("OUT_DIR"), "/vendor.rs"));
    /// ```
    pub fn source(&self) -> impl fmt::Display {
        Source(self)
    }
}

struct Source<'k, const ENTRIES: usize>(&'k PinnedKey<ENTRIES>);

impl<const ENTRIES: usize> fmt::Display for Source<'_, ENTRIES> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(pinned) = self;
        writeln!(formatter, "PinnedKey::<{ENTRIES}>::from_words({:?}, &{:?})", pinned.public_key, pinned.words())
    }
}

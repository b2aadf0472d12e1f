//! Hexadecimal text, and the folder of vectors that lies beside some working copies.

#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::io::Write as _;
use std::path::PathBuf;

/// The bytes of a text of hexadecimal digits; white space is passed over.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    let digits: Vec<char> = digits.chars().collect();
    let value = |digit: &char| u8::try_from(digit.to_digit(16).unwrap()).unwrap();
    digits.as_chunks::<2>().0.iter().map(|[high, low]| value(high) << 4 | value(low)).collect()
}

/// A file of third-party vectors: from `$HWLICENSE_SHARED_DATA/vectors`, or from
/// `../shared/data/vectors` beside the workspace. `None`, said aloud, where there is none.
pub(crate) fn shared(name: &str) -> Option<String> {
    let root = std::env::var_os("HWLICENSE_SHARED_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    let path = root.join("vectors").join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) => {
            // Not `eprintln!`: the test harness would keep it to itself.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: {}: {error}; set HWLICENSE_SHARED_DATA to the folder that holds vectors/",
                path.display()
            );
            None
        }
    }
}

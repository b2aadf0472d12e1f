//! Randomness of the operating system.

use crate::exit::Failure;

/// Unpredictable bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        Failure::rights(
            "no-randomness",
            format!("the system gives no random numbers: {error}"),
            "Nothing secret can be made here. Try again when the system has started fully.",
        )
    })?;
    Ok(bytes)
}

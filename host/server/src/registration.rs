//! What a vendor's desk must know of a Primary Server to write an entitlement for it: neither is a
//! secret.

use core::fmt;

use hwlicense::primary::LedgerId;
use hwlicense::signed::PublicKey;
use serde::{Deserialize, Serialize};

/// Largest registration file in bytes.
pub const REGISTRATION_BYTES_MAX: usize = 4_096;
const SCHEMA: &str = "hwlicense.registration/1";

/// A Primary Server, as it introduces itself to the vendor.
///
/// ```
/// use hwlicense::signed::PublicKey;
/// use hwlicense_server::registration::Registration;
/// let server = Registration { ledger: [7; 16], key: PublicKey::ed25519([1; 32]) };
/// assert_eq!(Registration::parse(server.to_json().as_bytes()), Ok(server));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Id of its ledger.
    pub ledger: LedgerId,
    /// Its public key.
    pub key: PublicKey,
}

/// The file's content: it is no registration, or is not whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotARegistration(String);

impl fmt::Display for NotARegistration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this is no registration of a Primary Server: {}", self.0)
    }
}

impl core::error::Error for NotARegistration {}

#[derive(Serialize, Deserialize)]
struct File {
    schema: String,
    ledger: String,
    public_key: String,
}

impl Registration {
    /// Reads a file.
    ///
    /// # Errors
    /// [`NotARegistration`]: get it again from `hwlicense server init` or `hwlicense server show`.
    pub fn parse(json: &[u8]) -> Result<Self, NotARegistration> {
        let file: File = serde_json::from_slice(json).map_err(|error| NotARegistration(error.to_string()))?;
        if file.schema != SCHEMA {
            return Err(NotARegistration(format!("its schema is `{}`, and not `{SCHEMA}`", file.schema)));
        }
        let ledger = bytes(&file.ledger).ok_or_else(|| NotARegistration("`ledger` is not 32 hex digits".to_owned()))?;
        let key = bytes(&file.public_key);
        let key = key.ok_or_else(|| NotARegistration("`public_key` is not 64 hex digits".to_owned()))?;
        Ok(Self { ledger, key: PublicKey::ed25519(key) })
    }

    /// The file.
    #[must_use]
    pub fn to_json(&self) -> String {
        let ledger = digits(&self.ledger);
        let key = digits(&self.key.bytes);
        format!("{{\"schema\":\"{SCHEMA}\",\"ledger\":\"{ledger}\",\"public_key\":\"{key}\"}}\n")
    }
}

/// Bytes as lower-case hex digits.
#[must_use]
pub fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let all_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !all_digits || digits.len() != N.checked_mul(2)? {
        return None;
    }
    let mut bytes = [0; N];
    let pairs = digits.as_bytes().chunks(2);
    for (slot, pair) in bytes.iter_mut().zip(pairs) {
        *slot = u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn what_is_not_whole_is_refused() {
        let good = Registration { ledger: [7; 16], key: PublicKey::ed25519([0xfe; 32]) }.to_json();
        assert!(Registration::parse(good.as_bytes()).is_ok());
        for bad in [good.replace("registration/1", "other/1"), good.replace("fefe", "fe"), good.replace("0707", "07+7")]
        {
            assert!(Registration::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        for cut in 0..good.len() - 2 {
            assert!(Registration::parse(good.get(..cut).unwrap().as_bytes()).is_err(), "cut at {cut}");
        }
    }
}

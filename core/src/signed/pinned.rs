//! Keys that were pinned when the program was built, and what becomes of all others.
//!
//! A table of a key makes its verification about twice as fast, for 1.5 to 6 KiB. It is for keys that
//! a program knows beforehand: the vendor's roots and issuers.

use hwlicense_ed25519::PinnedTable;

use super::key::{Algorithm, PublicKey, SIGNATURE_BYTES, SignatureAnswer, SignatureVerifier};

/// Verifies the keys that it is given tables of, and leaves all others to `V`.
///
/// With [`NoOther`] a program links nothing for other keys; with
/// [`Ed25519Small`](super::Ed25519Small) it verifies whatever a chain of certificates leads to. A
/// file that is signed through a chain needs a table for each of its keys, or that second verifier:
/// else it is refused with [`VerifyError::KeyNotPinned`](super::VerifyError::KeyNotPinned).
///
/// The meaning is that of `Ed25519`, for every key that can be pinned.
///
/// ```
/// use hwlicense::signed::{NoOther, Pinned, Pinned4, PublicKey, Trust};
///
/// const ROOT: [u8; 32] = [
///     0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a, 0xa7, 0x4d, 0x1b, 0x7e, 0xbc,
///     0x9c, 0x98, 0x2c, 0xcf, 0x2e, 0xc4, 0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c,
/// ];
/// let table = Pinned4::generate(&ROOT)?; // or what `hwlicense key pin` wrote
/// let tables = [table.table()];
/// let trust = Trust::new(Pinned::new(&tables, NoOther), [PublicKey::ed25519(ROOT)])?;
/// # drop(trust);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Pinned<'t, V> {
    tables: &'t [PinnedTable<'t>],
    others: V,
}

impl<'t, V> Pinned<'t, V> {
    /// Verifies with these tables, and with `others` where none of them is of the key.
    pub const fn new(tables: &'t [PinnedTable<'t>], others: V) -> Self {
        Self { tables, others }
    }
}

impl<V: SignatureVerifier> SignatureVerifier for Pinned<'_, V> {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> SignatureAnswer {
        let Algorithm::Ed25519 = key.algorithm;
        match self.tables.iter().find(|table| *table.public_key() == key.bytes) {
            Some(table) => SignatureAnswer::from_word(table.answer_parts(&[message], signature)),
            None => self.others.verify(key, message, signature),
        }
    }
}

/// Verifies nothing: it answers [`SignatureAnswer::NOT_PINNED`] to every key.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoOther;

impl SignatureVerifier for NoOther {
    fn verify(&self, _: &PublicKey, _: &[u8], _: &[u8; SIGNATURE_BYTES]) -> SignatureAnswer {
        SignatureAnswer::NOT_PINNED
    }
}

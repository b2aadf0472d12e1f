//! A root added, retired or revoked by another root.

use serde::Serialize;

use super::key::{Algorithm, PUBLIC_KEY_BYTES, PublicKey};
use super::payload::{Claim, Kind, Payload};
use super::trust::VerifyError;
use crate::decode::{self, Decode, Reader};
use crate::extension::{self, Extensions};
use crate::time::UnixSeconds;

/// What happens to the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum RootAction {
    /// It is trusted from now on.
    Add,
    /// It signs nothing new: what it says was issued after the change is refused.
    Retire,
    /// Everything it signed is refused, whenever that was.
    Revoke,
}

/// A change of the set of roots. Signed by a root that is neither retired nor revoked, and that is
/// not the one it changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RootChange<'a> {
    /// What happens.
    pub action: RootAction,
    /// Algorithm of the root concerned.
    pub algorithm: u8,
    /// Public key of the root concerned.
    pub public_key: [u8; PUBLIC_KEY_BYTES],
    /// When.
    pub issued: UnixSeconds,
    /// Room to grow.
    pub extensions: Extensions<'a>,
}

impl RootChange<'_> {
    /// The key concerned.
    ///
    /// # Errors
    /// [`VerifyError::UnsupportedAlgorithm`].
    pub fn key(&self) -> Result<PublicKey, VerifyError> {
        let algorithm = Algorithm::from_number(self.algorithm).ok_or(VerifyError::UnsupportedAlgorithm)?;
        Ok(PublicKey { algorithm, bytes: self.public_key })
    }
}

impl<'a> Decode<'a> for RootChange<'a> {
    fn blank() -> Self {
        Self {
            action: RootAction::Revoke,
            algorithm: 0,
            public_key: [0; PUBLIC_KEY_BYTES],
            issued: UnixSeconds(0),
            extensions: Extensions::new(),
        }
    }

    fn read(&mut self, reader: &mut Reader<'a>) {
        match reader.u32() {
            0 => self.action = RootAction::Add,
            1 => self.action = RootAction::Retire,
            2 => self.action = RootAction::Revoke,
            _ => reader.fail(),
        }
        self.algorithm = reader.byte();
        reader.fill(&mut self.public_key);
        self.issued = UnixSeconds(reader.u64());
        extension::read(&mut self.extensions, reader);
    }
}

impl<'a> Payload<'a> for RootChange<'a> {
    const KIND: Kind = Kind::RootChange;

    fn is_one(bytes: &[u8]) -> bool {
        decode::exact::<RootChange<'_>>(bytes).is_some()
    }

    fn claim(&self) -> Claim<'a> {
        Claim {
            issued: self.issued,
            brand: None,
            grant: None,
            has_unknown_critical: extension::unknown_critical(&self.extensions),
        }
    }
}

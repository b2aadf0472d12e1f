//! What a Primary Server says when a licence was given up.

use serde::Serialize;

use super::entitlement::LedgerId;
use super::lease::LeaseOrder;
use crate::decode::{self, Decode, Reader};
use crate::extension::{self, Extensions};
use crate::hwid::Hwid;
use crate::license::LicenseKey;
use crate::signed::{Claim, Kind, Payload};
use crate::time::UnixSeconds;

/// The receipt of a deactivation. Signed by the key of the Primary Server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt<'a> {
    /// When it was signed.
    pub issued: UnixSeconds,
    /// Licence key of the entitlement.
    pub entitlement: LicenseKey,
    /// The machine that gave it up.
    pub hwid: Hwid,
    /// Ledger in which it was entered.
    pub ledger: LedgerId,
    /// All leases up to this one are dead.
    pub up_to: LeaseOrder,
    /// When its channels can be used by another machine: when the last lease ends that the old one
    /// might still accept. Never, if absent.
    pub free_from: Option<UnixSeconds>,
    /// Room to grow.
    pub extensions: Extensions<'a>,
}

impl<'a> Decode<'a> for Receipt<'a> {
    fn blank() -> Self {
        Self {
            issued: UnixSeconds(0),
            entitlement: LicenseKey::blank(),
            hwid: Hwid::blank(),
            ledger: [0; 16],
            up_to: LeaseOrder::blank(),
            free_from: None,
            extensions: Extensions::new(),
        }
    }

    #[inline(never)]
    fn read(&mut self, reader: &mut Reader<'a>) {
        self.issued = UnixSeconds(reader.u64());
        self.entitlement.read(reader);
        self.hwid.read(reader);
        reader.fill(&mut self.ledger);
        self.up_to.read(reader);
        reader.time(&mut self.free_from);
        extension::read(&mut self.extensions, reader);
    }
}

impl<'a> Payload<'a> for Receipt<'a> {
    const KIND: Kind = Kind::DeactivationReceipt;

    fn is_one(bytes: &[u8]) -> bool {
        decode::exact::<Receipt<'_>>(bytes).is_some()
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

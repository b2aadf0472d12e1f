//! A client's share of an entitlement.

use serde::Serialize;

use super::entitlement::LedgerId;
use crate::decode::{self, Decode, Reader};
use crate::extension::{self, Extensions};
use crate::hwid::Hwid;
use crate::license::LicenseKey;
use crate::signed::{Claim, Kind, Payload};
use crate::time::UnixSeconds;

/// So many channels of an entitlement, for one machine and for a time. Signed by the key of the
/// Primary Server that the entitlement names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lease<'a> {
    /// When it was signed.
    pub issued: UnixSeconds,
    /// Licence key of the entitlement.
    pub entitlement: LicenseKey,
    /// The machine.
    pub hwid: Hwid,
    /// Channels.
    pub count: u32,
    /// First second at which it is good.
    pub from: UnixSeconds,
    /// First second at which it is no longer good; never, if absent.
    pub until: Option<UnixSeconds>,
    /// Ledger in which it is entered.
    pub ledger: LedgerId,
    /// Epoch of that ledger.
    pub ledger_epoch: u32,
    /// Number of the lease; it grows within a ledger's epoch.
    pub serial: u64,
    /// Room to grow.
    pub extensions: Extensions<'a>,
}

impl Lease<'_> {
    /// Its place among all leases of its ledger.
    #[must_use]
    pub const fn order(&self) -> LeaseOrder {
        LeaseOrder { ledger_epoch: self.ledger_epoch, serial: self.serial }
    }
}

/// The place of a lease among all of its ledger: later ones are greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LeaseOrder {
    /// Epoch of the ledger.
    pub ledger_epoch: u32,
    /// Number of the lease.
    pub serial: u64,
}

impl Decode<'_> for LeaseOrder {
    fn blank() -> Self {
        Self::default()
    }

    fn read(&mut self, reader: &mut Reader<'_>) {
        self.ledger_epoch = reader.u32();
        self.serial = reader.u64();
    }
}

impl<'a> Decode<'a> for Lease<'a> {
    fn blank() -> Self {
        Self {
            issued: UnixSeconds(0),
            entitlement: LicenseKey::blank(),
            hwid: Hwid::blank(),
            count: 0,
            from: UnixSeconds(0),
            until: None,
            ledger: [0; 16],
            ledger_epoch: 0,
            serial: 0,
            extensions: Extensions::new(),
        }
    }

    #[inline(never)]
    fn read(&mut self, reader: &mut Reader<'a>) {
        self.issued = UnixSeconds(reader.u64());
        self.entitlement.read(reader);
        self.hwid.read(reader);
        self.count = reader.u32();
        self.from = UnixSeconds(reader.u64());
        reader.time(&mut self.until);
        reader.fill(&mut self.ledger);
        self.ledger_epoch = reader.u32();
        self.serial = reader.u64();
        extension::read(&mut self.extensions, reader);
        reader.require(self.until.is_none_or(|until| until > self.from));
    }
}

impl<'a> Payload<'a> for Lease<'a> {
    const KIND: Kind = Kind::Lease;

    fn is_one(bytes: &[u8]) -> bool {
        decode::exact::<Lease<'_>>(bytes).is_some()
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

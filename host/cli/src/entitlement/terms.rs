//! Terms that only an entitlement has: how it is leased.

use hwlicense::extension::Extensions;
use hwlicense::license::{Class, LicenseKey};
use hwlicense::primary::{Entitlement, LEASE_S, TRIAL_CHANNELS};
use hwlicense::time::{DAY_S, UnixSeconds};
use hwlicense_server::registration::Registration;

use crate::exit::Failure;
use crate::license::terms::{Terms, days, time};

/// How long a server's key is believed unless something is said: ten years.
const SERVES_DAYS: u32 = 3_653;
/// How often channels may move unless something is said.
const MOVES: u16 = 3;

/// How an entitlement is leased.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct LeaseTerms {
    /// Most channels of one client; all of them if nothing is said, 4 for a trial
    #[arg(long, value_name = "CHANNELS")]
    per_client: Option<u32>,
    /// Days that a lease lasts; 30 if nothing is said
    #[arg(long, value_name = "DAYS", conflicts_with = "lease_perpetual")]
    lease_days: Option<u32>,
    /// Leases have no end, and need no contact: channels then move only within --moves
    #[arg(long)]
    lease_perpetual: bool,
    /// How often channels may go to other hardware before their lease has ended; 3 if nothing is said
    #[arg(long, value_name = "COUNT")]
    moves: Option<u16>,
    /// Last time for which the server's key is believed; ten years from now if nothing is said
    #[arg(long, value_name = "TIME")]
    serves_until: Option<String>,
}

impl LeaseTerms {
    /// The whole entitlement.
    pub(crate) fn entitlement<'t>(
        &self,
        terms: &'t Terms,
        server: &Registration,
        key: LicenseKey,
        issued: UnixSeconds,
    ) -> Result<Entitlement<'t>, Failure> {
        check_applies(terms)?;
        let (class, count) = (terms.class()?, terms.count()?);
        let most = if class == Class::TRIAL { TRIAL_CHANNELS.min(count) } else { count };
        let lease_s = match (self.lease_perpetual, self.lease_days) {
            (true, _) => None,
            (false, None) => Some(LEASE_S),
            (false, Some(lease_days)) => Some(days(lease_days)?),
        };
        let serves_s = u64::from(SERVES_DAYS).saturating_mul(DAY_S.into());
        Ok(Entitlement {
            key,
            brand: terms.brand()?,
            class,
            count,
            per_client: self.per_client.unwrap_or(most),
            holder: terms.holder.as_deref().unwrap_or_default().into(),
            edition: terms.edition.as_deref().unwrap_or_default().into(),
            maintenance_until: terms.maintenance_until()?,
            features: terms.features()?,
            evidence: terms.evidence()?,
            ledger: server.ledger,
            algorithm: server.key.algorithm.number(),
            public_key: server.key.bytes,
            issued,
            not_before: terms.not_before()?.unwrap_or(issued),
            expires: terms.expires()?,
            serves_until: time("serves-until", self.serves_until.as_deref())?.unwrap_or(issued.after(serves_s)),
            lease_s,
            moves_max: self.moves.unwrap_or(MOVES),
            extensions: Extensions::new(),
        })
    }
}

/// Terms that say something of one machine have no meaning here.
fn check_applies(terms: &Terms) -> Result<(), Failure> {
    if terms.grace_offline_days.is_none() && terms.grace_changed_days.is_none() && !terms.contact_required {
        return Ok(());
    }
    Err(Failure::usage(
        "not-for-entitlements",
        "grace and contact-required are terms of a licence that is bound to one machine",
        "Leave them out; --lease-days says how long a client works without contact.",
    ))
}

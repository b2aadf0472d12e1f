//! What comes from the vendor: entitlements, and lists of what is no longer good.

use core::fmt;

use hwlicense::license::LicenseKey;
use hwlicense::primary::Entitlement;
use hwlicense::signed::{Bundle, Ed25519, Envelope, Kind, PublicKey, Revocation, RevocationList, Trust, VerifyError};

use super::{Action, Book};
use crate::store::{EntitlementRow, ListRow, StoreError};

/// Why a file was not imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImportError {
    /// It does not verify under the roots of this server.
    Verify(VerifyError),
    /// It is for another server: it names another ledger or another key. Ask the vendor for one that
    /// names this one (`hwlicense server show` shows both).
    OtherServer,
    /// What is there was issued later. Nothing to do.
    Older,
    /// It does not carry its issuer's certificate, which clients need. Ask for a complete file.
    NoCertificate,
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<VerifyError> for ImportError {
    fn from(error: VerifyError) -> Self {
        Self::Verify(error)
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verify(error) => error.fmt(f),
            Self::OtherServer => f.write_str("the file is for another Primary Server"),
            Self::Older => f.write_str("what is there was issued later"),
            Self::NoCertificate => f.write_str("the file lacks the certificate of its issuer"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ImportError {}

impl ImportError {
    /// Stable name, as it appears in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Verify(error) => error.code(),
            Self::OtherServer => "other-server",
            Self::Older => "older",
            Self::NoCertificate => "no-certificate",
            Self::Store(error) => error.code(),
        }
    }

    /// What the administrator does next.
    #[must_use]
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::Verify(_) => {
                "Check that the file is whole, and that `trust` in the configuration names the vendor's root."
            }
            Self::OtherServer => {
                "Send the vendor what `hwlicense server show --registration FILE` writes, and ask for one for this \
                 server."
            }
            Self::Older => "Nothing to do: what is there is newer.",
            Self::NoCertificate => "Ask the vendor for the complete file.",
            Self::Store(error) => error.next_step(),
        }
    }
}

/// What an import did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// There is a new entitlement.
    New(LicenseKey),
    /// It takes the place of an older issue.
    Replaced(LicenseKey),
    /// It was there already.
    Unchanged(LicenseKey),
}

/// Imports an entitlement from the binary form of a file.
///
/// A later issue of the same key takes the place of the former one. If it has fewer channels than
/// are in use, the difference is named as excess and nobody stops.
///
/// # Errors
/// [`ImportError`]; then nothing was changed.
pub fn import_entitlement(book: &mut Book<'_>, roots: &[PublicKey], file: &[u8]) -> Result<Imported, ImportError> {
    let lists = book.tx.lists()?;
    let bundle = Bundle::parse(file)?;
    let trust = trust_in(roots, &lists)?;
    let entitlement = trust.verify_bundle::<Entitlement<'_>>(&bundle)?.claims();
    if entitlement.ledger != book.ledger.id || entitlement.server_key()? != *book.key.public() {
        return Err(ImportError::OtherServer);
    }
    let certificate = bundle.only(Kind::Certificate).map_err(|_| ImportError::NoCertificate)?;
    let envelope = bundle.only(Kind::Entitlement)?;
    let former = book.tx.lock_entitlement(entitlement.key)?;
    if let Some(former) = &former {
        if former.envelope == envelope.bytes() {
            return Ok(Imported::Unchanged(former.key));
        }
        if former.issued >= entitlement.issued {
            return Err(ImportError::Older);
        }
    }
    let row = row_of(book, &entitlement, &envelope, &certificate, former.as_ref());
    book.tx.put_entitlement(&row)?;
    let detail = format!("{} channels, {} in use, {} beyond", row.capacity, row.used, row.excess);
    book.note(Action::Imported, None, Some(row.key), detail)?;
    Ok(if former.is_some() { Imported::Replaced(row.key) } else { Imported::New(row.key) })
}

fn row_of(
    book: &Book<'_>,
    entitlement: &Entitlement<'_>,
    envelope: &Envelope<'_>,
    certificate: &Envelope<'_>,
    former: Option<&EntitlementRow>,
) -> EntitlementRow {
    let in_use = former.map_or(0, |former| former.used.saturating_add(former.excess));
    let used = in_use.min(entitlement.count);
    EntitlementRow {
        key: entitlement.key,
        brand: entitlement.brand.to_string(),
        class: entitlement.class,
        capacity: entitlement.count,
        used,
        excess: in_use.saturating_sub(used),
        per_client: entitlement.per_client,
        holder: entitlement.holder.to_string(),
        issued: entitlement.issued,
        not_before: entitlement.not_before,
        expires: entitlement.expires,
        serves_until: entitlement.serves_until,
        lease_s: entitlement.lease_s,
        // What was moved under a former issue stays moved.
        moves_max: former.map_or(0, |former| former.moves_used).max(entitlement.moves_max),
        moves_used: former.map_or(0, |former| former.moves_used),
        revoked: former.and_then(|former| former.revoked),
        imported: book.now,
        envelope: envelope.bytes().to_vec(),
        certificate: certificate.bytes().to_vec(),
    }
}

/// Imports a revocation list, with its issuer's certificate, from the binary form of a file. It is
/// handed on to clients, and what it revokes is leased no more.
///
/// # Errors
/// [`ImportError`]; then nothing was changed.
pub fn import_list(book: &mut Book<'_>, roots: &[PublicKey], file: &[u8]) -> Result<(), ImportError> {
    let lists = book.tx.lists()?;
    let bundle = Bundle::parse(file)?;
    let mut trust = trust_in(roots, &lists)?;
    let list = trust.verify_bundle::<RevocationList<'_>>(&bundle)?.claims();
    let certificate = bundle.only(Kind::Certificate).map_err(|_| ImportError::NoCertificate)?;
    let envelope = bundle.only(Kind::RevocationList)?;
    trust.admit(&certificate)?;
    match trust.admit(&envelope) {
        Ok(_) => {}
        Err(VerifyError::OutOfSequence) => return Err(ImportError::Older),
        Err(error) => return Err(error.into()),
    }
    let header = envelope.header();
    book.tx.put_list(&ListRow {
        signer: header.key_id,
        epoch: header.epoch,
        sequence: header.sequence,
        envelope: envelope.bytes().to_vec(),
        certificate: certificate.bytes().to_vec(),
    })?;
    book.note(Action::ListImported, None, None, format!("epoch {}, sequence {}", header.epoch, header.sequence))?;
    revoke(book, &list)
}

/// Marks the entitlements that a list revokes, by their key or by that of their issuer, and withdraws
/// updates of that issuer.
fn revoke(book: &mut Book<'_>, list: &RevocationList<'_>) -> Result<(), ImportError> {
    let revoked: Vec<Revocation> = list.entries().collect();
    for row in book.tx.entitlements()? {
        let issuer = Envelope::parse(&row.envelope)?.header().key_id;
        let is_revoked = revoked.iter().any(|entry| match entry {
            Revocation::LicenseRevoked(key) => *key == row.key,
            Revocation::KeyRevoked(id) => *id == issuer,
            Revocation::KeyRetired(id, at) => *id == issuer && row.issued > *at,
        });
        if is_revoked
            && let Some(mut row) = book.tx.lock_entitlement(row.key)?
            && row.revoked.is_none()
        {
            row.revoked = Some(book.now);
            book.tx.put_entitlement(&row)?;
            book.note(Action::Revoked, None, Some(row.key), "")?;
        }
    }
    super::update::revoke(book, &revoked)
}

/// Trust in these roots, knowing the lists that were imported.
pub(super) fn trust_in<'a>(roots: &[PublicKey], lists: &'a [ListRow]) -> Result<Trust<'a, Ed25519>, ImportError> {
    let mut trust = Trust::new(Ed25519, roots)?;
    for list in lists {
        trust.admit(&Envelope::parse(&list.certificate)?)?;
        trust.admit(&Envelope::parse(&list.envelope)?)?;
    }
    Ok(trust)
}

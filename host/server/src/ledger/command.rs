//! What administrators decide.

use core::fmt;

use hwlicense::hwid::Hwid;
use hwlicense::license::LicenseKey;
use hwlicense::primary::{Refusal, Secret};
use hwlicense::time::UnixSeconds;

use super::release::Receipt;
use super::{Action, Book};
use crate::store::{ActivationState, ClientRow, SecretRow, Service, StoreError, TokenRow};

/// Most tokens that are good at a time: each is tried on a request that claims one.
pub const TOKENS_MAX: usize = 16;

/// What the holder of a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything that there is.
    Administrator,
    /// See everything but secrets, and change nothing.
    Reader,
}

impl Role {
    /// Its number in the ledger.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Administrator => 0,
            Self::Reader => 1,
        }
    }

    /// The role with this number. One that only newer software knows may change nothing here.
    #[must_use]
    pub const fn from_number(number: u8) -> Self {
        match number {
            0 => Self::Administrator,
            _ => Self::Reader,
        }
    }

    /// Stable name, as it appears in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Reader => "reader",
        }
    }
}

/// Why a command was not carried out. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommandError {
    /// No client has this HWID. `hwlicense server clients` lists them.
    UnknownClient,
    /// No change of hardware was asked for. Name the new HWID.
    NothingAsked,
    /// Nobody else asked with the client's HWID.
    NoCandidate,
    /// There is one of this name already, or so many are good that no more may be.
    TokenTaken,
    /// The rules of licensing stand against it.
    Refused(Refusal),
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownClient => f.write_str("no client has this Hardware ID"),
            Self::NothingAsked => f.write_str("this client did not ask for a change of hardware"),
            Self::NoCandidate => f.write_str("nobody else asked with this client's Hardware ID"),
            Self::TokenTaken => f.write_str("there is a token of this name, or there are too many"),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for CommandError {}

impl CommandError {
    /// Stable name, as it appears in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownClient => "unknown-client",
            Self::NothingAsked => "nothing-asked",
            Self::NoCandidate => "no-candidate",
            Self::TokenTaken => "token-taken",
            Self::Refused(refusal) => refusal.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// What the administrator does next.
    #[must_use]
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::UnknownClient => "Look for it in the list of clients (`hwlicense server clients`).",
            Self::NothingAsked => "Name the new Hardware ID (--to).",
            Self::NoCandidate => "There is nothing to accept; the client list says why.",
            Self::TokenTaken => "Choose another name, or revoke one that nobody needs.",
            Self::Refused(refusal) => refusal.next_step(),
            Self::Store(error) => error.next_step(),
        }
    }
}

fn client(book: &mut Book<'_>, hwid: Hwid) -> Result<ClientRow, CommandError> {
    book.tx.client_by_hwid(hwid)?.ok_or(CommandError::UnknownClient)
}

/// Assigns an entitlement to a client, or takes the assignment back. A client that was withdrawn is
/// served again. It takes effect at the next contact.
///
/// # Errors
/// [`CommandError`].
pub fn assign(book: &mut Book<'_>, hwid: Hwid, key: Option<LicenseKey>) -> Result<(), CommandError> {
    let mut client = client(book, hwid)?;
    if let Some(key) = key
        && book.tx.entitlement(key)?.is_none()
    {
        return Err(Refusal::UnknownLicenseKey.into());
    }
    client.assigned = key;
    client.service = Service::Offered;
    book.tx.update_client(&client)?;
    Ok(book.note(Action::Assigned, Some(hwid), key, "")?)
}

/// Gives up what a HWID has of an entitlement, in its place: it need not be there any more. The
/// channels are free when the last lease has ended that it could still accept.
///
/// # Errors
/// [`CommandError`].
pub fn deactivate(book: &mut Book<'_>, hwid: Hwid, key: LicenseKey) -> Result<Receipt, CommandError> {
    let receipt = book.release(key, hwid)??;
    if let Some(mut client) = book.tx.client_by_hwid(hwid)? {
        client.assigned = client.assigned.filter(|assigned| *assigned != key);
        client.service = Service::GivenUp;
        book.tx.update_client(&client)?;
    }
    Ok(receipt)
}

/// Withdraws a client: all that it has is given up, and it is refused until something is assigned to
/// it.
///
/// # Errors
/// [`CommandError`].
pub fn withdraw(book: &mut Book<'_>, hwid: Hwid) -> Result<Vec<Receipt>, CommandError> {
    let mut client = client(book, hwid)?;
    let mut receipts = Vec::new();
    for activation in book.tx.activations_of_hwid(hwid)? {
        if activation.state == ActivationState::Active {
            receipts.push(book.release(activation.entitlement, hwid)??);
        }
    }
    client.assigned = None;
    client.service = Service::Withdrawn;
    book.tx.update_client(&client)?;
    book.note(Action::Withdrawn, Some(hwid), None, "")?;
    Ok(receipts)
}

/// Takes channels from a HWID at once, for another HWID or for nobody, though its lease has not
/// ended. That costs one of the moves which the entitlement allows in all.
///
/// # Errors
/// [`CommandError`].
pub fn move_channels(book: &mut Book<'_>, key: LicenseKey, from: Hwid, to: Option<Hwid>) -> Result<(), CommandError> {
    book.move_now(key, from, to)??;
    if let Some(mut client) = book.tx.client_by_hwid(from)? {
        client.assigned = client.assigned.filter(|assigned| *assigned != key);
        client.service = Service::GivenUp;
        book.tx.update_client(&client)?;
    }
    Ok(())
}

/// Allows a client to take a new HWID: the one it asked for, or this one.
///
/// # Errors
/// [`CommandError`].
pub fn allow_change(book: &mut Book<'_>, from: Hwid, to: Option<Hwid>) -> Result<(), CommandError> {
    let mut client = client(book, from)?;
    let to = to.or(client.change_asked).ok_or(CommandError::NothingAsked)?;
    client.change_allowed = Some(to);
    book.tx.update_client(&client)?;
    Ok(book.note(Action::ChangeAllowed, Some(from), None, format!("to {to}"))?)
}

/// Makes the candidate secret the one that counts: the device was reset, and is the one. The former
/// secret is worth nothing any more.
///
/// # Errors
/// [`CommandError`].
pub fn accept_candidate(book: &mut Book<'_>, hwid: Hwid) -> Result<(), CommandError> {
    let mut client = client(book, hwid)?;
    let known = book.tx.secret(client.id)?;
    let secret = known.and_then(|known| known.candidate).ok_or(CommandError::NoCandidate)?;
    book.tx.put_secret(client.id, &SecretRow { secret, confirmed: true, candidate: None })?;
    client.clone_mark = None;
    // A device that was reset counts from the beginning.
    client.counter = 0;
    book.tx.update_client(&client)?;
    Ok(book.note(Action::CandidateAccepted, Some(hwid), None, "")?)
}

/// Takes the mark of a possible clone from a client, and forgets the candidate secret: the other one
/// was looked for and found.
///
/// # Errors
/// [`CommandError`].
pub fn clear_clone_mark(book: &mut Book<'_>, hwid: Hwid) -> Result<(), CommandError> {
    let mut client = client(book, hwid)?;
    if let Some(known) = book.tx.secret(client.id)? {
        book.tx.put_secret(client.id, &SecretRow { candidate: None, ..known })?;
    }
    client.clone_mark = None;
    client.counter = 0;
    book.tx.update_client(&client)?;
    Ok(book.note(Action::CloneMarkCleared, Some(hwid), None, "")?)
}

impl TokenRow {
    /// Whether it may be used at a time.
    #[must_use]
    pub fn is_good(&self, now: UnixSeconds) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| expires > now)
    }
}

/// Enters a token of an administrator. The ledger keeps what requests are authenticated with, which
/// is a digest of it; whoever reads the ledger can authenticate requests, and cannot tell the token.
///
/// # Errors
/// [`CommandError::TokenTaken`] beyond [`TOKENS_MAX`].
pub fn make_token(
    book: &mut Book<'_>,
    name: &str,
    role: Role,
    token: &[u8],
    expires: Option<UnixSeconds>,
) -> Result<(), CommandError> {
    let (now, known) = (book.now, book.tx.tokens()?);
    let is_taken = known.iter().any(|token| token.name == name);
    if is_taken || known.iter().filter(|token| token.is_good(now)).count() >= TOKENS_MAX {
        return Err(CommandError::TokenTaken);
    }
    let digest = *Secret::of_token(token).expose();
    let role = role.number();
    book.tx.insert_token(&TokenRow { name: name.into(), digest, role, created: now, expires, revoked: None })?;
    Ok(book.note(Action::TokenMade, None, None, name)?)
}

/// Takes a token back; whether there was one.
///
/// # Errors
/// [`CommandError`].
pub fn revoke_token(book: &mut Book<'_>, name: &str) -> Result<bool, CommandError> {
    let is_revoked = book.tx.revoke_token(name, book.now)?;
    if is_revoked {
        book.note(Action::TokenRevoked, None, None, name)?;
    }
    Ok(is_revoked)
}

/// Whose token this is, if it may be used now: name and role.
///
/// # Errors
/// [`StoreError`].
pub fn token_holder(book: &mut Book<'_>, token: &[u8]) -> Result<Option<(String, Role)>, StoreError> {
    digest_holder(book, Secret::of_token(token).expose())
}

/// The same for one of which only the digest was kept, as the ledger does.
///
/// # Errors
/// [`StoreError`].
pub fn digest_holder(book: &mut Book<'_>, digest: &[u8; 32]) -> Result<Option<(String, Role)>, StoreError> {
    let now = book.now;
    let mut good = book.tx.tokens()?.into_iter().filter(|row| row.is_good(now));
    // Both are digests: where they differ tells nothing of the token.
    Ok(good.find(|row| row.digest == *digest).map(|row| (row.name, Role::from_number(row.role))))
}

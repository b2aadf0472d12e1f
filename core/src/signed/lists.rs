//! What the revocation lists that were admitted say together.

use heapless::Vec;

use super::envelope::Envelope;
use super::revocation::{About, Entry, NEVER, find};
use super::trust::LISTS_MAX;
use crate::time::UnixSeconds;

/// A revocation list whose envelope is verified.
#[derive(Clone, Debug)]
pub(super) struct List<'a> {
    pub(super) envelope: Envelope<'a>,
    pub(super) issued: UnixSeconds,
    pub(super) entries: &'a [Entry],
}

impl List<'_> {
    pub(super) fn signer(&self) -> &[u8; 16] {
        self.envelope.key_id
    }

    /// Whether it revokes the key, whenever that was.
    #[inline(never)]
    fn revokes(&self, key: &[u8; 16]) -> bool {
        find(self.entries, About::KeyRevoked, key) != NEVER
    }
}

/// The newest list of each signer.
pub(super) type Lists<'a> = Vec<List<'a>, LISTS_MAX>;

/// Whether a list that counts says this of a time before `end`.
///
/// A list of a signer that another list revokes does not count: a thief's list must not stop good
/// licences. Where two signers revoke each other both lists count, so that no thief can undo his
/// revocation by revoking back.
pub(super) fn revoke(lists: &Lists<'_>, about: About, id: &[u8], end: UnixSeconds) -> bool {
    let counts =
        |list: &List<'_>| lists.iter().all(|other| !other.revokes(list.signer()) || list.revokes(other.signer()));
    lists.iter().any(|list| find(list.entries, about, id) < end && counts(list))
}

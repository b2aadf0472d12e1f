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

/// Whether lists revoke something with an earlier time than the last argument.
///
/// [`Trust`](super::Trust) holds [`nothing_counts`] until a list is admitted, and then [`revoke`]: so
/// firmware that admits none does not hold what reads them.
pub(super) type Revoke = fn(&Lists<'_>, About, &[u8], UnixSeconds) -> bool;

/// For no lists. Were there one all the same, everything would be revoked.
pub(super) fn nothing_counts(lists: &Lists<'_>, _: About, _: &[u8], _: UnixSeconds) -> bool {
    !lists.is_empty()
}

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use crate::signed::{Algorithm, Kind};

    #[test]
    fn a_list_for_which_nothing_was_prepared_revokes_everything() {
        let envelope = Envelope {
            bytes: &[],
            kind: Kind::RevocationList,
            algorithm: Algorithm::Ed25519,
            key_id: &[0; 16],
            payload: &[],
        };
        let mut lists = Lists::new();
        assert!(!nothing_counts(&lists, About::KeyRevoked, &[1; 16], NEVER));
        lists.push(List { envelope, issued: UnixSeconds(0), entries: &[] }).unwrap();
        assert!(nothing_counts(&lists, About::KeyRevoked, &[1; 16], NEVER));
        assert!(!revoke(&lists, About::KeyRevoked, &[1; 16], NEVER));
    }
}

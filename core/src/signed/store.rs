//! The trust store: the roots, and what was admitted by their word.

use heapless::Vec;

use super::envelope::Envelope;
use super::key::{KeyId, PublicKey, SignatureAnswer};
use super::lists::{Lists, revoke};
use super::payload::{Claim, Kind};
use super::revocation::{About, Entry, NEVER};
use super::trust::{ISSUERS_MAX, ROOTS_MAX, VerifyError};
use crate::path::Fingerprint;
use crate::time::UnixSeconds;

/// What became of a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RootState {
    Active,
    Retired(UnixSeconds),
    Revoked,
}

#[derive(Clone, Debug)]
#[repr(C)]
pub(super) struct Root {
    pub(super) id: KeyId,
    pub(super) key: PublicKey,
    pub(super) state: RootState,
}

/// An issuer, and the envelope of its certificate, which is verified. What the certificate names
/// is read again when it is needed: a small core has the time, and not the memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Issuer<'a> {
    pub(super) id: KeyId,
    pub(super) key: PublicKey,
    pub(super) envelope: Envelope<'a>,
    /// What the verifier answered for it.
    pub(super) answer: SignatureAnswer,
}

/// Roots, issuers and revocation lists. Whoever changes what was admitted seals it afterwards.
///
/// In this order, because a small core reaches what comes first with shorter instructions.
#[derive(Clone, Debug)]
#[repr(C)]
pub(super) struct Store<'a> {
    lookup: &'static Lookup,
    /// The fingerprint after the last change.
    sealed: u32,
    roots: Vec<Root, ROOTS_MAX>,
    /// The newest list of each signer.
    pub(super) lists: Lists<'a>,
    pub(super) issuers: Vec<Issuer<'a>, ISSUERS_MAX>,
}

impl<'a> Store<'a> {
    /// Without anybody. Inlined and no constant, which would be copied with all its room.
    #[inline(always)]
    pub(super) const fn empty() -> Self {
        Self { lookup: &NOTHING, sealed: 0, roots: Vec::new(), lists: Vec::new(), issuers: Vec::new() }
    }

    /// Trusts another root.
    #[inline(never)]
    pub(super) fn add_root(&mut self, key: &PublicKey) -> Result<(), VerifyError> {
        let id = key.id();
        if self.root(&id.0).is_some() {
            return Err(VerifyError::Malformed);
        }
        let root = Root { id, key: *key, state: RootState::Active };
        self.roots.push(root).map_err(|_| VerifyError::Full)
    }

    /// The root with this id.
    #[inline(never)]
    pub(super) fn root(&self, id: &[u8; 16]) -> Option<&Root> {
        self.roots.iter().find(|root| root.id.0 == *id)
    }

    /// The same, to change what became of it.
    pub(super) fn root_mut(&mut self, id: KeyId) -> Option<&mut Root> {
        self.roots.iter_mut().find(|root| root.id == id)
    }

    /// The issuer with this id that was admitted.
    pub(super) fn issuer(&self, id: &[u8; 16]) -> Option<&Issuer<'a>> {
        (self.lookup.issuer)(self, id)
    }

    /// Whether the envelope was admitted.
    pub(super) fn knows(&self, envelope: &Envelope<'_>) -> bool {
        (self.lookup.knows)(self, envelope)
    }

    /// Whether a list that counts revokes the key.
    pub(super) fn is_revoked(&self, key: &[u8; 16]) -> bool {
        (self.lookup.is_revoked)(self, key)
    }

    /// That no list that counts takes back what the key signed: that it was retired before, or that
    /// the licence is revoked.
    pub(super) fn stands(&self, key: &[u8; 16], claim: &Claim<'_>) -> Result<(), VerifyError> {
        (self.lookup.stands)(self, key, claim)
    }

    /// Whether what a root signed is good.
    pub(super) fn covers(&self, root: &Root, kind: Kind, issued: UnixSeconds) -> Result<(), VerifyError> {
        (self.lookup.covers)(root, kind, issued)
    }

    /// Zero if all that takes belief away is as it was sealed.
    pub(super) fn doubt(&self) -> u32 {
        (self.lookup.fingerprint)(self) ^ self.sealed
    }

    /// From now on what was admitted counts, as it is now.
    pub(super) fn seal(&mut self) {
        self.lookup = &ADMITTED;
        self.sealed = fingerprint(self);
    }
}

/// How a store is asked for what was admitted.
///
/// It holds [`NOTHING`] until something is, and then [`ADMITTED`]: so firmware that admits nothing, and
/// takes the certificate from the licence file, does not hold what looks through it.
#[derive(Debug)]
struct Lookup {
    issuer: for<'s, 'a> fn(&'s Store<'a>, &[u8; 16]) -> Option<&'s Issuer<'a>>,
    knows: fn(&Store<'_>, &Envelope<'_>) -> bool,
    is_revoked: fn(&Store<'_>, &[u8; 16]) -> bool,
    stands: fn(&Store<'_>, &[u8; 16], &Claim<'_>) -> Result<(), VerifyError>,
    covers: fn(&Root, Kind, UnixSeconds) -> Result<(), VerifyError>,
    fingerprint: fn(&Store<'_>) -> u32,
}

/// For a store to which nothing was admitted. Were there something all the same, nothing would be
/// believed: every key and licence is revoked, and every root that is not as it began.
static NOTHING: Lookup = Lookup {
    issuer: |_, _| None,
    knows: |_, _| false,
    is_revoked: |store, _| !store.lists.is_empty(),
    stands: |_, _, _| Ok(()),
    covers: |root, _, _| if root.state == RootState::Active { Ok(()) } else { Err(VerifyError::KeyRevoked) },
    fingerprint: |_| 0,
};

/// For a store to which something was admitted.
static ADMITTED: Lookup = Lookup {
    issuer: |store, id| store.issuers.iter().find(|issuer| issuer.id.0 == *id),
    knows: |store, envelope| {
        store.issuers.iter().any(|issuer| issuer.envelope.is(envelope))
            || store.lists.iter().any(|list| list.envelope.is(envelope))
    },
    is_revoked: |store, key| revoke(&store.lists, About::KeyRevoked, key, NEVER),
    stands: |store, key, claim| {
        if revoke(&store.lists, About::KeyRetired, key, claim.issued) {
            return Err(VerifyError::IssuerNotAllowedTime);
        }
        let license = claim.grant.as_ref().map(|grant| &grant.license.0);
        if license.is_some_and(|license| revoke(&store.lists, About::LicenseRevoked, license, NEVER)) {
            return Err(VerifyError::LicenseRevoked);
        }
        Ok(())
    },
    covers: |root, kind, issued| match root.state {
        RootState::Active => Ok(()),
        RootState::Retired(at) if kind == Kind::Certificate && issued <= at => Ok(()),
        RootState::Retired(_) => Err(VerifyError::IssuerNotAllowedTime),
        RootState::Revoked => Err(VerifyError::KeyRevoked),
    },
    fingerprint,
};

/// A word for all that takes belief away: the states of the roots, and where the lists lie. While
/// something is verified a stray write may change these, and then nothing is believed.
#[inline(never)]
fn fingerprint(store: &Store<'_>) -> u32 {
    let roots = store.roots.iter().fold(Fingerprint::new(), |so_far, root| {
        let (state, at) = match root.state {
            RootState::Active => (1, 0),
            RootState::Retired(at) => (2, at.0),
            RootState::Revoked => (3, 0),
        };
        so_far.word(state).long(at)
    });
    let place = |list: &[Entry]| u64::try_from(list.as_ptr().addr() ^ list.len().rotate_left(16)).unwrap_or_default();
    let lists = store.lists.iter().fold(roots, |so_far, list| so_far.long(place(list.entries)));
    lists.end()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use crate::signed::Algorithm;
    use crate::signed::lists::List;

    const KEY: PublicKey = PublicKey::ed25519([7; 32]);

    fn store() -> Store<'static> {
        let mut store = Store::empty();
        store.add_root(&KEY).unwrap();
        store
    }

    fn list() -> List<'static> {
        let (kind, algorithm) = (Kind::RevocationList, Algorithm::Ed25519);
        let envelope = Envelope { bytes: &[], kind, algorithm, key_id: &[0; 16], payload: &[] };
        List { envelope, issued: UnixSeconds(0), entries: &[] }
    }

    fn covers(store: &Store<'_>) -> bool {
        store.covers(store.root(&KEY.id().0).unwrap(), Kind::Certificate, UnixSeconds(5)).is_ok()
    }

    #[test]
    fn what_was_not_sealed_takes_all_belief_away() {
        let mut store = store();
        assert!(!store.is_revoked(&[1; 16]) && covers(&store));
        store.lists.push(list()).unwrap();
        assert!(store.is_revoked(&[1; 16]));
        store.root_mut(KEY.id()).unwrap().state = RootState::Retired(UnixSeconds(9));
        assert!(!covers(&store));
        store.seal();
        assert!(!store.is_revoked(&[1; 16]) && covers(&store));
    }

    #[test]
    fn whatever_changes_after_it_was_sealed_is_in_doubt() {
        assert_eq!(store().doubt(), 0);
        let mut sealed = store();
        sealed.root_mut(KEY.id()).unwrap().state = RootState::Revoked;
        sealed.lists.push(list()).unwrap();
        sealed.seal();
        assert_eq!(sealed.doubt(), 0);
        for change in [
            |store: &mut Store<'_>| store.root_mut(KEY.id()).unwrap().state = RootState::Active,
            |store: &mut Store<'_>| store.lists.clear(),
            |store: &mut Store<'_>| store.lookup = &NOTHING,
            |store: &mut Store<'_>| store.sealed = 0,
        ] {
            let mut changed = sealed.clone();
            change(&mut changed);
            assert_ne!(changed.doubt(), 0);
        }
    }
}

//! Whom to believe, and the one path on which something becomes believed.

use core::borrow::Borrow;
use core::hint::black_box;
use core::marker::PhantomData;

use heapless::Vec;

use super::bundle::Bundle;
use super::certificate::Certificate;
use super::envelope::{Envelope, Header};
use super::key::{KeyId, PublicKey, SignatureAnswer, SignatureVerifier};
use super::payload::{Claim, Delegation, Kind, Payload};
use super::revocation::{About, NEVER, RevocationList, find};
use super::root_change::{RootAction, RootChange};
use crate::decode::{Decode, Reader};
use crate::license::LicenseKey;
use crate::numbered::numbered;
use crate::path::{Fingerprint, Path};
use crate::time::UnixSeconds;

/// Most roots.
pub const ROOTS_MAX: usize = 4;
/// Most issuers that are kept verified.
pub const ISSUERS_MAX: usize = 8;
/// Most revocation lists, one for each signer.
pub const LISTS_MAX: usize = 4;

numbered! {
    /// Why something signed is not believed.
    VerifyError {
        /// Not a structure of ours, cut off, damaged, not in canonical form, with something after
        /// its end, or breaking a bound. Get the file again.
        Malformed = 100, "malformed", "the file is damaged, or is not one of ours";
        /// Larger than its kind may be.
        TooLarge = 101, "too-large", "the file is larger than it may be";
        /// Written in a newer format. Update this software.
        UnsupportedVersion = 102, "unsupported-version", "the file is in a format that this software does not know";
        /// Signed with an algorithm that this software does not know. Update it.
        UnsupportedAlgorithm = 103, "unsupported-algorithm", "the signature's algorithm is not known to this software";
        /// A kind of payload that this software does not know. Update it.
        UnknownKind = 104, "unknown-kind", "the file holds something that this software does not know";
        /// A good file, but of another kind than asked for.
        WrongKind = 105, "wrong-kind", "the file is not of the kind that was asked for";
        /// Signed by a key that is neither trusted nor certified by one that is.
        UnknownKey = 106, "unknown-key", "it was signed by a key that is not trusted here";
        /// The signature does not hold: changed after signing, or made with another key.
        BadSignature = 107, "bad-signature", "the signature does not hold";
        /// The issuer's certificate does not name this kind.
        IssuerNotAllowedKind = 108, "issuer-not-allowed-kind", "its issuer may not sign this kind of file";
        /// Issued outside the time that the certificate names, or after the key was retired.
        IssuerNotAllowedTime = 109, "issuer-not-allowed-time", "its issuer was not allowed to sign at that time";
        /// The issuer's certificate does not name this brand.
        IssuerNotAllowedBrand = 110, "issuer-not-allowed-brand", "its issuer may not sign for this brand";
        /// The issuer's certificate does not name this class.
        IssuerNotAllowedClass = 111, "issuer-not-allowed-class", "its issuer may not sign this class of licence";
        /// More channels than the issuer's certificate allows in one licence.
        IssuerNotAllowedCount = 112, "issuer-not-allowed-count", "its issuer may not sign that many channels";
        /// The key that signed it was revoked.
        KeyRevoked = 113, "key-revoked", "the key that signed it was revoked";
        /// The licence itself was revoked.
        LicenseRevoked = 114, "license-revoked", "the licence was revoked";
        /// A critical extension that this software does not know. Update it.
        UnknownCritical = 115, "unknown-critical", "it holds a condition that this software does not know";
        /// Older than what the same signer said before.
        OutOfSequence = 116, "out-of-sequence", "it is older than what is already known from the same signer";
        /// More roots, issuers or lists than [`ROOTS_MAX`], [`ISSUERS_MAX`] or [`LISTS_MAX`].
        Full = 117, "full", "no more of its kind can be kept";
        /// A root may not retire or revoke itself.
        LastRoot = 118, "last-root", "a root cannot be removed by itself";
        /// Signed by a key that this program has no table for and no other verifier. Pin the key
        /// too when the program is built, or give [`Pinned`](super::Pinned) a verifier for others.
        KeyNotPinned = 119, "key-not-pinned", "it was signed by a key that this software was not built to verify";
    }
}

impl core::error::Error for VerifyError {}

/// A payload whose signature holds, whose issuer was allowed to sign it, and that is not revoked.
///
/// Only [`Trust`] makes one:
///
/// ```compile_fail,E0451
/// use core::marker::PhantomData;
/// use hwlicense::signed::{Header, Verified};
/// fn forge<T>(payload: &[u8], header: Header) -> Verified<'_, T> {
///     Verified { payload, header, proof: 0, claims: PhantomData }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified<'a, T> {
    payload: &'a [u8],
    header: Header,
    proof: u32,
    claims: PhantomData<T>,
}

/// Where the path begins on which something is believed a second time.
const BELIEF: Path = Path::new(0x510e_527f, 0xc2b2_ae35);
/// How many checks that path makes.
const BELIEF_STEPS: u32 = 2;

impl<'a, T: Payload<'a>> Verified<'a, T> {
    /// What was signed, read from the signed bytes: nothing is kept beside them that a fault might
    /// change.
    #[must_use]
    #[inline]
    pub fn claims(&self) -> T {
        let mut claims = T::blank();
        self.read(&mut claims);
        claims
    }

    /// The same into a place that is there, which saves moving them.
    pub(crate) fn read(&self, claims: &mut T) {
        claims.read(&mut Reader::new(self.payload));
    }

    /// Signer, epoch and sequence.
    #[must_use]
    pub const fn header(&self) -> Header {
        self.header
    }

    /// Zero if the bytes are those that were judged a second time, and were believed that time as
    /// well. For the second path of a decision.
    pub(crate) fn doubt(&self) -> u32 {
        self.proof ^ BELIEF.end(BELIEF_STEPS) ^ Fingerprint::new().bytes(self.payload).end()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RootState {
    Active,
    Retired(UnixSeconds),
    Revoked,
}

impl RootState {
    /// Whether what a root in this state signed is good.
    fn covers(self, kind: Kind, issued: UnixSeconds) -> Result<(), VerifyError> {
        match self {
            Self::Active => Ok(()),
            Self::Retired(at) if kind == Kind::Certificate && issued <= at => Ok(()),
            Self::Retired(_) => Err(VerifyError::IssuerNotAllowedTime),
            Self::Revoked => Err(VerifyError::KeyRevoked),
        }
    }
}

#[derive(Clone, Debug)]
struct Root {
    id: KeyId,
    key: PublicKey,
    state: RootState,
}

/// An issuer, and the envelope of its certificate, which is verified. What the certificate names
/// is read again when it is needed: a small core has the time, and not the memory.
#[derive(Clone, Copy, Debug)]
struct Issuer<'a> {
    id: KeyId,
    key: PublicKey,
    envelope: Envelope<'a>,
    /// What the verifier answered for it.
    answer: SignatureAnswer,
}

impl Issuer<'_> {
    /// Whether its certificate comes before another one.
    fn is_older(&self, other: &Self) -> bool {
        is_older(&self.envelope.header, &other.envelope.header)
    }
}

/// Whether one comes before the other in the order of its signer.
fn is_older(one: &Header, other: &Header) -> bool {
    (one.epoch, one.sequence) < (other.epoch, other.sequence)
}

/// What a payload claims. Whoever asks knows that the kind is right.
#[inline(never)]
fn claim<'a, T: Payload<'a>>(envelope: &Envelope<'a>) -> Result<Claim<'a>, VerifyError> {
    let mut claims = T::blank();
    envelope.read_payload(&mut claims)?;
    Ok(claims.claim())
}

/// A revocation list whose envelope is verified.
#[derive(Clone, Debug)]
struct List<'a> {
    envelope: Envelope<'a>,
    issued: UnixSeconds,
    entries: &'a [u8],
}

impl List<'_> {
    fn signer(&self) -> &KeyId {
        &self.envelope.header.key_id
    }

    /// Whether it revokes the key, whenever that was.
    #[inline(never)]
    fn revokes(&self, key: &KeyId) -> bool {
        find(self.entries, About::KeyRevoked, &key.0) != NEVER
    }
}

/// What [`Trust::admit`] took in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Admitted {
    /// An issuer.
    Issuer(KeyId),
    /// A change of a root.
    Root(KeyId),
    /// A revocation list of this signer.
    RevocationList(KeyId),
    /// It was known already; nothing changed.
    Known,
}

/// Root keys, the issuers they certified, and what was revoked.
///
/// It borrows the envelopes that it admits; keep them where they are. After a restart it is built
/// again from the same envelopes, in the order in which they came.
///
/// # Bounds
/// At most [`ROOTS_MAX`] roots, [`ISSUERS_MAX`] issuers and [`LISTS_MAX`] revocation lists, less
/// than 2 KB. One signature verification for each envelope that is not known yet.
#[derive(Clone, Debug)]
pub struct Trust<'a, V> {
    verifier: V,
    roots: Vec<Root, ROOTS_MAX>,
    issuers: Vec<Issuer<'a>, ISSUERS_MAX>,
    lists: Vec<List<'a>, LISTS_MAX>,
    /// What [`Self::fingerprint`] was after the last change.
    sealed: u32,
}

const _: () = assert!(size_of::<Trust<'_, ()>>() < 2 * 1024);

impl<'a, V: SignatureVerifier> Trust<'a, V> {
    /// Trust in these roots, with signatures verified by `verifier`.
    ///
    /// # Errors
    /// [`VerifyError::Full`] beyond [`ROOTS_MAX`], [`VerifyError::Malformed`] for a key given twice
    /// or for none at all.
    pub fn new<K: Borrow<PublicKey>>(verifier: V, roots: impl IntoIterator<Item = K>) -> Result<Self, VerifyError> {
        let mut trust = Self { verifier, roots: Vec::new(), issuers: Vec::new(), lists: Vec::new(), sealed: 0 };
        for key in roots {
            trust.add_root(key.borrow())?;
        }
        if trust.roots.is_empty() {
            return Err(VerifyError::Malformed);
        }
        trust.sealed = trust.fingerprint();
        Ok(trust)
    }

    /// The same trust with the verifier borrowed: what the branch admits, this one does not.
    #[must_use]
    pub fn branch(&self) -> Trust<'a, &V> {
        let (roots, issuers, lists) = (self.roots.clone(), self.issuers.clone(), self.lists.clone());
        Trust { verifier: &self.verifier, roots, issuers, lists, sealed: self.sealed }
    }

    /// A word for all that takes belief away: the states of the roots, and where the lists lie.
    /// While something is verified a stray write may change these, and then nothing is believed.
    #[inline(never)]
    fn fingerprint(&self) -> u32 {
        let roots = self.roots.iter().fold(Fingerprint::new(), |so_far, root| {
            let (state, at) = match root.state {
                RootState::Active => (1, 0),
                RootState::Retired(at) => (2, at.0),
                RootState::Revoked => (3, 0),
            };
            so_far.word(state).long(at)
        });
        let place =
            |bytes: &[u8]| u64::try_from(bytes.as_ptr().addr() ^ bytes.len().rotate_left(16)).unwrap_or_default();
        let lists = self.lists.iter().fold(roots, |so_far, list| so_far.long(place(list.entries)));
        lists.end()
    }

    #[inline(never)]
    fn add_root(&mut self, key: &PublicKey) -> Result<(), VerifyError> {
        let id = key.id();
        if self.root(&id).is_some() {
            return Err(VerifyError::Malformed);
        }
        let root = Root { id, key: *key, state: RootState::Active };
        self.roots.push(root).map_err(|_| VerifyError::Full)
    }

    /// Takes in a certificate, a root change or a revocation list, after verifying it.
    ///
    /// What is known already changes nothing. A newer certificate for a key replaces the older one
    /// if its (epoch, sequence) is not lower.
    ///
    /// # Errors
    /// [`VerifyError`]; on an error nothing has changed.
    pub fn admit(&mut self, envelope: &Envelope<'a>) -> Result<Admitted, VerifyError> {
        if self.knows(envelope) {
            return Ok(Admitted::Known);
        }
        let admitted = self.admit_new(envelope)?;
        self.sealed = self.fingerprint();
        Ok(admitted)
    }

    fn admit_new(&mut self, envelope: &Envelope<'a>) -> Result<Admitted, VerifyError> {
        match envelope.header.kind {
            Kind::Certificate => {
                let mut slot = None;
                self.issuer(envelope, &mut slot)?;
                let issuer = slot.as_ref().ok_or(VerifyError::Malformed)?;
                let id = issuer.id;
                match self.issuers.iter_mut().find(|known| known.id == id) {
                    Some(known) if issuer.is_older(known) => {
                        return Err(VerifyError::OutOfSequence);
                    }
                    Some(known) => *known = *issuer,
                    None => self.issuers.push(*issuer).map_err(|_| VerifyError::Full)?,
                }
                Ok(Admitted::Issuer(id))
            }
            Kind::RootChange => self.change_root(envelope),
            Kind::RevocationList => self.admit_list(envelope),
            _ => Err(VerifyError::WrongKind),
        }
    }

    fn knows(&self, envelope: &Envelope<'_>) -> bool {
        // A device that checks the same flash again and again need not compare it with itself.
        let same = |known: &Envelope<'_>| core::ptr::eq(known.bytes, envelope.bytes) || known.bytes == envelope.bytes;
        self.issuers.iter().any(|issuer| same(&issuer.envelope)) || self.lists.iter().any(|list| same(&list.envelope))
    }

    /// Verifies a certificate, and keeps its issuer in the slot. Moving one would cost more than it
    /// is worth on a small core.
    #[inline(never)]
    fn issuer(&self, envelope: &Envelope<'a>, slot: &mut Option<Issuer<'a>>) -> Result<(), VerifyError> {
        let mut certificate = Certificate::blank();
        let answer = self.verify_by_root(envelope, &mut certificate)?;
        let key = certificate.key()?;
        let id = key.id();
        if self.root(&id).is_some() {
            return Err(VerifyError::Malformed);
        }
        *slot = Some(Issuer { id, key, envelope: *envelope, answer });
        Ok(())
    }

    fn change_root(&mut self, envelope: &Envelope<'a>) -> Result<Admitted, VerifyError> {
        let mut change = RootChange::blank();
        self.verify_by_root(envelope, &mut change)?;
        let key = change.key()?;
        let id = key.id();
        let signer = envelope.header.key_id;
        let known = self.roots.iter_mut().find(|root| root.id == id);
        match (change.action, known) {
            // A key does one job.
            (RootAction::Add, None) if self.issuers.iter().any(|issuer| issuer.id == id) => {
                return Err(VerifyError::Malformed);
            }
            (RootAction::Add, None) => self.add_root(&key)?,
            (RootAction::Add, Some(_)) => return Ok(Admitted::Known),
            (RootAction::Retire | RootAction::Revoke, None) => return Err(VerifyError::UnknownKey),
            (RootAction::Retire | RootAction::Revoke, Some(_)) if id == signer => return Err(VerifyError::LastRoot),
            (RootAction::Retire, Some(root)) => {
                // Once revoked, always revoked; once retired, never later.
                root.state = match root.state {
                    RootState::Active => RootState::Retired(change.issued),
                    RootState::Retired(at) => RootState::Retired(at.min(change.issued)),
                    RootState::Revoked => RootState::Revoked,
                };
            }
            (RootAction::Revoke, Some(root)) => root.state = RootState::Revoked,
        }
        Ok(Admitted::Root(id))
    }

    fn admit_list(&mut self, envelope: &Envelope<'a>) -> Result<Admitted, VerifyError> {
        let list = self.verify::<RevocationList<'a>>(envelope)?.claims();
        let list = List { envelope: *envelope, issued: list.issued, entries: list.entry_bytes() };
        let signer = *list.signer();
        match self.lists.iter_mut().find(|known| *known.signer() == signer) {
            Some(known) if !is_older(&known.envelope.header, &envelope.header) => {
                return Err(VerifyError::OutOfSequence);
            }
            Some(known) => *known = list,
            None => self.lists.push(list).map_err(|_| VerifyError::Full)?,
        }
        Ok(Admitted::RevocationList(signer))
    }

    /// Verifies an envelope that an issuer signed whose certificate was admitted.
    ///
    /// # Errors
    /// [`VerifyError`]. Of several reasons the first in this order is given: shape, kind, known
    /// key, signature, revocation of the key, critical extensions, what the certificate covers,
    /// retirement of the key, revocation of the licence.
    pub fn verify<T: Payload<'a>>(&self, envelope: &Envelope<'a>) -> Result<Verified<'a, T>, VerifyError> {
        if envelope.header.kind != T::KIND {
            return Err(VerifyError::WrongKind);
        }
        self.verify_by(self.known(&envelope.header.key_id).ok_or(VerifyError::UnknownKey)?, envelope)
    }

    /// Verifies the one payload of this type in a bundle, and with it the whole bundle.
    ///
    /// Its certificate may be in the bundle. Everything else in it must verify as well, so no byte
    /// of a good bundle can be changed.
    ///
    /// # Errors
    /// [`VerifyError`], as for [`Trust::verify`].
    pub fn verify_bundle<T: Payload<'a>>(&self, bundle: &Bundle<'a>) -> Result<Verified<'a, T>, VerifyError> {
        let subject = bundle.one(T::KIND)?;
        let mut slot = None;
        self.issuer_for(subject, bundle, &mut slot)?;
        self.verify_by(slot.as_ref().ok_or(VerifyError::UnknownKey)?, subject)
    }

    /// Puts the issuer of the one envelope of its kind in a bundle into the slot, when all others in
    /// the bundle verify.
    #[inline(never)]
    fn issuer_for(
        &self,
        subject: &Envelope<'a>,
        bundle: &Bundle<'a>,
        slot: &mut Option<Issuer<'a>>,
    ) -> Result<(), VerifyError> {
        let id = &subject.header.key_id;
        *slot = self.known(id).copied();
        for other in bundle.envelopes() {
            if other.header.kind == subject.header.kind || self.knows(other) {
                continue;
            }
            if other.header.kind != Kind::Certificate {
                return Err(VerifyError::WrongKind);
            }
            let mut carried = None;
            self.issuer(other, &mut carried)?;
            // A renewed certificate may travel with what it covers; an older one changes nothing.
            if let Some(issuer) = &carried
                && issuer.id == *id
                && slot.as_ref().is_none_or(|newest| newest.is_older(issuer))
            {
                *slot = carried;
            }
        }
        Ok(())
    }

    fn known(&self, id: &KeyId) -> Option<&Issuer<'a>> {
        self.issuers.iter().find(|issuer| issuer.id == *id)
    }

    /// Verifies an envelope by its issuer. Whether to believe it is asked twice, each time from the
    /// signed bytes; the signature is verified once.
    fn verify_by<T: Payload<'a>>(
        &self,
        issuer: &Issuer<'a>,
        envelope: &Envelope<'a>,
    ) -> Result<Verified<'a, T>, VerifyError> {
        let answer = self.verify_signature(envelope, &issuer.key)?;
        self.judge(issuer, T::KIND, &claim::<T>(envelope))?;
        let proof = self.proof(issuer, envelope, answer, &claim::<T>(black_box(envelope)));
        Ok(Verified { payload: envelope.payload, header: envelope.header, proof, claims: PhantomData })
    }

    /// The second time, as a word instead of a branch, so that no single fault makes something
    /// believed that should not be. What the verifier answered goes into the word.
    #[inline(never)]
    fn proof(
        &self,
        issuer: &Issuer<'a>,
        envelope: &Envelope<'a>,
        answer: SignatureAnswer,
        claim: &Result<Claim<'_>, VerifyError>,
    ) -> u32 {
        let mut path = BELIEF;
        path.spoil(answer.word() ^ SignatureAnswer::HOLDS.word());
        path.spoil(issuer.answer.word() ^ SignatureAnswer::HOLDS.word());
        path.spoil(self.fingerprint() ^ self.sealed);
        path.step(issuer.id == envelope.header.key_id);
        path.step(self.judge(black_box(issuer), envelope.header.kind, claim).is_ok());
        path.word() ^ Fingerprint::new().bytes(envelope.payload).end()
    }

    /// Whether the issuer was allowed to sign what it signed, and nothing of it was revoked.
    #[inline(never)]
    fn judge(
        &self,
        issuer: &Issuer<'a>,
        kind: Kind,
        claim: &Result<Claim<'_>, VerifyError>,
    ) -> Result<(), VerifyError> {
        let claim = claim.as_ref().map_err(|error| *error)?;
        let root = self.root(&issuer.envelope.header.key_id).ok_or(VerifyError::UnknownKey)?;
        let mut certificate = Certificate::blank();
        issuer.envelope.read_payload(&mut certificate)?;
        if self.revoked_at(About::KeyRevoked, &issuer.id.0) != NEVER {
            return Err(VerifyError::KeyRevoked);
        }
        // Whether the certificate or the root's retirement came first makes no difference.
        root.state.covers(Kind::Certificate, certificate.issued)?;
        if claim.has_unknown_critical || certificate.claim().has_unknown_critical {
            return Err(VerifyError::UnknownCritical);
        }
        certificate.covers(kind, claim)?;
        if claim.issued > self.revoked_at(About::KeyRetired, &issuer.id.0) {
            return Err(VerifyError::IssuerNotAllowedTime);
        }
        if claim.grant.is_some_and(|grant| self.is_license_revoked(grant.license)) {
            return Err(VerifyError::LicenseRevoked);
        }
        Ok(())
    }

    /// Verifies an envelope that was signed by the key which a verified payload names.
    ///
    /// # Errors
    /// [`VerifyError`], in the order kind, known key, signature, revocation of the key, critical
    /// extensions, what the payload covers, retirement of the key.
    pub fn verify_delegated<D: Delegation<'a>, T: Payload<'a>>(
        &self,
        by: &Verified<'a, D>,
        envelope: &Envelope<'a>,
    ) -> Result<Verified<'a, T>, VerifyError> {
        if envelope.header.kind != T::KIND {
            return Err(VerifyError::WrongKind);
        }
        let key = by.claims().key()?;
        let id = key.id();
        if id != envelope.header.key_id {
            return Err(VerifyError::UnknownKey);
        }
        let answer = self.verify_signature(envelope, &key)?;
        self.judge_delegated::<D, T>(by, envelope)?;
        // The second time, as in `proof`: by a word, and from the signed bytes again.
        let mut path = BELIEF;
        path.spoil(answer.word() ^ SignatureAnswer::HOLDS.word());
        path.spoil(by.doubt());
        path.spoil(self.fingerprint() ^ self.sealed);
        path.step(black_box(id) == envelope.header.key_id);
        path.step(self.judge_delegated::<D, T>(black_box(by), black_box(envelope)).is_ok());
        let proof = path.word() ^ Fingerprint::new().bytes(envelope.payload).end();
        Ok(Verified { payload: envelope.payload, header: envelope.header, proof, claims: PhantomData })
    }

    /// Whether the key was allowed to sign what it signed, and was not revoked.
    #[inline(never)]
    fn judge_delegated<D: Delegation<'a>, T: Payload<'a>>(
        &self,
        by: &Verified<'a, D>,
        envelope: &Envelope<'a>,
    ) -> Result<(), VerifyError> {
        let claim = claim::<T>(envelope)?;
        let id = &envelope.header.key_id.0;
        if self.revoked_at(About::KeyRevoked, id) != NEVER {
            return Err(VerifyError::KeyRevoked);
        }
        if claim.has_unknown_critical {
            return Err(VerifyError::UnknownCritical);
        }
        by.claims().covers(T::KIND, &claim)?;
        if claim.issued > self.revoked_at(About::KeyRetired, id) {
            return Err(VerifyError::IssuerNotAllowedTime);
        }
        Ok(())
    }

    /// Verifies what only roots sign, and changes nothing: a time correction.
    ///
    /// # Errors
    /// [`VerifyError`], in the order kind, known key, signature, critical extensions, state of the
    /// root.
    pub fn verify_signed_by_root<T: Payload<'a>>(&self, envelope: &Envelope<'a>) -> Result<T, VerifyError> {
        if envelope.header.kind != T::KIND || !T::KIND.is_signed_by_root() {
            return Err(VerifyError::WrongKind);
        }
        let mut claims = T::blank();
        self.verify_by_root(envelope, &mut claims)?;
        Ok(claims)
    }

    /// Verifies what only roots sign.
    fn verify_by_root<T: Payload<'a>>(
        &self,
        envelope: &Envelope<'a>,
        claims: &mut T,
    ) -> Result<SignatureAnswer, VerifyError> {
        let root = self.root(&envelope.header.key_id).ok_or(VerifyError::UnknownKey)?;
        let answer = self.verify_signature(envelope, &root.key)?;
        envelope.read_payload(claims)?;
        let claim = claims.claim();
        if claim.has_unknown_critical {
            return Err(VerifyError::UnknownCritical);
        }
        root.state.covers(T::KIND, claim.issued)?;
        Ok(answer)
    }

    #[inline(never)]
    fn root(&self, id: &KeyId) -> Option<&Root> {
        self.roots.iter().find(|root| root.id == *id)
    }

    /// The signature over the received bytes. Only after it the payload is read. What is given is
    /// the answer itself, and not a constant known from the comparison.
    #[inline(always)]
    fn verify_signature(&self, envelope: &Envelope<'a>, key: &PublicKey) -> Result<SignatureAnswer, VerifyError> {
        if envelope.header.algorithm != key.algorithm {
            return Err(VerifyError::UnsupportedAlgorithm);
        }
        let answer = self.answer(envelope, key);
        match black_box(answer) {
            SignatureAnswer::HOLDS => Ok(answer),
            SignatureAnswer::NOT_PINNED => Err(VerifyError::KeyNotPinned),
            _ => Err(VerifyError::BadSignature),
        }
    }

    #[inline(never)]
    fn answer(&self, envelope: &Envelope<'a>, key: &PublicKey) -> SignatureAnswer {
        self.verifier.verify(key, envelope.message(), envelope.signature())
    }

    /// The earliest time from which a list that counts says this; [`NEVER`] if none does.
    ///
    /// A list of a signer that another list revokes does not count: a thief's list must not stop
    /// good licences. Where two signers revoke each other both lists count, so that no thief can
    /// undo his revocation by revoking back.
    #[inline(never)]
    fn revoked_at(&self, about: About, id: &[u8]) -> UnixSeconds {
        let mut earliest = NEVER;
        for list in &self.lists {
            let at = find(list.entries, about, id);
            let counts = || {
                self.lists.iter().all(|other| {
                    other.signer() == list.signer() || !other.revokes(list.signer()) || list.revokes(other.signer())
                })
            };
            if at < earliest && counts() {
                earliest = at;
            }
        }
        earliest
    }

    /// Whether a list revokes the licence.
    #[must_use]
    pub fn is_license_revoked(&self, license: LicenseKey) -> bool {
        self.revoked_at(About::LicenseRevoked, &license.0) != NEVER
    }

    /// The latest time that something signed vouches for: a floor for the clock.
    #[must_use]
    pub fn latest_signed(&self) -> UnixSeconds {
        let certificates = self.issuers.iter().map(|issuer| {
            let mut certificate = Certificate::blank();
            issuer
                .envelope
                .read_payload(&mut certificate)
                .map_or_else(|_| UnixSeconds::default(), |()| certificate.issued)
        });
        let lists = self.lists.iter().map(|list| list.issued);
        certificates.chain(lists).max().unwrap_or_default()
    }
}

//! Whom to believe, and the one path on which something becomes believed.

use core::borrow::Borrow;
use core::hint::black_box;
use core::marker::PhantomData;

use super::bundle::Bundle;
use super::envelope::{Envelope, Header};
use super::key::{KeyId, PublicKey, SignatureAnswer, SignatureVerifier};
use super::lists::{List, revoke};
use super::mandate::Mandate;
use super::payload::{Claim, Delegation, Kind, Payload};
use super::revocation::{About, NEVER, RevocationList};
use super::root_change::{RootAction, RootChange};
use super::store::{Issuer, Root, RootState, Store};
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
/// use hwlicense::signed::{Envelope, Verified};
/// fn forge<T>(envelope: Envelope<'_>) -> Verified<'_, T> {
///     Verified { envelope, proof: 0, claims: PhantomData }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified<'a, T> {
    envelope: Envelope<'a>,
    proof: u32,
    claims: PhantomData<T>,
}

/// Where the path begins on which something is believed a second time.
const BELIEF: Path = Path::new(0x5151_5151, 0xc2c2_c2c2);
/// How many checks that path makes.
const BELIEF_STEPS: u32 = 2;

impl<'a, T: Payload<'a>> Verified<'a, T> {
    /// What was signed, read from the signed bytes: nothing is kept beside them that a fault might
    /// change.
    #[must_use]
    #[inline]
    pub fn claims(&self) -> T {
        let mut claims = T::blank();
        claims.read(&mut self.reader());
        claims
    }

    /// The same, for who reads them into a place that is there, or not all of them.
    pub(crate) const fn reader(&self) -> Reader<'a> {
        Reader::new(self.envelope.payload)
    }

    /// Signer, epoch and sequence.
    #[must_use]
    pub fn header(&self) -> Header {
        self.envelope.header()
    }

    /// Zero if the bytes are those that were judged a second time, and were believed that time as
    /// well. For the second path of a decision.
    pub(crate) fn doubt(&self) -> u32 {
        self.proof ^ BELIEF.end(BELIEF_STEPS) ^ Fingerprint::new().bytes(self.envelope.payload).end()
    }
}

/// Whether a signature holds. Not inlined, so that who asks goes on with the answer itself, and not
/// with a constant known from the comparison.
#[inline(never)]
fn accepted(answer: SignatureAnswer) -> Result<(), VerifyError> {
    match black_box(answer) {
        SignatureAnswer::HOLDS => Ok(()),
        SignatureAnswer::NOT_PINNED => Err(VerifyError::KeyNotPinned),
        _ => Err(VerifyError::BadSignature),
    }
}

/// How the claim of a kind is read.
type ReadClaim<'a> = fn(&mut Reader<'a>) -> Claim<'a>;

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
#[repr(C)]
pub struct Trust<'a, V> {
    store: Store<'a>,
    verifier: V,
}

const _: () = assert!(size_of::<Trust<'_, ()>>() < 2 * 1024);

impl<'a, V: SignatureVerifier> Trust<'a, V> {
    /// Trust in these roots, with signatures verified by `verifier`.
    ///
    /// # Errors
    /// [`VerifyError::Full`] beyond [`ROOTS_MAX`], [`VerifyError::Malformed`] for a key given twice
    /// or for none at all.
    pub fn new<K: Borrow<PublicKey>>(verifier: V, roots: impl IntoIterator<Item = K>) -> Result<Self, VerifyError> {
        let mut trust = Self::blank(verifier);
        trust.begin(roots)?;
        Ok(trust)
    }

    /// Trust in nobody. For a place in which it begins ([`Trust::begin`]), because trust is large to
    /// move on a small core.
    #[must_use]
    #[inline]
    pub const fn blank(verifier: V) -> Self {
        Self { store: Store::empty(), verifier }
    }

    /// Begins to trust in these roots, where there is no trust yet.
    ///
    /// # Errors
    /// As [`Trust::new`].
    pub fn begin<K: Borrow<PublicKey>>(&mut self, roots: impl IntoIterator<Item = K>) -> Result<(), VerifyError> {
        let mut begun = Err(VerifyError::Malformed);
        for key in roots {
            begun = self.store.add_root(key.borrow());
            if begun.is_err() {
                break;
            }
        }
        begun
    }

    /// The same trust with the verifier borrowed: what the branch admits, this one does not.
    #[must_use]
    pub fn branch(&self) -> Trust<'a, &V> {
        Trust { store: self.store.clone(), verifier: &self.verifier }
    }

    /// Takes in a certificate, a root change or a revocation list, after verifying it.
    ///
    /// What is known already changes nothing. A newer certificate for a key replaces the older one
    /// if its (epoch, sequence) is not lower.
    ///
    /// # Errors
    /// [`VerifyError`]; on an error nothing has changed.
    pub fn admit(&mut self, envelope: &Envelope<'a>) -> Result<Admitted, VerifyError> {
        if self.store.knows(envelope) {
            return Ok(Admitted::Known);
        }
        let admitted = self.admit_new(envelope)?;
        self.store.seal();
        Ok(admitted)
    }

    fn admit_new(&mut self, envelope: &Envelope<'a>) -> Result<Admitted, VerifyError> {
        match envelope.kind {
            Kind::Certificate => {
                let mut slot = None;
                let root = self.root_of(envelope)?;
                self.take_issuer(envelope, self.answer(envelope, &root.key), None, &mut slot)?;
                let issuer = slot.as_ref().ok_or(VerifyError::Malformed)?;
                let id = issuer.id;
                match self.store.issuers.iter_mut().find(|known| known.id == id) {
                    Some(known) if issuer.envelope.is_older(&known.envelope) => {
                        return Err(VerifyError::OutOfSequence);
                    }
                    Some(known) => *known = *issuer,
                    None => self.store.issuers.push(*issuer).map_err(|_| VerifyError::Full)?,
                }
                Ok(Admitted::Issuer(id))
            }
            Kind::RootChange => self.change_root(envelope),
            Kind::RevocationList => self.admit_list(envelope),
            _ => Err(VerifyError::WrongKind),
        }
    }

    /// Keeps the issuer that a certificate names in the slot, if it is the wanted one or any will do,
    /// and the slot holds no newer one.
    ///
    /// It comes with what the verifier answered, so that no certificate is on the stack while that
    /// runs.
    #[inline(never)]
    fn take_issuer(
        &self,
        envelope: &Envelope<'a>,
        answer: SignatureAnswer,
        wanted: Option<&[u8; 16]>,
        slot: &mut Option<Issuer<'a>>,
    ) -> Result<(), VerifyError> {
        accepted(answer)?;
        let mut mandate = Mandate::blank();
        self.read_by_root(Kind::Certificate, envelope, &mut mandate, Mandate::claim)?;
        let algorithm = mandate.algorithm()?;
        let id = KeyId::of(algorithm, &mandate.public_key);
        if self.store.root(&id.0).is_some() {
            return Err(VerifyError::Malformed);
        }
        // A renewed certificate may travel with what it covers; an older one changes nothing.
        if wanted.is_none_or(|wanted| *wanted == id.0)
            && slot.as_ref().is_none_or(|newest| newest.envelope.is_older(envelope))
        {
            let key = PublicKey { algorithm, bytes: mandate.public_key };
            *slot = Some(Issuer { id, key, envelope: *envelope, answer });
        }
        Ok(())
    }

    fn change_root(&mut self, envelope: &Envelope<'a>) -> Result<Admitted, VerifyError> {
        let root = self.root_of(envelope)?;
        accepted(self.answer(envelope, &root.key))?;
        let mut change = RootChange::blank();
        self.read_by_root(Kind::RootChange, envelope, &mut change, Payload::claim)?;
        let key = change.key()?;
        let id = key.id();
        let signer = KeyId(*envelope.key_id);
        let is_issuer = self.store.issuers.iter().any(|issuer| issuer.id == id);
        match (change.action, self.store.root_mut(id)) {
            // A key does one job.
            (RootAction::Add, None) if is_issuer => return Err(VerifyError::Malformed),
            (RootAction::Add, None) => self.store.add_root(&key)?,
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
        let list = List { envelope: *envelope, issued: list.issued, entries: list.entry_rows() };
        let signer = KeyId(*list.signer());
        match self.store.lists.iter_mut().find(|known| *known.signer() == signer.0) {
            Some(known) if !known.envelope.is_older(envelope) => {
                return Err(VerifyError::OutOfSequence);
            }
            Some(known) => *known = list,
            None => self.store.lists.push(list).map_err(|_| VerifyError::Full)?,
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
        if envelope.kind != T::KIND {
            return Err(VerifyError::WrongKind);
        }
        let issuer = self.store.issuer(envelope.key_id).ok_or(VerifyError::UnknownKey)?;
        self.verify_by(issuer, envelope)
    }

    /// Verifies the one payload of this type in a bundle, and with it the whole bundle.
    ///
    /// Its certificate may be in the bundle. Everything else in it must verify as well, so no byte
    /// of a good bundle can be changed.
    ///
    /// # Errors
    /// [`VerifyError`], as for [`Trust::verify`].
    pub fn verify_bundle<T: Payload<'a>>(&self, bundle: &Bundle<'a>) -> Result<Verified<'a, T>, VerifyError> {
        let subject = &bundle.only(T::KIND);
        // By reference, which saves moving it.
        let subject = subject.as_ref().map_err(|error| *error)?;
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
        let id = subject.key_id;
        if let Some(known) = self.store.issuer(id) {
            *slot = Some(*known);
        }
        for part in bundle.parts() {
            let other = &Envelope::parse(part);
            let other = other.as_ref().map_err(|error| *error)?;
            if other.kind == subject.kind || self.store.knows(other) {
                continue;
            }
            if other.kind != Kind::Certificate {
                return Err(VerifyError::WrongKind);
            }
            let root = self.root_of(other)?;
            self.take_issuer(other, self.answer(other, &root.key), Some(id), slot)?;
        }
        Ok(())
    }

    /// Verifies an envelope by its issuer. Whether to believe it is asked twice, each time from the
    /// signed bytes; the signature is verified once.
    fn verify_by<T: Payload<'a>>(
        &self,
        issuer: &Issuer<'a>,
        envelope: &Envelope<'a>,
    ) -> Result<Verified<'a, T>, VerifyError> {
        let answer = self.answer(envelope, &issuer.key);
        accepted(answer)?;
        self.judge(issuer, T::KIND, envelope, T::read_claim)?;
        let proof = self.proof(issuer, envelope, answer, T::read_claim);
        Ok(Verified { envelope: *envelope, proof, claims: PhantomData })
    }

    /// The second time, as a word instead of a branch, so that no single fault makes something
    /// believed that should not be. What the verifier answered goes into the word.
    #[inline(never)]
    fn proof(&self, issuer: &Issuer<'a>, envelope: &Envelope<'a>, answer: SignatureAnswer, read: ReadClaim<'a>) -> u32 {
        let mut path = BELIEF;
        path.spoil(answer.doubt() | issuer.answer.doubt() | self.store.doubt());
        path.step(issuer.id.0 == *envelope.key_id);
        path.step(self.judge(black_box(issuer), envelope.kind, envelope, read).is_ok());
        path.word() ^ Fingerprint::new().bytes(envelope.payload).end()
    }

    /// Whether the issuer was allowed to sign what it signed, and nothing of it was revoked. The kind
    /// is that which was asked for, and the second time that which the envelope says.
    #[inline(never)]
    fn judge(
        &self,
        issuer: &Issuer<'a>,
        kind: Kind,
        envelope: &Envelope<'a>,
        read: ReadClaim<'a>,
    ) -> Result<(), VerifyError> {
        let mut reader = Reader::new(envelope.payload);
        let claim = &read(&mut reader);
        if !reader.is_at_end() {
            return Err(VerifyError::Malformed);
        }
        if self.store.is_revoked(&issuer.id.0) {
            return Err(VerifyError::KeyRevoked);
        }
        // Whether the certificate or the root's retirement came first makes no difference.
        let mut mandate = Mandate::blank();
        self.read_by_root(Kind::Certificate, &issuer.envelope, &mut mandate, Mandate::claim)?;
        if claim.has_unknown_critical {
            return Err(VerifyError::UnknownCritical);
        }
        mandate.covers(kind, claim)?;
        self.store.stands(&issuer.id.0, claim)
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
        if envelope.kind != T::KIND {
            return Err(VerifyError::WrongKind);
        }
        let key = by.claims().key()?;
        let id = key.id();
        if id.0 != *envelope.key_id {
            return Err(VerifyError::UnknownKey);
        }
        let answer = self.answer(envelope, &key);
        accepted(answer)?;
        self.judge_delegated::<D, T>(by, envelope)?;
        // The second time, as in `proof`: by a word, and from the signed bytes again.
        let mut path = BELIEF;
        path.spoil(answer.doubt() | by.doubt() | self.store.doubt());
        path.step(black_box(id).0 == *envelope.key_id);
        path.step(self.judge_delegated::<D, T>(black_box(by), black_box(envelope)).is_ok());
        let proof = path.word() ^ Fingerprint::new().bytes(envelope.payload).end();
        Ok(Verified { envelope: *envelope, proof, claims: PhantomData })
    }

    /// Whether the key was allowed to sign what it signed, and was not revoked.
    #[inline(never)]
    fn judge_delegated<D: Delegation<'a>, T: Payload<'a>>(
        &self,
        by: &Verified<'a, D>,
        envelope: &Envelope<'a>,
    ) -> Result<(), VerifyError> {
        let mut reader = Reader::new(envelope.payload);
        let claim = T::read_claim(&mut reader);
        if !reader.is_at_end() {
            return Err(VerifyError::Malformed);
        }
        let id = envelope.key_id;
        if self.store.is_revoked(id) {
            return Err(VerifyError::KeyRevoked);
        }
        if claim.has_unknown_critical {
            return Err(VerifyError::UnknownCritical);
        }
        by.claims().covers(T::KIND, &claim)?;
        self.store.stands(id, &claim)
    }

    /// Verifies what only roots sign, and changes nothing: a time correction.
    ///
    /// # Errors
    /// [`VerifyError`], in the order kind, known key, signature, critical extensions, state of the
    /// root.
    pub fn verify_signed_by_root<T: Payload<'a>>(&self, envelope: &Envelope<'a>) -> Result<T, VerifyError> {
        if envelope.kind != T::KIND || !T::KIND.is_signed_by_root() {
            return Err(VerifyError::WrongKind);
        }
        let root = self.root_of(envelope)?;
        accepted(self.answer(envelope, &root.key))?;
        let mut claims = T::blank();
        self.read_by_root(T::KIND, envelope, &mut claims, Payload::claim)?;
        Ok(claims)
    }

    /// The root that signed an envelope, as that says.
    fn root_of(&self, envelope: &Envelope<'_>) -> Result<&Root, VerifyError> {
        self.store.root(envelope.key_id).ok_or(VerifyError::UnknownKey)
    }

    /// Reads what only roots sign, once its signature is verified.
    #[inline(never)]
    fn read_by_root<T: Decode<'a>>(
        &self,
        kind: Kind,
        envelope: &Envelope<'a>,
        claims: &mut T,
        claim: impl FnOnce(&T) -> Claim<'a>,
    ) -> Result<(), VerifyError> {
        let root = self.root_of(envelope)?;
        envelope.read_payload(claims)?;
        let claim = claim(claims);
        if claim.has_unknown_critical {
            return Err(VerifyError::UnknownCritical);
        }
        self.store.covers(root, kind, claim.issued)
    }

    /// What the verifier answers about the signature over the received bytes. Only after it the
    /// payload is read.
    #[inline(never)]
    fn answer(&self, envelope: &Envelope<'a>, key: &PublicKey) -> SignatureAnswer {
        match envelope.parts() {
            Some((message, signature)) if envelope.algorithm == key.algorithm => {
                self.verifier.verify(key, message, signature)
            }
            _ => SignatureAnswer::FAILS,
        }
    }

    /// Whether a list revokes the licence.
    #[must_use]
    pub fn is_license_revoked(&self, license: LicenseKey) -> bool {
        revoke(&self.store.lists, About::LicenseRevoked, &license.0, NEVER)
    }

    /// The latest time that something signed vouches for: a floor for the clock.
    #[must_use]
    pub fn latest_signed(&self) -> UnixSeconds {
        let certificates = self.store.issuers.iter().map(|issuer| {
            let mut mandate = Mandate::blank();
            issuer.envelope.read_payload(&mut mandate).map_or_else(|_| UnixSeconds::default(), |()| mandate.issued)
        });
        let lists = self.store.lists.iter().map(|list| list.issued);
        certificates.chain(lists).max().unwrap_or_default()
    }
}

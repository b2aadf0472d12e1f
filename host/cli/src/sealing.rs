//! Signed files: sealing payloads, bundling envelopes, and reading both forms back.

use std::path::Path;

use ed25519_dalek::{Signer as _, SigningKey};
use hwlicense::signed::{
    Algorithm, BUNDLE_BYTES_MAX, Bundle, BundleWriter, Certificate, ENVELOPE_BYTES_MAX, Ed25519, Envelope, Header,
    Kind, Payload, PublicKey, SIGNATURE_BYTES, SealError, SignatureAnswer, SignatureVerifier as _, VerifyError, armor,
    seal,
};

use crate::exit::Failure;
use crate::files;
use crate::keyfile;

/// In which form a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Bytes.
    Binary,
    /// Text, for e-mail.
    Armored,
}

impl Form {
    pub(crate) const fn of(armor: bool) -> Self {
        if armor { Self::Armored } else { Self::Binary }
    }
}

/// Signs a payload.
pub(crate) fn sign<'p, T: Payload<'p>>(
    key: &SigningKey,
    epoch: u32,
    sequence: u64,
    payload: &T,
) -> Result<Vec<u8>, Failure> {
    let header =
        Header { kind: T::KIND, algorithm: Algorithm::Ed25519, key_id: keyfile::public_of(key).id(), epoch, sequence };
    let mut buffer = vec![0; ENVELOPE_BYTES_MAX];
    let envelope = seal(header, payload, &mut buffer, |message| key.sign(message).to_bytes());
    envelope.map(<[u8]>::to_vec).map_err(|error| match error {
        SealError::NotWellFormed => Failure::usage(
            "not-well-formed",
            format!("this cannot be signed as a {}: {error}", T::KIND.name()),
            "Shorten the texts, leave out control characters, and let every period end after it begins.",
        ),
        _ => Failure::usage("too-large", format!("this does not fit a {}", T::KIND.name()), "Leave something out."),
    })
}

/// Puts envelopes into a file.
pub(crate) fn bundle(envelopes: &[&[u8]], form: Form) -> Result<Vec<u8>, Failure> {
    let too_large = |_| Failure::usage("too-large", "this does not fit one file", "Leave something out.");
    let mut writer = BundleWriter::new();
    for envelope in envelopes {
        writer.push(envelope).map_err(too_large)?;
    }
    let mut buffer = vec![0; BUNDLE_BYTES_MAX];
    let bytes = writer.write(&mut buffer).map_err(too_large)?;
    match form {
        Form::Binary => Ok(bytes.to_vec()),
        Form::Armored => armored(bytes),
    }
}

/// The armoured form of a binary file.
pub(crate) fn armored(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut buffer = vec![0; armor::ARMORED_BYTES_MAX];
    let text = armor::encode(bytes, &mut buffer).map_err(|error| Failure::internal("armor", error))?;
    Ok(text.as_bytes().to_vec())
}

/// The binary form of a file that may be armoured; the error is that of a damaged file.
pub(crate) fn unarmored(bytes: Vec<u8>) -> Result<Vec<u8>, VerifyError> {
    if !armor::is_armored(&bytes) {
        return Ok(bytes);
    }
    let mut buffer = vec![0; armor::ARMORED_BYTES_MAX];
    let decoded = armor::decode(&bytes, &mut buffer).map_err(|error| match error {
        armor::ArmorError::TooLarge => VerifyError::TooLarge,
        _ => VerifyError::Malformed,
    })?;
    Ok(decoded.to_vec())
}

/// Reads a signed file of either form. What is damaged is a verdict on the file, not a failure.
pub(crate) fn read(path: &Path) -> Result<Result<Vec<u8>, VerifyError>, Failure> {
    let (bytes, is_whole) = files::read_beginning(path, armor::ARMORED_BYTES_MAX)?;
    Ok(if is_whole { unarmored(bytes) } else { Err(VerifyError::TooLarge) })
}

/// Reads a signed file that must be one.
pub(crate) fn read_sound(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = read(path)?.map_err(|error| unusable(path, error))?;
    Bundle::parse(&bytes).map_err(|error| unusable(path, error))?;
    Ok(bytes)
}

/// A file that cannot be used, and what to do about it.
pub(crate) fn unusable(path: &Path, error: VerifyError) -> Failure {
    Failure::usage(
        error.code(),
        format!("{} cannot be used: {error}", path.display()),
        "Get the original file again, and check that it is the right one.",
    )
}

/// The envelope of one kind in a signed file.
pub(crate) fn only<'a>(bundle: &Bundle<'a>, kind: Kind, path: &Path) -> Result<Envelope<'a>, Failure> {
    bundle.only(kind).map_err(|error| {
        Failure::usage(
            error.code(),
            format!("{} does not hold one {}", path.display(), kind.name()),
            format!("Name a file that holds a {}.", kind.name()),
        )
    })
}

/// The certificate envelope in a file, for the key that is going to sign.
pub(crate) fn certificate_for(path: &Path, key: &PublicKey) -> Result<Vec<u8>, Failure> {
    let bytes = read_sound(path)?;
    let bundle = Bundle::parse(&bytes).map_err(|error| unusable(path, error))?;
    let envelope = only(&bundle, Kind::Certificate, path)?;
    let certificate: Certificate<'_> = envelope.unverified().map_err(|error| unusable(path, error))?;
    if certificate.key().ok() != Some(*key) {
        return Err(Failure::usage(
            "other-key",
            format!("{} certifies another key than the one that signs", path.display()),
            "Name the certificate that was made for this key's .pub file.",
        ));
    }
    Ok(envelope.bytes().to_vec())
}

/// Whether an envelope was signed with this key.
pub(crate) fn is_signed_by(envelope: &Envelope<'_>, key: &PublicKey) -> bool {
    let Some((message, signature)) = envelope.bytes().split_last_chunk::<SIGNATURE_BYTES>() else {
        return false;
    };
    envelope.header().key_id == key.id() && Ed25519.verify(key, message, signature) == SignatureAnswer::HOLDS
}

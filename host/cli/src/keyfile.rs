//! Key files: private keys as PKCS#8 PEM, public keys as SPKI PEM.
//!
//! # Source
//! RFC 5958 and RFC 8410; encryption is PBES2 (RFC 8018) with scrypt (RFC 7914) and AES-256-CBC,
//! which OpenSSL reads too.

use std::path::{Path, PathBuf};

use ed25519_dalek::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePublicKey as _, KeypairBytes};
use ed25519_dalek::{SigningKey, VerifyingKey};
use hwlicense::signed::PublicKey;
use pkcs8::pkcs5::pbes2::{Kdf, Parameters};
use pkcs8::pkcs5::scrypt;
use pkcs8::{EncodePrivateKey as _, EncryptedPrivateKeyInfoRef, LineEnding, PrivateKeyInfoRef, SecretDocument};
use zeroize::Zeroizing;

use crate::exit::Failure;
use crate::files::{self, Existing, Mode};
use crate::passphrase::PassphraseArgs;
use crate::random;

/// Longest key file in bytes.
pub(crate) const KEY_FILE_BYTES_MAX: usize = 16 * 1024;
const LABEL_PLAIN: &str = "PRIVATE KEY";
const LABEL_ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

/// Cost of scrypt in new files: 16 MiB of memory, five times over. The memory stays within what
/// OpenSSL allows by itself.
const SCRYPT_LOG_N: u8 = 14;
const SCRYPT_R: u32 = 8;
const SCRYPT_P: u32 = 5;

/// Most that a file may ask for: 1 GiB of memory, and 10 million rounds of PBKDF2. Without such a
/// bound a damaged file could ask for all the memory there is.
const SCRYPT_BYTES_MAX: u64 = 1 << 30;
const SCRYPT_P_MAX: u16 = 64;
const PBKDF2_ROUNDS_MAX: u32 = 10_000_000;

/// Makes a new private key.
pub(crate) fn generate() -> Result<SigningKey, Failure> {
    let seed = Zeroizing::new(random::bytes::<32>()?);
    Ok(SigningKey::from_bytes(&seed))
}

/// The public part of a private key.
pub(crate) fn public_of(key: &SigningKey) -> PublicKey {
    PublicKey::ed25519(key.verifying_key().to_bytes())
}

/// Where the public key goes that belongs to a private one.
pub(crate) fn public_path(private: &Path) -> Result<PathBuf, Failure> {
    let public = private.with_extension("pub");
    if public == private {
        return Err(Failure::usage(
            "name-is-taken",
            format!("{} is the name of the public key", private.display()),
            "Call the private key NAME.key; the public one becomes NAME.pub.",
        ));
    }
    Ok(public)
}

/// How a private key is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Protection<'p> {
    /// Encrypted with a passphrase.
    Passphrase(&'p str),
    /// As it is: whoever reads the file has the key.
    None,
}

/// Writes both files of a new key, the public one first: a private key is never there alone.
pub(crate) fn write_pair(
    path: &Path,
    key: &SigningKey,
    protection: Protection<'_>,
    existing: Existing,
) -> Result<PathBuf, Failure> {
    let public = public_path(path)?;
    files::check_free(path, existing)?;
    files::check_free(&public, existing)?;
    let secret = private_pem(key, protection)?;
    files::write(&public, public_pem(key)?.as_bytes(), Mode::Public, existing)?;
    files::write(path, secret.as_bytes(), Mode::Secret, existing)?;
    Ok(public)
}

fn private_pem(key: &SigningKey, protection: Protection<'_>) -> Result<Zeroizing<String>, Failure> {
    // Without the public key inside, older tools read it as well.
    let pair = KeypairBytes { secret_key: key.to_bytes(), public_key: None };
    let plain = pair.to_pkcs8_der().map_err(encoding_failed)?;
    let (label, document) = match protection {
        Protection::None => (LABEL_PLAIN, plain),
        Protection::Passphrase(passphrase) => {
            let cost = scrypt::Params::new(SCRYPT_LOG_N, SCRYPT_R, SCRYPT_P).map_err(encoding_failed)?;
            let salt = random::bytes::<16>()?;
            let parameters =
                Parameters::generate_scrypt_aes256cbc(cost, &salt, random::bytes()?).map_err(encoding_failed)?;
            let plain = PrivateKeyInfoRef::try_from(plain.as_bytes()).map_err(encoding_failed)?;
            (LABEL_ENCRYPTED, plain.encrypt_with_params(parameters, passphrase).map_err(encoding_failed)?)
        }
    };
    document.to_pem(label, LineEnding::LF).map_err(encoding_failed)
}

fn public_pem(key: &SigningKey) -> Result<String, Failure> {
    key.verifying_key().to_public_key_pem(LineEnding::LF).map_err(encoding_failed)
}

fn encoding_failed(error: impl core::fmt::Display) -> Failure {
    Failure::internal("key-encoding", format!("the key cannot be written: {error}"))
}

/// Reads a private key, and asks for its passphrase if it has one.
pub(crate) fn read_private(path: &Path, passphrase: &PassphraseArgs) -> Result<SigningKey, Failure> {
    let bytes = Zeroizing::new(files::read(path, KEY_FILE_BYTES_MAX)?);
    let text = core::str::from_utf8(&bytes).map_err(|_| no_private_key(path))?;
    let (label, document) = SecretDocument::from_pem(text).map_err(|_| no_private_key(path))?;
    match label {
        LABEL_PLAIN => SigningKey::from_pkcs8_der(document.as_bytes()).map_err(|_| no_private_key(path)),
        LABEL_ENCRYPTED => {
            let encrypted =
                EncryptedPrivateKeyInfoRef::try_from(document.as_bytes()).map_err(|_| no_private_key(path))?;
            check_cost(path, &encrypted)?;
            let passphrase = passphrase.existing(path)?;
            let plain = encrypted.decrypt(passphrase.as_bytes()).map_err(|_| wrong_passphrase(path))?;
            SigningKey::from_pkcs8_der(plain.as_bytes()).map_err(|_| wrong_passphrase(path))
        }
        _ => Err(no_private_key(path)),
    }
}

fn check_cost(path: &Path, encrypted: &EncryptedPrivateKeyInfoRef<'_>) -> Result<(), Failure> {
    let kdf = encrypted.encryption_algorithm.pbes2().map(|parameters| &parameters.kdf);
    let is_bearable = match kdf {
        Some(Kdf::Scrypt(scrypt)) => {
            let memory =
                128u64.checked_mul(scrypt.cost_parameter).and_then(|n| n.checked_mul(scrypt.block_size.into()));
            memory.is_some_and(|bytes| bytes <= SCRYPT_BYTES_MAX) && scrypt.parallelization <= SCRYPT_P_MAX
        }
        Some(Kdf::Pbkdf2(pbkdf2)) => pbkdf2.iteration_count <= PBKDF2_ROUNDS_MAX,
        _ => false,
    };
    if is_bearable { Ok(()) } else { Err(no_private_key(path)) }
}

fn wrong_passphrase(path: &Path) -> Failure {
    Failure::usage(
        "wrong-passphrase",
        format!("the passphrase of {} is wrong, or the file is damaged", path.display()),
        "Try again. A lost passphrase cannot be recovered.",
    )
}

fn no_private_key(path: &Path) -> Failure {
    Failure::usage(
        "not-a-private-key",
        format!("{} is no Ed25519 private key in PKCS#8 PEM", path.display()),
        "Name the file that `hwlicense key new` made, not the one that ends in .pub.",
    )
}

/// Reads a public key: SPKI PEM, or 64 hex digits.
pub(crate) fn read_public(path: &Path) -> Result<PublicKey, Failure> {
    let bytes = files::read(path, KEY_FILE_BYTES_MAX)?;
    let no_key = || {
        Failure::usage(
            "not-a-public-key",
            format!("{} is no Ed25519 public key", path.display()),
            "Name the .pub file that `hwlicense key new` made: SPKI PEM, or 64 hexadecimal digits.",
        )
    };
    let text = core::str::from_utf8(&bytes).map_err(|_| no_key())?;
    if text.contains("PRIVATE KEY-----") {
        return Err(Failure::usage(
            "private-key-given",
            format!("{} is a private key, and a public one is needed", path.display()),
            "Name its .pub file. A private key does not leave its machine.",
        ));
    }
    let key = match hex32(text.trim()) {
        Some(bytes) => VerifyingKey::from_bytes(&bytes).map_err(|_| no_key())?,
        None => VerifyingKey::from_public_key_pem(text).map_err(|_| no_key())?,
    };
    if key.is_weak() { Err(no_key()) } else { Ok(PublicKey::ed25519(key.to_bytes())) }
}

fn hex32(text: &str) -> Option<[u8; 32]> {
    hwlicense_probe::HexBytes::parse(text)?.0.try_into().ok()
}

/// Whether a file holds a private key, to tell which of the two readers to use.
pub(crate) fn is_private(path: &Path) -> Result<bool, Failure> {
    let bytes = Zeroizing::new(files::read(path, KEY_FILE_BYTES_MAX)?);
    Ok(core::str::from_utf8(&bytes).is_ok_and(|text| text.contains("PRIVATE KEY-----")))
}

/// Writes the public key beside a private one where it is missing or another.
pub(crate) fn restore_public(private: &Path, key: &SigningKey) -> Result<(), Failure> {
    let path = public_path(private)?;
    if path.exists() && read_public(&path).is_ok_and(|public| public == public_of(key)) {
        return Ok(());
    }
    files::write(&path, public_pem(key)?.as_bytes(), Mode::Public, Existing::Replace)
}

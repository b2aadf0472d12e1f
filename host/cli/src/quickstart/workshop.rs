//! The keys of `quickstart`: a root, an issuer that it certified, and what they sign.

use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use hwlicense::hwid::{Enrollment, Evidence};
use hwlicense::license::{Binding, ClassSet, License};
use hwlicense::signed::{Bundle, Certificate, Ed25519, Kind, KindSet, Trust};
use serde_json::json;

use super::story::Story;
use crate::clock;
use crate::exit::Failure;
use crate::files::{self, Existing, Mode};
use crate::key::{CertificateTerms, make_certificate};
use crate::keyfile::{self, Protection};
use crate::license::check::trust_in;
use crate::license::issue::{new_license_key, signed_file};
use crate::license::log::{self, Issued, Log};
use crate::license::terms::{Subject, Terms};
use crate::output::Output;
use crate::passphrase::PassphraseArgs;
use crate::sealing::{self, Form};

/// How long the certificate lasts, and the licence, which must end before it is renewed.
const CERTIFICATE_S: u64 = 730 * 86_400;
const LICENSE_S: u64 = 365 * 86_400;
/// What the issuer may sign.
const KINDS: [Kind; 3] = [Kind::License, Kind::Entitlement, Kind::RevocationList];

/// Root, issuer and certificate, and where they are kept.
pub(super) struct Workshop {
    pub(super) folder: PathBuf,
    root: SigningKey,
    pub(super) issuer: SigningKey,
    pub(super) certificate: Vec<u8>,
    is_new: bool,
}

impl Workshop {
    /// Opens what is there, and makes what is missing.
    pub(super) fn open(folder: &Path) -> Result<Self, Failure> {
        let (root, is_new) = key(&folder.join("vendor.key"))?;
        let (issuer, _) = key(&folder.join("issuer.key"))?;
        let path = folder.join("issuer.cert");
        let certificate = match usable_certificate(&path, &root, &issuer) {
            Some(envelope) => envelope,
            None => {
                let from = clock::now();
                let terms = CertificateTerms {
                    name: "quickstart",
                    kinds: KindSet::of(&KINDS),
                    brands: &[],
                    classes: ClassSet::ALL,
                    count_max: 1000,
                    from,
                    until: from.after(CERTIFICATE_S),
                    sequence: None,
                };
                let envelope = make_certificate(&root, &keyfile::public_of(&issuer), &terms)?;
                let file = sealing::bundle(&[&envelope], Form::Binary)?;
                files::write(&path, &file, Mode::Public, Existing::Replace)?;
                envelope
            }
        };
        Ok(Self { folder: folder.to_owned(), root, issuer, certificate, is_new })
    }

    pub(super) fn tell(&self, story: &mut Story) -> Result<(), Failure> {
        let facts = [
            ("root", json!(keyfile::public_of(&self.root).id().to_string())),
            ("issuer", json!(keyfile::public_of(&self.issuer).id().to_string())),
            ("state", json!(if self.is_new { "new" } else { "kept from an earlier run" })),
        ];
        story.step(
            "Make a root key, and an issuer that it certifies",
            "hwlicense key new, hwlicense key certify",
            &facts,
        )
    }

    /// Trust in the root, as its public file says.
    pub(super) fn trust(&self) -> Result<Trust<'static, Ed25519>, Failure> {
        trust_in(&self.folder.join("vendor.pub"))
    }

    /// A licence with these terms.
    pub(super) fn license<'t>(&self, terms: &'t Terms, binding: Binding<'t>) -> Result<License<'t>, Failure> {
        let issued = clock::now();
        let mut license = terms.license(Subject { key: new_license_key()?, binding, issued })?;
        license.expires = Some(issued.after(LICENSE_S));
        Ok(license)
    }

    /// Signs a licence after noting it in the log, and gives its binary form.
    pub(super) fn issue(&self, license: &License<'_>, out: &Path) -> Result<Vec<u8>, Failure> {
        let mut log = Log::open(&log::path_for(&self.folder.join("issuer.key")), Output { json: false, quiet: true })?;
        let issuer = keyfile::public_of(&self.issuer).id().to_string();
        let sequence = log.next_sequence(&issuer);
        let file = signed_file(&self.issuer, sequence, license, Some(&self.certificate), Form::Binary)?;
        log.append(&Issued::license(license, &issuer, sequence), out)?;
        Ok(file)
    }
}

/// Terms to try things out with. A generated identity is accepted where there is no other.
pub(super) fn terms(enrollment: &Enrollment) -> Terms {
    let generated = enrollment.evidence().contains(Evidence::Generated);
    Terms {
        brand: Some("quickstart".to_owned()),
        class: Some("professional".to_owned()),
        count: Some(4),
        holder: Some("Quickstart".to_owned()),
        accept_evidence: if generated { vec![Evidence::Generated.name().to_owned()] } else { Vec::new() },
        ..Terms::default()
    }
}

/// The key in a file, made if there is none; and whether it was made.
fn key(path: &Path) -> Result<(SigningKey, bool), Failure> {
    if !path.exists() {
        let key = keyfile::generate()?;
        // A public key without its private one is of no use to anybody.
        keyfile::write_pair(path, &key, Protection::None, Existing::Replace)?;
        return Ok((key, true));
    }
    let key = keyfile::read_private(path, &PassphraseArgs::default())?;
    keyfile::restore_public(path, &key)?;
    Ok((key, false))
}

/// The certificate of an earlier run, if it is of these keys and still covers what is issued now.
fn usable_certificate(path: &Path, root: &SigningKey, issuer: &SigningKey) -> Option<Vec<u8>> {
    let envelope = sealing::certificate_for(path, &keyfile::public_of(issuer)).ok()?;
    let file = sealing::bundle(&[&envelope], Form::Binary).ok()?;
    let bundle = Bundle::parse(&file).ok()?;
    let parsed = bundle.only(Kind::Certificate).ok()?;
    let certificate: Certificate<'_> = parsed.unverified().ok()?;
    let now = clock::now();
    let is_good = sealing::is_signed_by(&parsed, &keyfile::public_of(root))
        && KINDS.iter().all(|kind| certificate.kinds.contains(*kind))
        && certificate.valid_from <= now
        && now <= certificate.valid_until;
    is_good.then_some(envelope)
}

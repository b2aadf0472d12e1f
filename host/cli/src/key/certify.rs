//! `key certify`: a root's word that a key may issue, and what.

use std::path::PathBuf;

use ed25519_dalek::SigningKey;
use hwlicense::extension::Extensions;
use hwlicense::license::{Class, ClassSet};
use hwlicense::signed::{BRANDS_MAX, Brands, Bundle, Certificate, Kind, KindSet, Label, PublicKey};
use hwlicense::time::UnixSeconds;

use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::files::{self, Existing, Mode};
use crate::keyfile;
use crate::output::Output;
use crate::passphrase::PassphraseArgs;
use crate::payloads;
use crate::sealing::{self, Form};

/// How long a certificate lasts if nothing is said: two years.
const LIFETIME_S: u64 = 730 * 86_400;

/// Certify an issuer with a root key
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense key certify --root vendor.key --issuer desk.pub \\\n      --name \"Licence desk\" --out desk.cert\n  hwlicense key certify --root vendor.key --issuer shop.pub --name Shop \\\n      --brands acme --classes professional,edge --count-max 64 \\\n      --until 2028-01-01 --out shop.cert"
)]
pub(crate) struct Args {
    /// The root's private key
    #[arg(long, value_name = "KEY")]
    root: PathBuf,
    /// The issuer's public key
    #[arg(long, value_name = "PUB")]
    issuer: PathBuf,
    /// The issuer's name, for people
    #[arg(long)]
    name: String,
    /// What it may sign
    #[arg(long, value_delimiter = ',', value_name = "KIND", default_values = ["license", "revocation-list"])]
    kinds: Vec<String>,
    /// For which brands; all if nothing is said
    #[arg(long, value_delimiter = ',', value_name = "BRAND")]
    brands: Vec<String>,
    /// Which classes of licence, by name or number, or `vendor` for all of the vendors' own; all if nothing is said
    #[arg(long, value_delimiter = ',', value_name = "CLASS")]
    classes: Vec<String>,
    /// The greatest count in one licence
    #[arg(long, value_name = "COUNT", default_value_t = 1000)]
    count_max: u32,
    /// First time of issue that it covers; now if nothing is said
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    from: Option<UnixSeconds>,
    /// Last time of issue that it covers; two years from its begin if nothing is said
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    until: Option<UnixSeconds>,
    /// Orders the certificates of one issuer; the time in seconds if nothing is said
    #[arg(long, value_name = "NUMBER")]
    sequence: Option<u64>,
    /// Where to write the certificate
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write it as text
    #[arg(long)]
    armor: bool,
    /// Show what would be signed, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Replace a file that is there already
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let existing = Existing::forced(args.force);
    files::check_free(&args.out, existing)?;
    let issuer = keyfile::read_public(&args.issuer)?;
    let from = args.from.unwrap_or_else(clock::now);
    let until = args.until.unwrap_or_else(|| from.after(LIFETIME_S));
    if until < from {
        return Err(Failure::usage(
            "ends-before-it-begins",
            format!("the certificate would end ({}) before it begins ({})", clock::show(until), clock::show(from)),
            "Choose a later --until.",
        ));
    }
    let terms = CertificateTerms {
        name: &args.name,
        kinds: kinds(&args.kinds)?,
        brands: &args.brands,
        classes: classes(&args.classes)?,
        count_max: args.count_max,
        from,
        until,
        sequence: args.sequence,
    };
    let root = keyfile::read_private(&args.root, &args.passphrase)?;
    let envelope = make_certificate(&root, &issuer, &terms)?;
    let file = sealing::bundle(&[&envelope], Form::of(args.armor))?;
    if !args.dry_run {
        files::write(&args.out, &file, Mode::Public, existing)?;
    }
    let heading = if args.dry_run { "would certify".to_owned() } else { format!("wrote {}", args.out.display()) };
    show(&envelope, &heading, output)?;
    Ok(Exit::Done)
}

/// Shows an envelope that was just made.
fn show(envelope: &[u8], heading: &str, output: Output) -> Result<(), Failure> {
    let file = sealing::bundle(&[envelope], Form::Binary)?;
    let bundle = Bundle::parse(&file).map_err(|error| Failure::internal("own-bundle", error))?;
    for envelope in bundle.envelopes() {
        let mut facts = payloads::header(envelope.header());
        facts.extend(payloads::payload(&envelope).map_err(|error| Failure::internal("own-payload", error))?);
        output.facts("certificate", heading, &facts)?;
    }
    Ok(())
}

/// What a certificate is going to say.
pub(crate) struct CertificateTerms<'t> {
    pub(crate) name: &'t str,
    pub(crate) kinds: KindSet,
    /// Empty for all.
    pub(crate) brands: &'t [String],
    pub(crate) classes: ClassSet,
    pub(crate) count_max: u32,
    pub(crate) from: UnixSeconds,
    pub(crate) until: UnixSeconds,
    /// The time in seconds if absent: later ones come later without anybody keeping a count.
    pub(crate) sequence: Option<u64>,
}

/// Signs a certificate and gives its envelope.
pub(crate) fn make_certificate(
    root: &SigningKey,
    issuer: &PublicKey,
    terms: &CertificateTerms<'_>,
) -> Result<Vec<u8>, Failure> {
    if *issuer == keyfile::public_of(root) {
        return Err(Failure::usage(
            "root-as-issuer",
            "a root does not certify itself",
            "Make a key for the issuer: hwlicense key new --issuer --out issuer.key",
        ));
    }
    let mut brands = heapless::Vec::new();
    for brand in terms.brands {
        brands.push(Label::from(brand.as_str())).map_err(|_| {
            Failure::usage("too-many-brands", format!("more than {BRANDS_MAX} brands"), "Make a second certificate.")
        })?;
    }
    let now = clock::now();
    let certificate = Certificate {
        algorithm: issuer.algorithm.number(),
        public_key: issuer.bytes,
        name: terms.name.into(),
        kinds: terms.kinds,
        brands: if brands.is_empty() { Brands::Any } else { Brands::Only(brands) },
        classes: terms.classes,
        count_max: terms.count_max,
        issued: now,
        valid_from: terms.from,
        valid_until: terms.until,
        extensions: Extensions::new(),
    };
    sealing::sign(root, 0, terms.sequence.unwrap_or(now.0), &certificate)
}

fn kinds(names: &[String]) -> Result<KindSet, Failure> {
    let mut kinds = Vec::new();
    for name in names {
        let known = Kind::ALL.into_iter().find(|kind| kind.name() == name && !kind.is_signed_by_root());
        kinds.push(known.ok_or_else(|| {
            let allowed = Kind::ALL.into_iter().filter(|kind| !kind.is_signed_by_root()).map(Kind::name);
            Failure::usage(
                "unknown-kind",
                format!("an issuer cannot be allowed to sign `{name}`"),
                format!("Use some of: {}.", allowed.collect::<Vec<_>>().join(", ")),
            )
        })?);
    }
    Ok(KindSet::of(&kinds))
}

fn classes(names: &[String]) -> Result<ClassSet, Failure> {
    if names.is_empty() || names.iter().any(|name| name == "all") {
        return Ok(ClassSet::ALL);
    }
    let mut classes = Vec::new();
    for name in names {
        let class = if name == "vendor" { Some(Class::VENDOR_FIRST) } else { Class::parse(name) };
        classes.push(class.ok_or_else(|| unknown_class(name))?);
    }
    Ok(ClassSet::of(&classes))
}

/// A class that nobody knows.
pub(crate) fn unknown_class(name: &str) -> Failure {
    let known = Class::KNOWN.map(|(_, name)| name).join(", ");
    Failure::usage(
        "unknown-class",
        format!("there is no class `{name}`"),
        format!("Use one of: {known}, or the number of a vendor's class (32768 and up)."),
    )
}

//! Terms of a licence, from flags and from a JSON file with the same names.

use std::path::Path;

use hwlicense::extension::Extensions;
use hwlicense::hwid::{Evidence, EvidenceSet};
use hwlicense::license::{
    Binding, Class, EvidencePolicy, FEATURES_MAX, GRACE_OFFLINE_S, GRACE_OFFLINE_VIDEO_WALL_S, License, LicenseKey,
};
use hwlicense::signed::Label;
use hwlicense::time::{DAY_S, UnixSeconds};
use serde::Deserialize;

use crate::clock;
use crate::exit::Failure;
use crate::files;
use crate::key::unknown_class;

/// Longest file of terms in bytes.
const TERMS_BYTES_MAX: usize = 64 * 1024;

/// What a licence is going to say. A flag wins over the file.
#[derive(Clone, Debug, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Terms {
    /// Licence key AAAA-BBBB-CCCC-DDDD; a new one if nothing is said
    #[arg(long, value_name = "KEY")]
    pub(crate) license_key: Option<String>,
    /// Brand of the products that it is for
    #[arg(long)]
    pub(crate) brand: Option<String>,
    /// Class, by name or by a vendor's number
    #[arg(long)]
    pub(crate) class: Option<String>,
    /// Channels, or what the class counts
    #[arg(long)]
    pub(crate) count: Option<u32>,
    /// To whom it is given
    #[arg(long)]
    pub(crate) holder: Option<String>,
    /// Edition of the product
    #[arg(long)]
    pub(crate) edition: Option<String>,
    /// Last time for which updates are included
    #[arg(long, value_name = "TIME")]
    pub(crate) maintenance_until: Option<String>,
    /// A feature that it unlocks; several times, or with commas
    #[arg(long, value_delimiter = ',', value_name = "FEATURE")]
    pub(crate) features: Vec<String>,
    /// First time at which it is good; now if nothing is said
    #[arg(long, value_name = "TIME")]
    pub(crate) not_before: Option<String>,
    /// First time at which it is no longer good; never if nothing is said
    #[arg(long, value_name = "TIME")]
    pub(crate) expires: Option<String>,
    /// Days that it counts after its server went offline; 30, or 7 for a video wall
    #[arg(long, value_name = "DAYS")]
    pub(crate) grace_offline_days: Option<u32>,
    /// Days that it counts after its server's hardware changed; 0 if nothing is said
    #[arg(long, value_name = "DAYS")]
    pub(crate) grace_changed_days: Option<u32>,
    /// Good only in contact with a Primary Server
    #[arg(long)]
    pub(crate) contact_required: bool,
    /// Evidence that the machine must show
    #[arg(long, value_delimiter = ',', value_name = "EVIDENCE")]
    pub(crate) require_evidence: Vec<String>,
    /// Doubtful evidence to be accepted: generated (the others are anyway)
    #[arg(long, value_delimiter = ',', value_name = "EVIDENCE")]
    pub(crate) accept_evidence: Vec<String>,
    /// Doubtful evidence to be refused: wireless-mac, virtual-machine, container, enrollment
    #[arg(long, value_delimiter = ',', value_name = "EVIDENCE")]
    pub(crate) refuse_evidence: Vec<String>,
}

/// The parts of a licence that are not its terms.
pub(crate) struct Subject<'t> {
    pub(crate) key: LicenseKey,
    pub(crate) binding: Binding<'t>,
    pub(crate) issued: UnixSeconds,
}

impl Terms {
    /// Terms from a file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let json = files::read(path, TERMS_BYTES_MAX)?;
        serde_json::from_slice(&json).map_err(|error| {
            Failure::usage(
                "not-terms",
                format!("{} is no file of terms: {error}", path.display()),
                "Write one JSON object; its fields have the names of the flags, with _ for -.",
            )
        })
    }

    /// These terms where they say something, and `file` where they do not.
    pub(crate) fn over(self, file: Self) -> Self {
        fn list(flags: Vec<String>, file: Vec<String>) -> Vec<String> {
            if flags.is_empty() { file } else { flags }
        }
        Self {
            license_key: self.license_key.or(file.license_key),
            brand: self.brand.or(file.brand),
            class: self.class.or(file.class),
            count: self.count.or(file.count),
            holder: self.holder.or(file.holder),
            edition: self.edition.or(file.edition),
            maintenance_until: self.maintenance_until.or(file.maintenance_until),
            features: list(self.features, file.features),
            not_before: self.not_before.or(file.not_before),
            expires: self.expires.or(file.expires),
            grace_offline_days: self.grace_offline_days.or(file.grace_offline_days),
            grace_changed_days: self.grace_changed_days.or(file.grace_changed_days),
            contact_required: self.contact_required || file.contact_required,
            require_evidence: list(self.require_evidence, file.require_evidence),
            accept_evidence: list(self.accept_evidence, file.accept_evidence),
            refuse_evidence: list(self.refuse_evidence, file.refuse_evidence),
        }
    }

    /// The licence key that was asked for.
    pub(crate) fn key(&self) -> Result<Option<LicenseKey>, Failure> {
        let parse = |text: &String| {
            text.parse().map_err(|error| {
                Failure::usage("not-a-license-key", format!("`{text}`: {error}"), "Type it again, or leave it out.")
            })
        };
        self.license_key.as_ref().map(parse).transpose()
    }

    /// What evidence the licence asks for.
    pub(crate) fn evidence(&self) -> Result<EvidencePolicy, Failure> {
        let refused = set(&self.refuse_evidence)?;
        let accepted = EvidencePolicy::default().accepted().union(set(&self.accept_evidence)?);
        let accepted = EvidenceSet::from_bits(accepted.bits() & !refused.bits());
        Ok(EvidencePolicy::new(set(&self.require_evidence)?, accepted))
    }

    /// Brand of the products.
    pub(crate) fn brand(&self) -> Result<Label<'_>, Failure> {
        required(self.brand.as_deref(), "brand").map(Label::from)
    }

    /// A class that this software knows.
    pub(crate) fn class(&self) -> Result<Class, Failure> {
        let name = required(self.class.as_deref(), "class")?;
        Class::parse(name).filter(|class| class.is_known()).ok_or_else(|| unknown_class(name))
    }

    /// Channels.
    pub(crate) fn count(&self) -> Result<u32, Failure> {
        self.count.ok_or_else(|| missing("count"))
    }

    /// Last time for which updates are included.
    pub(crate) fn maintenance_until(&self) -> Result<Option<UnixSeconds>, Failure> {
        time("maintenance-until", self.maintenance_until.as_deref())
    }

    /// First time at which it is good.
    pub(crate) fn not_before(&self) -> Result<Option<UnixSeconds>, Failure> {
        time("not-before", self.not_before.as_deref())
    }

    /// First time at which it is no longer good.
    pub(crate) fn expires(&self) -> Result<Option<UnixSeconds>, Failure> {
        time("expires", self.expires.as_deref())
    }

    /// Features, ascending, each once.
    pub(crate) fn features(&self) -> Result<heapless::Vec<Label<'_>, FEATURES_MAX>, Failure> {
        let mut names: Vec<&str> = self.features.iter().map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        let mut features = heapless::Vec::new();
        for name in names {
            features.push(Label::from(name)).map_err(|_| {
                Failure::usage(
                    "too-many-features",
                    format!("a licence names at most {FEATURES_MAX} features"),
                    "Issue a second licence for the others.",
                )
            })?;
        }
        Ok(features)
    }

    /// The whole licence.
    pub(crate) fn license<'t>(&'t self, subject: Subject<'t>) -> Result<License<'t>, Failure> {
        let class = self.class()?;
        let grace = if class == Class::VIDEO_WALL { GRACE_OFFLINE_VIDEO_WALL_S } else { GRACE_OFFLINE_S };
        Ok(License {
            key: subject.key,
            brand: self.brand()?,
            class,
            count: self.count()?,
            holder: self.holder.as_deref().unwrap_or_default().into(),
            edition: self.edition.as_deref().unwrap_or_default().into(),
            maintenance_until: self.maintenance_until()?,
            features: self.features()?,
            binding: subject.binding,
            evidence: self.evidence()?,
            issued: subject.issued,
            not_before: self.not_before()?.unwrap_or(subject.issued),
            expires: self.expires()?,
            grace_offline_s: self.grace_offline_days.map_or(Ok(grace), days)?,
            grace_changed_s: self.grace_changed_days.map_or(Ok(0), days)?,
            contact_required: self.contact_required,
            extensions: Extensions::new(),
        })
    }
}

pub(crate) fn days(days: u32) -> Result<u32, Failure> {
    days.checked_mul(DAY_S)
        .ok_or_else(|| Failure::usage("too-many-days", format!("{days} days are too many"), "Use at most 49710 days."))
}

pub(crate) fn time(name: &str, text: Option<&str>) -> Result<Option<UnixSeconds>, Failure> {
    let parse = |text: &str| {
        clock::parse(text).map_err(|help| Failure::usage("not-a-time", format!("{name}: `{text}` is no time"), help))
    };
    text.map(parse).transpose()
}

fn required<'t>(value: Option<&'t str>, name: &str) -> Result<&'t str, Failure> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| missing(name))
}

fn missing(name: &str) -> Failure {
    Failure::usage(
        "terms-incomplete",
        format!("the terms say nothing of: {name}"),
        format!("Give --{name}, or write it into the file of --terms. Brand, class and count must be there."),
    )
}

fn set(names: &[String]) -> Result<EvidenceSet, Failure> {
    names.iter().try_fold(EvidenceSet::EMPTY, |set, name| {
        let found = Evidence::ALL.iter().find(|evidence| evidence.name() == name);
        found.map(|evidence| set.with(*evidence)).ok_or_else(|| {
            let known: Vec<&str> = Evidence::ALL.iter().map(|evidence| evidence.name()).collect();
            Failure::usage(
                "unknown-evidence",
                format!("there is no evidence `{name}`"),
                format!("Use some of: {}.", known.join(", ")),
            )
        })
    })
}

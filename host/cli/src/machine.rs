//! The machine that a verb is about: this one or a recorded one, with its enrolment and, where it
//! was asked for, a generated identity.

use std::path::{Path, PathBuf};

use hwlicense::hwid::{ENROLLMENT_BYTES_MAX, Enrollment, Evidence, HardwareError, HwidError, Machine};
use hwlicense_probe::{HexBytes, PlatformId, READING_BYTES_MAX, Reading};
use serde_json::json;

use crate::exit::Failure;
use crate::files::{self, Existing, Mode};
use crate::output::json_text;
use crate::random;

/// Name of the file with a generated identity, beside the enrolment that rests on it.
pub(crate) const IDENTITY_NAME: &str = "machine.identity";
const IDENTITY_SCHEMA: &str = "hwlicense.identity/1";
const IDENTITY_BYTES_MAX: usize = 4096;

/// Which machine.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct MachineArgs {
    /// A recorded reading in JSON instead of this machine; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    /// The machine's enrolment; a generated identity that it rests on is looked for beside it
    #[arg(long, value_name = "FILE")]
    pub(crate) enrollment: Option<PathBuf>,
    /// A generated identity, where the machine has nothing unique
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: Option<PathBuf>,
}

impl MachineArgs {
    /// Reads everything that the arguments name.
    pub(crate) fn subject(&self) -> Result<Subject, Failure> {
        let reading = match &self.from {
            None => hwlicense_probe::probe(Path::new("/")),
            Some(path) => read_reading(path)?,
        };
        self.subject_of(reading)
    }

    /// The same for a reading that is there already.
    pub(crate) fn subject_of(&self, reading: Reading) -> Result<Subject, Failure> {
        let enrollment = self.enrollment.as_deref().map(read_enrollment).transpose()?;
        let identity = match (&self.identity, &self.enrollment, &enrollment) {
            (Some(path), _, _) => Some(path.clone()),
            (None, Some(path), Some(enrollment)) if enrollment.evidence().contains(Evidence::Generated) => {
                Some(files::beside(path, IDENTITY_NAME)).filter(|path| path.exists())
            }
            _ => None,
        };
        let subject = Subject { reading, enrollment };
        identity.map_or(Ok(subject.clone()), |path| subject.with_identity(&read_identity(&path)?))
    }
}

/// A machine, read.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) reading: Reading,
    pub(crate) enrollment: Option<Enrollment>,
}

impl Subject {
    /// Hands the machine over, as its enrolment sees it if there is one.
    pub(crate) fn with_machine<R>(&self, use_machine: impl FnOnce(&Machine<'_>) -> R) -> Result<R, Failure> {
        let hardware = self.reading.hardware();
        let descriptor = hardware.descriptor();
        let machine = match &self.enrollment {
            Some(enrollment) => Machine::read_enrolled(&descriptor, enrollment),
            None => Machine::read(&descriptor),
        };
        machine.map(|machine| use_machine(&machine)).map_err(bad_hardware)
    }

    /// The machine as it reads by itself, whatever it was enrolled as.
    pub(crate) fn with_bare_machine<R>(&self, use_machine: impl FnOnce(&Machine<'_>) -> R) -> Result<R, Failure> {
        Self { reading: self.reading.clone(), enrollment: None }.with_machine(use_machine)
    }

    /// The same machine with a generated identity.
    ///
    /// Where fields exist that may not be read, the HWID would stay unknown; whoever asked for a
    /// generated identity asked to go on without them, so they count as absent. The evidence says
    /// `generated`, and only licences that accept that are good here.
    pub(crate) fn with_identity(mut self, identity: &Identity) -> Result<Self, Failure> {
        self.reading.platform_ids.retain(|id| id.source.as_deref() != Some("generated"));
        self.reading
            .platform_ids
            .push(PlatformId { source: Some("generated".to_owned()), id: Some(HexBytes(identity.0.to_vec())) });
        let unreadable = self.with_machine(|machine| matches!(machine.hwid(), Err(HwidError::NotReadable(_))))?;
        if unreadable {
            self.reading.unreadable.clear();
        }
        Ok(self)
    }
}

fn bad_hardware(error: HardwareError) -> Failure {
    Failure::usage(error.code(), format!("this reading is no real machine: {error}"), "Check where it comes from.")
}

/// One reading from a file or standard input.
fn read_reading(path: &Path) -> Result<Reading, Failure> {
    let limit = usize::try_from(READING_BYTES_MAX).unwrap_or(usize::MAX);
    let json = files::read(path, limit)?;
    hwlicense_probe::parse_document(&json).map_err(|error| {
        Failure::usage(
            "not-a-reading",
            format!("{}: {error}", path.display()),
            "Give one reading as `hwlicense probe --json` writes it.",
        )
    })
}

/// An enrolment from its file.
pub(crate) fn read_enrollment(path: &Path) -> Result<Enrollment, Failure> {
    // One byte more than there may be, so that the core finds what is too long.
    let bytes = files::read(path, ENROLLMENT_BYTES_MAX.saturating_mul(64))?;
    Enrollment::decode(&bytes).map_err(|error| {
        Failure::usage(
            error.code(),
            format!("{}: {error}", path.display()),
            "Name a file that `hwlicense enroll --out FILE` wrote, or enrol again.",
        )
    })
}

/// An enrolment as bytes.
pub(crate) fn enrollment_bytes(enrollment: &Enrollment) -> Result<Vec<u8>, Failure> {
    let mut buffer = [0; ENROLLMENT_BYTES_MAX];
    let bytes = enrollment.encode(&mut buffer).map_err(|error| Failure::internal("enrollment-encoding", error))?;
    Ok(bytes.to_vec())
}

/// An identity made by software, for machines that have nothing else. It is no hardware: whoever
/// copies the file copies the identity.
#[derive(Clone, Debug)]
pub(crate) struct Identity([u8; 16]);

/// A new identity, written to its file.
pub(crate) fn generate_identity(path: &Path, existing: Existing) -> Result<Identity, Failure> {
    let identity = Identity(random::bytes()?);
    let text = json_text(&json!({
        "schema": IDENTITY_SCHEMA,
        "id": HexBytes(identity.0.to_vec()).to_string(),
        "note": "generated by software; a copy of this file is a copy of the machine",
    }));
    files::write(path, format!("{text}\n").as_bytes(), Mode::Secret, existing)?;
    Ok(identity)
}

/// An identity from its file.
pub(crate) fn read_identity(path: &Path) -> Result<Identity, Failure> {
    let bytes = files::read(path, IDENTITY_BYTES_MAX)?;
    let parsed: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
    let id = parsed.as_ref().and_then(|identity| {
        (identity.get("schema")?.as_str()? == IDENTITY_SCHEMA).then_some(())?;
        HexBytes::parse(identity.get("id")?.as_str()?)?.0.try_into().ok()
    });
    id.map(Identity).ok_or_else(|| {
        Failure::usage(
            "not-an-identity",
            format!("{} is no generated identity", path.display()),
            "Name the file that `hwlicense enroll --generate-identity` or `hwlicense quickstart` made.",
        )
    })
}

/// Why a machine has no HWID, with the fields and the cure.
pub(crate) fn no_hwid(error: HwidError, reading: &Reading) -> Failure {
    match error {
        HwidError::NotReadable(fields) => {
            let entries = reading.unreadable.iter().filter_map(|entry| {
                let source = entry.source.as_deref().unwrap_or("its source");
                let reason = entry.reason.as_deref().unwrap_or("not readable");
                Some(format!("\n    {}: {source}: {reason}", entry.field.as_deref()?))
            });
            let listed: String = entries.collect();
            let cure = reading.unreadable.iter().find_map(|entry| entry.cure.clone());
            Failure::rights(
                error.code(),
                format!("these fields exist but may not be read: {fields}{listed}"),
                cure.unwrap_or_else(|| {
                    "as root, once: sudo hwlicense enroll --out FILE; then pass --enrollment FILE".to_owned()
                }),
            )
        }
        _ => Failure::no(
            error.code(),
            format!("{error}: no usable serial number, UUID, MAC address of its own or platform identifier"),
            "Give the machine an identity: a UUID of its own for a virtual machine, a platform identifier (SoC, TPM, \
             eMMC), or, knowing that it can be copied, `hwlicense enroll --generate-identity`.",
        ),
    }
}

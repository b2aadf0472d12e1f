//! What the agent says of itself: the machine it runs on, and what it needs.

use std::path::PathBuf;

use hwlicense::hwid::{Enrollment, Hwid, Identity};
use hwlicense::license::{Class, LicenseKey};
use hwlicense::primary::Wanted;
use hwlicense::primary::client::Device;
use hwlicense::signed::Label;

use super::missing;
use crate::clock;
use crate::exit::Failure;
use crate::key::unknown_class;
use crate::machine::{self, MachineArgs, Subject, no_hwid};

/// What the device is, and needs.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct DeviceArgs {
    /// Brand of the product
    #[arg(long, required = true)]
    brand: Option<String>,
    /// Class of licence that it needs
    #[arg(long, default_value = "professional")]
    class: String,
    /// Channels that it needs
    #[arg(long, default_value_t = 1)]
    count: u32,
    /// A licence key, if this device was given one
    #[arg(long, value_name = "KEY")]
    license_key: Option<LicenseKey>,
    /// Name by which the administrator knows the device; the host's name if nothing is said
    #[arg(long)]
    name: Option<String>,
    /// Version of the software that records
    #[arg(long, value_name = "VERSION", default_value = concat!("hwlicense ", env!("CARGO_PKG_VERSION")))]
    software: String,
    /// The machine's enrolment; a generated identity that it rests on is looked for beside it
    #[arg(long, value_name = "FILE")]
    enrollment: Option<PathBuf>,
    /// A recorded reading in JSON instead of this machine
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

/// The same, read.
pub(super) struct Description {
    args: DeviceArgs,
    brand: String,
    name: String,
    wanted: Wanted,
    identity: Identity,
    enrollment: Vec<u8>,
}

impl Description {
    /// Reads the machine.
    pub(super) fn read(args: &DeviceArgs) -> Result<Self, Failure> {
        let class = Class::parse(&args.class).filter(|class| class.is_known());
        let class = class.ok_or_else(|| unknown_class(&args.class))?;
        let machine = MachineArgs { from: args.from.clone(), enrollment: args.enrollment.clone(), identity: None };
        let subject = machine.subject()?;
        let identity = subject.with_machine(|machine| machine.identity().clone())?;
        identity.hwid().map_err(|error| no_hwid(error, &subject.reading))?;
        let enrollment = presented(&subject)?.as_ref().map(machine::enrollment_bytes).transpose()?;
        let name = args.name.clone().unwrap_or_else(host_name);
        Ok(Self {
            args: args.clone(),
            brand: args.brand.clone().ok_or_else(missing)?,
            name,
            wanted: Wanted { class, count: args.count },
            identity,
            enrollment: enrollment.unwrap_or_default(),
        })
    }

    /// As core sees it now. What it runs is said where it takes updates.
    pub(super) fn device<'d>(&'d self, running: &'d [u8]) -> Device<'d> {
        Device {
            identity: &self.identity,
            enrollment: &self.enrollment,
            wall: Some(clock::now()),
            brand: Label::from(self.brand.as_str()),
            name: Label::from(self.name.as_str()),
            software: Label::from(self.args.software.as_str()),
            license_key: self.args.license_key,
            running,
            wanted: self.wanted,
        }
    }

    /// The machine's HWID. It had one when it was read.
    pub(super) fn hwid(&self) -> Option<Hwid> {
        self.identity.hwid().ok()
    }

    /// Brand of the product.
    pub(super) fn brand(&self) -> &str {
        &self.brand
    }
}

/// The enrolment as the machine is now: where its hardware changed, made again with the salt of the old
/// one, so that the server can tell what stayed the same.
fn presented(subject: &Subject) -> Result<Option<Enrollment>, Failure> {
    let Some(enrolled) = &subject.enrollment else { return Ok(None) };
    let hwid = subject.with_machine(|machine| machine.hwid())?;
    if hwid == Ok(enrolled.hwid()) {
        return Ok(Some(enrolled.clone()));
    }
    subject.with_bare_machine(|machine| Enrollment::new(machine, *enrolled.salt()).ok())
}

/// The name of this host.
fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}

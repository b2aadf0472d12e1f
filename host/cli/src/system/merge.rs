//! `system merge`: one System of two, what speaks against it, and what it changes.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use hwlicense::system::{
    Checked, Device, DeviceId, Fact, Finding, Findings, MergeError, MergeRoom, Server, ServerId, ServerIndex, merge,
};
use hwlicense::time::UnixSeconds;
use serde_json::{Value, json};

use super::allocate::{balance_table, balances};
use super::file::File;
use super::licenses::LicenseList;
use super::model::Model;
use super::shares::Shares;
use super::what_if::{device_table, device_values};
use super::{MomentArgs, say};
use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::files::{self, Existing, Mode};
use crate::output::{Output, table};

/// Merge another System into a System
///
/// The name and the settings of the target stay; licences are never lost by the direction. Both
/// files stay as they are. Exit code 0 if the two can be merged, 1 if the merge is refused.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense system merge harbour.json marina.json --dry-run\n  hwlicense system merge harbour.json marina.json --out merged.json",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// The System file whose name and settings stay; `-` is standard input
    #[arg(value_name = "TARGET")]
    target: PathBuf,
    /// The System file that is merged into it
    #[arg(value_name = "OTHER")]
    other: PathBuf,
    #[command(flatten)]
    circumstances: Circumstances,
    /// Where to write the merged System file
    #[arg(long, value_name = "FILE", required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    /// Say what would change, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Replace a file that is there already
    #[arg(long)]
    force: bool,
}

/// What if another System is merged into this one?
///
/// Exit code 0 if every device that has a licence keeps one, 1 if devices would lose theirs or the
/// merge would be refused.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense system what-if merge marina.json harbour.json\n  hwlicense system what-if merge marina.json harbour.json --json",
    verbatim_doc_comment
)]
pub(super) struct PreviewArgs {
    /// The System file that would be merged into it
    #[arg(value_name = "OTHER")]
    other: PathBuf,
    /// The System file whose name and settings stay; `-` is standard input
    #[arg(value_name = "FILE")]
    target: PathBuf,
    #[command(flatten)]
    circumstances: Circumstances,
}

/// When, and what only the one who asks can know.
#[derive(Debug, clap::Args)]
struct Circumstances {
    /// A fact of the network or of rights that speaks against it; again for each
    #[arg(long, value_enum, value_name = "FACT")]
    fact: Vec<FactName>,
    #[command(flatten)]
    moment: MomentArgs,
}

/// A [`Fact`] as an argument.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum FactName {
    Unreachable,
    WrongPassword,
    NotOwner,
    BackupFailed,
}

impl From<FactName> for Fact {
    fn from(name: FactName) -> Self {
        match name {
            FactName::Unreachable => Self::Unreachable,
            FactName::WrongPassword => Self::WrongPassword,
            FactName::NotOwner => Self::NotOwner,
            FactName::BackupFailed => Self::BackupFailed,
        }
    }
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let existing = Existing::forced(args.force);
    let out = args.out.as_deref().filter(|_| !args.dry_run);
    if let Some(out) = out {
        files::check_free(out, existing)?;
    }
    let merger = Merger::of(&args.target, &args.other, &args.circumstances)?;
    merger.print(output)?;
    let Some(result) = &merger.result else { return Ok(Exit::No) };
    if let Some(out) = out {
        let text = File::from(&result.model).text()?;
        files::write(out, &text, Mode::Public, existing)?;
        output.note(&format!("wrote {}", out.display()));
    }
    Ok(Exit::Done)
}

pub(super) fn preview(args: &PreviewArgs, output: Output) -> Outcome {
    let merger = Merger::of(&args.target, &args.other, &args.circumstances)?;
    merger.print(output)?;
    let is_harmless = merger.result.as_ref().is_some_and(|result| result.lost.is_empty());
    Ok(if is_harmless { Exit::Done } else { Exit::No })
}

/// Two Systems, what was found about them, and the System that they become if nothing refuses it.
struct Merger {
    target: Model,
    other: Model,
    /// How the servers of both are called.
    servers: HashMap<ServerId, String>,
    at: UnixSeconds,
    findings: Vec<Finding>,
    result: Option<Merged>,
}

/// The merged System, and how it differs from the two.
struct Merged {
    model: Model,
    shares: Shares,
    /// Positions of devices that had a licence in their System and have none here.
    lost: Vec<usize>,
    /// Positions of devices that had none and have one here.
    gained: Vec<usize>,
}

impl Merger {
    fn of(target: &Path, other: &Path, circumstances: &Circumstances) -> Result<Self, Failure> {
        let at = circumstances.moment.time();
        let (target, other) = (Model::read_agreed(target, at)?, Model::read_agreed(other, at)?);
        let facts: Vec<Fact> = circumstances.fact.iter().copied().map(Fact::from).collect();
        let (findings, merged) = join(&target, &other, &facts)?;
        let result = merged.map(|model| Merged::of(model.agreed(at)?, &target, &other, at)).transpose()?;
        let mut servers = HashMap::new();
        for model in [&other, &target] {
            servers.extend(model.servers.iter().map(|server| server.id).zip(model.server_labels()));
        }
        Ok(Self { target, other, servers, at, findings, result })
    }

    /// How a server of either System is called.
    fn server(&self, id: ServerId) -> String {
        self.servers.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// What a finding is about.
    fn subjects(&self, finding: Finding) -> Vec<String> {
        match finding {
            Finding::DuplicateServer(id) => vec![self.server(id)],
            Finding::DuplicateHwid(here, there) => vec![self.server(here), self.server(there)],
            Finding::DuplicateKey(key) => vec![key.to_string()],
            Finding::SharedDevice(id) => vec![id.to_string()],
            _ => Vec::new(),
        }
    }

    fn print(&self, output: Output) -> Result<(), Failure> {
        if output.json {
            return output.object("merge", self.value());
        }
        for finding in &self.findings {
            let word = if finding.refuses() { "refused" } else { "to know" };
            let subjects = self.subjects(*finding).join(", ");
            let about = if subjects.is_empty() { subjects } else { format!(" ({subjects})") };
            say(output, &format!("{word}: {}{about}\n  next: {}\n", finding.message(), finding.next_step()))?;
        }
        let Some(result) = &self.result else { return say(output, "The Systems cannot be merged.") };
        say(
            output,
            &format!("{} with {} merged into it, at {}", self.target.name, self.other.name, clock::show(self.at)),
        )?;
        say(output, &self.count_table(result))?;
        say(output, &format!("\n{}", balance_table(&result.shares.allocation.classes)))?;
        for (heading, devices) in
            [("Devices that lose their licence:", &result.lost), ("Devices that get a licence:", &result.gained)]
        {
            if !devices.is_empty() {
                say(output, &format!("\n{heading}\n{}", device_table(&result.model, devices)))?;
            }
        }
        let added = self.added_licenses(result);
        if !added.is_empty() {
            say(output, "\nLicences that come in:")?;
            added.print(output)?;
        }
        Ok(())
    }

    /// How many of each there are before and after.
    fn count_table(&self, result: &Merged) -> String {
        let counts = |model: &Model| [model.servers.len(), model.devices.len(), model.licenses.len()];
        let (before, after) = (counts(&self.target), counts(&result.model));
        let rows = ["servers", "devices", "licences"].into_iter().zip(before).zip(after);
        let header = ["", "Before", "After"];
        table(
            Some(&header),
            rows.map(|((what, before), after)| vec![what.to_owned(), before.to_string(), after.to_string()]),
        )
    }

    /// The rows of the target keep their positions; those of the other System follow them.
    fn added_licenses<'m>(&self, result: &'m Merged) -> LicenseList<'m> {
        let known = self.target.licenses.len();
        LicenseList::of(&result.model, &result.shares.tallies, self.at).only(|number| number >= known)
    }

    fn value(&self) -> Value {
        let finding = |finding: &Finding| {
            json!({
                "code": finding.code(),
                "number": finding.number(),
                "refuses": finding.refuses(),
                "message": finding.message(),
                "next_step": finding.next_step(),
                "subjects": self.subjects(*finding),
            })
        };
        json!({
            "at": clock::show(self.at),
            "refused": self.result.is_none(),
            "findings": self.findings.iter().map(finding).collect::<Value>(),
            "changes": self.result.as_ref().map(|result| self.changes_value(result)),
        })
    }

    fn changes_value(&self, result: &Merged) -> Value {
        let (servers, devices) = (self.target.servers.len(), self.target.devices.len());
        let added_devices: Vec<usize> = (devices..result.model.devices.len()).collect();
        json!({
            "servers_added": result.model.server_labels().get(servers..),
            "devices_added": device_values(&result.model, &added_devices),
            "licenses_added": self.added_licenses(result).value(),
            "devices_lost": device_values(&result.model, &result.lost),
            "devices_gained": device_values(&result.model, &result.gained),
            "classes_after": balances(&result.shares.allocation.classes),
        })
    }
}

impl Merged {
    fn of(model: Model, target: &Model, other: &Model, at: UnixSeconds) -> Result<Self, Failure> {
        let shares = model.shares(at, None)?;
        let mut licensed = licensed(target, at)?;
        licensed.extend(self::licensed(other, at)?);
        let (mut lost, mut gained) = (Vec::new(), Vec::new());
        for (number, (device, grant)) in model.devices.iter().zip(&shares.grants).enumerate() {
            match (licensed.contains(&device.id), grant.allows_recording()) {
                (true, false) => lost.push(number),
                (false, true) => gained.push(number),
                _ => {}
            }
        }
        Ok(Self { model, shares, lost, gained })
    }
}

/// The devices of a System that have a licence.
fn licensed(model: &Model, at: UnixSeconds) -> Result<HashSet<DeviceId>, Failure> {
    let shares = model.shares(at, None)?;
    let granted = model.devices.iter().zip(&shares.grants).filter(|(_, grant)| grant.allows_recording());
    Ok(granted.map(|(device, _)| device.id).collect())
}

/// Has the core merge two Systems: what it found, and the merged System if nothing refuses it.
fn join(target: &Model, other: &Model, facts: &[Fact]) -> Result<(Vec<Finding>, Option<Model>), Failure> {
    // As many findings as rows are usual; how many pairs of servers share a HWID is not known before.
    let rows =
        |model: &Model| model.servers.len().saturating_add(model.devices.len()).saturating_add(model.licenses.len());
    let mut findings_max =
        rows(target).saturating_add(rows(other)).saturating_add(Finding::BackupFailed.number().into());
    loop {
        let tried = target
            .with_checked(|target| other.with_checked(|other| try_join(target, other, facts, findings_max)))??;
        match tried {
            Err(MergeError::NoRoomForFindings) => findings_max = findings_max.saturating_mul(2),
            Err(error) => return Err(Failure::usage("merge-too-large", error, "Divide one of the Systems.")),
            Ok((findings, None)) => return Ok((findings, None)),
            Ok((findings, Some(mut model))) => {
                let names = other.device_names().chain(target.device_names()).filter(|(_, name)| !name.is_empty());
                model.name_devices(&names.collect());
                return Ok((findings, Some(model)));
            }
        }
    }
}

/// The same with room for so many findings; the devices of the merged System have no names yet.
fn try_join(
    target: &Checked<'_>,
    other: &Checked<'_>,
    facts: &[Fact],
    findings_max: usize,
) -> Result<(Vec<Finding>, Option<Model>), MergeError> {
    let (here, there) = (target.system(), other.system());
    let mut slots = vec![Finding::TwoNvrs; findings_max];
    let mut findings = Findings::new(&mut slots);
    let room = MergeRoom {
        servers: &mut vec![Server::default(); here.servers.len().saturating_add(there.servers.len())],
        devices: &mut vec![Device::default(); here.devices.len().saturating_add(there.devices.len())],
        licenses: &mut [here.licenses, there.licenses].concat(),
        reach: &mut vec![ServerIndex(0); here.reach.len().saturating_add(there.reach.len())],
        positions: &mut vec![ServerIndex(0); there.servers.len()],
    };
    let merged = merge(target, other, facts, room, &mut findings)?.map(|system| Model::of(&system));
    Ok((findings.as_slice().to_vec(), merged))
}

//! `system add`: licence files, once they are believed, become rows of a System file.

use std::path::{Path, PathBuf};

use hwlicense::license::{Binding, License, Reason};
use hwlicense::signed::{Bundle, Ed25519, Kind, Trust, VerifyError};
use hwlicense::system::{PoolLicense, Replaceable, ServerIndex, System};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::file::File;
use super::licenses::LicenseList;
use super::model::Model;
use super::{MomentArgs, say};
use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::files::{self, Existing, Mode};
use crate::license::check::{TrustFiles, WithdrawnArgs};
use crate::output::Output;
use crate::sealing;

/// Add licences to a System file, once their signatures hold
///
/// Each licence is tied to the server that has its Hardware ID. Exit code 0 if all are believed,
/// 1 if one is not; then nothing is written.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense system add harbour.json quay.hwl --trust vendor.pub --dry-run\n  hwlicense system add harbour.json quay.hwl crane.hwl --trust vendor.pub --out new.json",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// The System file; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The licences, binary or armoured
    #[arg(value_name = "LICENSE", required = true)]
    licenses: Vec<PathBuf>,
    /// A root's public key; again for each
    #[arg(long, value_name = "PUB", required = true)]
    trust: Vec<PathBuf>,
    #[command(flatten)]
    withdrawn: WithdrawnArgs,
    #[command(flatten)]
    moment: MomentArgs,
    /// Where to write the new System file
    #[arg(long, value_name = "FILE", required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    /// Say what would be added, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Replace a file that is there already
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let existing = Existing::forced(args.force);
    let out = args.out.as_deref().filter(|_| !args.dry_run);
    if let Some(out) = out {
        files::check_free(out, existing)?;
    }
    let at = args.moment.time();
    let mut model = Model::read(&args.file)?;
    let known = model.licenses.len();
    let trust_files = TrustFiles::read(args.trust.iter(), &args.withdrawn)?;
    let trust = trust_files.trust()?;
    for path in &args.licenses {
        let license = model.with_checked(|checked| believed(path, &trust, checked.system()))??;
        if model.licenses.iter().any(|row| (row.key, row.digest) == (license.key, license.digest)) {
            output.note(&format!("{} is in the System already", path.display()));
        } else {
            model.licenses.push(license);
        }
    }
    let shares = model.shares(at, None)?;
    let added = LicenseList::of(&model, &shares.tallies, at).only(|number| number >= known);
    if output.json {
        output.object("system-addition", json!({ "at": clock::show(at), "licenses": added.value() }))?;
    } else if added.is_empty() {
        say(output, "Nothing is added.")?;
    } else {
        added.print(output)?;
    }
    if let Some(out) = out {
        files::write(out, &File::from(&model).text()?, Mode::Public, existing)?;
        output.note(&format!("wrote {}", out.display()));
    }
    Ok(Exit::Done)
}

/// The row of a licence file whose signatures hold.
fn believed(path: &Path, trust: &Trust<'_, Ed25519>, system: &System<'_>) -> Result<PoolLicense, Failure> {
    let not_believed = |error: VerifyError| {
        let next_step = "Get the original file again, and check that --trust names its root.";
        Failure::no(error.code(), format!("{} is not believed: {error}", path.display()), next_step)
    };
    let bytes = sealing::read(path)?.map_err(not_believed)?;
    let bundle = Bundle::parse(&bytes).map_err(not_believed)?;
    let verified = trust.verify_bundle::<License<'_>>(&bundle).map_err(not_believed)?;
    let digest = Sha256::digest(sealing::only(&bundle, Kind::License, path)?.bytes());
    Ok(row(&verified.claims(), digest.into(), system))
}

fn row(license: &License<'_>, digest: [u8; 32], system: &System<'_>) -> PoolLicense {
    let hwid = license.binding.hwid();
    let server = system.server_of(&hwid);
    PoolLicense {
        key: license.key,
        class: license.class,
        channels: license.count,
        server,
        hwid,
        reason: reason(license, server, system),
        issued: license.issued,
        digest,
        not_before: license.not_before,
        expires: license.expires,
        grace_offline_s: license.grace_offline_s,
        grace_changed_s: license.grace_changed_s,
        tolerates: Replaceable::of(license),
        held: 0,
    }
}

/// What can be said of a licence without its machine. Its dates and its server are judged with the
/// System, each time anew.
fn reason(license: &License<'_>, server: Option<ServerIndex>, system: &System<'_>) -> Reason {
    let is_at_home = server
        .and_then(|index| system.server(index))
        .is_none_or(|server| server.hwids.contains(&license.binding.hwid()));
    if !license.class.is_known() {
        Reason::UnknownClass
    } else if license.brand != system.brand {
        Reason::OtherBrand
    } else if is_at_home {
        Reason::Valid
    } else if matches!(license.binding, Binding::Strict(_)) {
        Reason::OtherHardware
    } else {
        // Whether too much has changed can only be said on that server.
        Reason::HardwareNotReadable
    }
}

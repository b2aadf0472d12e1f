//! `server import`: what comes from the vendor.

use std::path::{Path, PathBuf};

use hwlicense::license::LicenseKey;
use hwlicense::signed::{Bundle, Kind, PublicKey};
use hwlicense_admin::import::signed_files;
use hwlicense_server::ledger::{Book, Imported, import_entitlement, import_list};
use serde_json::{Value, json};

use super::site::{Keep, SiteArgs, import_failure, roots};
use crate::exit::{Exit, Failure, Outcome};
use crate::files;
use crate::output::{Output, table};
use crate::sealing;

/// Longest file in bytes: ten thousand licences as text are 20 MB.
const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Import entitlements and revocation lists from the vendor
///
/// All files are imported, or none. A text may hold many, one after the other. Importing a file again
/// changes nothing.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server import site.hwl\n  hwlicense server import *.hwl revoked.pem --dry-run",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// Files of the vendor, binary or armoured
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Only say what would be imported
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    site: SiteArgs,
}

/// What became of a file.
struct Row {
    file: String,
    kind: &'static str,
    license_key: Option<LicenseKey>,
    outcome: &'static str,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let mut site = args.site.open()?;
    let roots = roots(&site.config)?;
    if roots.is_empty() {
        return Err(Failure::usage(
            "no-trust",
            "no root of the vendor is named, so nothing can be believed",
            "Name the vendor's public key under `trust` in the configuration.",
        ));
    }
    let mut bundles = Vec::new();
    for path in &args.files {
        bundles.extend(read(path)?.into_iter().map(|bytes| (path, bytes)));
    }
    let rows = site.change(Keep::unless(args.dry_run), |book| {
        let progress = output.progress(bundles.len());
        let files = progress.wrap_iter(bundles.iter());
        files.map(|(path, bytes)| import(book, &roots, path, bytes)).collect::<Result<Vec<Row>, _>>()
    })?;
    report(&rows, output)?;
    Ok(Exit::Done)
}

/// The signed files in a file.
fn read(path: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let bytes = files::read(path, FILE_BYTES_MAX)?;
    signed_files(&bytes).map_err(|error| sealing::unusable(path, error))
}

fn import(book: &mut Book<'_>, roots: &[PublicKey], path: &Path, bytes: &[u8]) -> Result<Row, Failure> {
    let bundle = Bundle::parse(bytes).map_err(|error| sealing::unusable(path, error))?;
    let fail = |error| import_failure(path, error);
    let file = path.display().to_string();
    if bundle.only(Kind::Entitlement).is_ok() {
        let imported = import_entitlement(book, roots, bytes).map_err(fail)?;
        let (key, outcome) = match imported {
            Imported::New(key) => (key, "imported"),
            Imported::Replaced(key) => (key, "replaced"),
            Imported::Unchanged(key) => (key, "unchanged"),
        };
        return Ok(Row { file, kind: Kind::Entitlement.name(), license_key: Some(key), outcome });
    }
    if bundle.only(Kind::RevocationList).is_ok() {
        import_list(book, roots, bytes).map_err(fail)?;
        return Ok(Row { file, kind: Kind::RevocationList.name(), license_key: None, outcome: "imported" });
    }
    Err(Failure::usage(
        "nothing-to-import",
        format!("{file} holds no entitlement and no revocation list"),
        "A licence for one machine belongs on that machine; a Primary Server leases from entitlements.",
    ))
}

fn report(rows: &[Row], output: Output) -> Result<(), Failure> {
    let key = |row: &Row| row.license_key.map_or_else(|| "-".to_owned(), |key| key.to_string());
    if output.json {
        let rows: Vec<Value> = rows
            .iter()
            .map(|row| {
                json!({ "file": row.file, "kind": row.kind, "outcome": row.outcome,
                        "license_key": row.license_key.map(|key| key.to_string()) })
            })
            .collect();
        return output.object("server-import", json!({ "files": rows }));
    }
    let cells = rows.iter().map(|row| vec![row.file.clone(), row.kind.to_owned(), key(row), row.outcome.to_owned()]);
    output.line(&table(Some(&["File", "Kind", "License Key", "Outcome"]), cells))
}

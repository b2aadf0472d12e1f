//! Which crates are in the libraries, and what is known of each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::archive::{self, FIRMWARE_FEATURES, PACKAGE};
use crate::command::try_output;
use crate::lint::host_cargo;
use crate::toolchain::host;
use crate::tree;

/// A crate by name and version.
type Id = (String, String);

/// A crate that is part of a library.
pub(super) struct Linked {
    /// Its name.
    pub(super) name: String,
    /// Its version.
    pub(super) version: String,
    /// One line about it.
    pub(super) description: String,
    /// Its licence as an SPDX expression.
    pub(super) license: String,
    /// Where its source lies on this machine.
    pub(super) source: PathBuf,
    /// SHA-256 of its package; crates of this workspace have none.
    pub(super) checksum: Option<String>,
    /// Whether it is in the libraries that hold the standard library.
    pub(super) in_servers: bool,
    /// Whether it is in any archive without the standard library.
    pub(super) in_firmware: bool,
}

/// Every crate of every library, by name and version.
pub(super) fn all() -> Result<Vec<Linked>> {
    let mut servers = BTreeSet::new();
    servers.extend(tree_of(&host()?, &[])?);
    for target in archive::LINUX {
        servers.extend(tree_of(target.name, &[])?);
    }
    let mut firmware = BTreeSet::new();
    for target in archive::without_std() {
        firmware.extend(tree_of(target.name, &["--no-default-features", "--features", FIRMWARE_FEATURES])?);
    }
    let described = described()?;
    let checksums = checksums()?;
    let mut linked = Vec::new();
    for id in servers.union(&firmware) {
        let (name, version) = id.clone();
        let package = described.get(id).with_context(|| format!("cargo does not describe {name} {version}"))?;
        linked.push(Linked {
            description: text(package, "description").unwrap_or_default().replace('\n', " ").trim().to_owned(),
            license: spdx(&text(package, "license").with_context(|| format!("{name} names no licence"))?),
            source: PathBuf::from(text(package, "manifest_path").context("no manifest_path")?)
                .parent()
                .context("a manifest lies nowhere")?
                .to_path_buf(),
            checksum: checksums.get(id).cloned(),
            in_servers: servers.contains(id),
            in_firmware: firmware.contains(id),
            name,
            version,
        });
    }
    Ok(linked)
}

/// The crates that the library links on one target, those that only run while it is built left out.
fn tree_of(target: &str, features: &[&str]) -> Result<BTreeSet<Id>> {
    let mut cargo = host_cargo("tree")?;
    cargo.args(["--package", PACKAGE, "--target", target, "--edges", "normal,no-proc-macro"]);
    cargo.args(["--prefix", "none", "--format", "{p}"]).args(features);
    let printed = try_output(&mut cargo).with_context(|| format!("`cargo tree` failed for {target}"))?;
    let found: BTreeSet<Id> = printed.lines().filter_map(id_in).collect();
    if found.is_empty() {
        bail!("`cargo tree` names no crate for {target}");
    }
    Ok(found)
}

/// `name v1.2.3 (where)`.
fn id_in(line: &str) -> Option<Id> {
    let mut words = line.split_whitespace();
    let name = words.next()?;
    let version = words.next()?.strip_prefix('v')?;
    Some((name.to_owned(), version.to_owned()))
}

/// What cargo knows of every package.
fn described() -> Result<BTreeMap<Id, Value>> {
    let printed =
        try_output(host_cargo("metadata")?.args(["--format-version", "1"])).context("`cargo metadata` failed")?;
    let metadata: Value = serde_json::from_str(&printed)?;
    let packages = metadata.get("packages").and_then(Value::as_array).context("cargo lists no packages")?;
    Ok(packages
        .iter()
        .filter_map(|package| Some(((text(package, "name")?, text(package, "version")?), package.clone())))
        .collect())
}

fn text(package: &Value, key: &str) -> Option<String> {
    Some(package.get(key)?.as_str()?.to_owned())
}

/// Checksums of the workspace's lock file.
fn checksums() -> Result<BTreeMap<Id, String>> {
    let text = std::fs::read_to_string(tree::root()?.join("Cargo.lock"))?;
    Ok(text.split("[[package]]").filter_map(checksum_in).collect())
}

/// The checksum in one entry of a lock file.
fn checksum_in(entry: &str) -> Option<(Id, String)> {
    let value = |key: &str| {
        let line = entry.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    Some(((value("name")?, value("version")?), value("checksum")?))
}

/// Before SPDX expressions, a slash meant a choice.
fn spdx(license: &str) -> String {
    license.split('/').map(str::trim).collect::<Vec<_>>().join(" OR ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn what_only_builds_the_library_is_not_in_it() {
        let linked = all().unwrap();
        let find = |name: &str| linked.iter().find(|package| package.name == name);
        let curve = find("ed25519-dalek").unwrap();
        assert!(curve.in_servers && !curve.in_firmware && curve.checksum.is_some());
        assert!(find("heapless").unwrap().in_firmware);
        assert!(find("hwlicense").unwrap().checksum.is_none());
        assert!(find("serde_derive").is_none() && find("syn").is_none());
    }

    #[test]
    fn a_crate_is_read_from_a_line() {
        let expected = Some(("sha2".to_owned(), "0.11.1".to_owned()));
        assert_eq!(id_in("sha2 v0.11.1 (*)"), expected);
        assert_eq!(id_in(""), None);
    }

    #[test]
    fn crates_of_the_workspace_have_no_checksum() {
        let entry = "\nname = \"subtle\"\nversion = \"2.6.1\"\nsource = \"registry\"\nchecksum = \"13c2\"\n";
        let expected = Some((("subtle".to_owned(), "2.6.1".to_owned()), "13c2".to_owned()));
        assert_eq!(checksum_in(entry), expected);
        assert_eq!(checksum_in("\nname = \"hwlicense\"\nversion = \"0.1.0\"\n"), None);
    }

    #[test]
    fn a_slash_is_a_choice() {
        assert_eq!(spdx("MIT/Apache-2.0"), "MIT OR Apache-2.0");
        assert_eq!(spdx("MIT OR Apache-2.0"), "MIT OR Apache-2.0");
    }
}

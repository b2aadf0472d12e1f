//! The lock files outside the workspace name the same versions as the workspace's.
//!
//! Firmware and fuzz targets have lock files of their own so that their features never mix with
//! the host's. What they measure and attack must still be what is shipped: core and all that it
//! depends on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::stage::Outcome;
use crate::tree;

/// The package whose dependencies must agree.
const SHIPPED: &str = "hwlicense";

/// A lock file: for each name its versions, and for each version what it depends on.
type Locked = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// Fails if core, or anything it depends on, has another version outside the workspace.
pub(crate) fn agree() -> Result<Outcome> {
    let workspace = read(&tree::root()?)?;
    for dir in [tree::fuzz()?, tree::count_m4()?, tree::firmware_rust()?] {
        let differing = differing(&workspace, &read(&dir)?);
        if !differing.is_empty() {
            bail!(
                "{} holds what the workspace does not: {}; mend it in that folder with \
                 `cargo update NAME --precise VERSION`",
                dir.join("Cargo.lock").display(),
                differing.join(", ")
            );
        }
    }
    Ok(Outcome::Done)
}

fn read(dir: &Path) -> Result<Locked> {
    let path = dir.join("Cargo.lock");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(parse(&text))
}

/// Reads what cargo writes: one line each for name, version and each dependency, in this order.
fn parse(text: &str) -> Locked {
    let mut locked = Locked::new();
    let mut name = "";
    let mut version = "";
    for line in text.lines() {
        if let Some(value) = line.strip_prefix("name = ") {
            name = value.trim_matches('"');
        } else if let Some(value) = line.strip_prefix("version = \"") {
            version = value.trim_matches('"');
            locked.entry(name.to_owned()).or_default().entry(version.to_owned()).or_default();
        } else if let Some(value) = line.strip_prefix(" \"") {
            let dependency = value.trim_end_matches(['"', ',']).to_owned();
            locked.entry(name.to_owned()).or_default().entry(version.to_owned()).or_default().push(dependency);
        }
    }
    locked
}

/// The shipped package and all that it depends on, each as `name version`.
fn shipped(locked: &Locked) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![SHIPPED.to_owned()];
    while let Some(dependency) = open.pop() {
        // Cargo leaves out the version where there is only one.
        let (name, wanted) = match dependency.split_once(' ') {
            Some((name, version)) => (name, Some(version)),
            None => (dependency.as_str(), None),
        };
        for (version, dependencies) in locked.get(name).into_iter().flatten() {
            if wanted.is_none_or(|wanted| wanted == version) && reached.insert(format!("{name} {version}")) {
                open.extend(dependencies.iter().cloned());
            }
        }
    }
    reached
}

/// What core depends on outside and not in the workspace. The workspace's lock file may hold more:
/// it has what core's own tests depend on.
fn differing(workspace: &Locked, outside: &Locked) -> Vec<String> {
    shipped(outside).difference(&shipped(workspace)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: &str = "\
[[package]]
name = \"clap\"
version = \"4.0.0\"

[[package]]
name = \"digest\"
version = \"0.11.0\"

[[package]]
name = \"hwlicense\"
version = \"0.1.0\"
dependencies = [
 \"proptest\",
 \"sha2\",
]

[[package]]
name = \"sha2\"
version = \"0.11.1\"
dependencies = [
 \"digest\",
]
";

    #[test]
    fn what_core_depends_on_must_agree_and_nothing_else() {
        let workspace = parse(WORKSPACE);
        let outside = parse(
            &WORKSPACE
                .replace("version = \"0.11.0\"", "version = \"0.11.9\"")
                .replace("version = \"4.0.0\"", "version = \"4.9.9\""),
        );
        assert_eq!(differing(&workspace, &outside), ["digest 0.11.9"]);
        assert!(differing(&workspace, &workspace).is_empty());
    }

    #[test]
    fn a_second_version_that_core_does_not_use_may_differ() {
        let outside = parse(
            &WORKSPACE
                .replace("\"digest\",", "\"digest 0.11.0\",")
                .replace("name = \"clap\"\nversion = \"4.0.0\"", "name = \"digest\"\nversion = \"0.9.0\""),
        );
        assert!(differing(&parse(WORKSPACE), &outside).is_empty());
    }
}

//! What must be in the tree, and what the build systems that cannot be run here will look for.
//!
//! Zephyr, ESP-IDF and Yocto are not installed. Their files are read for every path that they
//! name, and each must be there.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{ESP_IDF, HEADERS, LICENSES};
use crate::archive::{self, ARCHIVE, FAST_ARCHIVE, exports, shared};

/// Fails with what is missing, or names a place outside the tree.
pub(super) fn check(folder: &Path) -> Result<()> {
    for path in expected()? {
        let path = folder.join(path);
        if !path.metadata().is_ok_and(|metadata| metadata.len() > 0) {
            bail!("{} is missing or empty", path.display());
        }
    }
    relocatable(folder, folder)?;
    zephyr(folder)?;
    esp_idf(&folder.join("esp-idf/hwlicense"))?;
    yocto(folder)?;
    sbom(folder)
}

/// Paths of files and links; a link counts if what it points to is there.
fn expected() -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for header in HEADERS {
        paths.push(Path::new("include").join(header));
    }
    let mut libraries = vec!["lib".to_owned()];
    for target in archive::LINUX {
        libraries.push(format!("linux/{}", target.name));
    }
    for folder in libraries {
        for name in [shared::LINK_NAME.to_owned(), shared::soname()?, shared::file_name()] {
            paths.push(Path::new(&folder).join(name));
        }
    }
    paths.push(Path::new("lib").join(ARCHIVE));
    for target in archive::without_std() {
        paths.push(Path::new("firmware").join(target.name).join(ARCHIVE));
        if archive::has_fast(target.name) {
            paths.push(Path::new("firmware").join(target.name).join(FAST_ARCHIVE));
        }
    }
    for name in ["LICENSE-APACHE", "LICENSE-MIT", "rust-standard-library"] {
        paths.push(Path::new(LICENSES).join(name));
    }
    Ok(paths)
}

/// Fails if a text names the folder that it was built in.
fn relocatable(folder: &Path, inner: &Path) -> Result<()> {
    let here = folder.display().to_string();
    for entry in std::fs::read_dir(inner)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            relocatable(folder, &path)?;
        } else if std::fs::read_to_string(&path).is_ok_and(|text| text.contains(&here)) {
            bail!("{} names the folder that it was built in", path.display());
        }
    }
    Ok(())
}

/// The module names its files relative to the root of the tree, its CMake file relative to itself.
fn zephyr(folder: &Path) -> Result<()> {
    let module = read(&folder.join("zephyr/module.yml"))?;
    for line in module.lines() {
        let path = line.trim().strip_prefix("cmake: ").or_else(|| line.trim().strip_prefix("kconfig: "));
        if let Some(path) = path {
            exists(&folder.join(path))?;
        }
    }
    let cmake = read(&folder.join("zephyr/CMakeLists.txt"))?;
    let targets: Vec<&str> = values_of(&cmake, "set(hwlicense_target ").collect();
    for target in &targets {
        exists(&folder.join("zephyr/../firmware").join(target).join(ARCHIVE))?;
    }
    for target in archive::FIRMWARE {
        if !targets.contains(&target.name) {
            bail!("the Zephyr module never chooses {}", target.name);
        }
    }
    exists(&folder.join("zephyr/on_panic.c"))
}

/// The component has everything in its own folder, because it is copied into projects.
fn esp_idf(component: &Path) -> Result<()> {
    let cmake = read(&component.join("CMakeLists.txt"))?;
    let targets: Vec<&str> = values_of(&cmake, "set(hwlicense_target ").collect();
    if targets.len() != ESP_IDF.len() {
        bail!("the ESP-IDF component chooses among {} archives", targets.len());
    }
    for target in targets {
        exists(&component.join("lib").join(target).join(ARCHIVE))?;
    }
    for path in ["include/hwlicense.h", "on_panic.c", "idf_component.yml"] {
        exists(&component.join(path))?;
    }
    let manifest = read(&component.join("idf_component.yml"))?;
    if !manifest.contains(&format!("version: \"{}\"", exports::version())) {
        bail!("the ESP-IDF component has another version");
    }
    Ok(())
}

/// The recipe names files of the tree behind `${S}/`, once for each target.
fn yocto(folder: &Path) -> Result<()> {
    let recipe = read(&folder.join(format!("yocto/hwlicense_{}.bb", exports::version())))?;
    let targets: Vec<&str> =
        recipe.lines().filter(|line| line.starts_with("HWLICENSE_TARGET:")).filter_map(quoted).collect();
    if targets.len() != archive::LINUX.len() {
        bail!("the recipe knows {} targets", targets.len());
    }
    let named: Vec<&str> =
        recipe.split("${S}/").skip(1).filter_map(|rest| rest.split([' ', '\n', ';']).next()).collect();
    let licenses = recipe.split("file://").skip(1).filter_map(|rest| rest.split_once(";md5=")).map(|(path, _)| path);
    for path in licenses.filter(|path| path.starts_with("share/")).chain(named) {
        for target in &targets {
            let path = path.replace("${HWLICENSE_TARGET}", target).replace("${PV}", exports::version());
            exists(&folder.join(path))?;
        }
    }
    Ok(())
}

/// The list of what is linked: every entry has a name, a version and a licence, and every crate
/// from a registry the digest of its package.
fn sbom(folder: &Path) -> Result<()> {
    let path = folder.join("sbom/hwlicense.cdx.json");
    let list: Value = serde_json::from_str(&read(&path)?)?;
    let components = list.get("components").and_then(Value::as_array).context("the SBOM lists nothing")?;
    for component in components {
        let has =
            |pointer: &str| component.pointer(pointer).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        let is_hashed = has("/hashes/0/content") || !has("/purl");
        if !has("/name") || !has("/version") || !has("/licenses/0/expression") || !is_hashed {
            bail!("an entry of the SBOM says too little: {component}");
        }
    }
    for name in ["hwlicense", "hwlicense-ffi", "ed25519-dalek", "rust-standard-library"] {
        if !components.iter().any(|component| component.get("name").and_then(Value::as_str) == Some(name)) {
            bail!("the SBOM does not list {name}");
        }
    }
    eprintln!("{}: {} components", path.display(), components.len());
    Ok(())
}

/// What stands between `before` and the next closing parenthesis.
fn values_of<'text>(text: &'text str, before: &'text str) -> impl Iterator<Item = &'text str> {
    text.split(before).skip(1).filter_map(|rest| Some(rest.split_once(')')?.0))
}

fn quoted(line: &str) -> Option<&str> {
    line.split('"').nth(1)
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn exists(path: &Path) -> Result<()> {
    if path.exists() { Ok(()) } else { bail!("{} is named, and not there", path.display()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_at_the_parenthesis() {
        let text = "set(target one)\nset(target two) # (three)";
        assert_eq!(values_of(text, "set(target ").collect::<Vec<_>>(), ["one", "two"]);
    }
}

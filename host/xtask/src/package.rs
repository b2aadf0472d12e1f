//! The tree that is installed for C: headers, libraries, and what build systems ask for.
//!
//! Everything in it is found relative to where it lies, so it can be moved, and using it needs no
//! cargo. The texts come from `package/templates`; what is filled into them, between `@`, comes
//! from the workspace, so that no version stands in two places.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::archive::{self, ARCHIVE, exports, shared};
use crate::command::try_output;
use crate::toolchain::host;
use crate::tree;

pub(crate) mod consumers;
mod contents;
mod licenses;
mod linked;
mod sbom;
mod template;

use template::Values;

/// What the libraries with the standard library need of the system. The packages name it, and
/// building them fails if the compiler says something else.
const LIBS_PRIVATE: &[&str] = &["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"];

/// Where licence texts lie in the tree.
const LICENSES: &str = "share/licenses/hwlicense";

/// Chips of ESP-IDF have one of these.
const ESP_IDF: &[&str] = &["riscv32imac-unknown-none-elf", "riscv32imc-unknown-none-elf"];

/// Files made from templates: where they go, and their text.
const FILES: &[(&str, &str)] = &[
    ("lib/pkgconfig/hwlicense.pc", include_str!("package/templates/pkgconfig/hwlicense.pc")),
    ("lib/pkgconfig/hwlicense-static.pc", include_str!("package/templates/pkgconfig/hwlicense-static.pc")),
    ("lib/cmake/hwlicense/hwlicenseConfig.cmake", include_str!("package/templates/cmake/hwlicenseConfig.cmake")),
    (
        "lib/cmake/hwlicense/hwlicenseConfigVersion.cmake",
        include_str!("package/templates/cmake/hwlicenseConfigVersion.cmake"),
    ),
    ("zephyr/module.yml", include_str!("package/templates/zephyr/module.yml")),
    ("zephyr/Kconfig", include_str!("package/templates/zephyr/Kconfig")),
    ("zephyr/CMakeLists.txt", include_str!("package/templates/zephyr/CMakeLists.txt")),
    ("zephyr/on_panic.c", include_str!("package/templates/zephyr/on_panic.c")),
    ("esp-idf/hwlicense/idf_component.yml", include_str!("package/templates/esp-idf/idf_component.yml")),
    ("esp-idf/hwlicense/CMakeLists.txt", include_str!("package/templates/esp-idf/CMakeLists.txt")),
    ("esp-idf/hwlicense/on_panic.c", include_str!("package/templates/esp-idf/on_panic.c")),
    ("yocto/hwlicense_@VERSION@.bb", include_str!("package/templates/yocto/hwlicense.bb")),
];

/// The public headers.
const HEADERS: &[&str] = &["hwlicense.h", "hwlicense.hpp"];

/// Where the tree goes if nobody says otherwise.
pub(crate) fn default_folder() -> Result<PathBuf> {
    Ok(tree::output()?.join("package"))
}

/// Builds the whole tree anew in `folder`, which is made, or was made by an earlier build.
pub(crate) fn build(folder: &Path) -> Result<()> {
    empty(folder)?;
    for header in HEADERS {
        install(&exports::include()?.join(header), folder, "include")?;
    }
    libraries(folder)?;
    let values = values()?;
    for (path, text) in FILES {
        let path = folder.join(template::fill(path, &values)?);
        write(&path, &template::fill(text, &values).with_context(|| path.display().to_string())?)?;
    }
    for header in HEADERS {
        install(&exports::include()?.join(header), folder, "esp-idf/hwlicense/include")?;
    }
    let linked = linked::all()?;
    licenses::install(&folder.join(LICENSES), &linked)?;
    write(&folder.join("sbom/hwlicense.cdx.json"), &sbom::text(&linked)?)?;
    write(&folder.join("VERSION"), &format!("{}\n", exports::version()))
}

/// Removes what an earlier build left, and nothing else.
fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        let is_ours = folder.join("VERSION").is_file() && folder.join("include/hwlicense.h").is_file();
        if !is_ours && std::fs::read_dir(folder)?.next().is_some() {
            bail!("{} holds something else than a package; give an empty folder", folder.display());
        }
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// Every library, for this machine, for firmware and for ARM Linux.
fn libraries(folder: &Path) -> Result<()> {
    let needed = archive::host_std()?.native_libs;
    if needed != LIBS_PRIVATE {
        bail!("the packages name {LIBS_PRIVATE:?} as what the static library needs, the compiler says {needed:?}");
    }
    install(&archive::host_static()?, folder, "lib")?;
    install(&archive::host_shared()?, folder, "lib")?;
    shared::link_names(&folder.join("lib"), &shared::soname()?)?;
    for target in archive::without_std() {
        let sub = format!("firmware/{}", target.name);
        install(&archive::firmware(target.name)?, folder, &sub)?;
        if archive::has_fast(target.name) {
            install(&archive::fast(target.name)?, folder, &sub)?;
        }
    }
    for target in archive::LINUX {
        let sub = format!("linux/{}", target.name);
        install(&archive::linux_shared(target.name)?, folder, &sub)?;
        shared::link_names(&folder.join(sub), &shared::soname()?)?;
    }
    for target in ESP_IDF {
        let built = archive::folder(target)?.join(ARCHIVE);
        install(&built, folder, &format!("esp-idf/hwlicense/lib/{target}"))?;
    }
    Ok(())
}

/// What the templates ask for.
fn values() -> Result<Values> {
    let version = exports::version();
    let names: Vec<&str> = LIBS_PRIVATE.iter().filter_map(|flag| flag.strip_prefix("-l")).collect();
    let root = tree::root()?;
    Ok(Values::from([
        ("VERSION", version.to_owned()),
        ("COMPATIBLE", oldest_compatible(version).context("the version is not three numbers")?),
        ("SONAME", shared::soname()?),
        ("LIBS_PRIVATE", LIBS_PRIVATE.join(" ")),
        ("LIBS_CMAKE", names.join(";")),
        ("POINTER_BYTES", if host()?.starts_with("i686") { "4" } else { "8" }.to_owned()),
        ("MD5_APACHE", md5(&root.join("LICENSE-APACHE"))?),
        ("MD5_MIT", md5(&root.join("LICENSE-MIT"))?),
    ]))
}

/// The oldest version whose programs this one serves: `1` of `1.4.2`, `0.3` of `0.3.1`.
fn oldest_compatible(version: &str) -> Option<String> {
    let (major, rest) = version.split_once('.')?;
    let (minor, _) = rest.split_once('.')?;
    Some(if major == "0" { format!("0.{minor}") } else { major.to_owned() })
}

/// Yocto knows licence texts by this digest.
fn md5(path: &Path) -> Result<String> {
    let mut md5sum = crate::command::command("md5sum", &tree::root()?);
    let printed = try_output(md5sum.arg(path)).context("`md5sum` failed")?;
    Ok(printed.split_whitespace().next().context("`md5sum` printed nothing")?.to_owned())
}

/// Copies a file into a folder of the tree.
fn install(file: &Path, folder: &Path, sub: &str) -> Result<()> {
    let name = file.file_name().with_context(|| format!("{} names no file", file.display()))?;
    let path = folder.join(sub).join(name);
    make_parent(&path)?;
    archive::copy(file, &path)
}

fn write(path: &Path, text: &str) -> Result<()> {
    make_parent(path)?;
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn make_parent(path: &Path) -> Result<()> {
    let parent = path.parent().with_context(|| format!("{} lies nowhere", path.display()))?;
    std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn before_the_first_version_a_minor_number_may_break() {
        assert_eq!(oldest_compatible("0.3.1").unwrap(), "0.3");
        assert_eq!(oldest_compatible("1.4.2").unwrap(), "1");
        assert_eq!(oldest_compatible("1"), None);
    }

    #[test]
    fn every_template_can_be_filled() {
        let values = values().unwrap();
        for (path, text) in FILES {
            template::fill(path, &values).unwrap();
            let filled = template::fill(text, &values).unwrap();
            assert!(!filled.contains(&tree::root().unwrap().display().to_string()), "{path} is not relocatable");
        }
    }

    #[test]
    fn a_folder_of_somebody_else_stays() {
        let folder = tree::root().unwrap().join("host/xtask/src");
        assert!(empty(&folder).is_err());
        assert!(folder.is_dir());
    }
}

//! One object with only our names out of an archive that shows all of the standard library's.
//!
//! A static library with the standard library defines some 1,700 visible symbols. A program that
//! links two of them would get whichever came first, or an error; so everything is linked into one
//! object here, and all but the header's functions are made local.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::{command, run};
use crate::tree;

/// Writes `finished`, an archive of one object that shows only `exports`.
pub(crate) fn prelink(archive: &Path, exports: &BTreeSet<String>, finished: &Path) -> Result<PathBuf> {
    let folder = finished.parent().context("the archive has no folder")?;
    let root = tree::root()?;
    let object = folder.join("hwlicense.o");
    let names = folder.join("exports.txt");
    std::fs::write(&names, exports.iter().map(|name| format!("{name}\n")).collect::<String>())?;

    let mut ld = command("ld", &root);
    // Groups are dissolved: a group whose name is that of a local symbol would still be dropped in
    // favour of another library's group of that name.
    ld.args(["-r", "--gc-sections", "--force-group-allocation", "-o"]).arg(&object);
    for name in exports {
        ld.args(["-u", name.as_str()]);
    }
    run(ld.arg(archive))?;

    let mut objcopy = command("objcopy", &root);
    // Of no use to a C linker; and one with a plugin for bitcode stumbles over it.
    objcopy.args(["--strip-unneeded", "--remove-section=.llvmbc", "--remove-section=.llvmcmd"]);
    objcopy.arg(format!("--keep-global-symbols={}", names.display()));
    run(objcopy.arg(&object))?;

    // `ar` adds to an archive that is there.
    if finished.exists() {
        std::fs::remove_file(finished)?;
    }
    run(command("ar", &root).arg("rcsD").arg(finished).arg(&object))?;
    Ok(finished.to_path_buf())
}

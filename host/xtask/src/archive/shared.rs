//! The shared library, linked from the static one by the C compiler of its target.
//!
//! Rust's own shared library would do, but its linker flags come from whoever builds. Linked
//! here, the soname follows the ABI and a version script lists the exports one by one.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::{StdArchive, exports};
use crate::command::{command, run};
use crate::tree;

/// The name that the linker looks for.
pub(crate) const LINK_NAME: &str = "libhwlicense.so";

/// `libhwlicense.so.ABI`: what programs look for when they start.
pub(crate) fn soname() -> Result<String> {
    Ok(format!("{LINK_NAME}.{}", exports::abi_version()?))
}

/// `libhwlicense.so.X.Y.Z`: the file itself.
pub(crate) fn file_name() -> String {
    format!("{LINK_NAME}.{}", exports::version())
}

/// The C compiler for a target with Linux.
pub(crate) fn cross_compiler(target: &str) -> Result<&'static str> {
    Ok(match target {
        "armv7-unknown-linux-gnueabihf" => "arm-linux-gnueabihf-gcc",
        "aarch64-unknown-linux-gnu" => "aarch64-linux-gnu-gcc",
        _ => bail!("no C compiler is known for {target}"),
    })
}

/// The tool that edits objects, which comes with that compiler.
pub(crate) fn cross_objcopy(target: &str) -> Result<String> {
    Ok(cross_compiler(target)?.replace("-gcc", "-objcopy"))
}

/// Links the shared library into `folder`, with the links that the linker and the loader follow.
pub(crate) fn link(compiler: &str, archive: &StdArchive, folder: &Path) -> Result<PathBuf> {
    let functions = exports::functions()?;
    let soname = soname()?;
    let script = folder.join("exports.map");
    let listed: String = functions.iter().map(|name| format!("        {name};\n")).collect();
    let node = exports::abi_version()?;
    std::fs::write(&script, format!("HWLICENSE_{node} {{\n    global:\n{listed}    local:\n        *;\n}};\n"))?;

    let finished = folder.join(file_name());
    let mut cc = command(compiler, &tree::root()?);
    cc.args(["-shared", "-o"]).arg(&finished);
    cc.arg(format!("-Wl,-soname,{soname}")).arg(format!("-Wl,--version-script={}", script.display()));
    cc.args(["-Wl,--gc-sections", "-Wl,--strip-debug", "-Wl,--no-undefined", "-Wl,-z,relro,-z,now"]);
    for name in &functions {
        cc.arg(format!("-Wl,-u,{name}"));
    }
    run(cc.arg(&archive.path).arg("-Wl,--as-needed").args(&archive.native_libs))?;
    link_names(folder, &soname)?;
    Ok(finished)
}

/// `libhwlicense.so` -> soname -> file, all relative.
pub(crate) fn link_names(folder: &Path, soname: &str) -> Result<()> {
    for (name, file) in [(soname, file_name()), (LINK_NAME, soname.to_owned())] {
        let path = folder.join(name);
        if path.symlink_metadata().is_ok() {
            std::fs::remove_file(&path)?;
        }
        symlink(&file, &path)?;
    }
    Ok(())
}

#[cfg(unix)]
fn symlink(file: &str, path: &Path) -> Result<()> {
    std::os::unix::fs::symlink(file, path)?;
    Ok(())
}

#[cfg(not(unix))]
fn symlink(_file: &str, path: &Path) -> Result<()> {
    bail!("{} is made on Linux only", path.display())
}

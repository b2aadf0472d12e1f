//! Programs that use the packages as somebody else's project would.
//!
//! The tree is copied into an empty folder, under another name than it was built in. From there
//! `tests/consumers/make` builds with make and pkg-config, `tests/consumers/cmake` with CMake,
//! each linked statically and shared, in C and in C++. The search path holds the C tools and
//! nothing else, so that a step which needs cargo fails.

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::archive::{exports, shared};
use crate::command::{command, find, is_ci, output_within, run, try_output};
use crate::stage::Outcome;
use crate::{tools, tree};

/// What a C project may use. None of it knows Rust.
const C_TOOLS: &[&str] = &[
    "ar",
    "as",
    "c++",
    "cc",
    "cmake",
    "g++",
    "gcc",
    "grep",
    "ld",
    "make",
    "nm",
    "objdump",
    "pkg-config",
    "ranlib",
    "rm",
    "mkdir",
    "sh",
    "strip",
    "uname",
];

/// A consumer ends at once, or has hung.
const RUN_TIME_MAX: Duration = Duration::from_secs(60);

/// Builds the package, and every consumer from a copy of it.
pub(crate) fn all() -> Result<Outcome> {
    for needed in C_TOOLS {
        if find(needed).is_none() {
            return Ok(Outcome::Skipped(format!("no {needed}")));
        }
    }
    for needed in ["arm-linux-gnueabihf-gcc", "aarch64-linux-gnu-gcc", "ld.lld-22", "qemu-aarch64"] {
        if find(needed).is_none() {
            return Ok(Outcome::Skipped(format!("no {needed}")));
        }
    }
    let package = super::default_folder()?;
    super::build(&package)?;
    super::contents::check(&package)?;

    let work = tree::output()?.join("consumers/package");
    if work.exists() {
        std::fs::remove_dir_all(&work)?;
    }
    let prefix = work.join("a prefix");
    std::fs::create_dir_all(&work)?;
    run(command("cp", &work).arg("-a").arg(&package).arg(&prefix))?;
    let path = c_tools(&work.join("bin"))?;
    let consumers = Consumers { prefix, path, work };
    consumers.make()?;
    consumers.cmake()?;
    match tools::musl_arm64() {
        Ok(musl) => consumers.musl(&musl)?,
        Err(error) if is_ci() => return Err(error),
        Err(error) => return Ok(Outcome::Skipped(format!("static program with musl: {error:#}"))),
    }
    Ok(Outcome::Done)
}

/// A folder with links to the C tools, to be the whole search path.
fn c_tools(folder: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    for tool in C_TOOLS {
        let found = find(tool).with_context(|| format!("no {tool}"))?;
        run(command("ln", folder).args(["-s"]).arg(found).arg(folder.join(tool)))?;
    }
    Ok(folder.to_path_buf())
}

/// Projects of others, and where they find what they use.
struct Consumers {
    /// Where the package was installed.
    prefix: PathBuf,
    /// The whole search path.
    path: PathBuf,
    /// Where they build.
    work: PathBuf,
}

impl Consumers {
    /// A command that finds C tools only.
    fn command(&self, program: &str, dir: &Path) -> Command {
        let mut command = command(self.path.join(program), dir);
        command.env_clear().env("PATH", &self.path).env("LC_ALL", "C");
        command
    }

    fn make(&self) -> Result<()> {
        let build = self.work.join("make");
        std::fs::create_dir_all(&build)?;
        let mut make = self.command("make", &tree::root()?.join("tests/consumers/make"));
        make.env("PKG_CONFIG_PATH", self.prefix.join("lib/pkgconfig"));
        run(make.arg(format!("BUILD={}", build.display())))?;
        self.programs(&build)
    }

    fn cmake(&self) -> Result<()> {
        let build = self.work.join("cmake");
        let project = tree::root()?.join("tests/consumers/cmake");
        let mut configure = self.command("cmake", &self.work);
        configure.arg("-S").arg(&project).arg("-B").arg(&build);
        configure.arg(format!("-DCMAKE_PREFIX_PATH={}", self.prefix.display()));
        run(&mut configure)?;
        run(self.command("cmake", &self.work).arg("--build").arg(&build))?;
        self.programs(&build)
    }

    /// Runs the programs that a project has built, and looks at what they are linked with.
    fn programs(&self, build: &Path) -> Result<()> {
        let soname = shared::soname()?;
        for (name, is_shared) in [("static-c", false), ("static-cpp", false), ("shared-c", true), ("shared-cpp", true)]
        {
            let program = build.join(name);
            let mut command = command(&program, &self.work);
            command.env_clear().env("LD_LIBRARY_PATH", self.prefix.join("lib"));
            said_ok(&output_within(&mut command, RUN_TIME_MAX)?, &program)?;
            let mut readelf = Command::new("readelf");
            let needed = try_output(readelf.arg("--dynamic").arg(&program)).context("readelf failed")?;
            if needed.contains(&format!("[{soname}]")) != is_shared {
                bail!("{} is not linked as its name says:\n{needed}", program.display());
            }
        }
        Ok(())
    }

    /// A static program of another C library, from the archive without the standard library.
    fn musl(&self, musl: &Path) -> Result<()> {
        let program = self.work.join("musl-arm64");
        let lib = musl.join("lib");
        let mut cc = command("aarch64-linux-gnu-gcc", &tree::root()?.join("tests/consumers"));
        cc.args(["-std=c99", "-Os", "-static", "-nostdlib", "-nostdinc", "-isystem"]).arg(musl.join("include"));
        // The compiler's own headers come after the C library's.
        let own = try_output(Command::new("aarch64-linux-gnu-gcc").arg("-print-file-name=include"))
            .context("the compiler names no folder of headers")?;
        cc.arg("-isystem").arg(own).arg("-I").arg(self.prefix.join("include"));
        cc.args([lib.join("crt1.o"), lib.join("crti.o")]).args(["consumer.c", "on_panic.c"]);
        cc.arg(self.prefix.join("firmware/aarch64-unknown-linux-gnu/libhwlicense.a"));
        cc.args([lib.join("libc.a")]).arg("-lgcc").arg(lib.join("crtn.o")).arg("-o").arg(&program);
        run(&mut cc)?;
        said_ok(&output_within(command("qemu-aarch64", &self.work).arg(&program), RUN_TIME_MAX)?, &program)
    }
}

/// Every consumer ends with the same line.
fn said_ok(printed: &str, program: &Path) -> Result<()> {
    let expected = format!("consumer: hwlicense {}, ok", exports::version());
    if !printed.lines().any(|line| line == expected) {
        bail!("{} did not print `{expected}`:\n{printed}", program.display());
    }
    eprintln!("{}: {expected}", program.display());
    Ok(())
}

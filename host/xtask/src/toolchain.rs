//! Which compiler builds for which target.
//!
//! Only compilers that are there are used; nothing here downloads one. rustup's serves when it
//! already has the target. Otherwise Debian's (`rustc-web`) builds the standard library for the
//! target from its own source package, which is the only source that fits it. Each compiler has
//! its own output folder, because each would throw away what the other built; Debian's has one for
//! each target, because a folder is locked while something is built in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{command, find, is_ci, try_output};
use crate::tree;

/// Debian's compiler, by full name because rustup's comes first on the search path.
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_RUSTDOC: &str = "/usr/bin/rustdoc";
/// Present when Debian's source of the standard library is (`rust-web-src`).
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/Cargo.lock";
/// The workspace's `rust-version`; Debian main has an older compiler under the same names.
const DEBIAN_MINOR_MIN: u32 = 95;

/// What the final build of any firmware has to say, because no library can: without these,
/// SHA-512 is unrolled and costs 27 KB more flash. One set for all firmware, so that core is
/// built once per target.
pub(crate) const FIRMWARE_RUSTFLAGS: &str = "--cfg sha2_backend=\"soft\" --cfg sha2_backend_soft=\"compact\"";

/// A compiler that can build for a target other than the host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Compiler {
    /// The active rustup toolchain, which has the target's standard library.
    Rustup,
    /// Debian's, which builds the standard library itself.
    Debian,
}

/// What `FW_TOOLCHAIN` asks for.
enum Wanted {
    Auto,
    Only(Compiler),
}

impl Compiler {
    /// The compiler for `target`, or why there is none and what to do.
    pub(crate) fn choose(target: &str) -> Result<Self> {
        let by_hand = format!(
            "run `rustup target add {target}`, or install rustc-web, cargo-web, rust-web-src and lld-22 \
             on Debian 12"
        );
        match wanted()? {
            Wanted::Only(Self::Rustup) if rustup_has(target) => Ok(Self::Rustup),
            Wanted::Only(Self::Debian) if debian_is_there() => Ok(Self::Debian),
            Wanted::Auto if rustup_has(target) => Ok(Self::Rustup),
            Wanted::Auto if debian_is_there() => Ok(Self::Debian),
            _ => bail!("no compiler for {target}: {by_hand}"),
        }
    }

    /// A cargo command with subcommand `verb` for `target`, in `dir`.
    ///
    /// `library` is what has to be built of the standard library where it does not come ready.
    pub(crate) fn cargo(self, verb: &str, dir: &Path, target: &str, library: &str) -> Result<Command> {
        let mut cargo = match self {
            Self::Rustup => command("cargo", dir),
            Self::Debian => debian_cargo(dir, target),
        };
        cargo.arg(verb);
        match self {
            Self::Debian if is_thumb(target) => {
                cargo.arg("--target").arg(for_small_code(target)?).arg("-Zjson-target-spec");
            }
            _ => {
                cargo.args(["--target", target]);
            }
        }
        if self == Self::Debian {
            cargo.arg(format!("-Zbuild-std={library}"));
        }
        if is_ci() {
            cargo.arg("--locked");
        }
        cargo.env("CARGO_TARGET_DIR", self.output(target)?);
        Ok(cargo)
    }

    /// By how many hundredths firmware of this compiler may exceed what is said of flash, stack and
    /// instructions: only one that builds the standard library can make it smaller.
    pub(crate) const fn slack_hundredths(self) -> u64 {
        match self {
            Self::Rustup => 12,
            Self::Debian => 0,
        }
    }

    /// Where this compiler puts what it built for `target` in `profile`.
    pub(crate) fn built(self, target: &str, profile: &str) -> Result<PathBuf> {
        Ok(self.output(target)?.join(target).join(profile))
    }

    /// Where all that this compiler needs for `target` goes.
    fn output(self, target: &str) -> Result<PathBuf> {
        match self {
            Self::Rustup => tree::output(),
            Self::Debian => Ok(tree::output()?.join("debian").join(target)),
        }
    }

    /// Its version, to be read in a log.
    pub(crate) fn version(self) -> String {
        let mut rustc = match self {
            Self::Rustup => Command::new("rustc"),
            Self::Debian => {
                let mut rustc = Command::new(DEBIAN_RUSTC);
                rustc.env_remove("LD_LIBRARY_PATH");
                rustc
            }
        };
        try_output(rustc.arg("--version")).unwrap_or_else(|| "version unknown".to_owned())
    }
}

/// Debian's cargo, told to use Debian's compiler and allowed to build the standard library.
fn debian_cargo(dir: &Path, target: &str) -> Command {
    let mut cargo = command(DEBIAN_CARGO, dir);
    cargo
        .env("RUSTC", DEBIAN_RUSTC)
        .env("RUSTDOC", DEBIAN_RUSTDOC)
        .env("RUSTC_BOOTSTRAP", "1")
        // `cargo run` put rustup's libraries there, and another compiler must not load them.
        .env_remove("LD_LIBRARY_PATH")
        .env_remove("CARGO");
    let variable = format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace(['-', '.'], "_"));
    if is_bare_metal(target)
        && std::env::var_os(&variable).is_none()
        && let Some(linker) = find("ld.lld-22").or_else(|| find("ld.lld"))
    {
        cargo.env(variable, linker);
    }
    cargo
}

/// Gives the command the flags of a final firmware build, in place of any that the user has set.
pub(crate) fn with_firmware_flags(cargo: &mut Command) -> &mut Command {
    cargo.env_remove("CARGO_ENCODED_RUSTFLAGS").env("RUSTFLAGS", FIRMWARE_RUSTFLAGS)
}

/// A description of a target for Cortex-M that makes smaller code than the one of its name.
///
/// Cargo names its output after the file, so that nobody else sees a difference. rustup's compiler
/// cannot do this: its standard library comes ready.
fn for_small_code(target: &str) -> Result<PathBuf> {
    let mut rustc = Command::new(DEBIAN_RUSTC);
    rustc.env("RUSTC_BOOTSTRAP", "1").env_remove("LD_LIBRARY_PATH");
    rustc.args(["-Zunstable-options", "--print", "target-spec-json", "--target", target]);
    let Some(built_in) = try_output(&mut rustc) else {
        bail!("{DEBIAN_RUSTC} does not describe {target}");
    };
    let described = smaller(&built_in).with_context(|| format!("{DEBIAN_RUSTC} describes {target} otherwise"))?;
    let folder = tree::output()?.join("debian/targets");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{target}.json"));
    // Written only once, because whatever is built depends on it.
    if std::fs::read_to_string(&path).ok().as_ref() != Some(&described) {
        std::fs::write(&path, described).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(path)
}

/// What is said otherwise than in the compiler's own description; `None` if that has none of it.
fn smaller(built_in: &str) -> Option<String> {
    let mut described = built_in.to_owned();
    for (theirs, ours) in [
        // One in every function, for debuggers: a twentieth of the flash, and a word or two of each
        // frame. No flag takes it back.
        ("\"frame-pointer\": \"always\"", "\"frame-pointer\": \"may-omit\""),
        // Under GNU's name of the same binary interface memory functions are called as in C. ARM's own,
        // such as `__aeabi_memclr4`, would be linked beside them, and not every C library has them.
        ("-none-eabi", "-none-gnueabi"),
    ] {
        if !described.contains(theirs) {
            return None;
        }
        described = described.replace(theirs, ours);
    }
    Some(described)
}

/// Whether a target is a Cortex-M.
fn is_thumb(target: &str) -> bool {
    target.starts_with("thumb")
}

/// Whether a target has no operating system.
fn is_bare_metal(target: &str) -> bool {
    target.contains("-none")
}

/// Whether jobs for all of `targets` would fall to Debian's compiler, so that setup installs it.
pub(crate) fn debian_is_needed(targets: &[&str]) -> Result<bool> {
    Ok(match wanted()? {
        Wanted::Only(compiler) => compiler == Compiler::Debian,
        Wanted::Auto => !targets.iter().all(|target| rustup_has(target)),
    })
}

/// Whether Debian's compiler and its source are installed, recent enough.
pub(crate) fn debian_is_there() -> bool {
    Path::new(DEBIAN_CARGO).is_file()
        && Path::new(DEBIAN_RUSTC).is_file()
        && Path::new(DEBIAN_SOURCE).is_file()
        && minor_of(&Compiler::Debian.version()).is_some_and(|minor| minor >= DEBIAN_MINOR_MIN)
}

fn wanted() -> Result<Wanted> {
    let asked = std::env::var("FW_TOOLCHAIN").unwrap_or_default();
    match asked.as_str() {
        "" | "auto" => Ok(Wanted::Auto),
        "rustup" => Ok(Wanted::Only(Compiler::Rustup)),
        "debian" => Ok(Wanted::Only(Compiler::Debian)),
        other => bail!("FW_TOOLCHAIN is `{other}`; it may be auto, rustup or debian"),
    }
}

/// Whether the active toolchain has the standard library of `target`.
fn rustup_has(target: &str) -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", target]);
    let Some(dir) = try_output(&mut rustc) else {
        return false;
    };
    std::fs::read_dir(dir)
        .is_ok_and(|entries| entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-")))
}

/// `95` of `rustc 1.95.0 (...)`.
fn minor_of(version: &str) -> Option<u32> {
    version.strip_prefix("rustc 1.")?.split('.').next()?.parse().ok()
}

/// Whether a nightly toolchain with the host's standard library is installed.
pub(crate) fn nightly_is_there() -> bool {
    // `rustup run` fails for a toolchain that is missing; `rustc +nightly` might install it.
    let mut rustc = Command::new("rustup");
    rustc.args(["run", "nightly", "rustc", "--version"]);
    try_output(&mut rustc).is_some()
}

/// The host's target triple.
pub(crate) fn host() -> Result<String> {
    let version = try_output(Command::new("rustc").arg("-vV")).unwrap_or_default();
    match version.lines().find_map(|line| line.strip_prefix("host: ")) {
        Some(host) => Ok(host.to_owned()),
        None => bail!("`rustc -vV` names no host"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_for_small_code_are_the_compilers_own_but_for_two_things() {
        let theirs = r#"{"frame-pointer": "always", "llvm-target": "thumbv7em-none-eabihf"}"#;
        let ours = r#"{"frame-pointer": "may-omit", "llvm-target": "thumbv7em-none-gnueabihf"}"#;
        assert_eq!(smaller(theirs).as_deref(), Some(ours));
        assert_eq!(smaller("{}"), None);
    }

    #[test]
    fn version_is_read_whoever_built_the_compiler() {
        assert_eq!(minor_of("rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)"), Some(96));
        assert_eq!(minor_of("version unknown"), None);
    }
}

//! Installs the system packages that the tests need.
//!
//! Only Debian's packages are installed, and only those that are missing; outside CI none is
//! removed. Where they cannot be installed it says what to install by hand, and the stages that
//! need them skip.

use std::io::IsTerminal;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::archive;
use crate::command::{command, find, is_ci, run, try_output};
use crate::cross::{BARE_METAL, SYSTEMS};
use crate::stage::Outcome;
use crate::toolchain::{debian_is_needed, debian_is_there};
use crate::tree;

/// Where clang 22 keeps the run-time parts of its sanitizers.
const SANITIZERS: &str = "/usr/lib/llvm-22/lib/clang/22/lib/linux";

/// Something the tests need from outside cargo.
struct Need {
    /// What it is for, as a person would say it.
    purpose: &'static str,
    /// Debian's packages that give it.
    packages: &'static [&'static str],
    /// Whether it is missing here.
    missing: bool,
}

/// What the tests need, and what of it is missing.
fn needs() -> Result<Vec<Need>> {
    let mut needs = for_rust()?;
    needs.extend(for_c());
    needs.extend(for_emulation());
    needs.extend(for_inspection());
    needs.push(for_updates());
    Ok(needs)
}

/// What building Rust needs: for this machine, for firmware, for other systems.
fn for_rust() -> Result<Vec<Need>> {
    let targets: Vec<&str> = BARE_METAL
        .iter()
        .copied()
        .chain(SYSTEMS.iter().copied())
        .chain(archive::without_std().map(|target| target.name))
        .collect();
    let debian = debian_is_needed(&targets)?;
    Ok(vec![
        Need { purpose: "a C++ compiler, for libFuzzer", packages: &["g++"], missing: find("c++").is_none() },
        Need {
            purpose: "a compiler for other targets (elsewhere: `rustup target add` for each)",
            packages: &["rustc-web", "cargo-web", "rust-web-src"],
            missing: debian && !debian_is_there(),
        },
        Need {
            purpose: "a linker for firmware of any processor",
            packages: &["lld-22"],
            missing: find("ld.lld-22").or_else(|| find("ld.lld")).is_none(),
        },
        Need {
            purpose: "import libraries for the Windows check, which Rust makes with dlltool",
            packages: &["binutils-mingw-w64-x86-64"],
            missing: debian && find("x86_64-w64-mingw32-dlltool").is_none(),
        },
    ])
}

/// C compilers for everything that links the libraries, and what builds the consumers.
fn for_c() -> Vec<Need> {
    vec![
        Need {
            purpose: "the linker and the tools for objects, for the libraries of this machine",
            packages: &["gcc", "binutils"],
            missing: find("cc").is_none() || find("ld").is_none() || find("objcopy").is_none(),
        },
        Need {
            purpose: "firmware in C on Cortex-M",
            packages: &["gcc-arm-none-eabi", "libnewlib-arm-none-eabi"],
            missing: find("arm-none-eabi-gcc").is_none() || !Path::new("/usr/lib/arm-none-eabi/newlib").is_dir(),
        },
        Need {
            purpose: "firmware in C on RISC-V",
            packages: &["gcc-riscv64-unknown-elf"],
            missing: find("riscv64-unknown-elf-gcc").is_none(),
        },
        Need {
            purpose: "programs for 32-bit ARM Linux",
            packages: &["gcc-arm-linux-gnueabihf", "libc6-dev-armhf-cross"],
            missing: find("arm-linux-gnueabihf-gcc").is_none()
                || !Path::new("/usr/arm-linux-gnueabihf/include/stdio.h").is_file(),
        },
        Need {
            purpose: "programs for 64-bit ARM Linux",
            packages: &["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"],
            missing: find("aarch64-linux-gnu-gcc").is_none()
                || !Path::new("/usr/aarch64-linux-gnu/include/stdio.h").is_file(),
        },
        Need {
            purpose: "projects that use the packages for C",
            packages: &["cmake", "make", "pkg-config"],
            missing: ["cmake", "make", "pkg-config"].iter().any(|program| find(program).is_none()),
        },
    ]
}

/// Processors other than this machine's.
fn for_emulation() -> Vec<Need> {
    vec![
        Need {
            purpose: "the emulated Cortex-M boards",
            packages: &["qemu-system-arm"],
            missing: find("qemu-system-arm").is_none(),
        },
        Need {
            purpose: "the emulated RISC-V board",
            packages: &["qemu-system-misc"],
            missing: find("qemu-system-riscv32").is_none(),
        },
        Need {
            purpose: "programs for ARM Linux on this machine",
            packages: &["qemu-user"],
            missing: find("qemu-arm").is_none() || find("qemu-aarch64").is_none(),
        },
    ]
}

/// What looks for mistakes in running programs.
fn for_inspection() -> Vec<Need> {
    vec![
        Need {
            purpose: "a second C compiler, and sanitizers that fit Rust's",
            packages: &["clang-22", "libclang-rt-22-dev", "llvm-22"],
            missing: find("clang-22").is_none()
                || !Path::new("/usr/lib/llvm-22/bin/llvm-symbolizer").is_file()
                || !Path::new(SANITIZERS).is_dir(),
        },
        Need {
            purpose: "memory checks of the C programs",
            packages: &["valgrind", "libc6-dbg"],
            missing: find("valgrind").is_none() || !Path::new("/usr/lib/debug/.build-id").is_dir(),
        },
        Need {
            purpose: "a database that several Primary Servers share",
            packages: &["postgresql"],
            missing: !has_postgresql(),
        },
        Need {
            purpose: "Python with virtual environments, for fault injection and the Python server",
            packages: &["python3", "python3-venv"],
            missing: try_output(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_none(),
        },
        Need {
            purpose: "a browser without a screen, for the pages of the administration",
            packages: &["chromium", "chromium-driver", "fonts-dejavu-core"],
            missing: find("chromium").is_none() || find("chromedriver").is_none(),
        },
    ]
}

/// Whether PostgreSQL's programs are where Debian puts them: a folder for each version.
fn has_postgresql() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions.into_iter().any(|version| version.path().join("bin/initdb").is_file())
}

/// What installs an update on Linux, and packs an image for it.
fn for_updates() -> Need {
    let programs = ["swupdate", "swupdate-client", "cpio", "openssl"];
    Need {
        purpose: "swupdate, to which the example of an update hands over",
        packages: &["swupdate", "cpio", "openssl"],
        missing: programs.iter().any(|program| find(program).is_none()),
    }
}

/// Installs whatever is missing.
pub(crate) fn install() -> Result<Outcome> {
    let missing: Vec<Need> = needs()?.into_iter().filter(|need| need.missing).collect();
    if missing.is_empty() {
        eprintln!("everything is there");
        return Ok(Outcome::Done);
    }
    for need in &missing {
        eprintln!("missing: {}: {}", need.purpose, need.packages.join(" "));
    }
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages).copied().collect();
    let by_hand = format!("install what Debian 12 calls: {}", packages.join(" "));
    if find("apt-get").is_none() {
        return Ok(Outcome::Skipped(format!("no apt-get on this system; {by_hand}")));
    }
    match run(apt_get()?.arg("update")).and_then(|()| add(&packages)) {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if is_ci() => Err(error.context(by_hand)),
        Err(error) => Ok(Outcome::Skipped(format!("{error:#}; {by_hand}"))),
    }
}

/// Installs the packages; on somebody's machine only if no other package has to go for them.
///
/// qemu-utils from backports, for one, excludes the emulator of the release, and `-y` would have
/// it removed without a word. A CI machine is thrown away afterwards, so there it may go, aloud.
fn add(packages: &[&str]) -> Result<()> {
    let install =
        |keep: &[&str]| run(apt_get()?.args(["install", "-y", "--no-install-recommends"]).args(keep).args(packages));
    match install(&["--no-remove"]) {
        Err(error) if is_ci() => {
            eprintln!("{error:#}: CI, so packages in the way may now be removed");
            install(&[])
        }
        outcome => outcome.context("nothing is removed from this machine; if a package is in the way, decide by hand"),
    }
}

/// `apt-get` with the rights to install: as root itself, else through sudo.
fn apt_get() -> Result<Command> {
    let root = tree::root()?;
    let user = try_output(Command::new("id").arg("-u")).context("`id -u` failed")?;
    let mut apt = if user == "0" {
        command("env", &root)
    } else {
        let mut sudo = command("sudo", &root);
        // Without a terminal nobody can answer, so it must fail instead of asking.
        if !std::io::stderr().is_terminal() {
            sudo.arg("-n");
        }
        sudo.arg("env");
        sudo
    };
    apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "Acquire::Retries=3"]);
    Ok(apt)
}

//! What each job runs, in order. The lists of targets and feature sets live beside the stages.

use anyhow::Result;

use crate::command::run;
use crate::fault::Verifiers;
use crate::lint::host_cargo;
use crate::stage::{Outcome, Stages};
use crate::{
    archive, border, count_c, cross, examples_firmware, fault, firmware, fuzz, header as c_header, lint, locks,
    package, report, setup as packages, target_tests, tools, tree,
};

/// Time for each fuzz target within `test`: enough to find what a change broke plainly.
const FUZZ_SECONDS_IN_TEST: u32 = 10;

/// Installs what the tests need.
pub(crate) fn setup() -> Result<()> {
    let mut stages = Stages::new("setup");
    stages.run("packages", packages::install)?;
    stages.run("tools", tools::install)?;
    stages.print();
    Ok(())
}

/// Installs what the tests need and runs them all.
pub(crate) fn test() -> Result<()> {
    let mut stages = Stages::new("test");
    tests(&mut stages)?;
    stages.print();
    Ok(())
}

/// Every library for C, built and checked.
pub(crate) fn archives() -> Result<()> {
    let mut stages = Stages::new("archives");
    stages.run("archives", archive::check::archives)?;
    stages.print();
    Ok(())
}

/// The tree that is installed for C, in `folder`.
pub(crate) fn package(folder: Option<&str>) -> Result<()> {
    let folder = match folder {
        Some(folder) => std::env::current_dir()?.join(folder),
        None => package::default_folder()?,
    };
    let mut stages = Stages::new("package");
    stages.run("libraries and files", || {
        package::build(&folder)?;
        Ok(Outcome::Done)
    })?;
    stages.print();
    println!("{}", folder.display());
    Ok(())
}

/// The packages, and programs that use them.
pub(crate) fn consumers() -> Result<()> {
    let mut stages = Stages::new("consumers");
    stages.run("package, and programs that use it", package::consumers::all)?;
    stages.print();
    Ok(())
}

/// Everything that must hold before a change goes in.
pub(crate) fn ci() -> Result<()> {
    let mut stages = Stages::new("ci");
    tests(&mut stages)?;
    stages.run("format", lint::format)?;
    stages.run("clippy", lint::clippy)?;
    stages.run("documentation", lint::documentation)?;
    stages.print();
    Ok(())
}

/// Builds and runs the firmware examples.
pub(crate) fn firmware_examples() -> Result<()> {
    let mut stages = Stages::new("firmware-examples");
    stages.run("firmware examples", examples_firmware::all)?;
    stages.print();
    Ok(())
}

/// Writes the licence of the firmware example in C.
pub(crate) fn firmware_fixture() -> Result<()> {
    let mut stages = Stages::new("firmware-fixture");
    stages.run("licence of the example", examples_firmware::write_factory)?;
    stages.print();
    Ok(())
}

/// Instructions, flash and stack of the C ABI on emulated boards.
pub(crate) fn count_c() -> Result<()> {
    let mut stages = Stages::new("count-c");
    stages.run("C ABI: counts and budgets", count_c::test)?;
    stages.print();
    Ok(())
}

/// Writes what each C function takes of the stack into its documentation, and the header anew.
pub(crate) fn stacks() -> Result<()> {
    let mut stages = Stages::new("stacks");
    stages.run("stack of every function", count_c::write_stacks)?;
    stages.run("header", c_header::write)?;
    stages.print();
    Ok(())
}

/// The golden vectors on every emulated board and on ARM Linux.
pub(crate) fn target_tests() -> Result<()> {
    let mut stages = Stages::new("target-tests");
    stages.run("vectors on every target", target_tests::all)?;
    stages.print();
    Ok(())
}

/// Benchmarks of the host, then the counts of an emulated Cortex-M4 beside those of others.
pub(crate) fn bench() -> Result<()> {
    let mut stages = Stages::new("bench");
    stages.run("packages", packages::install)?;
    stages.run("host", || {
        run(host_cargo("bench")?.arg("--workspace"))?;
        Ok(Outcome::Done)
    })?;
    stages.run("Cortex-M4", || match firmware::measure()? {
        firmware::Measured::Figures(figures) => {
            report::print(&figures);
            Ok(Outcome::Done)
        }
        firmware::Measured::Skipped(reason) => Ok(Outcome::Skipped(reason)),
    })?;
    stages.print();
    Ok(())
}

/// The C programs at the border.
pub(crate) fn border() -> Result<()> {
    let mut stages = Stages::new("border");
    at_the_border(&mut stages)?;
    stages.print();
    Ok(())
}

/// Fault injection.
pub(crate) fn fault() -> Result<()> {
    let mut stages = Stages::new("fault");
    stages.run("instructions skipped", || fault::sweep(Verifiers::Whole))?;
    stages.print();
    Ok(())
}

/// Writes the C header.
pub(crate) fn header() -> Result<()> {
    let mut stages = Stages::new("header");
    stages.run("header", c_header::write)?;
    stages.print();
    Ok(())
}

/// Every fuzz target for `seconds` each.
pub(crate) fn fuzz(seconds: u32) -> Result<()> {
    let mut stages = Stages::new("fuzz");
    stages.run("fuzz targets", || fuzz::all(seconds))?;
    stages.print();
    Ok(())
}

fn at_the_border(stages: &mut Stages) -> Result<()> {
    stages.run("C programs", border::plainly)?;
    stages.run("C programs under valgrind", border::under_valgrind)?;
    stages.run("C programs with AddressSanitizer", border::sanitize::address)?;
    stages.run("C programs with ThreadSanitizer", border::sanitize::thread)?;
    stages.run("server examples", border::examples::all)?;
    stages.run("camera with a Primary Server", border::camera::all)
}

fn tests(stages: &mut Stages) -> Result<()> {
    stages.run("packages", packages::install)?;
    stages.run("tools", tools::install)?;
    stages.run("workspace: unit, integration and doc tests", || {
        run(host_cargo("test")?.arg("--workspace"))?;
        Ok(Outcome::Done)
    })?;
    stages.run("small verifier in words", || {
        // A host computes in limbs; with this it takes what most microcontrollers do.
        let mut cargo = host_cargo("test")?;
        cargo.args(["--package", "hwlicense-ed25519"]).env("HWLICENSE_ED25519_WORDS", "1");
        run(cargo.env("CARGO_TARGET_DIR", tree::output()?.join("words")))?;
        Ok(Outcome::Done)
    })?;
    stages.run("header is fresh", c_header::is_fresh)?;
    stages.run("core for bare metal", cross::core_for_bare_metal)?;
    stages.run("probe for other systems", cross::probe_for_other_systems)?;
    stages.run("archives", archive::check::archives)?;
    stages.run("package, and programs that use it", package::consumers::all)?;
    stages.run("firmware examples", examples_firmware::all)?;
    stages.run("vectors on every target", target_tests::all)?;
    stages.run("C ABI: counts and budgets", count_c::test)?;
    at_the_border(stages)?;
    stages.run("instructions skipped", || fault::sweep(Verifiers::Sampled))?;
    stages.run("fuzz targets, briefly", || fuzz::all(FUZZ_SECONDS_IN_TEST))?;
    stages.run("Cortex-M4: counts and budgets", firmware::test)?;
    // Last, because the stages above bring the other lock files up to date outside CI.
    stages.run("lock files agree", locks::agree)
}

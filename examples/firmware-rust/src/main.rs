//! From reset to a verdict: read the machine, verify the licence in flash, check it, and record
//! only what the verdict grants. Run it with `cargo run --profile firmware` in this folder.
//!
//! The log is defmt's: the image holds numbers, and `defmt-print` on the host has the texts.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod engine;
mod recorder;
mod registers;

// Only linked in: where the log goes, and what it locks with.
use cortex_m as _;
use defmt_semihosting as _;

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use cortex_m_semihosting::debug;
use hwlicense::hwid::{Identity, Machine};
use hwlicense::license::{Contact, Context, License, Report, check, refuse};
use hwlicense::signed::{Bundle, PublicKey, Trust, VerifyError};
use hwlicense::time::{Clock, UnixSeconds};

// Firmware with the unrolled SHA-512 would have no room for anything else.
const _: () = assert!(cfg!(sha2_backend_soft = "compact"), "build in this folder, or with its rustflags");

/// Root key of the vendor, compiled in.
const ROOT: [u8; 32] = hwlicense_fixture::ROOT;
/// What lies in the licence page of the flash.
const LICENSE_PAGE: &[u8] = hwlicense_fixture::LICENSE_STRICT;
/// The product that this firmware is.
const BRAND: &str = "northgate";
/// When this firmware was built: the floor of what a clock without battery may claim.
const BUILT: UnixSeconds = UnixSeconds(hwlicense_fixture::ISSUED);
/// What the clock of the board shows: 30 days later.
const NOW: UnixSeconds = UnixSeconds(hwlicense_fixture::ISSUED + 30 * 86_400);

#[entry]
fn main() -> ! {
    let mut granted = false;
    registers::with_descriptor(|descriptor| match Machine::read(descriptor) {
        Ok(machine) => granted = run(machine.identity()),
        Err(error) => defmt::error!("machine: {}", error),
    });
    debug::exit(if granted { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    end()
}

/// Checks the licence and starts what it unlocks. Whether anything was started.
fn run(identity: &Identity) -> bool {
    match identity.hwid() {
        Ok(hwid) => defmt::info!("hwid {} by {}", hwid, identity.evidence()),
        Err(error) => defmt::warn!("no hwid: {}", error),
    }
    // What was not believed becomes a refusal with its reason, like any other.
    let (report, channels) = verdict(identity).unwrap_or_else(|error| (refuse(error), 0));
    defmt::info!("verdict: {}", report.reason);
    match report.verdict.grant() {
        Some(granted) => recorder::start(granted, channels),
        None => defmt::warn!("refused; next step: {}", report.next_step()),
    }
    report.verdict.grant().is_some()
}

/// The report on the licence in flash, and the channels that it is for.
fn verdict(identity: &Identity) -> Result<(Report, u32), VerifyError> {
    let trust = Trust::new(engine::ENGINE, [PublicKey::ed25519(ROOT)])?;
    let license = trust.verify_bundle::<License<'_>>(&Bundle::parse(LICENSE_PAGE)?)?;
    let claims = license.claims();
    defmt::info!("licence for {=str}: {=u32} channels", claims.holder, claims.count);
    let clock = Clock::new(Some(NOW), BUILT);
    let context = Context { identity, brand: Some(BRAND.into()), clock, contact: Contact::None };
    Ok((check(&license, &context), claims.count))
}

/// A panic is a defect. It is told and ends the program; a watchdog would reset the device.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    defmt::error!("panic");
    debug::exit(debug::EXIT_FAILURE);
    end()
}

/// Where the program rests if nobody listens to its exit.
fn end() -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}

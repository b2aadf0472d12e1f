//! What a camera's firmware does: say what the hardware is, check the licence in flash, and let
//! only the verdict start the recording. Run it with `cargo run -p hwlicense-examples --example camera`.
//!
//! The code between `main` and the constants is `no_std` and runs the same on a microcontroller.

use hwlicense::hardware::{Board, Cpu, Descriptor, Field, Mac, Nic, NicClass, PlatformId, PlatformIdSource, Rows};
use hwlicense::hwid::{Identity, Machine};
use hwlicense::license::{Contact, Context, Granted, License, Report, check, refuse};
use hwlicense::signed::{Bundle, Ed25519, PublicKey, Trust, VerifyError};
use hwlicense::time::{Clock, UnixSeconds};

/// Root key of the vendor, compiled in.
const ROOT: [u8; 32] = hwlicense_fixture::ROOT;
/// When this firmware was built.
const BUILT: UnixSeconds = UnixSeconds(hwlicense_fixture::ISSUED);
/// What lies in the licence partition of the flash.
const FLASH: &[u8] = hwlicense_fixture::LICENSE_STRICT;
/// What the production line wrote into one-time programmable memory.
const OTP_UNIQUE_ID: [u8; 12] = [0x31, 0x37, 0x19, 0x0c, 0x50, 0x51, 0x36, 0x33, 0x2f, 0x00, 0x41, 0x8a];
const OTP_MAC: [u8; 6] = [0x00, 0x40, 0x8c, 0x7e, 0x51, 0x0d];

/// Recording starts with a proof that the verdict was checked here.
fn start_recording(_granted: Granted) {
    println!("recording");
}

fn check_flash(identity: &Identity, wall: Option<UnixSeconds>) -> Result<Report, VerifyError> {
    let trust = Trust::new(Ed25519, [PublicKey::ed25519(ROOT)])?;
    let license = trust.verify_bundle::<License<'_>>(&Bundle::parse(FLASH)?)?;
    let context =
        Context { identity, brand: Some("northgate".into()), clock: Clock::new(wall, BUILT), contact: Contact::None };
    Ok(check(&license, &context))
}

fn run(name: &str, hardware: &Descriptor<'_>) -> Result<(), Box<dyn core::error::Error>> {
    let machine = Machine::read(hardware)?;
    println!("{name}: HWID {} by {}", machine.hwid()?, machine.identity().evidence());
    // This camera has no clock of its own.
    let report = check_flash(machine.identity(), None).unwrap_or_else(refuse);
    println!("{} {}", report.reason, report.next_step());
    if let Some(granted) = report.verdict.grant() {
        start_recording(granted);
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let nics = [Nic { class: NicClass::Physical, permanent_mac: Field::Read(Mac(OTP_MAC)), ..Nic::default() }];
    let platform_ids = [PlatformId { source: PlatformIdSource::Soc, bytes: Field::Read(&OTP_UNIQUE_ID) }];
    let camera = Descriptor {
        board: Board { vendor: "Northgate".into(), product: "NC-500".into(), ..Board::default() },
        // SCB->CPUID of a Cortex-M7.
        cpu: Cpu { signature: Field::Read(0x411f_c271), ..Cpu::default() },
        nics: Field::Read(Rows::held(&nics)),
        platform_ids: Rows::held(&platform_ids),
        ..Descriptor::default()
    };
    run("this camera", &camera)?;
    run("the server that the licence is for", &hwlicense_fixture::DESCRIPTOR)
}

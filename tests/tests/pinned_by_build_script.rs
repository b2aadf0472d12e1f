//! A key that the build script pinned: what it wrote compiles, and is the table of that key.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use hwlicense::license::License;
use hwlicense::signed::{Bundle, Kind, NoOther, Pinned, PublicKey, Trust, VerifyError};
use hwlicense_ed25519::PinnedKey;

static ROOT: PinnedKey<8> = include!(concat!(env!("OUT_DIR"), "/pinned_root.rs"));

const ROOT_KEY: &[u8; 32] = include_bytes!("../fixture/src/root.key");
const LICENSE: &[u8] = include_bytes!("../fixture/src/license-strict.hwl");

#[test]
fn the_build_script_wrote_the_table_of_the_key() {
    assert_eq!(ROOT.public_key(), ROOT_KEY);
    assert_eq!(ROOT.words(), PinnedKey::<8>::generate(ROOT_KEY).unwrap().words());
}

#[test]
fn what_it_wrote_verifies_what_the_root_signed() {
    let tables = [ROOT.table()];
    let mut trust = Trust::new(Pinned::new(&tables, NoOther), [PublicKey::ed25519(*ROOT_KEY)]).unwrap();
    let bundle = Bundle::parse(LICENSE).unwrap();
    trust.admit(&bundle.only(Kind::Certificate).unwrap()).unwrap();
    // The issuer's own key is not pinned.
    assert_eq!(trust.verify_bundle::<License<'_>>(&bundle).unwrap_err(), VerifyError::KeyNotPinned);
}

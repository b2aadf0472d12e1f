//! PEM armour: what is accepted is decoded to bytes that are armoured and decoded to themselves.

#![no_main]

use hwlicense::signed::armor;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let mut decoded = vec![0; armor::ARMORED_BYTES_MAX];
    let Ok(bytes) = armor::decode(text, &mut decoded) else { return };
    let mut armored = vec![0; armor::ARMORED_BYTES_MAX];
    let armored = armor::encode(bytes, &mut armored).expect("what came out of armour fits into it");
    let mut again = vec![0; armor::ARMORED_BYTES_MAX];
    assert_eq!(armor::decode(armored.as_bytes(), &mut again), Ok(bytes));
});

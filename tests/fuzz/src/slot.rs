//! A slot of the storage, as the format says.

/// CRC-32 (ISO-HDLC), bit by bit.
fn crc(parts: &[&[u8]]) -> u32 {
    let byte = |check: u32, byte: &u8| {
        (0..8).fold(
            check ^ u32::from(*byte),
            |check, _| if check & 1 == 1 { check >> 1 ^ 0xedb8_8320 } else { check >> 1 },
        )
    };
    !parts.iter().copied().flatten().fold(u32::MAX, byte)
}

/// A record in its slot, with a head that fits.
pub(crate) fn lay(slot: &mut [u8], magic: [u8; 4], sequence: u32, record: &[u8]) {
    let length = u32::try_from(record.len()).unwrap_or(u32::MAX).to_le_bytes();
    let check = crc(&[&sequence.to_le_bytes(), &length, record]);
    let head = [magic, [1, 0, 0, 0], sequence.to_le_bytes(), length, check.to_le_bytes()].concat();
    slot.iter_mut().zip(&head).for_each(|(place, byte)| *place = *byte);
    slot.iter_mut().skip(64).zip(record).for_each(|(place, byte)| *place = *byte);
}

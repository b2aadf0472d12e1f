//! Frames, and the answers in them: one answer, one byte string.

#![no_main]

use hwlicense::primary::Answer;
use hwlicense::primary::frame::{BODY_BYTES_MAX, FRAME_HEAD_BYTES, read_head, write_head};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|frame: &[u8]| {
    let Some((head, body)) = frame.split_first_chunk::<FRAME_HEAD_BYTES>() else { return };
    if let Ok(length) = read_head(*head) {
        assert!((1..=BODY_BYTES_MAX).contains(&length));
        assert_eq!(write_head(length), Ok(*head));
    }
    let Ok(answer) = Answer::parse(body) else { return };
    let mut buffer = [0; BODY_BYTES_MAX];
    assert_eq!(answer.write(&mut buffer), Ok(body));
});

//! How long the disk takes: what a ledger that loses nothing has to wait for.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Instant;

/// The median time of an `fdatasync` after 4 KiB were written, in milliseconds.
pub(crate) fn fdatasync_ms(folder: &Path) -> f64 {
    let file = File::create(folder.join("fdatasync")).unwrap();
    let mut times: Vec<f64> = (0..200u64)
        .map(|turn| {
            file.write_all_at(&[1; 4096], turn * 4096).unwrap();
            let begin = Instant::now();
            file.sync_data().unwrap();
            begin.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[100]
}

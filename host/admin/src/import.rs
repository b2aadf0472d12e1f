//! Files of the vendor: entitlements and revocation lists, one or ten thousand in a file.

use std::sync::Arc;

use hwlicense::signed::{Bundle, Kind, PublicKey, VerifyError, armor};
use hwlicense_server::ledger::{Book, ImportError, Imported, import_entitlement, import_list};

use crate::access::Holder;
use crate::job::Job;
use crate::problem::Problem;
use crate::state::State;

/// Most signed files of one import.
pub const FILES_MAX: usize = 20_000;
/// Signed files of one transaction: nobody else changes the ledger meanwhile.
const BATCH: usize = 50;
/// What begins an armoured file.
const BEGIN: &[u8] = b"-----BEGIN ";

/// The signed files in bytes, in their binary form: a file that is binary is one, a text may hold many.
///
/// # Errors
/// [`VerifyError`] of a text that is damaged; [`VerifyError::TooLarge`] beyond [`FILES_MAX`].
pub fn signed_files(bytes: &[u8]) -> Result<Vec<Vec<u8>>, VerifyError> {
    if !armor::is_armored(bytes) {
        return Ok(vec![bytes.to_vec()]);
    }
    let mut starts: Vec<usize> = bytes
        .windows(BEGIN.len())
        .enumerate()
        .filter(|(_, window)| *window == BEGIN)
        .map(|(at, _)| at)
        .take(FILES_MAX.saturating_add(1))
        .collect();
    if starts.len() > FILES_MAX {
        return Err(VerifyError::TooLarge);
    }
    starts.push(bytes.len());
    let mut buffer = vec![0; armor::ARMORED_BYTES_MAX];
    let texts = starts.windows(2).filter_map(|pair| bytes.get(*pair.first()?..*pair.last()?));
    let decoded = texts.map(|text| match armor::decode(text, &mut buffer) {
        Ok(decoded) => Ok(decoded.to_vec()),
        Err(armor::ArmorError::TooLarge) => Err(VerifyError::TooLarge),
        Err(_) => Err(VerifyError::Malformed),
    });
    decoded.collect()
}

/// Imports one signed file, whatever it holds.
///
/// # Errors
/// [`ImportError`]; [`VerifyError::WrongKind`] within it for what a Primary Server does not import.
pub fn import_file(book: &mut Book<'_>, roots: &[PublicKey], file: &[u8]) -> Result<Option<Imported>, ImportError> {
    let bundle = Bundle::parse(file)?;
    if bundle.only(Kind::RevocationList).is_ok() {
        return import_list(book, roots, file).map(|()| None);
    }
    import_entitlement(book, roots, file).map(Some)
}

/// Begins to import files that were uploaded; how far it is can be looked at.
pub(crate) fn begin(state: &Arc<State>, who: &Holder, uploads: &[Vec<u8>]) -> Result<Arc<Job>, Problem> {
    who.must_administer()?;
    if state.office.roots().is_empty() {
        return Err(Problem::unreadable(
            "no root of the vendor is named, so nothing can be believed",
            "Name the vendor's public key under `trust` in the configuration.",
        ));
    }
    let files: Result<Vec<Vec<Vec<u8>>>, VerifyError> = uploads.iter().map(|bytes| signed_files(bytes)).collect();
    let files: Vec<Vec<u8>> = files.map_err(|error| Problem::from(ImportError::Verify(error)))?.concat();
    if files.is_empty() {
        return Err(Problem::unreadable("no file came along", "Choose the file that the vendor sent."));
    }
    let job = state.jobs.begin(format!("Import of {} licence files", files.len()), &who.name, files.len());
    let (state, who, running) = (Arc::clone(state), who.clone(), Arc::clone(&job));
    tokio::spawn(async move {
        let outcome = run(&state, &who, &running, files).await;
        state.forget_census().await;
        running.end(outcome);
    });
    Ok(job)
}

/// What became of the files so far.
#[derive(Default)]
struct Counts {
    new: u32,
    replaced: u32,
    unchanged: u32,
    lists: u32,
}

async fn run(state: &Arc<State>, who: &Holder, job: &Job, files: Vec<Vec<u8>>) -> Result<String, Problem> {
    let mut counts = Counts::default();
    for batch in files.chunks(BATCH) {
        let (batch, office) = (batch.to_vec(), Arc::clone(&state.office));
        let first = job.done();
        let imported = state
            .office
            .change(who, move |book| {
                let one = |(position, file): (u32, &Vec<u8>)| {
                    import_file(book, office.roots(), file).map_err(|error| {
                        let problem = Problem::from(error);
                        let number = first.saturating_add(position).saturating_add(1);
                        Problem { message: format!("file {number}: {}", problem.message), ..problem }
                    })
                };
                (0..).zip(&batch).map(one).collect::<Result<Vec<_>, _>>()
            })
            .await?;
        job.step(u32::try_from(imported.len()).unwrap_or(u32::MAX));
        for one in imported {
            let count = match one {
                Some(Imported::New(_)) => &mut counts.new,
                Some(Imported::Replaced(_)) => &mut counts.replaced,
                Some(Imported::Unchanged(_)) => &mut counts.unchanged,
                None => &mut counts.lists,
            };
            *count = count.saturating_add(1);
        }
    }
    let Counts { new, replaced, unchanged, lists } = counts;
    Ok(format!("{new} new, {replaced} replaced, {unchanged} unchanged, {lists} revocation lists"))
}

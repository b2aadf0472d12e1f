//! The ledger as the administration reaches it: reads beside the clients, changes through the desk.

use std::sync::{Arc, Mutex, PoisonError};

use hwlicense::signed::PublicKey;
use hwlicense_server::ledger::Book;
use hwlicense_server::service::{Clerk, NoAnswer};
use hwlicense_server::store::{AnyStore, StoreError};
use tokio::sync::Semaphore;

use crate::access::Holder;
use crate::problem::Problem;

/// The store of the ledger.
pub type Ledger = AnyStore;
/// Opens the ledger once more, for reading.
pub type OpenLedger = Box<dyn Fn() -> Result<Ledger, StoreError> + Send + Sync>;

/// Most reads at a time. Each has a thread and a connection of its own.
const READERS_MAX: usize = 4;

/// Reads and changes the ledger.
pub(crate) struct Office {
    clerk: Arc<Clerk<Ledger>>,
    open: OpenLedger,
    /// Ledgers that are open and that nobody reads.
    idle: Mutex<Vec<Ledger>>,
    seats: Semaphore,
    roots: Vec<PublicKey>,
}

/// How a rehearsal ends: nothing that it did is kept.
enum Rehearsal<R> {
    Told(R),
    Failed(Problem),
}

impl<R> From<StoreError> for Rehearsal<R> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl<R> From<NoAnswer> for Rehearsal<R> {
    fn from(error: NoAnswer) -> Self {
        Self::Failed(error.into())
    }
}

impl Office {
    pub(crate) fn new(clerk: Arc<Clerk<Ledger>>, open: OpenLedger, roots: Vec<PublicKey>) -> Self {
        Self { clerk, open, idle: Mutex::new(Vec::new()), seats: Semaphore::new(READERS_MAX), roots }
    }

    /// Who answers clients.
    pub(crate) fn clerk(&self) -> &Clerk<Ledger> {
        &self.clerk
    }

    /// The roots by which files of the vendor are believed.
    pub(crate) fn roots(&self) -> &[PublicKey] {
        &self.roots
    }

    /// Reads the ledger, on one consistent state.
    pub(crate) async fn read<R: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Book<'_>) -> Result<R, Problem> + Send + 'static,
    ) -> Result<R, Problem> {
        let _seat = self.seats.acquire().await.map_err(|_| NoAnswer::Stopped)?;
        let office = Arc::clone(self);
        let reading = tokio::task::spawn_blocking(move || office.read_here(work));
        reading.await.map_err(|_| Problem::fault())?
    }

    fn read_here<R>(&self, work: impl FnOnce(&mut Book<'_>) -> Result<R, Problem>) -> Result<R, Problem> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut ledger = match idle {
            Some(ledger) => ledger,
            None => (self.open)()?,
        };
        let outcome = self.clerk.read(&mut ledger, work);
        // A connection that failed is not used again.
        if !matches!(&outcome, Err(problem) if problem.is_of_store) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(ledger);
        }
        outcome
    }

    /// Changes the ledger in the name of who holds a token. What it says is committed.
    pub(crate) async fn change<R: Send + 'static>(
        &self,
        who: &Holder,
        work: impl FnMut(&mut Book<'_>) -> Result<R, Problem> + Send + 'static,
    ) -> Result<R, Problem> {
        self.clerk.change(who.name.clone(), work).await
    }

    /// Does what a change would do, tells what came of it, and undoes it.
    pub(crate) async fn rehearse<R: Send + 'static>(
        &self,
        who: &Holder,
        mut work: impl FnMut(&mut Book<'_>) -> Result<R, Problem> + Send + 'static,
    ) -> Result<R, Problem> {
        let undone = move |book: &mut Book<'_>| match work(book) {
            Ok(told) => Err::<(), _>(Rehearsal::Told(told)),
            Err(problem) => Err(Rehearsal::Failed(problem)),
        };
        match self.clerk.change(who.name.clone(), undone).await {
            Err(Rehearsal::Told(told)) => Ok(told),
            Err(Rehearsal::Failed(problem)) => Err(problem),
            Ok(()) => Err(Problem::fault()),
        }
    }
}

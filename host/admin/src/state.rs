//! What all requests share.

use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use prometheus_client::registry::Registry;
use tokio::sync::Mutex;

use crate::access::{Holder, Pace, Sessions};
use crate::census::Census;
use crate::decision::{Decision, Done};
use crate::http::Hosts;
use crate::job::Jobs;
use crate::office::Office;
use crate::problem::Problem;
use crate::systems::{LookAtSystems, SystemEntry};

/// How long a look at all clients serves those who ask for one: it reads the whole ledger.
const CENSUS_AGE_MAX: Duration = Duration::from_secs(5);

/// The same for Systems, whose failures are planned one by one.
const SYSTEMS_AGE_MAX: Duration = Duration::from_secs(10);

/// What all requests share.
pub(crate) struct State {
    pub(crate) office: Arc<Office>,
    pub(crate) sessions: Sessions,
    pub(crate) pace: Pace,
    pub(crate) jobs: Jobs,
    pub(crate) hosts: Hosts,
    /// Whether browsers reach it through TLS.
    pub(crate) is_tls: bool,
    /// What the desk counts.
    pub(crate) registry: Registry,
    census: Mutex<Option<(Instant, Arc<Census>)>>,
    look: Arc<LookAtSystems>,
    systems: Mutex<Option<(Instant, Arc<[SystemEntry]>)>>,
}

impl State {
    pub(crate) fn new(office: Office, hosts: Hosts, is_tls: bool, look: LookAtSystems) -> Self {
        let mut registry = Registry::with_prefix("hwlicense");
        office.clerk().register(&mut registry);
        Self {
            office: Arc::new(office),
            sessions: Sessions::default(),
            pace: Pace::new(),
            jobs: Jobs::default(),
            hosts,
            is_tls,
            registry,
            census: Mutex::new(None),
            look: Arc::new(look),
            systems: Mutex::new(None),
        }
    }

    /// All clients and licences, at most [`CENSUS_AGE_MAX`] old. Those who ask at once share one.
    pub(crate) async fn census(&self) -> Result<Arc<Census>, Problem> {
        let mut kept = self.census.lock().await;
        if let Some((taken, census)) = kept.as_ref()
            && taken.elapsed() < CENSUS_AGE_MAX
        {
            return Ok(Arc::clone(census));
        }
        let census = Arc::new(self.office.read(|book| Ok(Census::take(book)?)).await?);
        *kept = Some((Instant::now(), Arc::clone(&census)));
        Ok(census)
    }

    /// The Systems of this site, at most [`SYSTEMS_AGE_MAX`] old.
    pub(crate) async fn systems(&self) -> Result<Arc<[SystemEntry]>, Problem> {
        let mut kept = self.systems.lock().await;
        if let Some((looked, systems)) = kept.as_ref()
            && looked.elapsed() < SYSTEMS_AGE_MAX
        {
            return Ok(Arc::clone(systems));
        }
        let look = Arc::clone(&self.look);
        let looked = tokio::task::spawn_blocking(move || look()).await;
        let systems: Arc<[SystemEntry]> = looked.map_err(|_| Problem::fault())?.into();
        *kept = Some((Instant::now(), Arc::clone(&systems)));
        Ok(systems)
    }

    /// To be called after a change, so that who made it sees it.
    pub(crate) async fn forget_census(&self) {
        *self.census.lock().await = None;
    }

    /// Carries out what an administrator decided about a client, or only tells what would come of it.
    pub(crate) async fn decide(
        &self,
        who: &Holder,
        hwid: hwlicense::hwid::Hwid,
        decision: Decision,
        keep: Keep,
    ) -> Result<Done, Problem> {
        who.must_administer()?;
        let work = move |book: &mut hwlicense_server::ledger::Book<'_>| decision.carry_out(book, hwid);
        match keep {
            Keep::Nothing => self.office.rehearse(who, work).await,
            Keep::Changes => {
                let done = self.office.change(who, work).await?;
                self.forget_census().await;
                Ok(done)
            }
        }
    }
}

/// Whether what is done is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    Changes,
    /// Only what would happen is told.
    Nothing,
}

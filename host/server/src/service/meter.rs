//! What a monitoring system asks of the desk: how clients were answered, how fast, and what failed.

use core::time::Duration;

use hwlicense::primary::{Outcome, Refusal};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::store::StoreError;

/// Upper bounds of the buckets of latency, in seconds: from a commit on a fast disk to the patience of
/// a client.
const LATENCY_S: [f64; 10] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByOutcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByReason {
    reason: &'static str,
}

/// Counts what the desk does, since the process began.
#[derive(Debug)]
pub(super) struct Meter {
    contacts: Family<ByOutcome, Counter>,
    refusals: Family<ByReason, Counter>,
    latency: Histogram,
    failures: Family<ByReason, Counter>,
}

impl Meter {
    pub(super) fn new() -> Self {
        Self {
            contacts: Family::default(),
            refusals: Family::default(),
            latency: Histogram::new(LATENCY_S),
            failures: Family::default(),
        }
    }

    /// A request was decided.
    pub(super) fn decided(&self, outcome: Outcome, took: Duration) {
        let word = super::desk::words(outcome).0;
        self.contacts.get_or_create(&ByOutcome { outcome: word }).inc();
        if let Outcome::Refused(number) = outcome {
            let reason = Refusal::from_number(number).map_or("unknown", Refusal::code);
            self.refusals.get_or_create(&ByReason { reason }).inc();
        }
        self.latency.observe(took.as_secs_f64());
    }

    /// A client was told to come again.
    pub(super) fn put_off(&self) {
        self.contacts.get_or_create(&ByOutcome { outcome: "put-off" }).inc();
    }

    /// The store failed.
    pub(super) fn failed(&self, error: StoreError) {
        self.failures.get_or_create(&ByReason { reason: error.code() }).inc();
    }

    /// Enters everything into a registry. Names end as OpenMetrics wants it (`_total`).
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("contacts", "Contacts of clients, by how they were answered", self.contacts.clone());
        registry.register("refusals", "Contacts that were refused, by reason", self.refusals.clone());
        registry.register_with_unit(
            "answer_latency",
            "Time from a request that was read to its answer",
            Unit::Seconds,
            self.latency.clone(),
        );
        registry.register("store_failures", "Transactions that failed, by reason", self.failures.clone());
    }
}

//! For monitoring systems: what the desk counts, what the ledger holds, and whether it works.

use std::sync::Arc;

use axum::Router;
use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::access::Reader;
use crate::api::update_entries;
use crate::census::Census;
use crate::listing::UpdateEntry;
use crate::problem::Problem;
use crate::query::Show;
use crate::state::State;

/// What OpenMetrics text calls itself.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(crate) fn router() -> Router<Arc<State>> {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
}

/// Whether requests of clients can be decided now: the ledger's thread answers, and the ledger is read.
async fn ready(Shared(state): Shared<Arc<State>>) -> Result<&'static str, StatusCode> {
    let reads = state.office.read(|book| Ok(book.rows().ledger()?)).await.is_ok();
    let is_ready = reads && state.office.clerk().is_alive().await;
    if is_ready { Ok("ready\n") } else { Err(StatusCode::SERVICE_UNAVAILABLE) }
}

async fn metrics(_: Reader, Shared(state): Shared<Arc<State>>) -> Result<Response, Problem> {
    let census = state.census().await?;
    let updates = update_entries(&state).await?;
    let mut encoded = String::new();
    text::encode_registry(&mut encoded, &state.registry).map_err(|_| Problem::fault())?;
    text::encode(&mut encoded, &of_ledger(&census, &updates)).map_err(|_| Problem::fault())?;
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], encoded).into_response())
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByClass {
    class: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByState {
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByStage {
    component: String,
    version: String,
    stage: &'static str,
}

/// What is true of the ledger now.
fn of_ledger(census: &Census, updates: &[UpdateEntry]) -> Registry {
    let mut registry = Registry::with_prefix("hwlicense");
    let [capacity, used, grace, invalid] = [(); 4].map(|()| Family::<ByClass, Gauge>::default());
    let gauge = |family: &Family<ByClass, Gauge>, class: &str, value: u64| {
        let gauge = family.get_or_create(&ByClass { class: class.to_owned() }).clone();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
    };
    for sum in census.sums() {
        gauge(&capacity, &sum.class, sum.total);
        gauge(&used, &sum.class, sum.used);
        gauge(&grace, &sum.class, sum.in_grace);
        gauge(&invalid, &sum.class, sum.invalid);
    }
    registry.register("channels_capacity", "Channels of valid licences, by class", capacity);
    registry.register("channels_used", "Channels in use, by class", used);
    registry.register("channels_in_grace", "Channels of devices that were not heard for 8 hours, by class", grace);
    registry.register("channels_invalid", "Channels of licences that are not valid, by class", invalid);
    let clients = Family::<ByState, Gauge>::default();
    for client in &census.clients {
        clients.get_or_create(&ByState { state: client.standing.code() }).inc();
    }
    registry.register("clients", "Clients, by how they stand", clients);
    let attention: Gauge = Gauge::default();
    attention.set(i64::try_from(census.count(Show::Attention)).unwrap_or(i64::MAX));
    registry.register("clients_needing_attention", "Clients of which somebody has to do something", attention);
    let stages = Family::<ByStage, Gauge>::default();
    for update in updates.iter().filter(|update| update.state != "withdrawn") {
        let counts = [
            ("offered", update.offered),
            ("downloading", update.downloading),
            ("ready", update.ready),
            ("installed", update.installed),
            ("failed", update.failed),
        ];
        for (stage, count) in counts {
            let (component, version) = (update.component.clone(), update.version.clone());
            stages.get_or_create(&ByStage { component, version, stage }).set(count.into());
        }
    }
    registry.register("update_clients", "Clients that an update has reached, by how far it has come", stages);
    registry
}

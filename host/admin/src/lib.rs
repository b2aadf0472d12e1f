//! Administration of a Primary Server: HTTP API, pages, metrics.
//!
//! Read [`Administration`] first: it opens a port beside those of the clients and serves three kinds
//! of guests there.
//!
//! | Guest | Shows | Gets |
//! |---|---|---|
//! | a person with a browser | a cookie, got for a token at `/login` | pages without script (`pages`) |
//! | a program | `Authorization: Bearer TOKEN` | JSON under `/api/v1`, described by itself (`api`) |
//! | a monitoring system | the same for `/metrics`; nothing for `/healthz`, `/readyz` | OpenMetrics (`metrics`) |
//!
//! | Room | One idea |
//! |---|---|
//! | [`listing`], [`text`] | what is shown of the ledger, with the same words everywhere |
//! | [`carried`], [`qr`] | requests and replies that a person carries: pictures, and text in parts |
//! | [`import`] | files of the vendor |
//! | `office`, `state`, `census` | the ledger as it is reached here, and a look at all of it |
//! | [`systems`] | servers that share licences, and what would be lost if one failed |
//! | `decision`, `query`, `job` | what is decided about a client, which clients are listed, long work |
//! | `access` | tokens, sessions, forms, and how often each may ask |
//! | `http`, `problem` | connections and headers; why something was not done |
//!
//! Nothing here decides about licences: that is [`hwlicense_server::ledger`].

#![forbid(unsafe_code)]

mod access;
mod api;
pub mod carried;
mod census;
mod decision;
mod http;
pub mod import;
mod job;
pub mod listing;
mod manual;
mod metrics;
mod office;
mod pages;
mod problem;
pub mod qr;
mod query;
mod state;
pub mod systems;
pub mod text;

use std::sync::Arc;

use axum::Router;
use hwlicense::signed::PublicKey;
use hwlicense_server::config::Config;
use hwlicense_server::net::Stop;
use hwlicense_server::service::Clerk;
use tracing::{error, info};

pub use crate::http::{Closed, try_port};
use crate::http::{Hosts, Port};
pub use crate::office::{Ledger, OpenLedger};
use crate::state::State;
use crate::systems::LookAtSystems;

pub use crate::api::document;

/// The administration of a server, before it is opened.
pub struct Administration {
    config: Config,
    state: Arc<State>,
}

impl Administration {
    /// Prepares it: a clerk of the desk for changes, further openings of the ledger for reading, the
    /// vendor's roots for files that are imported, and who looks at Systems.
    #[must_use]
    pub fn new(
        config: &Config,
        clerk: Arc<Clerk<Ledger>>,
        open: OpenLedger,
        roots: Vec<PublicKey>,
        systems: LookAtSystems,
    ) -> Self {
        let admin = &config.admin;
        let is_tls = admin.listen.is_some_and(|address| address.is_tls);
        let office = office::Office::new(clerk, open, roots);
        let state = State::new(office, Hosts::new(&admin.hosts), is_tls, systems);
        Self { config: config.clone(), state: Arc::new(state) }
    }

    /// Serves administrators until it is told to stop. If its port cannot be opened it says so in the log;
    /// clients are served all the same.
    pub async fn serve(self, stop: Stop) {
        match Port::open(&self.config).await {
            Ok(None) => {}
            Ok(Some(Port { listener, tls, address })) => {
                info!(%address, "administration");
                http::serve(listener, tls, router(self.state), stop).await;
            }
            Err(error) => {
                let next_step = error.cure();
                error!(code = "administration-closed", next_step, "administrators cannot reach this server: {error}");
            }
        }
    }
}

fn router(state: Arc<State>) -> Router {
    let (api, _) = api::router();
    Router::new()
        .merge(api)
        .merge(metrics::router())
        .merge(pages::router())
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&state), http::guard))
        .with_state(state)
}

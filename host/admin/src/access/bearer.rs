//! A program shows its token with each request: `Authorization: Bearer TOKEN`.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use hwlicense_server::ledger::token_holder;

use super::Holder;
use crate::problem::Problem;
use crate::state::State;

/// Longest token in bytes. Ours have 64.
const TOKEN_BYTES_MAX: usize = 256;

/// Whoever may read.
pub(crate) struct Reader;

/// Whoever may change.
pub(crate) struct Administrator(pub(crate) Holder);

/// Who holds a token. One that is wrong is answered more and more slowly.
pub(crate) async fn holder_of(state: &State, token: &[u8]) -> Result<Holder, Problem> {
    let shown = token.get(..TOKEN_BYTES_MAX).unwrap_or(token).to_vec();
    let found = state.office.read(move |book| Ok(token_holder(book, &shown)?)).await?;
    match found {
        Some((name, role)) => {
            state.pace.may_ask(&name)?;
            Ok(Holder { name, role })
        }
        None => Err(state.pace.wrong(token)),
    }
}

async fn shown(parts: &Parts, state: &State) -> Result<Holder, Problem> {
    let value = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(|| {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "no-token",
            "this needs a token",
            "Send `Authorization: Bearer TOKEN` with a token of `hwlicense server token new`.",
        )
    })?;
    holder_of(state, token.trim().as_bytes()).await
}

impl FromRequestParts<Arc<State>> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Problem> {
        shown(parts, state).await.map(|_| Self)
    }
}

impl FromRequestParts<Arc<State>> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Problem> {
        let holder = shown(parts, state).await?;
        holder.must_administer()?;
        Ok(Self(holder))
    }
}

//! Why something was not done: a code for programs, a sentence and a next step for people. Programs
//! get it as RFC 9457 says.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hwlicense::primary::Refusal;
use hwlicense_server::ledger::update::UpdateFault;
use hwlicense_server::ledger::{CommandError, CsvError, ImportError};
use hwlicense_server::service::NoAnswer;
use hwlicense_server::store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// Why something was not done. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// The status of HTTP.
    pub(crate) status: u16,
    /// Stable name.
    pub(crate) code: &'static str,
    /// What is wrong, as a sentence.
    pub(crate) message: String,
    /// What to do next.
    pub(crate) next_step: String,
    /// Whether the store failed, and not what was asked of it.
    #[serde(skip)]
    pub(crate) is_of_store: bool,
}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl core::fmt::Display,
        next_step: impl core::fmt::Display,
    ) -> Self {
        let (message, next_step) = (message.to_string(), next_step.to_string());
        Self { status: status.as_u16(), code, message, next_step, is_of_store: false }
    }

    /// What was asked for cannot be read.
    pub(crate) fn unreadable(message: impl core::fmt::Display, next_step: impl core::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unreadable", message, next_step)
    }

    /// There is nothing of this name.
    pub(crate) fn not_found(message: impl core::fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", message, "Look for it in the list.")
    }

    /// A mistake in this software.
    pub(crate) fn fault() -> Self {
        Self {
            is_of_store: true,
            ..Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "this did not work, by a mistake in this software",
                "Report it with the server's log of this time.",
            )
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let body = serde_json::to_string(&self).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(header::CONTENT_TYPE, kind)], body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let status = match error {
            StoreError::Conflict => StatusCode::CONFLICT,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        let is_of_store = error != StoreError::Conflict;
        Self { is_of_store, ..Self::new(status, error.code(), error, error.next_step()) }
    }
}

impl From<NoAnswer> for Problem {
    fn from(error: NoAnswer) -> Self {
        match error {
            NoAnswer::Failed(error) => error.into(),
            _ => Self::new(StatusCode::SERVICE_UNAVAILABLE, error.code(), error, error.next_step()),
        }
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        let status = match error {
            CommandError::Store(error) => return error.into(),
            CommandError::UnknownClient => StatusCode::NOT_FOUND,
            _ => StatusCode::CONFLICT,
        };
        Self::new(status, error.code(), error, error.next_step())
    }
}

impl From<UpdateFault> for Problem {
    fn from(fault: UpdateFault) -> Self {
        let status = match fault {
            UpdateFault::Store(error) => return error.into(),
            UpdateFault::Unknown | UpdateFault::UnknownClient => StatusCode::NOT_FOUND,
            _ => StatusCode::CONFLICT,
        };
        Self::new(status, fault.code(), fault, fault.next_step())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        CommandError::Refused(refusal).into()
    }
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Store(error) => error.into(),
            _ => Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.code(), error, error.next_step()),
        }
    }
}

impl From<CsvError> for Problem {
    fn from(error: CsvError) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "csv", error, "Mend that line; nothing was entered.")
    }
}

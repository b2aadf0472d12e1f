//! Who may do what: tokens for programs, sessions for people.
//!
//! | Room | One idea |
//! |---|---|
//! | `bearer` | a program shows its token with each request |
//! | `session` | a browser shows a cookie, got for a token |
//! | `posted` | a form that was filled in on our page, by who is logged in |
//! | `pace` | how often a token may ask, and how often somebody may be wrong |

mod bearer;
mod pace;
mod posted;
mod session;

use axum::http::StatusCode;
use hwlicense_server::ledger::Role;

use crate::problem::Problem;

pub(crate) use bearer::{Administrator, Reader, holder_of};
pub(crate) use pace::Pace;
pub(crate) use posted::{Posted, foreign, is_foreign};
pub(crate) use session::{COOKIE, Sessions, Visitor, cookie_of, random_digits};

/// Who holds a token that is good now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) name: String,
    pub(crate) role: Role,
}

impl Holder {
    /// Refuses who may only read.
    pub(crate) fn must_administer(&self) -> Result<(), Problem> {
        match self.role {
            Role::Administrator => Ok(()),
            Role::Reader => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "read-only",
                "this token may see everything and change nothing",
                "Ask an administrator, or log in with a token that is not read-only.",
            )),
        }
    }
}

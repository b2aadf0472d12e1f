//! Systems: merged servers, one licence pool, failover.
//!
//! Servers are merged into a System and share licences, each tied to its server. What is decided
//! here is decided over rows that the caller keeps and carries between servers; the same rows give
//! the same decision everywhere, in whichever order they stand.
//!
//! ```text
//! System::check  ->  Checked  ->  allocate       who gets a channel, who goes without and why
//!                             ->  failover::plan who records what when servers fail
//!                             ->  outlook        what an event would cost, and what to do first
//!                             ->  merge          one System of two, or why not
//! ```
//!
//! | Room | One idea |
//! |---|---|
//! | `model` | the rows: servers, devices, licences, who reaches what |
//! | `checked` | rows that hold together, in an order of their own |
//! | `sort` | the one sort, small and without a panic |
//! | `substitution` | which class of licence may meet which need |
//! | `pool` | channels of all licences that count, and why giving them out is exact |
//! | `allocation` | who gets a channel and who goes without |
//! | `outlook` | before it happens: what an event would cost, and what to do first |
//! | `merge` | one System of two, what speaks against it, what has to be known before |
//! | `digest` | the digest of a state, by which plans name what they were made from |
//! | [`failover`] | who records what when servers fail |
//! | `status` | what a licence is worth in a System: four answers where one would hide the cause |
//! | [`watch`] | who can be heard, whose plan is obeyed, who may record |

mod allocation;
mod checked;
mod digest;
pub mod failover;
mod grant;
mod merge;
mod model;
mod outlook;
mod pool;
mod sort;
mod status;
mod substitution;
pub mod watch;

pub use allocation::{AllocateError, Allocation, Refusal, Tally, allocate, statuses, switch_on};
pub use checked::{Checked, ModelError, Orders, Problem};
pub use grant::Grant;
pub use merge::{Fact, Finding, Findings, MergeError, MergeRoom, merge};
pub use model::{
    Channel, DEVICES_MAX, Device, DeviceId, Failover, LICENSES_MAX, Need, Policy, PoolLicense, Presence, Priority,
    Reach, Replaceable, SERVERS_MAX, Scope, Server, ServerId, ServerIndex, System,
};
pub use outlook::{Outlook, View, outlook};
pub use pool::{ClassBalance, POOL_CLASSES_MAX};
pub use status::{Event, OFFLINE_AFTER_S, Status};

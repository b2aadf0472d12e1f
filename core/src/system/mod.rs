//! Systems: merged servers, one licence pool, failover.
//!
//! Servers are merged into a System and share licences, each tied to its server. What is decided
//! here is decided over rows that the caller keeps and carries between servers; the same rows give
//! the same decision everywhere, in whichever order they stand.
//!
//! ```text
//! System::check  ->  Checked  ->  allocate       who gets a channel, who goes without and why
//!                             ->  failover::plan  who records what when servers fail
//!                             ->  merge           one System of two, or why not
//! ```
//!
//! | Room | One idea |
//! |---|---|
//! | `model` | the rows: servers, devices, licences, who reaches what |
//! | `checked` | rows that hold together, in an order of their own |
//! | `status` | what a licence is worth in a System: four answers where one would hide the cause |
//! | [`watch`] | who can be heard, whose plan is obeyed, who may record |

mod checked;
mod grant;
mod model;
mod status;
pub mod watch;

pub use checked::{Checked, ModelError, Orders, Problem};
pub use grant::Grant;
pub use model::{
    Channel, DEVICES_MAX, Device, DeviceId, Failover, LICENSES_MAX, Need, Policy, PoolLicense, Presence, Priority,
    Reach, Replaceable, SERVERS_MAX, Scope, Server, ServerId, ServerIndex, System,
};
pub use status::{Event, OFFLINE_AFTER_S, Status};

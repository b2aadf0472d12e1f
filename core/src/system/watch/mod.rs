//! Who can be heard, whose plan is obeyed, and who may record: one state machine for each server.
//!
//! Servers send each other heartbeats. One that is silent is lost; the lowest of those that hear
//! each other makes a new plan, and every plan has an [`Epoch`], of which the highest wins. Under
//! [`Policy::KeepRecording`](super::Policy::KeepRecording) each part of a System that fell apart
//! goes on by itself until there is contact again; under [`Policy::Majority`](super::Policy::Majority)
//! only a majority goes on, and everybody else stops before it does.
//!
//! | Room | One idea |
//! |---|---|
//! | `timing` | from what a network does to every timeout and bound |
//! | `epoch` | the one order of all plans |
//! | `message` | the one message, and its bytes |
//! | `peer` | another member, as this server knows it |
//! | `machine` | what comes in, and which plan is obeyed |
//! | `planning` | who makes the next plan, and when |
//! | `fence` | policy *majority*: who may record |
//! | `output` | what the caller is asked to do and to send |
//!
//! ```
//! use hwlicense::system::watch::{
//!     Contact, Epoch, Identity, Instant, Members, Peer, Role, Timing, Watch, WatchEvent,
//! };
//! use hwlicense::system::{Policy, ServerId};
//!
//! let me = Identity { id: ServerId([1; 16]), role: Role::Server, boot: 7, stored: Epoch::NONE };
//! let mut peers = [Peer::new(ServerId([2; 16]), Role::Server, Contact::Settled)];
//! let mut watch = Watch::new(Instant(0), Timing::DEFAULT, Policy::KeepRecording, me, &mut peers).unwrap();
//!
//! // The first plan of all is due on the lowest id.
//! assert_eq!(watch.poll_event(), Some(WatchEvent::PlanDue));
//! let epoch = watch.issue(Instant(0), [0xd1; 32], Members::Same).unwrap();
//! // It is stored before it is obeyed.
//! assert_eq!(watch.poll_event(), Some(WatchEvent::Store(epoch)));
//! watch.handle_stored(Instant(3), &epoch);
//! assert_eq!(watch.poll_event(), Some(WatchEvent::Obey(epoch)));
//! assert_eq!(watch.poll_event(), Some(WatchEvent::Start(epoch)));
//! // Then the others get it.
//! let (to, message) = watch.poll_transmit().unwrap();
//! assert_eq!(to, ServerId([2; 16]));
//! assert!(message.carries_plan());
//! ```

mod epoch;
mod fence;
mod instant;
mod machine;
mod message;
mod output;
mod peer;
mod planning;
mod timing;

pub use epoch::{COUNTER_AHEAD_MAX, Epoch, Members};
pub use instant::Instant;
pub use machine::{Identity, InputError, MembersError, Watch};
pub use message::{Hearing, MESSAGE_BYTES_MAX, MESSAGE_VERSION, Message, MessageError};
pub use output::WatchEvent;
pub use peer::{Contact, Peer, Role};
pub use planning::IssueError;
pub use timing::{
    Conditions, DELAY_MS_MAX, HEARTBEAT_MS_MAX, HEARTBEAT_MS_MIN, LOST_IN_A_ROW_MAX, SETTLED_AFTER_MS, START_MS_MAX,
    TURN_MS_MAX, Timing, TimingError,
};

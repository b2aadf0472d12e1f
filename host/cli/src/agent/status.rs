//! How things are, for the socket, the terminal and the exit code.

use hwlicense::license::Report;
use hwlicense::primary::client::Right;
use hwlicense::primary::{ClientState, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::exchange::{SERVER_UNREACHABLE, Trouble};
use crate::clock;
use crate::exit::{Exit, Failure};
use crate::output::{Fact, Output};

/// How things are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Status {
    /// Whether the device may record.
    pub(super) licensed: bool,
    /// `unlicensed`, `licensed`, `contact-lost` or `refused`.
    pub(super) state: String,
    /// Why, as a stable name.
    pub(super) reason: String,
    /// Why, for a person.
    pub(super) message: String,
    /// What to do.
    pub(super) next_step: String,
    /// The licence that counts.
    pub(super) license_key: Option<String>,
    /// Its class.
    pub(super) class: Option<String>,
    /// Its channels.
    pub(super) channels: u32,
    /// When it ends.
    pub(super) until: Option<String>,
    /// The machine.
    pub(super) hwid: String,
    /// When a server last answered.
    pub(super) last_contact: Option<String>,
    /// Seconds to the next contact.
    pub(super) next_contact_s: Option<u64>,
    /// The server that did not answer last, and why.
    pub(super) trouble: Option<String>,
    /// What is known of updates, if the agent takes them.
    pub(super) update: Option<UpdateStatus>,
}

/// How far an update has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct UpdateStatus {
    /// The version that runs.
    pub(super) running: String,
    /// `none`, `downloading`, `ready`, `installed` or `failed`.
    pub(super) progress: String,
    /// The update, if there is one.
    pub(super) id: Option<String>,
    /// Thousandths of it that are stored.
    pub(super) stored_permille: Option<u16>,
    /// Why it failed, or is not getting on.
    pub(super) trouble: Option<String>,
}

/// What the agent knows when it is asked.
pub(super) struct Known<'k> {
    pub(super) report: Report,
    pub(super) right: Option<Right>,
    pub(super) state: ClientState,
    pub(super) refusal: Option<u16>,
    pub(super) trouble: Option<&'k Trouble>,
    pub(super) hwid: String,
    pub(super) last_contact: Option<String>,
    pub(super) next_contact_s: Option<u64>,
    pub(super) update: Option<UpdateStatus>,
}

impl Status {
    /// What there is to say.
    pub(super) fn of(known: Known<'_>) -> Self {
        let licensed = known.report.verdict.grant().is_some();
        let (reason, message, next_step) = words(&known, licensed);
        let right = known.right.filter(|_| licensed);
        Self {
            licensed,
            state: known.state.code().to_owned(),
            reason,
            message,
            next_step,
            license_key: right.map(|right| right.key.to_string()),
            class: right.map(|right| right.class.to_string()),
            channels: right.map_or(0, |right| right.count),
            until: right.and_then(|right| right.until).map(clock::show),
            hwid: known.hwid,
            last_contact: known.last_contact,
            next_contact_s: known.next_contact_s,
            trouble: known.trouble.map(|trouble| format!("{}: {}", trouble.server, trouble.message)),
            update: known.update,
        }
    }

    /// The exit code: licensed, or why not.
    pub(super) fn exit(&self) -> Exit {
        if self.licensed {
            Exit::Done
        } else if self.reason == SERVER_UNREACHABLE {
            Exit::Unreachable
        } else if self.state == ClientState::Refused.code() {
            Exit::Refused
        } else {
            Exit::No
        }
    }

    /// Shows it.
    pub(super) fn show(&self, output: Output) -> Result<(), Failure> {
        let mut facts: Vec<Fact> = vec![
            ("licensed", json!(self.licensed)),
            ("state", json!(self.state)),
            ("reason", json!(self.reason)),
            ("message", json!(self.message)),
            ("next_step", json!(self.next_step)),
            ("license_key", json!(self.license_key)),
            ("class", json!(self.class)),
            ("channels", json!(self.channels)),
            ("until", json!(self.until)),
            ("hwid", json!(self.hwid)),
            ("last_contact", json!(self.last_contact)),
            ("next_contact_s", json!(self.next_contact_s)),
            ("trouble", json!(self.trouble)),
        ];
        if let Some(update) = &self.update {
            facts.extend([
                ("update_running", json!(update.running)),
                ("update_progress", json!(update.progress)),
                ("update_id", json!(update.id)),
                ("update_stored_permille", json!(update.stored_permille)),
                ("update_trouble", json!(update.trouble)),
            ]);
        }
        output.facts("agent-status", "", &facts)
    }
}

/// Reason, message and next step: what stands between the device and its licence.
fn words(known: &Known<'_>, licensed: bool) -> (String, String, String) {
    let own = |code: &str, message: &str, next_step: &str| (code.to_owned(), message.to_owned(), next_step.to_owned());
    let reason = known.report.reason;
    if licensed {
        return match known.trouble {
            Some(trouble) if known.state == ClientState::ContactLost => own(
                "contact-lost",
                "The licence is valid; the Primary Server cannot be reached.",
                &format!("{}: {}. {}", trouble.server, trouble.message, trouble.next_step),
            ),
            _ => own(reason.code(), reason.message(), reason.next_step()),
        };
    }
    if let Some(trouble) = known.trouble {
        return own(trouble.code, &format!("{}: {}", trouble.server, trouble.message), trouble.next_step);
    }
    match known.refusal {
        Some(number) => match Refusal::from_number(number) {
            Some(refusal) => own(refusal.code(), refusal.message(), refusal.next_step()),
            None => {
                own("refused", &format!("The Primary Server refused with number {number}."), "Update this software.")
            }
        },
        None if known.last_contact.is_some() && known.state == ClientState::Unlicensed => own(
            "waiting",
            "The Primary Server knows this device, and has no licence for it yet.",
            "Assign one on the server: `hwlicense server assign`, or import one: `hwlicense server import FILE`.",
        ),
        None if known.last_contact.is_some() && known.state == ClientState::Refused => own(
            "no-license-left",
            "This device gave its licence up, or the licence has ended.",
            "If it is to record again: `hwlicense server assign` on the server, or a licence key on the device.",
        ),
        None => own(reason.code(), reason.message(), reason.next_step()),
    }
}

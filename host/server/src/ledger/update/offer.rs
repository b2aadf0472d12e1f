//! Which client is offered which update, and when.
//!
//! A client is offered the newest update that is for it: for its brand, component, model, revision and
//! version, active, for its group, within the share. Who is within a share is a property of device and
//! update, so that it stays the same while the share grows. Not everybody within it is offered the
//! update at once: as long as nobody has installed it, so few work on it that a bad image reaches no more
//! ([`Caution::at_once`](super::Caution)).
//!
//! A client without a licence is offered updates as well: it may need one to get a licence. One that the
//! administrator withdrew is not.

use hwlicense::hwid::Hwid;
use hwlicense::signed::Envelope;
use hwlicense::time::UnixSeconds;
use hwlicense::update::{Manifest, Progress, Running, UpdateId};
use sha2::{Digest as _, Sha256};

use crate::ledger::{Action, Book};
use crate::store::{ClientRow, DeliveryRow, Service, Stage, StoreError, UpdateRow, UpdateState};

/// Seconds after a failure until an update is offered to the same client again: an hour.
pub const RETRY_S: u64 = 3_600;
/// Seconds without news after which a client is not counted any more among those at work on an update:
/// a week.
pub const UNDER_WAY_S: u64 = 7 * 86_400;

/// Where a device stands in the order in which it is offered an update, in thousandths: it is within
/// every share above this.
#[must_use]
pub fn bucket(update: &UpdateId, hwid: Hwid) -> u16 {
    let mut hash = Sha256::new();
    hash.update(update);
    hash.update([hwid.scheme]);
    hash.update(hwid.bytes);
    let digest: [u8; 32] = hash.finalize().into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    let number = u64::from_be_bytes([a, b, c, d, e, f, g, h]).checked_rem(1_000).unwrap_or_default();
    u16::try_from(number).unwrap_or_default()
}

/// What becomes of one update for one client.
enum Choice {
    /// It is offered.
    This,
    /// It is not for the client; an older one may be.
    Another,
    /// It is for the client, and not yet.
    Later,
}

impl Book<'_> {
    /// The update that a client is offered, if there is one for it.
    pub(in crate::ledger) fn offer(
        &mut self,
        client: &ClientRow,
        running: &Running<'_>,
    ) -> Result<Option<UpdateId>, StoreError> {
        if client.service == Service::Withdrawn {
            return Ok(None);
        }
        let floor = client.running.as_ref().map_or(0, |running| running.security_floor);
        for row in self.tx.updates_active(&running.brand, &running.component)? {
            if !is_for(&row, client, running, floor, self.now)? {
                continue;
            }
            match self.choose(&row, client)? {
                Choice::This => return Ok(Some(row.id)),
                Choice::Another => {}
                Choice::Later => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Decides by what has become of an update on a client so far, and enters that it is offered.
    fn choose(&mut self, row: &UpdateRow, client: &ClientRow) -> Result<Choice, StoreError> {
        let former = self.tx.delivery(&row.id, client.id)?;
        let failures = former.filter(|former| former.round == row.round).map_or(0, |former| former.failures);
        if failures >= self.policy.updates.attempts_max {
            return Ok(Choice::Another);
        }
        match former.map(|former| (former, former.stage)) {
            None => {}
            Some((former, Stage::Reported(Progress::Failed(_)))) => {
                let is_too_soon = former.last_report.is_some_and(|at| self.now < at.after(RETRY_S));
                if is_too_soon && failures > 0 {
                    return Ok(Choice::Later);
                }
            }
            // It went back to an older version by itself, or by somebody's hand.
            Some((_, Stage::Reported(Progress::Installed))) => {}
            Some(_) => return Ok(Choice::This),
        }
        if !self.has_room(row)? {
            return Ok(Choice::Later);
        }
        // Other servers count on the same rows: from here on they wait, and what is read is the last word.
        let locked = self.tx.update(&row.id)?;
        if locked.is_none_or(|locked| locked.state != UpdateState::Active) || !self.has_room(row)? {
            return Ok(Choice::Later);
        }
        self.tx.put_delivery(&DeliveryRow {
            update: row.id,
            client: client.id,
            stage: Stage::Offered,
            failures,
            round: row.round,
            offered: self.now,
            first_report: former.and_then(|former| former.first_report),
            last_report: former.and_then(|former| former.last_report),
        })?;
        self.note(Action::UpdateOffered, Some(client.hwid), None, row.title())?;
        Ok(Choice::This)
    }

    /// Whether one more client may be at work on an update.
    fn has_room(&mut self, row: &UpdateRow) -> Result<bool, StoreError> {
        let since = UnixSeconds(self.now.0.saturating_sub(UNDER_WAY_S));
        let under_way = self.tx.under_way(&row.id, since)?;
        let at_once = self.policy.updates.at_once;
        if under_way < at_once {
            return Ok(true);
        }
        Ok(under_way < at_once.saturating_add(self.tx.verdict(&row.id, row.round)?.installed))
    }
}

/// Whether an update is for a client at all.
fn is_for(
    row: &UpdateRow,
    client: &ClientRow,
    running: &Running<'_>,
    floor: u32,
    now: UnixSeconds,
) -> Result<bool, StoreError> {
    // It was verified when it was published.
    let envelope = Envelope::parse(&row.manifest).map_err(|_| StoreError::Corrupt)?;
    let manifest = envelope.unverified::<Manifest<'_>>().map_err(|_| StoreError::Corrupt)?;
    let is_in_group =
        row.groups.is_empty() || client.group.as_ref().is_some_and(|group| row.groups.iter().any(|name| name == group));
    Ok(is_in_group && bucket(&row.id, client.hwid) < row.share && manifest.suits(running, floor, now).is_ok())
}

impl UpdateRow {
    /// Component, version and the beginning of the id, for the audit and the log.
    pub(in crate::ledger) fn title(&self) -> String {
        let id: String = self.id.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        format!("{} {} ({id})", self.component, self.version)
    }
}

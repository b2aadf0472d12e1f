//! What clients report of an update, and that it is paused by itself when it fails too often.
//!
//! Only what a client says in a request that it authenticated counts, and only of an update that it was
//! offered: whoever knows a HWID can neither stop a roll-out nor make it look well.

use hwlicense::update::{Progress, Report, Running, UpdateError};

use super::steer;
use crate::ledger::{Action, Actor, Book};
use crate::store::{ClientRow, DeliveryRow, RunningRow, Stage, StoreError, UpdateRow, UpdateState};

impl Book<'_> {
    /// Takes over what a client says that it runs, and its report. Gives the update that was paused
    /// because of that, for the log.
    pub(in crate::ledger) fn learn_running(
        &mut self,
        client: &mut ClientRow,
        running: &Running<'_>,
    ) -> Result<Option<String>, StoreError> {
        let former = client.running.take().map_or(0, |running| running.security_floor);
        client.running = Some(RunningRow {
            component: running.component.to_string(),
            model: running.model.to_string(),
            hardware: running.hardware,
            version: running.version,
            security_version: running.security_version,
            security_floor: former.max(running.security_version),
        });
        match &running.report {
            Some(report) => self.take_report(client, running, report),
            None => Ok(None),
        }
    }

    fn take_report(
        &mut self,
        client: &ClientRow,
        running: &Running<'_>,
        report: &Report,
    ) -> Result<Option<String>, StoreError> {
        let Some(row) = self.tx.update(&report.update)? else { return Ok(None) };
        let Some(former) = self.tx.delivery(&report.update, client.id)? else { return Ok(None) };
        let stage = Stage::Reported(report.progress);
        // A client says so again and again until there is something else to say.
        let is_installed = report.progress == Progress::Installed;
        if former.stage == stage || (is_installed && running.version != row.version) {
            return Ok(None);
        }
        let has_failed = matches!(report.progress, Progress::Failed(_));
        let failed_before = if former.round == row.round { former.failures } else { 0 };
        let is_end = has_failed || is_installed;
        self.tx.put_delivery(&DeliveryRow {
            stage,
            failures: failed_before.saturating_add(u32::from(has_failed)),
            round: if is_end { row.round } else { former.round },
            first_report: former.first_report.or(Some(self.now)),
            last_report: Some(self.now),
            ..former
        })?;
        if let Some(action) = action_of(report.progress) {
            let detail = match report.progress {
                Progress::Failed(number) => format!("{}: {}", row.title(), failure_in_words(number)),
                _ => row.title(),
            };
            self.note(action, Some(client.hwid), None, detail)?;
        }
        if has_failed && row.state == UpdateState::Active { self.judge(row) } else { Ok(None) }
    }

    /// Pauses an update that failed on too many of those that came to an end with it.
    fn judge(&mut self, row: UpdateRow) -> Result<Option<String>, StoreError> {
        let (verdict, caution) = (self.tx.verdict(&row.id, row.round)?, self.policy.updates);
        let ended = u64::from(verdict.installed).saturating_add(verdict.failed.into());
        let hundredths = u64::from(verdict.failed).saturating_mul(100);
        let is_too_much = hundredths >= ended.saturating_mul(caution.failures_percent.into());
        if verdict.failed < caution.failures_min || !is_too_much {
            return Ok(None);
        }
        let reason = format!("it failed on {} of {ended} devices", verdict.failed);
        let said = format!("{}: {reason}", row.title());
        let actor = core::mem::replace(&mut self.actor, Actor::Server);
        let paused = steer::set_state(self, row, UpdateState::Paused, &reason);
        self.actor = actor;
        paused.map(|()| Some(said))
    }
}

/// An end is worth a line; how far a download has come is not.
const fn action_of(progress: Progress) -> Option<Action> {
    match progress {
        Progress::Downloading(_) | Progress::Ready => None,
        Progress::Installed => Some(Action::UpdateInstalled),
        Progress::Failed(_) => Some(Action::UpdateFailed),
    }
}

/// Why an update failed, also where only newer software knows the number.
fn failure_in_words(number: u16) -> String {
    let known = UpdateError::ALL.iter().find(|error| error.number() == number);
    known.map_or_else(|| format!("failure {number}"), |error| error.message().to_owned())
}

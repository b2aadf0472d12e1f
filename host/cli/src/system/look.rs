//! A System as the pages of a Primary Server show it: its servers, and what would be lost if one failed.

use std::path::Path;

use hwlicense::hwid::Hwid;
use hwlicense::system::Status;
use hwlicense::time::UnixSeconds;
use hwlicense_admin::systems::{LeftOut, SystemEntry, SystemLicense, SystemProblem, SystemServer};

use super::failover::{self, Plan, Warning, warnings};
use super::model::Model;
use super::show::state;
use crate::clock;
use crate::exit::Failure;

/// Looks at a System file as it is now.
pub(crate) fn look(file: &Path) -> SystemEntry {
    let shown = file.display().to_string();
    entry(file, shown.clone(), clock::now()).unwrap_or_else(|failure| SystemEntry {
        file: shown,
        name: String::new(),
        servers: Vec::new(),
        licenses: Vec::new(),
        without: Vec::new(),
        problem: Some(SystemProblem { message: failure.message, next_step: failure.next_step }),
    })
}

fn entry(path: &Path, file: String, at: UnixSeconds) -> Result<SystemEntry, Failure> {
    let model = Model::read_agreed(path, at)?;
    let (plan, short) = model.with_checked(|checked| {
        let plan = Plan::of(checked, at, None)?;
        let short = warnings(checked, &plan, at)?;
        Ok::<_, Failure>((plan, short))
    })??;
    let devices = model.device_labels();
    let named = |left_out: &failover::LeftOut| -> Vec<LeftOut> {
        let named = left_out.iter().filter_map(|(position, obstacle)| {
            let device = devices.get(*position)?.clone();
            Some(LeftOut { device, reason: obstacle.message(), next_step: obstacle.next_step() })
        });
        named.collect()
    };
    let licenses = licenses(&model, at)?;
    let without = named(&plan.left_out());
    let servers = servers(&model, &short, named);
    Ok(SystemEntry { file, name: model.name, servers, licenses, without, problem: None })
}

fn servers(model: &Model, short: &[Warning], named: impl Fn(&failover::LeftOut) -> Vec<LeftOut>) -> Vec<SystemServer> {
    let labels = model.server_labels();
    let rows = model.servers.iter().zip(labels).enumerate();
    let server = rows.map(|(position, (server, name))| {
        let (state, since) = state(server);
        let recorded =
            model.devices.iter().filter(|device| device.host.is_some_and(|host| host.position() == position));
        let shortage = short.iter().find(|warning| warning.server.position() == position);
        SystemServer {
            name,
            state,
            since: since.map(clock::show),
            hwids: server.hwids.iter().map(Hwid::to_string).collect(),
            devices: u32::try_from(recorded.count()).unwrap_or(u32::MAX),
            devices_max: server.failover.enabled.then_some(server.failover.devices_max),
            shortage: shortage.map(|warning| named(&warning.left_out)).unwrap_or_default(),
        }
    });
    server.collect()
}

/// The licences that are not simply good.
fn licenses(model: &Model, at: UnixSeconds) -> Result<Vec<SystemLicense>, Failure> {
    let shares = model.shares(at, None)?;
    let labels = model.server_labels();
    let rows = model.licenses.iter().zip(&shares.tallies);
    let told = rows.filter(|(_, tally)| tally.status != Status::Verdict(hwlicense::license::Reason::Valid));
    let entries = told.map(|(license, tally)| SystemLicense {
        license_key: license.key.to_string(),
        server: labels.get(license.server.map_or(usize::MAX, |server| server.position())).cloned().unwrap_or_default(),
        reason: tally.status.message().to_owned(),
        next_step: tally.status.next_step().to_owned(),
    });
    Ok(entries.collect())
}

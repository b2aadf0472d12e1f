//! What every call on a System is given, checked before anything is computed, and where it failed.

use core::ffi::c_void;

use hwlicense::system::{
    DEVICES_MAX, Event, LICENSES_MAX, ModelError, Policy, Problem, SERVERS_MAX, ServerIndex, System,
};
use hwlicense::time::UnixSeconds;

use super::arena::{ALIGNMENT, Arena};
use super::list::List;
use super::outcome::{HWL_LIST_DEVICES, HWL_LIST_LICENSES, HWL_LIST_NONE, HWL_LIST_SERVERS, hwl_fault};
use super::room::{Counts, Rows};
use super::rows::{hwl_device, hwl_moment, hwl_pool_license, hwl_server, hwl_system};
use super::{convert, failure, narrow, wide};
use crate::ptr::{self, Output, Plain, Range};
use crate::status::{Failure, HWL_E_BUFFER, Outcome};

/// Why a call failed, and where.
pub(super) struct Fault {
    failure: Failure,
    list: u32,
    row: u32,
    workspace_size: usize,
}

impl Fault {
    /// A failure in a row of a list.
    pub(super) fn at(list: u32, row: usize, failure: Failure) -> Self {
        Self { failure, list, row: narrow(row), workspace_size: 0 }
    }

    /// More rows than a System may have.
    fn too_many(problem: Problem, list: u32, most: usize) -> Self {
        Self::at(list, most, problem.into())
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self::at(HWL_LIST_NONE, 0, failure)
    }
}

/// In which list a problem was found.
fn list_of(problem: Problem, system: &System<'_>) -> u32 {
    match problem {
        Problem::NoServers => HWL_LIST_NONE,
        Problem::TooManyServers | Problem::DuplicateServer => HWL_LIST_SERVERS,
        Problem::TooManyLicenses | Problem::UnknownTie | Problem::HeldTooMany => HWL_LIST_LICENSES,
        Problem::CountOverflow => {
            // Devices are added up before licences.
            let needed = |sum: u32, channels: u16| sum.checked_add(channels.into());
            let fits = system.devices.iter().try_fold(0, |sum, device| needed(sum, device.need.channels)).is_some();
            if fits { HWL_LIST_LICENSES } else { HWL_LIST_DEVICES }
        }
        _ => HWL_LIST_DEVICES,
    }
}

/// A call: its inputs, which can be read, and its workspace and fault, which can be written.
pub(super) struct Question {
    system: hwl_system,
    pub(super) now: UnixSeconds,
    pub(super) event: Option<Event>,
    pub(super) servers: List<hwl_server>,
    pub(super) devices: List<hwl_device>,
    pub(super) licenses: List<hwl_pool_license>,
    reach: List<ServerIndex>,
    workspace: *mut u8,
    workspace_size: usize,
    fault: Output<hwl_fault>,
    structs: [Range; 2],
}

impl Question {
    /// Checks all pointers, and copies the structs that are no lists.
    ///
    /// # Safety
    /// If the checks pass, structs and lists are readable and unchanged, and workspace and fault
    /// writable and nobody else's, for as long as this is used.
    pub(super) unsafe fn new(
        system: *const hwl_system,
        moment: *const hwl_moment,
        workspace: *mut c_void,
        workspace_size: usize,
        fault: *mut hwl_fault,
    ) -> Result<Self, Failure> {
        let mut from = ptr::zeroed();
        // SAFETY: as this function's own contract, here and in the two below.
        unsafe { ptr::input(system, &mut from) }?;
        let mut at = ptr::zeroed();
        // SAFETY: as above.
        unsafe { ptr::input(moment, &mut at) }?;
        // SAFETY: as above.
        let fault = unsafe { Output::new(fault) }?;
        if workspace_size > 0 {
            Range::of(workspace.cast::<u8>(), 1).check_rows(workspace_size, 1, ALIGNMENT)?;
        }
        Ok(Self {
            system: from,
            now: UnixSeconds(at.now_unix_s),
            event: convert::event(&at, wide(from.server_count))?,
            servers: List::new(from.servers, from.server_count, from.server_size)?,
            devices: List::new(from.devices, from.device_count, from.device_size)?,
            licenses: List::new(from.licenses, from.license_count, from.license_size)?,
            reach: List::new(from.reach.cast(), from.reach_count, narrow(size_of::<ServerIndex>()))?,
            workspace: workspace.cast(),
            workspace_size,
            fault,
            structs: [
                Range::of(system.cast::<u8>(), wide(from.struct_size)),
                Range::of(moment.cast::<u8>(), wide(at.struct_size)),
            ],
        })
    }

    /// That the outputs, the workspace and the fault share no byte with each other or with
    /// anything that is read.
    pub(super) fn check_apart(&self, outputs: &[Range]) -> Outcome {
        let [system, moment] = self.structs;
        let lists = [self.servers.range(), self.devices.range(), self.licenses.range(), self.reach.range()];
        let [servers, devices, licenses, reach] = lists;
        let read = [system, moment, servers, devices, licenses, reach];
        let (workspace, fault) = (Range::of(self.workspace, self.workspace_size), self.fault.range());
        ptr::disjoint(workspace, &read)?;
        ptr::disjoint(fault, &read)?;
        ptr::disjoint(workspace, &[fault])?;
        for (index, output) in (0..outputs.len()).zip(outputs) {
            ptr::disjoint(*output, &read)?;
            ptr::disjoint(*output, &[workspace, fault])?;
            ptr::disjoint(*output, outputs.get(..index).unwrap_or_default())?;
        }
        Ok(())
    }

    /// The same for one more list that is read.
    pub(super) fn check_beside(&self, read: Range, outputs: &[Range]) -> Outcome {
        ptr::disjoint(Range::of(self.workspace, self.workspace_size), &[read])?;
        ptr::disjoint(self.fault.range(), &[read])?;
        ptr::disjoint(read, outputs)
    }

    /// Runs what computes and writes, and says where it failed.
    pub(super) fn answer(&self, body: impl FnOnce(&Self) -> Result<(), Fault>) -> Outcome {
        body(self).map_err(|fault| {
            self.fault.write(&hwl_fault {
                struct_size: 0,
                list: fault.list,
                row: fault.row,
                reserved: 0,
                workspace_size: u64::try_from(fault.workspace_size).unwrap_or(u64::MAX),
            });
            fault.failure
        })
    }

    /// How many rows there are, within the limits of a System.
    pub(super) fn counts(&self) -> Result<Counts, Fault> {
        let counts =
            Counts { servers: self.servers.count(), devices: self.devices.count(), licenses: self.licenses.count() };
        if counts.servers > SERVERS_MAX {
            return Err(Fault::too_many(Problem::TooManyServers, HWL_LIST_SERVERS, SERVERS_MAX));
        }
        if counts.devices > DEVICES_MAX {
            return Err(Fault::too_many(Problem::TooManyDevices, HWL_LIST_DEVICES, DEVICES_MAX));
        }
        if counts.licenses > LICENSES_MAX {
            return Err(Fault::too_many(Problem::TooManyLicenses, HWL_LIST_LICENSES, LICENSES_MAX));
        }
        Ok(counts)
    }

    /// Cuts the workspace.
    ///
    /// # Safety
    /// What an earlier call cut is no longer in use.
    pub(super) unsafe fn cut<'w, R>(&'w self, cut: impl FnOnce(&mut Arena<'w>) -> R) -> Result<R, Fault> {
        // SAFETY: aligned, writable and nobody else's by the contract of `new`; within the address
        // space, as was checked; a NULL has no size.
        let mut arena = unsafe { Arena::new(self.workspace, self.workspace_size) };
        let room = cut(&mut arena);
        if arena.sufficed() {
            Ok(room)
        } else {
            Err(Fault { workspace_size: arena.needed(), ..failure(HWL_E_BUFFER).into() })
        }
    }

    /// Converts servers and devices, and as many licences as there is room for, and puts them in
    /// order: `body` gets the System that holds together.
    pub(super) fn with_system<'w>(
        &'w self,
        rows: Rows<'w>,
        body: impl FnOnce(&hwlicense::system::Checked<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        convert_all(&self.servers, rows.servers, HWL_LIST_SERVERS, convert::server)?;
        convert_all(&self.devices, rows.devices, HWL_LIST_DEVICES, convert::device)?;
        convert_all(&self.licenses, rows.licenses, HWL_LIST_LICENSES, convert::license)?;
        let system = System {
            name: "",
            brand: "",
            protocol: 0,
            policy: Policy::default(),
            scope: convert::scope(&self.system)?,
            servers: rows.servers,
            devices: rows.devices,
            licenses: rows.licenses,
            reach: self.reach(),
        };
        let in_its_list = |error: ModelError| Fault {
            row: error.index,
            ..Fault::at(list_of(error.problem, &system), 0, error.problem.into())
        };
        body(&system.check(rows.orders).map_err(in_its_list)?)
    }

    /// The list of servers that reach devices, in place.
    fn reach(&self) -> &[ServerIndex] {
        // SAFETY: `new` checked the list with this size of a row, and was promised that it is
        // readable and unchanged.
        unsafe { self.reach.in_place() }
    }
}

/// Converts the rows for which there is room.
pub(super) fn convert_all<C: Plain, R>(
    list: &List<C>,
    rows: &mut [R],
    name: u32,
    convert: impl Fn(&C) -> Result<R, Failure>,
) -> Result<(), Fault> {
    for (index, slot) in (0..list.count()).zip(rows) {
        // SAFETY: lists are readable and unchanged by the contract of `Question::new`.
        let row = unsafe { list.row(index) };
        *slot = row.and_then(|row| convert(&row)).map_err(|failure| Fault::at(name, index, failure))?;
    }
    Ok(())
}

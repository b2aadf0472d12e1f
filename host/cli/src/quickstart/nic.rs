//! A network interface replaced, in a copy of a reading.

use hwlicense::hwid::{Enrollment, compare};
use hwlicense_probe::Nic;

use crate::exit::Failure;
use crate::machine::Subject;

/// The address of the new interface: universally administered, and nobody's placeholder.
const NEW_MAC: &str = "00:40:8c:7a:31:c5";

/// The machine with another NIC in place of the first one that counts, or with one more where none
/// counts; and what was done, in words.
pub(super) fn changed(subject: &Subject, enrollment: &Enrollment) -> Result<(Subject, String), Failure> {
    for index in 0..subject.reading.nics.len() {
        let mut changed = subject.clone();
        let Some(nic) = changed.reading.nics.get_mut(index) else { break };
        let name = nic.name.clone().unwrap_or_else(|| "an interface".to_owned());
        nic.mac = Some(NEW_MAC.to_owned());
        nic.permanent_mac = Some(NEW_MAC.to_owned());
        let gone = changed.with_bare_machine(|machine| compare(enrollment, machine).nics.gone)?;
        if gone > 0 {
            return Ok((changed, format!("{name} replaced by one with the address {NEW_MAC}")));
        }
    }
    let mut changed = subject.clone();
    changed.reading.nics.push(Nic {
        name: Some("new0".to_owned()),
        mac: Some(NEW_MAC.to_owned()),
        permanent_mac: Some(NEW_MAC.to_owned()),
        class: Some("physical".to_owned()),
        is_virtual: Some(false),
        ..Nic::default()
    });
    Ok((changed, format!("no interface of this machine counts, so one was added with the address {NEW_MAC}")))
}

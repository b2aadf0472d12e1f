//! What kind of interface a NIC is, from what a reading says of that NIC alone.
//!
//! Where a reading comes from our own probe the class is given. Other tools tell a name, and at
//! best a driver and a path. The rule is to call a NIC physical unless something speaks against
//! it, and to look at no other NIC, so that the order of the list cannot matter.

use hwlicense::hardware::NicClass;

use crate::class_names as names;
use crate::reading::Nic;

/// The class as a reading writes it.
pub(crate) fn word(class: NicClass) -> &'static str {
    match class {
        NicClass::Physical => "physical",
        NicClass::Usb => "usb",
        NicClass::Wireless => "wireless",
        NicClass::Virtual => "virtual",
        NicClass::Aggregate => "aggregate",
    }
}

/// The class that a word of a reading means.
fn from_word(word: &str) -> Option<NicClass> {
    [NicClass::Physical, NicClass::Usb, NicClass::Wireless, NicClass::Virtual, NicClass::Aggregate]
        .into_iter()
        .find(|&class| self::word(class) == word)
}

/// The class that the reading gives, else the one that its other fields suggest.
pub(crate) fn class(nic: &Nic) -> NicClass {
    nic.class.as_deref().and_then(from_word).unwrap_or_else(|| infer(nic))
}

fn infer(nic: &Nic) -> NicClass {
    let lower = |text: &Option<String>| text.as_deref().unwrap_or("").trim().to_ascii_lowercase();
    let name = lower(&nic.name);
    let driver = lower(&nic.driver);
    let bus = lower(&nic.bus);
    let model = lower(&nic.vendor_device);
    // A Windows name is the description of the adapter, with spaces in it. Ids have none, and
    // their digits could look like a word ("1394").
    let description = [&*name, &*model].into_iter().find(|text| text.contains(' ')).unwrap_or("");

    if names::is_vlan_or_alias(&name) {
        return NicClass::Virtual;
    }
    if names::AGGREGATE_DRIVERS.contains(&&*driver)
        || names::AGGREGATE_NAMES.matches(&name)
        || names::any_within(names::AGGREGATE_WORDS, description)
    {
        return NicClass::Aggregate;
    }
    // CAN and InfiniBand have hardware under them, and no Ethernet address.
    if names::NOT_ETHERNET_NAMES.matches(&name) || names::is_can(&name) {
        return NicClass::Virtual;
    }
    // Before wireless and USB: "Microsoft Wi-Fi Direct Virtual Adapter", "Bluetooth".
    if names::any_within(names::VIRTUAL_WORDS, description) {
        return NicClass::Virtual;
    }
    if names::any_prefix(names::WIRELESS_DRIVERS, &driver)
        || driver.contains("wlan")
        || names::WIRELESS_NAMES.matches(&name)
        || names::any_within(names::WIRELESS_WORDS, description)
    {
        return NicClass::Wireless;
    }
    if nic.is_virtual == Some(true) || bus.contains("/devices/virtual") {
        return NicClass::Virtual;
    }
    if is_usb_path(&bus)
        || names::any_prefix(names::USB_DRIVERS, &driver)
        || names::USB_NAMES.matches(&name)
        || names::is_predictable_usb(&name)
        || names::any_within(names::USB_WORDS, description)
    {
        return NicClass::Usb;
    }
    if names::is_virtual_function(&name) {
        return NicClass::Virtual;
    }
    // A path to hardware outweighs a name: names can be chosen freely.
    if is_hardware_path(&bus) {
        return NicClass::Physical;
    }
    if names::VIRTUAL_DRIVERS.contains(&&*driver) || names::VIRTUAL_NAMES.matches(&name) {
        return NicClass::Virtual;
    }
    NicClass::Physical
}

/// Whether a path or bus name leads through USB: `/usb1/1-4/`, `usb@1:4`.
fn is_usb_path(bus: &str) -> bool {
    bus.split(['/', '@', ':'])
        .any(|part| part.strip_prefix("usb").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit())))
}

/// Whether a path or bus name leads to a device on a bus of the machine.
fn is_hardware_path(bus: &str) -> bool {
    const PREFIXES: &[&str] = &["pci@", "pci:", "virtio", "vmbus", "xen:", "platform:"];
    bus.contains("/devices/")
        || names::any_prefix(PREFIXES, bus)
        || bus.split_once(':').is_some_and(|(domain, _)| domain.len() == 4 && u32::from_str_radix(domain, 16).is_ok())
}

#[cfg(test)]
#[path = "class_tests.rs"]
mod tests;

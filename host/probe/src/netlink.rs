//! Permanent MACs from the running kernel: one `RTM_GETLINK` dump over a netlink socket.
//!
//! No rights are needed. The attribute exists since Linux 5.6; an older kernel leaves it out.
//! Only two attributes are looked at, so the messages are taken apart here, with checked reads,
//! and what else a kernel puts into them cannot be in the way.
//!
//! # Source
//! netlink(7), rtnetlink(7), `linux/netlink.h`, `linux/if_link.h`.

use std::collections::BTreeMap;
use std::io;

use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{Socket, SocketAddr};

const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const RTM_NEWLINK: u16 = 16;
const RTM_GETLINK: u16 = 18;
const NLM_F_REQUEST_DUMP: u16 = 0x301;
const IFLA_IFNAME: u16 = 3;
const IFLA_PERM_ADDRESS: u16 = 54;
/// The upper two bits of an attribute's type are flags.
const ATTRIBUTE_TYPE_MASK: u16 = 0x3fff;

/// Size of a message's header; the first field of it is the length of the whole.
const HEADER_BYTES: usize = 16;
/// Size of what precedes the attributes of a link, after the header (`struct ifinfomsg`).
const LINK_BYTES: usize = 16;
const REQUEST_BYTES: u32 = 32;
/// Size of an attribute's header: length and type.
const ATTRIBUTE_BYTES: usize = 4;
/// Ethernet addresses only.
const MAC_BYTES: usize = 6;
/// Most datagrams taken for one dump. Each holds at least one NIC.
const DATAGRAMS_MAX: usize = hwlicense::hardware::NICS_MAX;

/// Asks the kernel for the permanent MACs of all NICs of this network namespace.
pub(crate) fn permanent_addresses() -> io::Result<BTreeMap<String, String>> {
    let mut socket = Socket::new(NETLINK_ROUTE)?;
    socket.bind_auto()?;
    socket.connect(&SocketAddr::new(0, 0))?;
    // The kernel makes the answer while it is asked, so nothing has to be waited for.
    socket.set_non_blocking(true)?;
    let mut request = Vec::new();
    request.extend(REQUEST_BYTES.to_ne_bytes());
    request.extend(RTM_GETLINK.to_ne_bytes());
    request.extend(NLM_F_REQUEST_DUMP.to_ne_bytes());
    request.extend([0; 8 + LINK_BYTES]);
    socket.send(&request, 0)?;
    let mut addresses = BTreeMap::new();
    for _ in 0..DATAGRAMS_MAX {
        let (datagram, sender) = socket.recv_from_full()?;
        if sender.port_number() == 0 && collect(&datagram, &mut addresses)? == Dump::Complete {
            return Ok(addresses);
        }
    }
    Err(io::Error::other("the kernel's answer has no end"))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dump {
    Continues,
    Complete,
}

/// Takes the links out of one datagram.
fn collect(mut datagram: &[u8], addresses: &mut BTreeMap<String, String>) -> io::Result<Dump> {
    while let Some((message, rest)) = split_message(datagram) {
        datagram = rest;
        match u16_at(message, 4) {
            Some(NLMSG_DONE) => return Ok(Dump::Complete),
            Some(NLMSG_ERROR) => return Err(io::Error::other("the kernel refused to list NICs")),
            Some(RTM_NEWLINK) => {
                let attributes = message.get(HEADER_BYTES.saturating_add(LINK_BYTES)..);
                addresses.extend(attributes.and_then(link));
            }
            _ => {}
        }
    }
    Ok(Dump::Continues)
}

/// Name and permanent MAC of one link.
fn link(mut attributes: &[u8]) -> Option<(String, String)> {
    let mut name = None;
    let mut address = None;
    while let Some((attribute, rest)) = split_attribute(attributes) {
        attributes = rest;
        let value = attribute.get(ATTRIBUTE_BYTES..)?;
        match u16_at(attribute, 2)? & ATTRIBUTE_TYPE_MASK {
            IFLA_IFNAME => name = value.split(|&byte| byte == 0).next(),
            IFLA_PERM_ADDRESS if value.len() == MAC_BYTES => address = Some(value),
            _ => {}
        }
    }
    let name = str::from_utf8(name?).ok()?.to_owned();
    let digits: Vec<String> = address?.iter().map(|byte| format!("{byte:02x}")).collect();
    Some((name, digits.join(":")))
}

/// The first message, and what follows it.
fn split_message(datagram: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u32::from_ne_bytes(*datagram.first_chunk::<4>()?);
    split_aligned(datagram, usize::try_from(length).ok()?, HEADER_BYTES)
}

/// The first attribute, and what follows it.
fn split_attribute(attributes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u16_at(attributes, 0)?;
    split_aligned(attributes, usize::from(length), ATTRIBUTE_BYTES)
}

/// Parts begin at multiples of four bytes; the last one may lack its padding.
fn split_aligned(bytes: &[u8], length: usize, length_min: usize) -> Option<(&[u8], &[u8])> {
    if length < length_min {
        return None;
    }
    let part = bytes.get(..length)?;
    let rest = bytes.get(length.checked_next_multiple_of(4)?..);
    Some((part, rest.unwrap_or_default()))
}

fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    let rest = bytes.get(offset..)?;
    Some(u16::from_ne_bytes(*rest.first_chunk::<2>()?))
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::as_conversions,
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        reason = "tests"
    )]

    use super::*;

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let mut bytes = ((value.len() + 4) as u16).to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn message(kind: u16, body: &[u8]) -> Vec<u8> {
        let mut bytes = ((body.len() + 16) as u32).to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 10]);
        bytes.extend(body);
        bytes
    }

    fn datagram() -> Vec<u8> {
        let mut body = vec![0; 16];
        body.extend(attribute(IFLA_IFNAME, b"eth0\0"));
        body.extend(attribute(99, b"passed over"));
        body.extend(attribute(IFLA_PERM_ADDRESS, &[0, 0x40, 0x8c, 1, 2, 3]));
        let mut bytes = message(RTM_NEWLINK, &body);
        bytes.extend(message(NLMSG_DONE, &[0; 4]));
        bytes
    }

    #[test]
    fn a_link_with_a_permanent_address() {
        let mut addresses = BTreeMap::new();
        assert_eq!(collect(&datagram(), &mut addresses).unwrap(), Dump::Complete);
        assert_eq!(addresses["eth0"], "00:40:8c:01:02:03");
    }

    #[test]
    fn truncated_and_altered_datagrams_do_no_harm() {
        let datagram = datagram();
        for length in 0..datagram.len() {
            let _ = collect(&datagram[..length], &mut BTreeMap::new());
        }
        for index in 0..datagram.len() {
            for value in [0, 1, 3, 0x7f, 0xff] {
                let mut altered = datagram.clone();
                altered[index] = value;
                let _ = collect(&altered, &mut BTreeMap::new());
            }
        }
    }

    #[test]
    fn this_kernel_answers() {
        match permanent_addresses() {
            Ok(addresses) => println!("{} permanent MACs", addresses.len()),
            Err(error) => println!("SKIPPED: netlink is not to be had here: {error}"),
        }
    }
}

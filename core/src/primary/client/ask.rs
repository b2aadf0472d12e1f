//! What a client asks: the request that is due, or one that is carried to the server as a file.

use super::error::RequestError;
use super::rights::lease_in;
use super::state::{State, is_buried};
use super::{Client, kept};
use crate::hwid::Identity;
use crate::license::LicenseKey;
use crate::primary::frame::{FRAME_HEAD_BYTES, write_head};
use crate::primary::request::{Authentication, ListMark, Operation, Request, Wanted, request_digest, write_request};
use crate::signed::{Kind, Label, SealError};
use crate::slots::Storage;
use crate::time::UnixSeconds;
use crate::update;

/// How many contacts may follow each other before the counter is saved again. A restart skips what
/// is left of them, so the counter never goes back.
const COUNTERS_RESERVED: u64 = 256;

/// What a client says of itself and of its device.
#[derive(Clone, Copy, Debug)]
pub struct Device<'d> {
    /// The machine.
    pub identity: &'d Identity,
    /// Its enrolment, encoded; empty if it has none.
    pub enrollment: &'d [u8],
    /// What its clock says; `None` if it has none, or it is not set.
    pub wall: Option<UnixSeconds>,
    /// Brand of the product.
    pub brand: Label<'d>,
    /// Name of the device, by which an administrator expects it.
    pub name: Label<'d>,
    /// Version of the product's software.
    pub software: Label<'d>,
    /// Licence key that somebody entered on the device.
    pub license_key: Option<LicenseKey>,
    /// What it needs.
    pub wanted: Wanted,
    /// What it runs ([`Running::write`](crate::update::Running::write)); empty, if it is not to be offered
    /// updates.
    pub running: &'d [u8],
}

/// 32 bytes that nobody can guess, fresh for each request.
pub type Random = [u8; 32];

/// A request to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transmit<'b> {
    /// Which server of the list.
    pub server: u8,
    /// The whole frame.
    pub frame: &'b [u8],
}

impl<S: Storage> Client<S> {
    /// The request that is due, if one is.
    ///
    /// The buffer takes a whole frame: 4 KiB do for a device that holds one lease.
    ///
    /// # Errors
    /// [`RequestError`]; the contact counts as failed then.
    pub fn poll_transmit<'b>(
        &mut self,
        uptime_s: u64,
        random: &Random,
        device: &Device<'_>,
        buffer: &'b mut [u8],
    ) -> Result<Option<Transmit<'b>>, RequestError<S::Error>> {
        let Some(server) = self.schedule.server() else { return Ok(None) };
        let frame = self.write_frame(uptime_s, random, device, buffer);
        if frame.is_ok() {
            self.schedule.asked(uptime_s);
        } else {
            self.fail(uptime_s);
        }
        Ok(Some(Transmit { server, frame: frame? }))
    }

    fn write_frame<'b>(
        &mut self,
        uptime_s: u64,
        random: &Random,
        device: &Device<'_>,
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], RequestError<S::Error>> {
        let (head, room) = buffer.split_first_chunk_mut::<FRAME_HEAD_BYTES>().ok_or(SealError::TooLarge)?;
        let body = self.write_body(uptime_s, random, device, room)?;
        *head = write_head(body.len()).map_err(|_| SealError::TooLarge)?;
        self.asked = Some(request_digest(body));
        let length = body.len().saturating_add(FRAME_HEAD_BYTES);
        buffer.get(..length).ok_or(RequestError::BufferTooSmall)
    }

    /// A request to be carried to the server as a file, for a site without a network: the body of a
    /// frame. Its answer is taken by [`Self::handle_input`], also after a restart, until another
    /// answer was taken or another request is carried away.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn write_carried<'b>(
        &mut self,
        uptime_s: u64,
        random: &Random,
        device: &Device<'_>,
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], RequestError<S::Error>> {
        let body = self.write_body(uptime_s, random, device, buffer)?;
        self.save_next(State { carried: Some(request_digest(body)), ..self.state.clone() })?;
        Ok(body)
    }

    fn write_body<'b>(
        &mut self,
        uptime_s: u64,
        random: &Random,
        device: &Device<'_>,
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], RequestError<S::Error>> {
        if device.identity.hwid().is_err() {
            return Err(RequestError::NoHwid);
        }
        if self.counter >= self.state.counter_reserved {
            let counter_reserved = self.counter.saturating_add(COUNTERS_RESERVED);
            self.save_next(State { counter_reserved, floor: self.floor.at(uptime_s), ..self.state.clone() })?;
        }
        self.counter = self.counter.saturating_add(1);
        let with = self.state.secret.as_ref().map_or(Authentication::None, Authentication::Client);
        Ok(write_request(&self.request(random, device), with, buffer)?)
    }

    fn request<'r>(&'r self, random: &Random, device: &Device<'r>) -> Request<'r> {
        let (id, nonce) = random.split_first_chunk::<16>().map_or(([0; 16], &[][..]), |(id, nonce)| (*id, nonce));
        let hwid = device.identity.hwid().ok();
        let mut request = Request {
            id,
            nonce: nonce.first_chunk().copied().unwrap_or_default(),
            counter: self.counter,
            clock: device.wall,
            hwids: hwid.into_iter().collect(),
            previous: self.state.hwid.filter(|before| Some(*before) != hwid),
            enrollment: device.enrollment,
            evidence: device.identity.evidence().bits(),
            brand: device.brand,
            name: device.name,
            software: device.software,
            state: self.state(),
            operation: self.state.giving_up.map_or(Operation::Contact, Operation::Deactivate),
            license_key: device.license_key,
            wanted: device.wanted,
            ..Request::default()
        };
        if !device.running.is_empty() {
            // It is the first of eight.
            let _ = request.extensions.push(update::extension(device.running));
        }
        for envelope in kept(&self.rights).into_iter().flat_map(|kept| kept.envelopes()) {
            match envelope.header().kind {
                Kind::Lease if lease_in(&envelope).is_some_and(|lease| !is_buried(&self.state.tombstones, &lease)) => {
                    // More than fit are not shown.
                    let _ = request.held.push(envelope.bytes());
                }
                Kind::RevocationList => {
                    let header = envelope.header();
                    let mark = ListMark { signer: header.key_id, epoch: header.epoch, sequence: header.sequence };
                    request.list = Some(mark);
                }
                _ => {}
            }
        }
        request
    }
}

//! The one message that servers send each other, and its bytes (docs/system.md).
//!
//! Each message says everything: that its sender lives, whom it hears, which plan it obeys. So any
//! one of three in a row is enough, whichever two are lost. It carries no signature: whoever
//! carries it makes sure who sent it, and that it was not changed.

use core::fmt;

use serde::Serialize;

use super::epoch::Epoch;
use super::instant::Instant;
use crate::decode::{self, Decode, Reader};
use crate::system::model::ServerId;

/// First byte of a message.
pub const MESSAGE_VERSION: u8 = 1;
/// Most bytes of a message.
pub const MESSAGE_BYTES_MAX: usize =
    1 + VARINT_64 + VARINT_64 + HEARING_BYTES + EPOCH_BYTES + VARINT_64 + 5 + OFFER_BYTES;

const VARINT_64: usize = 10;
const EPOCH_BYTES: usize = VARINT_64 + 16 + 32;
const HEARING_BYTES: usize = 1 + VARINT_64 + VARINT_64;
const OFFER_BYTES: usize = 1 + EPOCH_BYTES;

/// What the sender hears of the server to which it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Hearing {
    /// Nothing, for longer than a server that lives is silent.
    Lost,
    /// Nothing yet, but the sender has not listened for that long.
    Presumed,
    /// This was the last that it sent.
    Heard {
        /// Its boot number.
        boot: u64,
        /// When it was sent, by its own clock.
        sent: Instant,
    },
}

/// What a server says to another, over and over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Message {
    /// Number that the sender has never had in an earlier run.
    pub boot: u64,
    /// When it was sent, by the sender's clock.
    pub sent: Instant,
    /// What the sender hears of the recipient.
    pub hearing: Hearing,
    /// The plan that the sender obeys.
    pub epoch: Epoch,
    /// The lowest counter from which the sender came to this plan without passing one over: each
    /// plan since was made from the one before.
    pub chain_from: u64,
    /// How long ago, at least, the sender last heard any third server that may not have this plan
    /// yet, while it obeyed another itself, in milliseconds by the sender's clock.
    pub apart_ms: u32,
    /// The plan itself goes with this message: the epoch of the plan from which it was made.
    pub offer: Option<Epoch>,
}

/// Why bytes are no message. There is one answer: they are not in the one form that a message has,
/// or contradict themselves. They come from other software, or were damaged; drop them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct MessageError;

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes are no message between servers of a System")
    }
}

impl core::error::Error for MessageError {}

/// An epoch as it is written.
#[derive(Clone, Copy, Serialize)]
struct EpochFields(u64, [u8; 16], [u8; 32]);

impl EpochFields {
    const fn of(epoch: Epoch) -> Self {
        Self(epoch.counter, epoch.issuer.0, epoch.digest)
    }
}

/// A message as it is written.
#[derive(Serialize)]
struct Fields {
    version: u8,
    boot: u64,
    sent: u64,
    hearing: HearingFields,
    epoch: EpochFields,
    chain_from: u64,
    apart_ms: u32,
    offer: Option<EpochFields>,
}

#[derive(Serialize)]
enum HearingFields {
    Lost,
    Presumed,
    Heard(u64, u64),
}

impl Message {
    /// Writes it and gives the bytes, at most [`MESSAGE_BYTES_MAX`].
    pub fn encode<'b>(&self, buffer: &'b mut [u8; MESSAGE_BYTES_MAX]) -> &'b [u8] {
        let fields = Fields {
            version: MESSAGE_VERSION,
            boot: self.boot,
            sent: self.sent.0,
            hearing: match self.hearing {
                Hearing::Lost => HearingFields::Lost,
                Hearing::Presumed => HearingFields::Presumed,
                Hearing::Heard { boot, sent } => HearingFields::Heard(boot, sent.0),
            },
            epoch: EpochFields::of(self.epoch),
            chain_from: self.chain_from,
            apart_ms: self.apart_ms,
            offer: self.offer.map(EpochFields::of),
        };
        // The buffer holds the longest form of each field; a test writes it.
        postcard::to_slice(&fields, buffer).map_or(&[], |written| written)
    }

    /// Reads bytes that somebody else made sure of: who sent them, and that nobody changed them.
    ///
    /// # Errors
    /// [`MessageError`] if the bytes are not exactly what [`Self::encode`] writes, or say something
    /// that cannot be: a plan made from a later one, a chain that begins after its end.
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageError> {
        if bytes.len() > MESSAGE_BYTES_MAX {
            return Err(MessageError);
        }
        decode::exact::<Self>(bytes).filter(Self::is_consistent).ok_or(MessageError)
    }

    /// Whether the plan that it tells of goes with it.
    #[must_use]
    pub const fn carries_plan(&self) -> bool {
        self.offer.is_some()
    }

    /// The same message, for a caller that could not get or would not believe the plan with it.
    #[must_use]
    pub const fn without_plan(self) -> Self {
        Self { offer: None, ..self }
    }

    pub(super) fn is_consistent(&self) -> bool {
        let epoch = |epoch: Epoch| epoch.counter > 0 || epoch.is_none();
        let made_from = self.offer.is_none_or(|parent| epoch(parent) && parent < self.epoch);
        epoch(self.epoch) && self.chain_from <= self.epoch.counter && made_from
    }
}

fn read_epoch(reader: &mut Reader<'_>) -> Epoch {
    Epoch { counter: reader.u64(), issuer: ServerId(reader.array()), digest: reader.array() }
}

fn read_hearing(reader: &mut Reader<'_>) -> Hearing {
    match reader.byte() {
        0 => Hearing::Lost,
        1 => Hearing::Presumed,
        2 => Hearing::Heard { boot: reader.u64(), sent: Instant(reader.u64()) },
        _ => {
            reader.fail();
            Hearing::Lost
        }
    }
}

impl<'a> Decode<'a> for Message {
    fn blank() -> Self {
        Self {
            boot: 0,
            sent: Instant(0),
            hearing: Hearing::Lost,
            epoch: Epoch::NONE,
            chain_from: 0,
            apart_ms: 0,
            offer: None,
        }
    }

    fn read(&mut self, reader: &mut Reader<'a>) {
        let version = reader.byte();
        reader.require(version == MESSAGE_VERSION);
        self.boot = reader.u64();
        self.sent = Instant(reader.u64());
        self.hearing = read_hearing(reader);
        self.epoch = read_epoch(reader);
        self.chain_from = reader.u64();
        self.apart_ms = reader.u32();
        self.offer = reader.option(read_epoch);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use proptest::prelude::*;

    use super::*;

    const fn epoch(counter: u64) -> Epoch {
        Epoch { counter, issuer: ServerId([0xa1; 16]), digest: [0xd2; 32] }
    }

    const FIRST: Message = Message {
        boot: 3,
        sent: Instant(1_000),
        hearing: Hearing::Presumed,
        epoch: Epoch::NONE,
        chain_from: 0,
        apart_ms: 0,
        offer: None,
    };

    const PLAN: Message = Message {
        boot: 3,
        sent: Instant(1_000),
        hearing: Hearing::Heard { boot: 9, sent: Instant(70_000) },
        epoch: epoch(300),
        chain_from: 299,
        apart_ms: 5_000,
        offer: Some(epoch(299)),
    };

    fn encoded(message: &Message) -> Vec<u8> {
        message.encode(&mut [0; MESSAGE_BYTES_MAX]).to_vec()
    }

    #[test]
    fn messages_have_the_bytes_of_the_documentation() {
        let first = [&[1, 3, 0xe8, 0x07, 1, 0][..], &[0; 48], &[0, 0, 0]].concat();
        assert_eq!(encoded(&FIRST), first);
        let plan = [
            &[1, 3, 0xe8, 0x07, 2, 9, 0xf0, 0xa2, 0x04][..],
            &[0xac, 0x02],
            &[0xa1; 16],
            &[0xd2; 32],
            &[0xab, 0x02, 0x88, 0x27],
            &[1, 0xab, 0x02],
            &[0xa1; 16],
            &[0xd2; 32],
        ]
        .concat();
        assert_eq!(encoded(&PLAN), plan);
    }

    #[test]
    fn the_longest_message_fills_the_buffer() {
        let longest = Message {
            boot: u64::MAX,
            sent: Instant(u64::MAX),
            hearing: Hearing::Heard { boot: u64::MAX, sent: Instant(u64::MAX) },
            epoch: epoch(u64::MAX),
            chain_from: u64::MAX,
            apart_ms: u32::MAX,
            offer: Some(epoch(u64::MAX - 1)),
        };
        assert_eq!(encoded(&longest).len(), MESSAGE_BYTES_MAX);
        assert_eq!(Message::decode(&encoded(&longest)), Ok(longest));
    }

    #[test]
    fn cut_or_longer_bytes_are_refused() {
        let mut bytes = encoded(&PLAN);
        for length in 0..bytes.len() {
            assert_eq!(Message::decode(bytes.get(..length).unwrap()), Err(MessageError), "{length} bytes");
        }
        bytes.push(0);
        assert_eq!(Message::decode(&bytes), Err(MessageError));
    }

    #[test]
    fn contradictions_are_refused() {
        let later_parent = Message { offer: Some(epoch(301)), ..PLAN };
        let own_parent = Message { offer: Some(epoch(300)), ..PLAN };
        let long_chain = Message { chain_from: 301, ..PLAN };
        let no_counter = Message { epoch: Epoch { counter: 0, ..epoch(1) }, chain_from: 0, offer: None, ..PLAN };
        let offer_of_nothing = Message { offer: Some(Epoch::NONE), ..FIRST };
        for message in [later_parent, own_parent, long_chain, no_counter, offer_of_nothing] {
            assert_eq!(Message::decode(&encoded(&message)), Err(MessageError), "{message:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_accepted_has_one_form(place in any::<prop::sample::Index>(), value in any::<u8>()) {
            let mut bytes = encoded(&PLAN);
            *bytes.get_mut(place.index(encoded(&PLAN).len())).unwrap() = value;
            if let Ok(message) = Message::decode(&bytes) {
                prop_assert_eq!(encoded(&message), bytes);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..2 * MESSAGE_BYTES_MAX)) {
            if let Ok(message) = Message::decode(&bytes) {
                prop_assert_eq!(encoded(&message), bytes);
            }
        }
    }
}

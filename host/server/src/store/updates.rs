//! Updates in a store: what was published, and how far it has come on each client.

use hwlicense::time::UnixSeconds;
use hwlicense::update::{Progress, UpdateId, Version};

use super::{ClientId, StoreError};

/// What a client said that it runs, when it last proved who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningRow {
    /// Component that is updated.
    pub component: String,
    /// Model.
    pub model: String,
    /// Revision of the hardware.
    pub hardware: u16,
    /// Version of the software.
    pub version: Version,
    /// Its security version.
    pub security_version: u32,
    /// Highest security version that it ever said it runs.
    pub security_floor: u32,
}

/// Whether an update is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateState {
    /// Its image is being entered. Nobody sees it yet.
    Arriving,
    /// It is offered.
    Active,
    /// It is neither offered nor handed out, until somebody resumes it.
    Paused,
    /// It is neither offered nor handed out any more.
    Withdrawn,
}

/// An update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateRow {
    /// Its id.
    pub id: UpdateId,
    /// Brand that it is for.
    pub brand: String,
    /// Component that it is for.
    pub component: String,
    /// Version of the image.
    pub version: Version,
    /// Security version of the image.
    pub security_version: u32,
    /// Bytes of the image.
    pub size: u32,
    /// Last second for which it is offered.
    pub valid_until: UnixSeconds,
    /// Whether it is offered.
    pub state: UpdateState,
    /// Why, for people; empty where there is nothing to say.
    pub reason: String,
    /// Since when.
    pub since: UnixSeconds,
    /// Thousandths of the clients that get it.
    pub share: u16,
    /// Groups of clients that get it; empty for all.
    pub groups: Vec<String>,
    /// Which count of its successes and failures this is: grows when it is resumed.
    pub round: u32,
    /// When it was published.
    pub published: UnixSeconds,
    /// The manifest, as a signed envelope.
    pub manifest: Vec<u8>,
    /// The certificate of its issuer, as a signed envelope.
    pub certificate: Vec<u8>,
}

/// How far an update has come on a client, as far as the server knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It was offered.
    Offered,
    /// The client said how far it is.
    Reported(Progress),
}

/// An update's way to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryRow {
    /// The update.
    pub update: UpdateId,
    /// The client.
    pub client: ClientId,
    /// How far it has come.
    pub stage: Stage,
    /// How often it failed in this round.
    pub failures: u32,
    /// Round of the update that this belongs to.
    pub round: u32,
    /// When it was offered, or offered again after a failure.
    pub offered: UnixSeconds,
    /// First report of the client.
    pub first_report: Option<UnixSeconds>,
    /// Last report of the client.
    pub last_report: Option<UnixSeconds>,
}

/// How many clients an update has reached, by how far it has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// It was offered to them, and they said nothing of it yet.
    pub offered: u32,
    /// They are fetching it.
    pub downloading: u32,
    /// They have it, and did not start with it yet.
    pub ready: u32,
    /// They run it.
    pub installed: u32,
    /// It failed on them, and they do not try again.
    pub failed: u32,
}

/// How many clients came to an end with an update in one round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// They run it.
    pub installed: u32,
    /// It failed on them at least once, and they do not run it.
    pub failed: u32,
}

/// Updates, their images, and how far they have come.
#[allow(clippy::missing_errors_doc, reason = "all of them fail with StoreError only")]
pub trait UpdateTable {
    /// The update with this id.
    fn update(&mut self, id: &UpdateId) -> Result<Option<UpdateRow>, StoreError>;
    /// All updates, the newest first.
    fn updates(&mut self) -> Result<Vec<UpdateRow>, StoreError>;
    /// The active updates of a component of a brand, the highest version first.
    fn updates_active(&mut self, brand: &str, component: &str) -> Result<Vec<UpdateRow>, StoreError>;
    /// Enters an update, or writes every column of it.
    fn put_update(&mut self, row: &UpdateRow) -> Result<(), StoreError>;
    /// Forgets an update that has no chunks any more, and all that belongs to it.
    fn delete_update(&mut self, id: &UpdateId) -> Result<(), StoreError>;

    /// Keeps a chunk of an image.
    fn insert_chunk(&mut self, id: &UpdateId, index: u32, bytes: &[u8]) -> Result<(), StoreError>;
    /// A chunk of an image.
    fn chunk(&mut self, id: &UpdateId, index: u32) -> Result<Option<Vec<u8>>, StoreError>;
    /// How many chunks of an image are kept.
    fn chunk_count(&mut self, id: &UpdateId) -> Result<u32, StoreError>;
    /// Deletes up to `limit` chunks of an image, and says how many.
    fn delete_chunks(&mut self, id: &UpdateId, limit: u32) -> Result<u32, StoreError>;
    /// Keeps the digests of all leaves of an image, one after the other.
    fn put_leaves(&mut self, id: &UpdateId, leaves: &[u8]) -> Result<(), StoreError>;
    /// The digests of all leaves of an image.
    fn leaves(&mut self, id: &UpdateId) -> Result<Option<Vec<u8>>, StoreError>;

    /// An update's way to a client.
    fn delivery(&mut self, id: &UpdateId, client: ClientId) -> Result<Option<DeliveryRow>, StoreError>;
    /// Up to `limit` deliveries of an update after the one to this client.
    fn deliveries_after(
        &mut self,
        id: &UpdateId,
        after: Option<ClientId>,
        limit: u32,
    ) -> Result<Vec<DeliveryRow>, StoreError>;
    /// All updates that were ever offered to a client, the one offered last first.
    fn deliveries_to(&mut self, client: ClientId) -> Result<Vec<DeliveryRow>, StoreError>;
    /// Enters a delivery, or writes every column of it.
    fn put_delivery(&mut self, row: &DeliveryRow) -> Result<(), StoreError>;
    /// How many clients an update has reached.
    fn reach(&mut self, id: &UpdateId) -> Result<Reach, StoreError>;
    /// How many clients came to an end with it in a round.
    fn verdict(&mut self, id: &UpdateId, round: u32) -> Result<Verdict, StoreError>;
    /// How many deliveries have not come to an end, and were offered or reported on since a time.
    fn under_way(&mut self, id: &UpdateId, since: UnixSeconds) -> Result<u32, StoreError>;
}

//! Why an update is not made, and why a Primary Server does not hand out what is fetched.

use crate::numbered::numbered;

numbered! {
    /// Why a device does not make an update.
    UpdateError {
        /// The image is for products of another brand.
        OtherBrand = 560, "update-other-brand", "the update is for products of another brand";
        /// The image is for another component of the product.
        OtherComponent = 561, "update-other-component", "the update is for another component";
        /// The image is not for this model.
        OtherModel = 562, "update-other-model", "the update is not for this model";
        /// The image is not for this revision of the hardware.
        OtherHardware = 563, "update-other-hardware", "the update is not for this revision of the hardware";
        /// What runs is the same or newer.
        NotNewer = 564, "update-not-newer", "what runs is as new as the update, or newer";
        /// The image has faults that what runs, or ran before, has not: no update goes below the floor.
        BelowFloor = 565, "update-below-floor", "the update is older in security than what this device ran";
        /// What runs is too old to be updated in one step. Update to an earlier version first.
        TooOld = 566, "update-too-old", "what runs is too old for this update: update to an earlier version first";
        /// The manifest has expired.
        Expired = 567, "update-expired", "the update has expired";
        /// The device has no room for the image.
        NoRoom = 568, "update-no-room", "the device has no room for the update";
        /// The manifest is not the one that was offered.
        OtherManifest = 569, "update-other-manifest", "the manifest is not the one that was offered";
        /// The manifest, its signature or its certificate is not believed.
        NotBelieved = 570, "update-not-believed", "the manifest is not signed by this product's vendor";
        /// A chunk is not the one that the manifest names.
        WrongChunk = 571, "update-wrong-chunk", "a part of the update was altered on its way";
        /// The image as it lies in the device is not the one that the manifest names.
        WrongImage = 572, "update-wrong-image", "the image was stored, and is not what it should be";
        /// The device cannot store the image.
        Storage = 573, "update-storage", "the device cannot store the update";
        /// The vendor's updater did not take the image.
        NotInstalled = 574, "update-not-installed", "the device's updater did not take the update";
        /// The device started with other software than the update: it went back, or never changed over.
        NotStarted = 575, "update-not-started", "the device did not start with the update";
    }
}

impl core::error::Error for UpdateError {}

numbered! {
    /// Why a Primary Server does not hand out what is fetched.
    FetchRefusal {
        /// There is no such update, or it was withdrawn.
        UnknownUpdate = 580, "unknown-update", "the server has no such update, or it was withdrawn";
        /// The ticket is not one for this device and this update. The next contact brings a new one.
        BadTicket = 581, "bad-ticket", "the device was not offered this update";
        /// The image has no such chunk.
        NoSuchChunk = 582, "no-such-chunk", "the image has no such part";
    }
}

impl core::error::Error for FetchRefusal {}

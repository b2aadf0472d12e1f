//! The downloader beside the client: what a signed reply offers, and whom the client no longer believes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod primary_support;
mod support;
mod update_support;

use hwlicense::extension::Extension;
use hwlicense::primary::client::Answered as Replied;
use hwlicense::signed::{Revocation, VerifyError};
use hwlicense::time::UnixSeconds;
use hwlicense::update::client::{Answered, Device, InputError};
use hwlicense::update::{EXTENSION_TAG, OFFER_BYTES_MAX};
use primary_support::{Camera as Client, Server, desk_of as certified};
use support::{Key, leak_bytes, list};
use update_support::{CHUNK, Camera, HWID, Update, desk_of, image, manifest};

/// One who signs updates, and nothing else.
fn signer() -> Key {
    Key::new(4)
}

/// A contact in which the server offers an update, and brings this besides.
fn contact(client: &mut Client, server: &mut Server, update: &Update, news: &[Vec<u8>]) {
    let request = client.ask();
    let mut draft = server.draft(&request);
    let offer = leak_bytes(update.offer().write(&mut [0; OFFER_BYTES_MAX]).unwrap().to_vec());
    draft.reply.extensions.push(Extension { tag: EXTENSION_TAG, critical: false, bytes: offer }).unwrap();
    draft.enclosed.extend(news.iter().cloned());
    assert!(matches!(client.hear(&draft.body()), Ok(Replied::Reply(_))));
}

/// What a device that heard of the update says to its manifest.
fn hear_manifest(client: &Client, update: &Update) -> Result<Answered, InputError<update_support::board::BoardError>> {
    let mut camera = Camera::new();
    camera.contact(client.client.offer());
    let (_, fetch) = camera.ask().unwrap();
    let device = Device { hwid: HWID, running: &camera.running, time: UnixSeconds(camera.time) };
    let trust = client.client.trust(&client.trust);
    camera.downloader.handle_input(camera.uptime, &update.answer(&fetch), &trust, &device)
}

#[test]
fn an_offer_comes_with_a_reply_and_goes_with_the_next() {
    let content = image(2 * CHUNK, 1);
    let update = Update::signed(&content, &manifest(&content), &signer(), &desk_of(&signer()));
    let (mut client, mut server) = (Client::new(), Server::new());
    assert_eq!(client.client.offer(), None);
    contact(&mut client, &mut server, &update, &[]);
    assert_eq!(client.client.offer(), Some(update.offer()));
    assert_eq!(hear_manifest(&client, &update), Ok(Answered::Manifest));
    client.contact(&mut server);
    assert_eq!(client.client.offer(), None);
}

#[test]
fn a_signer_whom_a_reply_revoked_signs_no_update() {
    let content = image(2 * CHUNK, 1);
    let update = Update::signed(&content, &manifest(&content), &signer(), &desk_of(&signer()));
    let (mut client, mut server) = (Client::new(), Server::new());
    let lists = Key::new(5);
    let revoked = lists.seal(&list(&[Revocation::KeyRevoked(signer().public.id())]), 1);
    contact(&mut client, &mut server, &update, &[certified(&lists), revoked]);
    assert_eq!(hear_manifest(&client, &update), Err(InputError::NotBelieved(VerifyError::KeyRevoked)));
    // It stays so after a restart, without a server.
    let offer = client.client.offer();
    client.restart();
    contact(&mut client, &mut server, &update, &[]);
    assert_eq!(client.client.offer(), offer);
    assert_eq!(hear_manifest(&client, &update), Err(InputError::NotBelieved(VerifyError::KeyRevoked)));
}

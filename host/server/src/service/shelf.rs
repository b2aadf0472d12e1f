//! What was read of updates, at hand for the next device that asks for it.
//!
//! Two generations: what is asked for lies in the younger one; when that is full it becomes the older
//! one, and what nobody asked for meanwhile is forgotten.

use std::collections::HashMap;
use std::sync::Arc;

use hwlicense::update::{Part, UpdateId};

/// Bytes that an entry takes beside those that it holds, roughly.
const ENTRY_BYTES: usize = 160;

/// What an entry is found by: an update, and the index of a chunk or none for the manifest.
type Place = (UpdateId, Option<u32>);

/// Bodies of answers, within a bound.
#[derive(Debug)]
pub(super) struct Shelf {
    /// Bytes of each generation.
    bytes_max: usize,
    bytes: usize,
    recent: HashMap<Place, Arc<[u8]>>,
    older: HashMap<Place, Arc<[u8]>>,
}

impl Shelf {
    /// With room for so many bytes.
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { bytes_max: bytes_max.div_euclid(2), bytes: 0, recent: HashMap::new(), older: HashMap::new() }
    }

    /// What was put there.
    pub(super) fn get(&mut self, update: &UpdateId, part: Part) -> Option<Arc<[u8]>> {
        let place = place(update, part);
        if let Some(body) = self.recent.get(&place) {
            return Some(Arc::clone(body));
        }
        let body = self.older.remove(&place)?;
        self.put(update, part, Arc::clone(&body));
        Some(body)
    }

    /// Keeps a body for some time.
    pub(super) fn put(&mut self, update: &UpdateId, part: Part, body: Arc<[u8]>) {
        let bytes = body.len().saturating_add(ENTRY_BYTES);
        if self.bytes.saturating_add(bytes) > self.bytes_max {
            self.older = core::mem::take(&mut self.recent);
            self.bytes = 0;
        }
        if bytes <= self.bytes_max && self.recent.insert(place(update, part), body).is_none() {
            self.bytes = self.bytes.saturating_add(bytes);
        }
    }
}

const fn place(update: &UpdateId, part: Part) -> Place {
    match part {
        Part::Manifest => (*update, None),
        Part::Chunk(index) => (*update, Some(index)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(index: u32) -> Arc<[u8]> {
        vec![u8::try_from(index & 255).unwrap_or_default(); 1_000].into()
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_makes_room() {
        let mut shelf = Shelf::new(20 * 1_160);
        let id = [1; 32];
        for index in 0..1_000 {
            shelf.put(&id, Part::Chunk(index), body(index));
            assert_eq!(shelf.get(&id, Part::Chunk(0)), Some(body(0)), "it is asked for all the time");
            assert!(shelf.recent.len() <= 10 && shelf.older.len() <= 10, "{index}");
        }
        assert_eq!(shelf.get(&id, Part::Chunk(999)), Some(body(999)));
        assert_eq!(shelf.get(&id, Part::Chunk(900)), None);
        assert_eq!(shelf.get(&id, Part::Manifest), None);
        assert_eq!(shelf.get(&[2; 32], Part::Chunk(0)), None);
    }

    #[test]
    fn without_room_nothing_is_kept() {
        let mut shelf = Shelf::new(0);
        shelf.put(&[1; 32], Part::Manifest, body(1));
        assert_eq!(shelf.get(&[1; 32], Part::Manifest), None);
    }
}

//! A Merkle tree over the chunks of an image, as in RFC 9162 (2.1), on SHA-256.
//!
//! ```text
//! leaf = SHA-256(00 ‖ chunk)      node = SHA-256(01 ‖ left ‖ right)
//! ```
//!
//! The left subtree of `n` leaves has the largest power of two that is smaller than `n`. The path of a
//! leaf are the roots of the other subtrees on its way to the root, from the leaf upwards.

use heapless::Vec;

use crate::digest::Sha256;

/// A digest.
pub type Digest = [u8; 32];

/// Longest path: 2³² − 1 bytes in the smallest chunks make fewer than 2²² leaves.
pub const PATH_MAX: usize = 22;

/// The digest of a leaf.
#[must_use]
pub fn leaf(chunk: &[u8]) -> Digest {
    let mut hash = Sha256::new();
    hash.update(&[0]);
    hash.update(chunk);
    hash.finish()
}

fn node(left: &Digest, right: &Digest) -> Digest {
    let mut hash = Sha256::new();
    hash.update(&[1]);
    hash.update(left);
    hash.update(right);
    hash.finish()
}

/// The root of a tree whose leaves come one after the other, in constant memory.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    /// For each bit of the count that is set, the root of so many leaves: the largest first.
    peaks: Vec<Digest, 32>,
    count: u32,
}

impl Builder {
    /// Without leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self { peaks: Vec::new(), count: 0 }
    }

    /// Takes in the next leaf. Of more than 2³² − 1 nobody makes a tree.
    pub fn push(&mut self, leaf: Digest) {
        let mut root = leaf;
        for _ in 0..self.count.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                root = node(&left, &root);
            }
        }
        // There is one peak for each bit of the count.
        let _ = self.peaks.push(root);
        self.count = self.count.saturating_add(1);
    }

    /// The root; `None` where there is no leaf.
    #[must_use]
    pub fn root(mut self) -> Option<Digest> {
        let mut root = self.peaks.pop()?;
        while let Some(left) = self.peaks.pop() {
            root = node(&left, &root);
        }
        Some(root)
    }
}

/// The path of a leaf; `None` if there is no such leaf, or too many of them.
#[must_use]
pub fn path(leaves: &[Digest], index: usize) -> Option<Vec<Digest, PATH_MAX>> {
    let mut path = Vec::new();
    let mut leaves = leaves;
    let mut index = index;
    if index >= leaves.len() {
        return None;
    }
    while leaves.len() > 1 {
        let (left, right) = leaves.split_at_checked(left_count(leaves.len()))?;
        let (own, other) = match index.checked_sub(left.len()) {
            Some(within) => {
                index = within;
                (right, left)
            }
            None => (left, right),
        };
        let mut builder = Builder::new();
        other.iter().for_each(|leaf| builder.push(*leaf));
        path.push(builder.root()?).ok()?;
        leaves = own;
    }
    path.reverse();
    Some(path)
}

/// The largest power of two that is smaller than a count of two and more.
const fn left_count(count: usize) -> usize {
    match count.saturating_sub(1).checked_ilog2() {
        Some(bits) => 1_usize.wrapping_shl(bits),
        None => 0,
    }
}

/// Whether a leaf is the one with this index in the tree of so many leaves with this root
/// (RFC 9162, 2.1.3.2).
#[must_use]
pub fn is_in(root: &Digest, count: u32, index: u32, leaf: &Digest, path: &[Digest]) -> bool {
    let Some(mut last) = count.checked_sub(1).filter(|last| index <= *last) else { return false };
    let mut index = index;
    let mut reached = *leaf;
    for other in path {
        if last == 0 {
            return false;
        }
        if index & 1 == 1 || index == last {
            reached = node(other, &reached);
            // A subtree that is alone at its height is part of the next one as it is.
            while index & 1 == 0 && index != 0 {
                index >>= 1;
                last >>= 1;
            }
        } else {
            reached = node(&reached, other);
        }
        index >>= 1;
        last >>= 1;
    }
    last == 0 && reached == *root
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        reason = "a failed unwrap is a failed test"
    )]
    extern crate alloc;
    use alloc::vec::Vec as AllocVec;

    use super::*;

    /// MTH of RFC 9162, 2.1.1, as it is written there.
    fn by_definition(chunks: &[AllocVec<u8>]) -> Digest {
        match chunks {
            [chunk] => leaf(chunk),
            chunks => {
                let (left, right) = chunks.split_at(chunks.len().next_power_of_two() / 2);
                node(&by_definition(left), &by_definition(right))
            }
        }
    }

    fn hex(text: &str) -> AllocVec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn roots_are_those_of_certificate_transparency() {
        // The inputs and roots that implementations of RFC 6962 and 9162 share.
        let chunks =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut builder = Builder::new();
        assert_eq!(builder.clone().root(), None);
        for (chunk, root) in chunks.into_iter().zip(roots) {
            builder.push(leaf(&hex(chunk)));
            assert_eq!(builder.clone().root().unwrap().as_slice(), hex(root));
        }
    }

    #[test]
    fn every_leaf_of_every_tree_is_found_at_its_place_and_at_no_other() {
        for count in 1..=70_usize {
            let chunks: AllocVec<AllocVec<u8>> = (0..count).map(|at| at.to_le_bytes().to_vec()).collect();
            let leaves: AllocVec<Digest> = chunks.iter().map(|chunk| leaf(chunk)).collect();
            let mut builder = Builder::new();
            leaves.iter().for_each(|leaf| builder.push(*leaf));
            let root = builder.root().unwrap();
            assert_eq!(root, by_definition(&chunks));
            assert_eq!(path(&leaves, count), None);
            let total = u32::try_from(count).unwrap();
            for (at, leaf) in leaves.iter().enumerate() {
                let index = u32::try_from(at).unwrap();
                let path = path(&leaves, at).unwrap();
                assert!(is_in(&root, total, index, leaf, &path));
                for other in (0..total + 2).filter(|other| *other != index) {
                    assert!(!is_in(&root, total, other, leaf, &path), "{index} of {count} as {other}");
                }
                let mut longer = path.clone();
                longer.push(root).unwrap();
                assert!(!is_in(&root, total, index, leaf, &longer));
                for cut in 0..path.len() {
                    assert!(!is_in(&root, total, index, leaf, &path[..cut]));
                    let mut changed = path.clone();
                    changed[cut][31] ^= 1;
                    assert!(!is_in(&root, total, index, leaf, &changed));
                }
            }
        }
        assert!(!is_in(&[0; 32], 0, 0, &[0; 32], &[]));
    }
}

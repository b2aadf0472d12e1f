//! Sorting of rows without recursion: a heapsort in place, and a merge sort where there is memory
//! for it, which looks at distant rows less often.
//!
//! The standard library's sorts are faster on large lists. They also hold a panic for an order that
//! contradicts itself, and each use of one is several kilobytes of flash, where this is some hundred bytes.

/// Puts rows into the ascending order of their keys. Rows with equal keys come in any order.
// Not inlined: its keys would stay on the stack of whoever goes on with what was sorted.
#[inline(never)]
pub(super) fn by_key<T: Copy, K: Ord>(rows: &mut [T], key: impl Fn(&T) -> K) {
    for root in (0..rows.len() / 2).rev() {
        sift_down(rows, root, &key);
    }
    let mut heap = rows;
    // The greatest stands first: it goes to the end, which is then no longer heap.
    while let [first, .., last] = heap {
        core::mem::swap(first, last);
        let [rest @ .., _] = heap else { return };
        sift_down(rest, 0, &key);
        heap = rest;
    }
}

/// Lets a row sink below all that are greater.
fn sift_down<T: Copy, K: Ord>(heap: &mut [T], mut root: usize, key: &impl Fn(&T) -> K) {
    let Some(row) = heap.get(root).copied() else { return };
    let sinking = key(&row);
    loop {
        let left = root.wrapping_mul(2).wrapping_add(1);
        let children = [left, left.wrapping_add(1)].map(|child| heap.get(child).map(|row| (key(row), child, *row)));
        let greater = match children {
            [Some(left), Some(right)] if left.0 < right.0 => right,
            [Some(left), _] => left,
            [None, _] => break,
        };
        if greater.0 <= sinking {
            break;
        }
        if let Some(slot) = heap.get_mut(root) {
            *slot = greater.2;
        }
        root = greater.1;
    }
    if let Some(slot) = heap.get_mut(root) {
        *slot = row;
    }
}

/// The same with as much memory again, for long lists. Rows with equal keys keep their order.
#[inline(never)]
pub(super) fn by_key_with<T: Copy, K: Ord>(rows: &mut [T], memory: &mut [T], key: impl Fn(&T) -> K) {
    let count = rows.len();
    let (mut from, mut into) = (rows, memory);
    let (mut run, mut is_in_memory) = (1usize, false);
    while run < count {
        let pair = run.saturating_mul(2).max(1);
        for (source, target) in from.chunks(pair).zip(into.chunks_mut(pair)) {
            let (left, right) = source.split_at_checked(run).unwrap_or((source, &[]));
            merge(left, right, target, &key);
        }
        core::mem::swap(&mut from, &mut into);
        is_in_memory = !is_in_memory;
        run = pair;
    }
    if is_in_memory {
        for (slot, row) in into.iter_mut().zip(from.iter()) {
            *slot = *row;
        }
    }
}

/// Writes two ascending lists as one.
fn merge<T: Copy, K: Ord>(mut left: &[T], mut right: &[T], target: &mut [T], key: &impl Fn(&T) -> K) {
    for slot in target {
        *slot = match (left.split_first(), right.split_first()) {
            (Some((first, rest)), other) if other.is_none_or(|(second, _)| key(first) <= key(second)) => {
                left = rest;
                *first
            }
            (_, Some((second, rest))) => {
                right = rest;
                *second
            }
            _ => return,
        };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_come_in_the_order_of_their_keys(mut rows in proptest::collection::vec(0u8..40, 0..200)) {
            let mut expected = rows.clone();
            expected.sort_by_key(|row| core::cmp::Reverse(*row));
            let (mut merged, mut memory) = (rows.clone(), rows.clone());
            by_key(&mut rows, |row| core::cmp::Reverse(*row));
            prop_assert_eq!(rows, &expected[..]);
            by_key_with(&mut merged, &mut memory, |row| core::cmp::Reverse(*row));
            prop_assert_eq!(merged, expected);
        }
    }
}

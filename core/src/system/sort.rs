//! Sorting of rows: a heapsort, in place and without recursion.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_come_in_the_order_of_their_keys(mut rows in proptest::collection::vec(0u8..40, 0..200)) {
            let mut expected = rows.clone();
            expected.sort_by_key(|row| core::cmp::Reverse(*row));
            by_key(&mut rows, |row| core::cmp::Reverse(*row));
            prop_assert_eq!(rows, expected);
        }
    }
}

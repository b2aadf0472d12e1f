//! Which class of licence may meet which need: the one table.

use crate::license::Class;

/// How many classes stand in for each other.
pub(super) const CLASSES: usize = 10;
/// Most classes that meet one need.
pub(super) const SOURCES_MAX: usize = 7;

/// Each need, and the classes that meet it: its own, then those that may stand in for it, the
/// preferred one first. Classes that are not here, those of vendors among them, stand alone.
const TABLE: [(Class, &[Class]); CLASSES] = {
    use Class as C;
    [
        (C::TRIAL, &[C::TRIAL]),
        (C::PROFESSIONAL, &[C::PROFESSIONAL, C::EDGE, C::STARTER, C::NVR, C::TRIAL]),
        (C::ANALOG, &[C::ANALOG, C::PROFESSIONAL, C::EDGE, C::STARTER, C::NVR, C::TRIAL]),
        (C::VMAX, &[C::VMAX, C::ANALOG, C::PROFESSIONAL, C::EDGE, C::STARTER, C::NVR, C::TRIAL]),
        (C::ANALOG_ENCODER, &[C::ANALOG_ENCODER, C::ANALOG, C::PROFESSIONAL, C::EDGE, C::STARTER, C::NVR, C::TRIAL]),
        (C::EDGE, &[C::EDGE, C::TRIAL]),
        (C::IO_MODULE, &[C::IO_MODULE, C::TRIAL]),
        (C::STARTER, &[C::STARTER]),
        (C::NVR, &[C::NVR]),
        (C::BRIDGE, &[C::BRIDGE, C::PROFESSIONAL, C::EDGE, C::STARTER, C::NVR, C::TRIAL]),
    ]
};

/// Position of a class in the table; `None` for one that stands alone.
pub(super) fn position(class: Class) -> Option<usize> {
    TABLE.iter().position(|(need, _)| *need == class)
}

/// The class at a position of the table.
pub(super) fn class_at(position: usize) -> Option<Class> {
    TABLE.get(position).map(|(class, _)| *class)
}

/// Positions of the classes that meet the need at a position, the preferred one first.
pub(super) fn sources(need: usize) -> &'static [u8] {
    POSITIONS.get(need).and_then(|(positions, count)| positions.get(..*count)).unwrap_or_default()
}

/// The table by positions, with the number of those that are used.
static POSITIONS: [([u8; SOURCES_MAX], usize); CLASSES] = positions();

#[expect(clippy::indexing_slicing, reason = "runs in the compiler, which refuses a wrong index")]
#[expect(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "runs in the compiler")]
const fn positions() -> [([u8; SOURCES_MAX], usize); CLASSES] {
    let mut positions = [([0; SOURCES_MAX], 0); CLASSES];
    let mut need = 0;
    while need < CLASSES {
        let classes = TABLE[need].1;
        while positions[need].1 < classes.len() {
            let mut class = 0;
            while TABLE[class].0.0 != classes[positions[need].1].0 {
                class += 1;
            }
            positions[need].0[positions[need].1] = class as u8;
            positions[need].1 += 1;
        }
        need += 1;
    }
    positions
}

impl Class {
    /// Whether a licence of this class is good for a device that needs `need`: its own class
    /// always, others as the field's table says.
    ///
    /// ```
    /// use hwlicense::license::Class;
    /// assert!(Class::EDGE.meets(Class::PROFESSIONAL));
    /// assert!(!Class::PROFESSIONAL.meets(Class::EDGE));
    /// ```
    #[must_use]
    pub fn meets(self, need: Self) -> bool {
        self == need || TABLE.iter().any(|(class, sources)| *class == need && sources.contains(&self))
    }
}

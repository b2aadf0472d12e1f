//! What the C ABI may cost, and how each figure stands.

/// What a figure may be.
#[derive(Clone, Copy)]
struct Limit {
    /// The figure.
    name: &'static str,
    /// What it shall be at most.
    budget: u64,
    /// What it was when last it was missed: it may not grow by more than 2 % over this.
    present: Option<u64>,
}

const fn met(name: &'static str, budget: u64) -> Limit {
    Limit { name, budget, present: None }
}

const fn missed(name: &'static str, budget: u64, present: u64) -> Limit {
    Limit { name, budget, present: Some(present) }
}

/// Budgets on a Cortex-M4F with the archive that is shipped.
const LIMITS: &[Limit] = &[
    met("instructions: one signature", 1_900_000),
    met("flash: built-in Ed25519, HWID computed", 26 * 1024),
    met("flash: callback, HWID given", 8 * 1024),
    missed("flash: callback, HWID computed", 14 * 1024, 16_538),
    met("stack: with all objects on it", 8 * 1024),
    met("static RAM", 0),
    met("per mille over bare: certificate", 30),
    met("per mille over bare: list", 30),
    met("per mille over bare: newer-list", 30),
    met("per mille over bare: licence", 30),
];

/// A whole check by one of the verifiers, with the HWID given and one signature.
struct Check {
    /// The profile.
    name: &'static str,
    /// What it shall take at most: instructions, stack and flash.
    budget: [u64; 3],
    /// What it takes.
    present: [u64; 3],
}

const fn check(name: &'static str, budget: [u64; 3], present: [u64; 3]) -> Check {
    Check { name, budget, present }
}

const PINNED_M4F: [u64; 3] = [200_000, 1_300, 17 * 1024];
const ANY_M4F: [u64; 3] = [420_000, 1_600, 14 * 1024];
const ANY_M3: [u64; 3] = [1_300_000, 1_600, 16 * 1024];
const PINNED_M3: [u64; 3] = [600_000, 1_600, 16 * 1024];
const ANY_M0: [u64; 3] = [12_000_000, 1_850, 17 * 1024];
const PINNED_M0: [u64; 3] = [5_500_000, 1_850, 17 * 1024];

/// The budgets of each kind of processor, and how they stand: one that is missed may not grow by
/// more than 2 %.
const CHECKS: &[Check] = &[
    check("M4F, any key, assembly", ANY_M4F, [419_400, 1_396, 15_278]),
    check("M4F, pinned, 4 teeth, assembly", PINNED_M4F, [245_440, 1_152, 16_718]),
    check("M4F, pinned, 5 teeth, assembly", PINNED_M4F, [206_360, 1_152, 19_022]),
    check("M4F, pinned, 6 teeth, assembly", PINNED_M4F, [183_360, 1_152, 23_630]),
    check("M3, any key", ANY_M3, [1_168_840, 1_220, 16_306]),
    check("M3, pinned, 4 teeth", PINNED_M3, [609_640, 1_200, 18_662]),
    check("M3, pinned, 6 teeth", PINNED_M3, [431_880, 1_200, 25_574]),
    check("M0+, any key", ANY_M0, [8_171_480, 1_276, 15_622]),
    check("M0+, pinned, 4 teeth", PINNED_M0, [3_702_960, 1_220, 17_966]),
    check("M0+, pinned, 6 teeth", PINNED_M0, [2_536_360, 1_220, 24_878]),
];

/// What the figures of a check are called.
pub(super) const OF_A_CHECK: [&str; 3] = ["instructions", "stack", "flash"];

/// Every figure that was measured, in order.
#[derive(Default)]
pub(super) struct Figures {
    rows: Vec<(String, u64)>,
}

impl Figures {
    /// Takes one figure.
    pub(super) fn put(&mut self, name: &str, value: u64) {
        self.rows.push((name.to_owned(), value));
    }

    /// Prints every figure, with its budget where it has one.
    pub(super) fn print(&self) {
        println!("{:<50} {:>10} {:>10}", "C ABI on a Cortex-M4F, emulated", "measured", "budget");
        for (name, value) in &self.rows {
            let standing = match limit_of(name) {
                None => String::new(),
                Some(limit) if *value <= limit.budget => format!("{:>10}", limit.budget),
                Some(limit) => format!("{:>10}  missed by {}", limit.budget, value.saturating_sub(limit.budget)),
            };
            println!("  {name:<48} {value:>10} {standing}");
        }
    }

    /// One figure.
    pub(super) fn value(&self, name: &str) -> Option<u64> {
        self.rows.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// What is over its limit by more than so many hundredths.
    pub(super) fn exceeded(&self, slack_hundredths: u64) -> Vec<String> {
        let over = |(name, value): &(String, u64)| {
            let limit = limit_of(name)?;
            let most =
                limit.present.map_or(limit.budget, |present| present.saturating_add(present / 50)).max(limit.budget);
            let most = most.saturating_mul(slack_hundredths.saturating_add(100)) / 100;
            (*value > most).then(|| format!("{name}: {value}, at most {most}"))
        };
        self.rows.iter().filter_map(over).collect()
    }
}

fn limit_of(name: &str) -> Option<Limit> {
    LIMITS.iter().find(|limit| limit.name == name).copied().or_else(|| limit_of_check(name))
}

/// The limit of a figure that is called `PROFILE: WHAT`.
fn limit_of_check(name: &str) -> Option<Limit> {
    let (profile, what) = name.split_once(": ")?;
    let check = CHECKS.iter().find(|check| check.name == profile)?;
    let at = OF_A_CHECK.iter().position(|known| *known == what)?;
    Some(Limit { name: check.name, budget: *check.budget.get(at)?, present: check.present.get(at).copied() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "a test")]

    use super::*;

    #[test]
    fn a_limit_ends_at_its_last_byte() {
        let mut figures = Figures::default();
        figures.put("flash: callback, HWID given", 1 << 20);
        figures.put("a figure without a limit", u64::MAX);
        assert_eq!(figures.exceeded(0).len(), 1);
    }

    #[test]
    fn a_limit_is_as_much_higher_as_the_compiler_may_exceed_it() {
        let mut figures = Figures::default();
        figures.put("stack: with all objects on it", 9_000);
        assert_eq!((figures.exceeded(0).len(), figures.exceeded(12).len()), (1, 0));
    }

    #[test]
    fn a_check_may_not_grow_where_it_misses_its_budget() {
        for check in CHECKS {
            for (at, what) in OF_A_CHECK.iter().enumerate() {
                let most = check.budget[at].max(check.present[at] + check.present[at] / 50);
                for (value, over) in [(most, 0), (most + 1, 1)] {
                    let mut figures = Figures::default();
                    figures.put(&format!("{}: {what}", check.name), value);
                    assert_eq!(figures.exceeded(0).len(), over, "{}: {what}", check.name);
                }
            }
        }
    }
}

//! What the C ABI may cost, and how each figure stands.

/// What a figure may be.
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
    missed("flash: callback, HWID given", 8 * 1024, 11_979),
    missed("flash: callback, HWID computed", 14 * 1024, 20_469),
    met("stack: with all objects on it", 8 * 1024),
    met("static RAM", 0),
    met("per mille over bare: certificate", 30),
    met("per mille over bare: list", 30),
    met("per mille over bare: newer-list", 30),
    met("per mille over bare: licence", 30),
];

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

    /// What is over its limit.
    pub(super) fn exceeded(&self) -> Vec<String> {
        let over = |(name, value): &(String, u64)| {
            let limit = limit_of(name)?;
            let most =
                limit.present.map_or(limit.budget, |present| present.saturating_add(present / 50)).max(limit.budget);
            (*value > most).then(|| format!("{name}: {value}, at most {most}"))
        };
        self.rows.iter().filter_map(over).collect()
    }
}

fn limit_of(name: &str) -> Option<&'static Limit> {
    LIMITS.iter().find(|limit| limit.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_ends_at_its_last_byte() {
        let mut figures = Figures::default();
        figures.put("flash: callback, HWID given", 1 << 20);
        figures.put("a figure without a limit", u64::MAX);
        assert_eq!(figures.exceeded().len(), 1);
    }
}

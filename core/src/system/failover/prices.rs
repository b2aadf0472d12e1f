//! What it costs to go along the arcs of the graph of servers, in moves.
//!
//! Lists of witnesses begin with the cheapest, and of those who arrived there are few: the price of
//! an arc is the least of both. Who arrives may lower a price. When the last one leaves who goes
//! at it, that is found out only when the next one is asked for: a price may be too low for a while,
//! never too high. So distances that are found with prices are never too long, a way whose
//! every arc is confirmed at its price is a shortest one, and one that is not ends in a search
//! with better prices.

use super::graph::{Arcs, Graph};
use super::roster::servers;
use super::workspace::Pair;

/// Price of a pair that is no arc. Others are costs, from -1 to 1, with 2 added.
const NO_ARC: u32 = 0;

impl Graph<'_, '_> {
    /// Sets the price of each arc, all arcs being there. The witnesses were listed for
    /// [`Arcs::Shortest`].
    pub(super) fn set_prices(&mut self) {
        self.set_no_arcs();
        for from in servers(self.roster.loads.len()) {
            for to in servers(self.roster.loads.len()) {
                let cheapest = self.listed(from, to);
                if let Some(Pair([price, _])) = self.pair_mut(from, to) {
                    *price = NO_ARC;
                }
                if let Some(index) = cheapest {
                    self.offer(self.roster.competitor(index).cost(from, to), from, to);
                    self.set_arc(from, to, true);
                }
            }
            self.for_each_arrival(from, |graph, competitor| {
                graph.for_each_arc(competitor, from, |graph, from, to| {
                    graph.offer(competitor.cost(from, to), from, to);
                    graph.set_arc(from, to, true);
                });
            });
        }
    }

    /// Lowers the price of an arc to the cost of one who could go, if it is higher.
    pub(super) fn offer(&mut self, cost: i64, from: u16, to: u16) {
        let offered = u32::try_from(cost.wrapping_add(2)).unwrap_or(NO_ARC);
        if let Some(Pair([price, _])) = self.pair_mut(from, to)
            && (*price == NO_ARC || offered < *price)
        {
            *price = offered;
        }
    }

    /// The price of an arc.
    pub(super) fn price(&self, from: u16, to: u16) -> Option<i64> {
        let Pair([price, _]) = self.pair(from, to);
        (price != NO_ARC).then(|| i64::from(price).wrapping_sub(2))
    }

    /// Whether an arc lies on a shortest way: its price is the difference of distances.
    pub(super) fn is_shortest(&self, from: u16, to: u16) -> bool {
        let way = self.price(from, to).map(|price| self.roster.load(from).distance.wrapping_add(price));
        way == Some(self.roster.load(to).distance)
    }

    /// Leaves only arcs on shortest ways.
    pub(super) fn keep_shortest(&mut self) {
        for from in servers(self.roster.loads.len()) {
            let mut arc = self.arc_from(from, 0);
            while let Some(to) = arc {
                self.set_arc(from, to, self.is_shortest(from, to));
                arc = self.arc_from(from, to.saturating_add(1));
            }
        }
    }

    /// Lists all witnesses, and sets prices.
    pub(super) fn list_with_prices(&mut self) {
        self.list_for(Arcs::Shortest);
        self.set_prices();
    }
}

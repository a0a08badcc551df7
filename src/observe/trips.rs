//! Tallies of the flows, or crossings, that one site meets: few of the network's, so no list has a place for each.

use super::TripTally;

/// Tallies by flow or crossing, of those alone that were met.
#[derive(Clone, Debug, Default)]
pub struct Trips {
    /// Numbers of flows or crossings, rising.
    met: Vec<u16>,
    /// As above.
    tallies: Vec<TripTally>,
}

impl Trips {
    /// The tally of a flow or crossing, begun where there is none.
    #[inline]
    pub fn of(&mut self, number: u16) -> &mut TripTally {
        let place = match self.met.binary_search(&number) {
            Ok(place) => place,
            Err(place) => self.meet(place, number),
        };
        &mut self.tallies[place]
    }

    #[cold]
    fn meet(&mut self, place: usize, number: u16) -> usize {
        self.met.insert(place, number);
        self.tallies.insert(place, TripTally::default());
        place
    }

    /// Each that was met with its number, in their order.
    pub fn numbered(&self) -> impl Iterator<Item = (usize, &TripTally)> {
        self.met.iter().map(|n| usize::from(*n)).zip(&self.tallies)
    }
}

impl<'a> IntoIterator for &'a Trips {
    type Item = &'a TripTally;
    type IntoIter = std::slice::Iter<'a, TripTally>;

    fn into_iter(self) -> Self::IntoIter {
        self.tallies.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_own_tally_whatever_the_order_in_which_they_are_met() {
        let mut trips = Trips::default();
        for number in [7u16, 3, 7, 65_535, 0, 3, 7] {
            trips.of(number).began += u64::from(number) + 1;
        }
        let found: Vec<(usize, u64)> = trips
            .numbered()
            .map(|(n, tally)| (n, tally.began))
            .collect();
        assert_eq!(found, [(0, 1), (3, 8), (7, 24), (65_535, 65_536)]);
    }
}

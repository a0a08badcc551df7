//! Cooperation over time: for each scope, the three levels as step functions.

use crate::scenario::Cooperation;
use crate::terms::{Mechanism, Named, Scope};
use crate::time::Time;

/// A scope's position in `Network::levels`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ScopeId(pub u16);

impl ScopeId {
    /// The position.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Levels of one scope over time.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelCurve {
    /// Between whom.
    pub scope: Scope,
    /// Levels from each instant, in the order of [`Mechanism::ALL`]; the first instant is [`Time::ZERO`].
    pub from: Vec<(Time, [f64; 3])>,
}

impl LevelCurve {
    /// The curve of `scope`: the highest of the agreements in force at each instant (semantics section 6).
    pub fn compile(cooperation: &Cooperation, scope: Scope) -> Self {
        let mut instants = vec![Time::ZERO];
        for agreement in cooperation.agreements.iter().filter(|a| a.scope == scope) {
            instants.push(agreement.from);
            if agreement.until < Time::MAX {
                instants.push(agreement.until);
            }
        }
        instants.sort();
        instants.dedup();
        let mut from: Vec<(Time, [f64; 3])> = Vec::new();
        for at in instants {
            let mut levels = [0.0; 3];
            for (level, mechanism) in levels.iter_mut().zip(Mechanism::ALL) {
                *level = cooperation.level(*mechanism, scope, at);
            }
            if from.last().is_none_or(|(_, last)| *last != levels) {
                from.push((at, levels));
            }
        }
        LevelCurve { scope, from }
    }

    /// True where the level of `mechanism` is always zero.
    pub fn never(&self, mechanism: Mechanism) -> bool {
        let levels = self.from.iter().map(|(_, levels)| levels);
        levels.fold(0.0, |most, level| level[mechanism as usize].max(most)) <= 0.0
    }

    /// The level of `mechanism` at `at`.
    pub fn at(&self, mechanism: Mechanism, at: Time) -> f64 {
        let levels = self
            .from
            .iter()
            .rev()
            .find(|(from, _)| *from <= at)
            .map_or([0.0; 3], |(_, levels)| *levels);
        levels[mechanism as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Agreement;
    use crate::terms::{Country, Levels};
    use crate::time::Span;

    #[test]
    fn the_highest_agreement_in_force_counts_and_none_is_zero() {
        let scope = Scope::Within(Country::new("CN").expect("CN is a country code"));
        let agreement = |from, until, information| Agreement {
            scope,
            from: Time::from_ms(from),
            until: Time::from_ms(until),
            levels: Levels {
                information: Some(information),
                ..Levels::default()
            },
        };
        let cooperation = Cooperation {
            agreements: vec![
                agreement(10, 100, 0.5),
                agreement(20, 30, 0.9),
                agreement(25, 60, 0.2),
            ],
            data_delay: Span::from_ms(1),
            sent_at: Default::default(),
        };
        let curve = LevelCurve::compile(&cooperation, scope);
        let level = |t| curve.at(Mechanism::Information, Time::from_ms(t));
        assert_eq!(
            [
                level(0),
                level(10),
                level(20),
                level(29),
                level(30),
                level(99),
                level(100)
            ],
            [0.0, 0.5, 0.9, 0.9, 0.5, 0.5, 0.0]
        );
        assert_eq!(curve.at(Mechanism::Recognition, Time::from_ms(25)), 0.0);
    }
}

//! Candidate interventions: what they cost, and which cannot be combined. What they change is applied when a study is
//! loaded with design points.

use crate::time::Span;

/// A candidate intervention.
#[derive(Clone, Debug, PartialEq)]
pub struct Intervention {
    /// Name.
    pub name: String,
    /// Title for tables.
    pub title: String,
    /// What it costs once, in US dollars, where stated.
    pub capital: Option<f64>,
    /// How long that lasts; stated where there is a capital cost above 0.
    pub life: Option<Span>,
    /// What it costs a year, in US dollars, where stated.
    pub yearly: Option<f64>,
    /// Who pays, where stated.
    pub payer: Option<String>,
    /// The measure that it is a part of, where stated.
    pub group: Option<String>,
    /// Earlier interventions that it cannot be combined with, as positions, and why.
    pub conflicts: Vec<(usize, String)>,
}

/// Days in a year of money and of demand: those of the units.
const DAYS_PER_YEAR: f64 = 365.0;

impl Intervention {
    /// US dollars a year: the capital cost spread over its life, and the yearly cost. Without a discount rate a year
    /// bears its part of the life; at the rate r the capital is an annuity, C r / (1 - (1 + r)^-n) over n years
    /// (the capital recovery factor). `None` where no cost is stated: that is not free.
    pub fn cost_a_year(&self, discount: f64) -> Option<f64> {
        let capital = self.capital.map(|capital| {
            let years = self
                .life
                .map_or(1.0, |life| life.hours() / 24.0 / DAYS_PER_YEAR);
            match discount > 0.0 {
                true => capital * discount / (1.0 - libm::pow(1.0 + discount, -years)),
                false => capital / years,
            }
        });
        match (capital, self.yearly) {
            (None, None) => None,
            (capital, yearly) => Some(capital.unwrap_or(0.0) + yearly.unwrap_or(0.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(capital: Option<f64>, years: f64, yearly: Option<f64>) -> Intervention {
        Intervention {
            name: "yard".to_owned(),
            title: "Yard".to_owned(),
            capital,
            life: Some(Span::from_hours(24.0 * 365.0 * years)),
            yearly,
            payer: None,
            group: None,
            conflicts: Vec::new(),
        }
    }

    #[test]
    fn capital_is_spread_over_its_life() {
        assert_eq!(
            costs(Some(1e6), 10.0, Some(5e4)).cost_a_year(0.0),
            Some(150_000.0)
        );
        assert_eq!(costs(None, 10.0, None).cost_a_year(0.0), None);
        assert_eq!(costs(None, 10.0, Some(7.0)).cost_a_year(0.0), Some(7.0));
    }

    #[test]
    fn at_a_discount_rate_it_is_an_annuity() {
        // 1,000,000 over 10 years at 5 %: 129,504.57 a year, from tables of the capital recovery factor.
        let found = costs(Some(1e6), 10.0, None).cost_a_year(0.05);
        assert!(found.is_some_and(|cost| (cost - 129_504.57).abs() < 0.01));
    }
}

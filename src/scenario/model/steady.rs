//! Whether a scenario can settle: what in it keeps changing.

use super::{DemandSource, Scenario};
use crate::time::Time;

impl Scenario {
    /// What keeps the scenario from a steady state, in words; `None` where nothing does. Hours of the day and days of
    /// the week come round within the bins that a steady state is looked for in, and do not count.
    pub fn unsteady(&self) -> Option<String> {
        if !self.backlog.is_empty() {
            return Some("a backlog at the start".to_owned());
        }
        if let Some(reform) = self.reforms.iter().find(|r| r.from > Time::ZERO) {
            return Some(format!("reform `{}`, which comes in between", reform.name));
        }
        if let Some(shock) = self.shocks.first() {
            return Some(format!("shock `{}`", shock.name));
        }
        let agreements = &self.cooperation.agreements;
        if agreements
            .iter()
            .any(|a| a.from > Time::ZERO || a.until < Time::MAX)
        {
            return Some("an agreement that begins or ends in between".to_owned());
        }
        let closed = |closures: &super::Closures| *closures != super::Closures::default();
        if let Some(site) = self.sites.iter().find(|s| closed(&s.closures)) {
            return Some(format!("the closures of site `{}`", site.name));
        }
        if let Some(link) = self.links.iter().find(|l| closed(&l.closures)) {
            return Some(format!("the closures of link `{}`", link.name));
        }
        self.flows.iter().find_map(|flow| {
            let pattern = &flow.pattern;
            let why = if pattern.months.is_some() {
                "the seasons"
            } else if pattern.growth != 0.0 {
                "the growth"
            } else if matches!(pattern.source, DemandSource::Recorded(_)) {
                "the recorded arrivals"
            } else {
                return None;
            };
            Some(format!("{why} of flow `{}`", flow.name))
        })
    }
}

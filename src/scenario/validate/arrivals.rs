//! What must hold of arrivals that vary.

use super::Faults;
use super::parts::{is_amount, is_law, is_share};
use crate::scenario::model::{Burst, DemandSource, Flow, Scenario};

pub(super) fn check(faults: &mut Faults, flow: &Flow, scenario: &Scenario) {
    let (name, pattern) = (flow.name.as_str(), &flow.pattern);
    let rates = |rates: Option<&[f64]>| {
        rates.is_none_or(|r| r.iter().all(|rate| is_amount(*rate)) && r.iter().any(|r| *r > 0.0))
    };
    let seasons = rates(flow.hours.as_ref().map(|r| &r[..]))
        && rates(pattern.months.as_ref().map(|r| &r[..]))
        && rates(pattern.weekdays.as_ref().map(|r| &r[..]));
    faults.unless(seasons, name, "a profile that cannot be");
    faults.unless(
        pattern.growth > -1.0 && pattern.growth <= 1.0,
        name,
        "growth is not above -1 and at most 1 a year",
    );
    if let Some(burst) = &pattern.burst {
        let size = is_law(&burst.size) && burst.size.mean() <= f64::from(Burst::MOST);
        let spacing = burst.spacing.as_ref().is_none_or(is_law);
        faults.unless(size && spacing, name, "bursts that cannot be");
        faults.unless(flow.group == 1, name, "both a group and bursts");
    }
    match &pattern.source {
        DemandSource::Volume => {}
        DemandSource::Recorded(arrivals) => {
            let known = |a: &crate::scenario::model::RecordedArrival| {
                a.commodity
                    .is_none_or(|id| id.index() < scenario.commodities.len())
            };
            let right = arrivals.iter().all(|a| a.consignments > 0 && known(a))
                && arrivals.windows(2).all(|pair| pair[0].at <= pair[1].at);
            faults.unless(
                right && !arrivals.is_empty(),
                name,
                "recorded arrivals that cannot be",
            );
        }
        DemandSource::After(after) => {
            let other = scenario.flows.get(after.flow.index());
            let joined = other.is_some_and(|other| other.to == flow.from);
            faults.unless(
                joined && is_share(after.share) && is_law(&after.delay),
                name,
                "empties of a flow that does not end where they start",
            );
            let (mut next, mut steps) = (flow, 0);
            while let DemandSource::After(after) = &next.pattern.source {
                let Some(other) = scenario.flows.get(after.flow.index()) else {
                    break;
                };
                (next, steps) = (other, steps + 1);
                if steps > scenario.flows.len() {
                    faults.unless(false, name, "empties that come of themselves");
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::random::LawSpec;
    use crate::scenario::load::from_str;
    use crate::scenario::model::{BackHaul, DemandSource};
    use crate::scenario::source::NoFiles;
    use crate::terms::FlowId;

    #[test]
    fn what_was_built_wrongly_is_named() {
        let text = include_str!("../template.toml");
        let study = from_str("template.toml", text, &NoFiles)
            .expect("the template loads")
            .study;
        let faults = |change: &dyn Fn(&mut crate::scenario::model::Flow)| {
            let mut study = study.clone();
            change(&mut study.variants[0].scenario.flows[0]);
            study.validate().expect_err("a fault").join("; ")
        };
        let found = faults(&|flow| flow.pattern.growth = 2.0);
        assert!(found.ends_with("growth is not above -1 and at most 1 a year"));
        let found = faults(&|flow| flow.pattern.weekdays = Some([0.0; 7]));
        assert!(found.contains("a profile that cannot be"));
        let found = faults(&|flow| flow.pattern.source = DemandSource::Recorded(Vec::new()));
        assert!(found.ends_with("recorded arrivals that cannot be"));
        let of_itself = faults(&|flow| {
            flow.pattern.source = DemandSource::After(BackHaul {
                flow: FlowId(0),
                share: 1.0,
                delay: LawSpec::Constant(1.0),
            });
        });
        assert!(of_itself.contains("empties that come of themselves"));
    }
}

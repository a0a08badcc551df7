//! Arrivals that vary: seasons, growth, bursts, recorded times, back-haul.

use super::names::Lists;
use super::{items, recorded};
use crate::scenario::document::{Document, FlowDoc};
use crate::scenario::model::{
    ArrivalPattern, BackHaul, Burst, DemandSource, Experiment, Flow, RecordedArrival, Site,
};
use crate::scenario::read::Reader;
use crate::scenario::source::Spot;
use crate::terms::FlowId;
use crate::time::MS_PER_DAY;

/// How the arrivals of a flow that starts at `from`, which states a time zone where `zoned`, differ from a steady
/// stream of its volume.
pub fn pattern(
    reader: &mut Reader<'_, '_>,
    doc: &FlowDoc,
    lists: &Lists,
    (from, zoned): (Option<&Site>, bool),
    group: u32,
    experiment: &Experiment,
) -> ArrivalPattern {
    if let (Some(spot), false) = (doc.group.spot(), doc.burst.is_absent()) {
        let remedy = "keep one: `group` is a burst of one size whose consignments come at once";
        reader.error(spot, "this flow has both a `group` and a `burst`", remedy);
    }
    let source = match (doc.recorded.placed(), doc.after.placed()) {
        (Some((file, spot)), after) => {
            if let Some((_, spot)) = after {
                let message = "this flow has both `recorded` arrivals and another flow's ends";
                reader.error(spot, message, "keep one of `recorded` and `after`");
            }
            let times = "the recorded times say when consignments come";
            refuse(reader, doc, times, doc.after.is_absent());
            let zone = from.filter(|_| zoned);
            let read = recorded::Recorded {
                lists,
                zone: zone.map(|site| site.time_zone.as_str()),
                site: from.map_or("", |site| site.name.as_str()),
                group,
                experiment,
                needs_commodity: doc.commodities.is_absent() && lists.commodities.all().len() > 1,
            };
            DemandSource::Recorded(read.arrivals(reader, &file.0, spot))
        }
        (None, Some((after, _))) => {
            refuse(
                reader,
                doc,
                "the other flow's journeys say when empties start",
                true,
            );
            if let Some(spot) = doc.group.spot() {
                let remedy = "leave it out: one vehicle starts again where one consignment arrived";
                reader.error(spot, "empties come one by one", remedy);
            }
            let flow = lists.flows.field(reader, &after.flow);
            match (flow, after.delay.get()) {
                (Some(flow), Some(delay)) => DemandSource::After(BackHaul {
                    flow: FlowId::from(flow),
                    share: after.share.get().map_or(1.0, |share| share.0),
                    delay: delay.0.clone(),
                }),
                _ => DemandSource::After(BackHaul {
                    flow: FlowId(u16::MAX),
                    share: 0.0,
                    delay: crate::random::LawSpec::Constant(1.0),
                }),
            }
        }
        // A source that could not be read is still one: no volume is asked for.
        (None, None) if doc.recorded.is_absent() && doc.after.is_absent() => DemandSource::Volume,
        (None, None) => DemandSource::Recorded(Vec::new()),
    };
    let burst = doc.burst.get().and_then(|burst| {
        Some(Burst {
            size: burst.size.get()?.0.clone(),
            spacing: burst.spacing.get().map(|law| law.0.clone()),
        })
    });
    if let (Some((doc, spot)), Some(burst)) = (doc.burst.placed(), &burst)
        && burst.size.mean() > f64::from(Burst::MOST)
    {
        let message = format!("a burst brings at most {} consignments", Burst::MOST);
        let remedy = "state more bursts of fewer consignments";
        reader.error(doc.size.spot().unwrap_or(spot), message, remedy);
    }
    ArrivalPattern {
        source,
        months: doc.months.get().map(|profile| profile.0),
        weekdays: doc.weekdays.get().map(|profile| profile.0),
        growth: doc.growth.get().map_or(0.0, |growth| growth.0),
        burst,
    }
}

/// Refuses what is said of the rate where something else says when consignments come.
fn refuse(reader: &mut Reader<'_, '_>, doc: &FlowDoc, why: &str, with_volume: bool) {
    let fields: [(Option<Spot>, &str); 7] = [
        (doc.volume.spot().filter(|_| with_volume), "volume"),
        (doc.arrivals.spot(), "arrivals"),
        (doc.hours.spot(), "hours"),
        (doc.weekdays.spot(), "weekdays"),
        (doc.months.spot(), "months"),
        (doc.growth.spot(), "growth"),
        (doc.burst.spot(), "burst"),
    ];
    for (spot, name) in fields {
        if let Some(spot) = spot {
            let message = format!("`{name}` has no meaning here: {why}");
            reader.error(spot, message, format!("leave `{name}` out"));
        }
    }
}

/// Consignments a day until the horizon.
pub fn recorded_per_day(arrivals: &[RecordedArrival], experiment: &Experiment) -> f64 {
    let within = arrivals.iter().filter(|a| a.at <= experiment.horizon);
    let count: u64 = within.map(|a| u64::from(a.consignments)).sum();
    count as f64 * MS_PER_DAY as f64 / experiment.horizon.ms().max(1) as f64
}

/// Checks that flows of empties start where the other flow ends and end somewhere, and reckons their volume.
pub fn after(reader: &mut Reader<'_, '_>, document: &Document, flows: &mut [Flow]) {
    let docs = items(&document.flows);
    let before: Vec<Option<(usize, f64)>> = flows
        .iter()
        .map(|flow| match &flow.pattern.source {
            DemandSource::After(after) => Some((after.flow.index(), after.share)),
            _ => None,
        })
        .collect();
    for at in 0..flows.len() {
        let Some((other, _)) = before[at] else {
            continue;
        };
        let spot = docs[at].1.after.get().and_then(|doc| doc.flow.spot());
        let (Some(spot), true) = (spot, other < flows.len()) else {
            continue;
        };
        let (first, last) = (docs[at].1.from.get(), docs[other].1.to.get());
        if let (Some(first), Some(last)) = (first, last)
            && first.0 != last.0
        {
            let message = format!(
                "flow `{}` ends at `{}`, and its empties start at `{}`",
                flows[other].name, last.0, first.0
            );
            reader.error(spot, message, format!("write from = \"{}\"", last.0));
        }
        // The volume of empties of empties: follow them back to goods that come by themselves.
        let (mut per_day, mut next, mut met) = (1.0, at, Vec::new());
        while let Some((other, share)) = before.get(next).copied().flatten() {
            if met.contains(&next) {
                break;
            }
            met.push(next);
            per_day *= share;
            next = other;
        }
        if next == at {
            let names: Vec<&str> = met.iter().map(|n| flows[*n].name.as_str()).collect();
            let message = format!(
                "these empties come of themselves: {} after {}",
                names.join(" after "),
                flows[at].name
            );
            let remedy = "let one of the flows have a volume, or recorded arrivals";
            reader.error(spot, message, remedy);
        } else if let Some(first) = flows.get(next) {
            per_day *= first.per_day;
        }
        flows[at].per_day = per_day;
        flows[at].envelope_per_day = per_day;
    }
}

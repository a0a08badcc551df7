//! Flows.

use super::drivers::drivers;
use super::names::Lists;
use super::{arrivals, items, spot_or};
use crate::scenario::document::{By, Document, FlowDoc, RoutesDoc};
use crate::scenario::model::{
    Arrivals, DemandSource, Experiment, Flow, Formation, RouteChoice, RouteCost, Service, Site,
};
use crate::scenario::read::{Field, Reader};
use crate::terms::{CommodityId, Country, ServiceId, SiteId};

/// The flows. Envelopes are set once every variant is known.
pub fn flows(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    lists: &Lists,
    sites: &[Site],
    services: &[Service],
    commodities: usize,
    experiment: &Experiment,
) -> Vec<Flow> {
    let mut flows = Vec::new();
    for (key, doc) in items(&document.flows) {
        let from = lists.sites.field(reader, &doc.from);
        let to = lists.sites.field(reader, &doc.to);
        if let (Some(from), Some(to)) = (from, to)
            && from == to
        {
            reader.error(
                spot_or(&doc.to, doc.spot),
                "this flow ends where it starts",
                "name another site",
            );
        }
        let service = lists.services.field(reader, &doc.service);
        let containers = positive(reader, &doc.containers, "containers");
        let group = positive(reader, &doc.group, "consignments per arrival");
        let country = from.map_or_else(
            || Country::new("ZZ").expect("two capitals are a code"),
            |at| sites[at].country,
        );
        if let Some(from) = from
            && items(&document.sites)[from].1.time_zone.is_absent()
        {
            for (spot, part) in [
                (doc.hours.spot(), "hour"),
                (doc.weekdays.spot(), "day of the week"),
                (doc.months.spot(), "month"),
            ] {
                let Some(spot) = spot else { continue };
                let site = &sites[from].name;
                let message =
                    format!("these rates are by local {part}, but site `{site}` has no time zone");
                reader.error(spot, message, "state the site's time_zone");
            }
        }
        let zoned = from.is_some_and(|from| !items(&document.sites)[from].1.time_zone.is_absent());
        let first = (from.map(|at| &sites[at]), zoned);
        let pattern = arrivals::pattern(reader, doc, lists, first, group, experiment);
        let per_day = match &pattern.source {
            DemandSource::Volume => {
                per_day(reader, doc, service.map(|at| &services[at]), containers)
            }
            DemandSource::Recorded(arrivals) => arrivals::recorded_per_day(arrivals, experiment),
            // Known once all flows are.
            DemandSource::After(_) => 0.0,
        };
        let commodity_recorded = matches!(&pattern.source, DemandSource::Recorded(arrivals)
            if arrivals.is_empty() || arrivals.iter().any(|arrival| arrival.commodity.is_some()));
        let teu = match doc.teu.placed() {
            Some((teu, spot)) => {
                if teu.0 == 0.0 {
                    reader.error(
                        spot,
                        "a consignment of 0 TEU",
                        "state its size, such as 2 for a forty-foot container",
                    );
                }
                teu.0
            }
            None => 2.0 * f64::from(containers),
        };
        flows.push(Flow {
            name: key.name.clone(),
            from: SiteId::from(from.unwrap_or(0)),
            to: SiteId::from(to.unwrap_or(0)),
            per_day,
            envelope_per_day: per_day,
            arrivals: doc.arrivals.get().map_or(Arrivals::Poisson, |word| word.0),
            group,
            hours: doc.hours.get().map(|profile| profile.0),
            pattern,
            trader: doc.trader.get().map_or(country, |country| country.0),
            aeo_share: doc.aeo_share.get().map_or(0.0, |share| share.0),
            commodities: mix(reader, doc, lists, commodities, commodity_recorded),
            teu,
            tonnes: tonnes(reader, doc, teu),
            containers,
            service: service.map(ServiceId::from),
            routes: routes(reader, &doc.routes, lists),
            direction: doc.direction.get().map(|text| text.0.clone()),
            drivers: drivers(reader, doc),
        });
    }
    arrivals::after(reader, document, &mut flows);
    flows
}

/// Tonnes of cargo of a loaded TEU where a scenario states none. Source: IMO, Guidelines for voluntary use of the ship
/// energy efficiency operational indicator, MEPC.1/Circ.684 (2009): "a TEU mass of 10 t could be applied".
const TONNES_PER_TEU: f64 = 10.0;

/// Tonnes of cargo per consignment.
fn tonnes(reader: &mut Reader<'_, '_>, doc: &FlowDoc, teu: f64) -> f64 {
    let Some((tonnes, spot)) = doc.tonnes.placed() else {
        return TONNES_PER_TEU * teu;
    };
    if tonnes.0 == 0.0 {
        let remedy =
            "state its cargo's mass; a flow of empties has that of what it carries, such as 0.1";
        reader.error(spot, "a consignment of 0 t", remedy);
    }
    tonnes.0
}

/// A count of at least 1; default 1.
pub(super) fn positive(
    reader: &mut Reader<'_, '_>,
    field: &Field<crate::scenario::leaf::Count>,
    what: &str,
) -> u32 {
    let Some((count, spot)) = field.placed() else {
        return 1;
    };
    if count.0 == 0 {
        reader.error(spot, format!("no {what} at all"), "state at least 1");
    }
    count.0.max(1)
}

/// Consignments a day.
fn per_day(
    reader: &mut Reader<'_, '_>,
    doc: &FlowDoc,
    service: Option<&Service>,
    containers: u32,
) -> f64 {
    let Some((rate, spot)) = doc.volume.placed() else {
        if doc.volume.is_absent() {
            let remedy = "add `volume`: Volume: trains and vessels count the service's size, trucks and consignments one \
                          each.";
            reader.error(doc.spot, "this flow has no `volume`", remedy);
        }
        return 1.0;
    };
    if rate.per_day <= 0.0 {
        reader.error(
            spot,
            "a flow without volume",
            "state a rate above 0, or leave the flow out",
        );
        return 1.0;
    }
    match rate.counted {
        "consignment" | "truck" => rate.per_day,
        "container" => rate.per_day / f64::from(containers),
        "train" | "vessel" => match service.map(|service| service.formation) {
            Some(Formation::Size { size, .. }) => rate.per_day * f64::from(size),
            Some(Formation::Timetable { .. }) => {
                let message =
                    "the volume counts trains or vessels, but the service runs to a timetable";
                reader.error(spot, message, "state the volume in consignments/day");
                rate.per_day
            }
            None => {
                if doc.service.is_absent() {
                    let message =
                        "the volume counts trains or vessels, but the flow has no service";
                    reader.error(spot, message, "name a `service`, or state consignments/day");
                }
                rate.per_day
            }
        },
        other => {
            let message = match other {
                "" => "this volume does not say what it counts".to_owned(),
                other => format!("a flow is no number of {other}s"),
            };
            reader.error(
                spot,
                message,
                "write trucks/day, consignments/day, containers/day, trains/day or vessels/day",
            );
            rate.per_day
        }
    }
}

/// The commodity mix, in the commodities' order; none is needed where the commodities are `recorded`.
fn mix(
    reader: &mut Reader<'_, '_>,
    doc: &FlowDoc,
    lists: &Lists,
    commodities: usize,
    recorded: bool,
) -> Vec<(CommodityId, f64)> {
    let Some((map, spot)) = doc.commodities.placed() else {
        if commodities > 1 && doc.commodities.is_absent() && !recorded {
            let remedy = "write commodities = { general = 0.9, fresh = 0.1 }";
            reader.error(
                doc.spot,
                "this flow does not say which commodities it carries",
                remedy,
            );
        }
        return vec![(CommodityId(0), 1.0)];
    };
    let (mut mix, mut complete) = (Vec::new(), true);
    for (key, share) in &map.0 {
        let commodity = lists.commodities.find(reader, &key.name, key.spot);
        match (commodity, share.0.get()) {
            (Some(commodity), Some(share)) => mix.push((CommodityId::from(commodity), share.0)),
            _ => complete = false,
        }
    }
    let sum: f64 = mix.iter().map(|(_, share)| share).sum();
    if complete && (sum - 1.0).abs() > 1e-6 {
        reader.error(
            spot,
            format!("the commodity shares add up to {sum}, not 1"),
            "",
        );
    }
    mix.sort_by_key(|(commodity, _)| *commodity);
    mix
}

fn routes(reader: &mut Reader<'_, '_>, field: &Field<RoutesDoc>, lists: &Lists) -> RouteChoice {
    let default = RouteChoice {
        by: RouteCost::Time,
        alternatives: 1,
        logit_scale: 0.1,
        via: Vec::new(),
        modes: Vec::new(),
    };
    let Some(doc) = field.get() else {
        return default;
    };
    let by = match (
        doc.by.get().copied().unwrap_or(By::Time),
        &doc.value_of_time,
    ) {
        (By::Generalised, Field::Is(value, _)) => RouteCost::Generalised(value.0),
        (By::Generalised, Field::Absent) => {
            let remedy = "write value_of_time = \"2 USD/h\"";
            reader.error(
                spot_or(&doc.by, doc.spot),
                "a generalised cost needs a value of time",
                remedy,
            );
            RouteCost::Time
        }
        (by, value) => {
            if let Field::Is(_, spot) = value
                && !matches!(doc.by, Field::Bad(_))
            {
                reader.error(
                    *spot,
                    "this value of time is not used",
                    "write by = \"generalised\", or leave it out",
                );
            }
            if by == By::Cost {
                RouteCost::Money
            } else {
                RouteCost::Time
            }
        }
    };
    let alternatives = positive(reader, &doc.alternatives, "routes");
    if let Some((_, spot)) = doc.alternatives.placed()
        && alternatives > 100
    {
        reader.error(
            spot,
            format!("{alternatives} alternative routes are more than 100"),
            "",
        );
    }
    let via = doc.via.get().map_or(&[][..], |list| list.items.as_slice());
    let via = via
        .iter()
        .filter_map(|(name, spot)| lists.sites.find(reader, &name.0, *spot))
        .map(SiteId::from)
        .collect();
    RouteChoice {
        by,
        alternatives,
        logit_scale: doc
            .logit_scale
            .get()
            .map_or(default.logit_scale, |number| number.0),
        via,
        modes: doc.modes.get().map_or(Vec::new(), |list| {
            list.items.iter().map(|(word, _)| word.0).collect()
        }),
    }
}

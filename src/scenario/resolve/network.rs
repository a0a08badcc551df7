//! Agencies, commodities, sites and links.

use super::names::{GENERAL, Lists};
use super::timetable::timetable;
use super::{items, spot_or, yard};
use crate::random::LawSpec;
use crate::scenario::document::{Document, LinkDoc};
use crate::scenario::law::mean_of;
use crate::scenario::leaf::Text;
use crate::scenario::model::{Agency, Closures, Commodity, Link, ProcedureUse, Site};
use crate::scenario::read::{Field, Reader};
use crate::scenario::source::Spot;
use crate::terms::{
    ActorKind, CommodityId, Country, Mode, Named, ProcedureId, Regime, Role, SiteId, SiteKind, Tier,
};
use crate::time::Span;

/// The title in `field`, else `name`.
fn title(field: &Field<Text>, name: &str) -> String {
    field
        .get()
        .map_or_else(|| name.to_owned(), |text| text.0.clone())
}

/// The agencies, in the order of `lists`.
pub fn agencies(document: &Document, lists: &Lists) -> Vec<Agency> {
    let declared = items(&document.agencies);
    let actor = |name: &String| {
        let doc = declared
            .iter()
            .find(|(key, _)| key.name == *name)
            .map(|(_, doc)| doc);
        let kind = doc.and_then(|doc| doc.kind.get()).map(|word| word.0);
        let title = match doc {
            Some(doc) => title(&doc.title, name),
            None => name[..1].to_uppercase() + &name[1..],
        };
        let kind = kind
            .or(ActorKind::from_name(name))
            .unwrap_or(ActorKind::Authority);
        Agency {
            name: name.clone(),
            title,
            kind,
        }
    };
    lists.agencies.all().iter().map(actor).collect()
}

/// The commodities; one, `general`, where none is declared.
pub fn commodities(reader: &mut Reader<'_, '_>, document: &Document) -> Vec<Commodity> {
    let declared = items(&document.commodities);
    if declared.is_empty() {
        return vec![Commodity {
            name: GENERAL.to_owned(),
            value_per_teu: 0.0,
            perishable: false,
            perishes_after: None,
        }];
    }
    for (_, doc) in declared {
        let Some((after, spot)) = doc.perishes_after.placed() else {
            continue;
        };
        if after.0 < 1.0 {
            let remedy = "state how long it keeps, such as \"6 d\"";
            reader.error(
                spot,
                "this commodity has perished before it sets out",
                remedy,
            );
        }
        if doc.perishable.get().is_some_and(|flag| !flag.0) {
            let message = "this commodity perishes, but `perishable` is false";
            reader.error(spot, message, "leave one of the two out");
        }
    }
    let commodity = |(key, doc): &(
        crate::scenario::tree::Key,
        crate::scenario::document::CommodityDoc,
    )| Commodity {
        name: key.name.clone(),
        value_per_teu: doc.value.get().map_or(0.0, |money| money.0),
        perishable: doc
            .perishable
            .get()
            .map_or(!doc.perishes_after.is_absent(), |flag| flag.0),
        perishes_after: doc
            .perishes_after
            .get()
            .map(|after| Span::from_ms_f64(after.0)),
    };
    declared.iter().map(commodity).collect()
}

/// The sites, without their desks, and each site's own regime.
pub fn sites(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    lists: &Lists,
) -> (Vec<Site>, Vec<Option<Regime>>) {
    let nowhere = Country::new("ZZ").expect("two capitals are a country code");
    let (mut sites, mut regimes) = (Vec::new(), Vec::new());
    for (key, doc) in items(&document.sites) {
        let country = doc.country.get().map_or(nowhere, |country| country.0);
        let kind = doc.kind.get().map_or(SiteKind::Hub, |word| word.0);
        if let (Some((code, spot)), Some(country)) = (doc.locode.placed(), doc.country.get())
            && !code.0.starts_with(country.0.code())
        {
            let message = format!(
                "UN/LOCODE `{}` is not of {}, this site's country",
                code.0, country.0
            );
            reader.error(spot, message, "one of the two is wrong");
        }
        let mut uses = Vec::new();
        for (lane, _) in doc
            .lanes
            .get()
            .map_or(&[][..], |list| list.items.as_slice())
        {
            let commodity = lists
                .commodities
                .field(reader, &lane.commodity)
                .map(CommodityId::from);
            for (role, field) in [
                (Role::Entry, &lane.entry),
                (Role::Exit, &lane.exit),
                (Role::Origin, &lane.origin),
                (Role::Destination, &lane.destination),
                (Role::Transit, &lane.transit),
            ] {
                if let (Some(procedure), Some(_)) =
                    (lists.procedures.field(reader, field), commodity)
                {
                    uses.push(ProcedureUse {
                        role,
                        commodity,
                        procedure: ProcedureId::from(procedure),
                    });
                }
            }
        }
        if let Some(table) = doc.procedures.get() {
            for (role, field) in [
                (Role::Entry, &table.entry),
                (Role::Exit, &table.exit),
                (Role::Origin, &table.origin),
                (Role::Destination, &table.destination),
                (Role::Transit, &table.transit),
            ] {
                if let Some(procedure) = lists.procedures.field(reader, field) {
                    uses.push(ProcedureUse {
                        role,
                        commodity: None,
                        procedure: ProcedureId::from(procedure),
                    });
                }
            }
        }
        let coast = if kind == SiteKind::Seaport {
            Tier::Coastal
        } else {
            Tier::Inland
        };
        let own = doc.regime.get().map(|word| word.0);
        regimes.push(own);
        sites.push(Site {
            name: key.name.clone(),
            title: title(&doc.title, &key.name),
            country,
            kind,
            tier: doc.tier.get().map_or(coast, |word| word.0),
            locode: doc.locode.get().map(|code| code.0.clone()),
            position: doc.position.get().map(|position| (position.0, position.1)),
            time_zone: doc
                .time_zone
                .get()
                .map_or_else(|| "UTC".to_owned(), |zone| zone.0.clone()),
            procedures: uses,
            regime: own.unwrap_or(Regime::Serial),
            desks: Vec::new(),
            expected_delay: doc
                .expected_delay
                .get()
                .map_or(Span::ZERO, |delay| Span::from_ms_f64(delay.0)),
            fee: doc.fee.get().map_or(0.0, |money| money.0),
            unofficial_share: doc.unofficial_share.get().map_or(0.0, |share| share.0),
            closures: Closures::default(),
            entry: None,
            yard: yard::yard(reader, &doc.yard),
        });
    }
    (sites, regimes)
}

/// The links; a two-way link gives two.
pub fn links(reader: &mut Reader<'_, '_>, document: &Document, lists: &Lists) -> Vec<Link> {
    let mut links = Vec::new();
    for (key, doc) in items(&document.links) {
        let ends = ends(reader, doc, lists);
        let transit = doc
            .transit
            .get()
            .map_or(LawSpec::Constant(1.0), |law| law.0.clone());
        let minimum = minimum(reader, doc, &transit);
        let timetable = timetable(reader, &doc.timetable);
        let Some((from, to, both)) = ends else {
            continue;
        };
        let link = Link {
            name: key.name.clone(),
            from,
            to,
            mode: doc.mode.get().map_or(Mode::Rail, |word| word.0),
            distance_km: doc.distance.get().map_or(0.0, |distance| distance.0),
            transit,
            minimum,
            timetable,
            cost_per_teu: doc.cost.get().map_or(0.0, |money| money.0),
            co2e_kg_per_teu_km: doc.co2e.get().map(|number| number.0),
            closures: Closures::default(),
        };
        let back = Link {
            name: format!("{}~back", key.name),
            from: to,
            to: from,
            ..link.clone()
        };
        links.push(link);
        if both {
            links.push(back);
        }
    }
    links
}

/// The ends of a link, and whether it is two-way.
fn ends(
    reader: &mut Reader<'_, '_>,
    doc: &LinkDoc,
    lists: &Lists,
) -> Option<(SiteId, SiteId, bool)> {
    let one_way = !doc.from.is_absent() || !doc.to.is_absent();
    if let Some(spot) = doc.between.spot() {
        if one_way {
            reader.error(
                spot,
                "this link has both `between` and `from`, `to`",
                "keep one: `between` is two-way",
            );
        }
        let (list, spot) = doc.between.placed()?;
        let found: Vec<_> = list
            .items
            .iter()
            .map(|(name, at)| lists.sites.find(reader, &name.0, *at))
            .collect();
        let [from, to] = found.as_slice() else {
            reader.error(
                spot,
                format!("a link joins two sites, not {}", found.len()),
                "write between = [\"a\", \"b\"]",
            );
            return None;
        };
        return distinct(reader, (*from)?, (*to)?, spot).map(|(from, to)| (from, to, true));
    }
    if doc.from.is_absent() || doc.to.is_absent() {
        let remedy = "write between = [\"a\", \"b\"], or both `from` and `to`";
        reader.error(
            doc.spot,
            "this link does not say which two sites it joins",
            remedy,
        );
    }
    let from = lists.sites.field(reader, &doc.from);
    let to = lists.sites.field(reader, &doc.to);
    distinct(reader, from?, to?, spot_or(&doc.to, doc.spot)).map(|(from, to)| (from, to, false))
}

fn distinct(
    reader: &mut Reader<'_, '_>,
    from: usize,
    to: usize,
    spot: Spot,
) -> Option<(SiteId, SiteId)> {
    if from == to {
        reader.error(
            spot,
            "this link leads back to its own site",
            "a link joins two sites",
        );
        return None;
    }
    Some((SiteId::from(from), SiteId::from(to)))
}

/// The least transit time: as stated, else 5 % of the mean.
fn minimum(reader: &mut Reader<'_, '_>, doc: &LinkDoc, transit: &LawSpec) -> Span {
    let mean = mean_of(transit);
    let Some((stated, spot)) = doc.minimum.placed() else {
        return Span::from_ms_f64(0.05 * mean).max(Span::TICK);
    };
    if stated.0 < 1.0 {
        reader.error(
            spot,
            "the least transit time is under 1 ms",
            "nothing arrives at the instant it leaves",
        );
    } else if doc.transit.get().is_some() && stated.0 > mean {
        reader.error(
            spot,
            "the least transit time is above the mean",
            "lower it, or correct the mean",
        );
    }
    Span::from_ms_f64(stated.0).max(Span::TICK)
}

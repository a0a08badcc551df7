//! Tokens: who keeps them, how many there are, where they are taken and given back.

use super::names::{Lists, Names};
use super::{items, spot_or};
use crate::scenario::collection::List;
use crate::scenario::document::{Document, ReturnedDoc, TokenDoc};
use crate::scenario::leaf::Text;
use crate::scenario::model::{Flow, Link, Procedure, Returned, Site, Supply, Token};
use crate::scenario::read::{Field, Reader};
use crate::scenario::source::Spot;
use crate::terms::{FlowId, LinkId, SiteId, TokenKind};
use crate::time::Span;

/// How long a message to or from a token's owner takes where nothing is said: assumed.
const NOTICE: Span = Span::from_ms(10_000);

/// The tokens.
pub fn tokens(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    lists: &Lists,
    sites: &[Site],
    links: &[Link],
    flows: &[Flow],
) -> Vec<Token> {
    let names = Names::new("link", links.iter().map(|link| link.name.clone()));
    let mut tokens = Vec::new();
    for (key, doc) in items(&document.tokens) {
        let owner = lists.sites.field(reader, &doc.owner).unwrap_or(0);
        let notice = doc.notice.placed().map_or(NOTICE, |(notice, spot)| {
            if notice.0 < 1.0 {
                reader.error(
                    spot,
                    "a notice takes at least 1 ms",
                    "state how long a message to the owner takes",
                );
            }
            Span::from_ms_f64(notice.0).max(Span::TICK)
        });
        let mut taken = named_links(reader, doc, &names);
        taken.extend(links_between(reader, doc, sites, links));
        taken.sort();
        taken.dedup();
        let token_flows = named_flows(reader, doc, lists, flows);
        let returned = returned(reader, doc, lists, &taken);
        tokens.push(Token {
            name: key.name.clone(),
            kind: doc.kind.get().map_or(TokenKind::Permit, |word| word.0),
            owner: SiteId::from(owner),
            supply: supply(reader, doc, key.spot),
            notice,
            links: taken,
            flows: token_flows,
            returned,
        });
    }
    tokens
}

fn supply(reader: &mut Reader<'_, '_>, doc: &TokenDoc, spot: Spot) -> Supply {
    let reissue = doc
        .reissue
        .get()
        .map_or(Span::ZERO, |time| Span::from_ms_f64(time.0));
    if let Some(at) = doc.per_year.spot() {
        if !doc.count.is_absent() {
            reader.error(
                at,
                "this token has both `count` and `per_year`",
                "keep one: a yearly quota, or a number that goes round",
            );
        } else if let Some(at) = doc.reissue.spot() {
            reader.error(
                at,
                "a yearly quota is not issued again",
                "leave `reissue` out: each is good for one journey",
            );
        }
    } else if doc.count.is_absent() {
        reader.error(
            spot,
            "this token does not say how many there are",
            "write count = 40 (they go round), or per_year = 5000 (a quota)",
        );
    }
    for field in [&doc.count, &doc.per_year] {
        if let Some((count, at)) = field.placed()
            && count.0 == 0
        {
            reader.error(
                at,
                "no token at all: nobody ever departs",
                "state at least 1",
            );
        }
    }
    match (doc.count.get(), doc.per_year.get()) {
        (None, Some(quota)) => Supply::Quota {
            per_year: quota.0.max(1),
        },
        (count, _) => Supply::Circulating {
            count: count.map_or(1, |count| count.0.max(1)),
            reissue,
        },
    }
}

fn named_links(reader: &mut Reader<'_, '_>, doc: &TokenDoc, names: &Names) -> Vec<LinkId> {
    let list = doc
        .links
        .get()
        .map_or(&[][..], |list| list.items.as_slice());
    empty(reader, &doc.links, "links");
    empty(reader, &doc.flows, "flows");
    list.iter()
        .filter_map(|(name, spot)| names.find(reader, &name.0, *spot))
        .map(LinkId::from)
        .collect()
}

/// Refuses an empty list, which says neither all nor none.
fn empty(reader: &mut Reader<'_, '_>, field: &Field<List<Text>>, what: &str) {
    if let Some((list, spot)) = field.placed()
        && list.written == 0
    {
        reader.error(
            spot,
            format!("`{what}` names none"),
            "leave it out, or name some",
        );
    }
}

fn links_between(
    reader: &mut Reader<'_, '_>,
    doc: &TokenDoc,
    sites: &[Site],
    links: &[Link],
) -> Vec<LinkId> {
    let Some((pair, spot)) = doc.between.placed() else {
        if let Some(spot) = doc.modes.spot() {
            reader.error(
                spot,
                "`modes` goes with `between`",
                "leave it out, or write between = [\"CN\", \"KZ\"]",
            );
        }
        return Vec::new();
    };
    let countries: Vec<_> = pair.items.iter().map(|(country, _)| country.0).collect();
    let [from, to] = countries[..] else {
        if pair.written != 2 {
            reader.error(
                spot,
                format!("`between` names two countries, not {}", pair.written),
                "write between = [\"CN\", \"KZ\"]: from the first to the second",
            );
        }
        return Vec::new();
    };
    let modes: Vec<_> = doc.modes.get().map_or_else(Vec::new, |list| {
        list.items.iter().map(|(word, _)| word.0).collect()
    });
    let country = |site: SiteId| sites[site.index()].country;
    let fits = |link: &Link| {
        (country(link.from), country(link.to)) == (from, to)
            && (modes.is_empty() || modes.contains(&link.mode))
    };
    let found: Vec<LinkId> = (0..links.len())
        .filter(|at| fits(&links[*at]))
        .map(LinkId::from)
        .collect();
    if found.is_empty() && !links.is_empty() {
        reader.error(
            spot,
            format!("no link of these modes leads from {from} to {to}"),
            "`between` counts links from the first country to the second",
        );
    }
    found
}

/// The flows that need it. Those of one service ride on the same trains: all of them need it, or none.
fn named_flows(
    reader: &mut Reader<'_, '_>,
    doc: &TokenDoc,
    lists: &Lists,
    flows: &[Flow],
) -> Vec<FlowId> {
    let Some(list) = doc.flows.get() else {
        return Vec::new();
    };
    let found: Vec<(usize, Spot)> = list
        .items
        .iter()
        .filter_map(|(name, spot)| Some((lists.flows.find(reader, &name.0, *spot)?, *spot)))
        .collect();
    for &(at, spot) in &found {
        let rides = |flow: &&Flow| {
            flow.service.is_some()
                && flow.service == flows[at].service
                && !found
                    .iter()
                    .any(|(other, _)| flows[*other].name == flow.name)
        };
        if let Some(other) = flows.iter().find(rides) {
            let message = format!(
                "flow `{}` rides on the same service as `{}`, which does not need this token",
                flows[at].name, other.name
            );
            reader.error(
                spot,
                message,
                "a train has one of it or none: name both flows, or neither",
            );
        }
    }
    found.into_iter().map(|(at, _)| FlowId::from(at)).collect()
}

fn returned(
    reader: &mut Reader<'_, '_>,
    doc: &TokenDoc,
    lists: &Lists,
    taken: &[LinkId],
) -> Returned {
    let Some((place, spot)) = doc.returned.placed() else {
        return Returned::Arrival;
    };
    if taken.is_empty() && doc.links.is_absent() && doc.between.is_absent() {
        reader.error(
            spot,
            "this token is taken over no link, and is given back where a step says so",
            "leave `returned` out, or state `links` or `between`",
        );
    } else if !doc.per_year.is_absent() {
        reader.error(
            spot,
            "a permit of a yearly quota is not given back",
            "leave `returned` out: each is good for one journey",
        );
    }
    match place {
        ReturnedDoc::Arrival => Returned::Arrival,
        ReturnedDoc::Departure => Returned::Departure,
        ReturnedDoc::Destination => Returned::Destination,
        ReturnedDoc::At(site, spot) => lists
            .sites
            .find(reader, site, *spot)
            .map_or(Returned::Destination, |site| {
                Returned::DepartureFrom(SiteId::from(site))
            }),
    }
}

/// Warns of tokens that nothing takes.
pub fn used(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    tokens: &[Token],
    procedures: &[Procedure],
) {
    for (at, ((key, doc), token)) in items(&document.tokens).iter().zip(tokens).enumerate() {
        let at_step = procedures
            .iter()
            .flat_map(|p| &p.steps)
            .any(|step| step.takes.iter().any(|t| t.index() == at));
        let over_links = !doc.links.is_absent() || !doc.between.is_absent();
        if !at_step && !over_links {
            reader.warn(
                key.spot,
                format!("nothing takes token `{}`", token.name),
                "state `links` or `between`, or name it in a step's `takes`",
            );
        }
        if !doc.flows.is_absent() && !over_links && !matches!(doc.flows, Field::Bad(_)) {
            reader.error(
                spot_or(&doc.flows, doc.spot),
                "`flows` says whose journeys over links need the token, and it names no links",
                "state `links` or `between`, or leave `flows` out",
            );
        }
    }
}

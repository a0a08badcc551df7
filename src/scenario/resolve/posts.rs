//! One-stop border posts: sites, agencies, and what a variant makes of them.

use super::names::Lists;
use super::{items, spot_or};
use crate::scenario::collection::List;
use crate::scenario::document::{Document, PostDoc};
use crate::scenario::leaf::Text;
use crate::scenario::model::{Link, Post, Procedure, Site, Variant};
use crate::scenario::read::Reader;
use crate::scenario::source::Spot;
use crate::scenario::validate::{PostPart, overlapping, pooled_and_merged, post_faults};
use crate::terms::{AgencyId, PostKind, Regime, SiteId};

/// The posts that can be read, with the regime that each states.
pub fn posts(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    lists: &Lists,
    sites: &[Site],
    links: &[Link],
    procedures: &[Procedure],
) -> Vec<(Post, Option<Regime>)> {
    let mut posts = Vec::new();
    for (key, doc) in items(&document.posts) {
        let between = sides(reader, doc, lists);
        let at = lists.sites.field(reader, &doc.at).map(SiteId::from);
        let (pool, spots) = pool(reader, doc, lists);
        let (Some(between), Some(kind)) = (between, doc.kind.get()) else {
            continue;
        };
        let own = doc.regime.get().map(|word| word.0);
        let post = Post {
            name: key.name.clone(),
            title: doc
                .title
                .get()
                .map_or_else(|| key.name.clone(), |text| text.0.clone()),
            between,
            kind: kind.0,
            at,
            regime: own.unwrap_or(Regime::Serial),
            joint_examination: doc.joint_examination.get().is_some_and(|flag| flag.0),
            pool,
        };
        let agency = |at: usize| lists.agencies.name(at).to_owned();
        let mut whole = true;
        // What could not be read is noted already, and would make more that is none.
        if (doc.at.is_absent() || at.is_some())
            && procedures.len() == items(&document.procedures).len()
        {
            for fault in post_faults(&post, sites, links, procedures, &agency) {
                let spot = match fault.part {
                    PostPart::Name => key.spot,
                    PostPart::Between => spot_or(&doc.between, key.spot),
                    PostPart::At => spot_or(&doc.at, key.spot),
                    PostPart::Regime => spot_or(&doc.regime, key.spot),
                    PostPart::Pool(n) => spots[n],
                };
                reader.error(spot, fault.message, fault.remedy);
                whole = false;
            }
        }
        // One that stands nowhere would make more mistakes of the same kind in every variant.
        if whole && (post.at.is_some() || post.kind == PostKind::Juxtaposed) {
            posts.push((post, own));
        }
    }
    posts
}

/// The two sides.
fn sides(reader: &mut Reader<'_, '_>, doc: &PostDoc, lists: &Lists) -> Option<[SiteId; 2]> {
    let (list, spot) = doc.between.placed()?;
    let found: Vec<SiteId> = list
        .items
        .iter()
        .filter_map(|(name, at)| lists.sites.find(reader, &name.0, *at))
        .map(SiteId::from)
        .collect();
    if list.written != 2 || found.len() == 2 && found[0] == found[1] {
        reader.error(
            spot,
            "a post is between two sites",
            "write the two border sites, one of each country",
        );
        return None;
    }
    <[SiteId; 2]>::try_from(found).ok()
}

/// The pairs of pooled agencies, with their places.
fn pool(
    reader: &mut Reader<'_, '_>,
    doc: &PostDoc,
    lists: &Lists,
) -> (Vec<[AgencyId; 2]>, Vec<Spot>) {
    let (mut pairs, mut spots) = (Vec::new(), Vec::new());
    let written: &[(List<Text>, Spot)] =
        doc.pool.get().map_or(&[][..], |list| list.items.as_slice());
    for (pair, spot) in written {
        let found: Vec<AgencyId> = pair
            .items
            .iter()
            .filter_map(|(name, at)| lists.agencies.find(reader, &name.0, *at))
            .map(AgencyId::from)
            .collect();
        if pair.written != 2 {
            reader.error(
                *spot,
                "a pool joins one agency of each side",
                "write [\"customs\", \"customs\"]: the first site's, then the second's",
            );
        } else if let Ok(both) = <[AgencyId; 2]>::try_from(found) {
            pairs.push(both);
            spots.push(*spot);
        }
    }
    (pairs, spots)
}

/// What a variant's choice of posts and regime makes wrong.
pub fn check(reader: &mut Reader<'_, '_>, document: &Document, variants: &[Variant]) {
    let spot = |name: &str| {
        let named = items(&document.posts)
            .iter()
            .find(|(key, _)| key.name == name);
        named.map_or(document.spot, |(key, _)| key.spot)
    };
    for variant in variants {
        let posts = &variant.scenario.posts;
        if let Some((first, second, site)) = overlapping(posts) {
            let message = format!(
                "posts `{}` and `{}` are both at work in variant `{}`, and both take `{}`",
                posts[first].name,
                posts[second].name,
                variant.name,
                variant.scenario.sites[site.index()].name
            );
            let remedy = "choose one of them with `posts = [...]` in [scenario] or in the variant";
            reader.error(spot(&posts[second].name), message, remedy);
        }
        let reforms = &variant.scenario.reforms;
        if let Some((post, reform, agency)) = pooled_and_merged(posts, reforms) {
            let message = format!(
                "`{}` is pooled at this post, and reform `{}` merges it into another agency",
                variant.scenario.agencies[agency.index()].name,
                reforms[reform].name
            );
            let remedy = "pool the agency that it is merged into, or merge the other into it";
            reader.error(spot(&posts[post].name), message, remedy);
        }
        for post in posts.iter().filter(|post| post.regime == Regime::Custom) {
            let message = format!(
                "variant `{}` is custom, which a one-stop post cannot be: `after` names steps of one side's procedure",
                variant.name
            );
            reader.error(spot(&post.name), message, "state the post's own `regime`");
        }
    }
}

//! Variants: the product of the factors, then those written out.

use super::names::{Lists, NO_AGREEMENTS, Names};
use super::{Defaults, World, items, spot_or};
use crate::scenario::collection::List;
use crate::scenario::document::{Document, ProcedureDoc};
use crate::scenario::leaf::Text;
use crate::scenario::model::{Post, Scenario, Variant};
use crate::scenario::read::{Field, Reader};
use crate::scenario::source::Spot;
use crate::terms::Regime;

/// A variant before its world is built.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// Its regime, where stated or a factor.
    pub regime: Option<Regime>,
    /// Its set of agreements, where stated or a factor.
    pub cooperation: Option<String>,
    /// Its reforms, where stated.
    pub reforms: Option<Vec<String>>,
    /// Its shocks, where stated.
    pub shocks: Option<Vec<String>>,
    /// Its one-stop border posts, where stated.
    pub posts: Option<Vec<String>>,
    /// Its cost.
    pub cost: Option<f64>,
    /// True where it is written under `[variants]`, and may have a `set` table there.
    pub written: bool,
}

/// The file's own choices.
pub fn defaults(reader: &mut Reader<'_, '_>, document: &Document, lists: &Lists) -> Defaults {
    let doc = document.scenario.get();
    if let Some(doc) = doc {
        lists.sets.field(reader, &doc.cooperation);
    }
    Defaults {
        regime: doc
            .and_then(|doc| doc.regime.get())
            .map_or(Regime::Serial, |word| word.0),
        cooperation: doc
            .and_then(|doc| doc.cooperation.get())
            .map_or_else(|| NO_AGREEMENTS.to_owned(), |name| name.0.clone()),
        reforms: doc
            .and_then(|doc| known_names(reader, &doc.reforms, &lists.reforms))
            .unwrap_or_else(|| lists.reforms.all().to_vec()),
        shocks: doc
            .and_then(|doc| known_names(reader, &doc.shocks, &lists.shocks))
            .unwrap_or_else(|| lists.shocks.all().to_vec()),
        posts: doc
            .and_then(|doc| known_names(reader, &doc.posts, &lists.posts))
            .unwrap_or_else(|| lists.posts.all().to_vec()),
    }
}

/// The reforms, shocks or posts that a list names.
pub(super) fn known_names(
    reader: &mut Reader<'_, '_>,
    field: &Field<List<Text>>,
    names: &Names,
) -> Option<Vec<String>> {
    let list = field.get()?;
    let known = |reader: &mut Reader<'_, '_>, name: &Text, spot| {
        names.find(reader, &name.0, spot).is_some()
    };
    Some(
        list.items
            .iter()
            .filter(|(name, spot)| known(reader, name, *spot))
            .map(|(name, _)| name.0.clone())
            .collect(),
    )
}

impl Plan {
    /// The variants of `document`, the base first.
    pub fn all(reader: &mut Reader<'_, '_>, document: &Document, lists: &Lists) -> Vec<Plan> {
        let experiment = document.experiment.get();
        let regimes = experiment.and_then(|doc| doc.regimes.placed());
        let sets = experiment.and_then(|doc| doc.cooperation.placed());
        let mut factor_regimes = Vec::new();
        for (word, spot) in regimes.map_or(&[][..], |(list, _)| list.items.as_slice()) {
            twice(
                reader,
                factor_regimes.contains(&word.0),
                &word.0.to_string(),
                *spot,
            );
            factor_regimes.push(word.0);
        }
        let mut factor_sets = Vec::new();
        for (name, spot) in sets.map_or(&[][..], |(list, _)| list.items.as_slice()) {
            lists.sets.find(reader, &name.0, *spot);
            twice(reader, factor_sets.contains(&name.0), &name.0, *spot);
            factor_sets.push(name.0.clone());
        }
        let plan = |name: String, regime: Option<Regime>, cooperation: Option<&String>| Plan {
            name,
            regime,
            cooperation: cooperation.cloned(),
            reforms: None,
            shocks: None,
            posts: None,
            cost: None,
            written: false,
        };
        let mut plans: Vec<Plan> = match (factor_regimes.is_empty(), factor_sets.is_empty()) {
            (true, true) => vec![plan("base".to_owned(), None, None)],
            (false, true) => factor_regimes
                .iter()
                .map(|&r| plan(r.to_string(), Some(r), None))
                .collect(),
            (true, false) => factor_sets
                .iter()
                .map(|set| plan(set.clone(), None, Some(set)))
                .collect(),
            (false, false) => factor_regimes
                .iter()
                .flat_map(|&r| factor_sets.iter().map(move |set| (r, set)))
                .map(|(r, set)| plan(format!("{r}/{set}"), Some(r), Some(set)))
                .collect(),
        };
        let (base_regime, base_set) = (plans[0].regime, plans[0].cooperation.clone());
        for (key, doc) in items(&document.variants) {
            if plans.iter().any(|plan| plan.name == key.name) {
                let message = format!(
                    "there is a variant `{}` already, from the factors",
                    key.name
                );
                reader.error(key.spot, message, "give this one another name");
            }
            lists.sets.field(reader, &doc.cooperation);
            plans.push(Plan {
                name: key.name.clone(),
                regime: doc.regime.get().map(|word| word.0).or(base_regime),
                cooperation: doc
                    .cooperation
                    .get()
                    .map(|name| name.0.clone())
                    .or(base_set.clone()),
                reforms: known_names(reader, &doc.reforms, &lists.reforms),
                shocks: known_names(reader, &doc.shocks, &lists.shocks),
                posts: known_names(reader, &doc.posts, &lists.posts),
                cost: doc.cost.get().map(|money| money.0),
                written: true,
            });
        }
        plans
    }
}

fn twice(reader: &mut Reader<'_, '_>, twice: bool, name: &str, spot: Spot) {
    if twice {
        reader.error(spot, format!("`{name}` stands twice"), "keep one of them");
    }
}

/// The variant `plan` of `world`.
pub fn build(world: &World, plan: &Plan) -> Variant {
    let regime = plan.regime.unwrap_or(world.defaults.regime);
    let cooperation = plan
        .cooperation
        .as_ref()
        .unwrap_or(&world.defaults.cooperation);
    let names = plan.reforms.as_ref().unwrap_or(&world.defaults.reforms);
    let mut scenario: Scenario = world.scenario.clone();
    for (site, own) in scenario.sites.iter_mut().zip(&world.site_regimes) {
        site.regime = own.unwrap_or(regime);
    }
    let set = world.sets.iter().find(|(name, _)| name == cooperation);
    scenario.cooperation.agreements =
        set.map_or_else(Vec::new, |(_, agreements)| agreements.clone());
    for (reform, agreements) in world
        .reforms
        .iter()
        .filter(|(reform, _)| names.contains(&reform.name))
    {
        scenario
            .cooperation
            .agreements
            .extend(agreements.iter().cloned());
        scenario.reforms.push(reform.clone());
    }
    scenario.reforms.sort_by_key(|reform| reform.from);
    let names = plan.shocks.as_ref().unwrap_or(&world.defaults.shocks);
    scenario.shocks = world.shocks.clone();
    scenario.shocks.retain(|shock| names.contains(&shock.name));
    let names = plan.posts.as_ref().unwrap_or(&world.defaults.posts);
    for (post, own) in &world.posts {
        if names.contains(&post.name) {
            let regime = own.unwrap_or(regime);
            scenario.posts.push(Post {
                regime,
                ..post.clone()
            });
        }
    }
    Variant {
        name: plan.name.clone(),
        regime: plan.regime,
        cooperation: plan.cooperation.clone(),
        reforms: scenario
            .reforms
            .iter()
            .map(|reform| reform.name.clone())
            .collect(),
        cost: plan.cost,
        scenario,
    }
}

/// Checks that `after` and the custom regime go together, over all variants.
pub fn check_regimes(reader: &mut Reader<'_, '_>, document: &Document, variants: &[Variant]) {
    for (key, doc) in items(&document.procedures) {
        let (mut used, mut custom) = (false, false);
        for variant in variants {
            let scenario = &variant.scenario;
            for (id, site) in scenario.sites.iter().enumerate() {
                let here = |entry: &&crate::scenario::model::ProcedureUse| {
                    scenario.procedures[entry.procedure.index()].name == key.name
                };
                let Some(entry) = site.procedures.iter().find(here) else {
                    continue;
                };
                used = true;
                let start = scenario.procedures[entry.procedure.index()]
                    .regime
                    .unwrap_or(site.regime);
                let reformed = scenario
                    .reforms
                    .iter()
                    .filter(|reform| reform.sites.iter().any(|site| site.index() == id))
                    .filter_map(|reform| reform.regime);
                for regime in std::iter::once(start).chain(reformed) {
                    custom |= regime == Regime::Custom;
                }
            }
        }
        if !used {
            let message = format!("no site uses procedure `{}`", key.name);
            reader.warn(
                key.spot,
                message,
                "name it in a site's `procedures`, or leave it out",
            );
            continue;
        }
        check_after(reader, doc, key.spot, custom);
    }
}

fn check_after(reader: &mut Reader<'_, '_>, doc: &ProcedureDoc, spot: Spot, custom: bool) {
    let steps = doc
        .steps
        .get()
        .map_or(&[][..], |list| list.items.as_slice());
    let with_after = steps.iter().find(|(step, _)| !step.after.is_absent());
    match with_after {
        None if custom && steps.len() > 1 => {
            let spot = spot_or(&doc.regime, spot);
            let remedy = "write `after = [...]` in the steps that wait for others";
            reader.error(
                spot,
                "the custom regime without any `after`: every step would start at once",
                remedy,
            );
        }
        Some((step, at)) if !custom => {
            let remedy = "write regime = \"custom\", or leave `after` out";
            reader.error(
                spot_or(&step.after, *at),
                "`after` is read only by the custom regime",
                remedy,
            );
        }
        _ => {}
    }
}

//! Design points: variants that the caller asks for, in place of those of the file.
//!
//! A point starts from a variant of the file, applies interventions and changes factors. All points of a study share their random draws, as
//! variants do.

use super::document::CooperationDoc;
use super::interventions::{self, SECTION};
use super::leaf::WHOLE;
use super::load::{changed_world, written_changes};
use super::model::{Agreement, DemandSource, Variant};
use super::overrides::{self, Override};
use super::read::Reader;
use super::resolve::{self, Candidate, Lists, Plan, World};
use super::source::Spot;
use super::tree::Node;
use crate::terms::{Mechanism, Named, Regime, Scope};
use crate::time::Time;

/// What a design point changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Factor {
    /// `regime`: of every site and procedure that states none.
    Regime,
    /// `cooperation`: the set of agreements in force.
    Cooperation,
    /// `cooperation.information` and its like: this level between all who stand in any set of agreements of the file,
    /// from the start, in place of the levels in force.
    Level(Mechanism),
    /// `demand`: the volume of every flow is multiplied by this.
    Demand,
    /// The dotted path of a scenario value, as `--set` takes it.
    Path(String),
}

impl Factor {
    /// The factor that is written so.
    pub fn parse(text: &str) -> Factor {
        let text = text.trim();
        match text {
            "regime" => Factor::Regime,
            "cooperation" => Factor::Cooperation,
            "demand" => Factor::Demand,
            _ => {
                let level = text.strip_prefix("cooperation.");
                let named = |name: &str| Mechanism::ALL.iter().find(|m| m.to_string() == name);
                match level.and_then(named) {
                    Some(mechanism) => Factor::Level(*mechanism),
                    None => Factor::Path(text.to_owned()),
                }
            }
        }
    }
}

impl std::fmt::Display for Factor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Factor::Regime => f.write_str("regime"),
            Factor::Cooperation => f.write_str("cooperation"),
            Factor::Level(mechanism) => write!(f, "cooperation.{mechanism}"),
            Factor::Demand => f.write_str("demand"),
            Factor::Path(path) => f.write_str(path),
        }
    }
}

/// A factor and its value at a design point, as TOML writes it or as bare text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What changes.
    pub factor: Factor,
    /// To what.
    pub value: String,
}

/// A design point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// Its name, which is its variant's.
    pub name: String,
    /// The variant of the file that it starts from; the base where none is named.
    pub variant: Option<String>,
    /// The interventions of the file that it applies, in order.
    pub interventions: Vec<String>,
    /// What it changes after that, in order.
    pub changes: Vec<Change>,
    /// The option that asks for it, such as `--vary`, for messages.
    pub option: String,
}

/// What the points of a file start from.
pub(super) struct File<'a> {
    pub root: &'a Node,
    pub world: &'a World,
    pub lists: &'a Lists,
    pub plans: &'a [Plan],
    pub start: jiff::Timestamp,
}

impl File<'_> {
    /// The variants of `points`. Ends at the first that is wrong: the others are probably wrong in the same way.
    pub fn points(&self, reader: &mut Reader<'_, '_>, points: &[Point]) -> Vec<Variant> {
        let mut variants = Vec::with_capacity(points.len());
        for point in points {
            let before = reader.problems.len();
            variants.extend(self.point(reader, point));
            if reader.errors_since(before) {
                break;
            }
        }
        variants
    }

    fn point(&self, reader: &mut Reader<'_, '_>, point: &Point) -> Option<Variant> {
        let from = self.from(reader, point)?;
        let mut plan = Plan {
            name: point.name.clone(),
            ..from.clone()
        };
        let mut changes = match from.written {
            true => written_changes(reader, self.root, "variants", &from.name),
            false => Vec::new(),
        };
        let applied = self.applied(reader, point, &mut plan, &mut changes)?;
        let mut levels = Vec::new();
        let mut demand = None;
        for change in &point.changes {
            match &change.factor {
                Factor::Regime => plan.regime = Some(self.regime(reader, point, change)?),
                Factor::Cooperation => {
                    let spot = spot(reader, point, change);
                    self.lists.sets.find(reader, &change.value, spot)?;
                    plan.cooperation = Some(change.value.clone());
                }
                Factor::Level(mechanism) => {
                    levels.push((*mechanism, self.level(reader, point, change)?));
                }
                Factor::Demand => demand = Some(self.demand(reader, point, change)?),
                Factor::Path(path) => {
                    changes.push(self.path(reader, point, path, &change.value)?);
                }
            }
        }
        let whose = format!("variant `{}`", point.name);
        let before = reader.problems.len();
        let own = changed_world(reader, self.root, &whose, &changes, self.start);
        keep_whole(reader, before, point);
        let world = own.as_ref().unwrap_or(self.world);
        let mut variant = resolve::build(world, &plan);
        let agreements = &mut variant.scenario.cooperation.agreements;
        agreements.extend(applied.iter().flat_map(|c| c.agreements.iter().cloned()));
        for flow in variant.scenario.flows.iter_mut() {
            flow.per_day *= demand.unwrap_or(1.0);
        }
        for (mechanism, level) in levels {
            set_level(&mut variant, world, mechanism, level);
        }
        Some(variant)
    }

    /// Applies the interventions of `point` to its plan and its changes, and gives them. Each is added to what the ones
    /// before did; two that give one thing different values are refused.
    fn applied(
        &self,
        reader: &mut Reader<'_, '_>,
        point: &Point,
        plan: &mut Plan,
        changes: &mut Vec<Override>,
    ) -> Option<Vec<&Candidate>> {
        let mut applied: Vec<(&Candidate, Vec<Override>)> = Vec::new();
        for name in &point.interventions {
            let place = |reader: &mut Reader<'_, '_>| {
                let source = reader.sources.add(&point.option, name);
                Spot::new(source, 0..name.len())
            };
            let candidates = &self.world.interventions;
            let Some(found) = candidates.iter().find(|c| c.about.name == *name) else {
                let known: Vec<&str> = candidates.iter().map(|c| c.about.name.as_str()).collect();
                let spot = place(reader);
                reader.unknown(spot, format!("unknown intervention `{name}`"), name, &known);
                return None;
            };
            let set = written_changes(reader, self.root, SECTION, name);
            for (other, before) in &applied {
                if let Some(why) = interventions::conflict((other, before), (found, &set)) {
                    let message = format!(
                        "interventions `{}` and `{name}` cannot be combined: {why}",
                        other.about.name
                    );
                    let spot = place(reader);
                    reader.error(spot, message, "take one of them, or make them agree");
                    return None;
                }
            }
            plan.regime = found.regime.or(plan.regime);
            plan.cooperation = found.cooperation.clone().or(plan.cooperation.take());
            let defaults = &self.world.defaults;
            add(&mut plan.reforms, &defaults.reforms, &found.reforms);
            add(&mut plan.posts, &defaults.posts, &found.posts);
            changes.extend(set.iter().cloned());
            applied.push((found, set));
        }
        Some(
            applied
                .into_iter()
                .map(|(candidate, _)| candidate)
                .collect(),
        )
    }

    fn demand(&self, reader: &mut Reader<'_, '_>, point: &Point, change: &Change) -> Option<f64> {
        let factor = change.value.parse::<f64>().ok();
        let factor = factor.filter(|factor| *factor > 0.0 && factor.is_finite());
        if factor.is_none() {
            let spot = spot(reader, point, change);
            let message = format!("`{}` is no multiple of the demand", change.value);
            reader.error(spot, message, "write a number above 0, such as 1.2");
            return None;
        }
        let flows = &self.world.scenario.flows;
        let fixed = |source: &DemandSource| matches!(source, DemandSource::Recorded(_));
        if let Some(flow) = flows.iter().find(|flow| fixed(&flow.pattern.source)) {
            let spot = spot(reader, point, change);
            let message = format!("the arrivals of flow `{}` are recorded", flow.name);
            let remedy = "their number cannot be multiplied; state its `volume` instead";
            reader.error(spot, message, remedy);
            return None;
        }
        factor
    }

    fn from(&self, reader: &mut Reader<'_, '_>, point: &Point) -> Option<&Plan> {
        let Some(name) = &point.variant else {
            return self.plans.first();
        };
        let found = self.plans.iter().find(|plan| plan.name == *name);
        if found.is_none() {
            let known: Vec<&str> = self.plans.iter().map(|plan| plan.name.as_str()).collect();
            let source = reader.sources.add("--variant", name);
            let message = format!("no variant is called `{name}`");
            reader.unknown(Spot::new(source, 0..name.len()), message, name, &known);
        }
        found
    }

    fn regime(
        &self,
        reader: &mut Reader<'_, '_>,
        point: &Point,
        change: &Change,
    ) -> Option<Regime> {
        let named = Regime::ALL
            .iter()
            .find(|regime| regime.to_string() == change.value);
        if named.is_none() {
            let spot = spot(reader, point, change);
            let known: Vec<String> = Regime::ALL.iter().map(Regime::to_string).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let message = format!("unknown regime `{}`", change.value);
            reader.unknown(spot, message, &change.value, &known);
        }
        named.copied()
    }

    fn level(&self, reader: &mut Reader<'_, '_>, point: &Point, change: &Change) -> Option<f64> {
        let level = change.value.parse::<f64>().ok();
        let level = level.filter(|level| (0.0..=1.0).contains(level));
        if level.is_none() {
            let spot = spot(reader, point, change);
            let message = format!("`{}` is no level of cooperation", change.value);
            reader.error(spot, message, "a level is a number from 0 to 1");
        } else if scopes(self.world).is_empty() {
            let spot = spot(reader, point, change);
            let message = format!("nobody is there whose {} could change", change.factor);
            let remedy = "write who cooperates in a set of agreements, such as \
                          [[cooperation.sets.agreed]] with between = [\"CN\", \"KZ\"]";
            reader.error(spot, message, remedy);
            return None;
        }
        level
    }

    fn path(
        &self,
        reader: &mut Reader<'_, '_>,
        point: &Point,
        path: &str,
        value: &str,
    ) -> Option<Override> {
        let found = overrides::from_option(reader, &point.option, path, value)?;
        if overrides::WHOLE_STUDY.contains(&found.path[0].as_str()) {
            let message = format!("a design point cannot change `{}`", found.path[0]);
            reader.error(
                found.spot,
                message,
                "what is in it holds for the whole study",
            );
            return None;
        }
        // A level is no value of the scenario, but may be varied: a slip in its name is told beside the keys there are.
        if let [section, key] = &found.path[..]
            && section == "cooperation"
            && !CooperationDoc::KEYS.contains(&key.as_str())
        {
            let levels = Mechanism::ALL.iter().map(Mechanism::to_string);
            let levels: Vec<String> = levels.collect();
            let levels = levels.iter().map(String::as_str);
            let known: Vec<&str> = levels.chain(CooperationDoc::KEYS.iter().copied()).collect();
            let message = format!("there is no `cooperation.{key}`");
            reader.unknown(found.spot, message, key, &known);
            return None;
        }
        Some(found)
    }
}

/// Where a value among `changes` is no whole number and has to be, says how the values of a range stay whole.
fn keep_whole(reader: &mut Reader<'_, '_>, before: usize, point: &Point) {
    for at in before..reader.problems.len() {
        let spot = reader.problems[at].spot;
        let source = reader.sources.get(spot.source);
        let problem = &reader.problems[at];
        if point.option != "--vary"
            || source.name != point.option
            || !problem.message.contains(WHOLE)
        {
            continue;
        }
        let path = source.text.split('=').next().unwrap_or_default();
        let remedy = format!(
            "give its range a whole step, {path}=FROM:TO:1: a design that draws gives each of its numbers an equal part"
        );
        reader.problems[at].remedy = Some(remedy);
    }
}

/// Adds `more` to the names in force: the plan's own, else the scenario's.
fn add(own: &mut Option<Vec<String>>, defaults: &[String], more: &[String]) {
    if more.is_empty() {
        return;
    }
    let names = own.get_or_insert_with(|| defaults.to_vec());
    for name in more {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
}

/// Where a change's value stands, for messages.
fn spot(reader: &mut Reader<'_, '_>, point: &Point, change: &Change) -> Spot {
    let text = format!("{}={}", change.factor, change.value);
    let source = reader.sources.add(&point.option, &text);
    Spot::new(source, text.len() - change.value.len()..text.len())
}

/// Everybody who stands in a set of agreements, in the order of their names.
fn scopes(world: &World) -> Vec<Scope> {
    let agreements = world.sets.iter().flat_map(|(_, agreements)| agreements);
    let mut scopes: Vec<Scope> = agreements.map(|agreement| agreement.scope).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

/// Gives everybody in any set of agreements this level from the start, in place of the levels in force.
fn set_level(variant: &mut Variant, world: &World, mechanism: Mechanism, level: f64) {
    let agreements = &mut variant.scenario.cooperation.agreements;
    for agreement in agreements.iter_mut() {
        *agreement.levels.of_mut(mechanism) = None;
    }
    for scope in scopes(world) {
        let mut own = Agreement {
            scope,
            from: Time::ZERO,
            until: Time::MAX,
            levels: Default::default(),
        };
        *own.levels.of_mut(mechanism) = Some(level);
        agreements.push(own);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{LoadOptions, Loaded, NoFiles, TEMPLATE, from_str_with};
    use super::*;
    use crate::terms::Country;

    fn load(changes: &[(&str, &str)]) -> Result<Loaded, String> {
        let change = |&(factor, value): &(&str, &str)| Change {
            factor: Factor::parse(factor),
            value: value.to_owned(),
        };
        let point = |name: &str, changes: Vec<Change>| Point {
            name: name.to_owned(),
            changes,
            option: "--vary".to_owned(),
            ..Point::default()
        };
        let options = LoadOptions {
            points: vec![
                point("base", Vec::new()),
                point("changed", changes.iter().map(change).collect()),
            ],
            ..LoadOptions::default()
        };
        from_str_with("template.toml", TEMPLATE, &NoFiles, &options).map_err(|e| e.to_string())
    }

    #[test]
    fn points_take_the_place_of_the_variants_and_start_from_the_base() {
        let loaded = load(&[("regime", "joint"), ("cooperation", "agreed")]).unwrap();
        let [base, changed] = &loaded.study.variants[..] else {
            panic!("two points");
        };
        assert_eq!(
            (base.name.as_str(), base.regime),
            ("base", Some(Regime::Serial))
        );
        assert_eq!(changed.regime, Some(Regime::Joint));
        assert!(base.scenario.cooperation.agreements.is_empty());
        assert!(!changed.scenario.cooperation.agreements.is_empty());
    }

    #[test]
    fn a_level_holds_between_all_who_stand_in_any_set_and_leaves_the_others_as_they_are() {
        let level = |changed: &Variant, mechanism| {
            let country = |code: &str| Country::new(code).unwrap();
            let scope = Scope::Between(country("CN"), country("KZ"));
            let cooperation = &changed.scenario.cooperation;
            cooperation.level(mechanism, scope, Time::ZERO)
        };
        let loaded = load(&[("cooperation.information", "0.7")]).unwrap();
        let changed = &loaded.study.variants[1];
        assert_eq!(level(changed, Mechanism::Information), 0.7);
        assert_eq!(level(changed, Mechanism::Recognition), 0.0);
        let loaded = load(&[("cooperation", "agreed"), ("cooperation.information", "0")]).unwrap();
        let changed = &loaded.study.variants[1];
        assert_eq!(level(changed, Mechanism::Information), 0.0);
        assert!(level(changed, Mechanism::Recognition) > 0.0);
    }

    #[test]
    fn any_value_of_the_scenario_can_be_changed() {
        let loaded = load(&[("flows.trucks.volume", "70 trucks/day")]).unwrap();
        let rate = |v: usize| {
            loaded.study.variants[v].scenario.flows[0]
                .peak_per_day(crate::time::Span::from_hours(24.0))
        };
        assert_ne!(rate(0), rate(1));
        let envelope = |v: usize| loaded.study.variants[v].scenario.flows[0].envelope_per_day;
        assert_eq!(
            envelope(0),
            envelope(1),
            "all points share their candidates"
        );
    }

    const CANDIDATES: &str = r#"
[interventions.parallel]
regime = "parallel"
[interventions.joint]
regime = "joint"
[interventions.exchange]
agreements = [{ between = ["CN", "KZ"], information = 0.7 }]
[interventions.busier]
set = { "flows.trucks.volume" = "70 trucks/day" }
[interventions.busiest]
set = { "flows.trucks.volume" = "90 trucks/day" }
"#;

    fn load_interventions(names: &[&str], changes: Vec<Change>) -> Result<Loaded, String> {
        let point = Point {
            name: "point".to_owned(),
            interventions: names.iter().map(|name| (*name).to_owned()).collect(),
            changes,
            option: "--interventions".to_owned(),
            ..Point::default()
        };
        let options = LoadOptions {
            points: vec![point],
            ..LoadOptions::default()
        };
        let text = format!("{TEMPLATE}\n{CANDIDATES}");
        from_str_with("template.toml", &text, &NoFiles, &options).map_err(|e| e.to_string())
    }

    #[test]
    fn interventions_are_applied_one_upon_the_other() {
        let loaded = load_interventions(&["parallel", "exchange", "busier"], Vec::new()).unwrap();
        let variant = &loaded.study.variants[0];
        assert_eq!(variant.regime, Some(Regime::Parallel));
        assert_eq!(variant.scenario.flows[0].per_day, 70.0);
        let country = |code: &str| Country::new(code).unwrap();
        let scope = Scope::Between(country("CN"), country("KZ"));
        let cooperation = &variant.scenario.cooperation;
        assert_eq!(
            cooperation.level(Mechanism::Information, scope, Time::ZERO),
            0.7
        );
    }

    #[test]
    fn interventions_that_differ_about_one_thing_cannot_be_combined_and_the_study_says_so() {
        let found = load_interventions(&["parallel", "joint"], Vec::new()).unwrap_err();
        let message = "interventions `parallel` and `joint` cannot be combined: `regime` is parallel in one \
                       and joint in the other";
        assert!(found.contains(message), "{found}");
        let found = load_interventions(&["busier", "busiest"], Vec::new()).unwrap_err();
        let message =
            "`flows.trucks.volume` is \"70 trucks/day\" in one and \"90 trucks/day\" in the other";
        assert!(found.contains(message), "{found}");
        let loaded = load_interventions(&[], Vec::new()).unwrap();
        let conflicts = |at: usize| {
            let all = &loaded.study.interventions[at].conflicts;
            all.iter().map(|(other, _)| *other).collect::<Vec<_>>()
        };
        let all: Vec<Vec<usize>> = (0..5).map(conflicts).collect();
        assert_eq!(all, [vec![], vec![0], vec![], vec![], vec![3]]);
    }

    #[test]
    fn demand_multiplies_every_volume() {
        let twice = Change {
            factor: Factor::parse("demand"),
            value: "2".to_owned(),
        };
        let flows = |loaded: Loaded| loaded.study.variants[0].scenario.flows.clone();
        let before = flows(load_interventions(&[], Vec::new()).unwrap());
        let after = flows(load_interventions(&[], vec![twice]).unwrap());
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(2.0 * before.per_day, after.per_day);
            assert_eq!(2.0 * before.envelope_per_day, after.envelope_per_day);
        }
        let wrong = Change {
            factor: Factor::Demand,
            value: "-1".to_owned(),
        };
        let found = load_interventions(&[], vec![wrong]).unwrap_err();
        assert!(
            found.contains("`-1` is no multiple of the demand"),
            "{found}"
        );
        let found = load_interventions(&["paralel"], Vec::new()).unwrap_err();
        assert!(found.contains("did you mean `parallel`?"), "{found}");
    }

    #[test]
    fn mistakes_are_told_with_their_remedy() {
        for (changes, message, remedy) in [
            (
                [("regime", "paralel")],
                "unknown regime `paralel`",
                "did you mean `parallel`?",
            ),
            (
                [("cooperation", "agred")],
                "unknown cooperation set `agred`",
                "did you mean `agreed`?",
            ),
            (
                [("cooperation.information", "1.5")],
                "`1.5` is no level of cooperation",
                "a level is a number from 0 to 1",
            ),
            (
                [("experiment.seed", "2")],
                "a design point cannot change `experiment`",
                "what is in it holds for the whole study",
            ),
            (
                [("flows.truks.volume", "70 trucks/day")],
                "there is no `flows.truks`",
                "did you mean `flows.trucks`?",
            ),
        ] {
            let found = load(&changes).unwrap_err();
            assert!(found.contains(message) && found.contains(remedy), "{found}");
        }
    }
}

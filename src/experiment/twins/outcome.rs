//! What twins and the blame of fork-joins came to: estimates over replications.

use serde::Serialize;

use super::tally::{Group, GroupTally, Tally};
use super::{Done, titles};
use crate::experiment::Overload;
use crate::observe::{PartId, Parts, Place, SiteBlame};
use crate::scenario::Study;
use crate::stats::Estimate;
use crate::terms::{EntityId, HourKind, Named};
use crate::time::MS_PER_HOUR;

const HOUR: f64 = MS_PER_HOUR as f64;

/// A part of the difference. Hours are means per twin that arrived in both variants.
#[derive(Clone, Debug, Serialize)]
pub struct PartResult {
    /// Name of the site, or of the link where `travel`.
    pub place: String,
    /// Its title.
    pub place_title: String,
    /// Agency, or kind of actor.
    pub whose: String,
    /// Its title.
    pub whose_title: String,
    /// Kind of hours.
    pub kind: HourKind,
    /// Hours in the base.
    pub base_h: Estimate,
    /// Hours in the variant.
    pub variant_h: Estimate,
    /// Variant less base, hours.
    pub difference_h: Estimate,
    /// The same of this part and all that come after it in the list, together.
    pub rest_h: Estimate,
}

/// All parts of one kind of hours together. Hours are means per twin that arrived in both variants.
#[derive(Clone, Debug, Serialize)]
pub struct KindResult {
    /// Kind of hours.
    pub kind: HourKind,
    /// Hours in the base.
    pub base_h: Estimate,
    /// Hours in the variant.
    pub variant_h: Estimate,
    /// Variant less base, hours.
    pub difference_h: Estimate,
}

/// How the twins of a group fared.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// Twins that both arrived, over all replications.
    pub twins: u64,
    /// Mean door-to-door hours in the base.
    pub base_h: Estimate,
    /// Mean door-to-door hours in the variant.
    pub variant_h: Estimate,
    /// Mean of variant less base, hours.
    pub difference_h: Estimate,
    /// Share that took longer in the variant.
    pub later: Estimate,
    /// How much longer those took, mean hours.
    pub later_by_h: Estimate,
    /// Share that was quicker in the variant.
    pub sooner: Estimate,
    /// How much quicker those were, mean hours.
    pub sooner_by_h: Estimate,
}

/// A group of twins: of a flow, of a channel, of an operator's status.
#[derive(Clone, Debug, Serialize)]
pub struct GroupResult {
    /// By what it is a group: `flow`, `channel` or `aeo`.
    pub by: &'static str,
    /// Which.
    pub group: String,
    /// How it fared.
    pub difference: Difference,
}

/// A quantile of the difference: the mean over replications of each one's quantile.
#[derive(Clone, Debug, Serialize)]
pub struct QuantileResult {
    /// Which, in (0, 1).
    pub p: f64,
    /// Hours, variant less base.
    pub difference_h: Estimate,
}

/// Twins of which one did not arrive, so that there is no difference.
#[derive(Clone, Debug, Serialize)]
pub struct UnpairedResult {
    /// How the journey ended in the base.
    pub base: String,
    /// How it ended in the variant.
    pub variant: String,
    /// How many, over all replications.
    pub twins: u64,
    /// The first of them in replication 0, as `flow:ordinal`.
    pub first: Vec<String>,
}

/// A twin of replication 0 to look at with `corridor explain`.
#[derive(Clone, Debug, Serialize)]
pub struct Example {
    /// As `flow:ordinal`.
    pub consignment: String,
    /// Variant less base, hours.
    pub difference_h: f64,
}

/// Who was last at a site's fork-joins.
#[derive(Clone, Debug, Serialize)]
pub struct BlameResult {
    /// Site.
    pub site: String,
    /// Its title.
    pub site_title: String,
    /// Agency, or kind of actor.
    pub whose: String,
    /// Its title.
    pub whose_title: String,
    /// Joins at the site over all replications, one for each measured consignment.
    pub joins: u64,
    /// Share of them that it had a part in.
    pub part_in: Estimate,
    /// Share of them at which it alone was last.
    pub last: Estimate,
    /// Share of them at which it was last together with another, to the millisecond.
    pub together: Estimate,
    /// Where it alone was last: how long after the one before it, mean hours.
    pub margin_h: Estimate,
    /// The same over all joins of the site, mean hours: what its being last costs a join.
    pub cost_h: Estimate,
    /// The same in all, hours in a replication.
    pub total_h: Estimate,
}

/// The blame of one variant.
#[derive(Clone, Debug, Serialize)]
pub struct Blames {
    /// Title of the study.
    pub title: String,
    /// Variant.
    pub variant: String,
    /// Replications.
    pub replications: u32,
    /// Where a desk cannot keep up, so that hours grow with the horizon, as far as that is known before the run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overloads: Vec<Overload>,
    /// By site and owner, in the scenario's order of sites; those that cost most first within a site.
    pub rows: Vec<BlameResult>,
}

/// Twins of two variants.
#[derive(Clone, Debug, Serialize)]
pub struct TwinsResult {
    /// Scenario.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// Root seed.
    pub seed: u64,
    /// Replications.
    pub replications: u32,
    /// The base's name.
    pub base: String,
    /// The variant's name.
    pub variant: String,
    /// Where a desk cannot keep up, so that hours grow with the horizon, as far as that is known before the run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overloads: Vec<Overload>,
    /// All twins.
    pub all: Difference,
    /// By kind of hours, in the order of the kinds; they add to the whole.
    pub kinds: Vec<KindResult>,
    /// By part, the largest difference first.
    pub parts: Vec<PartResult>,
    /// Quantiles of the difference.
    pub quantiles: Vec<QuantileResult>,
    /// By flow, channel and status.
    pub groups: Vec<GroupResult>,
    /// Twins that arrived in both and took another route on the way in one or both, over all replications.
    pub rerouted: u64,
    /// Twins without a difference.
    pub unpaired: Vec<UnpairedResult>,
    /// Who lost most, in replication 0.
    pub worst: Vec<Example>,
    /// Who gained most, in replication 0.
    pub best: Vec<Example>,
    /// The blame of the base and of the variant.
    pub blame: [Blames; 2],
    /// Bytes of records that went to temporary files.
    #[serde(skip)]
    pub spilled: u64,
}

pub(super) fn place_title(study: &Study, variant: usize, place: &Place) -> String {
    match place {
        Place::Site(name) => {
            let mut sites = study.variants[variant].scenario.sites.iter();
            let site = sites.find(|s| s.name == *name);
            site.map_or_else(|| name.clone(), |s| s.title.clone())
        }
        Place::Link(name) => name.clone(),
    }
}

pub(super) fn owner_title(study: &Study, variant: usize, owner: &str) -> String {
    let mut agencies = study.variants[variant].scenario.agencies.iter();
    let agency = agencies.find(|a| a.name == owner);
    agency.map_or_else(|| owner.to_owned(), |a| a.title.clone())
}

/// One value a replication, in hours; what was not observed is missing.
fn hours(runs: &[Done], value: impl Fn(&Tally) -> Option<f64>) -> Estimate {
    let values: Vec<f64> = runs
        .iter()
        .map(|run| value(&run.tally).map_or(f64::NAN, |ms| ms / HOUR))
        .collect();
    Estimate::from_replications(&values)
}

fn ratio(sum: f64, n: u64) -> Option<f64> {
    (n > 0).then(|| sum / n as f64)
}

fn difference(runs: &[Done], group: impl Fn(&Tally) -> GroupTally) -> Difference {
    let share = |count: fn(&GroupTally) -> u64| {
        let of = |run: &Done| {
            let group = group(&run.tally);
            ratio(count(&group) as f64, group.n).unwrap_or(f64::NAN)
        };
        Estimate::from_replications(&runs.iter().map(of).collect::<Vec<f64>>())
    };
    let by = |some: fn(&GroupTally) -> (u64, u128)| {
        hours(runs, |tally| {
            let (n, sum) = some(&group(tally));
            ratio(sum as f64, n)
        })
    };
    let mean = |sum: fn(&GroupTally) -> f64| {
        hours(runs, |tally| {
            let group = group(tally);
            ratio(sum(&group), group.n)
        })
    };
    Difference {
        twins: runs.iter().map(|run| group(&run.tally).n).sum(),
        base_h: mean(|g| g.base_ms as f64),
        variant_h: mean(|g| g.base_ms as f64 + g.difference_ms as f64),
        difference_h: mean(|g| g.difference_ms as f64),
        later: share(|g| g.later.0),
        later_by_h: by(|g| g.later),
        sooner: share(|g| g.sooner.0),
        sooner_by_h: by(|g| g.sooner),
    }
}

fn part_results(study: &Study, variant: usize, parts: &Parts, runs: &[Done]) -> Vec<PartResult> {
    let mut met: Vec<PartId> = runs
        .iter()
        .flat_map(|r| r.tally.parts.keys().copied())
        .collect();
    met.sort();
    met.dedup();
    let sums = |tally: &Tally, part: &PartId| tally.parts.get(part).copied().unwrap_or_default();
    let mean = |of: &dyn Fn(&Tally) -> f64| hours(runs, |tally| ratio(of(tally), tally.all.n));
    let difference = |tally: &Tally, part: &PartId| {
        let [base, variant] = sums(tally, part);
        variant as i128 - base as i128
    };
    let mut met: Vec<(PartId, Estimate)> = met
        .into_iter()
        .map(|part| (part, mean(&|tally| difference(tally, &part) as f64)))
        .collect();
    // Stable: equal differences stay in the order of the parts.
    met.sort_by(|(_, a), (_, b)| b.mean.abs().total_cmp(&a.mean.abs()));
    let rest = |from: usize| {
        mean(&|tally| {
            let of = met[from..].iter();
            of.map(|(part, _)| difference(tally, part)).sum::<i128>() as f64
        })
    };
    met.iter()
        .enumerate()
        .map(|(place_in_list, (part, difference_h))| {
            let (place, whose, kind) = parts.part(*part);
            let (Place::Site(name) | Place::Link(name)) = place;
            let (place_title, whose_title) = titles(study, variant, parts, *part);
            PartResult {
                place: name.clone(),
                place_title,
                whose: whose.to_owned(),
                whose_title,
                kind,
                base_h: mean(&|tally| sums(tally, part)[0] as f64),
                variant_h: mean(&|tally| sums(tally, part)[1] as f64),
                difference_h: *difference_h,
                rest_h: rest(place_in_list),
            }
        })
        .collect()
}

fn kind_results(parts: &Parts, runs: &[Done]) -> Vec<KindResult> {
    let results = HourKind::ALL.iter().map(|&kind| {
        let sums = |tally: &Tally| {
            let mine = tally
                .parts
                .iter()
                .filter(|(p, _)| parts.part(**p).2 == kind);
            mine.fold([0u128; 2], |sum, (_, ms)| [sum[0] + ms[0], sum[1] + ms[1]])
        };
        let mean =
            |of: fn([u128; 2]) -> f64| hours(runs, |tally| ratio(of(sums(tally)), tally.all.n));
        KindResult {
            kind,
            base_h: mean(|[base, _]| base as f64),
            variant_h: mean(|[_, variant]| variant as f64),
            difference_h: mean(|[base, variant]| variant as f64 - base as f64),
        }
    });
    results
        .filter(|k| k.base_h.mean != 0.0 || k.variant_h.mean != 0.0)
        .collect()
}

fn group_results(parts: &Parts, runs: &[Done]) -> Vec<GroupResult> {
    let mut met: Vec<Group> = runs
        .iter()
        .flat_map(|r| r.tally.groups.keys().copied())
        .collect();
    met.sort();
    met.dedup();
    met.into_iter()
        .map(|group| {
            let (by, name) = match group {
                Group::Flow(flow) => {
                    let name = parts.flow(EntityId::consignment(flow, 0));
                    ("flow", name.to_owned())
                }
                Group::Channel(Some(channel)) => ("channel", channel.to_string()),
                Group::Channel(None) => ("channel", "none".to_owned()),
                Group::Aeo(true) => ("aeo", "yes".to_owned()),
                Group::Aeo(false) => ("aeo", "no".to_owned()),
            };
            let of = |tally: &Tally| tally.groups.get(&group).copied().unwrap_or_default();
            GroupResult {
                by,
                group: name,
                difference: difference(runs, of),
            }
        })
        .collect()
}

fn unpaired(parts: &Parts, runs: &[Done]) -> Vec<UnpairedResult> {
    let mut met: Vec<_> = runs.iter().flat_map(|r| r.tally.unpaired.keys()).collect();
    met.sort();
    met.dedup();
    met.into_iter()
        .map(|fates| {
            let of = |run: &Done| run.tally.unpaired.get(fates).map_or(0, |u| u.n);
            let first = runs.first().and_then(|run| run.tally.unpaired.get(fates));
            let first = first.map_or(&[][..], |u| &u.first);
            UnpairedResult {
                base: fates[0].words().to_owned(),
                variant: fates[1].words().to_owned(),
                twins: runs.iter().map(of).sum(),
                first: first.iter().map(|c| parts.consignment(*c)).collect(),
            }
        })
        .collect()
}

/// Puts the replications of two variants together.
pub(super) fn summarise(
    study: &Study,
    (base, variant): (usize, usize),
    overloads: Vec<Overload>,
    parts: &Parts,
    runs: &[Done],
) -> TwinsResult {
    let quantile = |p: f64| QuantileResult {
        p,
        difference_h: hours(runs, |tally| tally.quantile(p)),
    };
    let examples = |list: fn(&Tally) -> &Vec<(i64, EntityId)>, sign: f64| {
        let list = runs.first().map_or(&[][..], |run| list(&run.tally));
        let one = |&(ms, who): &(i64, EntityId)| Example {
            consignment: parts.consignment(who),
            difference_h: sign * ms as f64 / HOUR,
        };
        list.iter().map(one).collect()
    };
    let blame = |side: usize, variant: usize| {
        let sites: Vec<&[SiteBlame]> = runs.iter().map(|run| &run.blame[side][..]).collect();
        // Both variants' overloads are told once, with the twins.
        blames(study, variant, Vec::new(), parts, &sites)
    };
    TwinsResult {
        scenario: study.name.clone(),
        title: study.title.clone(),
        seed: study.experiment.seed,
        replications: study.experiment.replications,
        base: study.variants[base].name.clone(),
        variant: study.variants[variant].name.clone(),
        overloads,
        all: difference(runs, |tally| tally.all),
        kinds: kind_results(parts, runs),
        parts: part_results(study, variant, parts, runs),
        quantiles: [0.05, 0.25, 0.5, 0.75, 0.95].map(quantile).to_vec(),
        groups: group_results(parts, runs),
        rerouted: runs.iter().map(|run| run.tally.rerouted).sum(),
        unpaired: unpaired(parts, runs),
        // Kept as the least of the negative differences.
        worst: examples(|tally| &tally.worst, -1.0),
        best: examples(|tally| &tally.best, 1.0),
        blame: [blame(0, base), blame(1, variant)],
        spilled: runs.iter().map(|run| run.spilled).sum(),
    }
}

/// The blame of one variant; `runs` holds the sites of each replication.
pub(super) fn blames(
    study: &Study,
    variant: usize,
    overloads: Vec<Overload>,
    parts: &Parts,
    runs: &[&[SiteBlame]],
) -> Blames {
    let sites = &study.variants[variant].scenario.sites;
    let mut rows = Vec::new();
    for (s, site) in sites.iter().enumerate() {
        let owners = runs.iter().map(|run| run[s].owners.len()).max();
        let mut here: Vec<BlameResult> = (0..owners.unwrap_or(0))
            .filter(|o| {
                let part = |run: &&[SiteBlame]| run[s].owners.get(*o).map_or(0, |t| t.part_in);
                runs.iter().any(|run| part(run) > 0)
            })
            .map(|o| {
                // Of joins, or, where `of_last`, of those at which it was last.
                let mean = |value: fn(&crate::observe::BlameTally) -> f64,
                            of: fn(u64, u64) -> u64| {
                    let one = |run: &&[SiteBlame]| {
                        let tally = run[s].owners.get(o).copied().unwrap_or_default();
                        let n = of(run[s].joins, tally.last);
                        ratio(value(&tally), n).unwrap_or(f64::NAN)
                    };
                    Estimate::from_replications(&runs.iter().map(one).collect::<Vec<f64>>())
                };
                let joins = |joins: u64, _: u64| joins;
                let margin = |t: &crate::observe::BlameTally| t.margin_ms as f64 / HOUR;
                let whose = parts.owner(o).to_owned();
                BlameResult {
                    site: site.name.clone(),
                    site_title: site.title.clone(),
                    whose_title: owner_title(study, variant, &whose),
                    whose,
                    joins: runs.iter().map(|run| run[s].joins).sum(),
                    part_in: mean(|t| t.part_in as f64, joins),
                    last: mean(|t| t.last as f64, joins),
                    together: mean(|t| t.together as f64, joins),
                    margin_h: mean(margin, |_, last| last),
                    cost_h: mean(margin, joins),
                    total_h: mean(margin, |_, _| 1),
                }
            })
            .collect();
        here.sort_by(|a, b| b.total_h.mean.total_cmp(&a.total_h.mean));
        rows.extend(here);
    }
    Blames {
        title: study.title.clone(),
        variant: study.variants[variant].name.clone(),
        replications: study.experiment.replications,
        overloads,
        rows,
    }
}

//! How much of an answer rests on assumed values: each moved alone through its range, screened by Morris's method, and the
//! first few by Sobol's indices; and the ledger of evidence that follows.

use serde::{Deserialize, Serialize};

use super::results::Measure;
use super::{Overload, RunError, RunOptions, Store, Trials};
use crate::observe::Digest;
use crate::scenario::{Change, Factor, GroupedValues, Point, Study, Unvaried};
use crate::stats::{
    Elementary, Estimate, Interval, MorrisDesign, SobolDesign, SobolIndices, all_against_base,
};

/// A place in the space of factors: for each the share of the way from its low to its high end; `None` leaves it as written.
pub type Shares = Vec<Option<f64>>;

/// What is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Question {
    /// The variant.
    pub variant: String,
    /// The variant that it is set against; with `None` the answer is the variant's own mean.
    pub against: Option<String>,
}

/// What moving one group of values through its range does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The values.
    pub group: GroupedValues,
    /// The answer with the group at its low end less the answer as written, hours.
    pub low_h: Estimate,
    /// At its high end.
    pub high_h: Estimate,
    /// The distance between the least and the greatest of the answers at both ends and as written, hours.
    pub swing_h: f64,
    /// Its part of the variance of the answer if every group were uniform in its range and effects added up:
    /// swing²/sum of swings². For all groups, and rough: the indices of Sobol do without both suppositions.
    pub additive_share: f64,
    /// Whether consignments were unfinished at an end, or as written: hours there are those so far.
    pub unfinished: bool,
    /// Whether a desk cannot keep up at an end, or as written: hours there grow with the horizon.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overloaded: bool,
    /// Whether the sign of a difference changes within the range.
    pub sign: Sign,
    /// Hours per consignment that choosing the better variant would gain on average if the group were known before, with the group uniform in its
    /// range and the answer a line from each end to what it is as written; zero where no choice would change.
    pub worth_h: f64,
}

impl Entry {
    /// Whether hours at an end, or as written, say how long was simulated: more would come of a longer run.
    pub fn grows(&self) -> bool {
        self.unfinished || self.overloaded
    }
}

/// Whether the sign of a difference changes when a group goes to an end of its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// The answer is no difference.
    None,
    /// It keeps its sign at both ends, intervals included.
    Kept,
    /// An interval at an end holds zero.
    Uncertain,
    /// It has the other sign at an end, interval included.
    Changes,
}

impl Sign {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Sign::None => "-",
            Sign::Kept => "kept",
            Sign::Uncertain => "uncertain",
            Sign::Changes => "changes",
        }
    }
}

/// Morris's measures of a group, hours per whole range.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Screened {
    /// The group's name.
    pub group: String,
    /// Mean of the absolute elementary effects, with half its interval.
    pub mu_star: Estimate,
    /// Mean of the effects.
    pub mu: Estimate,
    /// Their standard deviation.
    pub sigma: f64,
}

/// Sobol's indices of a group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Indexed {
    /// The group's name.
    pub group: String,
    /// What would go of the variance if it were known.
    pub first: Estimate,
    /// What would stay if all others were known.
    pub total: Estimate,
}

/// All that was found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sensitivity {
    /// Title of the study.
    pub title: String,
    /// What is asked.
    pub question: Question,
    /// Of which mean.
    pub measure: Measure,
    /// The answer as written, hours.
    pub answer_h: Estimate,
    /// The groups, the greatest swing first; empty where the tornado was not asked for.
    pub ledger: Vec<Entry>,
    /// Morris's measures, the greatest first.
    pub morris: Vec<Screened>,
    /// Trajectories behind them.
    pub trajectories: usize,
    /// Sobol's indices of the first few groups.
    pub sobol: Vec<Indexed>,
    /// Standard deviation of the answer over the points of Sobol's design, hours.
    pub sobol_sd_h: Option<f64>,
    /// Base points of that design.
    pub points: usize,
    /// Values that were not varied.
    pub unvaried: Vec<Unvaried>,
    /// Replications of each point.
    pub replications: u32,
    /// Root seed.
    pub seed: u64,
    /// Runs made in all.
    pub runs: usize,
    /// By method: at how many of its points a desk cannot keep up, and where most; methods without such points are not
    /// among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overloads: Vec<OverloadedPoints>,
    /// What the reader should know.
    pub notes: Vec<String>,
    /// Digest of all facts of all runs.
    pub digest: String,
    /// Events in them.
    #[serde(skip)]
    pub events: u64,
}

/// Points of a method at which a desk cannot keep up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OverloadedPoints {
    /// What its points are called, such as `points of the tornado`.
    pub what: String,
    /// How many there are.
    pub of: usize,
    /// At how many of them a desk cannot keep up.
    pub count: usize,
    /// Where most; its name says which point that is.
    pub worst: Overload,
}

/// The places of a tornado: as written, then each group at its low and its high end.
pub fn tornado_places(groups: usize) -> Vec<Shares> {
    let mut places = vec![vec![None; groups]];
    for group in 0..groups {
        for end in [0.0, 1.0] {
            let mut place = vec![None; groups];
            place[group] = Some(end);
            places.push(place);
        }
    }
    places
}

/// Places of a design of numbers in [0, 1], in which only the groups of `moved` move.
pub fn design_places(groups: usize, moved: &[usize], points: &[Vec<f64>]) -> Vec<Shares> {
    let place = |point: &Vec<f64>| {
        let mut place = vec![None; groups];
        for (group, share) in moved.iter().zip(point) {
            place[*group] = Some(*share);
        }
        place
    };
    points.iter().map(place).collect()
}

/// The places as design points: each once for the variant and once for what it is set against.
pub fn scenario_points(
    groups: &[GroupedValues],
    places: &[Shares],
    question: &Question,
) -> Vec<Point> {
    let variants = std::iter::once(&question.variant).chain(&question.against);
    let variants: Vec<&String> = variants.collect();
    let mut points = Vec::with_capacity(places.len() * variants.len());
    for (at, place) in places.iter().enumerate() {
        let mut changes = Vec::new();
        for (group, share) in groups.iter().zip(place) {
            let Some(share) = share else { continue };
            changes.extend(group.values.iter().map(|value| Change {
                factor: Factor::Path(value.path.clone()),
                value: value.at(*share),
            }));
        }
        for variant in &variants {
            points.push(Point {
                name: format!("place {at}, {variant}"),
                variant: Some((*variant).clone()),
                changes: changes.clone(),
                interventions: Vec::new(),
                option: "sensitivity".to_owned(),
            });
        }
    }
    points
}

/// The answers at places, and what they are of.
pub struct Answers {
    /// By place, by replication, hours.
    pub values: Vec<Vec<f64>>,
    /// Of which mean.
    pub measure: Measure,
    /// By place: whether more than 0.1 % of the consignments were unfinished, so that a mean is a lower bound.
    pub unfinished: Vec<bool>,
    /// By place: where a desk cannot keep up in the variant, or in what it is set against.
    pub overloads: Vec<Option<Overload>>,
    /// Digest of all facts of all runs.
    pub digest: Digest,
    /// Events in them.
    pub events: u64,
}

impl Answers {
    /// The mean over replications at each place; NaN where nothing was observed.
    pub fn means(&self) -> Vec<f64> {
        let mean = |values: &Vec<f64>| {
            let known: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
            known.iter().sum::<f64>() / known.len() as f64
        };
        self.values.iter().map(mean).collect()
    }
}

/// Runs the points of [`scenario_points`], which are the variants of `study`.
///
/// # Errors
/// [`RunError`]: a point cannot be run, or there is no such measure.
pub fn answers(
    study: &Study,
    question: &Question,
    measure: Option<&Measure>,
    options: &RunOptions,
    store: Option<&dyn Store>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Answers, RunError> {
    let mut trials = Trials::new(study, options)?;
    if let Some(store) = store {
        trials = trials.with_store(store);
    }
    if let Some(measure) = measure
        && trials.values(0, measure).is_none()
    {
        return Err(trials.no_measure(0, measure, "this scenario"));
    }
    trials.extend_all(study.experiment.replications, progress)?;
    let measure = measure.cloned().unwrap_or_else(|| trials.headline());
    let sides = 1 + usize::from(question.against.is_some());
    let values = |at: usize| {
        let values = trials.values(at, &measure);
        values.ok_or_else(|| trials.no_measure(at, &measure, "this scenario"))
    };
    let mut found = Vec::new();
    let mut unfinished = Vec::new();
    let mut overloads = Vec::new();
    for at in (0..study.variants.len()).step_by(sides) {
        unfinished.push((at..at + sides).any(|v| trials.is_bound(v, &measure)));
        let here: Vec<Overload> = (at..at + sides)
            .filter_map(|v| trials.overload(v))
            .collect();
        overloads.push(Overload::worst(here.iter()).cloned());
        let own = values(at)?;
        found.push(match sides {
            1 => own,
            _ => own
                .iter()
                .zip(values(at + 1)?)
                .map(|(own, other)| own - other)
                .collect(),
        });
    }
    let (digest, events, _) = trials.account();
    Ok(Answers {
        values: found,
        measure,
        unfinished,
        overloads,
        digest,
        events,
    })
}

/// The ledger from the answers at the places of a tornado, the greatest swing first. Intervals hold for all ends together
/// (Bonferroni).
pub fn ledger(groups: &[GroupedValues], answers: &Answers, question: &Question) -> Vec<Entry> {
    let [base, ends @ ..] = &answers.values[..] else {
        return Vec::new();
    };
    let answer = Estimate::from_replications(base);
    let intervals = all_against_base(base, ends, crate::stats::CONFIDENCE);
    // The answers at all ends hold together, too.
    let each = 1.0 - (1.0 - crate::stats::CONFIDENCE) / ends.len().max(1) as f64;
    let pairs = groups.iter().zip(intervals.chunks(2)).zip(ends.chunks(2));
    let mut entries: Vec<Entry> = pairs
        .enumerate()
        .map(|(at, ((group, interval), ends))| {
            let (low_h, high_h): (Estimate, Estimate) = (interval[0].into(), interval[1].into());
            let (low, high) = (low_h.mean, high_h.mean);
            let swing_h = low.max(high).max(0.0) - low.min(high).min(0.0);
            let differs = question.against.is_some();
            let at_ends: Vec<Estimate> = ends
                .iter()
                .map(|v| Interval::of_mean(v, each).into())
                .collect();
            let places = [0, 1 + 2 * at, 2 + 2 * at];
            Entry {
                unfinished: places.iter().any(|place| answers.unfinished[*place]),
                overloaded: places
                    .iter()
                    .any(|place| answers.overloads[*place].is_some()),
                swing_h,
                additive_share: 0.0,
                sign: match differs {
                    true => sign(&answer, &at_ends),
                    false => Sign::None,
                },
                worth_h: match differs {
                    true => worth(answer.mean, low, high),
                    false => 0.0,
                },
                group: group.clone(),
                low_h,
                high_h,
            }
        })
        .collect();
    let all: f64 = entries.iter().map(|e| e.swing_h * e.swing_h).sum();
    if all > 0.0 {
        for entry in &mut entries {
            entry.additive_share = entry.swing_h * entry.swing_h / all;
        }
    }
    entries.sort_by(|a, b| b.swing_h.total_cmp(&a.swing_h));
    entries
}

fn sign(answer: &Estimate, ends: &[Estimate]) -> Sign {
    let other = |end: &Estimate| match answer.mean > 0.0 {
        true => end.high() < 0.0,
        false => end.low() > 0.0,
    };
    if ends.iter().any(other) {
        Sign::Changes
    } else if ends.iter().any(|end| end.contains(0.0)) {
        Sign::Uncertain
    } else {
        Sign::Kept
    }
}

/// The expected gain of a choice between two variants with the value known, over the choice as written: the mean, over the
/// value uniform in its range, of how far the difference lies on the other side of zero. The difference is a line from each
/// end to `answer`, which is taken to lie in the middle of the range.
fn worth(answer: f64, low: f64, high: f64) -> f64 {
    // On a line from p to q, both taken with the sign that would change the choice: mean of what is above zero.
    let sign = if answer > 0.0 { -1.0 } else { 1.0 };
    let above = |p: f64, q: f64| match (p > 0.0, q > 0.0) {
        (true, true) => (p + q) / 2.0,
        (false, false) => 0.0,
        (true, false) => p * p / (p - q) / 2.0,
        (false, true) => q * q / (q - p) / 2.0,
    };
    let (middle, low, high) = (sign * answer, sign * (answer + low), sign * (answer + high));
    (above(low, middle) + above(middle, high)) / 2.0
}

/// Morris's measures by group, the greatest mean absolute effect first; `None` where a point has no answer.
pub fn screened(
    groups: &[GroupedValues],
    design: &MorrisDesign,
    answers: &Answers,
) -> Option<Vec<Screened>> {
    let found: Vec<Elementary> = design.effects(&answers.means(), crate::stats::CONFIDENCE)?;
    let mut found: Vec<Screened> = groups
        .iter()
        .zip(found)
        .map(|(group, e)| Screened {
            group: group.name.clone(),
            mu_star: e.mu_star.into(),
            mu: e.mu.into(),
            sigma: e.sigma,
        })
        .collect();
    found.sort_by(|a, b| b.mu_star.mean.total_cmp(&a.mu_star.mean));
    Some(found)
}

/// Sobol's indices of the groups that moved, and the standard deviation of the answer; `None` where a point has no answer or
/// nothing varies.
pub fn indexed(
    groups: &[GroupedValues],
    moved: &[usize],
    design: &SobolDesign,
    answers: &Answers,
) -> Option<(Vec<Indexed>, f64)> {
    let found: SobolIndices = design.indices(&answers.means(), crate::stats::CONFIDENCE)?;
    let indices = moved.iter().zip(&found.factors);
    let indices = indices.map(|(group, index)| Indexed {
        group: groups[*group].name.clone(),
        first: index.first.into(),
        total: index.total.into(),
    });
    Some((indices.collect(), found.variance.sqrt()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::scenario::Assumed;

    fn group(name: &str) -> GroupedValues {
        let value = Assumed {
            path: name.to_owned(),
            value: "1".to_owned(),
            number: 1.0,
            unit: String::new(),
            low: 0.0,
            high: 2.0,
            stated: true,
            whole: false,
        };
        GroupedValues {
            name: name.to_owned(),
            values: vec![value],
        }
    }

    fn question() -> Question {
        Question {
            variant: "b".to_owned(),
            against: Some("a".to_owned()),
        }
    }

    /// -1 + 4 (x - ½) + (y - ½), x and y the shares.
    fn answer(place: &Shares) -> Vec<f64> {
        let x = |at: usize| place[at].unwrap_or(0.5) - 0.5;
        let value = -1.0 + 4.0 * x(0) + x(1);
        vec![value, value + 0.15, value - 0.15]
    }

    fn answers(places: &[Shares]) -> Answers {
        Answers {
            values: places.iter().map(answer).collect(),
            measure: Measure::AllSides,
            unfinished: vec![false; places.len()],
            overloads: vec![None; places.len()],
            digest: Digest::default(),
            events: 0,
        }
    }

    #[test]
    fn the_ledger_ranks_by_swing_and_knows_where_the_choice_changes() {
        let groups = [group("y"), group("x")];
        // The order of the file is not that of importance.
        let mut places = tornado_places(2);
        places.iter_mut().for_each(|place| place.reverse());
        let found = ledger(&groups, &answers(&places), &question());
        assert_eq!(found[0].group.name, "x");
        assert!(
            (found[0].low_h.mean + 2.0).abs() < 1e-12 && (found[0].high_h.mean - 2.0).abs() < 1e-12
        );
        assert!((found[0].swing_h - 4.0).abs() < 1e-12 && (found[1].swing_h - 1.0).abs() < 1e-12);
        assert!((found[0].additive_share - 16.0 / 17.0).abs() < 1e-12);
        assert_eq!(
            (found[0].sign, found[1].sign),
            (Sign::Changes, Sign::Uncertain)
        );
        // From -1 in the middle to +1 at the end: above zero on a quarter of the range, ½ on average there.
        assert!(
            (found[0].worth_h - 0.125).abs() < 1e-12,
            "{}",
            found[0].worth_h
        );
        assert_eq!(found[1].worth_h, 0.0);
    }

    #[test]
    fn screening_and_indices_find_the_same() {
        let groups = [group("x"), group("y"), group("idle")];
        let design = MorrisDesign::new(3, 4, 4, 1).unwrap();
        let places = design_places(3, &[0, 1, 2], design.points());
        let found = screened(&groups, &design, &answers(&places)).unwrap();
        assert_eq!(found[0].group, "x");
        assert!((found[0].mu_star.mean - 4.0).abs() < 1e-9 && found[0].sigma < 1e-9);
        assert!((found[1].mu.mean - 1.0).abs() < 1e-9 && found[2].mu_star.mean == 0.0);
        let design = SobolDesign::new(2, 256, 1).unwrap();
        let places = design_places(3, &[0, 1], design.points());
        let (found, sd) = indexed(&groups, &[0, 1], &design, &answers(&places)).unwrap();
        assert!(
            (found[0].first.mean - 16.0 / 17.0).abs() < 0.03,
            "{found:?}"
        );
        assert!((found[1].total.mean - 1.0 / 17.0).abs() < 0.03);
        assert!((sd - (17.0f64 / 12.0).sqrt()).abs() < 0.02, "{sd}");
    }

    #[test]
    fn points_change_every_value_of_a_group_for_both_variants() {
        let groups = [group("x"), group("y")];
        let points = scenario_points(&groups, &tornado_places(2), &question());
        assert_eq!(points.len(), 10);
        assert!(points[0].changes.is_empty() && points[1].changes.is_empty());
        assert_eq!(points[4].changes, points[5].changes);
        assert_eq!(points[4].changes[0].value, "2.0");
        assert_eq!(points[5].variant.as_deref(), Some("a"));
    }
}

//! What examinations miss: the price of every lower examination rate, with its interval.

use super::results::MissedRow;
use crate::experiment::replication::examinations;
use crate::experiment::trials::Trials;
use crate::scenario::Study;
use crate::stats::{CONFIDENCE, ratio, ratio_difference};
use crate::terms::Role;

/// The relative rise of a missed share from which it is shown even where chance may explain it.
const RISE: f64 = 0.01;

/// An examination by what it is called, whichever plans of a site hold it.
struct Examined {
    site: usize,
    role: Role,
    procedure: String,
    step: String,
    /// What people call it.
    side: String,
    title: String,
    /// By replication: expected to be missed, and came.
    missed: Vec<f64>,
    came: Vec<f64>,
}

impl Examined {
    fn is(&self, other: &Examined) -> bool {
        (self.site, self.role, &self.procedure, &self.step)
            == (other.site, other.role, &other.procedure, &other.step)
    }
}

/// The examinations of a variant, in the order of its network.
fn examined(trials: &Trials<'_>, variant: usize) -> Vec<Examined> {
    let scenario = &trials.study().variants[variant].scenario;
    let network = &trials.networks()[variant];
    let rows = trials.rows(variant);
    let mut found: Vec<Examined> = Vec::new();
    for (at, exam) in examinations(network).enumerate() {
        let node = &network.sites[exam.site];
        let mut cells = node.cells.iter();
        let Some(cell) = cells.find(|cell| cell.plan as usize == exam.plan) else {
            continue;
        };
        let plan = &node.plans[exam.plan];
        let step = &plan.steps[exam.step];
        let procedure = &scenario.procedures[step.procedure.index()];
        let place = match &plan.one_stop {
            Some(post) => &scenario.posts[post.post].title,
            None => &scenario.sites[exam.site].title,
        };
        let of = |which: usize| rows.iter().map(|row| row.examined[at][which]).collect();
        let this = Examined {
            site: exam.site,
            role: cell.role,
            procedure: procedure.name.clone(),
            step: step.name.clone(),
            side: format!("{place} ({})", cell.role),
            title: procedure.steps[step.listed as usize].title.clone(),
            missed: of(0),
            came: of(1),
        };
        let add = |sums: &mut [f64], more: &[f64]| {
            sums.iter_mut().zip(more).for_each(|(sum, x)| *sum += x);
        };
        match found.iter_mut().find(|known| known.is(&this)) {
            Some(known) => {
                add(&mut known.missed, &this.missed);
                add(&mut known.came, &this.came);
            }
            None => found.push(this),
        }
    }
    found
}

/// Examinations that miss more under an intervention than in the base: surely, or by more than [`RISE`]. Both shares are
/// over the replications that both have, which share their random numbers.
pub(super) fn missed(trials: &Trials<'_>, study: &Study) -> Vec<MissedRow> {
    let base = examined(trials, 0);
    let mut found = Vec::new();
    for (at, intervention) in study.interventions.iter().enumerate() {
        for other in examined(trials, at + 1) {
            let Some(same) = base.iter().find(|known| known.is(&other)) else {
                continue;
            };
            let n = same.came.len().min(other.came.len());
            let (base, with) = (
                (&same.missed[..n], &same.came[..n]),
                (&other.missed[..n], &other.came[..n]),
            );
            let of = |(missed, came): (&[f64], &[f64])| ratio(missed, came, CONFIDENCE);
            let (Some(before), Some(after), Some(more)) =
                (of(base), of(with), ratio_difference(base, with, CONFIDENCE))
            else {
                continue;
            };
            if more.low() > 0.0 || more.centre > RISE * before.centre {
                found.push(MissedRow {
                    intervention: intervention.name.clone(),
                    side: other.side,
                    step: other.title,
                    before: before.into(),
                    after: after.into(),
                    more: more.into(),
                });
            }
        }
    }
    found
}

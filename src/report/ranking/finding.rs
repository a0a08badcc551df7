//! The answer in one sentence, with how sure it is.

use super::capacity::sentence;
use super::of_what;
use super::order::by;
use crate::experiment::rank::NOTHING;
use crate::experiment::rank::results::{Bundle, Ranking, Verdict};
use crate::experiment::results::Measured;
use crate::report::growing::{growing_at, with_growing};
use crate::report::number::{self, estimate, fixed};

/// Probability as a percentage: at least two digits, and never rounded up to certainty.
pub(super) fn per_cent(p: f64) -> String {
    match p {
        p if p > 0.999 => "more than 99.9 %".to_owned(),
        p => format!("{} %", fixed(100.0 * p, if p > 0.99 { 1 } else { 0 })),
    }
}

/// An amount of hours in words, such as `5.1 ±0.4 h`.
fn hours(m: &Measured) -> String {
    match m {
        Measured::Estimate(e) => format!("{} h", estimate(e)),
        other => format!("{} h", number::measured(other)),
    }
}

fn zone(ranking: &Ranking) -> String {
    format!("{} h", ranking.delta_h)
}

/// The finding of a ranking.
pub fn finding(ranking: &Ranking) -> String {
    let mut text = first(ranking);
    let best = &ranking.systems[ranking.best];
    let cheap = by(ranking, |system| system.teu_hours_per_kusd);
    if let Some(cheap) = cheap.first()
        && let Measured::Estimate(e) = cheap.teu_hours_per_kusd
        && e.low() > 0.0
    {
        let too = match cheap.name == best.name {
            true => "It also saves".to_owned(),
            false => format!("For its cost \"{}\" saves", cheap.name),
        };
        text.push_str(&format!(
            " {too} most by estimate: {} TEU-hours for 1000 US$.",
            number::rounded(&e)
        ));
    }
    if let Some(portfolio) = &ranking.portfolio
        && let Some(bundle) = portfolio.best.map(|at| &portfolio.bundles[at])
    {
        text.push_str(&together(ranking, bundle, &portfolio.verdict));
    }
    text.push_str(&sentence(ranking));
    text
}

/// Who cannot be ranked, and what the hours of the base are worth then.
fn not_ranked(ranking: &Ranking) -> String {
    if ranking.not_ranked.is_empty() {
        return String::new();
    }
    let overloaded = |name: &&String| ranking.overloads.iter().any(|o| o.variant == **name);
    let (behind, unfinished): (Vec<&String>, Vec<&String>) =
        ranking.not_ranked.iter().partition(overloaded);
    let listed = |names: Vec<&String>, why: &str| {
        let called = names.iter().map(|name| match name.as_str() {
            NOTHING => "doing nothing".to_owned(),
            name => format!("\"{name}\""),
        });
        let called: Vec<String> = called.collect();
        (!called.is_empty()).then(|| format!("{} ({why})", called.join(", ")))
    };
    let all = [
        listed(
            behind,
            "a desk cannot keep up, and consignments are unfinished",
        ),
        listed(unfinished, "consignments are unfinished"),
    ];
    let all: Vec<String> = all.into_iter().flatten().collect();
    format!(
        " No guarantee is made for those that cannot be ranked, because their means are only lower bounds: {}.",
        all.join(" and ")
    )
}

fn first(ranking: &Ranking) -> String {
    let best = &ranking.systems[ranking.best];
    let nothing = ranking.best == 0;
    let name = match nothing {
        true => "doing nothing".to_owned(),
        false => format!("\"{}\"", best.name),
    };
    let known = ranking.systems.len() - ranking.not_ranked.len();
    let of = match ranking.not_ranked.is_empty() {
        true => format!(
            "the best of {} and of doing nothing",
            match ranking.systems.len() - 1 {
                1 => "the one intervention".to_owned(),
                n => format!("{n} interventions"),
            }
        ),
        false => format!(
            "the best of the {known} of {} candidates (doing nothing is one) whose hours are known",
            ranking.systems.len()
        ),
    };
    let saves = match (nothing, &best.saved_h) {
        (true, _) => String::new(),
        // Nothing can be told from a lower bound of the base.
        (false, Measured::AtLeast(_) | Measured::Missing) => match &best.mean_h {
            Measured::Estimate(e) => format!(
                ": with it there are {} h {}; what it saves of the {} of doing nothing is not known",
                estimate(e),
                of_what(&ranking.measure),
                hours(&ranking.systems[0].mean_h)
            ),
            _ => String::new(),
        },
        (false, Measured::Estimate(_)) => format!(
            ": it saves {} of the {} {}",
            hours(&best.saved_h),
            hours(&ranking.systems[0].mean_h),
            of_what(&ranking.measure)
        ),
    };
    let text = match ranking.verdict {
        Verdict::Guaranteed(p) => format!(
            "With at least {} probability {of}, or within {} of it, is {name}{saves}.",
            per_cent(p),
            zone(ranking)
        ),
        Verdict::Estimated(p, budget) => format!(
            "With an estimated probability of {} (no guarantee; {budget} replications by OCBA) {of} is {name}{saves}.",
            per_cent(p)
        ),
        Verdict::NotSettled(survivors) => format!(
            "Not settled: after {} replications of each {survivors} are left within {} of each other. By estimate alone, \
             {of} is {name}{saves}.",
            ranking.max_replications,
            zone(ranking)
        ),
        Verdict::Bound if matches!(best.mean_h, Measured::Estimate(_)) => format!(
            "No guarantee: of {} only {name} has hours that are known{saves}.",
            ranking.systems.len()
        ),
        Verdict::Bound => format!(
            "No intervention can be recommended: by the hours so far the best is {name}, but too many of its consignments \
             were unfinished to know its mean."
        ),
    };
    let growing = growing_at(&ranking.overloads, ranking.systems.len(), "candidates");
    format!("{}{}", with_growing(text, &growing), not_ranked(ranking))
}

/// The names of a bundle in words.
pub(super) fn names(bundle: &Bundle) -> String {
    let quoted: Vec<String> = bundle.names.iter().map(|n| format!("\"{n}\"")).collect();
    match &quoted[..] {
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
        [] => String::new(),
    }
}

fn together(ranking: &Ranking, bundle: &Bundle, verdict: &Verdict) -> String {
    let sure = match verdict {
        Verdict::Bound => "by the hours so far the best (no guarantee)".to_owned(),
        Verdict::Guaranteed(p) => format!(
            "with at least {} probability the best, or within {} of it,",
            per_cent(*p),
            zone(ranking)
        ),
        _ => "by estimate the best (not settled)".to_owned(),
    };
    let Some(portfolio) = &ranking.portfolio else {
        return String::new();
    };
    let limit = portfolio.capital_limit.map_or_else(String::new, |limit| {
        format!(
            " for at most {} US$ of capital",
            number::count(limit as u64)
        )
    });
    // The promise is about the sets that competed, and no others.
    let competing = portfolio.bundles.iter().filter(|b| b.competes).count();
    let taken = portfolio.taken.len();
    let among = match portfolio.of {
        of if taken < of => format!("the {taken} interventions that save most alone by estimate"),
        of if of + 1 < ranking.systems.len() => format!("the {of} interventions within it"),
        of => format!("all {of} interventions"),
    };
    let sets = match competing {
        1 => "the one set".to_owned(),
        n => format!("the {n} sets"),
    };
    let less = match (bundle.interaction_h, bundle.members.len()) {
        (Measured::Estimate(e), 2..) if e.high() < 0.0 => {
            format!(
                ", {} h less than each alone added up",
                estimate(&negated(e))
            )
        }
        (Measured::Estimate(e), 2..) if e.low() > 0.0 => {
            format!(", {} h more than each alone added up", estimate(&e))
        }
        _ => String::new(),
    };
    let choose = portfolio.choose;
    let is = if bundle.members.len() == 1 {
        "is"
    } else {
        "are"
    };
    let both = match (ranking.verdict, verdict) {
        (Verdict::Guaranteed(p), Verdict::Guaranteed(_)) => {
            format!(" Each of the two {} stands for itself.", per_cent(p))
        }
        _ => String::new(),
    };
    let saved = match &bundle.saved_h {
        Measured::Estimate(_) => hours(&bundle.saved_h),
        _ if bundle.members.len() == 1 => "what it saves is not known".to_owned(),
        _ => "what they save is not known".to_owned(),
    };
    format!(
        " Of {sets} of up to {choose} together{limit}, out of {among}, {sure} {is} {}: {saved}{less}.{both}",
        names(bundle)
    )
}

fn negated(e: crate::stats::Estimate) -> crate::stats::Estimate {
    crate::stats::Estimate { mean: -e.mean, ..e }
}

//! What every finding says where a desk cannot keep up: its hours are no steady figure.

use crate::experiment::Overload;
use crate::report::number::fixed;

/// Of many points so many are named; of more the worst alone.
const NAMED: usize = 2;

/// After a finding's last clause: the variants whose hours grow with the horizon, because a desk cannot keep up; empty
/// where there is none.
pub(crate) fn growing(overloads: &[Overload]) -> String {
    let named: Vec<String> = overloads.iter().map(named).collect();
    if named.is_empty() {
        String::new()
    } else {
        format!(
            "; a desk cannot keep up under {}, whose hours therefore grow with the horizon",
            named.join(", ")
        )
    }
}

/// As [`growing`], of `all` points: where it is so at many, how many, and the worst.
pub(crate) fn growing_at(overloads: &[Overload], all: usize, what: &str) -> String {
    match Overload::worst(overloads.iter()) {
        Some(worst) if overloads.len() > NAMED => growing_count(overloads.len(), worst, all, what),
        _ => growing(overloads),
    }
}

/// As [`growing_at`], where only their number and the worst are known.
pub(crate) fn growing_count(count: usize, worst: &Overload, all: usize, what: &str) -> String {
    let load = match worst.load {
        Some(load) => format!(", offered {} of what it can do", fixed(load, 2)),
        None => ", with nobody on duty".to_owned(),
    };
    format!(
        "; a desk cannot keep up at {count} of {all} {what} (worst {}{load}), whose hours therefore grow with the horizon",
        named(worst)
    )
}

/// A finding that is a sentence of its own, with this before its last full stop.
pub(crate) fn with_growing(sentence: String, growing: &str) -> String {
    match sentence.strip_suffix('.') {
        Some(body) => format!("{body}{growing}."),
        None => sentence,
    }
}

fn named(overload: &Overload) -> String {
    format!(
        "\"{}\" ({}: {}, {})",
        overload.variant, overload.title, overload.agency, overload.desk
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overload(variant: &str, load: Option<f64>) -> Overload {
        Overload {
            variant: variant.to_owned(),
            title: "Entry side".to_owned(),
            agency: "customs".to_owned(),
            desk: "customs-exam".to_owned(),
            load,
        }
    }

    #[test]
    fn few_are_named_and_of_many_the_worst() {
        let one = [overload("servers=2", Some(1.62))];
        assert_eq!(
            with_growing("It takes 9 h.".to_owned(), &growing(&one)),
            "It takes 9 h; a desk cannot keep up under \"servers=2\" (Entry side: customs, customs-exam), whose hours \
             therefore grow with the horizon."
        );
        assert_eq!(growing_at(&one, 12, "points"), growing(&one));
        let three = [
            overload("servers=3", Some(1.08)),
            overload("servers=2", Some(1.623)),
            overload("servers=1", Some(1.1)),
        ];
        assert_eq!(
            growing_at(&three, 12, "points"),
            "; a desk cannot keep up at 3 of 12 points (worst \"servers=2\" (Entry side: customs, customs-exam), offered \
             1.62 of what it can do), whose hours therefore grow with the horizon"
        );
        assert_eq!(growing(&[]), "");
        assert_eq!(
            with_growing("It takes 9 h.".to_owned(), ""),
            "It takes 9 h."
        );
    }
}

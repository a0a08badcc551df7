//! Candidate interventions: names resolved, costs checked. Their `set` tables are applied to the tree elsewhere.

use super::cooperation::Policy;
use super::items;
use super::names::Lists;
use super::variants::known_names;
use crate::scenario::document::{Document, InterventionDoc};
use crate::scenario::model::{Agreement, Intervention};
use crate::scenario::read::Reader;
use crate::scenario::source::Spot;
use crate::terms::Regime;
use crate::time::{Span, Time};

/// An intervention with what it changes beside scenario values.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What the study says of it; conflicts are found later, from the tree.
    pub about: Intervention,
    /// New regime.
    pub regime: Option<Regime>,
    /// Set of agreements in force.
    pub cooperation: Option<String>,
    /// Agreements added.
    pub agreements: Vec<Agreement>,
    /// Reforms added.
    pub reforms: Vec<String>,
    /// Posts added.
    pub posts: Vec<String>,
}

/// The interventions of `document`, in file order.
pub fn interventions(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    lists: &Lists,
    policy: &Policy,
) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (key, doc) in items(&document.interventions) {
        lists.sets.field(reader, &doc.cooperation);
        check_change(reader, doc, &key.name, key.spot);
        check_costs(reader, doc, &key.name);
        let text = |field: Option<&crate::scenario::leaf::Text>| field.map(|t| t.0.clone());
        candidates.push(Candidate {
            about: Intervention {
                name: key.name.clone(),
                title: text(doc.title.get()).unwrap_or_else(|| key.name.clone()),
                capital: doc.capital.get().map(|money| money.0),
                life: doc.life.get().map(|life| Span::from_ms_f64(life.0)),
                yearly: doc.yearly.get().map(|money| money.0),
                payer: text(doc.payer.get()),
                group: text(doc.group.get()),
                conflicts: Vec::new(),
            },
            regime: doc.regime.get().map(|word| word.0),
            cooperation: text(doc.cooperation.get()),
            agreements: match doc.agreements.get() {
                Some(list) => policy.agreements(reader, list, Time::ZERO),
                None => Vec::new(),
            },
            reforms: known_names(reader, &doc.reforms, &lists.reforms).unwrap_or_default(),
            posts: known_names(reader, &doc.posts, &lists.posts).unwrap_or_default(),
        });
    }
    candidates
}

fn check_change(reader: &mut Reader<'_, '_>, doc: &InterventionDoc, name: &str, spot: Spot) {
    let idle = doc.regime.is_absent()
        && doc.cooperation.is_absent()
        && doc.agreements.is_absent()
        && doc.reforms.is_absent()
        && doc.posts.is_absent()
        && doc.set.is_absent();
    if idle {
        let remedy = "state `set`, `regime`, `cooperation`, `agreements`, `reforms` or `posts`: what it changes";
        reader.error(
            spot,
            format!("intervention `{name}` changes nothing"),
            remedy,
        );
    }
}

fn check_costs(reader: &mut Reader<'_, '_>, doc: &InterventionDoc, name: &str) {
    if let Some((life, spot)) = doc.life.placed()
        && life.0 < 1.0
    {
        reader.error(
            spot,
            format!("what intervention `{name}` builds has no life"),
            "write how long it lasts, such as \"10 years\"",
        );
    }
    if let Some((_, spot)) = doc.capital.placed()
        && doc.life.is_absent()
    {
        reader.error(
            spot,
            format!("the capital cost of intervention `{name}` has no life to be spread over"),
            "add `life`: how long it lasts, such as \"10 years\"",
        );
    }
    if let Some((_, spot)) = doc.life.placed()
        && doc.capital.is_absent()
    {
        reader.warn(
            spot,
            format!("`life` of intervention `{name}` is read beside `capital` only"),
            "state `capital`, or leave `life` out",
        );
    }
}

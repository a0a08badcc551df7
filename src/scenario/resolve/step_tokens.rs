//! Tokens that steps take and give back.

use super::items;
use super::names::Lists;
use crate::scenario::collection::List;
use crate::scenario::document::Document;
use crate::scenario::leaf::Text;
use crate::scenario::model::{Variant, holding};
use crate::scenario::read::{Field, Reader};
use crate::terms::TokenId;

/// The tokens that a list names, each once.
pub fn named(
    reader: &mut Reader<'_, '_>,
    field: &Field<List<Text>>,
    lists: &Lists,
) -> Vec<TokenId> {
    let mut tokens: Vec<TokenId> = Vec::new();
    for (name, spot) in field.get().map_or(&[][..], |list| list.items.as_slice()) {
        let Some(token) = lists.tokens.find(reader, &name.0, *spot).map(TokenId::from) else {
            continue;
        };
        if tokens.contains(&token) {
            reader.error(
                *spot,
                format!("`{}` stands twice", name.0),
                "a step takes one of each: keep one of them",
            );
        } else {
            tokens.push(token);
        }
    }
    tokens
}

/// Checks over all variants that what a step takes is given back, in every order that the steps may have.
pub fn check(reader: &mut Reader<'_, '_>, document: &Document, variants: &[Variant]) {
    for variant in variants {
        for fault in holding::faults(&variant.scenario) {
            let procedure = &variant.scenario.procedures[fault.procedure];
            let step = &procedure.steps[fault.step].name;
            let docs = items(&document.procedures);
            let Some((key, doc)) = docs.iter().find(|(key, _)| key.name == procedure.name) else {
                continue;
            };
            let steps = doc
                .steps
                .get()
                .map_or(&[][..], |list| list.items.as_slice());
            let written = steps
                .iter()
                .find(|(doc, _)| doc.name.get().is_some_and(|name| name.0 == *step));
            let spot = written.map_or(key.spot, |(doc, spot)| {
                let field = if fault.gives { &doc.gives } else { &doc.takes };
                field.spot().unwrap_or(*spot)
            });
            reader.error(spot, fault.what, fault.remedy);
        }
    }
}

//! The order of a procedure's steps: names, `after`, and circles.

use crate::scenario::document::StepDoc;
use crate::scenario::model::Step;
use crate::scenario::read::Reader;
use crate::scenario::source::Spot;

/// Resolves `after`, and refuses duplicate names and circles.
pub fn after(reader: &mut Reader<'_, '_>, docs: &[(StepDoc, Spot)], steps: &mut [Step]) {
    let names: Vec<String> = steps.iter().map(|step| step.name.clone()).collect();
    for (at, (doc, _)) in docs.iter().enumerate() {
        if let Some((name, spot)) = doc.name.placed()
            && name.0.is_empty()
        {
            let message = "the name of this step is empty";
            reader.error(spot, message, "draws and reports go by step names");
        } else if let Some((name, spot)) = doc.name.placed()
            && names[..at].contains(&name.0)
        {
            let remedy = "give it another: draws and reports go by step names";
            reader.error(
                spot,
                format!("this procedure has two steps called `{}`", name.0),
                remedy,
            );
        }
        for (name, spot) in doc
            .after
            .get()
            .map_or(&[][..], |list| list.items.as_slice())
        {
            match names.iter().position(|known| *known == name.0) {
                Some(position) if position == at => {
                    reader.error(
                        *spot,
                        format!("step `{}` comes after itself", name.0),
                        "remove it from the list",
                    );
                }
                Some(position) => steps[at].after.push(position),
                None => {
                    let known: Vec<&str> = names.iter().map(String::as_str).collect();
                    reader.unknown(
                        *spot,
                        format!("this procedure has no step `{}`", name.0),
                        &name.0,
                        &known,
                    );
                }
            }
        }
    }
    if let Some(circle) = circle(steps) {
        let names: Vec<String> = circle
            .iter()
            .map(|&at| format!("`{}`", names[at]))
            .collect();
        let message = format!("these steps wait for each other: {}", names.join(" after "));
        let spot = docs[circle[0]].0.after.spot().unwrap_or(docs[circle[0]].1);
        reader.error(spot, message, "take one out of an `after` list");
    }
}

/// A circle of steps, each after the next, if there is one; its first and last are the same.
fn circle(steps: &[Step]) -> Option<Vec<usize>> {
    // A step is done once everything it waits for is; what is never done lies on a circle or waits for one.
    let mut done = vec![false; steps.len()];
    loop {
        let next = (0..steps.len())
            .find(|&at| !done[at] && steps[at].after.iter().all(|&before| done[before]));
        match next {
            Some(at) => done[at] = true,
            None => break,
        }
    }
    let mut path = vec![done.iter().position(|&done| !done)?];
    loop {
        let last = *path.last().expect("the path starts with one step");
        let next = steps[last]
            .after
            .iter()
            .copied()
            .find(|&before| !done[before])?;
        if let Some(start) = path.iter().position(|&at| at == next) {
            let mut circle = path.split_off(start);
            circle.push(next);
            return Some(circle);
        }
        path.push(next);
    }
}

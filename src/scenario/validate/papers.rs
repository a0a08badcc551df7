//! What must hold of documents that go wrong, audits and correlation.

use super::Faults;
use super::parts::{are_shares, is_law, is_share};
use crate::scenario::model::{Papers, Procedure, Rejected, Step};
use crate::terms::{StepKind, Unit};

pub(super) fn check(faults: &mut Faults, procedure: &Procedure) {
    faults.unless(
        (0.0..1.0).contains(&procedure.correlation),
        &procedure.name,
        "a correlation outside [0, 1)",
    );
    for step in &procedure.steps {
        check_papers(faults, step);
    }
    let audit = |step: &Step| step.papers.post_release;
    let first = procedure.steps.iter().position(audit);
    let Some(first) = first else { return };
    let after = |step: &Step| step.after.iter().any(|&a| a >= first);
    faults.unless(
        procedure.steps[first..].iter().all(audit) && !procedure.steps[..first].iter().any(after),
        &procedure.name,
        "post-release steps do not stand last",
    );
    faults.unless(
        procedure.steps[..first]
            .iter()
            .any(|step| step.kind.is_control() || step.kind == StepKind::Pay),
        &procedure.name,
        "a post-release step, and nothing that is released",
    );
}

fn check_papers(faults: &mut Faults, step: &Step) {
    let Papers {
        rejected,
        originals,
        enquiry,
        ..
    } = &step.papers;
    let name = step.name.as_str();
    let documents = step.kind == StepKind::Documents;
    let mut unless = |holds: bool, what: &str| faults.unless(holds, name, what);
    if let Some(rejected) = rejected {
        let within = (1..=Rejected::MOST).contains(&rejected.at_most)
            && is_share(rejected.share)
            && is_share(rejected.aeo_factor);
        unless(
            within && is_law(&rejected.relodge),
            "rejections that cannot be",
        );
        unless(
            documents || step.kind == StepKind::Declaration,
            "only declarations and documents are rejected",
        );
    }
    if let Some(originals) = originals {
        unless(
            documents && is_share(originals.missing) && is_law(&originals.wait),
            "originals that cannot be",
        );
    }
    if let Some(enquiry) = enquiry {
        let laws = [Some(&enquiry.service), enquiry.assisted_service.as_ref()];
        unless(
            documents
                && are_shares(&enquiry.shares)
                && enquiry.shares.blue == enquiry.shares.green
                && laws.into_iter().flatten().all(is_law),
            "an enquiry that cannot be",
        );
    }
    if step.papers.post_release {
        let alone = rejected.is_none()
            && originals.is_none()
            && enquiry.is_none()
            && !step.papers.outside_yard
            && !step.pre_arrival
            && !step.apart
            && step.recognisable.is_empty()
            && step.fee == 0.0;
        unless(
            documents && alone && step.unit != Unit::Container,
            "a post-release step that cannot be",
        );
    } else {
        unless(
            step.shares.blue == step.shares.green,
            "before release the blue channel is as the green one",
        );
    }
    unless(
        !(step.papers.outside_yard && step.kind.needs_cargo()),
        "a step with the cargo cannot be done outside the yard",
    );
}

#[cfg(test)]
mod tests {
    use crate::random::LawSpec;
    use crate::scenario::model::{Originals, Rejected};
    use crate::scenario::{NoFiles, TEMPLATE, from_str};

    #[test]
    fn papers_that_cannot_be_are_named() {
        let mut study = from_str("template.toml", TEMPLATE, &NoFiles)
            .expect("the template loads")
            .study;
        study.variants.truncate(1);
        let procedure = &mut study.variants[0].scenario.procedures[0];
        procedure.correlation = 1.0;
        let step = &mut procedure.steps[0];
        step.papers.rejected = Some(Rejected {
            share: 0.1,
            relodge: LawSpec::Constant(1.0),
            at_most: 0,
            aeo_factor: 1.0,
        });
        step.papers.originals = Some(Originals {
            missing: 2.0,
            wait: LawSpec::Constant(1.0),
            electronic: false,
        });
        step.papers.post_release = true;
        let faults = study.validate().expect_err("five faults").join("\n");
        for fault in [
            "a correlation outside [0, 1)",
            "rejections that cannot be",
            "originals that cannot be",
            "a post-release step that cannot be",
            "a post-release step, and nothing that is released",
        ] {
            assert!(faults.contains(fault), "{fault}: {faults}");
        }
    }
}

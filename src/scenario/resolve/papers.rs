//! Documents that go wrong, audits after release, correlation: what each asks of its step and procedure.

use super::laws;
use crate::random::LawSpec;
use crate::scenario::document::{
    EnquiryDoc, OriginalsDoc, ProcedureDoc, RejectedDoc, ShareDoc, StepDoc,
};
use crate::scenario::law::Law;
use crate::scenario::model::{Enquiry, Originals, Papers, Rejected, Step};
use crate::scenario::read::{Field, Reader};
use crate::scenario::source::Spot;
use crate::terms::{ChannelShares, StepKind, Unit};
use crate::time::MS_PER_HOUR;

/// A day in milliseconds.
const DAY: f64 = 24.0 * MS_PER_HOUR as f64;
/// Enquiries where nothing is stated (assumed; semantics section 6): their share, and the mean and CV of the answer.
const ENQUIRIES: f64 = 0.005;
const ANSWER: LawSpec = LawSpec::LogNormal {
    mean: 15.0 * DAY,
    cv: 1.3,
};
const ASSISTED_ANSWER: LawSpec = LawSpec::LogNormal {
    mean: 3.0 * DAY,
    cv: 1.3,
};

/// True where the step is written as an audit after release.
fn is_audit(doc: &StepDoc) -> bool {
    doc.post_release.get().is_some_and(|flag| flag.0)
}

/// The shares of a step by channel: before release the blue channel is as the green one, after it the only one
/// looked at where nothing else is said.
pub fn shares(reader: &mut Reader<'_, '_>, doc: &StepDoc) -> ChannelShares {
    match (doc.share.get(), is_audit(doc)) {
        (Some(share), true) => share.shares,
        (Some(share), false) => before_release(reader, share),
        (None, true) => ChannelShares {
            blue: 1.0,
            ..ChannelShares::all(0.0)
        },
        (None, false) => ChannelShares::all(1.0),
    }
}

fn before_release(reader: &mut Reader<'_, '_>, share: &ShareDoc) -> ChannelShares {
    if let Some(spot) = share.blue {
        reader.error(
            spot,
            "before its release a consignment in the blue channel is treated as in the green one",
            "leave `blue` out, or make the step one of post_release = true",
        );
    }
    let mut shares = share.shares;
    if share.by_channel {
        shares.blue = shares.green;
    }
    shares
}

/// What may go wrong with the documents of a step.
pub fn papers(reader: &mut Reader<'_, '_>, doc: &StepDoc, kind: Option<StepKind>) -> Papers {
    check_kind(reader, doc, kind);
    check_audit(reader, doc);
    Papers {
        rejected: doc.rejected.get().and_then(|doc| rejected(reader, doc)),
        originals: doc.originals.get().and_then(originals),
        enquiry: doc.enquiry.get().map(|doc| enquiry(reader, doc)),
        post_release: is_audit(doc),
        outside_yard: doc.outside_yard.get().is_some_and(|flag| flag.0),
        uncorrelated: doc.correlated.get().is_some_and(|flag| !flag.0),
    }
}

fn rejected(reader: &mut Reader<'_, '_>, doc: &RejectedDoc) -> Option<Rejected> {
    let at_most = doc.at_most.get().map_or(3, |count| count.0);
    if let Some(spot) = doc.at_most.spot() {
        if at_most == 0 {
            reader.error(
                spot,
                "rejected at most 0 times is never",
                "leave `rejected` out",
            );
        } else if at_most > u32::from(Rejected::MOST) {
            let message = format!("{at_most} rejections, and {} are the most", Rejected::MOST);
            reader.error(spot, message, "write a smaller number");
        }
    }
    Some(Rejected {
        share: doc.share.get()?.0,
        relodge: doc.relodge.get()?.0.clone(),
        at_most: at_most.min(u32::from(Rejected::MOST)) as u8,
        aeo_factor: doc.aeo_factor.get().map_or(1.0, |share| share.0),
    })
}

fn originals(doc: &OriginalsDoc) -> Option<Originals> {
    Some(Originals {
        missing: doc.missing.get()?.0,
        wait: doc.wait.get()?.0.clone(),
        electronic: doc.electronic.get().is_some_and(|flag| flag.0),
    })
}

fn enquiry(reader: &mut Reader<'_, '_>, doc: &EnquiryDoc) -> Enquiry {
    let law = |field: &Field<Law>| field.get().map(|law| law.0.clone());
    let service = law(&doc.service).unwrap_or(ANSWER);
    let assisted_service = match &doc.assisted_service {
        Field::Absent => doc.service.is_absent().then_some(ASSISTED_ANSWER),
        written => law(written),
    };
    if let (Some(assisted), Some(spot)) = (&assisted_service, doc.assisted_service.spot()) {
        check_assisted(reader, assisted, &service, spot);
    }
    Enquiry {
        shares: doc
            .share
            .get()
            .map_or(ChannelShares::all(ENQUIRIES), |share| {
                before_release(reader, share)
            }),
        service,
        assisted_service,
        apart: doc.apart.get().is_none_or(|flag| flag.0),
    }
}

/// Refuses a time under full assistance that lies above the one without at some quantile.
pub fn check_assisted(
    reader: &mut Reader<'_, '_>,
    assisted: &LawSpec,
    unassisted: &LawSpec,
    spot: Spot,
) {
    if let Some(share) = laws::first_above(assisted, unassisted) {
        let message = format!(
            "the assisted service time is above the unassisted one (at the quantile {share})"
        );
        reader.error(
            spot,
            message,
            "assistance never lengthens an enquiry: lower the mean, or state the same cv",
        );
    }
}

/// Refuses what a step of its kind cannot have.
fn check_kind(reader: &mut Reader<'_, '_>, doc: &StepDoc, kind: Option<StepKind>) {
    let Some(kind) = kind else { return };
    let documents = kind == StepKind::Documents;
    if let Some(spot) = doc.rejected.spot()
        && !documents
        && kind != StepKind::Declaration
    {
        let message = format!("a step of kind `{kind}` cannot be rejected");
        reader.error(
            spot,
            message,
            "only `declaration` and `documents` steps can",
        );
    }
    let only_documents = [
        (doc.originals.spot(), "waits for no originals"),
        (doc.enquiry.spot(), "opens no enquiry"),
        (
            doc.post_release.spot().filter(|_| is_audit(doc)),
            "cannot follow the release",
        ),
    ];
    for (spot, what) in only_documents {
        if let Some(spot) = spot.filter(|_| !documents) {
            let message = format!("a step of kind `{kind}` {what}");
            reader.error(spot, message, "only a `documents` step can");
        }
    }
    if let Some((flag, spot)) = doc.outside_yard.placed()
        && flag.0
        && kind.needs_cargo()
    {
        reader.error(
            spot,
            format!("a step of kind `{kind}` needs the cargo, and cannot be done outside the yard"),
            "only payments, documents and preparations can",
        );
    }
}

/// Refuses what an audit after release cannot have: no visit of the cargo is there to be charged or kept.
fn check_audit(reader: &mut Reader<'_, '_>, doc: &StepDoc) {
    if !is_audit(doc) {
        return;
    }
    let senseless = [
        ("pre_arrival", doc.pre_arrival.spot()),
        ("recognisable", doc.recognisable.spot()),
        ("audit_share", doc.audit_share.spot()),
        ("assisted_share", doc.assisted_share.spot()),
        ("apart", doc.apart.spot()),
        ("hand_over", doc.hand_over.spot()),
        ("fee", doc.fee.spot()),
        ("rejected", doc.rejected.spot()),
        ("originals", doc.originals.spot()),
        ("enquiry", doc.enquiry.spot()),
        ("outside_yard", doc.outside_yard.spot()),
    ];
    for (key, spot) in senseless {
        if let Some(spot) = spot {
            let message = format!("a post-release step has no `{key}`");
            reader.error(
                spot,
                message,
                "the cargo is gone when it is done; leave it out",
            );
        }
    }
    if let Some((unit, spot)) = doc.unit.placed()
        && unit.0 == Unit::Container
    {
        reader.error(
            spot,
            "a post-release step counts no containers",
            "write unit = \"batch\" or \"consignment\"",
        );
    }
}

/// Checks where audits stand in their procedure, and that the blue channel leads to one.
pub fn check_audits(
    reader: &mut Reader<'_, '_>,
    doc: &ProcedureDoc,
    step_docs: &[(StepDoc, Spot)],
    steps: &[Step],
    channels: &ChannelShares,
) {
    let audits: Vec<usize> = (0..steps.len())
        .filter(|&s| steps[s].papers.post_release)
        .collect();
    if let Some((channels_doc, _)) = doc.channels.placed()
        && let Some(spot) = channels_doc.blue.spot()
        && audits.is_empty()
        && channels.blue > 0.0
    {
        reader.warn(
            spot,
            "no step of this procedure looks at the blue channel",
            "give one post_release = true",
        );
    }
    let Some(&first) = audits.first() else { return };
    for (s, (step, spot)) in step_docs.iter().enumerate() {
        if s > first && !steps[s].papers.post_release {
            let message = format!(
                "step `{}` stands after `{}`, which is done after release",
                steps[s].name, steps[first].name
            );
            reader.error(*spot, message, "list post-release steps last");
        }
        let audit = steps[s]
            .after
            .iter()
            .find(|&&a| steps[a].papers.post_release);
        if let Some(&audit) = audit
            && !steps[s].papers.post_release
        {
            let message = format!(
                "step `{}` waits for `{}`, which is done after release",
                steps[s].name, steps[audit].name
            );
            reader.error(
                step.after.spot().unwrap_or(*spot),
                message,
                "take it out of the list",
            );
        }
        let of = &steps[s].shares;
        if steps[s].papers.post_release
            && steps[s].kind == StepKind::Documents
            && step.share.is_absent()
            && of.blue * channels.blue == 0.0
        {
            let message = format!(
                "step `{}` never applies: no consignment is put in the blue channel",
                steps[s].name
            );
            reader.warn(
                step.post_release.spot().unwrap_or(*spot),
                message,
                "state `blue` in the procedure's `channels`, or a share",
            );
        }
    }
    if !steps.iter().any(releases) {
        let spot = step_docs[first].0.post_release.spot();
        reader.error(
            spot.unwrap_or(step_docs[first].1),
            "nothing is released before this audit: the procedure has no control and no payment",
            "add the step that releases the cargo, or leave post_release out",
        );
    }
}

/// True where the release of the cargo waits for the step.
fn releases(step: &Step) -> bool {
    !step.papers.post_release && (step.kind.is_control() || step.kind == StepKind::Pay)
}

/// The correlation of a procedure's service times.
pub fn correlation(reader: &mut Reader<'_, '_>, doc: &ProcedureDoc) -> f64 {
    let Some((share, spot)) = doc.correlation.placed() else {
        return 0.0;
    };
    if share.0 >= 1.0 {
        reader.error(
            spot,
            "a correlation of 1 makes all times of a consignment one",
            "write a number from 0 to below 1",
        );
        return 0.0;
    }
    share.0
}

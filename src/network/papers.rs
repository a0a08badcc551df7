//! Documents that go wrong, compiled: what may happen to a step beside its service.

use crate::random::{Law, LawSpec};
use crate::scenario::Papers;
use crate::terms::ChannelShares;

/// What may go wrong with the documents of a step.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// The step of the plan.
    pub step: u8,
    /// Rejected lodgings.
    pub rejected: Option<Rejection>,
    /// Missing originals.
    pub originals: Option<MissingOriginals>,
    /// Enquiries to the partner.
    pub enquiry: Option<PartnerEnquiry>,
}

/// Rejected lodgings.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// Probability.
    pub share: f64,
    /// Probability for authorised economic operators.
    pub aeo_share: f64,
    /// Most rejections of one consignment.
    pub at_most: u8,
    /// Time until it is lodged again.
    pub relodge: Law,
}

/// Missing originals.
#[derive(Clone, Debug)]
pub struct MissingOriginals {
    /// Probability.
    pub missing: f64,
    /// Time until they are there.
    pub wait: Law,
    /// Data ahead stands for them.
    pub electronic: bool,
}

/// Enquiries to the partner.
#[derive(Clone, Debug)]
pub struct PartnerEnquiry {
    /// Probability by channel.
    pub shares: ChannelShares,
    /// Time to the answer.
    pub service: Law,
    /// The same under full assistance.
    pub assisted_service: Option<Law>,
    /// Reported apart.
    pub apart: bool,
}

impl Trouble {
    /// What may go wrong with `papers` of step number `step`, if anything.
    pub fn compile(
        step: usize,
        papers: &Papers,
        mut law: impl FnMut(&LawSpec) -> Law,
    ) -> Option<Trouble> {
        let trouble = Trouble {
            step: step as u8,
            rejected: papers.rejected.as_ref().map(|r| Rejection {
                share: r.share,
                aeo_share: r.share * r.aeo_factor,
                at_most: r.at_most,
                relodge: law(&r.relodge),
            }),
            originals: papers.originals.as_ref().map(|o| MissingOriginals {
                missing: o.missing,
                wait: law(&o.wait),
                electronic: o.electronic,
            }),
            enquiry: papers.enquiry.as_ref().map(|e| PartnerEnquiry {
                shares: e.shares,
                service: law(&e.service),
                assisted_service: e.assisted_service.as_ref().map(&mut law),
                apart: e.apart,
            }),
        };
        let any =
            trouble.rejected.is_some() || trouble.originals.is_some() || trouble.enquiry.is_some();
        any.then_some(trouble)
    }
}

/// Expected milliseconds that trouble with its documents adds to a step whose service takes `service` on average, in
/// the green channel and for an ordinary trader: for the choice of routes.
pub(super) fn expected_ms(papers: &Papers, service: f64) -> f64 {
    let rejected = papers.rejected.as_ref().map_or(0.0, |r| {
        // The n-th rejection happens with probability share^n.
        let expected: f64 = (1..=i32::from(r.at_most))
            .map(|n| libm::pow(r.share, f64::from(n)))
            .sum();
        expected * (r.relodge.mean() + service)
    });
    let originals = papers
        .originals
        .as_ref()
        .map_or(0.0, |o| o.missing * o.wait.mean());
    let enquiry = papers
        .enquiry
        .as_ref()
        .map_or(0.0, |e| e.shares.green * e.service.mean());
    rejected + originals + enquiry
}

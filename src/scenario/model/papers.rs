//! Documents that go wrong, and steps that do not hold the cargo.

use crate::random::LawSpec;
use crate::terms::ChannelShares;

/// What may go wrong with the documents of a step, and where it stands to the cargo.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Papers {
    /// Lodgings that the agency rejects; of `declaration` and `documents` steps.
    pub rejected: Option<Rejected>,
    /// Originals without which the step cannot start; of `documents` steps.
    pub originals: Option<Originals>,
    /// Verification enquiry to the partner before the result counts; of `documents` steps.
    pub enquiry: Option<Enquiry>,
    /// An audit after the release, of `documents` steps: it delays neither release nor departure. Such steps stand
    /// last in their procedure.
    pub post_release: bool,
    /// While only such steps remain, the vehicle needs no place in the yard; of steps that need no cargo.
    pub outside_yard: bool,
    /// Its times do not share in the procedure's correlation.
    pub uncorrelated: bool,
}

/// Rejected lodgings: the trader corrects and lodges again, and the step is done again.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejected {
    /// Probability that a lodging is rejected.
    pub share: f64,
    /// How long the trader takes to lodge it again, in milliseconds.
    pub relodge: LawSpec,
    /// Most rejections of one consignment, from 1 to [`Rejected::MOST`].
    pub at_most: u8,
    /// Factor on the share for authorised economic operators.
    pub aeo_factor: f64,
}

impl Rejected {
    /// The greatest `at_most`: attempts are numbered in eight bits of a draw's key.
    pub const MOST: u8 = 200;
}

/// Originals that may be missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Originals {
    /// Probability that they are.
    pub missing: f64,
    /// How long it takes until they are there, in milliseconds.
    pub wait: LawSpec,
    /// Data that came ahead of the cargo stands for them.
    pub electronic: bool,
}

/// A verification enquiry to the partner's customs: a wait of the authority that holds no officer.
#[derive(Clone, Debug, PartialEq)]
pub struct Enquiry {
    /// Probability, by the channel that the agency puts the consignment in.
    pub shares: ChannelShares,
    /// Time to the answer, in milliseconds.
    pub service: LawSpec,
    /// Time to the answer under full mutual assistance, in milliseconds.
    pub assisted_service: Option<LawSpec>,
    /// Consignments enquired about are reported apart from the mean.
    pub apart: bool,
}

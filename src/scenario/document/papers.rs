//! Documents that go wrong, as they are written: rejections, missing originals, enquiries.

use super::choice::ShareDoc;
use crate::scenario::declare::document;
use crate::scenario::law::Law;
use crate::scenario::leaf::{Count, Flag, Share};

document! {
    /// Lodgings that the agency rejects: the trader corrects and lodges again, and the step is done again.
    "table of rejections" RejectedDoc {
        /// Probability that a lodging is rejected.
        share: Share = required,
        /// How long the trader takes to correct it and lodge it again.
        relodge: Law = required,
        /// Most rejections of one consignment, from 1 to 200; default 3.
        at_most: Count,
        /// Factor on the share for authorised economic operators; default 1.
        aeo_factor: Share,
    }
}

document! {
    /// Originals without which a check of documents cannot start.
    "table of originals" OriginalsDoc {
        /// Probability that they are not there.
        missing: Share = required,
        /// How long it takes until they are.
        wait: Law = required,
        /// Data that came ahead of the cargo stands for them; default false.
        electronic: Flag,
    }
}

document! {
    /// A verification enquiry to the partner's customs, answered before the result of the step counts.
    "table of enquiries" EnquiryDoc {
        /// Share of consignments enquired about, of all or by risk channel; default 0.005.
        share: ShareDoc,
        /// Time to the answer; default lognormal of mean 15 d and CV 1.3.
        service: Law,
        /// Time to the answer under full mutual assistance; default 3 d and CV 1.3 where `service` is left out, else none.
        assisted_service: Law,
        /// Consignments enquired about are reported apart; default true.
        apart: Flag,
    }
}

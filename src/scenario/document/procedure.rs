//! Procedures and steps as they are written.

use super::choice::{ServersDoc, ShareDoc};
use super::network::TimetableDoc;
use super::papers::{EnquiryDoc, OriginalsDoc, RejectedDoc};
use super::priority::ClassDoc;
use super::work::MachinesDoc;
use crate::scenario::collection::List;
use crate::scenario::declare::document;
use crate::scenario::law::Law;
use crate::scenario::leaf::{Flag, Number, Share, Text, Word};
use crate::scenario::quantity::{Duration, Money};
use crate::terms::{Discipline, OfficersHeld, Preemption, Regime, ShiftEnd, StepKind, Unit};

document! {
    /// The steps at a site.
    "procedure" ProcedureDoc {
        /// Regime of this procedure, whatever the site or the variant says.
        regime: Word<Regime>,
        /// Risk channels; default: all green.
        channels: ChannelsDoc,
        /// Share of the smaller examined set that two agencies have in common; default 0.45.
        overlap: Share,
        /// Factor on an authorised economic operator's probability of yellow and red; default 0.5.
        aeo_factor: Share,
        /// How long a joint visit keeps officers; default longest.
        officers_held: Word<OfficersHeld>,
        /// Correlation of the service times of one consignment's steps, from 0 to below 1; default 0.
        correlation: Share,
        /// Steps, in the order of the serial regime.
        steps: List<StepDoc> = required,
    }
}

document! {
    /// Probabilities of the risk channels; green is the rest.
    "table of channels" ChannelsDoc {
        /// Probability of the green channel, if stated: 1 less the others.
        green: Share,
        /// Probability of the yellow channel; default 0.
        yellow: Share,
        /// Probability of the red channel; default 0.
        red: Share,
        /// Probability of the blue channel (audited after release); default 0.
        blue: Share,
    }
}

document! {
    /// One act by one actor.
    "step" StepDoc {
        /// Name, unique in the procedure.
        name: Text = required,
        /// Title for tables; default: the name.
        title: Text,
        /// Who acts; of a declaration, the agency it is made to.
        agency: Text = required,
        /// What it is.
        kind: Word<StepKind> = required,
        /// Service time; of a physical step, the exam.
        service: Law,
        /// Setup of a physical step: position, unseal, unload, restore.
        setup: Law,
        /// Share of consignments that it applies to, of all or by risk channel; default 1.
        share: ShareDoc,
        /// What it counts; default batch.
        unit: Word<Unit>,
        /// The agency's desk that does it; default: the step's name.
        desk: Text,
        /// Servers of that desk wherever the site says nothing else.
        servers: ServersDoc,
        /// Slots instead of servers and service.
        timetable: TimetableDoc,
        /// Opening hours of that desk; default always.
        calendar: Text,
        /// Order of its queue; default fifo.
        discipline: Word<Discipline>,
        /// Classes, first come first, of the discipline `priority`.
        priority: List<ClassDoc>,
        /// Whether a higher class interrupts work in hand; default none.
        preemption: Word<Preemption>,
        /// What happens to work in hand when its shift ends; default finish.
        shift_end: Word<ShiftEnd>,
        /// Its servers are machines that fail.
        machines: MachinesDoc,
        /// May be done on data sent ahead; default false.
        pre_arrival: Flag,
        /// Kinds of control that it performs, and accepts from a partner.
        recognisable: List<Text>,
        /// Share of recognised controls done all the same; default 0.1.
        audit_share: Share,
        /// Examination share under full assistance, as a factor; default 0.7 for scans and physical steps of share below 1.
        assisted_share: Number,
        /// Service time under full assistance.
        assisted_service: Law,
        /// Consignments that meet it are reported apart; default false.
        apart: Flag,
        /// Skipped for authorised economic operators (`pay` only); default false.
        deferred_for_aeo: Flag,
        /// Carrying the file to the next agency, serial regime only; default 0 min.
        hand_over: Duration,
        /// Steps before it, custom regime only.
        after: List<Text>,
        /// Fee per job; default 0 USD.
        fee: Money,
        /// Tokens that it takes, one of each, before it queues.
        takes: List<Text>,
        /// Tokens that it gives back when it ends.
        gives: List<Text>,
        /// The second vehicle that a `wait_for` step waits for.
        vehicle: Text,
        /// Share of consignments with something to find.
        prevalence: Share,
        /// Probability that the examination finds it.
        detection: Share,
        /// Lodgings that the agency rejects (`declaration` and `documents` only).
        rejected: RejectedDoc,
        /// Originals without which it cannot start (`documents` only).
        originals: OriginalsDoc,
        /// Verification enquiry to the partner before its result counts (`documents` only).
        enquiry: EnquiryDoc,
        /// Done after the release of the cargo, which it does not delay (`documents` only); default false.
        post_release: Flag,
        /// While only such steps remain, the vehicle needs no place in the yard; default false.
        outside_yard: Flag,
        /// Its times share in the procedure's `correlation`; default true.
        correlated: Flag,
    }
}

//! What a step is: its kind, its unit, its queue, the evidence for its figures.

use super::named::named;

named! {
    /// The kind of a step (semantics section 4).
    "step kind"
    pub enum StepKind {
        /// A declaration made by the trader to an agency: the trader's delay, no server.
        Declaration = "declaration",
        /// A check of documents by an agency; needs no cargo.
        Documents = "documents",
        /// A scan of the cargo.
        Scan = "scan",
        /// A physical control of the cargo, with `setup` and exam.
        Physical = "physical",
        /// Handling of the cargo: gauge change, transload, technical check.
        Handling = "handling",
        /// The trader prepares documents and certificates.
        Prepare = "prepare",
        /// Duties are paid.
        Pay = "pay",
        /// A wait for wagons, a second vehicle, a slot, the partner's acceptance.
        WaitFor = "wait_for",
        /// The cargo is picked up after release.
        PickUp = "pick_up",
    }
}

impl StepKind {
    /// True for the controls that a regime rearranges: declaration, documents, scan, physical.
    pub fn is_control(self) -> bool {
        matches!(
            self,
            StepKind::Declaration | StepKind::Documents | StepKind::Scan | StepKind::Physical
        )
    }

    /// True where the step occupies the cargo, so that no other such step can run at the same time.
    pub fn needs_cargo(self) -> bool {
        matches!(
            self,
            StepKind::Scan
                | StepKind::Physical
                | StepKind::Handling
                | StepKind::WaitFor
                | StepKind::PickUp
        )
    }
}

named! {
    /// What a step counts: one job per unit in the agency's queue.
    "unit"
    pub enum Unit {
        /// One job for the train or vessel; for a consignment that travels alone, one job.
        Batch = "batch",
        /// One job per consignment.
        Consignment = "consignment",
        /// One job per container.
        Container = "container",
    }
}

named! {
    /// How a queue is ordered; whether work in hand is interrupted is a choice of its own, [`Preemption`](super::Preemption).
    "discipline"
    pub enum Discipline {
        /// First come, first served.
        Fifo = "fifo",
        /// Authorised economic operators first, then first come, first served (non-preemptive).
        AeoFirst = "aeo_first",
        /// By the desk's list of classes, then first come, first served.
        Priority = "priority",
    }
}

named! {
    /// When a consignment's data leaves for the entry side ahead of it.
    "sent_at"
    pub enum SentAt {
        /// At departure from the route's first site.
        OriginDeparture = "origin_departure",
        /// At departure from the site before the exit side.
        PreviousDeparture = "previous_departure",
        /// At release on the exit side.
        ExitRelease = "exit_release",
    }
}

named! {
    /// How well a value is known.
    "evidence"
    pub enum Evidence {
        /// Measured for this study.
        Measured = "measured",
        /// Published; `source` says where.
        Published = "published",
        /// Assumed.
        Assumed = "assumed",
    }
}

named! {
    /// What an hour was spent on; with [`super::ActorKind`] the two splits of every table.
    "kind of hour"
    pub enum HourKind {
        /// Waiting: for a server, for opening hours, for the cargo's turn, for a train to form.
        Waiting = "waiting",
        /// Being served.
        Service = "service",
        /// Blocked after service.
        Blocking = "blocking",
        /// Handed over from one agency to the next.
        HandOff = "hand_off",
        /// Moving between sites.
        Travel = "travel",
    }
}

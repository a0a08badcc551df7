//! Why a vehicle waits outside a gate with entry control, and whether a gate lets in as many as come.

/// Why a vehicle waits outside a gate with entry control; the detail of
/// [`FactKind::KeptOut`](crate::world::FactKind) above [`KeptOutBy::MARK`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeptOutBy {
    /// Its window has not begun.
    Early,
    /// The gate is closed.
    Hours,
    /// The day's cap is reached.
    Cap,
    /// It waits for a slot.
    Slot,
    /// It has no booking, and the window's places are booked.
    NoBooking,
}

impl KeptOutBy {
    /// Marks details of entry control: pools are numbered below it.
    pub const MARK: u64 = 1 << 32;
    const ALL: [KeptOutBy; 5] = [
        KeptOutBy::Early,
        KeptOutBy::Hours,
        KeptOutBy::Cap,
        KeptOutBy::Slot,
        KeptOutBy::NoBooking,
    ];

    /// As the detail of a fact.
    pub fn detail(self) -> u64 {
        Self::MARK | self as u64
    }

    /// From the detail of a fact; `None` where another gate kept it out.
    pub fn of(detail: u64) -> Option<Self> {
        let number = detail.checked_sub(Self::MARK)?;
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// What limits how many come in, in words.
    pub fn limit(self) -> &'static str {
        match self {
            KeptOutBy::Early | KeptOutBy::NoBooking => "windows",
            KeptOutBy::Hours => "hours",
            KeptOutBy::Cap => "caps",
            KeptOutBy::Slot => "slots",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            KeptOutBy::Early => "its booked window had not begun",
            KeptOutBy::Hours => "the gate was closed",
            KeptOutBy::Cap => "the day's cap was reached",
            KeptOutBy::Slot => "it waited for a slot",
            KeptOutBy::NoBooking => "it had no booking, and the window's places were booked",
        }
    }
}

/// Vehicles a day that a rule of a gate concerns, by the flows' volumes and the routes' shares, and that it lets in.
#[derive(Clone, Copy, Debug)]
pub struct EntryLoad {
    /// The rule, by why it keeps out.
    pub by: KeptOutBy,
    /// How many come.
    pub come: f64,
    /// How many are let in at most.
    pub most: f64,
}

impl EntryLoad {
    /// True where the queue outside grows without bound.
    pub fn overloaded(&self) -> bool {
        self.come > self.most * (1.0 + 1e-9)
    }
}

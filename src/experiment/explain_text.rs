//! One consignment's way as text.

use std::fmt;

use super::explain::{Act, Explanation};
use crate::terms::Outcome;

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Consignment {} (variant {}, replication 0). Hours are counted from the start.",
            self.consignment, self.variant
        )?;
        for p in &self.passages {
            let role = p.role.map_or(String::new(), |r| format!(" ({r})"));
            write!(f, "\n{}{role}: arrived at {:.2} h", p.site, p.arrived_h)?;
            if let Some(at) = p.released_h {
                write!(f, ", released at {at:.2} h")?;
            }
            let after = |at: f64| at - p.arrived_h;
            match (p.departed_h, p.lost_h) {
                (Some(at), _) => writeln!(f, ", departed at {at:.2} h after {:.2} h", after(at))?,
                (None, Some(at)) => writeln!(
                    f,
                    ", left the corridor at {at:.2} h after {:.2} h",
                    after(at)
                )?,
                (None, None) => writeln!(f, ", not departed by the end of the run")?,
            }
            for act in &p.acts {
                act.line(f)?;
            }
        }
        match (self.door_to_door_h, &self.lost) {
            (Some(h), _) => writeln!(f, "\nDoor to door: {h:.2} h."),
            (None, Some(lost)) => writeln!(
                f,
                "\nIt left the corridor at {}, {:.2} h after it entered: {}.",
                lost.site,
                lost.after_h,
                reason(lost.outcome)
            ),
            (None, None) => writeln!(
                f,
                "\nIt had not reached its destination when the run ended."
            ),
        }?;
        let mut told: Vec<&str> = Vec::new();
        for p in &self.passages {
            if let Some(kernel) = &p.kernel
                && !told.contains(&p.site.as_str())
            {
                let lead = if told.is_empty() {
                    "\nStations: "
                } else {
                    "; "
                };
                write!(f, "{lead}{} {kernel}", p.site)?;
                told.push(&p.site);
            }
        }
        if !told.is_empty() {
            writeln!(f, ".")?;
        }
        match &self.wait_cycle {
            Some(cycle) => writeln!(f, "\nThe run ended in a {cycle}"),
            None => Ok(()),
        }
    }
}

/// Why a consignment left the corridor.
pub(super) fn reason(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Cancelled => "cancelled by the trader",
        Outcome::Perished => "perished",
        Outcome::TurnedAway => "turned away",
    }
}

impl Act {
    fn line(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "  {:>10.2} h  {:<11}  {}",
            self.at_h, self.whose, self.what
        )?;
        if let Some(agency) = &self.agency {
            write!(f, " [{agency}]")?;
        }
        if let Some(why) = &self.skipped {
            return writeln!(f, ": skipped, {why}");
        }
        let Some(waited) = self.waited_h else {
            return writeln!(f);
        };
        let of_step = self.service_h.is_some() || self.ending.is_some();
        write!(f, ": {}{waited:.2} h", if of_step { "waited " } else { "" })?;
        if let Some(closed) = self.unstaffed_h {
            write!(f, " ({closed:.2} h of it closed or unstaffed)")?;
        }
        if let Some(service) = self.service_h {
            write!(f, ", took {service:.2} h")?;
        }
        if let Some(ending) = &self.ending {
            write!(f, ", {ending}")?;
        }
        writeln!(f)
    }
}

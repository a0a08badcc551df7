//! Risk channels compiled: how an administration selects, so that examined sets overlap as stated.
//!
//! Selectivity with overlap (semantics section 4): each agency puts a consignment in a channel by one uniform.
//! With probability `follow` that uniform is the consignment's own (the channel that all agencies share), else
//! the agency's. Two agencies then both say red with probability `f^2 r + (1 - f^2) r^2` (r: the red share), and
//! of the smaller examined set the share `(f^2 + (1 - f^2) r) s` is examined by both, s being the larger of the
//! two examined shares among the red. Solving for the stated overlap o gives `f^2 = (o/s - r) / (1 - r)`,
//! clipped to [0, 1]: sets independent of each other overlap by r s at least, nested ones by s at most.

use crate::scenario::Procedure;
use crate::terms::StepKind;

/// How an administration puts consignments in channels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Risk {
    /// Probability of the yellow channel.
    pub yellow: f64,
    /// Of the red channel.
    pub red: f64,
    /// Factor on both for authorised economic operators.
    pub aeo_factor: f64,
    /// Probability that an agency follows the consignment's channel instead of its own assessment (so that examined
    /// sets overlap as stated).
    pub follow: f64,
    /// Probability of the blue channel.
    pub blue: f64,
}

impl Risk {
    /// Whether it puts any in another channel than the green one.
    pub fn selects(&self) -> bool {
        self.red + self.yellow + self.blue > 0.0
    }

    pub(super) fn of(procedure: &Procedure) -> Self {
        let red = procedure.channels.red;
        let largest = procedure
            .steps
            .iter()
            .filter(|s| s.kind == StepKind::Physical)
            .map(|s| s.shares.red)
            .fold(0.0, f64::max);
        let squared = if red >= 1.0 || largest <= 0.0 {
            1.0
        } else {
            (procedure.overlap / largest - red) / (1.0 - red)
        };
        Risk {
            yellow: procedure.channels.yellow,
            red,
            aeo_factor: procedure.aeo_factor,
            follow: squared.clamp(0.0, 1.0).sqrt(),
            blue: procedure.channels.blue,
        }
    }
}

//! What moves: consignments and batches, and their risk channels.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::named::named;

named! {
    /// The risk channel that selectivity gives a consignment.
    "channel"
    pub enum Channel {
        /// Released without examination.
        Green = "green",
        /// Documents are looked at.
        Yellow = "yellow",
        /// Examined.
        Red = "red",
        /// Released as in the green channel, and audited afterwards.
        Blue = "blue",
    }
}

/// Probabilities per channel, each in [0, 1].
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct ChannelShares {
    /// In the green channel.
    pub green: f64,
    /// In the yellow channel.
    pub yellow: f64,
    /// In the red channel.
    pub red: f64,
    /// In the blue channel: as in the green one, but for audits after release.
    pub blue: f64,
}

impl ChannelShares {
    /// The same probability in every channel.
    pub const fn all(share: f64) -> Self {
        ChannelShares {
            green: share,
            yellow: share,
            red: share,
            blue: share,
        }
    }

    /// The probability in `channel`.
    pub fn of(&self, channel: Channel) -> f64 {
        match channel {
            Channel::Green => self.green,
            Channel::Yellow => self.yellow,
            Channel::Red => self.red,
            Channel::Blue => self.blue,
        }
    }
}

/// Whether an entity is one consignment or a batch (train, vessel) of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum EntityKind {
    /// A consignment: (flow, ordinal of its candidate arrival).
    Consignment,
    /// A batch: (service, forming site's batch line, ordinal of formation).
    Batch,
}

/// Who draws and who queues: a consignment (flow, ordinal) or a batch (line, ordinal), packed in 64 bits:
/// 1 bit kind, the lower 15 bits of flow or line, their 16th bit, 47 bits ordinal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntityId(pub u64);

impl EntityId {
    const BATCH: u64 = 1 << 63;
    /// The 16th bit of a flow or line stands below the others, where no ordinal comes to: so the ids of networks with
    /// fewer than 2^15 are what they were when there was no such bit.
    const HIGH: u64 = 1 << 47;

    /// Consignment `ordinal` of flow number `flow`.
    pub const fn consignment(flow: u16, ordinal: u64) -> Self {
        EntityId(Self::grouped(flow) | (ordinal & (Self::HIGH - 1)))
    }

    /// Batch `ordinal` of batch line `line`.
    pub const fn batch(line: u16, ordinal: u64) -> Self {
        EntityId(Self::BATCH | Self::grouped(line) | (ordinal & (Self::HIGH - 1)))
    }

    const fn grouped(group: u16) -> u64 {
        let group = group as u64;
        ((group & 0x7fff) << 48) | ((group >> 15) * Self::HIGH)
    }

    /// Consignment or batch.
    pub const fn kind(self) -> EntityKind {
        if self.0 & Self::BATCH == 0 {
            EntityKind::Consignment
        } else {
            EntityKind::Batch
        }
    }

    /// True for a batch.
    pub const fn is_batch(self) -> bool {
        self.0 & Self::BATCH != 0
    }

    /// The flow number of a consignment, or the batch line's number.
    pub const fn group(self) -> u16 {
        (((self.0 >> 48) & 0x7fff) | ((self.0 & Self::HIGH) >> 32)) as u16
    }

    /// True for two of the same kind and of the same flow or batch line.
    #[inline]
    pub const fn is_akin(self, other: EntityId) -> bool {
        (self.0 ^ other.0) < Self::HIGH
    }

    /// The ordinal within the flow or batch line.
    pub const fn ordinal(self) -> u64 {
        self.0 & (Self::HIGH - 1)
    }
}

impl fmt::Debug for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_batch() {
            "batch"
        } else {
            "consignment"
        };
        write!(f, "{word} {}/{}", self.group(), self.ordinal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_gives_back_what_it_was_made_of() {
        for group in [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff] {
            for ordinal in [0, 1, 1 << 40, (1 << 47) - 1] {
                let one = EntityId::consignment(group, ordinal);
                assert_eq!((one.group(), one.ordinal()), (group, ordinal));
                assert!(!one.is_batch());
                let batch = EntityId::batch(group, ordinal);
                assert_eq!((batch.group(), batch.ordinal()), (group, ordinal));
                assert!(batch.is_batch());
            }
        }
        assert_eq!(EntityId::consignment(3, 5).0, 3 << 48 | 5);
    }
}

//! Where goods stop and how they move.

use super::named::named;

named! {
    /// What a site is.
    "site kind"
    pub enum SiteKind {
        /// A sea port.
        Seaport = "seaport",
        /// An inland port with customs.
        DryPort = "dry_port",
        /// A terminal without border controls.
        Terminal = "terminal",
        /// One side of a border: a border-crossing point.
        Border = "border",
        /// A hub where goods start, end or change.
        Hub = "hub",
    }
}

named! {
    /// Coastal or inland: reforms are scoped by it.
    "tier"
    pub enum Tier {
        /// On the coast.
        Coastal = "coastal",
        /// Inland.
        Inland = "inland",
    }
}

named! {
    /// Mode of a link.
    "mode"
    pub enum Mode {
        /// Rail.
        Rail = "rail",
        /// Road.
        Road = "road",
        /// Sea.
        Sea = "sea",
        /// Air.
        Air = "air",
        /// Inland waterway.
        InlandWaterway = "inland_waterway",
    }
}

named! {
    /// What a visit is to its site; it selects the procedure.
    "role"
    pub enum Role {
        /// The consignment came from another country: the entry side of a border.
        Entry = "entry",
        /// The consignment goes on to another country: the exit side of a border.
        Exit = "exit",
        /// The route's first site.
        Origin = "origin",
        /// The route's last site.
        Destination = "destination",
        /// Any other stop.
        Transit = "transit",
        /// Both sides' controls at one stop, of what enters the country where the one-stop border post stands.
        OneStop = "one_stop",
        /// As above, of what leaves that country.
        OneStopOut = "one_stop_out",
    }
}

impl Role {
    /// True for visits at which a border is crossed: one of its sides, or both at one stop.
    pub const fn is_at_border(self) -> bool {
        matches!(
            self,
            Role::Entry | Role::Exit | Role::OneStop | Role::OneStopOut
        )
    }
}

named! {
    /// Where a one-stop border post does the controls of both sides.
    "post kind"
    pub enum PostKind {
        /// Each direction at the side of the country that is entered.
        Juxtaposed = "juxtaposed",
        /// Both directions in one building across the line.
        Straddling = "straddling",
        /// Both directions on one country's side.
        SingleCountry = "single_country",
    }
}

//! The gates of a generated scenario: finite yards, and whom the entry side lets in.

use crate::demand;
use crate::mix::{Mix, Part};
use crate::table::Table;

/// Places of a yard: more where both sides' controls are done in one.
fn places(mix: &Mix, knob: usize) -> u32 {
    let few = mix.choose(Part::Yards, knob, &[5, 4, 3]);
    if mix.has(Part::Post) {
        2 * few + 2
    } else {
        few
    }
}

/// The yard of the home side.
pub fn home_yard(mix: &Mix) -> Option<Table> {
    let here = mix.has(Part::GatePlaces)
        || mix.has(Part::Yards) && mix.choose(Part::Yards, 0, &[false, true]);
    let gate_places = mix.choose(Part::GatePlaces, 0, &[2, 1]);
    let roles = mix.choose(
        Part::GatePlaces,
        1,
        &[
            "[\"exit\"]",
            "[\"entry\", \"exit\"]",
            "[\"entry\", \"exit\", \"transit\"]",
        ],
    );
    here.then(|| {
        Table::new()
            .with("places", places(mix, 1))
            .with("roles", roles)
            .when(mix.has(Part::GatePlaces), "gate_places", gate_places)
            .text("notice", "1 min")
    })
}

/// The yard of the entry side.
pub fn away_yard(mix: &Mix) -> Option<Table> {
    mix.has(Part::Yards).then(|| {
        Table::new().with("places", places(mix, 2)).when(
            mix.choose(Part::Yards, 3, &[true, false]),
            "roles",
            "[\"entry\"]",
        )
    })
}

/// Entry control at the entry side.
pub fn entry(mix: &Mix) -> Option<Table> {
    let has = |part| mix.has(part);
    let lanes = has(Part::Lanes);
    let any = lanes
        || has(Part::Caps)
        || has(Part::EntrySlots)
        || has(Part::Booking)
        || has(Part::GateHours);
    if !any {
        return None;
    }
    // A cap below the demand would keep the last lane, or who has missed his window, out for ever.
    let per_day = match lanes || has(Part::Booking) {
        true => demand::volume(mix) + 8,
        false => mix.choose(Part::Caps, 0, &[14, 11]),
    };
    let cap = Table::new()
        .text("role", "entry")
        .with("per_day", per_day)
        .when(
            mix.choose(Part::Caps, 1, &[true, false]),
            "mode",
            "\"road\"",
        )
        .when(
            lanes && mix.choose(Part::Caps, 2, &[true, false]),
            "reserved",
            "[{ class = \"perishable\", per_day = 6 }]",
        );
    let slots = Table::new()
        .text(
            "rate",
            mix.choose(Part::EntrySlots, 0, &["30/day", "48/day"]),
        )
        .when(
            mix.choose(Part::EntrySlots, 1, &[false, true]),
            "mode",
            "\"road\"",
        );
    let booking = Table::new()
        .text("window", mix.choose(Part::Booking, 0, &["2 h", "90 min"]))
        .with("capacity", mix.choose(Part::Booking, 1, &[3, 4]))
        .text("ahead", "2 d")
        .text("notice", mix.choose(Part::Booking, 2, &["10 min", "1 s"]))
        .when(has(Part::NoShow), "no_show", 0.15)
        .text("tolerance", mix.choose(Part::NoShow, 0, &["0 h", "30 min"]))
        .with("attempts", mix.choose(Part::NoShow, 1, &[3, 1]))
        .when(
            mix.choose(Part::Booking, 3, &[true, false]),
            "mode",
            "\"road\"",
        );
    // Lanes only order those whom something keeps out.
    let caps = has(Part::Caps) || lanes && !has(Part::EntrySlots) && !has(Part::GateHours);
    Some(
        Table::new()
            .with("roles", "[\"entry\"]")
            .text(
                "actor",
                mix.always(10, &["authority", "terminal", "railway"]),
            )
            .when(has(Part::GateHours), "calendar", "\"gate\"")
            .when(lanes, "lanes", "[\"perishable\", { flow = \"out\" }]")
            .when(caps, "caps", format!("[{}]", cap.inline()))
            .when(
                has(Part::EntrySlots),
                "slots",
                format!("[{}]", slots.inline()),
            )
            .when(has(Part::Booking), "booking", booking.inline()),
    )
}

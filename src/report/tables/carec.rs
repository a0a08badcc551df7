//! Tables of CAREC's measures.

use crate::experiment::carec::{FlowMeasures, SideMeasures};
use crate::experiment::results::*;
use crate::report::number::{self, measured};
use crate::report::table::Table;
use crate::report::tables::sides::filled;

fn speed(value: Option<f64>) -> String {
    value.map_or_else(|| number::MISSING.to_owned(), |v| number::fixed(v, 1))
}

fn at_side(measures: &SideMeasures) -> [String; 4] {
    [
        measured(&measures.tfi1_h),
        measured(&measures.tfi2_usd),
        measured(&measures.official_usd),
        measured(&measures.unofficial_usd),
    ]
}

fn on_the_way(measures: &FlowMeasures) -> [String; 3] {
    [
        measured(&measures.tfi3_usd),
        measured(&measures.swd_km_h),
        speed(measures.swod_km_h),
    ]
}

/// All four measures over all sides and flows, in one row.
pub(super) fn overall(variant: &VariantResult) -> Option<Table> {
    let header = [
        "CAREC, overall",
        "TFI1_mean_h",
        "TFI2_usd",
        "official_usd",
        "unofficial_usd",
        "TFI3_usd",
        "SWD_km/h",
        "SWOD_km/h",
    ];
    let mut table = Table::new("CAREC's measures", 1, &header).with_note(
        "TFI1, TFI2: per consignment and passage of a border side (on the road one truck, in a train one of many); TFI3: \
         per 500 km and 20 t; TFI4: speed with delay (SWD) and without (SWOD, from stated transit times).",
    );
    let (passages, journeys) = (
        variant.carec.passages.as_ref()?,
        variant.carec.journeys.as_ref()?,
    );
    let mut row = vec!["all sides, all flows".to_owned()];
    row.extend(at_side(passages));
    row.extend(on_the_way(journeys));
    table.row(row);
    filled(table)
}

/// TFI1 and TFI2 by border side.
pub(super) fn sides(variant: &VariantResult) -> Option<Table> {
    let header = [
        "border side",
        "TFI1_mean_h",
        "TFI2_usd",
        "official_usd",
        "unofficial_usd",
    ];
    let mut table = Table::new(
        "CAREC's measures by border side, per consignment",
        1,
        &header,
    );
    for side in &variant.carec.sides {
        let direction = match side.direction.as_str() {
            "" => String::new(),
            known => format!(", {known}"),
        };
        let mut row = vec![format!(
            "{}, {} ({}{direction})",
            side.title, side.role, side.mode
        )];
        row.extend(at_side(&side.measures));
        table.row(row);
    }
    filled(table)
}

/// TFI3 and TFI4 by flow.
pub(super) fn flows(variant: &VariantResult) -> Option<Table> {
    let header = [
        "flow",
        "distance_km",
        "tonnes",
        "TFI3_usd",
        "SWD_km/h",
        "SWOD_km/h",
    ];
    let mut table = Table::new(
        "CAREC's measures by flow: dollars per 500 km and 20 t, speeds",
        1,
        &header,
    );
    for flow in &variant.carec.flows {
        let mut row = vec![
            flow.flow.clone(),
            number::fixed(flow.distance_km, 0),
            number::fixed(flow.tonnes, 1),
        ];
        row.extend(on_the_way(&flow.measures));
        table.row(row);
    }
    filled(table)
}

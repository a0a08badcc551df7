//! CSV table of CAREC's measures: sides, flows, and all together.

use super::line::{Line, Sheet};
use crate::experiment::carec::{FlowMeasures, SideMeasures};
use crate::experiment::results::*;

pub(super) fn carec(variants: &[VariantResult]) -> String {
    let mut sheet = Sheet::new(&[
        "variant",
        "about",
        "name",
        "title",
        "role",
        "mode",
        "direction",
        "tfi1_mean_h^",
        "tfi2_usd~",
        "tfi2_official_usd~",
        "tfi2_unofficial_usd~",
        "distance_km",
        "tonnes",
        "tfi3_usd_per_500km_20t^",
        "tfi4_swd_km_per_h^",
        "tfi4_swod_km_per_h",
    ]);
    for v in variants {
        for side in &v.carec.sides {
            let line = Line::default()
                .text(&v.name)
                .text("side")
                .text(&side.site)
                .text(&side.title)
                .text(side.role)
                .text(side.mode)
                .text(&side.direction);
            let line = at_side(line, Some(&side.measures))
                .optional(None)
                .optional(None);
            sheet.line(on_the_way(line, None));
        }
        for flow in &v.carec.flows {
            let line = Line::default()
                .text(&v.name)
                .text("flow")
                .text(&flow.flow)
                .text("")
                .text("")
                .text("")
                .text(&flow.direction);
            let line = at_side(line, None)
                .number(flow.distance_km)
                .number(flow.tonnes);
            sheet.line(on_the_way(line, Some(&flow.measures)));
        }
        let line = (0..5).fold(Line::default().text(&v.name).text("overall"), |line, _| {
            line.text("")
        });
        let line = at_side(line, v.carec.passages.as_ref())
            .optional(None)
            .optional(None);
        sheet.line(on_the_way(line, v.carec.journeys.as_ref()));
    }
    sheet.finish()
}

fn at_side(line: Line, measures: Option<&SideMeasures>) -> Line {
    match measures {
        Some(m) => [m.tfi2_usd, m.official_usd, m.unofficial_usd].iter().fold(
            line.measured(&m.tfi1_h),
            |line, usd| match usd {
                Measured::Estimate(e) => line.estimate(e),
                Measured::AtLeast(_) | Measured::Missing => line.optional(None).optional(None),
            },
        ),
        None => (0..9).fold(line, |line, _| line.optional(None)),
    }
}

fn on_the_way(line: Line, measures: Option<&FlowMeasures>) -> Line {
    match measures {
        Some(m) => line
            .measured(&m.tfi3_usd)
            .measured(&m.swd_km_h)
            .optional(m.swod_km_h),
        None => (0..7).fold(line, |line, _| line.optional(None)),
    }
}

//! CSV tables of times: sides, crossings, flows, hours, comparisons and published figures.

use super::line::{Line, Sheet};
use crate::experiment::results::*;

const TIMES: [&str; 12] = [
    "n",
    "unfinished",
    "mean_h^",
    "median_h^",
    "sd_h^",
    "p90_h^",
    "p95_h^",
    "p99_h^",
    "buffer_time_index^",
    "within_24h_share^",
    "within_48h_share^",
    "within_72h_share^",
];

fn with_times(columns: &[&'static str]) -> Vec<&'static str> {
    columns.iter().copied().chain(TIMES).collect()
}

pub(super) fn variants(variants: &[VariantResult]) -> String {
    let mut sheet = Sheet::new(&[
        "variant",
        "regime",
        "cooperation",
        "reforms",
        "posts",
        "cost_usd",
        "digest",
    ]);
    for v in variants {
        let regime = v.regime.map_or_else(String::new, |r| r.to_string());
        let line = Line::default()
            .text(&v.name)
            .text(regime)
            .text(v.cooperation.as_deref().unwrap_or_default());
        sheet.line(
            line.text(v.reforms.join(" "))
                .text(v.posts.join(" "))
                .optional(v.cost)
                .text(&v.digest),
        );
    }
    sheet.finish()
}

pub(super) fn sides(variants: &[VariantResult]) -> String {
    let mut sheet = Sheet::new(&with_times(&[
        "variant",
        "site",
        "title",
        "role",
        "mode",
        "direction",
        "time",
    ]));
    for v in variants {
        for s in &v.sides {
            for (word, time) in [
                ("bcp", &s.bcp),
                ("release", &s.release),
                ("apart", &s.apart),
            ] {
                let line = Line::default().text(&v.name).text(&s.site).text(&s.title);
                sheet.line(
                    line.text(s.role)
                        .text(s.mode)
                        .text(&s.direction)
                        .text(word)
                        .times(time),
                );
            }
        }
    }
    sheet.finish()
}

pub(super) fn controls(variants: &[VariantResult]) -> String {
    let mut sheet = Sheet::new(&[
        "variant",
        "site",
        "title",
        "role",
        "mode",
        "direction",
        "examined_share~",
        "examined_by_two_or_more_share~",
        "saved_declarations_h~",
        "saved_setups_h~",
        "departed_per_day~",
        "arrived_per_day~",
    ]);
    for v in variants {
        for s in &v.sides {
            let line = Line::default().text(&v.name).text(&s.site).text(&s.title);
            let line = line.text(s.role).text(s.mode).text(&s.direction);
            let line = line.estimate(&s.examined).estimate(&s.examined_twice);
            let line = line
                .estimate(&s.saved_declaration_h)
                .estimate(&s.saved_setup_h);
            sheet.line(
                line.estimate(&s.throughput_per_day)
                    .estimate(&s.demand_per_day),
            );
        }
    }
    sheet.finish()
}

pub(super) fn hours(variants: &[VariantResult]) -> String {
    let mut sheet = Sheet::new(&[
        "variant", "site", "title", "role", "mode", "actor", "kind", "mean_h~",
    ]);
    for v in variants {
        for s in &v.sides {
            for h in &s.hours {
                let line = Line::default().text(&v.name).text(&s.site).text(&s.title);
                sheet.line(
                    line.text(s.role)
                        .text(s.mode)
                        .text(h.actor)
                        .text(h.kind)
                        .estimate(&h.mean_h),
                );
            }
        }
    }
    sheet.finish()
}

pub(super) fn crossings(variants: &[VariantResult]) -> String {
    let mut sheet = Sheet::new(&with_times(&[
        "variant",
        "exit",
        "entry",
        "title",
        "mode",
        "direction",
    ]));
    for v in variants {
        for c in &v.crossings {
            let line = Line::default().text(&v.name).text(&c.exit).text(&c.entry);
            sheet.line(
                line.text(&c.title)
                    .text(c.mode)
                    .text(&c.direction)
                    .times(&c.time),
            );
        }
    }
    sheet.finish()
}

pub(super) fn flows(variants: &[VariantResult]) -> String {
    let mut sheet = Sheet::new(&with_times(&[
        "variant",
        "flow",
        "from",
        "to",
        "direction",
        "teu_per_consignment",
    ]));
    for v in variants {
        for f in &v.flows {
            let line = Line::default()
                .text(&v.name)
                .text(&f.flow)
                .text(&f.from)
                .text(&f.to);
            sheet.line(line.text(&f.direction).number(f.teu).times(&f.time));
        }
    }
    sheet.finish()
}

pub(super) fn comparisons(comparisons: &[Comparison]) -> String {
    let columns = [
        "variant",
        "measure",
        "of",
        "base_mean_h~",
        "variant_mean_h~",
        "difference_h~",
        "difference_percent~",
        "difference_h_simultaneous_half_width",
        "difference_h_half_width_if_independent",
        "variance_ratio_of_common_random_numbers",
    ];
    let mut sheet = Sheet::new(&columns);
    for c in comparisons {
        let (measure, of) = match &c.measure {
            Measure::Bcp(site, role) => ("bcp", format!("{site} {role}")),
            Measure::Release(site, role) => ("release", format!("{site} {role}")),
            Measure::Crossing(exit, entry) => ("crossing", format!("{exit} {entry}")),
            Measure::DoorToDoor(flow) => ("door_to_door", flow.clone()),
            Measure::AllSides => ("all_sides", String::new()),
            Measure::AllReleases => ("all_releases", String::new()),
        };
        let line = Line::default()
            .text(&c.variant)
            .text(measure)
            .text(of)
            .estimate(&c.base_h)
            .estimate(&c.variant_h);
        sheet.line(
            line.estimate(&c.difference_h)
                .estimate(&c.difference_percent)
                .optional(c.simultaneous_h)
                .optional(c.independent_h)
                .optional(c.variance_ratio),
        );
    }
    sheet.finish()
}

pub(super) fn benchmarks(rows: &[BenchmarkRow]) -> String {
    let mut sheet = Sheet::new(&[
        "variant",
        "title",
        "role",
        "time",
        "published_h",
        "simulated_mean_h^",
        "plausible_low_h",
        "plausible_high_h",
        "source",
    ]);
    for b in rows {
        let line = Line::default().text(&b.variant).text(&b.site).text(b.role);
        let line = line
            .text(if b.release { "release" } else { "bcp" })
            .number(b.published_h)
            .measured(&b.simulated_h);
        let line = line
            .optional(b.gate_h.map(|g| g.0))
            .optional(b.gate_h.map(|g| g.1));
        sheet.line(line.text(&b.source));
    }
    sheet.finish()
}

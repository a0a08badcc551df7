//! CSV tables of stations, steps, queues over time and routes.

use super::line::{Line, Sheet};
use crate::experiment::results::*;

pub(super) fn stations(variants: &[VariantResult]) -> String {
    let mut sheet = Sheet::new(&[
        "variant",
        "site",
        "title",
        "agency",
        "desk",
        "utilisation_share~",
        "offered_load_share~",
        "overtime_h_per_day~",
        "held_idle_h_per_day~",
        "blocked_h_per_day~",
        "mean_queue_jobs~",
        "longest_queue_jobs~",
        "jobs_per_day~",
        "overloaded",
    ]);
    for v in variants {
        for s in &v.stations {
            let line = Line::default()
                .text(&v.name)
                .text(&s.site)
                .text(&s.title)
                .text(&s.agency)
                .text(&s.desk);
            let line = line
                .estimate(&s.utilisation)
                .estimate(&s.offered_load)
                .estimate(&s.overtime_h_per_day);
            let line = line
                .estimate(&s.held_idle_h_per_day)
                .estimate(&s.blocked_h_per_day)
                .estimate(&s.mean_queue)
                .estimate(&s.longest_queue);
            sheet.line(line.estimate(&s.jobs_per_day).text(s.overloaded));
        }
    }
    sheet.finish()
}

pub(super) fn steps(variants: &[VariantResult]) -> String {
    let mut sheet = Sheet::new(&[
        "variant",
        "site",
        "role",
        "procedure",
        "step",
        "title",
        "agency",
        "actor",
        "kind",
        "jobs",
        "recognised",
        "ahead",
        "wait_h^",
        "service_h^",
        "expected_missed_share",
    ]);
    for v in variants {
        for s in &v.steps {
            let line = Line::default()
                .text(&v.name)
                .text(&s.site)
                .text(s.role)
                .text(&s.procedure)
                .text(&s.step);
            let line = line
                .text(&s.title)
                .text(&s.agency)
                .text(s.actor)
                .text(s.kind);
            let line = line.text(s.jobs).text(s.recognised).text(s.ahead);
            sheet.line(
                line.measured(&s.wait_h)
                    .measured(&s.service_h)
                    .optional(s.missed_share),
            );
        }
    }
    sheet.finish()
}

pub(super) fn queues(variants: &[VariantResult]) -> String {
    let mut sheet = Sheet::new(&[
        "variant",
        "site",
        "title",
        "from_h",
        "to_h",
        "present_consignments~",
        "waiting_jobs~",
    ]);
    for v in variants {
        for q in &v.queues {
            for (i, (present, waiting)) in q.present.iter().zip(&q.waiting).enumerate() {
                let line = Line::default().text(&v.name).text(&q.site).text(&q.title);
                let line = line
                    .number(i as f64 * q.bin_h)
                    .number((i + 1) as f64 * q.bin_h);
                sheet.line(line.estimate(present).estimate(waiting));
            }
        }
    }
    sheet.finish()
}

pub(super) fn routes(variants: &[VariantResult]) -> String {
    let mut sheet = Sheet::new(&[
        "variant",
        "flow",
        "route",
        "share",
        "stop",
        "site",
        "title",
        "role",
        "distance_km",
        "travel_mean_h",
        "stay_mean_h^",
        "travel_cost_usd_per_teu",
        "stay_cost_usd_per_teu",
    ]);
    for v in variants {
        let mut last = ("", 0);
        for r in &v.routes {
            last = if last.0 == r.flow {
                (&r.flow, last.1 + 1)
            } else {
                (&r.flow, 1)
            };
            for (i, s) in r.stops.iter().enumerate() {
                let line = Line::default()
                    .text(&v.name)
                    .text(&r.flow)
                    .text(last.1)
                    .number(r.share)
                    .text(i + 1);
                let line = line
                    .text(&s.site)
                    .text(&s.title)
                    .text(s.role)
                    .number(s.distance_km);
                sheet.line(
                    line.number(s.travel_h)
                        .measured(&s.stay_h)
                        .number(s.travel_cost)
                        .number(s.stay_cost),
                );
            }
        }
    }
    sheet.finish()
}

/// How journeys ended that did not arrive, and how often another route was taken.
pub(super) fn outcomes(variants: &[VariantResult]) -> String {
    let mut sheet = Sheet::new(&["variant", "flow", "outcome", "consignments", "share~"]);
    for v in variants {
        for f in &v.flows {
            for lost in &f.lost {
                let line = Line::default()
                    .text(&v.name)
                    .text(&f.flow)
                    .text(lost.outcome);
                sheet.line(line.text(lost.n).estimate(&lost.share));
            }
            if let Some(rerouted) = &f.rerouted {
                let line = Line::default().text(&v.name).text(&f.flow).text("rerouted");
                sheet.line(line.text("").estimate(rerouted));
            }
        }
    }
    sheet.finish()
}
